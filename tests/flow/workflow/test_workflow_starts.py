"""What starts runs, and what hears of their end."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from typing import Any

import pytest

from personalize_local.control import Control
from tests.support.flow.library.workflows import SCALE, Workflows
from tests.support.waiting import wait_for


def wait_for_runs(workflows: Workflows, name: str) -> list[dict[str, Any]]:
    """The first executions of a workflow, as they ended."""
    found = wait_for(lambda: workflows.executions(name))
    return [workflows.finish(one) for one in found]


def test_a_schedule_starts_a_run(workflows: Workflows) -> None:
    client = workflows.aws.client("scheduler")
    machine = workflows.machine("Scheduled")
    (found,) = (
        schedule
        for one in client.list_schedules()["Schedules"]
        if (schedule := client.get_schedule(Name=one["Name"]))["Target"]["Arn"] == machine
    )
    # The one that was deployed, at a time that comes soon.
    due = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=5)
    client.update_schedule(
        Name=found["Name"],
        ScheduleExpression=f"at({due:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow=found["FlexibleTimeWindow"],
        Target=found["Target"],
    )
    (ended,) = wait_for_runs(workflows, "Scheduled")
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["input"]) == {
        "runKey": f"{due:%Y-%m-%dT%H:%M:%SZ}",
        "skipIfRunning": True,
    }
    output = json.loads(ended["output"])
    assert output["run"] == f"{due:%Y-%m-%dT%H-%M-%SZ}"


def test_a_larger_state_machine_gets_the_document(workflows: Workflows) -> None:
    ended = workflows.run("Parent", date="2026-11-25")
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert output["run"] == "2026-11-25"
    assert output["jobs"][0]["status"] == "ACTIVE"


def test_a_failure_is_told_with_reason_and_link(workflows: Workflows, control: Control) -> None:
    control.add_fault("CreateBatchInferenceJob", kind="job-fails", reason="No such column")
    ended = workflows.run("Fails")
    link = f"#/v2/executions/details/{ended['executionArn']}"
    text = workflows.messages("No such column", link)[-1]
    assert f"workflow {workflows.stack}/Fails ended as FAILED" in text
    assert "JobFailed" in text


def test_a_success_is_an_event_with_the_document(workflows: Workflows) -> None:
    output = workflows.output("Once", runKey="event")
    text = workflows.messages("SUCCEEDED", "Once", "event")[-1]
    assert json.loads(json.loads(text)["detail"]["output"]) == output


@pytest.fixture
def _longer_waits(control: Control) -> Iterator[None]:
    # Six seconds of quiet: no part comes so late, also where the machine is busy.
    control.scale_waits(0.6)
    yield
    control.scale_waits(SCALE)


@pytest.mark.usefixtures("_longer_waits")
def test_ten_parts_that_arrive_together_are_one_run(workflows: Workflows) -> None:
    for number in range(10):
        workflows.put("Arrives", f"part-{number}.json", b'{"userId":"1"}\n')
    (ended,) = wait_for_runs(workflows, "Arrives")
    assert ended["status"] == "SUCCEEDED", ended
    assert json.loads(ended["output"])["counts"]["files"] == 10


def test_a_success_key_starts_a_run_over_its_folder(workflows: Workflows) -> None:
    for part in ("dt=1/a.json", "dt=2/a.json", "dt=2/b.json"):
        workflows.put("Uploaded", part, b'{"userId":"1"}\n')
    workflows.put("Uploaded", "dt=2/_SUCCESS.txt", b"-")
    workflows.put("Uploaded", "dt=2/_SUCCESS", b"")
    (ended,) = wait_for_runs(workflows, "Uploaded")
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    assert output["inputUri"] == f"s3://{workflows.bucket}/in/Uploaded/dt=2/"
