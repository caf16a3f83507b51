"""The role and the buckets."""

from __future__ import annotations

import json

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchStorage,
    JobInput,
    JobOutput,
    SolutionVersion,
)
from tests.support.synth.synth import Synth
from tests.support.synth.warnings import warnings_of

SERVICE = "Service=personalize.amazonaws.com aws:SourceAccount=<AccountId>"


INPUT, OUTPUT = "<BatchStorageInputBucket79F6E25F.Arn>", "<BatchStorageOutputBucket4A44EBEA.Arn>"


def allowed(statements: set[tuple[str, str, str, str]]) -> set[tuple[str, str, str, str]]:
    return {statement for statement in statements if statement[0] == "Allow"}


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
    policies = synth.resources("AWS::S3::BucketPolicy").items()
    for policy in (one for name, one in policies if "AccessLogs" not in name):
        for statement in policy["Properties"]["PolicyDocument"]["Statement"]:
            if statement["Effect"] == "Allow":
                assert list(statement["Condition"]) == ["StringEqualsIfExists"]


def test_buckets_are_encrypted_closed_tls_only_and_kept(synth: Synth) -> None:
    synth.job()
    buckets = synth.resources("AWS::S3::Bucket")
    assert len(buckets) == 3
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
    texts = warnings(synth)
    assert len(texts) == 2
    for text in texts:
        assert "the bucket Films/Mine cannot be changed from here" in text
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


def test_requests_to_the_buckets_are_logged_to_one_bucket_of_the_stack(synth: Synth) -> None:
    synth.job("First")
    synth.job("Second")
    (logs,) = (one for one in synth.resources("AWS::S3::Bucket") if one.startswith("Personalize"))
    buckets = synth.resources("AWS::S3::Bucket")
    prefixes = set()
    for name in set(buckets) - {logs}:
        logging = buckets[name]["Properties"]["LoggingConfiguration"]
        assert logging["DestinationBucketName"] == {"Ref": logs}
        prefixes.add(logging["LogFilePrefix"])
    assert len(prefixes) == 4
    statements = allowed(synth.statements("AWS::S3::BucketPolicy", "PersonalizeBatchAccessLogs"))
    assert {(action, who.split()[0]) for _, action, _, who in statements} == {
        ("s3:PutObject", "Service=logging.s3.amazonaws.com")
    }
    assert {resource for _, _, resource, _ in statements} == {f"<{logs}.Arn>/*"}
    rules = buckets[logs]["Properties"]["LifecycleConfiguration"]["Rules"]
    assert rules == [{"ExpirationInDays": 365, "Status": "Enabled"}]


def test_access_logs_can_be_turned_off_or_go_elsewhere(synth: Synth) -> None:
    mine = s3.Bucket(synth.stack, "Mine")
    BatchStorage(synth.stack, "Quiet", server_access_logs=False)
    BatchStorage(synth.stack, "Logged", server_access_logs_bucket=mine)
    buckets = synth.resources("AWS::S3::Bucket")
    assert len(buckets) == 5
    targets = {
        name[:5]: one.get("Properties", {})
        .get("LoggingConfiguration", {})
        .get("DestinationBucketName")
        for name, one in buckets.items()
    }
    assert targets["Quiet"] is None
    assert str(targets["Logge"]["Ref"]).startswith("Mine")


def test_buckets_can_be_deleted_with_the_stack(synth: Synth) -> None:
    BatchStorage(
        synth.stack,
        "Storage",
        removal_policy=cdk.RemovalPolicy.DESTROY,
        server_access_logs=False,
    )
    for bucket in synth.resources("AWS::S3::Bucket").values():
        assert bucket["DeletionPolicy"] == "Delete"
    assert len(synth.resources("Custom::S3AutoDeleteObjects")) == 2


def warnings(synth: Synth) -> list[str]:
    return [text for _, text in warnings_of(synth.stack)]


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("eu-west-1", "aws")])
def test_no_partition_is_written_down(region: str, partition: str) -> None:
    app = cdk.App(builtin_cloud_formation_validation=False)
    environment = cdk.Environment(account="123456789012", region=region)
    stack = cdk.Stack(app, "Films", env=environment)
    BatchInferenceJob(
        stack,
        "Batch",
        solution_version=SolutionVersion.from_arn(
            f"arn:{partition}:personalize:{region}:123456789012:solution/films/1"
        ),
        job_input=JobInput.from_records([{"userId": "1"}]),
        storage=BatchStorage(stack, "Storage", encryption_key=kms.Key(stack, "Key")),
        wait_up_to=cdk.Duration.hours(1),
    )
    written = json.dumps(app.synth().get_stack_by_name("Films").template)
    assert "arn:aws:" not in written.replace(f"arn:{partition}:personalize:{region}", "")


def test_storage_can_be_in_another_stack(synth: Synth) -> None:
    shared = cdk.Stack(synth.app, "Shared")
    storage = BatchStorage(shared, "Storage")
    synth.job(storage=storage)
    nested = cdk.NestedStack(synth.stack, "Nested")
    synth.job("Other", scope=nested, storage=storage)
    assembly = synth.app.synth()
    names = {stack.stack_name for stack in assembly.stacks}
    assert names == {"Films", "Shared"}
    artifact = assembly.get_stack_by_name("Films")
    assert {one.id for one in artifact.dependencies} >= {"Shared"}


def test_a_bucket_of_another_account_serves_jobs_of_this_one() -> None:
    app = cdk.App(builtin_cloud_formation_validation=False)
    here, there = (
        cdk.Stack(app, name, env=cdk.Environment(account=account, region="eu-west-1"))
        for name, account in (("Here", "222222222222"), ("There", "111111111111"))
    )
    bucket = s3.Bucket(there, "Bucket", bucket_name=cdk.PhysicalName.GENERATE_IF_NEEDED)
    BatchInferenceJob(
        here,
        "Batch",
        solution_version=SolutionVersion.from_arn(
            "arn:aws:personalize:eu-west-1:222222222222:solution/films/1"
        ),
        job_input=JobInput.from_bucket(bucket, prefix="a/"),
    )
    written = json.dumps(app.synth().get_stack_by_name("There").template)
    assert '"aws:SourceAccount": "222222222222"' in written
