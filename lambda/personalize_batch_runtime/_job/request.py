"""From the properties of the custom resource to the request of the Create…Job call.

Only what is known at deploy time is added here: the job's name, the S3 paths that contain it, and
the newest version of a solution.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from personalize_batch_runtime._errors import WRITTEN_BY_CONSTRUCT, RuntimeFailure
from personalize_batch_runtime._job.kinds import INFERENCE, JobKind, kind_named
from personalize_batch_runtime._job.properties import (
    api_request,
    flag_of,
    object_of,
    place,
    tags_of,
    text_of,
)

# JobName of the botocore shape CreateBatchInferenceJobRequest: 1 to 63 characters.
LONGEST_JOB_NAME = 63
HASH_CHARACTERS = 12


class InputCopy(NamedTuple):
    """A file in the asset bucket that becomes the input of the job."""

    source_bucket: str
    source_key: str
    bucket: str
    key: str


class Wait(NamedTuple):
    """The wait condition that waits for a job, and the state machine that signals it."""

    state_machine_arn: str
    handle_url: str
    seconds: int
    interval_seconds: int


class JobRequest(NamedTuple):
    """One Create…Job request, and what has to be done around it.

    Attributes:
        kind: Inference or segment.
        api: The request, without tags; without a solution version where the newest is asked for.
        arn: The ARN that a job of this name has.
        solution_arn: The solution whose newest version is asked for.
        input_copy: The input to put in place before the job.
        tags: The tags that the job shall have.
        preflight: Whether input and solution version are checked before the job is created.
        wait: Who waits for the end of the job.
        is_named: Whether the name was given, and not made from the request.
    """

    kind: JobKind
    api: Mapping[str, Any]
    arn: str
    solution_arn: str | None
    input_copy: InputCopy | None
    tags: Mapping[str, str]
    preflight: bool
    wait: Wait | None
    is_named: bool

    @property
    def name(self) -> str:
        """The name of the job."""
        return str(self.api["jobName"])

    @property
    def output_uri(self) -> str:
        """The S3 URI below which the job writes."""
        return str(self.api["jobOutput"]["s3DataDestination"]["path"])

    @property
    def sentence(self) -> str:
        """The start of a sentence about the job."""
        return self.kind.sentence(self.name)

    def with_version(self, solution_version_arn: str) -> JobRequest:
        """Returns the request for a version of the solution."""
        return self._replace(api={**self.api, "solutionVersionArn": solution_version_arn})


def job_request(properties: Mapping[str, Any], *, stack_id: str, logical_id: str) -> JobRequest:
    """Makes the request from the custom resource's properties.

    These are the arguments of the API, ``JobNamePrefix``, ``OutputPrefix`` and, where they apply,
    ``JobKind``, ``SolutionArn``, ``InputCopy``, ``RunKey``, ``JobTags``, ``Preflight``, ``Waiter``.

    Raises:
        RuntimeFailure: If a property is missing or is not of its form.
    """
    kind = kind_named(properties.get("JobKind"))
    api = api_request(properties, kind)
    copy = object_of(properties, "InputCopy") if "InputCopy" in properties else None
    given_name = _given_name(api)
    name = given_name or _job_name(properties, stack_id, logical_id, kind, api, copy)
    api["jobName"] = name
    place(api, "jobOutput", "s3DataDestination")["path"] = (
        f"{text_of(properties, 'OutputPrefix')}{name}/"
    )
    input_copy = _input_copy(copy, name, text_of(properties, "OutputPrefix")) if copy else None
    if input_copy:
        folder = input_copy.key.rpartition("/")[0]
        place(api, "jobInput", "s3DataSource")["path"] = f"s3://{input_copy.bucket}/{folder}/"
    return JobRequest(
        kind=kind,
        api=api,
        arn=_job_arn(stack_id, kind, name),
        solution_arn=text_of(properties, "SolutionArn") if "SolutionArn" in properties else None,
        input_copy=input_copy,
        tags=tags_of(properties),
        preflight=flag_of(properties, "Preflight"),
        wait=wait_of(properties),
        is_named=given_name is not None,
    )


def check_places(request: JobRequest) -> None:
    """Refuses an input and an output that could not be looked at before they were deployed.

    Raises:
        RuntimeFailure: If the input has no ``/`` behind its bucket, or the output lies in it.
    """
    source = str(request.api["jobInput"]["s3DataSource"]["path"])
    if "/" not in source.removeprefix("s3://"):
        raise RuntimeFailure(
            f"the input {source} has no / behind its bucket. Write s3://BUCKET/FOLDER/."
        )
    if request.output_uri.startswith(source):
        raise RuntimeFailure(
            f"its output {request.output_uri} lies in its input {source}, so that the next job "
            "would read its results. Give the output another prefix or another bucket."
        )


def wait_of(properties: Mapping[str, Any]) -> Wait | None:
    """Returns the wait that the properties ask for; None where nobody waits."""
    name = "Wait" if "Wait" in properties else "Waiter"
    if name not in properties:
        return None
    wait = object_of(properties, name)
    try:
        return Wait(
            state_machine_arn=text_of(wait, "stateMachineArn"),
            handle_url=text_of(wait, "handleUrl"),
            seconds=int(wait["seconds"]),
            interval_seconds=int(wait["intervalSeconds"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise RuntimeFailure(
            f"the custom resource's property {name} needs whole numbers as seconds and "
            f"intervalSeconds, got {wait.get('seconds')!r} and {wait.get('intervalSeconds')!r}; "
            f"{WRITTEN_BY_CONSTRUCT}"
        ) from error


def _given_name(api: Mapping[str, Any]) -> str | None:
    return text_of(api, "jobName") if api.get("jobName") else None


def _job_name(
    properties: Mapping[str, Any],
    stack_id: str,
    logical_id: str,
    kind: JobKind,
    api: Mapping[str, Any],
    copy: Mapping[str, Any] | None,
) -> str:
    identity = {
        "stack": stack_id,
        "resource": logical_id,
        "kind": None if kind is INFERENCE else kind.name,
        "request": api,
        "solution": properties.get("SolutionArn"),
        # Where the asset lies is left out: another bootstrap bucket is no reason for another job.
        "input": copy and {k: v for k, v in copy.items() if k not in {"sourceBucket", "sourceKey"}},
        "output": properties.get("OutputPrefix"),
        "run": properties.get("RunKey"),
    }
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()[:HASH_CHARACTERS]
    prefix = text_of(properties, "JobNamePrefix")[: LONGEST_JOB_NAME - 1 - HASH_CHARACTERS]
    return f"{prefix}-{digest}"


def _job_arn(stack_id: str, kind: JobKind, job_name: str) -> str:
    # arn:PARTITION:cloudformation:REGION:ACCOUNT:stack/…; the job lives beside its stack.
    try:
        partition, _, region, account = stack_id.split(":")[1:5]
    except ValueError as error:
        raise RuntimeFailure(
            f"StackId must be the ARN of a stack, got {stack_id[:200]!r}; this function is called "
            "by a custom resource of cdk-personalize-batch only."
        ) from error
    return f"arn:{partition}:personalize:{region}:{account}:{kind.resource}/{job_name}"


def _input_copy(copy: Mapping[str, Any], job_name: str, output_prefix: str) -> InputCopy:
    source_bucket, source_key = text_of(copy, "sourceBucket"), text_of(copy, "sourceKey")
    bucket = text_of(copy, "bucket")
    # The content hash keeps the input of a running job safe where the job's name was given and
    # stays the same while the content changes.
    folder = f"{job_name}/{text_of(copy, 'contentHash')[:HASH_CHARACTERS]}"
    if output_prefix.startswith(f"s3://{bucket}/"):
        # One bucket for both: whoever may read the output must not find the input there.
        folder = f"_input/{folder}"
    return InputCopy(source_bucket, source_key, bucket, f"{folder}/{text_of(copy, 'fileName')}")
