"""Segments, versions, themes, and the settings of the function."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs

from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchRuntime,
    BatchSegmentJob,
    BatchStorage,
    JobInput,
    SolutionVersion,
    ThemeGeneration,
    ValidationError,
)
from tests.support.synth.synth import Synth
from tests.support.synth.workflows import make

JOB = "Custom::PersonalizeBatchInferenceJob"
SOLUTION = "arn:aws:personalize:eu-west-1:123456789012:solution/films"


def test_a_segment_job_shares_storage_and_function(synth: Synth) -> None:
    storage = BatchStorage(synth.stack, "Storage")
    synth.job(storage=storage)
    before = BatchSegmentJob(
        synth.stack,
        "Segment",
        solution_version=SolutionVersion.from_arn(f"{SOLUTION}/1"),
        job_input=JobInput.from_records([{"itemId": "1"}]),
        storage=storage,
        num_results=100,
    )
    assert before.storage is storage
    (job,) = synth.resources("Custom::PersonalizeBatchSegmentJob").values()
    assert job["Properties"]["JobKind"] == "BatchSegmentJob"
    jobs = "arn:<Partition>:personalize:<Region>:<AccountId>:batch-segment-job/*"
    statements = synth.statements("AWS::IAM::Policy", "PersonalizeBatchRuntime")
    create = {one[2] for one in statements if one[1] == "personalize:CreateBatchSegmentJob"}
    assert create == {jobs}


@pytest.mark.parametrize("number", [0, 5_000_001])
def test_fails_when_a_segment_is_too_large(synth: Synth, number: int) -> None:
    with pytest.raises(ValidationError, match="num_results must be at"):
        BatchSegmentJob(
            synth.stack,
            "Segment",
            solution_version=SolutionVersion.from_arn(f"{SOLUTION}/1"),
            job_input=JobInput.from_records([{"itemId": "1"}]),
            num_results=number,
        )


def test_the_newest_version_is_asked_for_by_its_solution(synth: Synth) -> None:
    synth.job(solution_version=SolutionVersion.latest(SOLUTION))
    assert synth.only(JOB)["SolutionArn"] == SOLUTION
    assert "solutionVersionArn" not in synth.request()
    statements = synth.statements("AWS::IAM::Policy", "PersonalizeBatchRuntime")
    # The Service Authorization Reference lists no resource for it.
    assert ("Allow", "personalize:ListSolutionVersions", "*", "") in statements


def test_without_preflight_nothing_is_read(synth: Synth) -> None:
    synth.job(job_input=JobInput.from_s3_uri("s3://films-input/users/"), preflight=False)
    assert "Preflight" not in synth.only(JOB)
    statements = synth.statements("AWS::IAM::Policy", "PersonalizeBatchRuntime")
    actions = {action for _, action, _, _ in statements}
    reading = {"personalize:DescribeSolutionVersion", "s3:ListBucket", "s3:GetObject"}
    assert not actions & reading


def test_fails_when_themes_are_asked_for_where_there_are_none() -> None:
    app = cdk.App(builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Films", env=cdk.Environment(region="eu-west-1"))
    with pytest.raises(ValidationError) as caught:
        BatchInferenceJob(
            stack,
            "Batch",
            solution_version=SolutionVersion.from_arn(f"{SOLUTION}/1"),
            job_input=JobInput.from_records([{"itemId": "1"}]),
            theme_generation=ThemeGeneration(item_name="TITLE"),
        )
    assert caught.value.problems == (
        "theme_generation: Amazon Personalize makes themes in ap-northeast-1, us-east-1, us-west-2 "
        "only, and the stack is in eu-west-1; leave it out",
    )


def configured(synth: Synth) -> None:
    vpc = ec2.Vpc(synth.stack, "Vpc")
    BatchRuntime.configure(
        synth.stack,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        security_groups=[ec2.SecurityGroup(synth.stack, "Group", vpc=vpc)],
        log_retention=logs.RetentionDays.ONE_WEEK,
    )


def test_all_functions_can_be_in_a_network(synth: Synth) -> None:
    configured(synth)
    synth.job()
    make(synth)
    functions = synth.resources("AWS::Lambda::Function")
    assert len(functions) == 2
    for function in functions.values():
        network = function["Properties"]["VpcConfig"]
        assert len(network["SubnetIds"]) == 2
        assert len(network["SecurityGroupIds"]) == 1
    for name in ("Runtime", "Shards"):
        role = synth.only("AWS::IAM::Role", f"PersonalizeBatch{name}")
        (network,) = (one for one in role["Policies"] if one["PolicyName"] == "Network")
        (statement,) = network["PolicyDocument"]["Statement"]
        assert "ec2:CreateNetworkInterface" in statement["Action"]


def test_all_logs_have_the_retention_that_is_set(synth: Synth) -> None:
    configured(synth)
    synth.job(wait_up_to=cdk.Duration.hours(1))
    make(synth)
    groups = synth.resources("AWS::Logs::LogGroup").values()
    assert [group["Properties"]["RetentionInDays"] for group in groups] == [7] * 4


@pytest.mark.parametrize("first", [Synth.job, make, configured])
def test_fails_when_a_function_is_there_already(
    synth: Synth, first: Callable[[Synth], object]
) -> None:
    first(synth)
    with pytest.raises(ValidationError, match=r"\[Films\] the stack has its functions already"):
        BatchRuntime.configure(synth.stack)


def test_the_key_of_the_bootstrap_bucket_can_be_used_where_there_is_an_upload(synth: Synth) -> None:
    arn = "arn:aws:kms:eu-west-1:123456789012:key/1"
    key = kms.Key.from_key_arn(synth.stack, "BootstrapKey", arn)
    BatchRuntime.configure(synth.stack, bootstrap_key=key)
    synth.job()
    statements = synth.statements("AWS::IAM::Policy", "PersonalizeBatchRuntime")
    assert ("Allow", "kms:Decrypt", arn, "") in statements


def test_fails_when_the_key_of_the_bootstrap_bucket_is_an_alias(synth: Synth) -> None:
    alias = kms.Alias.from_alias_name(synth.stack, "Alias", "alias/bootstrap")
    with pytest.raises(ValidationError, match="bootstrap_key must be a key and not an alias"):
        BatchRuntime.configure(synth.stack, bootstrap_key=alias)


def test_fails_when_subnets_are_given_without_their_network(synth: Synth) -> None:
    with pytest.raises(ValidationError, match="vpc_subnets and security_groups need vpc"):
        BatchRuntime.configure(synth.stack, vpc_subnets=ec2.SubnetSelection())
