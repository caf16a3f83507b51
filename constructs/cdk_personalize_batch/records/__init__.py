"""JSON Lines records of batch jobs: their formats, a check of files, and a writer.

Pure Python on msgspec, without the CDK. The check reads files of any size in constant memory.
"""

from cdk_personalize_batch.records.formats import RECIPES, RecordFormat
from cdk_personalize_batch.records.problems import Problem, ProblemKind, Report
from cdk_personalize_batch.records.reading import problems_of_file, validate
from cdk_personalize_batch.records.writing import InvalidRecordError, encode, write

__all__ = [
    "RECIPES",
    "InvalidRecordError",
    "Problem",
    "ProblemKind",
    "RecordFormat",
    "Report",
    "encode",
    "problems_of_file",
    "validate",
    "write",
]
