"""The CloudFormation types of Amazon Personalize that hold data and models.

Source: the CloudFormation template reference of AWS::Personalize::DatasetGroup, Schema, Dataset,
Solution and Filter: their properties, what Ref and Fn::GetAtt answer, and which properties change
without a replacement. That CloudFormation waits until each is ACTIVE is how its types work.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ministack.core import responses
from ministack.services.cloudformation import provisioners, stacks

from personalize_local.api.service import PersonalizeService
from personalize_local.cloud import Caller
from personalize_local.errors import ApiError
from personalize_local.resources.kinds import (
    DATASET,
    DATASET_GROUP,
    FILTER,
    IMPORT_JOB,
    SCHEMA,
    SOLUTION,
    Kind,
)
from personalize_local.resources.resource import ACTIVE, UNDER_WAY

Properties = Mapping[str, Any]
_Made = tuple[str, dict[str, str]]

_PREFIX: Final = "AWS::Personalize::"
_KINDS: Final = (DATASET_GROUP, SCHEMA, DATASET, SOLUTION, FILTER)
_IMPORT: Final = "DatasetImportJob"
_TAGS: Final = "Tags"
_LOOK_SECONDS: Final = 0.05
_BOOLEANS: Final = ("PerformHPO", "PerformAutoML")


class ResourceFailed(ValueError):
    """A resource that could not be made; the text is the reason that the stack shows."""


def register(service: PersonalizeService) -> None:
    """Adds the types to CloudFormation.

    Args:
        service: Where their resources are made.
    """
    for kind in _KINDS:
        made = _Type(service, kind)
        provisioners._RESOURCE_HANDLERS[_PREFIX + kind.noun] = {
            "create": made.create,
            "update": made.update,
            "delete": made.delete,
        }
    on_thread = stacks._runs_on_worker_thread

    def runs_on_worker_thread(resource_type: str) -> bool:
        # An import waits for requests to this same server, which its loop must answer meanwhile.
        return resource_type.startswith(_PREFIX) or on_thread(resource_type)

    stacks._runs_on_worker_thread = runs_on_worker_thread


@dataclass(frozen=True, slots=True)
class _Type:
    """One type."""

    service: PersonalizeService
    kind: Kind

    def create(self, _logical_id: str, given: Properties, _stack: str) -> _Made:
        """Makes a resource, and waits until it is ACTIVE."""
        request = _request(given)
        arn = str(self._call(f"Create{self.kind.noun}", request)[self.kind.arn_key])
        try:
            self._wait(arn, self.kind)
            if given.get(_IMPORT):
                self._import(arn, given[_IMPORT])
        except ResourceFailed:
            self.delete(arn, given)
            raise
        return arn, {f"{self.kind.noun}Arn": arn}

    def update(self, arn: str, old: Properties, new: Properties, stack: str) -> _Made:
        """Changes a resource, or makes another one in its place."""
        changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
        if changed <= {_IMPORT, _TAGS}:
            if _TAGS in changed:
                self._tag(arn, old.get(_TAGS) or [], new.get(_TAGS) or [])
            if _IMPORT in changed and new.get(_IMPORT):
                self._import(arn, new[_IMPORT])
            return arn, {f"{self.kind.noun}Arn": arn}
        if old.get("Name") == new.get("Name"):
            raise ResourceFailed(
                "CloudFormation cannot update a stack when a custom-named resource requires "
                f"replacing. Rename {new.get('Name')} and update the stack again."
            )
        return self.create("", new, stack)

    def delete(self, arn: str, _given: Properties) -> None:
        """Deletes a resource; one that is gone already is no failure."""
        if self.service.resource(arn) is not None:
            self._call(f"Delete{self.kind.noun}", {self.kind.arn_key: arn})
        while self.service.resource(arn) is not None:
            time.sleep(_LOOK_SECONDS)

    def _import(self, arn: str, given: Properties) -> None:
        source = given.get("DataSource") or {}
        request = {
            "jobName": given.get("JobName"),
            "datasetArn": arn,
            "dataSource": {"dataLocation": _member(source, "DataLocation")},
            "roleArn": given.get("RoleArn"),
        }
        job = str(self._call("CreateDatasetImportJob", request)[IMPORT_JOB.arn_key])
        self._wait(job, IMPORT_JOB)

    def _tag(self, arn: str, old: list[Properties], new: list[Properties]) -> None:
        gone = [one["Key"] for one in old if one["Key"] not in {other["Key"] for other in new}]
        if gone:
            self._call("UntagResource", {"resourceArn": arn, "tagKeys": gone})
        if new:
            self._call("TagResource", {"resourceArn": arn, "tags": _tags(new)})

    def _wait(self, arn: str, kind: Kind) -> None:
        while (found := self.service.resource(arn)) is not None and found.status in UNDER_WAY:
            time.sleep(_LOOK_SECONDS)
        if found is None or found.status != ACTIVE:
            why = "is gone" if found is None else f"is {found.status}: {found.failure_reason}"
            raise ResourceFailed(f"{kind.noun} {arn} {why}")

    def _call(self, operation: str, request: Properties) -> dict[str, object]:
        caller = Caller(responses.get_account_id(), responses.get_region(), {})
        given = {name: value for name, value in request.items() if value is not None}
        try:
            return self.service.call(operation, given, caller)
        except ApiError as error:
            raise ResourceFailed(str(error)) from error


def _request(given: Properties) -> dict[str, Any]:
    """Returns properties as the API takes them: camel case, and values of their types."""
    request: dict[str, Any] = {}
    for name, value in given.items():
        if name == _IMPORT:
            continue
        if name == _TAGS:
            request["tags"] = _tags(value)
        elif name in _BOOLEANS:
            request[_camel(name)] = str(value).lower() == "true"
        elif name == "Schema" and isinstance(value, Mapping):
            request["schema"] = json.dumps(value)
        else:
            request[_camel(name)] = _camels(value)
    return request


def _tags(given: list[Properties]) -> list[dict[str, str]]:
    return [{"tagKey": one["Key"], "tagValue": one["Value"]} for one in given]


def _camels(value: Any) -> Any:  # noqa: ANN401 - a value of a template
    if isinstance(value, Mapping):
        return {_camel(name): _camels(member) for name, member in value.items()}
    return value


def _camel(name: str) -> str:
    return name[0].lower() + name[1:]


def _member(given: Properties, name: str) -> Any:  # noqa: ANN401 - a value of a template
    return given.get(name, given.get(_camel(name)))
