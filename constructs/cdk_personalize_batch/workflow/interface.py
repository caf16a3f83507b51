"""What all workflows have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from constructs import Construct, IConstruct

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk import aws_events as events
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_s3 as s3
    from aws_cdk import aws_scheduler as scheduler
    from aws_cdk import aws_sns as sns
    from aws_cdk import aws_stepfunctions as sfn
    from aws_cdk import aws_stepfunctions_tasks as tasks

    from cdk_personalize_batch.storage.batch_storage import BatchStorage
    from cdk_personalize_batch.workflow.schedule import RunSchedule


class IBatchWorkflow(IConstruct, Protocol):
    """A workflow: a `BatchInferenceWorkflow` or a `BatchSegmentWorkflow`.

    It is the type for parameters that take either. Like the interfaces of the CDK it is a protocol:
    what has these members is one, and nothing has to inherit it. The classes say more of each.
    """

    @property
    def state_machine(self) -> sfn.IStateMachine:
        """The state machine; an execution of it is a run."""

    @property
    def output_uri(self) -> str:
        """The S3 URI of the folder that holds a folder for each run, ``s3://BUCKET/…/``."""

    @property
    def role(self) -> iam.IRole:
        """The role that Amazon Personalize assumes."""

    @property
    def storage(self) -> BatchStorage:
        """The role and the buckets."""

    @property
    def input_bucket(self) -> s3.IBucket:
        """The bucket that is read."""

    @property
    def output_bucket(self) -> s3.IBucket:
        """The bucket that is written to."""

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets somebody start runs."""

    def grant_read_output(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets somebody list and read the output, of every run, and decrypt it."""

    def add_schedule(self, id: str, schedule: RunSchedule) -> scheduler.Schedule:
        """Has runs start at fixed times, beside whatever else starts them."""

    def start_on_input(
        self, *, quiet_period: Duration | None = None, success_key: str | None = None
    ) -> None:
        """Starts a run when input arrives."""

    def as_task(
        self, scope: Construct, id: str, *, run_input: Mapping[str, object] | None = None
    ) -> tasks.StepFunctionsStartExecution:
        """Returns a state for a larger state machine: a run, waited for."""

    def metric_started(self, *, period: Duration | None = None) -> cloudwatch.Metric:
        """The number of runs that were started."""

    def metric_succeeded(self, *, period: Duration | None = None) -> cloudwatch.Metric:
        """The number of runs that succeeded."""

    def metric_failed(self, *, period: Duration | None = None) -> cloudwatch.Metric:
        """The number of runs that failed."""

    def metric_timed_out(self, *, period: Duration | None = None) -> cloudwatch.Metric:
        """The number of runs that ran out of time."""

    def metric_duration(self, *, period: Duration | None = None) -> cloudwatch.Metric:
        """How long runs took, in milliseconds, the average of those that ended."""

    def metric_records(self, *, period: Duration | None = None) -> cloudwatch.Metric:
        """The number of input records of runs that succeeded, where they were counted."""

    def metric_bytes(self, *, period: Duration | None = None) -> cloudwatch.Metric:
        """The size of the input of runs that succeeded, in bytes."""

    def create_alarms(self, topic: sns.ITopic) -> list[cloudwatch.Alarm]:
        """Makes alarms for runs that fail and for runs that run out of time."""

    def create_dashboard(self) -> cloudwatch.Dashboard:
        """Makes a dashboard of the workflow: runs, how long they took, and their input."""

    def on_success(self, id: str, *, target: events.IRuleTarget | None = None) -> events.Rule:
        """Makes a rule for runs that succeed."""

    def on_failure(self, id: str, *, target: events.IRuleTarget | None = None) -> events.Rule:
        """Makes a rule for runs that fail, run out of time, or are stopped."""
