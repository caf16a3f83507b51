"""The request of a job as Step Functions names its fields: `Like`, where the API has `like`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from cdk_personalize_batch.request.job_request import JobRequest, Placement

# Maps whose keys are data and not names of fields.
_MAPS: Final = ("itemExplorationConfig", "rankingInfluence")


def written_request(
    request: JobRequest, *, role_arn: str, tags: Mapping[str, str]
) -> dict[str, Any]:
    """Returns a request without what a run adds: name, solution version, input, output."""
    api = request.to_api(Placement(role_arn=role_arn))
    for added in ("solutionVersionArn", "jobInput", "jobOutput"):
        api.pop(added, None)
    if tags:
        api["tags"] = [{"tagKey": key, "tagValue": value} for key, value in tags.items()]
    return {_pascal(name): _renamed(name, value) for name, value in api.items()}


def _renamed(name: str, value: object) -> object:
    if isinstance(value, list):
        return [_renamed(name, one) for one in value]
    if not isinstance(value, Mapping) or name in _MAPS:
        return value
    return {_pascal(key): _renamed(key, one) for key, one in value.items()}


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]
