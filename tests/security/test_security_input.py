"""Text from outside stays text: in the template, in errors, in signals and in the log."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import (
    BatchInferenceJob,
    JobInput,
    JobOutput,
    SolutionVersion,
    ValidationError,
    limits,
)
from personalize_batch_runtime import _log
from personalize_batch_runtime._job import signal
from tests.support.synth.synth import synthesized

VERSION = SolutionVersion.from_arn(
    "arn:aws:personalize:eu-west-1:123456789012:solution/films/a1b2c3"
)
HOSTILE = {
    "quotes": 'it\'s "quoted" \\" \\u0022',
    "JSON": '{"a": ["b", {"c": null}]}", "Effect": "Allow',
    "braces": "}}{{ }",
    "a substitution": "${AWS::Region} ${!x} $${x} %{x} #{x}",
    "JSONata": "{% $states.input %} %} & $eval('1') & '{%",
    "a shell": "$(touch x) `touch x`; touch x | x && x > x #",
    "line ends": 'a\nb\r\nc\u2028d {"level": "ERROR"}\n{"level": "INFO"}',
    "controls": "a\tb\x1b[31mc\x7f",
    "beyond the BMP": "💥 \U0001d518\U0001d52b é e\u0301 \u202e",
    "64 KB": 'x"{' * 21846,
}
LONGEST_PROBLEM = 400


@pytest.fixture(params=HOSTILE.values(), ids=list(HOSTILE))
def text(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def new_stack() -> cdk.Stack:
    app = cdk.App(
        analytics_reporting=False, tree_metadata=False, builtin_cloud_formation_validation=False
    )
    return cdk.Stack(app, "Films")


def make_job(stack: cdk.Stack, name: str = "Batch", **arguments: Any) -> None:
    defaults: dict[str, Any] = {
        "solution_version": VERSION,
        "job_input": JobInput.from_records([{"userId": "1"}]),
    }
    BatchInferenceJob(stack, name, **defaults | arguments)


def resources(stack: cdk.Stack, type: str) -> list[dict[str, Any]]:
    template = synthesized(stack).get_stack_by_name("Films").template
    return [one["Properties"] for one in template["Resources"].values() if one["Type"] == type]


def job_of(stack: cdk.Stack) -> dict[str, Any]:
    (job,) = resources(stack, "Custom::PersonalizeBatchInferenceJob")
    return job


def test_a_run_key_arrives_as_it_was_given(text: str) -> None:
    stack = new_stack()
    make_job(stack, run_key=text)
    assert job_of(stack)["RunKey"] == text


def test_a_path_arrives_as_it_was_given(text: str) -> None:
    stack = new_stack()
    bucket = s3.Bucket(stack, "Bucket")
    # Longer ones are refused.
    prefix = text[:100]
    places: dict[str, Any] = {
        "job_input": JobInput.from_bucket(bucket, prefix=f"in/{prefix}"),
        "job_output": JobOutput.to_bucket(bucket, prefix=f"out/{prefix}"),
    }
    if re.search(limits.NO_POLICY_CHARACTER, prefix):
        with pytest.raises(ValidationError, match="the policies of IAM have printable characters"):
            make_job(stack, **places)
        return
    make_job(stack, **places)
    job = job_of(stack)
    source = job["JobInput"]["s3DataSource"]["path"]["Fn::Join"][1]
    assert [one for one in source if isinstance(one, str)] == ["s3://", f"/in/{prefix}/"]
    output = job["OutputPrefix"]["Fn::Join"][1]
    assert "".join(one for one in output if isinstance(one, str)) == f"s3:///out/{prefix}/"


def test_the_name_of_a_file_arrives_as_it_is(text: str, tmp_path: Path) -> None:
    name = text.replace("/", "")[:60]
    path = tmp_path / name
    path.write_text('{"userId": "1"}\n', encoding="utf-8")
    stack = new_stack()
    make_job(stack, job_input=JobInput.from_asset(path))
    assert job_of(stack)["InputCopy"]["fileName"] == name


def test_records_are_in_the_asset_and_nowhere_else(text: str) -> None:
    record = {"userId": text, text[:50]: [text, {"a": text}]}
    stack = new_stack()
    make_job(stack, job_input=JobInput.from_records([record]))
    assembly = synthesized(stack)
    assert json.dumps(text)[1:-1] not in json.dumps(assembly.get_stack_by_name("Films").template)
    # Read as bytes: a text file would take a lone carriage return for the end of a line.
    (asset,) = Path(assembly.directory).glob("asset.*.json")
    lines = asset.read_bytes().split(b"\n")
    assert [json.loads(line) for line in lines if line] == [record]


def test_the_path_of_a_construct_becomes_a_name_that_is_allowed(text: str) -> None:
    stack = new_stack()
    make_job(stack, text.replace("/", "")[:200])
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,50}", job_of(stack)["JobNamePrefix"])


def definition(text: str) -> Any:
    stack = new_stack()
    make_job(
        stack,
        run_key=text,
        job_input=JobInput.from_records([{"userId": text}]),
        wait_up_to=cdk.Duration.hours(1),
    )
    (machine,) = resources(stack, "AWS::StepFunctions::StateMachine")
    # Of the file, its content has the name.
    return machine["DefinitionS3Location"], machine["DefinitionSubstitutions"]


@pytest.fixture(scope="module")
def plain_definition() -> Any:
    return definition("plain")


def test_the_state_machine_has_no_text_of_the_user(
    text: str,
    plain_definition: Any,
) -> None:
    assert definition(text) == plain_definition


@pytest.fixture(scope="module")
def stack() -> cdk.Stack:
    """A stack for jobs that are refused."""
    return new_stack()


@pytest.mark.parametrize(
    "argument", ["job_name", "filter_arn", "solution_version", "tag key", "tag value", "uri"]
)
def test_what_the_service_would_refuse_is_refused_on_one_short_line(
    argument: str, text: str, stack: cdk.Stack
) -> None:
    arguments: Any = {
        "solution_version": {"solution_version": SolutionVersion.from_arn(text)},
        "tag key": {"tags": {text: "films"}},
        "tag value": {"tags": {"team": text}},
        "uri": {"job_input": JobInput.from_s3_uri(text)},
    }.get(argument, {argument: text})
    with pytest.raises(ValidationError) as caught:
        make_job(stack, f"Batch{len(stack.node.children)}", **arguments)
    for problem in caught.value.problems:
        assert problem.isprintable() or "\u202e" in text
        assert len(problem) < LONGEST_PROBLEM


def test_the_reason_of_a_failure_is_told_as_json_that_fits(text: str) -> None:
    bodies: list[bytes] = []
    job_arn = "arn:aws:personalize:eu-west-1:123456789012:batch-inference-job/films"
    signal.send(
        {
            "handleUrl": "https://answer.invalid/",
            "jobName": "films",
            "jobArn": job_arn,
            "status": "CREATE FAILED",
            "failureReason": text,
        },
        put=lambda _, body: bodies.append(body),
    )
    (body,) = bodies
    assert len(body) < 4096
    told = json.loads(body)
    assert set(told) == {"Status", "Reason", "UniqueId", "Data"}
    assert told["Status"] == "FAILURE"
    assert text[:20] in told["Reason"]


def test_a_text_in_the_log_is_one_field_of_one_line(
    text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with _log.invocation("request"):
        _log.note(jobName=text)
        logging.getLogger("personalize_batch_runtime.job").info("copying %s", text)
    (line,) = capsys.readouterr().out.splitlines()
    fields = json.loads(line)
    assert set(fields) == {"level", "requestId", "jobName", "message"}
    assert fields["level"] == "INFO"
    assert len(line) < 64 * 1024
