"""Bad input ends at synth, with the construct's path, the value and the remedy."""

from __future__ import annotations

from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchStorage,
    JobInput,
    JobOutput,
    PersonalizeBatchError,
    SolutionVersion,
    ValidationError,
)
from cdk_personalize_batch._cdk.tokens import is_token
from tests.support.synth.refusals import problems
from tests.support.synth.synth import Synth

SOLUTION = "arn:aws:personalize:eu-west-1:123456789012:solution/films"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"num_results": 0}, "num_results must be at least 1, got 0"),
        ({"num_results": True}, "num_results must be a whole number, got True"),
        ({"num_results": 2.5}, "num_results must be a whole number, got 2.5"),
        ({"run_key": 7}, "run_key must be a string, got 7; write it as text"),
        (
            {"run_key": "2", "job_name": "nightly"},
            "run_key changes nothing where job_name is given, because a job's name is taken for "
            "ever; change job_name to run again, or leave it out",
        ),
        (
            {"job_name": "-nightly"},
            "job_name is malformed, got '-nightly'; use letters, digits, hyphens and underscores, "
            "beginning with a letter or digit",
        ),
        (
            {"job_name": "nightlý"},
            "job_name is malformed, got 'nightlý'; use letters, digits, hyphens and underscores, "
            "beginning with a letter or digit",
        ),
        (
            {"job_name": "n" * 64},
            f"job_name must have at most 63 characters, got 64: '{'n' * 64}'; shorten it",
        ),
        (
            {"filter_arn": "unseen"},
            "filter_arn is malformed, got 'unseen'; give an ARN like "
            "arn:aws:personalize:REGION:ACCOUNT:filter/NAME",
        ),
        (
            {"solution_version": SolutionVersion.from_arn(SOLUTION)},
            f"solution_version is malformed, got '{SOLUTION}'; give an ARN like "
            "arn:aws:personalize:REGION:ACCOUNT:solution/NAME/ID, or use "
            "SolutionVersion.latest(solution_arn)",
        ),
    ],
)
def test_fails_when_an_argument_is_outside_the_limits(
    synth: Synth, arguments: dict[str, Any], problem: str
) -> None:
    assert problems(synth, **arguments) == [problem]


@pytest.mark.parametrize(
    "arguments",
    [{"num_results": 1}, {"num_results": 10_000}, {"job_name": "n" * 63}, {"job_name": "9_-Z"}],
)
def test_passes_when_an_argument_is_at_the_limits(synth: Synth, arguments: dict[str, Any]) -> None:
    synth.job(**arguments)


def test_fails_once_with_all_problems_and_leaves_nothing_half_made(synth: Synth) -> None:
    found = problems(
        synth,
        solution_version=SolutionVersion.from_arn("v1"),
        job_input=JobInput.from_asset("no-such-file.json"),
        num_results=-1,
        job_name="",
    )
    assert [problem.split()[0] for problem in found] == [
        "solution_version",
        "job_name",
        "num_results",
        "job_input:",
    ]
    synth.job()


def test_the_error_is_a_value_error_and_the_librarys_own() -> None:
    error = ValidationError("A/B", ["one", "two"])
    assert isinstance(error, ValueError)
    assert isinstance(error, PersonalizeBatchError)
    assert str(error) == "[A/B] one\n[A/B] two"


@pytest.mark.parametrize(
    ("uri", "problem"),
    [
        ("users.json", "job_input must be a URI like s3://BUCKET/FOLDER/, got 'users.json'"),
        ("s3:users", "job_input must be a URI like s3://BUCKET/FOLDER/, got 's3:users'"),
        (
            "s3://Films/users/",
            "job_input: 'Films' is not the name of a bucket; give s3://BUCKET/FOLDER/",
        ),
        ("s3:///users/", "job_input: '' is not the name of a bucket; give s3://BUCKET/FOLDER/"),
    ],
)
def test_fails_when_a_uri_is_malformed(synth: Synth, uri: str, problem: str) -> None:
    assert problems(synth, job_input=JobInput.from_s3_uri(uri)) == [problem]


@pytest.mark.parametrize("keys", [{}, {"key": "a", "prefix": "b/"}])
def test_fails_when_not_one_of_key_and_prefix_is_given(synth: Synth, keys: dict[str, Any]) -> None:
    bucket = s3.Bucket(synth.stack, "Source")
    (problem,) = problems(synth, job_input=JobInput.from_bucket(bucket, **keys))
    assert problem.startswith("job_input must have either key or prefix, got key=")


