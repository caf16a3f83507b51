"""Mistakes that synth can see, each with what was given and what to do."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_scheduler as scheduler

from cdk_personalize_batch import RunSchedule, SolutionVersion, ValidationError
from tests.support.synth.synth import Synth
from tests.support.synth.workflows import make

HERE, ELSEWHERE = "123456789012", "210987654321"
PERSONALIZE = f"arn:aws:personalize:eu-west-1:{HERE}"
NIGHTLY = scheduler.ScheduleExpression.cron(hour="4", minute="0")


class Placed(Synth):
    """A stack of one account and Region."""

    def __init__(self) -> None:
        super().__init__()
        environment = cdk.Environment(account=HERE, region="eu-west-1")
        self.stack = cdk.Stack(self.app, "Here", env=environment)


def version(account: str) -> SolutionVersion:
    return SolutionVersion.from_arn(
        f"arn:aws:personalize:eu-west-1:{account}:solution/films/a1b2c3"
    )


@pytest.mark.parametrize("construct", [Synth.job, make])
@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"solution_version": version(ELSEWHERE)}, "solution_version"),
        (
            {
                "solution_version": version(HERE),
                "filter_arn": f"arn:aws:personalize:eu-west-1:{ELSEWHERE}:filter/new",
            },
            "filter_arn",
        ),
    ],
)
def test_a_model_or_filter_of_another_account_is_refused(
    construct: Any, arguments: dict[str, Any], name: str
) -> None:
    with pytest.raises(ValidationError) as failure:
        construct(Placed(), **arguments)
    assert failure.value.problems == (
        f"{name} is of the account {ELSEWHERE} and the job of {HERE}; Amazon Personalize uses "
        "models and filters of the job's account only, give one that is there",
    )


def test_those_of_the_same_account_and_of_an_unknown_one_are_not(synth: Synth) -> None:
    Placed().job(solution_version=version(HERE))
    synth.job(solution_version=version(ELSEWHERE))


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        (f"{PERSONALIZE}:campaign/films", "campaign"),
        (f"{PERSONALIZE}:recommender/films", "recommender"),
        (f"{PERSONALIZE}:dataset-group/films", "dataset-group"),
        ("arn:aws:personalize:::recipe/aws-sims", "recipe"),
    ],
)
@pytest.mark.parametrize("factory", [SolutionVersion.from_arn, SolutionVersion.latest])
def test_the_arn_of_something_else_says_what_it_is(
    synth: Synth, factory: Any, arn: str, kind: str
) -> None:
    with pytest.raises(ValidationError, match=f"got the ARN of a {kind}, '{arn}'; batch jobs run"):
        synth.job(solution_version=factory(arn))


INTERVALS = pytest.mark.parametrize(
    ("construct", "name"), [(Synth.job, "wait_up_to"), (make, "timeout")]
)


def intervals(name: str, seconds: int) -> dict[str, Any]:
    return {name: cdk.Duration.seconds(60), "poll_interval": cdk.Duration.seconds(seconds)}


@INTERVALS
def test_a_poll_interval_can_be_as_long_as_the_time(
    synth: Synth, construct: Any, name: str
) -> None:
    construct(synth, **intervals(name, 60))


@INTERVALS
def test_a_poll_interval_over_the_time_is_refused(synth: Synth, construct: Any, name: str) -> None:
    with pytest.raises(ValidationError, match=f"at most {name}, which is 60 seconds, got 61 sec"):
        construct(synth, **intervals(name, 61))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (
            "numResult",
            "the unknown key 'numResult'; did you mean numResults? known are filterArn, ",
        ),
        ("runkey", "did you mean runKey?"),
        ("today", "the unknown key 'today'; known are"),
    ],
)
def test_a_key_that_every_run_would_refuse_is_told(synth: Synth, key: str, text: str) -> None:
    schedule = RunSchedule(expression=NIGHTLY, run_input={key: 1})
    with pytest.raises(ValidationError) as failure:
        make(synth, schedule=schedule)
    assert "[Films/Nightly] schedule.run_input has the unknown key" in str(failure.value)
    assert text in str(failure.value)
    workflow = make(synth)
    with pytest.raises(ValidationError) as failure:
        workflow.as_task(synth.stack, "Task", run_input={key: 1})
    assert "[Films/Task] run_input has the unknown key" in str(failure.value)
    assert text in str(failure.value)
    with pytest.raises(ValidationError, match="unknown key"):
        workflow.add_schedule("Other", schedule)
