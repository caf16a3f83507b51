"""The role and the buckets."""

from __future__ import annotations

import json
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk.assertions import Annotations, Match

from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchStorage,
    JobInput,
    JobOutput,
    SolutionVersion,
    ValidationError,
)

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


def test_a_role_of_the_app_is_trusted_and_gets_what_it_lacks(synth: Synth) -> None:
    role = iam.Role(synth.stack, "Mine", assumed_by=iam.ServicePrincipal("glue.amazonaws.com"))
    job = synth.job(storage=BatchStorage(synth.stack, "Storage", role=role))
    assert job.role is role
    statements = synth.only("AWS::IAM::Role", "Mine")["AssumeRolePolicyDocument"]["Statement"]
    services = [one["Principal"]["Service"] for one in statements]
    assert services == ["glue.amazonaws.com", "personalize.amazonaws.com"]
    assert len(synth.statements("AWS::IAM::Policy", "Mine")) == 4
    assert warnings(synth) == []


def test_an_imported_role_gets_what_it_lacks_but_not_its_trust(synth: Synth) -> None:
    role = iam.Role.from_role_arn(synth.stack, "Mine", "arn:aws:iam::123456789012:role/mine")
    synth.job(storage=BatchStorage(synth.stack, "Storage", role=role))
    assert len(synth.statements("AWS::IAM::Policy", "Mine")) == 4
    (text,) = warnings(synth)
    assert "the trust of the role Films/Mine cannot be changed from here" in text
    assert '"sts:AssumeRole"' in text


def test_a_role_that_cannot_be_changed_gets_warnings_with_what_it_lacks(synth: Synth) -> None:
    role = iam.Role.from_role_arn(
        synth.stack, "Mine", "arn:aws:iam::123456789012:role/mine", mutable=False
    )
    synth.job(storage=BatchStorage(synth.stack, "Storage", role=role))
    texts = warnings(synth)
    for action in ("sts:AssumeRole", "s3:GetObject", "s3:PutObject", "s3:ListBucket"):
        assert [text for text in texts if f'"{action}"' in text], action


def warnings(synth: Synth) -> list[str]:
    found = Annotations.from_stack(synth.stack).find_warning("*", Match.any_value())
    return [str(message.entry.data) for message in found]


@pytest.mark.parametrize("kind", ["role", "imported role", "user", "service"])
def test_four_kinds_of_grantees_can_read_the_output(synth: Synth, kind: str) -> None:
    job = synth.job()
    stack = synth.stack
    grantee = {
        "role": lambda: iam.Role(stack, "G", assumed_by=iam.AccountRootPrincipal()),
        "imported role": lambda: iam.Role.from_role_arn(
            stack, "G", "arn:aws:iam::123456789012:role/reader"
        ),
        "user": lambda: iam.User(stack, "G"),
        "service": lambda: iam.ServicePrincipal("glue.amazonaws.com"),
    }[kind]()
    grant = job.grant_read_output(grantee)
    assert grant.success
    if kind == "service":
        found = synth.statements("AWS::S3::BucketPolicy", "BatchStorageOutput")
        found = {one for one in found if "glue" in one[3]}
    else:
        found = synth.statements("AWS::IAM::Policy", "G")
    resources = {resource for _, action, resource, _ in found if action == "s3:GetObject*"}
    assert f"{OUTPUT}/Films-Batch-????????????/*" in resources


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


def test_a_permissions_boundary_reaches_every_role(synth: Synth) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(synth.stack, "Boundary", "limit")
    iam.PermissionsBoundary.of(synth.stack).apply(boundary)
    synth.job(wait_up_to=cdk.Duration.hours(1))
    roles = synth.resources("AWS::IAM::Role").values()
    assert len(roles) == 3
    for role in roles:
        assert "PermissionsBoundary" in role["Properties"]


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


@pytest.mark.parametrize("given", ["storage", "role"])
def test_a_role_of_another_stack_serves_buckets_of_this_one(synth: Synth, given: str) -> None:
    shared = cdk.Stack(synth.app, "Shared")
    bucket = s3.Bucket(synth.stack, "Source")
    if given == "storage":
        storage = BatchStorage(shared, "Storage")
    else:
        role = iam.Role(shared, "Role", assumed_by=iam.AccountRootPrincipal())
        storage = BatchStorage(synth.stack, "Storage", role=role)
    synth.job(storage=storage, job_input=JobInput.from_bucket(bucket, prefix="a/"))
    synth.job("Other", storage=storage, job_input=JobInput.from_bucket(bucket, prefix="b/"))
    assembly = synth.app.synth()
    template = assembly.get_stack_by_name("Films").template["Resources"]
    (name,) = (one for one in template if one.startswith("PersonalizeBatchRole"))
    assert name in template["Batch14E90808"]["DependsOn"]
    policy = template[name]["Properties"]
    assert "Fn::ImportValue" in json.dumps(policy["Roles"])
    text = json.dumps(policy["PolicyDocument"])
    assert "/a/*" in text
    assert "/b/*" in text


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
