"""Jobs that a deployment waits for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_personalize_batch import (
    BatchStorage,
    JobInput,
    SolutionVersion,
    ValidationError,
)
from tests.support.synth.synth import Synth
from tests.support.synth.values import texts

MakeSynth = Callable[[], Synth]
JOB = "Custom::PersonalizeBatchInferenceJob"
SOLUTION = "arn:aws:personalize:eu-west-1:123456789012:solution/films"
HOUR = cdk.Duration.hours(1)


def total(synth: Synth) -> int:
    return len(synth.template["Resources"])


def test_waiting_adds_six_resources_and_two_for_each_further_job(make_synth: MakeSynth) -> None:
    counted = []
    for waits in ((None, None), (HOUR, None), (HOUR, HOUR)):
        synth = make_synth()
        storage = BatchStorage(synth.stack, "Storage")
        for name, wait in zip(("First", "Second"), waits, strict=True):
            synth.job(name, storage=storage, wait_up_to=wait)
        counted.append(total(synth))
    assert counted == [counted[0], counted[0] + 6, counted[0] + 8]


def wait_of(synth: Synth) -> dict[str, Any]:
    return dict(texts(synth.only(JOB)["Waiter"]))


def test_the_condition_waits_longer_than_the_waiter(synth: Synth) -> None:
    synth.job(wait_up_to=cdk.Duration.minutes(90), poll_interval=cdk.Duration.seconds(30))
    wait = wait_of(synth)
    assert (wait["seconds"], wait["intervalSeconds"]) == ("5400", "30")
    (condition,) = synth.resources("AWS::CloudFormation::WaitCondition").values()
    assert condition["Properties"]["Timeout"] == "5700"
    assert condition["Properties"]["Count"] == 1
    assert condition["DependsOn"] == ["Batch14E90808"]
    (handle,) = synth.resources("AWS::CloudFormation::WaitConditionHandle")
    assert wait["handleUrl"] == f"<{handle}>"


def test_twelve_hours_are_the_most_and_leave_the_waiter_time_to_tell(synth: Synth) -> None:
    synth.job(wait_up_to=cdk.Duration.hours(12))
    (condition,) = synth.resources("AWS::CloudFormation::WaitCondition").values()
    assert condition["Properties"]["Timeout"] == "43200"
    assert int(wait_of(synth)["seconds"]) < 43_200
    assert wait_of(synth)["intervalSeconds"] == "90"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            {"wait_up_to": cdk.Duration.seconds(43_201)},
            "wait_up_to must be at most 12 hours, the longest that CloudFormation waits, got "
            "12.0003 hours; start the job without waiting, or use a workflow",
        ),
        (
            {"wait_up_to": cdk.Duration.millis(1500)},
            "wait_up_to must be a whole number of seconds, at least 1, got 1.5",
        ),
        (
            {"wait_up_to": cdk.Duration.minutes(0)},
            "wait_up_to must be a whole number of seconds, at least 1, got 0",
        ),
        (
            {"poll_interval": cdk.Duration.seconds(30)},
            "poll_interval needs wait_up_to; give both, or leave it out",
        ),
        (
            {"wait_up_to": HOUR, "poll_interval": cdk.Duration.seconds(0)},
            "poll_interval must be a whole number of seconds, at least 1, got 0",
        ),
    ],
)
def test_fails_when_a_time_cannot_be_waited(
    synth: Synth, arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        synth.job(**arguments)
    assert caught.value.problems == (problem,)


def handles(make_synth: MakeSynth, **arguments: Any) -> list[str]:
    synth = make_synth()
    synth.job(wait_up_to=HOUR, **arguments)
    return list(synth.resources("AWS::CloudFormation::WaitConditionHandle"))


def test_each_run_has_a_handle_of_its_own(make_synth: MakeSynth) -> None:
    first = handles(make_synth)
    assert handles(make_synth) == first
    assert handles(make_synth, tags={"team": "films"}) == first
    assert handles(make_synth, preflight=False) == first
    others = [
        handles(make_synth, **arguments)
        for arguments in (
            {"run_key": "2"},
            {"num_results": 3},
            {"job_input": JobInput.from_records([{"userId": "2"}])},
            {"solution_version": SolutionVersion.latest(SOLUTION)},
        )
    ]
    assert len({*first, *(name for one in others for name in one)}) == 5


def test_another_time_is_another_condition_because_none_can_be_changed(
    make_synth: MakeSynth,
) -> None:
    found = set()
    for hours in (1, 2):
        synth = make_synth()
        synth.job(wait_up_to=cdk.Duration.hours(hours))
        found |= set(synth.resources("AWS::CloudFormation::WaitCondition"))
    assert len(found) == 2


def test_the_waiter_may_read_jobs_call_the_function_and_write_logs(synth: Synth) -> None:
    synth.job(wait_up_to=HOUR)
    statements = synth.statements("AWS::IAM::Policy", "PersonalizeBatchWaiter")
    jobs = "arn:<Partition>:personalize:<Region>:<AccountId>:batch-inference-job/*"
    function = "<PersonalizeBatchRuntimeFunction6827B1FE.Arn>"
    own = {one for one in statements if not one[1].startswith(("logs:", "xray:"))}
    assert own == {
        ("Allow", "personalize:DescribeBatchInferenceJob", jobs, ""),
        ("Allow", "lambda:InvokeFunction", function, ""),
    }
    # What writes logs and traces of a state machine takes no resource.
    assert {resource for _, _, resource, _ in statements - own} == {"*"}


def test_the_definition_uses_what_the_policy_allows(synth: Synth) -> None:
    synth.job(wait_up_to=HOUR)
    machine = synth.only("AWS::StepFunctions::StateMachine")
    states = json.loads(synth.definition(machine))["States"].values()
    used = {one["Resource"].split(":::")[1] for one in states if one["Type"] == "Task"}
    assert used == {"aws-sdk:personalize:describeBatchInferenceJob", "lambda:invoke"}


def test_the_handles_url_is_not_logged(synth: Synth) -> None:
    synth.job(wait_up_to=HOUR)
    settings = synth.only("AWS::StepFunctions::StateMachine")["LoggingConfiguration"]
    assert settings["Level"] == "ALL"
    assert settings.get("IncludeExecutionData", False) is False


def test_nothing_waits_where_nothing_is_waited_for(synth: Synth) -> None:
    synth.job()
    assert synth.resources("AWS::StepFunctions::StateMachine") == {}
    assert "Waiter" not in synth.only(JOB)
