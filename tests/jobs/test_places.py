"""Where a job reads its input and writes its output."""

from __future__ import annotations

from collections import Counter
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import JobInput, JobOutput
from tests.support.synth.deployment import deployed
from tests.support.synth.synth import Synth

JOB = "Custom::PersonalizeBatchInferenceJob"


def counts(synth: Synth) -> Counter[str]:
    """The resources without those for access logs, which every stack has once."""
    return Counter(
        resource["Type"]
        for name, resource in synth.template["Resources"].items()
        if not name.startswith("PersonalizeBatchAccessLogs")
    )


@pytest.mark.parametrize(
    ("arguments", "path", "readable"),
    [
        ({"key": "a/users.json"}, "a/users.json", "a/users.json*"),
        ({"prefix": "a/"}, "a/", "a/*"),
        ({"prefix": "a"}, "a/", "a/*"),
        ({"prefix": ""}, "", "*"),
    ],
)
def test_input_in_a_bucket_is_read_where_it_lies(
    synth: Synth, arguments: dict[str, Any], path: str, readable: str
) -> None:
    bucket = s3.Bucket(synth.stack, "Source")
    job = synth.job(job_input=JobInput.from_bucket(bucket, **arguments))
    assert job.input_bucket is bucket
    name = "Source71E471F1"
    assert synth.request()["jobInput"] == {"s3DataSource": {"path": f"s3://<{name}>/{path}"}}
    assert "InputCopy" not in synth.only(JOB)
    allowed = synth.statements("AWS::IAM::Policy", "BatchStorageRole")
    assert ("Allow", "s3:GetObject", f"<{name}.Arn>/{readable}", "") in allowed
    assert counts(synth)["AWS::S3::Bucket"] == 2


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("s3://films-input/users.json", "s3://films-input/users.json"),
        ("s3://films-input/users/", "s3://films-input/users/"),
        ("s3://films-input/users", "s3://films-input/users/"),
        ("s3://films-input/v1.0/users", "s3://films-input/v1.0/users/"),
        ("s3://films-input", "s3://films-input/"),
        ("s3://films-input/", "s3://films-input/"),
    ],
)
def test_a_uri_names_an_object_or_a_folder(synth: Synth, uri: str, path: str) -> None:
    synth.job(job_input=JobInput.from_s3_uri(uri))
    assert synth.request()["jobInput"] == {"s3DataSource": {"path": path}}


def test_output_goes_below_the_prefix_of_the_given_bucket(synth: Synth) -> None:
    bucket = s3.Bucket(synth.stack, "Target")
    job = synth.job(job_output=JobOutput.to_bucket(bucket, prefix="results"))
    assert job.output_bucket is bucket
    assert synth.only(JOB)["OutputPrefix"] == {
        "Fn::Join": ["", ["s3://", {"Ref": "Target3191CF44"}, "/results/"]]
    }
    allowed = synth.statements("AWS::IAM::Policy", "BatchStorageRole")
    assert ("Allow", "s3:PutObject", "<Target3191CF44.Arn>/results/*", "") in allowed


def test_a_uri_that_only_the_deployment_knows_passes(synth: Synth) -> None:
    synth.job(job_input=JobInput.from_s3_uri(cdk.CfnParameter(synth.stack, "Uri").value_as_string))
    given = {"Uri": "s3://films/users/"}
    found = deployed(synth.only(JOB)["JobInput"], given)
    assert found == {"s3DataSource": {"path": "s3://films/users/"}}


@pytest.mark.aws("a run that starts the next one")
@pytest.mark.parametrize("preflight", [True, False])
def test_the_rights_to_a_uri_that_only_the_deployment_knows_end_with_it(
    synth: Synth, preflight: bool
) -> None:
    uri = cdk.CfnParameter(synth.stack, "Uri").value_as_string
    synth.job(job_input=JobInput.from_s3_uri(uri), preflight=preflight)
    given = {"Uri": "s3://films/in/us*rs/"}
    found = {
        deployed(statement["Resource"], given)
        for policy in synth.resources("AWS::IAM::Policy").values()
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]
        if statement["Action"] == "s3:GetObject"
    }
    assert found == {"arn:AWS::Partition:s3:::films/in/us${*}rs/*"}


def test_the_bucket_of_a_uri_may_be_a_token(synth: Synth) -> None:
    bucket = s3.Bucket(synth.stack, "Source")
    synth.job(job_input=JobInput.from_s3_uri(f"s3://{bucket.bucket_name}/users"))
    path = synth.request()["jobInput"]["s3DataSource"]["path"]
    assert path == "s3://<Source71E471F1>/users/"
