"""Has workgroups tell all of their configuration, as clients rely on it."""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from typing import Any, Final

from ministack.core.responses import json_response
from ministack.services import athena

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.athena.answers import refused

_PRIMARY: Final = "primary"
_ENGINE: Final = {
    "SelectedEngineVersion": "AUTO",
    "EffectiveEngineVersion": "Athena engine version 3",
}
_DEFAULTS: Final[Mapping[str, Any]] = {
    "EnableMinimumEncryptionConfiguration": False,
    "EnforceWorkGroupConfiguration": False,
    "EngineVersion": _ENGINE,
    "PublishCloudWatchMetricsEnabled": False,
    "RequesterPaysEnabled": False,
    "ResultConfiguration": {},
}
# Of one that somebody makes.
_ENFORCED: Final = {"EnforceWorkGroupConfiguration": True}


def _apply() -> None:
    athena._get_workgroup = _get
    athena._list_workgroups = _list
    create = athena._create_workgroup
    update = athena._update_workgroup

    def create_configured(data: dict[str, Any]) -> object:
        if data.get("Name") in athena._workgroups:
            return refused("WorkGroup already exists")
        answer = create(data)
        if (made := athena._workgroups.get(data.get("Name"))) is not None:
            made["CreationTime"] = time.time()
        return answer

    def update_known(data: dict[str, Any]) -> object:
        if data.get("WorkGroup") not in athena._workgroups:
            return refused("WorkGroup is not found.")
        return update(data)

    athena._create_workgroup = create_configured
    athena._update_workgroup = update_known


def configuration_of(workgroup: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the whole configuration of a workgroup.

    Args:
        workgroup: The workgroup, as MiniStack has it.
    """
    defaults = dict(_DEFAULTS) | ({} if workgroup["Name"] == _PRIMARY else _ENFORCED)
    given = workgroup.get("Configuration") or {}
    whole = copy.deepcopy({**defaults, **given})
    whole["EngineVersion"] = {**_ENGINE, **whole["EngineVersion"]}
    for name in ("EnforceWorkGroupConfiguration", "PublishCloudWatchMetricsEnabled"):
        # CloudFormation hands on the texts of templates.
        whole[name] = str(whole[name]).lower() == "true"
    return whole


def _get(data: Mapping[str, Any]) -> object:
    workgroup = athena._workgroups.get(data.get("WorkGroup"))
    if workgroup is None:
        return refused("WorkGroup is not found.")
    answer = {
        "Configuration": configuration_of(workgroup),
        "CreationTime": workgroup["CreationTime"],
        "Name": workgroup["Name"],
        "State": workgroup["State"],
    }
    if workgroup.get("Description") and workgroup["Name"] != _PRIMARY:
        answer["Description"] = workgroup["Description"]
    return json_response({"WorkGroup": answer})


def _list(_data: Mapping[str, Any]) -> object:
    found = sorted(athena._workgroups.values(), key=lambda one: str(one["Name"]))
    return json_response(
        {
            "WorkGroups": [
                {
                    "CreationTime": one["CreationTime"],
                    "Description": one.get("Description", ""),
                    "EngineVersion": configuration_of(one)["EngineVersion"],
                    "Name": one["Name"],
                    "State": one["State"],
                }
                for one in found
            ]
        }
    )


MEND: Final = Mend(
    aws="GetWorkGroup tells whether the configuration is enforced, and has no key twice.",
    source="Athena API reference, WorkGroupConfiguration; answers that were printed",
    apply=_apply,
)
