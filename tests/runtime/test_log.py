"""The log: one JSON object a line, the job's name in it, and no secret."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest

from personalize_batch_runtime import job
from personalize_batch_runtime._job import presigned
from tests.support.runtime.aws import FakeAws
from tests.support.runtime.requests import make_properties, make_wait


@pytest.fixture
def logged(aws: FakeAws, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Delivers an event through Lambda's entry point and returns the lines of the log."""
    monkeypatch.setattr(job, "_clients", aws)
    monkeypatch.setattr(presigned, "put", aws.put)
    aws._clock.now = 0.0

    def deliver(raw: Any) -> list[dict[str, str]]:
        context = SimpleNamespace(get_remaining_time_in_millis=lambda: 600_000, aws_request_id="r1")
        job.handler(raw, context)
        return [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    return deliver


def test_each_line_has_the_request_and_the_job(aws: FakeAws, logged: Any) -> None:
    lines = logged(aws.event("Create", make_properties()))
    [name] = [request["jobName"] for request in aws.requests("CreateBatchInferenceJob")]
    assert lines
    assert {(line["requestId"], line["jobName"], line["level"]) for line in lines} == {
        ("r1", name, "INFO")
    }


def test_one_invocations_fields_are_not_the_nexts(aws: FakeAws, logged: Any) -> None:
    logged(aws.event("Create", make_properties()))
    lines = logged(aws.event("Delete", make_properties(), physical_id="x"))
    assert lines
    assert all("jobName" not in line for line in lines)


def test_hostile_text_makes_no_line_of_its_own(aws: FakeAws, logged: Any) -> None:
    forged = '{"level": "INFO", "message": "forged"}'
    event = aws.event("Delete", make_properties(), physical_id=f"x\n{forged}\r\n{forged}")
    lines = logged(event)
    assert [line["message"].partition(".")[0] for line in lines] == [
        "nothing to delete: a batch job stays"
    ]


def test_a_failure_has_its_stack_trace_in_the_log_and_only_there(aws: FakeAws, logged: Any) -> None:
    event = aws.event("Create", make_properties())

    def describe(**_: Any) -> None:
        raise ValueError(f"cannot open {event['ResponseURL']}")

    aws.describe_batch_inference_job = describe
    lines = logged(event)
    assert "Traceback" in lines[-1]["exception"]
    assert "ValueError" in lines[-1]["exception"]
    assert "secret" not in json.dumps(lines)


def test_the_handle_is_not_logged(aws: FakeAws, logged: Any) -> None:
    assert "secret" not in json.dumps(
        logged(aws.event("Create", make_properties(Wait=make_wait())))
    )
    [execution] = aws.executions.values()
    waited = json.loads(execution["input"])
    signal = {key: waited[key] for key in ("handleUrl", "jobName", "jobArn")}
    lines = logged({"Signal": {**signal, "status": "ACTIVE"}})
    assert lines[-1]["message"] == "signalled that the job is ACTIVE"
    assert lines[-1]["jobName"] == waited["jobName"]
    assert "secret" not in json.dumps(lines)


def test_the_loggers_are_left_as_they_were(aws: FakeAws, logged: Any) -> None:
    package = logging.getLogger("personalize_batch_runtime")
    before = (package.level, package.propagate, list(package.handlers))
    logged(aws.event("Create", make_properties()))
    assert (package.level, package.propagate, list(package.handlers)) == before
