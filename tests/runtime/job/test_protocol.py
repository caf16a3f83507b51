"""CloudFormation's protocol at its edges: every event is answered, once, and within 4,096 bytes."""

from __future__ import annotations

import functools
import http.server
import json
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from personalize_batch_runtime import job
from personalize_batch_runtime._job import presigned
from tests.support.runtime.aws import FakeAws
from tests.support.runtime.requests import make_properties

ANSWER_KEYS = {
    "Status",
    "PhysicalResourceId",
    "StackId",
    "RequestId",
    "LogicalResourceId",
    "Reason",
    "Data",
}
HOSTILE = [
    '"}{"Status": "SUCCESS"}',
    "${AWS::StackId} ${Token[1]}",
    "line\nanother\r\n\x85\u2028\x1b[31mred\x00",
    "😀" * 500,
    "\ud800",
    "x" * 65536,
    "http://" * 9000,
]


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"RequestType": "Rename"}, "RequestType must be Create, Update or Delete, got 'Rename'"),
        ({"RequestType": None}, "the event lacks RequestType, so it is not one of"),
        ({"StackId": None, "RequestId": 7}, "the event lacks StackId, RequestId, so it"),
        ({"LogicalResourceId": {}}, "the event lacks LogicalResourceId"),
        ({"StackId": "shop"}, "StackId must be the ARN of a stack, got 'shop'"),
        ({"ResourceProperties": None}, "property RoleArn is missing or malformed, got 'None'"),
        ({"ResourceProperties": "text"}, "property RoleArn is missing"),
    ],
)
def test_a_bad_event_is_answered_with_what_is_wrong(
    aws: FakeAws, changes: dict[str, Any], text: str
) -> None:
    answer = aws.deliver({**aws.event("Create", make_properties()), **changes})
    assert answer.keys() == ANSWER_KEYS
    assert (answer["Status"], answer["Data"]) == ("FAILED", {})
    assert text in answer["Reason"]
    assert answer["PhysicalResourceId"].startswith("no-job-")
    assert aws.calls == []


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"Request": "{"}, "Request"),
        ({"Request": "[]"}, "Request"),
        ({"Request": "[" * 99999}, "Request"),
        ({"request": {"filterArn": "f"}, "InputCopy": {"contentHash": "a"}}, "sourceBucket"),
        ({"request": {"jobOutput": {"s3DataDestination": []}}}, "JobOutput"),
        ({"request": {"jobOutput": 5}}, "JobOutput"),
        ({"request": {"jobInput": 5}}, "JobInput"),
        ({"request": {"jobName": ["x"]}}, "jobName"),
        ({"request": {"roleArn": []}}, "RoleArn"),
        ({"request": {"numResults": "many"}}, "NumResults"),
        ({"request": {"numResults": "true"}}, "NumResults"),
        ({"request": {"numResults": "[" * 99999}}, "NumResults"),
        ({"request": {"batchInferenceJobConfig": "x"}}, "BatchInferenceJobConfig"),
        (
            {"request": {"batchInferenceJobConfig": {"rankingInfluence": 1}}},
            "BatchInferenceJobConfig",
        ),
        (
            {"request": {"batchInferenceJobConfig": {"rankingInfluence": {"POPULARITY": "a"}}}},
            "POPULARITY",
        ),
        ({"JobNamePrefix": ""}, "JobNamePrefix"),
        ({"OutputPrefix": ""}, "OutputPrefix"),
        ({"JobKind": "Job"}, "JobKind"),
        ({"InputCopy": "7"}, "InputCopy"),
        ({"JobTags": "[1]"}, "JobTags"),
        ({"JobTags": {"a": []}}, "JobTags"),
        ({"Tags": "[1]"}, "Tags"),
        ({"Tags": '{"a": 1}'}, "Tags"),
        ({"JobTags": [{"key": "a"}]}, "JobTags"),
        ({"JobTags": ["a"]}, "JobTags"),
        ({"Preflight": "yes"}, "Preflight"),
        ({"SolutionArn": ""}, "SolutionArn"),
        ({"Waiter": "soon"}, "Waiter"),
    ],
)
def test_fails_with_the_name_of_a_property_that_is_malformed(
    aws: FakeAws, changes: dict[str, Any], name: str
) -> None:
    answer = aws.create(make_properties(**changes))
    assert answer["Status"] == "FAILED"
    assert f"the custom resource's property {name} " in answer["Reason"]
    assert "deploy with the version of cdk-personalize-batch" in answer["Reason"]
    assert aws.calls == []


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"ResponseURL": None},
        {"ResponseURL": "file:///etc/passwd"},
        {"ResponseURL": "http://cloudformation-custom-resource-response.s3.amazonaws.com/1"},
    ],
)
def test_fails_where_nobody_can_be_answered(raw: dict[str, Any]) -> None:
    context = SimpleNamespace(get_remaining_time_in_millis=lambda: 600_000, aws_request_id="1")
    with pytest.raises(Exception, match="the event has no ResponseURL: this function answers"):
        job.handler(raw, context)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:8]))
