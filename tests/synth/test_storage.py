"""The role and the buckets."""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match

from cdk_personalize_batch import BatchStorage, JobInput, JobOutput

# The fixture of conftest.py; test modules cannot import its class.
Synth = Any

SERVICE = "Service=personalize.amazonaws.com aws:SourceAccount=<AccountId>"
INPUT, OUTPUT = "<BatchStorageInputBucket79F6E25F.Arn>", "<BatchStorageOutputBucket4A44EBEA.Arn>"


def allowed(statements: set[tuple[str, str, str, str]]) -> set[tuple[str, str, str, str]]:
    return {statement for statement in statements if statement[0] == "Allow"}


def test_only_personalize_for_this_account_and_region_can_assume_the_role(synth: Synth) -> None:
    BatchStorage(synth.stack, "Storage")
    (statement,) = synth.only("AWS::IAM::Role")["AssumeRolePolicyDocument"]["Statement"]
    arn = ["", ["arn:", {"Ref": "AWS::Partition"}, ":personalize:", {"Ref": "AWS::Region"}, ":"]]
    source = statement["Condition"].pop("ArnLike")["aws:SourceArn"]["Fn::Join"]
    assert source == ["", [*arn[1], {"Ref": "AWS::AccountId"}, ":*"]]
    assert statement == {
        "Action": "sts:AssumeRole",
        "Effect": "Allow",
        "Principal": {"Service": "personalize.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}},
    }


def test_the_role_reads_the_input_and_writes_the_output(synth: Synth) -> None:
    synth.job()
    assert synth.statements("AWS::IAM::Policy", "BatchStorageRole") == {
        ("Allow", "s3:GetObject", f"{INPUT}/*", ""),
        ("Allow", "s3:ListBucket", INPUT, ""),
        ("Allow", "s3:PutObject", f"{OUTPUT}/*", ""),
        ("Allow", "s3:ListBucket", OUTPUT, ""),
    }


def test_the_buckets_let_the_service_do_the_same(synth: Synth) -> None:
    synth.job()
    source = synth.statements("AWS::S3::BucketPolicy", "BatchStorageInput")
    target = synth.statements("AWS::S3::BucketPolicy", "BatchStorageOutput")
    assert allowed(source) == {
        ("Allow", "s3:GetObject", f"{INPUT}/*", SERVICE),
        ("Allow", "s3:ListBucket", INPUT, SERVICE),
    }
    assert allowed(target) == {
        ("Allow", "s3:PutObject", f"{OUTPUT}/*", SERVICE),
        ("Allow", "s3:ListBucket", OUTPUT, SERVICE),
    }


def test_the_service_is_guarded_where_it_says_for_whom_it_works(synth: Synth) -> None:
    synth.job()
    for policy in synth.resources("AWS::S3::BucketPolicy").values():
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                assert list(statement["Condition"]) == ["StringEqualsIfExists"]


def test_buckets_are_encrypted_closed_tls_only_and_kept(synth: Synth) -> None:
    synth.job()
    buckets = synth.resources("AWS::S3::Bucket")
    assert len(buckets) == 2
    for bucket in buckets.values():
        assert (bucket["DeletionPolicy"], bucket["UpdateReplacePolicy"]) == ("Retain", "Retain")
        rules = bucket["Properties"]["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        assert rules == [{"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
        assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
    for name in ("BatchStorageInput", "BatchStorageOutput"):
        statements = synth.statements("AWS::S3::BucketPolicy", name)
        denied = statements - allowed(statements)
        assert {who for _, _, _, who in denied} == {"AWS=* aws:SecureTransport=false"}


@pytest.mark.parametrize("side", ["input", "output"])
def test_an_imported_bucket_gets_a_warning_with_the_policy_that_it_needs(
    synth: Synth, side: str
) -> None:
    bucket = s3.Bucket.from_bucket_name(synth.stack, "Mine", "films")
    if side == "input":
        synth.job(job_input=JobInput.from_bucket(bucket, prefix="a/"))
        action, resource = "s3:GetObject", ":s3:::films/a/*"
    else:
        synth.job(job_output=JobOutput.to_bucket(bucket, prefix="a/"))
        action, resource = "s3:PutObject", ":s3:::films/a/*"
    found = Annotations.from_stack(synth.stack).find_warning("*", Match.any_value())
    texts = [str(message.entry.data) for message in found]
    assert len(texts) == 2
    for text in texts:
        assert "the policy of the bucket Films/Mine is not made in this app" in text
    wanted = next(text for text in texts if action in text)
    document = json.loads(wanted[wanted.index("{") : wanted.rindex("}") + 1])
    assert document["Action"] == action
    assert document["Principal"] == {"Service": "personalize.amazonaws.com"}
    assert str(document["Resource"]).endswith(resource)
    assert list(document["Condition"]) == ["StringEqualsIfExists"]


def test_a_storage_for_given_buckets_makes_none(synth: Synth) -> None:
    bucket = s3.Bucket(synth.stack, "Both")
    storage = BatchStorage(synth.stack, "Storage", input_bucket=bucket, output_bucket=bucket)
    synth.job(storage=storage)
    assert len(synth.resources("AWS::S3::Bucket")) == 1
    statements = synth.statements("AWS::IAM::Policy", "StorageRole")
    assert len(statements) == 3
