"""A run as a state of a larger state machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

from cdk_personalize_batch._cdk.facts import scope_facts
from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.states.run.run_input import unknown_keys

if TYPE_CHECKING:
    from constructs import Construct


def run_task(
    scope: Construct, id: str, machine: sfn.IStateMachine, run_input: Mapping[str, object]
) -> tasks.StepFunctionsStartExecution:
    """Returns the state.

    Raises:
        ValidationError: If every run would refuse its input.
    """
    problems = [f"run_input {one}" for one in unknown_keys(run_input)]
    if problems:
        raise ValidationError(scope_facts(scope).path_of(id), problems)
    return tasks.StepFunctionsStartExecution.jsonata(
        scope,
        id,
        state_machine=machine,
        integration_pattern=sfn.IntegrationPattern.RUN_JOB,
        input=sfn.TaskInput.from_object(dict(run_input)),
        # Lets the console show which execution started which.
        associate_with_parent=True,
        outputs="{% $states.result.Output %}",
    )
