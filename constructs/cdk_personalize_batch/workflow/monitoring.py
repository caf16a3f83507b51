"""What can be seen of a workflow: metrics, alarms, a dashboard, and events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_personalize_batch.request.argument_types import typed
from cdk_personalize_batch.states.machines.workflow import DIMENSION, NAMESPACE

if TYPE_CHECKING:
    from aws_cdk import aws_events as events
    from aws_cdk import aws_sns as sns

_SUCCEEDED: Final = ("SUCCEEDED",)
_FAILED: Final = ("FAILED", "TIMED_OUT", "ABORTED")


class MonitoredWorkflow(Construct):
    """The part of a workflow that watches it. A workflow sets its state machine when it is made.

    Args:
        scope: The parent construct.
        id: The construct id.
        slug: What its metrics call it.
    """

    _machine: sfn.IStateMachine

    def __init__(self, scope: Construct, id: str, *, slug: str) -> None:
        super().__init__(scope, id)
        self._slug = slug

    @property
    def state_machine(self) -> sfn.IStateMachine:
        """The state machine; an execution of it is a run."""
        return self._machine

    @typed
    def metric_started(self, *, period: Duration | None = None) -> cloudwatch.Metric:
        """The number of runs that were started.

        It also counts runs that were skipped because another one was running, and not the shards of
        large input.

        Args:
            period: The time of one value. Default: - 5 minutes.
        """
        return self._machine.metric_started(period=period, statistic="Sum")

    @typed
    def metric_succeeded(self, *, period: Duration | None = None) -> cloudwatch.Metric:
        """The number of runs that succeeded.

        It does not say that every record has its results: a job succeeds with records whose line in
        the output is an error.

        Args:
            period: The time of one value. Default: - 5 minutes.
        """
        return self._machine.metric_succeeded(period=period, statistic="Sum")

    @typed
    def metric_failed(self, *, period: Duration | None = None) -> cloudwatch.Metric:
        """The number of runs that failed.

        It does not count runs that ran out of time or were stopped.

        Args:
            period: The time of one value. Default: - 5 minutes.
        """
        return self._machine.metric_failed(period=period, statistic="Sum")

    @typed
    def metric_timed_out(self, *, period: Duration | None = None) -> cloudwatch.Metric:
        """The number of runs that ran out of time.

        Their jobs go on: Amazon Personalize cannot stop them.

        Args:
            period: The time of one value. Default: - 5 minutes.
        """
        return self._machine.metric_timed_out(period=period, statistic="Sum")

    @typed
    def metric_duration(self, *, period: Duration | None = None) -> cloudwatch.Metric:
        """How long runs took, in milliseconds, the average of those that ended.

        It has the waits for other jobs of the account in it, and up to one poll interval more than
        the job took.

        Args:
            period: The time of one value. Default: - 5 minutes.
        """
        return self._machine.metric_time(period=period, statistic="Average")

    @typed
    def metric_records(self, *, period: Duration | None = None) -> cloudwatch.Metric:
        """The number of input records of runs that succeeded.

        Only of runs whose records were counted: where a file may have few records, as for themes
        and segments, and the input had to be cut. Use `metric_bytes` for all others.

        Args:
            period: The time of one value. Default: - 5 minutes.
        """
        return self._own_metric("Records", period)

    @typed
    def metric_bytes(self, *, period: Duration | None = None) -> cloudwatch.Metric:
        """The size of the input of runs that succeeded, in bytes.

        Args:
            period: The time of one value. Default: - 5 minutes.
        """
        return self._own_metric("Bytes", period)

    @typed
    def create_alarms(self, topic: sns.ITopic) -> list[cloudwatch.Alarm]:
        """Makes alarms for runs that fail and for runs that run out of time.

        Args:
            topic: Gets a message when an alarm begins and when it ends.
        """
        from aws_cdk import aws_cloudwatch_actions as actions

        alarms = []
        for name, metric, text in (
            ("FailedAlarm", self.metric_failed(), "failed"),
            ("TimedOutAlarm", self.metric_timed_out(), "ran out of time"),
        ):
            alarm = metric.create_alarm(
                self,
                name,
                alarm_description=f"A run of the Amazon Personalize workflow {self._slug} {text}",
                threshold=1,
                evaluation_periods=1,
                comparison_operator=(
                    cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD
                ),
                # Between two runs there are no values.
                treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
            )
            alarm.add_alarm_action(actions.SnsAction(topic))
            alarm.add_ok_action(actions.SnsAction(topic))
            alarms.append(alarm)
        return alarms

    def create_dashboard(self) -> cloudwatch.Dashboard:
        """Makes a dashboard of the workflow: runs, how long they took, and their input."""
        runs = [
            self.metric_started(),
            self.metric_succeeded(),
            self.metric_failed(),
            self.metric_timed_out(),
        ]
        dashboard = cloudwatch.Dashboard(self, "Dashboard", default_interval=Duration.days(14))
        dashboard.add_widgets(
            cloudwatch.GraphWidget(title=f"{self._slug}: runs", left=runs, width=12),
            cloudwatch.GraphWidget(title="Duration", left=[self.metric_duration()], width=6),
            cloudwatch.GraphWidget(
                title="Input", left=[self.metric_bytes()], right=[self.metric_records()], width=6
            ),
        )
        return dashboard

    @typed
    def on_success(self, id: str, *, target: events.IRuleTarget | None = None) -> events.Rule:
        """Makes a rule for runs that succeed.

        The event is the one of AWS Step Functions, "Step Functions Execution Status Change", on the
        default bus; its ``detail.output`` is the document of the run, as a JSON string.

        Args:
            id: The id of the rule, unique in the workflow.
            target: What gets the event. Default: - add it to the rule.
        """
        return self._on(id, _SUCCEEDED, target)

    @typed
    def on_failure(self, id: str, *, target: events.IRuleTarget | None = None) -> events.Rule:
        """Makes a rule for runs that fail, run out of time, or are stopped.

        The event is the one of AWS Step Functions; ``detail.error`` and ``detail.cause`` say why.

        Args:
            id: The id of the rule, unique in the workflow.
            target: What gets the event. Default: - add it to the rule.
        """
        return self._on(id, _FAILED, target)

    def _on(
        self, id: str, statuses: tuple[str, ...], target: events.IRuleTarget | None
    ) -> events.Rule:
        from aws_cdk import aws_events as events

        detail: Mapping[str, list[str]] = {
            "stateMachineArn": [self._machine.state_machine_arn],
            "status": list(statuses),
        }
        return events.Rule(
            self,
            id,
            event_pattern=events.EventPattern(
                source=["aws.states"],
                detail_type=["Step Functions Execution Status Change"],
                detail=detail,
            ),
            targets=[target] if target else None,
        )

    def _own_metric(self, name: str, period: Duration | None) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=NAMESPACE,
            metric_name=name,
            dimensions_map={DIMENSION: self._slug},
            period=period,
            statistic="Sum",
        )
