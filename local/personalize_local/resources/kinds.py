"""The kinds of resources that hold data and models, with the names that the API has for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource.

    Attributes:
        noun: What operations call it, such as `DatasetGroup`.
        resource: What ARNs call it, such as `dataset-group`.
        listed: The key of its list, such as `datasetGroups`.
        parent: The member by which its list is asked, such as `datasetGroupArn`; empty for none.
    """

    noun: str
    resource: str
    listed: str
    parent: str = ""

    @property
    def key(self) -> str:
        """The noun as a key of an answer, such as `datasetGroup`."""
        return self.noun[0].lower() + self.noun[1:]

    @property
    def arn_key(self) -> str:
        """The member that holds its ARN, such as `datasetGroupArn`."""
        return f"{self.key}Arn"


DATASET_GROUP: Final = Kind("DatasetGroup", "dataset-group", "datasetGroups")
SCHEMA: Final = Kind("Schema", "schema", "schemas")
DATASET: Final = Kind("Dataset", "dataset", "datasets", "datasetGroupArn")
IMPORT_JOB: Final = Kind(
    "DatasetImportJob", "dataset-import-job", "datasetImportJobs", "datasetArn"
)
SOLUTION: Final = Kind("Solution", "solution", "solutions", "datasetGroupArn")
SOLUTION_VERSION: Final = Kind("SolutionVersion", "solution", "solutionVersions", "solutionArn")
# The model's own spelling of its list.
FILTER: Final = Kind("Filter", "filter", "Filters", "datasetGroupArn")

KINDS: Final = (DATASET_GROUP, SCHEMA, DATASET, IMPORT_JOB, SOLUTION, SOLUTION_VERSION, FILTER)
