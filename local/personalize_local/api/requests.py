"""The requests that the API takes, typed: made once, when the model has found them right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

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


class Solution(Named, frozen=True, kw_only=True):
    """DescribeSolution."""

    arn: str = msgspec.field(name="solutionArn")


class Version(Named, frozen=True, kw_only=True):
    """DescribeSolutionVersion."""

    arn: str = msgspec.field(name="solutionVersionArn")


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
    """A page of a list: of all that there is, or of what belongs to one resource."""

    of: str | None = None
    next_token: str | None = None
    max_results: int | None = None


class Jobs(Listing, frozen=True, kw_only=True):
    """ListBatchInferenceJobs and ListBatchSegmentJobs."""

    of: str | None = msgspec.field(name="solutionVersionArn", default=None)


class Solutions(Listing, frozen=True, kw_only=True):
    """ListSolutions."""

    of: str | None = msgspec.field(name="datasetGroupArn", default=None)


class Versions(Listing, frozen=True, kw_only=True):
    """ListSolutionVersions."""

    of: str | None = msgspec.field(name="solutionArn", default=None)
