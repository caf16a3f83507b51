"""Reads the properties of the custom resource, of which CloudFormation makes each scalar a text.

Earlier templates had JSON in one text: the whole request in ``Request``, ``Tags`` and ``Wait``. An
update has them as its old properties, and a rollback may bring them back. Tags and wait have other
names now, because then the earlier function is told of these as its old properties.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from personalize_batch_runtime._errors import WRITTEN_BY_CONSTRUCT, RuntimeFailure
from personalize_batch_runtime._job.kinds import JobKind

# They hold the presigned URL of the handle, and are not shown.
_SECRET = frozenset({"Wait", "Waiter", "handleUrl"})
_WEIGHTS = ("POPULARITY", "FRESHNESS")


def api_request(properties: Mapping[str, Any], kind: JobKind) -> dict[str, Any]:
    """Returns the API's request, of which each argument is a property: ``NumResults`` and so on.

    Args:
        properties: The properties.
        kind: Inference or segment.

    Raises:
        RuntimeFailure: If a property is not of its form.
    """
    if "Request" in properties:
        return object_of(properties, "Request")
    # Each request has one: without it, these are not the properties of a job.
    text_of(properties, "RoleArn")
    given = {
        key: properties[name]
        for key in (*kind.request_keys, "jobName")
        if (name := _name_of(key)) in properties
    }
    # CloudFormation's own objects stay as they are: paths are added to these.
    api: dict[str, Any] = json.loads(json.dumps(given))
    for outer, inner in (("jobInput", "s3DataSource"), ("jobOutput", "s3DataDestination")):
        place(api, outer, inner)
    if "numResults" in api:
        api["numResults"] = _number("NumResults", api["numResults"])
    if "batchInferenceJobConfig" in api:
        _read_weights(api["batchInferenceJobConfig"])
    return api


def place(api: dict[str, Any], outer: str, inner: str) -> dict[str, Any]:
    """Returns the innermost object, made where it is missing."""
    found = api
    for name in (outer, inner):
        found = found.setdefault(name, {})
        if not isinstance(found, dict):
            raise malformed(_name_of(outer), json.dumps(api[outer]))
    return found


def tags_of(properties: Mapping[str, Any]) -> dict[str, str]:
    """Returns the tags that the properties ask for."""
    if "Tags" in properties:
        name, tags = "Tags", object_of(properties, "Tags")
    else:
        name, given = "JobTags", properties.get("JobTags", [])
        try:
            tags = {tag["key"]: tag["value"] for tag in given}
        except (TypeError, KeyError) as error:
            raise malformed(name, given) from error
    if not all(isinstance(text, str) for tag in tags.items() for text in tag):
        raise malformed(name, properties[name])
    return tags


def object_of(properties: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Returns a property that is an object."""
    value = properties.get(name)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise malformed(name, value) from error
    if not isinstance(value, dict):
        raise malformed(name, value)
    return value


def text_of(properties: Mapping[str, Any], name: str) -> str:
    """Returns a property that is a text, and not empty."""
    value = properties.get(name)
    if not isinstance(value, str) or not value:
        raise malformed(name, value)
    return value


def flag_of(properties: Mapping[str, Any], name: str) -> bool:
    """Returns a property that is ``true`` or ``false``, or missing, which is false."""
    value = properties.get(name, "false")
    if value not in ("true", "false"):
        raise malformed(name, value)
    return bool(value == "true")


def malformed(name: str, value: object) -> RuntimeFailure:
    """Returns the error of a property that is missing or not of its form."""
    shown = "a value that is not shown" if name in _SECRET else repr(str(value)[:200])
    return RuntimeFailure(
        f"the custom resource's property {name} is missing or malformed, got {shown}; "
        f"{WRITTEN_BY_CONSTRUCT}"
    )


def _name_of(argument: str) -> str:
    return f"{argument[0].upper()}{argument[1:]}"


def _read_weights(config: object) -> None:
    weights = config.get("rankingInfluence", {}) if isinstance(config, dict) else None
    if not isinstance(weights, dict):
        raise malformed("BatchInferenceJobConfig", config)
    for name in _WEIGHTS:
        if name in weights:
            weights[name] = _number(name, weights[name])


def _number(name: str, value: object) -> float:
    # 1 and 1.0 are told apart: they have always been two requests, and two names of jobs.
    try:
        number = json.loads(value) if isinstance(value, str) else None
    except (ValueError, RecursionError) as error:
        raise malformed(name, value) from error
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise malformed(name, value)
    return number
