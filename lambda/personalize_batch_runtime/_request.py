"""From the properties of the custom resource to the request of the Create…Job call.

The construct writes the request as one JSON string, so that numbers stay numbers (CloudFormation
turns every scalar property into a string). Only what is known at deploy time is added here: the
job's name, and the S3 paths that contain it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from personalize_batch_runtime._errors import RuntimeFailure

# JobName of the botocore shape CreateBatchInferenceJobRequest: 1 to 63 characters.
LONGEST_JOB_NAME = 63
HASH_CHARACTERS = 12


@dataclass(frozen=True)
class InputCopy:
    """A file in the asset bucket that becomes the input of the job."""

    source_bucket: str
    source_key: str
    bucket: str
    key: str


@dataclass(frozen=True)
class JobRequest:
    """One Create…Job request, complete, and the input to put in place before it."""

    api: Mapping[str, Any]
    input_copy: InputCopy | None

    @property
    def name(self) -> str:
        """The name of the job."""
        return str(self.api["jobName"])

    @property
    def output_uri(self) -> str:
        """The S3 URI below which the job writes."""
        return str(self.api["jobOutput"]["s3DataDestination"]["path"])


def job_request(properties: Mapping[str, Any], *, stack_id: str, logical_id: str) -> JobRequest:
    """Makes the request from the custom resource's properties.

    Args:
        properties: ``Request`` (JSON of the API request), ``JobNamePrefix``, ``OutputPrefix`` and,
            where they apply, ``InputCopy`` (JSON) and ``RunKey``.
        stack_id: The ARN of the stack.
        logical_id: The resource's logical id in the template.

    Raises:
        RuntimeFailure: If a property is missing or is not of its form.
    """
    api = _json_object(properties, "Request")
    copy = _json_object(properties, "InputCopy") if "InputCopy" in properties else None
    name = api.get("jobName") or _job_name(properties, stack_id, logical_id, api, copy)
    api["jobName"] = name
    destination = api.setdefault("jobOutput", {}).setdefault("s3DataDestination", {})
    destination["path"] = f"{_text(properties, 'OutputPrefix')}{name}/"
    if copy is None:
        return JobRequest(api, None)
    input_copy = _input_copy(copy, name)
    folder = input_copy.key.rpartition("/")[0]
    source = api.setdefault("jobInput", {}).setdefault("s3DataSource", {})
    source["path"] = f"s3://{input_copy.bucket}/{folder}/"
    return JobRequest(api, input_copy)


def _job_name(
    properties: Mapping[str, Any],
    stack_id: str,
    logical_id: str,
    api: Mapping[str, Any],
    copy: Mapping[str, Any] | None,
) -> str:
    # Where the asset lies is left out: another bootstrap bucket is no reason for another job.
    content = copy and {k: v for k, v in copy.items() if k not in {"sourceBucket", "sourceKey"}}
    identity = [
        stack_id,
        logical_id,
        api,
        content,
        properties["OutputPrefix"],
        properties.get("RunKey"),
    ]
    canonical = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode()).hexdigest()[:HASH_CHARACTERS]
    prefix = _text(properties, "JobNamePrefix")[: LONGEST_JOB_NAME - 1 - HASH_CHARACTERS]
    return f"{prefix}-{digest}"


def _input_copy(copy: Mapping[str, Any], job_name: str) -> InputCopy:
    # The content hash keeps the input of a running job safe where the job's name was given and
    # stays the same while the content changes.
    folder = f"{job_name}/{_text(copy, 'contentHash')[:HASH_CHARACTERS]}"
    return InputCopy(
        source_bucket=_text(copy, "sourceBucket"),
        source_key=_text(copy, "sourceKey"),
        bucket=_text(copy, "bucket"),
        key=f"{folder}/{_text(copy, 'fileName')}",
    )


def _json_object(properties: Mapping[str, Any], name: str) -> dict[str, Any]:
    try:
        value = json.loads(_text(properties, name))
    except ValueError as error:
        raise _malformed(name, properties[name]) from error
    if not isinstance(value, dict):
        raise _malformed(name, properties[name])
    return value


def _text(properties: Mapping[str, Any], name: str) -> str:
    value = properties.get(name)
    if not isinstance(value, str) or not value:
        raise _malformed(name, value)
    return value


def _malformed(name: str, value: object) -> RuntimeFailure:
    return RuntimeFailure(
        f"the custom resource's property {name} is missing or malformed, got {str(value)[:200]!r}; "
        "it is written by the construct: deploy with the version of cdk-personalize-batch that "
        "made the Lambda function."
    )
