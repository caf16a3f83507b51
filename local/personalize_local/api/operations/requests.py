"""The requests that the API takes, typed: made once, when the model has found them right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

import msgspec

from personalize_local.jobs.request import Shape, Tag

_Request = TypeVar("_Request", bound=Shape)


def read(parameters: Mapping[str, object], kind: type[_Request]) -> _Request:
    """Returns the parameters of a request as its type.

    Args:
        parameters: JSON values that fit the service model. A null is an absent member, as in AWS's
            JSON protocol.
        kind: The type.
    """
    return msgspec.convert(parameters, kind)


class Named(Shape, frozen=True, kw_only=True):
    """A request about one resource, which each operation names otherwise."""

    arn: str


class InferenceJob(Named, frozen=True, kw_only=True):
    """DescribeBatchInferenceJob."""

    arn: str = msgspec.field(name="batchInferenceJobArn")


class SegmentJob(Named, frozen=True, kw_only=True):
    """DescribeBatchSegmentJob."""

    arn: str = msgspec.field(name="batchSegmentJobArn")


class Recipe(Named, frozen=True, kw_only=True):
    """DescribeRecipe."""

    arn: str = msgspec.field(name="recipeArn")


class Tagged(Named, frozen=True, kw_only=True):
    """ListTagsForResource."""

    arn: str = msgspec.field(name="resourceArn")


class Tagging(Tagged, frozen=True, kw_only=True):
    """TagResource."""

    tags: tuple[Tag, ...]


class Untagging(Tagged, frozen=True, kw_only=True):
    """UntagResource."""

    tag_keys: tuple[str, ...]


class Listing(Shape, frozen=True, kw_only=True):
    """A page of a list."""

    next_token: str | None = None
    max_results: int | None = None

    @property
    def parent(self) -> str | None:
        """The ARN of what the rows belong to; None for all that there are."""
        return None


class Children(Listing, frozen=True, kw_only=True):
    """A page of a list: of all that there is, or of what belongs to one resource."""

    of: str | None = None

    @property
    def parent(self) -> str | None:
        """The ARN of what the rows belong to; None for all that there are."""
        return self.of


class Jobs(Children, frozen=True, kw_only=True):
    """ListBatchInferenceJobs and ListBatchSegmentJobs."""

    of: str | None = msgspec.field(name="solutionVersionArn", default=None)


class Recipes(Listing, frozen=True, kw_only=True):
    """ListRecipes."""

    recipe_provider: str | None = None
    domain: str | None = None


def named(arn_key: str) -> type[Named]:
    """Returns the type of a request about one resource.

    Args:
        arn_key: The member that holds its ARN, such as `filterArn`.
    """
    arn = ("arn", str, msgspec.field(name=arn_key))
    made = msgspec.defstruct(arn_key, [arn], bases=(Named,), frozen=True, kw_only=True)
    return cast("type[Named]", made)


def listing(parent: str) -> type[Listing]:
    """Returns the type of a request for a list.

    Args:
        parent: The member that holds the ARN of what the rows belong to; empty for none.
    """
    if not parent:
        return Listing
    of = ("of", str | None, msgspec.field(name=parent, default=None))
    made = msgspec.defstruct(parent, [of], bases=(Children,), frozen=True, kw_only=True)
    return cast("type[Listing]", made)


class NewDatasetGroup(Shape, frozen=True, kw_only=True):
    """CreateDatasetGroup."""

    name: str
    role_arn: str | None = None
    kms_key_arn: str | None = None
    domain: str | None = None
    tags: tuple[Tag, ...] = ()


class NewSchema(Shape, frozen=True, kw_only=True):
    """CreateSchema."""

    name: str
    text: str = msgspec.field(name="schema")
    domain: str | None = None


class NewDataset(Shape, frozen=True, kw_only=True):
    """CreateDataset."""

    name: str
    schema_arn: str
    dataset_group_arn: str
    dataset_type: str
    tags: tuple[Tag, ...] = ()


class ChangedDataset(Shape, frozen=True, kw_only=True):
    """UpdateDataset."""

    dataset_arn: str
    schema_arn: str


class DataSource(Shape, frozen=True, kw_only=True):
    """Where an import reads (`DataSource`)."""

    data_location: str | None = None


class NewImportJob(Shape, frozen=True, kw_only=True):
    """CreateDatasetImportJob."""

    job_name: str
    dataset_arn: str
    data_source: DataSource
    role_arn: str | None = None
    import_mode: str = "FULL"
    publish_attribution_metrics_to_s3: bool | None = msgspec.field(
        name="publishAttributionMetricsToS3", default=None
    )
    tags: tuple[Tag, ...] = ()


class NewSolution(Shape, frozen=True, kw_only=True):
    """CreateSolution."""

    name: str
    dataset_group_arn: str
    recipe_arn: str | None = None
    event_type: str | None = None
    perform_hpo: bool = msgspec.field(name="performHPO", default=False)
    perform_auto_ml: bool = msgspec.field(name="performAutoML", default=False)
    perform_auto_training: bool = True
    perform_incremental_update: bool | None = None
    solution_config: dict[str, Any] | None = None
    tags: tuple[Tag, ...] = ()


class ChangedSolution(Shape, frozen=True, kw_only=True):
    """UpdateSolution."""

    solution_arn: str
    perform_auto_training: bool | None = None
    perform_incremental_update: bool | None = None
    solution_update_config: dict[str, Any] | None = None


class NewSolutionVersion(Shape, frozen=True, kw_only=True):
    """CreateSolutionVersion."""

    solution_arn: str
    name: str | None = None
    training_mode: str = "FULL"
    tags: tuple[Tag, ...] = ()


class NewFilter(Shape, frozen=True, kw_only=True):
    """CreateFilter."""

    name: str
    dataset_group_arn: str
    filter_expression: str
    tags: tuple[Tag, ...] = ()
