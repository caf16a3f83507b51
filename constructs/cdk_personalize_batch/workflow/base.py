"""What the two kinds of workflows share: storage, state machine, permissions, starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Final

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.deployed_text import IN_EXPRESSION, deployed
from cdk_personalize_batch._cdk.facts import scope_facts
from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.functions.machine import make_machine, make_policy, make_role
from cdk_personalize_batch.functions.shard_function import ShardFunction
from cdk_personalize_batch.request.argument_types import typed
from cdk_personalize_batch.states.machines.workflow import workflow_definition
from cdk_personalize_batch.states.run.facts import WorkflowFacts
from cdk_personalize_batch.states.run.request import written_request
from cdk_personalize_batch.storage.places import PlacedConstruct, find_places, given_output
from cdk_personalize_batch.workflow.monitoring import MonitoredWorkflow
from cdk_personalize_batch.workflow.names import workflow_name
from cdk_personalize_batch.workflow.options import (
    DEFAULT_CONCURRENCY,
    DEFAULT_POLL_SECONDS,
    DEFAULT_TIMEOUT_SECONDS,
    WorkflowOptions,
    seconds_of,
    workflow_problems,
)
from cdk_personalize_batch.workflow.permissions import allow_shards, machine_statements

if TYPE_CHECKING:
    from aws_cdk import aws_scheduler as scheduler
    from aws_cdk import aws_stepfunctions_tasks as tasks
    from constructs import Construct

    from cdk_personalize_batch._cdk.facts import ScopeFacts
    from cdk_personalize_batch.request.job_output import JobOutput
    from cdk_personalize_batch.request.job_request import JobRequest
    from cdk_personalize_batch.request.kind import JobKind
    from cdk_personalize_batch.workflow.imported import ImportedBatchWorkflow
    from cdk_personalize_batch.workflow.schedule import RunSchedule

# As long as a run can be redriven, and longer.
_COPIES_KEPT_DAYS: Final = limits.REDRIVE_DAYS + 1


class BatchWorkflow(MonitoredWorkflow, PlacedConstruct):
    """A state machine that runs batch jobs. Use `BatchInferenceWorkflow` or `BatchSegmentWorkflow`.

    Without `records_per_file` the recipe decides how many records a file of the input may have.
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
        facts = scope_facts(scope)
        path = facts.path_of(id)
        slug = workflow_name(facts.stack, path)
        output = given_output(options.job_output, options.storage)
        problems = workflow_problems(facts, request, options, output, slug)
        # Before there is a construct, so that nothing half-made is left in the tree.
        if problems:
            raise ValidationError(path, problems)
        super().__init__(scope, id, slug=slug)
        self._kind, self._request = kind, request
        self._records_per_file = records_per_file
        bound = options.job_input._bind(self)
        self._places = find_places(
            self, name=slug, bound=bound, output=output, storage=options.storage
        )
        self._shards = ShardFunction.of(self)
        self._machine, self._policy = self._make_machine(facts, options)
        allow_shards(self._shards, self._places)
        # What starts runs waits for the policy of the machine.
        self._policy.node.add_dependency(*self._shards.policies)
        self._places.allow_service(
            facts.stack, written=self._places.run_prefix, reread=self._places.work_prefix
        )
        self._expire_copies()
        if options.schedule is not None:
            self.add_schedule("Schedule", options.schedule)
        if options.on_failure_topic is not None:
            from cdk_personalize_batch.workflow.failures import failure_message

            message = failure_message(options.on_failure_topic, path)
            self.on_failure("FailureMessage", target=message)

    @classmethod
    @typed
    def from_state_machine_arn(
        cls,
        scope: Construct,
        id: str,
        state_machine_arn: str,
        *,
        job_output: JobOutput | None = None,
    ) -> ImportedBatchWorkflow:
        """Refers to a workflow that is made elsewhere; makes and checks nothing.

        Its runs can be started, watched, and used as a state of a larger state machine.

        Args:
            scope: The parent construct.
            id: The construct id, unique in ``scope``.
            state_machine_arn: The ARN of the workflow's state machine, of this Region.
            job_output: Where the workflow was told to write. Default: - not known, so that there is
                neither ``output_uri`` nor ``grant_read_output``.

        Raises:
            ValidationError: If the ARN is not that of a state machine.
        """
        from cdk_personalize_batch.workflow.imported import ImportedBatchWorkflow

        return ImportedBatchWorkflow(
            scope, id, state_machine_arn=state_machine_arn, job_output=job_output
        )

    @property
    def output_uri(self) -> str:
        """The S3 URI of the folder that holds a folder for each run, ``s3://BUCKET/…/``."""
        return self._places.run_uri

    @typed
    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets somebody start runs.

        Args:
            grantee: Who gets the permission.
        """
        return self._machine.grant_start_execution(grantee)

    @typed
    def add_schedule(self, id: str, schedule: RunSchedule) -> scheduler.Schedule:
        """Has runs start at fixed times, beside whatever else starts them.

        The key of a run is its time: of two schedules that name the same moment one run is made.

        Args:
            id: The id of the schedule's construct, unique in the workflow; ``Schedule`` is that of
                the argument ``schedule``.
            schedule: When, and what each run is told.

        Returns:
            The schedule.

        Raises:
            ValidationError: If the schedule has an id that is taken, or input that cannot be text.
        """
        # Loaded only where it is needed, as what other methods load.
        from cdk_personalize_batch.workflow.schedule import make_schedule, schedule_problems

        problems = schedule_problems(schedule)
        if self.node.try_find_child(id) is not None:
            problems.append(f"id {id!r} is taken in this workflow; give the schedule another one")
        if problems:
            raise ValidationError(self.node.path, problems)
        return make_schedule(self, id, schedule, machine=self._machine, policy=self._policy)

    @typed
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
        from cdk_personalize_batch.workflow.arrival import Arrival

        Arrival(
            self,
            machine=self._machine,
            policy=self._policy,
            places=self._places,
            log_group=self._shards.machine_logs,
            quiet_period=quiet_period,
            success_key=success_key,
        )

    @typed
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
        from cdk_personalize_batch.workflow.task import run_task

        return run_task(scope, id, self._machine, run_input or {})

    def _make_machine(
        self, facts: ScopeFacts, options: WorkflowOptions
    ) -> tuple[sfn.StateMachine, iam.Policy]:
        places, version = self._places, self._request.solution_version
        tags = options.tags or {}
        known = WorkflowFacts(
            kind=self._kind,
            request=written_request(self._request, role_arn=self.role.role_arn, tags=tags),
            solution_version_arn=version.arn,
            solution_arn=version.solution_arn,
            input_uri=places.source_uri,
            output_uri=places.run_uri,
            work_uri=places.work_uri,
            input_key_arn=places.source.key_arn,
            output_key_arn=places.target.key_arn,
            slug=self._slug,
            partition=facts.partition,
            jobs=self._kind.arn(facts, ""),
            function_arn=self._shards.arn,
            records_per_file=self._records_per_file,
            most_results=self._request.most_results,
            poll_seconds=seconds_of(options.poll_interval, DEFAULT_POLL_SECONDS),
            timeout_seconds=seconds_of(options.timeout, DEFAULT_TIMEOUT_SECONDS),
            max_concurrency=options.max_concurrency or DEFAULT_CONCURRENCY,
        )
        # All of its text, so that none can be forgotten.
        written = {
            field.name: deployed(facts.stack, getattr(known, field.name), IN_EXPRESSION)
            for field in fields(known)
        }
        definition = workflow_definition(WorkflowFacts(**written))
        role = make_role(self, definition)
        machine = make_machine(
            self,
            definition,
            name=self._slug,
            role=role.without_policy_updates(),
            log_group=self._shards.machine_logs,
        )
        statements = machine_statements(
            kind=self._kind,
            jobs=self._kind.arn(facts, "*"),
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

    def _expire_copies(self) -> None:
        bucket = self.output_bucket
        # A bucket that is made elsewhere keeps its rules; the documentation has the one to add.
        if isinstance(bucket, s3.Bucket):
            bucket.add_lifecycle_rule(
                id=f"personalize-batch-{self._slug}",
                prefix=self._places.work_prefix,
                expiration=Duration.days(_COPIES_KEPT_DAYS),
                abort_incomplete_multipart_upload_after=Duration.days(1),
            )
