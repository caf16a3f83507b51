"""What the two kinds of workflows share: storage, state machine, permissions, starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_personalize_batch import _facts, _workflow_permissions
from cdk_personalize_batch._workflow_definition import workflow_definition
from cdk_personalize_batch._workflow_facts import WorkflowFacts
from cdk_personalize_batch._workflow_machine import make_machine, make_policy
from cdk_personalize_batch._workflow_options import (
    DEFAULT_CONCURRENCY,
    DEFAULT_POLL_SECONDS,
    DEFAULT_TIMEOUT_SECONDS,
    WorkflowOptions,
    seconds_of,
    workflow_problems,
    workflow_slug,
)
from cdk_personalize_batch._workflow_permissions import Places
from cdk_personalize_batch._workflow_request import written_request
from cdk_personalize_batch._workflow_runtime import ShardFunction
from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.job_output import JobOutput
from cdk_personalize_batch.monitoring import MonitoredWorkflow
from cdk_personalize_batch.storage import BatchStorage

if TYPE_CHECKING:
    from aws_cdk import aws_stepfunctions_tasks as tasks

    from cdk_personalize_batch._facts import ScopeFacts
    from cdk_personalize_batch._job_options import JobKind
    from cdk_personalize_batch.job_input import BoundInput
    from cdk_personalize_batch.request import JobRequest

# Longer than the 14 days in which Step Functions redrives an execution.
_COPIES_KEPT_DAYS: Final = 15


class BatchWorkflow(MonitoredWorkflow):
    """A state machine that runs batch jobs. Use `BatchInferenceWorkflow` or `BatchSegmentWorkflow`.

    Args:
        scope: The parent construct.
        id: The construct id.
        kind: Inference or segment.
        request: The request.
        records_per_file: The most records of an input file; None where the recipe decides.
        options: The rest.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        kind: JobKind,
        request: JobRequest,
        records_per_file: int | None,
        options: WorkflowOptions,
    ) -> None:
        facts = _facts.of_scope(scope)
        path = facts.path_of(id)
        slug = workflow_slug(path)
        output = options.job_output
        if output is None and options.storage is not None:
            output = JobOutput.to_bucket(options.storage.output_bucket)
        problems = workflow_problems(facts.region, request, options, output, slug)
        # Before there is a construct, so that nothing half-made is left in the tree.
        if problems:
            raise ValidationError(path, problems)
        super().__init__(scope, id, slug=slug)
        self._kind, self._request = kind, request
        self._records_per_file = records_per_file
        bound = options.job_input._bind(self)
        assert bound.bucket is not None  # noqa: S101 - an input without one was refused
        self._input_bucket: s3.IBucket = bound.bucket
        self._storage = options.storage or BatchStorage(
            self,
            "Storage",
            input_bucket=bound.bucket,
            output_bucket=output.bucket if output else None,
        )
        self._output = output or JobOutput.to_bucket(self._storage.output_bucket)
        self._places = self._find_places(bound)
        self._shards = ShardFunction.of(facts.stack)
        self._machine, self._policy = self._make_machine(facts, bound, options)
        self._allow(bound)
        self._expire_copies()
        if options.schedule is not None:
            # Loaded only where it is needed, as what other methods load.
            from cdk_personalize_batch._workflow_schedule import make_schedule

            make_schedule(self, options.schedule, machine=self._machine, policy=self._policy)
        if options.on_failure_topic is not None:
            from cdk_personalize_batch._workflow_failures import failure_message

            message = failure_message(options.on_failure_topic, path)
            self.on_failure("FailureMessage", target=message)

    @property
    def output_uri(self) -> str:
        """The S3 URI of the folder that holds a folder for each run, ``s3://BUCKET/…/``."""
        return f"s3://{self._places.target.name}/{self._places.target_prefix}"

    @property
    def role(self) -> iam.IRole:
        """The role that Amazon Personalize assumes."""
        return self._storage.role

    @property
    def storage(self) -> BatchStorage:
        """The storage of the jobs."""
        return self._storage

    @property
    def input_bucket(self) -> s3.IBucket:
        """The bucket that the jobs read."""
        return self._input_bucket

    @property
    def output_bucket(self) -> s3.IBucket:
        """The bucket that the jobs write to."""
        return self._output.bucket

    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets somebody start runs.

        Args:
            grantee: Who gets the permission.
        """
        return self._machine.grant_start_execution(grantee)

    def grant_read_output(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets somebody list and read the output of all runs.

        Args:
            grantee: Who gets the permission.
        """
        return self.output_bucket.grant_read(grantee, f"{self._places.target_prefix}*")

    def start_on_input(
        self, *, quiet_period: Duration | None = None, success_key: str | None = None
    ) -> None:
        """Starts a run when input arrives.

        One run is started for all that arrives together: when nothing has arrived below the input
        for the quiet period. Or, with a success key, when an object of this name is written: then
        its folder is the input of the run, and what arrives beside it starts nothing.

        The input bucket must send its events to Amazon EventBridge. A bucket of this app is made to
        do so; for another one a warning says what is missing.

        Args:
            quiet_period: How long nothing must arrive, at least 10 seconds. Default: - one minute.
            success_key: The name of the object that ends an upload, such as ``_SUCCESS``. Default:
                - the quiet period decides.

        Raises:
            ValidationError: If it was called before, or an argument is wrong.
        """
        from cdk_personalize_batch._workflow_arrival import Arrival

        Arrival(
            self,
            machine=self._machine,
            policy=self._policy,
            bucket=self._input_bucket,
            places=self._places,
            log_group=self._shards.log_group,
            quiet_period=quiet_period,
            success_key=success_key,
        )

    def as_task(
        self, scope: Construct, id: str, *, run_input: Mapping[str, object] | None = None
    ) -> tasks.StepFunctionsStartExecution:
        """Returns a state for a larger state machine: a run, waited for.

        Its output is the document of the run; a run that fails fails the state. It is a state in
        JSONata, which a state machine in either query language can have.

        Args:
            scope: The parent construct of the state.
            id: Its id, which is its name too.
            run_input: What the run is told, such as ``{"runKey": "{% $states.input.date %}"}``.
                Default: - nothing.
        """
        from cdk_personalize_batch._workflow_task import run_task

        return run_task(scope, id, self._machine, run_input or {})

    def _find_places(self, bound: BoundInput) -> Places:
        source, target = (
            _facts.of_bucket(bucket) for bucket in (self._input_bucket, self._output.bucket)
        )
        folder, key = self._output.prefix, self._output.kms_key
        return Places(
            source=source,
            source_prefix=bound.prefix,
            source_uri=bound.uri or f"s3://{source.name}/{bound.prefix}",
            source_key_arn=bound.key.key_arn if bound.key else source.key_arn,
            target=target,
            target_prefix=f"{folder}{self._slug}/",
            target_key_arn=key.key_arn if key else target.key_arn,
            work_prefix=f"{folder}_work/{self._slug}/",
        )

    def _make_machine(
        self, facts: ScopeFacts, bound: BoundInput, options: WorkflowOptions
    ) -> tuple[sfn.StateMachine, iam.Policy]:
        places, version = self._places, self._request.solution_version
        jobs = (
            f"arn:{facts.partition}:personalize:{facts.region}:{facts.account}:"
            f"{self._kind.resource}/"
        )
        tags = options.tags or {}
        target = f"s3://{places.target.name}"
        definition = workflow_definition(
            WorkflowFacts(
                kind=self._kind.name,
                request=written_request(self._request, role_arn=self.role.role_arn, tags=tags),
                solution_version_arn=version.arn,
                solution_arn=version.solution_arn,
                input_uri=places.source_uri,
                output_uri=f"{target}/{places.target_prefix}",
                work_uri=f"{target}/{places.work_prefix}",
                input_key_arn=places.source_key_arn,
                output_key_arn=places.target_key_arn,
                slug=self._slug,
                partition=facts.partition,
                jobs=jobs,
                function_arn=self._shards.arn,
                records_per_file=self._records_per_file,
                most_results=self._request.most_results,
                poll_seconds=seconds_of(options.poll_interval, DEFAULT_POLL_SECONDS),
                timeout_seconds=seconds_of(options.timeout, DEFAULT_TIMEOUT_SECONDS),
                max_concurrency=options.max_concurrency or DEFAULT_CONCURRENCY,
            )
        )
        machine, role = make_machine(self, definition, log_group=self._shards.log_group)
        statements = _workflow_permissions.machine_statements(
            kind=self._kind.name,
            jobs=f"{jobs}*",
            version=version,
            describes_version=self._records_per_file is None,
            tags_jobs=bool(tags),
            role_arn=self.role.role_arn,
            function_arn=self._shards.arn,
            machine_arn=machine.state_machine_arn,
            executions=f"arn:{facts.partition}:states:{facts.region}:{facts.account}:execution:"
            f"{machine.state_machine_name}",
            places=places,
        )
        return machine, make_policy(self, role, statements)

    def _allow(self, bound: BoundInput) -> None:
        places = self._places
        _workflow_permissions.allow_shards(self._shards, places)
        stack = Stack.of(self)
        self._storage._allow_read(stack, self._input_bucket, places.source_prefix)
        self._storage._allow_read(stack, self._output.bucket, places.work_prefix)
        self._storage._allow_write(stack, self._output.bucket, places.target_prefix)
        keys = (
            (bound.key or places.source.key, places.source_key_arn),
            (self._output.kms_key or places.target.key, places.target_key_arn),
        )
        for key, key_arn in keys:
            if key is not None and key_arn is not None:
                self._storage._allow_key(stack, key, key_arn)

    def _expire_copies(self) -> None:
        bucket = self._output.bucket
        # A bucket that is made elsewhere keeps its rules; the documentation has the one to add.
        if isinstance(bucket, s3.Bucket):
            bucket.add_lifecycle_rule(
                id=f"personalize-batch-{self._slug}",
                prefix=self._places.work_prefix,
                expiration=Duration.days(_COPIES_KEPT_DAYS),
                abort_incomplete_multipart_upload_after=Duration.days(1),
            )