@pytest.mark.parametrize(
    "place",
    ["StackId", "RequestId", "LogicalResourceId", "PhysicalResourceId", "RequestType"],
)
def test_hostile_text_in_the_event_does_not_break_the_answer(
    aws: FakeAws, place: str, text: str
) -> None:
    answer = aws.deliver({**aws.event("Update", make_properties()), place: text})
    assert answer.keys() == ANSWER_KEYS
    assert answer["Reason"] == "" or answer["Reason"].isprintable()
    assert answer["PhysicalResourceId"]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:8]))
@pytest.mark.parametrize(
    "place",
    [
        "Request",
        "RoleArn",
        "NumResults",
        "JobInput",
        "JobNamePrefix",
        "OutputPrefix",
        "JobKind",
        "InputCopy",
        "JobTags",
        "RunKey",
    ],
)
def test_hostile_text_in_the_properties_does_not_break_the_answer(
    aws: FakeAws, place: str, text: str
) -> None:
    answer = aws.create({**make_properties(), place: text})
    assert answer.keys() == ANSWER_KEYS
    assert answer["Reason"] == "" or answer["Reason"].isprintable()


@pytest.mark.parametrize("char", ["x", "é", "漢", "😀", '"', "\\", "\ud800"])
def test_a_reason_of_any_length_and_alphabet_fits(aws: FakeAws, char: str) -> None:
    def describe(**_: Any) -> None:
        raise ValueError(f"begin {char * 65536} end")

    aws.describe_batch_inference_job = describe
    reason = aws.create(make_properties())["Reason"]
    assert reason.startswith("Batch inference job shop-job-")
    assert "ValueError: begin " in reason
    assert reason.endswith(" end. The log of the Lambda function has the details.")
    assert "Traceback" not in reason
    assert len(json.dumps(reason)) > 3000


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:8]))
def test_a_reason_is_one_line(aws: FakeAws, text: str) -> None:
    def describe(**_: Any) -> None:
        raise ValueError(f"begin {text} end")

    aws.describe_batch_inference_job = describe
    reason = aws.create({**make_properties(), "JobNamePrefix": f"shop {text}"})["Reason"]
    assert reason.startswith("Batch inference job shop ")
    assert reason.endswith(" end. The log of the Lambda function has the details.")
    assert reason.isprintable()


def test_a_failed_update_keeps_its_physical_id(aws: FakeAws) -> None:
    answer = aws.update({}, make_properties(), "arn:of:the:job")
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("FAILED", "arn:of:the:job")


def test_fails_where_the_answer_would_be_too_long(aws: FakeAws) -> None:
    answer = aws.create(make_properties(OutputPrefix=f"s3://out/{'x' * 5000}/"))
    assert answer["Status"] == "FAILED"
    assert "CloudFormation takes 4096: use a shorter prefix for the output" in answer["Reason"]


def test_the_response_url_and_its_secret_stay_out_of_the_answer(aws: FakeAws) -> None:
    def describe(**_: Any) -> None:
        raise ValueError('cannot open "https://answers.example/1?X-Amz-Signature=secret" now')

    aws.describe_batch_inference_job = describe
    reason = aws.create(make_properties())["Reason"]
    assert 'cannot open "https://answers.example/1?…" now' in reason


class Receiver:
    """A web server that refuses some requests before it takes one."""

    def __init__(self) -> None:
        self.refusals: list[int] = []
        self.taken: list[tuple[dict[str, str], bytes]] = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = receiver.refusals.pop(0) if receiver.refusals else 200
                if status == 200:
                    receiver.taken.append((dict(self.headers), body))
                if status:
                    self.send_response(status)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                self.close_connection = True

            def log_message(self, *_: Any) -> None:
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/answer?Signature=secret"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    serve = functools.partial(receiver.server.serve_forever, poll_interval=0.01)
    thread = threading.Thread(target=serve)
    thread.start()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()
    thread.join()


def test_the_answer_is_put_without_a_content_type(receiver: Receiver) -> None:
    presigned.put(receiver.url, b"{}")
    [(headers, body)] = receiver.taken
    assert (headers["Content-Type"], body) == ("", b"{}")


# 0 drops the connection.
@pytest.mark.parametrize("refusals", [[503], [500, 403], [0], [0, 503, 0]])
def test_a_refused_answer_is_put_again(receiver: Receiver, refusals: list[int]) -> None:
    receiver.refusals = refusals
    pauses: list[float] = []
    count = len(refusals)
    presigned.put(receiver.url, b"{}", sleep=pauses.append)
    assert len(receiver.taken) == 1
    assert pauses == [0.25, 0.5, 1.0][:count]


def test_fails_where_the_answer_is_never_taken_so_that_lambda_retries(receiver: Receiver) -> None:
    receiver.refusals = [403] * 9
    with pytest.raises(OSError, match="403"):
        presigned.put(receiver.url, b"{}", sleep=lambda _: None)
    assert len(receiver.refusals) == 5
    assert receiver.taken == []
