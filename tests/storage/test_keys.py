"""The keys of a storage, and who may use them."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import (
    BatchStorage,
    JobInput,
    JobOutput,
    ValidationError,
)
from tests.support.synth.synth import Synth
from tests.support.synth.warnings import warnings_of


def allowed(statements: set[tuple[str, str, str, str]]) -> set[tuple[str, str, str, str]]:
    return {statement for statement in statements if statement[0] == "Allow"}


KEY_ACTIONS = (
    "kms:Decrypt",
    "kms:GenerateDataKey",
    "kms:DescribeKey",
    "kms:ListGrants",
    "kms:CreateGrant",
)


def test_a_key_is_in_buckets_request_and_all_policies(synth: Synth) -> None:
    key = kms.Key(synth.stack, "Key")
    synth.job(storage=BatchStorage(synth.stack, "Storage", encryption_key=key))
    arn = "<Key961B73FD.Arn>"
    for name in ("StorageInput", "StorageOutput"):
        (rule,) = synth.only("AWS::S3::Bucket", name)["BucketEncryption"][
            "ServerSideEncryptionConfiguration"
        ]
        assert rule["BucketKeyEnabled"] is True
        assert synth.text(rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]) == arn
    request = synth.request()
    assert request["jobInput"]["s3DataSource"] == {"kmsKeyArn": arn}
    assert request["jobOutput"]["s3DataDestination"] == {"kmsKeyArn": arn}
    role = synth.statements("AWS::IAM::Policy", "StorageRole")
    assert {("Allow", action, arn, "") for action in KEY_ACTIONS} <= role
    function = synth.statements("AWS::IAM::Policy", "PersonalizeBatchRuntime")
    assert ("Allow", "kms:GenerateDataKey", arn, "") in function
    statement = synth.only("AWS::KMS::Key")["KeyPolicy"]["Statement"][-1]
    assert set(statement["Action"]) == set(KEY_ACTIONS)
    assert statement["Principal"] == {"Service": "personalize.amazonaws.com"}
    assert list(statement["Condition"]) == ["StringEqualsIfExists"]


def test_keys_of_input_and_output_are_taken_from_where_they_are_given(synth: Synth) -> None:
    keys = {name: kms.Key(synth.stack, name) for name in ("Input", "Output")}
    source = s3.Bucket(synth.stack, "Source")
    target = s3.Bucket(synth.stack, "Target", encryption_key=keys["Output"])
    synth.job(
        job_input=JobInput.from_bucket(source, prefix="in/", kms_key=keys["Input"]),
        job_output=JobOutput.to_bucket(target),
    )
    request = synth.request()
    assert request["jobInput"]["s3DataSource"]["kmsKeyArn"].startswith("<Input")
    assert request["jobOutput"]["s3DataDestination"]["kmsKeyArn"].startswith("<Output")
    function = synth.statements("AWS::IAM::Policy", "PersonalizeBatchRuntime")
    used = {(action, resource[:6]) for _, action, resource, _ in function if "kms" in action}
    assert used == {("kms:Decrypt", "<Input")}


def test_a_key_of_another_stack_does_not_make_the_stacks_need_each_other(synth: Synth) -> None:
    keys = cdk.Stack(synth.app, "Keys")
    key = kms.Key(keys, "Key")
    synth.job(storage=BatchStorage(synth.stack, "Storage", encryption_key=key))
    assembly = synth.app.synth()
    template = assembly.get_stack_by_name("Keys").template
    (made,) = (one for one in template["Resources"].values() if one["Type"] == "AWS::KMS::Key")
    statement = made["Properties"]["KeyPolicy"]["Statement"][-1]
    assert statement["Principal"] == {"Service": "personalize.amazonaws.com"}


def test_an_imported_key_gets_a_warning(synth: Synth) -> None:
    key = kms.Key.from_key_arn(synth.stack, "Key", "arn:aws:kms:eu-west-1:123456789012:key/one")
    synth.job(storage=BatchStorage(synth.stack, "Storage", encryption_key=key))
    (text,) = warnings(synth)
    assert "the key Films/Key cannot be changed from here" in text
    assert '"kms:CreateGrant"' in text


def warnings(synth: Synth) -> list[str]:
    return [text for _, text in warnings_of(synth.stack)]


def test_a_key_that_is_an_alias_is_refused(synth: Synth) -> None:
    alias = kms.Key(synth.stack, "Key").add_alias("films")
    imported = kms.Alias.from_alias_name(synth.stack, "Imported", "alias/films")
    for key in (alias, imported):
        with pytest.raises(ValidationError, match="encryption_key must be a key and not an alias"):
            BatchStorage(synth.stack, "Storage", encryption_key=key)
        bucket = s3.Bucket.from_bucket_name(synth.stack, f"{key.node.id}Bucket", "films")
        with pytest.raises(ValidationError, match="job_output: kms_key must be a key"):
            synth.job(job_output=JobOutput.to_bucket(bucket, kms_key=key))
        with pytest.raises(ValidationError, match="job_input: kms_key must be a key"):
            synth.job(job_input=JobInput.from_bucket(bucket, prefix="a", kms_key=key))


def test_readers_of_the_output_may_use_the_key_that_was_given_for_it(synth: Synth) -> None:
    key, bucket = kms.Key(synth.stack, "Key"), s3.Bucket(synth.stack, "Target")
    job = synth.job(job_output=JobOutput.to_bucket(bucket, kms_key=key))
    reader = iam.Role(synth.stack, "Reader", assumed_by=iam.AccountRootPrincipal())
    job.grant_read_output(reader)
    actions = {action for _, action, _, _ in synth.statements("AWS::IAM::Policy", "Reader")}
    assert "kms:Decrypt" in actions
