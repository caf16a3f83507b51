"""Workgroups as clients rely on them.

Sources: the API reference of WorkGroupConfiguration, and the answers printed in the measurements of
https://github.com/aoyagikouhei/athena-local (docs/dev/measurements/work-groups.md).
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.athena import Athena


def configuration_of(athena: Athena, name: str) -> dict[str, Any]:
    answer = athena.client.get_work_group(WorkGroup=name)["WorkGroup"]
    return dict(answer["Configuration"])


def test_the_primary_workgroup_tells_all_of_its_configuration(athena: Athena) -> None:
    found = athena.client.get_work_group(WorkGroup="primary")["WorkGroup"]
    assert set(found) == {"Name", "State", "Configuration", "CreationTime"}
    assert found["Configuration"] == {
        "EnableMinimumEncryptionConfiguration": False,
        "EnforceWorkGroupConfiguration": False,
        "EngineVersion": {
            "SelectedEngineVersion": "AUTO",
            "EffectiveEngineVersion": "Athena engine version 3",
        },
        "PublishCloudWatchMetricsEnabled": False,
        "RequesterPaysEnabled": False,
        "ResultConfiguration": {},
    }


def test_a_workgroup_enforces_what_it_was_made_with(athena: Athena) -> None:
    own = {"ResultConfiguration": {"OutputLocation": athena.uri("own/")}}
    athena.client.create_work_group(Name=athena.name, Configuration=own)
    assert configuration_of(athena, athena.name)["EnforceWorkGroupConfiguration"] is True
    found = athena.done("SELECT 1 AS a", WorkGroup=athena.name)
    assert found["ResultConfiguration"]["OutputLocation"].startswith(athena.uri("own/"))
    asked = {"ResultConfigurationUpdates": {}, "EnforceWorkGroupConfiguration": False}
    athena.client.update_work_group(WorkGroup=athena.name, ConfigurationUpdates=asked)
    found = athena.done("SELECT 1 AS a", WorkGroup=athena.name)
    assert found["ResultConfiguration"]["OutputLocation"].startswith(athena.uri("results/"))


def test_a_table_has_no_place_of_its_own_where_the_workgroup_enforces_one(athena: Athena) -> None:
    own = {"ResultConfiguration": {"OutputLocation": athena.uri("own/")}}
    athena.client.create_work_group(Name=athena.name, Configuration=own)
    sql = "CREATE TABLE t WITH (external_location = 'BUCKET/t/') AS SELECT 1 AS a"
    code, message = athena.refusal(sql, WorkGroup=athena.name)
    assert code == "INVALID_INPUT"
    assert "enforces a centralized output location" in message


def test_a_workgroup_that_there_is_not_is_not_found(athena: Athena) -> None:
    with pytest.raises(ClientError, match=r"WorkGroup is not found\.") as caught:
        athena.client.get_work_group(WorkGroup="nobody")
    assert caught.value.response["AthenaErrorCode"] == "INVALID_INPUT"
    assert athena.refusal("SELECT 1", WorkGroup="nobody") == (
        "INVALID_INPUT",
        "WorkGroup is not found.",
    )


def test_nothing_starts_in_a_workgroup_that_is_disabled(athena: Athena) -> None:
    athena.client.create_work_group(Name=athena.name)
    athena.client.update_work_group(WorkGroup=athena.name, State="DISABLED")
    assert "disabled" in athena.refusal("SELECT 1", WorkGroup=athena.name)[1]


def test_the_list_is_in_the_order_of_names_and_has_every_description(athena: Athena) -> None:
    athena.client.create_work_group(Name=f"z{athena.name}", Description="Late")
    athena.client.create_work_group(Name=f"a{athena.name}")
    found = athena.client.list_work_groups()["WorkGroups"]
    names = [one["Name"] for one in found]
    assert names == sorted(names)
    described = {one["Name"]: one["Description"] for one in found}
    assert (described[f"z{athena.name}"], described[f"a{athena.name}"]) == ("Late", "")
