"""Many jobs in one stack: policies stay within the limits of IAM and S3."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest

from cdk_personalize_batch import BatchStorage, JobInput, SolutionVersion

# The fixture of conftest.py; test modules cannot import its class.
Synth = Any

ARN = "arn:aws:personalize:eu-west-1:123456789012:solution"
# About what the longest names of these resources come to.
DEPLOYED = (
    "arn:aws:iam::123456789012:role/Films-Job42StorageRole0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)


def length(document: object) -> int:
    """The characters of a policy as it is deployed, with long names for what is not yet known."""
    return len(json.dumps(_filled(document), separators=(",", ":")))


def _filled(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(value, list):
        return [_filled(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "Ref" in value or "Fn::GetAtt" in value:
        return DEPLOYED if "Fn::GetAtt" in value else "us-east-1-long"
    if "Fn::Join" in value:
        return "".join(str(_filled(one)) for one in value["Fn::Join"][1])
    if "Fn::Sub" in value:
        return str(value["Fn::Sub"])
    return {key: _filled(one) for key, one in value.items()}


@pytest.mark.parametrize("shared", [True, False], ids=["one storage", "a storage each"])
def test_the_policies_of_60_jobs_fit(synth: Synth, shared: bool) -> None:
    storage = BatchStorage(synth.stack, "Storage") if shared else None
    for number in range(60):
        synth.job(
            f"Job{number}",
            solution_version=SolutionVersion.from_arn(f"{ARN}/solution-number-{number}/0123abcd"),
            job_input=JobInput.from_records([{"userId": str(number)}]),
            storage=storage,
        )
    inline: dict[str, int] = {}
    for policy in synth.resources("AWS::IAM::Policy").values():
        (role,) = policy["Properties"]["Roles"]
        size = length(policy["Properties"]["PolicyDocument"])
        inline[json.dumps(role)] = inline.get(json.dumps(role), 0) + size
    assert max(inline.values()) <= 10_240
    managed = synth.resources("AWS::IAM::ManagedPolicy")
    assert 0 < len(managed) <= 10
    for policy in managed.values():
        assert length(policy["Properties"]["PolicyDocument"]) <= 6_144
    for policy in synth.resources("AWS::S3::BucketPolicy").values():
        assert length(policy["Properties"]["PolicyDocument"]) <= 20_000
    last = synth.resources("Custom::PersonalizeBatchInferenceJob")
    waited = {name for job in last.values() for name in job["DependsOn"]}
    assert set(managed) <= waited


def test_the_same_reference_is_allowed_once(synth: Synth) -> None:
    version = cdk.CfnParameter(synth.stack, "Version")
    storage = BatchStorage(synth.stack, "Storage")
    for number in range(3):
        synth.job(
            f"Job{number}",
            solution_version=SolutionVersion.from_arn(version.value_as_string),
            storage=storage,
        )
    document = synth.only("AWS::IAM::Policy", "PersonalizeBatchRuntime")["PolicyDocument"]
    resources = {
        str(statement["Action"]): statement["Resource"] for statement in document["Statement"]
    }
    assert len(resources["personalize:CreateBatchInferenceJob"]) == 3
    assert len(resources["personalize:DescribeSolutionVersion"]) == 2
    assert isinstance(resources["s3:GetObject"], dict)
