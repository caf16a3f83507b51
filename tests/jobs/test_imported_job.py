"""Jobs that are known by their ARN."""

from __future__ import annotations

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from cdk_personalize_batch import BatchInferenceJob, BatchSegmentJob, ValidationError
from tests.support.synth.synth import Synth

JOB = "Custom::PersonalizeBatchInferenceJob"
ARN = "arn:aws:personalize:eu-west-1:123456789012:batch-inference-job/nightly"


def test_a_job_is_known_by_its_arn_and_makes_nothing(synth: Synth) -> None:
    job = BatchInferenceJob.from_job_arn(synth.stack, "Job", ARN)
    assert (job.job_arn, job.job_name) == (ARN, "nightly")
    assert "Resources" not in synth.template


def test_an_arn_may_be_a_token(synth: Synth) -> None:
    arn = ARN.replace("inference", "segment")
    job = BatchSegmentJob.from_job_arn(synth.stack, "Job", cdk.Fn.import_value("job"))
    cdk.CfnOutput(synth.stack, "Name", value=job.job_name)
    assert synth.template["Outputs"]["Name"]["Value"] == {
        "Fn::Select": [1, {"Fn::Split": ["/", {"Fn::ImportValue": "job"}]}]
    }
    assert BatchSegmentJob.from_job_arn(synth.stack, "Other", arn).job_name == "nightly"


@pytest.mark.parametrize("arn", ["nightly", ARN.replace("inference", "segment"), f"{ARN}/1"])
def test_fails_when_the_arn_is_of_something_else(synth: Synth, arn: str) -> None:
    with pytest.raises(ValidationError, match=r"\[Films/Job\] job_arn is malformed, got"):
        BatchInferenceJob.from_job_arn(synth.stack, "Job", arn)


@pytest.mark.parametrize("imported", [True, False])
def test_somebody_can_be_allowed_to_read_the_state(synth: Synth, imported: bool) -> None:
    role = iam.Role(synth.stack, "Reader", assumed_by=iam.AccountRootPrincipal())
    job = BatchInferenceJob.from_job_arn(synth.stack, "Job", ARN) if imported else synth.job()
    assert job.grant_describe(role).success
    arn = ARN if imported else f"<Batch14E90808.JobArn{synth.only(JOB)['RunMark']}>"
    assert synth.statements("AWS::IAM::Policy", "Reader") == {
        ("Allow", "personalize:DescribeBatchInferenceJob", arn, "")
    }