def test_fails_when_a_path_is_too_long(synth: Synth) -> None:
    uri = f"s3://films-input/{'u' * 239}/"
    assert len(uri) == 257
    (problem,) = problems(synth, job_input=JobInput.from_s3_uri(uri))
    assert problem.startswith("job_input: the S3 path must have at most 256 characters, got 257:")
    synth.job("Shorter", job_input=JobInput.from_s3_uri(uri.replace("uu", "u", 1)))


def test_fails_when_the_output_path_is_too_long(synth: Synth) -> None:
    bucket = s3.Bucket(synth.stack, "Target")
    output = JobOutput.to_bucket(bucket, prefix="r" * 245)
    (problem,) = problems(synth, job_output=output, job_name="j")
    assert "job_output: the S3 path must have at most 256 characters, got at least" in problem


@pytest.mark.parametrize(
    ("source", "target"),
    [("data/", "data/results"), ("", "results"), ("data", "data/"), ("nightly", "")],
)
def test_fails_when_the_output_lies_under_the_input(synth: Synth, source: str, target: str) -> None:
    bucket = s3.Bucket(synth.stack, "Both")
    (problem,) = problems(
        synth,
        job_input=JobInput.from_bucket(bucket, prefix=source),
        job_output=JobOutput.to_bucket(bucket, prefix=target),
        job_name="nightly",
    )
    assert problem.startswith("job_output: the folder ")
    assert "lies under the input" in problem


def test_fails_when_the_storages_output_lies_under_the_input(synth: Synth) -> None:
    bucket = s3.Bucket(synth.stack, "Both")
    storage = BatchStorage(synth.stack, "Storage", output_bucket=bucket)
    (problem,) = problems(synth, job_input=JobInput.from_bucket(bucket, prefix=""), storage=storage)
    assert "lies under the input" in problem


def test_fails_when_model_and_filter_are_of_another_region() -> None:
    app = cdk.App(builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Films", env=cdk.Environment(region="us-east-1"))
    with pytest.raises(ValidationError) as caught:
        BatchInferenceJob(
            stack,
            "Batch",
            solution_version=SolutionVersion.from_arn(f"{SOLUTION}/1"),
            filter_arn="arn:aws:personalize:eu-west-1:123456789012:filter/unseen",
            job_input=JobInput.from_records([{"userId": "1"}]),
        )
    assert [problem.split(";")[0] for problem in caught.value.problems] == [
        "solution_version is of eu-west-1 and the job of us-east-1",
        "filter_arn is of eu-west-1 and the job of us-east-1",
    ]


@pytest.mark.parametrize("side", ["input", "output"])
def test_fails_when_a_bucket_is_in_another_region(side: str) -> None:
    app = cdk.App(builtin_cloud_formation_validation=False)
    here, there = (
        cdk.Stack(app, name, env=cdk.Environment(account="123456789012", region=region))
        for name, region in (("Here", "eu-west-1"), ("There", "us-east-1"))
    )
    bucket = s3.Bucket(there, "Bucket")
    with pytest.raises(ValidationError) as caught:
        BatchInferenceJob(
            here,
            "Batch",
            solution_version=SolutionVersion.from_arn(f"{SOLUTION}/1"),
            job_input=JobInput.from_bucket(bucket, prefix="in/")
            if side == "input"
            else JobInput.from_records([{"userId": "1"}]),
            job_output=JobOutput.to_bucket(bucket) if side == "output" else None,
        )
    assert caught.value.problems == (
        f"job_{side}: the bucket is in us-east-1 and the job in eu-west-1; Amazon Personalize uses "
        "buckets of the job's Region only, give one that is there",
    )


def test_passes_when_input_and_output_lie_beside_each_other(synth: Synth) -> None:
    bucket = s3.Bucket(synth.stack, "Both")
    synth.job(
        job_input=JobInput.from_bucket(bucket, prefix="data"),
        job_output=JobOutput.to_bucket(bucket, prefix="data-results"),
    )


@pytest.mark.parametrize(
    "value", ["", "a", "${AWS::Region}", 0, -1, 1.5, True, None, [], ["a"], {}, -1e200]
)
def test_values_are_no_tokens(value: object) -> None:
    assert not is_token(value)
    assert not cdk.Token.is_unresolved(value)


def test_tokens_are_found_as_the_cdk_finds_them() -> None:
    reference = {"Ref": "Parameter"}
    tokens = (
        cdk.Token.as_string(reference),
        f"s3://{cdk.Token.as_string(reference)}/",
        cdk.Token.as_number(reference),
        cdk.Token.as_list(reference),
        cdk.Aws.REGION,
    )
    for token in tokens:
        assert is_token(token)
        assert cdk.Token.is_unresolved(token)
