"""Where state machines log."""

from __future__ import annotations

import re
from typing import Any

import aws_cdk as cdk
import pytest

from tests.support.synth.synth import Synth
from tests.support.synth.workflows import MACHINE, make


def groups(synth: Synth) -> list[Any]:
    """The names of the log groups that state machines log to."""
    template = synth.template["Resources"]
    found = []
    for machine in synth.resources(MACHINE).values():
        for one in machine["Properties"]["LoggingConfiguration"]["Destinations"]:
            group, _ = one["CloudWatchLogsLogGroup"]["LogGroupArn"]["Fn::GetAtt"]
            found.append(template[group]["Properties"].get("LogGroupName"))
    return found


@pytest.mark.aws("log groups that fill a resource policy")
@pytest.mark.parametrize("what", ["job", "workflow", "workflow that input starts"])
def test_state_machines_take_no_room_in_the_resource_policy(synth: Synth, what: str) -> None:
    if what == "job":
        synth.job(wait_up_to=cdk.Duration.hours(1))
    else:
        workflow = make(synth)
        if what == "workflow that input starts":
            workflow.start_on_input()
    names = [synth.text(name) if name else "" for name in groups(synth)]
    assert names
    assert all(name.startswith("/aws/vendedlogs/") for name in names)


def test_a_group_that_is_kept_does_not_stand_in_the_way_of_the_next_one(synth: Synth) -> None:
    synth.job(wait_up_to=cdk.Duration.hours(1))
    make(synth)
    names = [synth.text(name) for name in groups(synth)]
    assert len(set(names)) == len(names) == 2
    for name in names:
        # A part of the stack's id, and a name that CloudFormation makes anew.
        assert "Fn::Select" in name
        assert re.search(r"/<PersonalizeBatch\w+Role\w+>$", name)
    kept = [one["DeletionPolicy"] for one in synth.resources("AWS::Logs::LogGroup").values()]
    assert kept == ["Retain"] * 4


def test_the_longest_name_of_a_stack_gives_a_name_that_logs_can_have(synth: Synth) -> None:
    make(synth)
    (name,) = (synth.text(name) for name in groups(synth))
    words = name.partition("<")[0]
    # CloudFormation: 128 characters of a stack's name; IAM: 64 of a role's.
    assert len(words) + 128 + len("-0a1b2c3d/") + 64 <= 512
