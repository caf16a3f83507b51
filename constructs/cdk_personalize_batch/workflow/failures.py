"""The message about a run that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aws_cdk import Aws
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets

if TYPE_CHECKING:
    from aws_cdk import aws_sns as sns

_CONSOLE: Final = f"https://{Aws.REGION}.console.aws.amazon.com/states/home?region={Aws.REGION}"


def failure_message(topic: sns.ITopic, path: str) -> events.IRuleTarget:
    """Returns the target of a rule that sends a message with reason and link."""
    execution, status, error, cause = (
        events.EventField.from_path(f"$.detail.{name}")
        for name in ("executionArn", "status", "error", "cause")
    )
    lines = (
        f"A run of the Amazon Personalize workflow {path} ended as {status}.",
        "",
        f"Error: {error}",
        f"Cause: {cause}",
        f"Execution: {execution}",
        f"{_CONSOLE}#/v2/executions/details/{execution}",
        "",
        "A job of the run that was created goes on: it cannot be stopped.",
    )
    return targets.SnsTopic(
        topic, message=events.RuleTargetInput.from_multiline_text("\n".join(lines))
    )
