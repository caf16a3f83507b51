"""The roles that jobs run as, and who may read what they write."""

from __future__ import annotations

import json
from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import (
    BatchStorage,
    JobInput,
)
from tests.support.synth.synth import Synth
from tests.support.synth.warnings import warnings_of

SERVICE = "Service=personalize.amazonaws.com aws:SourceAccount=<AccountId>"

OUTPUT = "<BatchStorageOutputBucket4A44EBEA.Arn>"


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
    return [text for _, text in warnings_of(synth.stack)]


@pytest.mark.parametrize("kind", ["role", "imported role", "user", "service"])
def test_four_kinds_of_grantees_can_read_the_output(synth: Synth, kind: str) -> None:
    job = synth.job()
    stack = synth.stack
    makers: dict[str, Callable[[], iam.IGrantable]] = {
        "role": lambda: iam.Role(stack, "G", assumed_by=iam.AccountRootPrincipal()),
        "imported role": lambda: iam.Role.from_role_arn(
            stack, "G", "arn:aws:iam::123456789012:role/reader"
        ),
        "user": lambda: iam.User(stack, "G"),
        "service": lambda: iam.ServicePrincipal("glue.amazonaws.com"),
    }
    grant = job.grant_read_output(makers[kind]())
    assert grant.success
    if kind == "service":
        found = synth.statements("AWS::S3::BucketPolicy", "BatchStorageOutput")
        found = {one for one in found if "glue" in one[3]}
    else:
        found = synth.statements("AWS::IAM::Policy", "G")
    resources = {resource for _, action, resource, _ in found if action == "s3:GetObject*"}
    assert f"{OUTPUT}/Films-Batch-????????????/*" in resources


def test_a_permissions_boundary_reaches_every_role(synth: Synth) -> None:
    boundary = iam.ManagedPolicy.from_managed_policy_name(synth.stack, "Boundary", "limit")
    iam.PermissionsBoundary.of(synth.stack).apply(boundary)
    synth.job(wait_up_to=cdk.Duration.hours(1))
    roles = synth.resources("AWS::IAM::Role").values()
    assert len(roles) == 3
    for role in roles:
        assert "PermissionsBoundary" in role["Properties"]


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
