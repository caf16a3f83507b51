"""Starts of runs by input that arrives: a rule, and a small state machine that waits for the last.

Every object that arrives starts an execution of it. Each waits for the quiet period; then the
oldest one that runs looks at the input until nothing has arrived for the period, and starts a run.
The others end before that. The run is named by the newest object, so that two that both think
themselves the oldest start one run.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from aws_cdk import Annotations, Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_personalize_batch._cdk.deployed_text import IN_EXPRESSION, IN_WILDCARD, deployed, written
from cdk_personalize_batch._cdk.facts import scope_facts
from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.functions.machine import make_machine, make_policy, make_role
from cdk_personalize_batch.request.checks import resolved_text, shown
from cdk_personalize_batch.states.machines.arrival import arrival_definition, success_definition

if TYPE_CHECKING:
    from aws_cdk import Stack
    from aws_cdk import aws_logs as logs

    from cdk_personalize_batch.storage.places import Places

_ID: Final = "Arrival"
_DEFAULT_QUIET_SECONDS: Final = 60
# Lists of executions can be some seconds old.
_SHORTEST_QUIET_SECONDS: Final = 10


class Arrival(Construct):
    """The rule and the state machine."""

    def __init__(
        self,
        workflow: Construct,
        *,
        machine: sfn.IStateMachine,
        policy: iam.Policy,
        places: Places,
        log_group: logs.ILogGroup,
        quiet_period: Duration | None,
        success_key: str | None,
    ) -> None:
        problems = _problems(workflow, places, quiet_period, success_key)
        if problems:
            raise ValidationError(workflow.node.path, problems)
        super().__init__(workflow, _ID)
        facts = scope_facts(workflow)
        partition, stack = facts.partition, facts.stack
        if success_key is None:
            definition = arrival_definition(
                partition=partition,
                machine_arn=machine.state_machine_arn,
                bucket=deployed(stack, places.source.facts.name, IN_EXPRESSION),
                prefix=deployed(stack, places.source.prefix, IN_EXPRESSION),
                quiet_seconds=(
                    int(quiet_period.to_seconds()) if quiet_period else _DEFAULT_QUIET_SECONDS
                ),
            )
        else:
            definition = success_definition(
                partition=partition, machine_arn=machine.state_machine_arn
            )
        role = make_role(self, definition)
        own = make_machine(
            self, definition, role=role.without_policy_updates(), log_group=log_group
        )
        allowed = make_policy(
            self,
            role,
            _statements(machine, own if success_key is None else None, places),
        )
        rule = self._make_rule(stack, own, places, success_key)
        rule.node.add_dependency(allowed, policy)
        self._send_events(places.source.bucket)

    def _make_rule(
        self, stack: Stack, own: sfn.StateMachine, places: Places, success_key: str | None
    ) -> events.Rule:
        prefix = places.source.prefix
        if success_key is not None:
            # The whole name: in the folder of the input itself, or in one below it.
            within, name = (written(stack, one, IN_WILDCARD) for one in (prefix, success_key))
            key: list[object] = [f"{prefix}{success_key}", {"wildcard": f"{within}*/{name}"}]
        else:
            key = [{"prefix": prefix}]
        detail = {"bucket": {"name": [places.source.facts.name]}, "object": {"key": key}}
        return events.Rule(
            self,
            "Rule",
            description="Input of an Amazon Personalize batch workflow has arrived",
            event_pattern=events.EventPattern(
                source=["aws.s3"], detail_type=["Object Created"], detail=detail
            ),
            targets=[targets.SfnStateMachine(own)],
        )

    def _send_events(self, bucket: s3.IBucket) -> None:
        if isinstance(bucket, s3.Bucket):
            bucket.enable_event_bridge_notification()
            return
        Annotations.of(self).add_warning_v2(
            "cdk-personalize-batch:eventBridge",
            f"the bucket {bucket.node.path} is not made in this app; no run starts on input until "
            "it sends its events to Amazon EventBridge",
        )


def _statements(
    machine: sfn.IStateMachine, own: sfn.StateMachine | None, places: Places
) -> Iterator[iam.PolicyStatement]:
    yield iam.PolicyStatement(
        actions=["states:StartExecution"], resources=[machine.state_machine_arn]
    )
    if own is not None:
        yield iam.PolicyStatement(
            actions=["states:ListExecutions"], resources=[own.state_machine_arn]
        )
        yield iam.PolicyStatement(actions=["s3:ListBucket"], resources=[places.source.facts.arn])


def _problems(
    workflow: Construct, places: Places, quiet_period: Duration | None, success_key: str | None
) -> list[str]:
    problems = []
    if workflow.node.try_find_child(_ID) is not None:
        problems.append("start_on_input was called before; call it once")
    if places.source_uri != places.source.uri:
        # Its events could not be told from those of results in the same bucket, which would start
        # the next run.
        problems.append(
            "start_on_input needs an input whose prefix is given apart from its bucket, and this "
            "one is a URI that only the deployment knows; use JobInput.from_bucket(bucket, "
            "prefix=…), whose prefix may be such a value too"
        )
    if quiet_period is not None and success_key is not None:
        problems.append("quiet_period and success_key exclude each other; give one")
    if quiet_period is not None and quiet_period.to_seconds(integral=False) < (
        _SHORTEST_QUIET_SECONDS
    ):
        problems.append(
            f"quiet_period must be at least {_SHORTEST_QUIET_SECONDS} seconds, got "
            f"{quiet_period.to_seconds(integral=False):g}"
        )
    if success_key is not None and (not success_key or "/" in success_key):
        problems.append(
            f"success_key must be the name of an object without folders, got {shown(success_key)}"
        )
    if success_key is not None:
        problems += resolved_text("success_key", success_key)
    if success_key is not None and places.source.prefix and not places.source.prefix.endswith("/"):
        problems.append("success_key needs a folder as job_input; give its prefix")
    return problems
