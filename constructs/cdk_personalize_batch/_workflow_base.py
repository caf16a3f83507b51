"""What the two kinds of workflows share: storage, state machine, permissions, starts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_personalize_batch import _checks, _facts, _job_tags, _limits, _workflow_permissions
from cdk_personalize_batch._job_paths import path_problems
from cdk_personalize_batch._json import to_json
from cdk_personalize_batch._workflow_definition import WorkflowFacts, workflow_definition
from cdk_personalize_batch._workflow_input import LONGEST_RUN
from cdk_personalize_batch._workflow_permissions import Places
from cdk_personalize_batch._workflow_runtime import ShardFunction
from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.job_input import _FileInput, _RecordsInput
from cdk_personalize_batch.job_output import JobOutput
from cdk_personalize_batch.request import JobRequest, Placement
from cdk_personalize_batch.storage import BatchStorage

if TYPE_CHECKING:
    from cdk_personalize_batch._job_options import JobKind
    from cdk_personalize_batch.job_input import BoundInput, JobInput

DEFAULT_TIMEOUT_SECONDS: Final = 86_400
DEFAULT_POLL_SECONDS: Final = 120
DEFAULT_CONCURRENCY: Final = 5
# A hyphen and 12 characters of a hash, a hyphen and 5 digits of a shard, a hyphen and 3 of a retry.
_LONGEST_SLUG: Final = _limits.LONGEST_JOB_NAME - 13 - 6 - 4
# Longer than the 14 days in which Step Functions redrives an execution.
_WORK_KEPT_DAYS: Final = 15
_MARK_DIGITS: Final = 6
# Of an inline Map.
_MOST_CONCURRENCY: Final = 40
# Maps whose keys are data and not names of fields.
_MAPS: Final = ("itemExplorationConfig", "rankingInfluence")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowOptions:
    """What the two constructs take alike, beside the request.

    Attributes:
        job_input: The input of every run.
        job_output: The output; None for the storage's output bucket.
        storage: The storage; None for one of the workflow's own.
        tags: The tags of the jobs.
        timeout: How long a run may take; None for a day.
        poll_interval: How long to wait between two looks at a job; None for two minutes.
        max_concurrency: How many shards run at the same time; None for five.
    """

    job_input: JobInput
    job_output: JobOutput | None
    storage: BatchStorage | None
    tags: Mapping[str, str] | None
    timeout: Duration | None
    poll_interval: Duration | None
    max_concurrency: int | None


class BatchWorkflow(Construct):
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
        path = f"{facts.path}/{id}".removeprefix("/")
        self._slug = _slug(path)
        output = options.job_output
        if output is None and options.storage is not None:
            output = JobOutput.to_bucket(options.storage.output_bucket)
        problems = _problems(facts.region, request, options, output, self._slug)
        # Before there is a construct, so that nothing half-made is left in the tree.
        if problems:
            raise ValidationError(path, problems)
        super().__init__(scope, id)
        self._kind, self._request = kind, request
        self._records_per_file = records_per_file
        bound = options.job_input.bind(self)
        assert bound.bucket is not None  # noqa: S101 - `_problems` refuses an input without one
        self._storage = options.storage or BatchStorage(
            self,
            "Storage",
            input_bucket=bound.bucket,
            output_bucket=output.bucket if output else None,
        )
        self._output = output or JobOutput.to_bucket(self._storage.output_bucket)
        self._input_bucket: s3.IBucket = bound.bucket
        self._input_prefix = bound.prefix
        self._places = self._find_places(bound)
        function = ShardFunction.of(facts.stack)
        _workflow_permissions.allow_shards(function, self._places)
        self._allow_jobs(bound)
        self._machine, self._policy = self._make_machine(facts, bound, options, function)
        self._expire_copies()

    @property
    def state_machine(self) -> sfn.IStateMachine:
        """The state machine; an execution of it is a run."""
        return self._machine

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

    def _find_places(self, bound: BoundInput) -> Places:
        source, target = (
            _facts.of_bucket(bucket) for bucket in (self._input_bucket, self._output.bucket)
        )
        folder = self._output.prefix
        return Places(
            source=source,
            source_prefix=bound.prefix,
            source_key_arn=bound.key.key_arn if bound.key else source.key_arn,
            target=target,
            target_prefix=f"{folder}{self._slug}/",
            target_key_arn=(
                self._output.kms_key.key_arn if self._output.kms_key else target.key_arn
            ),
            work_prefix=f"{folder}_work/{self._slug}/",
        )

    def _allow_jobs(self, bound: BoundInput) -> None:
        places = self._places
        self._storage._allow_read(self._input_bucket, places.source_prefix)
        self._storage._allow_read(self._output.bucket, places.work_prefix)
        self._storage._allow_write(self._output.bucket, places.target_prefix)
        keys = (
            (bound.key or places.source.key, places.source_key_arn),
            (self._output.kms_key or places.target.key, places.target_key_arn),
        )
        for key, key_arn in keys:
            if key is not None and key_arn is not None:
                self._storage._allow_key(key, key_arn)

    def _make_machine(
        self,
        facts: _facts.ScopeFacts,
        bound: BoundInput,
        options: WorkflowOptions,
        function: ShardFunction,
    ) -> tuple[sfn.StateMachine, iam.Policy]:
        resource = f"{facts.partition}:personalize:{facts.region}:{facts.account}"
        jobs = f"arn:{resource}:{self._kind.resource}/"
        definition = workflow_definition(self._describe(facts, bound, options, jobs, function.arn))
        role = iam.Role(
            self,
            "Role",
            description="Runs Amazon Personalize batch jobs",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com"),
            # In the role and not in the policy: the state machine cannot be made without them, and
            # the policy names the state machine.
            inline_policies={"Logs": _log_policy()},
        )
        machine = sfn.StateMachine(
            self,
            "StateMachine",
            comment=definition["Comment"],
            definition_body=sfn.DefinitionBody.from_string(to_json(facts.stack, definition)),
            role=role.without_policy_updates(),
            logs=sfn.LogOptions(
                destination=function.log_group,
                level=sfn.LogLevel.ALL,
                # The keys of objects can tell more than a log should.
                include_execution_data=False,
            ),
            tracing_enabled=True,
        )
        policy = iam.Policy(self, "Policy", roles=[role])
        version = self._request.solution_version
        for statement in _workflow_permissions.machine_statements(
            kind=self._kind.name,
            jobs=f"{jobs}*",
            version=version,
            describes_version=self._records_per_file is None,
            tags_jobs=bool(options.tags),
            role_arn=self.role.role_arn,
            function_arn=function.arn,
            machine_arn=machine.state_machine_arn,
            executions=f"arn:{facts.partition}:states:{facts.region}:{facts.account}:execution:"
            f"{machine.state_machine_name}*",
            places=self._places,
        ):
            policy.add_statements(statement)
        return machine, policy

    def _describe(
        self,
        facts: _facts.ScopeFacts,
        bound: BoundInput,
        options: WorkflowOptions,
        jobs: str,
        function_arn: str,
    ) -> WorkflowFacts:
        places, version = self._places, self._request.solution_version
        target = f"s3://{places.target.name}"
        return WorkflowFacts(
            kind=self._kind.name,
            request=self._written_request(options.tags or {}),
            solution_version_arn=version.arn,
            solution_arn=version.solution_arn,
            input_uri=bound.uri or f"s3://{places.source.name}/{bound.prefix}",
            output_uri=f"{target}/{places.target_prefix}",
            work_uri=f"{target}/{places.work_prefix}",
            input_key_arn=places.source_key_arn,
            output_key_arn=places.target_key_arn,
            slug=self._slug,
            partition=facts.partition,
            jobs=jobs,
            function_arn=function_arn,
            records_per_file=self._records_per_file,
            most_results=self._request.most_results,
            poll_seconds=_seconds(options.poll_interval, DEFAULT_POLL_SECONDS),
            timeout_seconds=_seconds(options.timeout, DEFAULT_TIMEOUT_SECONDS),
            max_concurrency=options.max_concurrency or DEFAULT_CONCURRENCY,
        )

    def _written_request(self, tags: Mapping[str, str]) -> dict[str, Any]:
        """Returns the request as Step Functions names its fields, without what a run adds."""
        request = self._request.to_api(Placement(role_arn=self.role.role_arn))
        for added in ("solutionVersionArn", "jobInput", "jobOutput"):
            request.pop(added, None)
        if tags:
            request["tags"] = [{"tagKey": key, "tagValue": value} for key, value in tags.items()]
        return {_pascal(name): _renamed(name, value) for name, value in request.items()}

    def _expire_copies(self) -> None:
        bucket = self._output.bucket
        # A bucket that is made elsewhere keeps its rules; the documentation has the one to add.
        if isinstance(bucket, s3.Bucket):
            bucket.add_lifecycle_rule(
                id=f"personalize-batch-{self._slug}",
                prefix=self._places.work_prefix,
                expiration=Duration.days(_WORK_KEPT_DAYS),
                abort_incomplete_multipart_upload_after=Duration.days(1),
            )


def _problems(
    region: str,
    request: JobRequest,
    options: WorkflowOptions,
    output: JobOutput | None,
    slug: str,
) -> list[str]:
    problems = request.validate(region)
    problems += options.job_input.validate(request.record_format)
    if isinstance(options.job_input, _FileInput | _RecordsInput):
        problems.append(
            "job_input must lie in a bucket, because every run reads it anew; put it there and use "
            "JobInput.from_bucket or JobInput.from_s3_uri"
        )
    problems += path_problems(options.job_input, output, f"{slug}/{'x' * LONGEST_RUN}/shard-00001")
    problems += _job_tags.tag_problems(options.tags or {})
    problems += _duration_problems("timeout", options.timeout)
    problems += _duration_problems("poll_interval", options.poll_interval)
    if options.max_concurrency is not None:
        problems += _checks.whole_number(
            "max_concurrency", options.max_concurrency, least=1, most=_MOST_CONCURRENCY
        )
    return problems


def _duration_problems(name: str, value: Duration | None) -> list[str]:
    if value is None or value.is_unresolved():
        return []
    seconds = float(value.to_seconds(integral=False))
    if seconds.is_integer() and seconds >= 1:
        return []
    return [f"{name} must be a whole number of seconds, at least 1, got {seconds:g} seconds"]


def _seconds(value: Duration | None, default: int) -> int:
    return default if value is None else int(value.to_seconds())


def _log_policy() -> iam.PolicyDocument:
    actions = [*_workflow_permissions.DELIVER_LOGS, *_workflow_permissions.TRACE]
    return iam.PolicyDocument(statements=[iam.PolicyStatement(actions=actions, resources=["*"])])


def _slug(path: str) -> str:
    """Makes the readable part of the names of jobs, and the folder, from a construct's path."""
    words = re.sub(r"[^a-zA-Z0-9_]+", "-", path).strip("-_") or "workflow"
    if len(words) <= _LONGEST_SLUG:
        return words
    # A folder belongs to one workflow only: what tells two long paths apart may have been cut.
    mark = hashlib.sha256(path.encode()).hexdigest()[:_MARK_DIGITS]
    return f"{words[_MARK_DIGITS + 1 - _LONGEST_SLUG :].lstrip('-_')}-{mark}"


def _renamed(name: str, value: object) -> object:
    """Returns a value of the API with the names that Step Functions uses, `Like` for `like`."""
    if isinstance(value, list):
        return [_renamed(name, one) for one in value]
    if not isinstance(value, Mapping) or name in _MAPS:
        return value
    return {_pascal(key): _renamed(key, one) for key, one in value.items()}


def _pascal(name: str) -> str:
    return name[0].upper() + name[1:]
