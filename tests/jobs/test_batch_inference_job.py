"""The template of jobs: resources, request, permissions, and what jobs share."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_personalize_batch import BatchStorage, JobInput, JobOutput, SolutionVersion
from personalize_batch_runtime._job.request import job_request
from tests.support.synth.synth import Synth
from tests.support.synth.values import texts

JOB = "Custom::PersonalizeBatchInferenceJob"
STACK = "arn:aws:cloudformation:eu-west-1:123456789012:stack/Films/1"
SOLUTION = "arn:aws:personalize:eu-west-1:123456789012:solution/films"
CREATE = "personalize:CreateBatchInferenceJob"
JOBS = "arn:<Partition>:personalize:<Region>:<AccountId>:batch-inference-job/*"


def counts(synth: Synth) -> Counter[str]:
    """The resources without those for access logs, which every stack has once."""
    return Counter(
        resource["Type"]
        for name, resource in synth.template["Resources"].items()
        if not name.startswith("PersonalizeBatchAccessLogs")
    )


def test_a_default_job_has_eleven_resources_and_one_function(synth: Synth) -> None:
    synth.job()
    assert counts(synth) == {
        "AWS::IAM::Policy": 2,
        "AWS::IAM::Role": 2,
        "AWS::Lambda::Function": 1,
        "AWS::Logs::LogGroup": 1,
        "AWS::S3::Bucket": 2,
        "AWS::S3::BucketPolicy": 2,
        JOB: 1,
    }


def test_a_further_job_on_the_same_storage_adds_one_resource(synth: Synth) -> None:
    storage = BatchStorage(synth.stack, "Storage")
    first = synth.job("First", storage=storage)
    second = synth.job("Second", storage=storage)
    assert counts(synth).total() == 12
    assert counts(synth)[JOB] == 2
    assert first.role is second.role is storage.role
    assert first.output_bucket is second.output_bucket is storage.output_bucket


def test_jobs_with_their_own_storage_share_the_function(synth: Synth) -> None:
    synth.job("First")
    synth.job("Second")
    assert counts(synth)["AWS::Lambda::Function"] == 1
    assert counts(synth)["AWS::S3::Bucket"] == 4


def test_stacks_of_one_app_have_a_function_each(synth: Synth) -> None:
    other = cdk.Stack(synth.app, "Other")
    synth.job("First")
    synth.job("Second", scope=other)
    assembly = synth.app.synth()
    for name in ("Films", "Other"):
        resources = assembly.get_stack_by_name(name).template["Resources"].values()
        types = Counter(resource["Type"] for resource in resources)
        assert (types["AWS::Lambda::Function"], types[JOB]) == (1, 1)


def test_the_request_has_what_was_given_and_numbers_stay_numbers(synth: Synth) -> None:
    filter_arn = "arn:aws:personalize:eu-west-1:123456789012:filter/unseen"
    synth.job(job_name="nightly", filter_arn=filter_arn, num_results=10)
    assert synth.request() == {
        "solutionVersionArn": f"{SOLUTION}/a1b2c3",
        "filterArn": filter_arn,
        "numResults": 10,
        "jobInput": {"s3DataSource": {}},
        "jobOutput": {"s3DataDestination": {}},
        "roleArn": "<BatchStorageRole7F1B31E9.Arn>",
        "jobName": "nightly",
    }


def test_the_request_leaves_out_what_was_not_given(synth: Synth) -> None:
    synth.job()
    assert set(synth.request()) == {"solutionVersionArn", "jobInput", "jobOutput", "roleArn"}


def test_the_function_reads_the_properties_that_the_construct_writes(synth: Synth) -> None:
    synth.job(num_results=7, run_key="monday")
    properties = texts(synth.only(JOB))
    assert properties["ServiceTimeout"] == "900"
    assert properties["RunKey"] == "monday"
    request = job_request(
        properties, stack_id="arn:aws:cloudformation:r:1:stack/S/1", logical_id="B"
    )
    name = request.name
    assert name.startswith("Films-Batch-")
    assert request.api["numResults"] == 7
    assert request.output_uri == f"s3://<BatchStorageOutputBucket4A44EBEA>/{name}/"
    assert request.input_copy is not None
    path = request.api["jobInput"]["s3DataSource"]["path"]
    assert path.startswith(f"s3://<BatchStorageInputBucket79F6E25F>/{name}/")
    assert path.endswith("/")


def test_the_function_may_do_what_the_job_needs_and_no_more(synth: Synth) -> None:
    synth.job()
    input_arn = "<BatchStorageInputBucket79F6E25F.Arn>"
    asset = synth.only(JOB)["InputCopy"]["sourceKey"]
    role = "<BatchStorageRole7F1B31E9.Arn>"
    passed = "iam:PassedToService=personalize.amazonaws.com"
    assert synth.statements("AWS::IAM::Policy", "PersonalizeBatchRuntime") == {
        (
            "Allow",
            "personalize:CreateBatchInferenceJob",
            JOBS,
            "",
        ),
        ("Allow", "cloudformation:DescribeStacks", "<StackId>", ""),
        ("Allow", "cloudformation:DescribeStackResource", "<StackId>", ""),
        ("Allow", CREATE, SOLUTION, ""),
        ("Allow", CREATE, f"{SOLUTION}/*", ""),
        (
            "Allow",
            "personalize:DescribeBatchInferenceJob",
            JOBS,
            "",
        ),
        ("Allow", "personalize:TagResource", JOBS, ""),
        ("Allow", "personalize:UntagResource", JOBS, ""),
        ("Allow", "personalize:ListTagsForResource", JOBS, ""),
        ("Allow", "personalize:DescribeSolutionVersion", SOLUTION, ""),
        ("Allow", "personalize:DescribeSolutionVersion", f"{SOLUTION}/*", ""),
        ("Allow", "iam:PassRole", role, passed),
        (
            "Allow",
            "s3:GetObject",
            f"arn:<Partition>:s3:::cdk-hnb659fds-assets-<AccountId>-<Region>/{asset}",
            "",
        ),
        ("Allow", "s3:PutObject", f"{input_arn}/*", ""),
        ("Allow", "logs:CreateLogStream", "<PersonalizeBatchRuntimeLogs67283640.Arn>", ""),
        ("Allow", "logs:PutLogEvents", "<PersonalizeBatchRuntimeLogs67283640.Arn>", ""),
    }


def test_the_job_waits_for_every_policy_that_it_needs(synth: Synth) -> None:
    synth.job()
    (job,) = synth.resources(JOB).values()
    policies = {*synth.resources("AWS::IAM::Policy"), *synth.resources("AWS::S3::BucketPolicy")}
    assert {name for name in policies if "AccessLogs" not in name} <= set(job["DependsOn"])


def test_a_job_waits_for_the_policies_of_foreign_buckets_of_the_app(synth: Synth) -> None:
    source, target = (s3.Bucket(synth.stack, name) for name in ("Source", "Target"))
    synth.job(
        job_input=JobInput.from_bucket(source, prefix="in"),
        job_output=JobOutput.to_bucket(target),
        storage=BatchStorage(synth.stack, "Storage"),
    )
    (job,) = synth.resources(JOB).values()
    policies = {name for name in synth.resources("AWS::S3::BucketPolicy") if "Storage" not in name}
    policies -= {"PersonalizeBatchAccessLogsPolicy61557457"}
    assert len(policies) == 2
    assert policies <= set(job["DependsOn"])


def test_attributes_come_from_the_custom_resource(synth: Synth) -> None:
    job = synth.job()
    for name in ("job_arn", "job_name", "output_uri"):
        cdk.CfnOutput(synth.stack, name.replace("_", "-"), value=getattr(job, name))
    values = {name: output["Value"] for name, output in synth.template["Outputs"].items()}
    mark = synth.only(JOB)["RunMark"]
    assert values == {
        "jobarn": {"Fn::GetAtt": ["Batch14E90808", f"JobArn{mark}"]},
        "jobname": {"Fn::GetAtt": ["Batch14E90808", f"JobName{mark}"]},
        "outputuri": {"Fn::GetAtt": ["Batch14E90808", f"OutputUri{mark}"]},
    }


def test_a_given_name_is_known_at_synth(synth: Synth) -> None:
    assert synth.job(job_name="nightly").job_name == "nightly"


@pytest.mark.parametrize(
    ("path", "prefix"),
    [
        (["Batch"], "Films-Batch"),
        (["X" * 44], f"Films-{'X' * 44}"),
        (["X" * 45], f"{'X' * 41}-MARK"),
        (["Team A", "Batch"], "Films-Team-A-Batch-MARK"),
        (["東京"], "Films-MARK"),
    ],
)
def test_the_name_tells_where_the_job_comes_from(
    synth: Synth, path: list[str], prefix: str
) -> None:
    scope: Construct = synth.stack
    for part in path[:-1]:
        scope = Construct(scope, part)
    synth.job(path[-1], scope=scope)
    found = synth.only(JOB)["JobNamePrefix"]
    assert len(found) <= 50
    marked = "-[0-9a-f]{8}"
    assert re.fullmatch(prefix.replace("-MARK", marked), found)


def test_tokens_pass_unexamined(synth: Synth) -> None:
    parameters = {
        name: cdk.CfnParameter(synth.stack, name, type=kind)
        for name, kind in {"Version": "String", "Filter": "String", "Count": "Number"}.items()
    }
    bucket = s3.Bucket.from_bucket_name(synth.stack, "Source", cdk.Fn.import_value("source"))
    synth.job(
        solution_version=SolutionVersion.from_arn(parameters["Version"].value_as_string),
        filter_arn=parameters["Filter"].value_as_string,
        num_results=parameters["Count"].value_as_number,
        job_input=JobInput.from_bucket(bucket, prefix=cdk.Fn.import_value("folder")),
        run_key=cdk.Fn.import_value("run"),
    )
    found = synth.only(JOB)
    for name, argument in zip(
        parameters, ("SolutionVersionArn", "FilterArn", "NumResults"), strict=True
    ):
        assert found[argument] == {"Ref": name}
    allowed = synth.statements("AWS::IAM::Policy", "PersonalizeBatchRuntime")
    resources = {resource for _, action, resource, _ in allowed if "Create" in action}
    assert any(resource.startswith("<Fn::Select [0, {'Fn::Split'") for resource in resources)


def test_another_content_or_run_key_is_another_request(
    make_synth: Callable[[], Synth], users: Path
) -> None:
    def written(**arguments: str) -> str:
        synth = make_synth()
        synth.job(job_input=JobInput.from_asset(users), **arguments)
        return json.dumps(synth.only(JOB), sort_keys=True)

    same, again, keyed = written(), written(), written(run_key="2")
    users.write_text('{"userId": "3"}\n', encoding="utf-8")
    assert same == again
    assert len({same, keyed, written()}) == 3
