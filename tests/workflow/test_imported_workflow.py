"""Workflows that are made elsewhere, and names that belong to one workflow alone."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import (
    BatchInferenceWorkflow,
    BatchSegmentWorkflow,
    JobInput,
    JobOutput,
    SolutionVersion,
    ValidationError,
)
from tests.support.synth.synth import Synth

VERSION = "arn:aws:personalize:eu-west-1:123456789012:solution/films/a1b2c3"
NAME = "Films-Nightly-e84a6999"
ARN = f"arn:aws:states:eu-west-1:123456789012:stateMachine:{NAME}"


def make(scope: cdk.Stack, id: str) -> BatchInferenceWorkflow:
    return BatchInferenceWorkflow(
        scope,
        id,
        solution_version=SolutionVersion.from_arn(VERSION),
        job_input=JobInput.from_s3_uri("s3://films-input/users/"),
        job_output=JobOutput.to_bucket(s3.Bucket.from_bucket_name(scope, f"Out {id}", "films")),
    )


def folder(workflow: BatchInferenceWorkflow) -> str:
    assert workflow.output_uri.startswith("s3://films/")
    return workflow.output_uri


@pytest.mark.aws("two workflows with one folder")
@pytest.mark.parametrize(
    ("one", "other"),
    [("a b", "a-b"), ("東京", "大阪"), ("acme.com", "acme-com"), ("x" * 60, "y" + "x" * 59)],
)
def test_two_workflows_never_share_a_folder(synth: Synth, one: str, other: str) -> None:
    assert folder(make(synth.stack, one)) != folder(make(synth.stack, other))


@pytest.mark.aws("two workflows with one folder")
def test_two_stacks_of_one_path_never_share_a_folder() -> None:
    folders = {
        folder(make(cdk.Stack(cdk.App(), "Films", stack_name=name), "Nightly"))
        for name in ("films-dev", "films-prod")
    }
    assert len(folders) == 2
    again = cdk.Stack(cdk.App(), "Films", stack_name="films-dev")
    assert folder(make(again, "Nightly")) in folders


def test_a_nested_stack_has_the_name_of_the_stack_around_it(synth: Synth) -> None:
    nested = cdk.NestedStack(synth.stack, "Nested")
    workflow = make(nested, "Nightly")
    assert not cdk.Token.is_unresolved(workflow.output_uri)
    assert folder(workflow).startswith("s3://films/Films-Nested-Nightly-")


def test_the_state_machine_has_the_name_of_the_folder_and_the_metrics(synth: Synth) -> None:
    workflow = make(synth.stack, "Nightly")
    assert workflow.output_uri == f"s3://films/{NAME}/"
    assert workflow.metric_bytes().dimensions == {"Workflow": NAME}
    assert synth.only("AWS::StepFunctions::StateMachine")["StateMachineName"] == NAME


def test_a_workflow_of_elsewhere_is_started_watched_and_read(synth: Synth) -> None:
    bucket = s3.Bucket.from_bucket_name(synth.stack, "Out", "films")
    workflow = BatchSegmentWorkflow.from_state_machine_arn(
        synth.stack, "Elsewhere", ARN, job_output=JobOutput.to_bucket(bucket, prefix="results/")
    )
    role = iam.Role(synth.stack, "Reader", assumed_by=iam.AccountRootPrincipal())
    workflow.grant_start(role)
    workflow.grant_read_output(role)
    workflow.create_dashboard()
    workflow.on_failure("Failed")
    assert workflow.output_uri == f"s3://films/results/{NAME}/"
    found = {
        (action, resource)
        for _, action, resource, _ in synth.statements("AWS::IAM::Policy", "Reader")
    }
    assert ("states:StartExecution", ARN) in found
    assert ("s3:GetObject*", f"arn:<Partition>:s3:::films/results/{NAME}/*") in found
    rule = synth.only("AWS::Events::Rule")
    assert rule["EventPattern"]["detail"]["stateMachineArn"] == [ARN]
    assert workflow.metric_records().dimensions == {"Workflow": NAME}


def test_what_is_wrong_with_an_imported_workflow_is_told(synth: Synth) -> None:
    with pytest.raises(ValidationError, match="state_machine_arn is malformed"):
        BatchInferenceWorkflow.from_state_machine_arn(synth.stack, "A", "Films-Nightly")
    workflow = BatchInferenceWorkflow.from_state_machine_arn(synth.stack, "B", ARN)
    with pytest.raises(ValidationError, match=r"\[Films/B\] job_output is not known"):
        _ = workflow.output_uri


def test_an_arn_that_the_deployment_knows_has_its_name(synth: Synth) -> None:
    parameter = cdk.CfnParameter(synth.stack, "Machine")
    workflow = BatchInferenceWorkflow.from_state_machine_arn(
        synth.stack, "Elsewhere", parameter.value_as_string
    )
    workflow.metric_bytes().create_alarm(synth.stack, "Alarm", threshold=1, evaluation_periods=1)
    (dimension,) = synth.only("AWS::CloudWatch::Alarm")["Dimensions"]
    assert dimension["Value"] == {"Fn::Select": [6, {"Fn::Split": [":", {"Ref": "Machine"}]}]}
