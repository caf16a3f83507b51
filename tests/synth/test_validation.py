"""Bad input ends at synth, with the construct's path, the value and the remedy."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import polars
import pytest
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchStorage,
    JobInput,
    JobOutput,
    PersonalizeBatchError,
    RecordFormat,
    SolutionVersion,
    ThemeGeneration,
    ValidationError,
)
from cdk_personalize_batch._tokens import is_token

# The fixtures of conftest.py; test modules cannot import its class.
Synth = Any
MakeSynth = Callable[[], Synth]

SOLUTION = "arn:aws:personalize:eu-west-1:123456789012:solution/films"


def problems(synth: Synth, **arguments: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        synth.job(**arguments)
    assert caught.value.path == "Films/Batch"
    assert str(caught.value).splitlines() == [
        f"[Films/Batch] {problem}" for problem in caught.value.problems
    ]
    return list(caught.value.problems)


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
    synth: Synth, arguments: dict[str, object], problem: str
) -> None:
    assert problems(synth, **arguments) == [problem]


@pytest.mark.parametrize(
    "arguments",
    [{"num_results": 1}, {"num_results": 10_000}, {"job_name": "n" * 63}, {"job_name": "9_-Z"}],
)
def test_passes_when_an_argument_is_at_the_limits(
    synth: Synth, arguments: dict[str, object]
) -> None:
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


def test_fails_when_the_file_is_missing(synth: Synth, tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    assert problems(synth, job_input=JobInput.from_asset(path)) == [
        f"job_input: there is no file {path} (looked in {Path.cwd()}); correct the path"
    ]


def test_fails_when_the_file_is_a_folder(synth: Synth, tmp_path: Path) -> None:
    assert problems(synth, job_input=JobInput.from_asset(tmp_path)) == [
        f"job_input: {tmp_path} is a folder; name one JSON Lines file"
    ]


@pytest.mark.parametrize("content", ["", "\n", "  \n\n"])
def test_fails_when_the_file_is_empty(synth: Synth, users: Path, content: str) -> None:
    users.write_text(content, encoding="utf-8")
    assert problems(synth, job_input=JobInput.from_asset(users)) == [
        f'job_input: {users} is empty; write one record a line, such as {{"userId": "42"}}'
    ]


@pytest.mark.parametrize("line", ['{"userId": "1"', "1", '["1"]', "userId", '{"a": 1} {"b": 2}'])
def test_fails_when_a_line_is_no_json_object(synth: Synth, users: Path, line: str) -> None:
    users.write_text(f'{{"userId": "1"}}\n\n{line}\n', encoding="utf-8")
    (problem,) = problems(synth, job_input=JobInput.from_asset(users))
    assert problem.startswith(f"job_input: {users} line 3 is not a JSON object (")
    assert f"got {line!r}" in problem
    assert problem.endswith("write one object a line, in UTF-8")


def test_fails_when_a_line_is_not_utf_8(synth: Synth, users: Path) -> None:
    users.write_bytes('{"userId": "é"}\n'.encode("latin-1"))
    (problem,) = problems(synth, job_input=JobInput.from_asset(users))
    assert "line 1 is not a JSON object" in problem


def test_fails_with_the_first_five_problems_of_a_file(synth: Synth, users: Path) -> None:
    users.write_text("no\n" * 20, encoding="utf-8")
    assert len(problems(synth, job_input=JobInput.from_asset(users))) == 5


def test_fails_when_there_are_no_records(synth: Synth) -> None:
    assert problems(synth, job_input=JobInput.from_records([])) == [
        'job_input: the input is empty; write one record a line, such as {"userId": "42"}'
    ]


@pytest.mark.parametrize(
    ("records", "says"),
    [
        ({"userId": "1"}, "records must be an iterable of mappings or a data frame"),
        ("users.json", "put a single record in a list"),
        (7, "got 7; put a single record in a list"),
        ([{"userId": "1"}, {"userId": object}], "record 2 has no form in JSON"),
        (polars.LazyFrame({"userId": ["1"]}), "got a LazyFrame; call collect() on it"),
    ],
)
def test_fails_when_records_are_none(synth: Synth, records: object, says: str) -> None:
    given: Any = records
    (problem,) = problems(synth, job_input=JobInput.from_records(given))
    assert problem.startswith("job_input: record")
    assert says in problem


def test_fails_when_the_format_is_a_string(synth: Synth, users: Path) -> None:
    record_format: Any = "users"
    assert problems(synth, job_input=JobInput.from_asset(users, format=record_format)) == [
        "job_input: format must be a RecordFormat, such as RecordFormat.USERS, got 'users'"
    ]


@pytest.mark.parametrize("record_format", [None, RecordFormat.USERS])
def test_fails_when_a_file_is_compressed(
    synth: Synth, users: Path, record_format: RecordFormat | None
) -> None:
    users.write_bytes(gzip.compress(b'{"userId": "1"}\n'))
    (problem,) = problems(synth, job_input=JobInput.from_asset(users, format=record_format))
    assert "the file is compressed with gzip" in problem
    assert problem.endswith("; decompress it")


def test_fails_when_records_are_not_of_the_format(synth: Synth, users: Path) -> None:
    users.write_text('{"userId": "1"}\n{"userid": "2"}\n{"userId": 3}\n', encoding="utf-8")
    found = problems(synth, job_input=JobInput.from_asset(users, format=RecordFormat.USERS))
    places = [problem.split(": ")[1].split(",")[0] for problem in found]
    assert places == [f"{users} line 2", f"{users} line 3"]
    assert "userId" in found[0]
    (problem,) = problems(
        synth, job_input=JobInput.from_records([{"userId": "1"}], format=RecordFormat.ITEMS)
    )
    assert problem.startswith("job_input: the input line 1")


def test_fails_when_a_file_has_too_many_records_for_themes(make_synth: MakeSynth) -> None:
    def with_themes(count: int) -> None:
        records = [{"itemId": str(number)} for number in range(count)]
        make_synth().job(
            job_input=JobInput.from_records(records),
            theme_generation=ThemeGeneration(item_name="TITLE"),
        )

    with_themes(100)
    with pytest.raises(ValidationError, match="100"):
        with_themes(101)


def test_a_data_frame_is_as_good_as_its_rows(make_synth: MakeSynth) -> None:
    frame = polars.DataFrame({"userId": ["1", "2"]})
    rows = [{"userId": "1"}, {"userId": "2"}]

    class PandasFrame:
        columns = ("userId",)

        def to_dict(self, *, orient: str) -> list[dict[str, str]]:
            assert orient == "records"
            return rows

    written = []
    for records in (frame, rows, PandasFrame()):
        synth = make_synth()
        synth.job(job_input=JobInput.from_records(records, format=RecordFormat.USERS))
        written.append(synth.only("Custom::PersonalizeBatchInferenceJob")["InputCopy"])
    assert written[0] == written[1] == written[2]


def test_values_of_numpy_are_written_as_what_they_hold(make_synth: MakeSynth) -> None:
    class Array:
        def tolist(self) -> list[str]:
            return ["7", "8"]

    written = []
    for items in (Array(), ["7", "8"]):
        synth = make_synth()
        records = [{"userId": "1", "itemList": items}]
        synth.job(job_input=JobInput.from_records(records, format=RecordFormat.RANKING))
        written.append(synth.only("Custom::PersonalizeBatchInferenceJob")["InputCopy"])
    assert written[0] == written[1]


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
def test_fails_when_not_one_of_key_and_prefix_is_given(synth: Synth, keys: dict[str, str]) -> None:
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
