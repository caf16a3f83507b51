"""Workflows by the real CDK CLI, and their runs: once each, whatever fails or is repeated."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from personalize_local.control import Control
from tests.support.flow.library.workflows import Workflows

CREATE, DESCRIBE = "CreateBatchInferenceJob", "DescribeBatchInferenceJob"


def test_a_run_ends_with_its_document(workflows: Workflows, control: Control) -> None:
    execution = workflows.start("Once", "2026-11-24")
    ended = workflows.finish(execution)
    assert ended["status"] == "SUCCEEDED", ended
    output = json.loads(ended["output"])
    (job,) = workflows.jobs("Once")
    assert output.pop("seconds") < 30
    target = output["outputUri"]
    assert target.endswith(f"/{workflows.name_of('Once')}/2026-11-24/")
    assert output == {
        "version": 1,
        "run": "2026-11-24",
        "inputUri": f"s3://{workflows.bucket}/in/Once/",
        "outputUri": target,
        "solutionVersionArn": workflows.version,
        "jobs": [
            {
                "jobArn": job["batchInferenceJobArn"],
                "jobName": job["jobName"],
                "status": "ACTIVE",
                "outputUri": target,
            }
        ],
        "counts": {"jobs": 1, "files": 1, "bytes": 30},
        "manifestUri": f"{target}_manifest.json",
    }
    assert workflows.keys(target) == ["_manifest.json", "a.json.out"]
    assert "Plan" not in workflows.states(execution)
    manifest = json.loads(workflows.read(output["manifestUri"])[0])
    assert (manifest["status"], manifest["fileCount"], manifest["records"]) == ("COMPLETE", 1, None)
    assert manifest["shards"][0]["job"]["jobArn"] == job["batchInferenceJobArn"]


def test_a_run_puts_the_bytes_of_its_input_as_a_metric(workflows: Workflows) -> None:
    workflows.output("Once", runKey="measured")
    metrics = workflows.aws.client("cloudwatch").list_metrics(
        Namespace="PersonalizeBatch",
        Dimensions=[{"Name": "Workflow", "Value": workflows.name_of("Once")}],
    )["Metrics"]
    assert [one["MetricName"] for one in metrics] == ["Bytes"]


def test_each_run_takes_the_newest_version_and_what_its_input_says(workflows: Workflows) -> None:
    output = workflows.output("Newest", numResults=2, runKey="2026-11-24T02:00:00Z")
    (job,) = workflows.jobs("Newest")
    assert output["run"] == "2026-11-24T02-00-00Z"
    assert job["solutionVersionArn"] == output["solutionVersionArn"] == workflows.version
    assert job["numResults"] == 2
    tags = workflows.aws.client("personalize").list_tags_for_resource(
        resourceArn=job["batchInferenceJobArn"]
    )
    assert tags["tags"] == [{"tagKey": "team", "tagValue": "films"}]


def test_segment_workflows_run_alike(workflows: Workflows) -> None:
    output = workflows.output("Segments", numResults=5)
    assert ":batch-segment-job/" in output["jobs"][0]["jobArn"]
    assert workflows.keys(output["outputUri"]) == ["_manifest.json", "a.json.out"]


def test_a_solution_without_an_active_version_fails_the_run(workflows: Workflows) -> None:
    ended = workflows.run("Untrained")
    assert ended["error"] == "NoActiveVersion"
    assert "local-not-ready has no version that is ACTIVE" in ended["cause"]


def test_a_failed_job_fails_the_run_with_its_reason(workflows: Workflows, control: Control) -> None:
    reason = 'Insufficient "privileges" — {"bucket": "ä"}'
    control.add_fault(CREATE, kind="job-fails", reason=reason)
    ended = workflows.run("Fails")
    (job,) = workflows.jobs("Fails")
    assert (ended["status"], ended["error"]) == ("FAILED", "JobFailed")
    assert ended["cause"] == f"{reason} ({job['batchInferenceJobArn']})"


@pytest.mark.parametrize(
    ("content", "error", "cause"),
    [
        ({"results": 5}, "InvalidInput", "unknown key results; known are filterArn, inputUri,"),
        ({"numResults": "5"}, "InvalidInput", "numResults must be a whole number of at least 1"),
        ({"inputUri": "s3://elsewhere/"}, "InvalidInput", "inputUri must begin with s3://"),
        ({"inputUri": "{own}in/Checked/none/"}, "InputNotFound", "there is no input below"),
    ],
)
def test_wrong_input_fails_the_run_and_makes_no_job(
    workflows: Workflows, content: dict[str, Any], error: str, cause: str
) -> None:
    own = f"s3://{workflows.bucket}/"
    given = {
        key: value.replace("{own}", own) if isinstance(value, str) else value
        for key, value in content.items()
    }
    ended = workflows.run("Checked", **given)
    assert (ended["status"], ended["error"]) == ("FAILED", error)
    assert cause in ended["cause"]
    assert workflows.jobs("Checked") == []


def test_runs_wait_their_turn_when_the_quota_is_reached(
    workflows: Workflows, control: Control
) -> None:
    # So long that all of them are there at once, also where starting them takes seconds.
    control.add_fault(CREATE, kind="job-lasts", seconds=8, times=6)
    before = control.calls()[CREATE]
    with ThreadPoolExecutor(6) as pool:
        ended = list(pool.map(lambda _: workflows.run("Busy"), range(6)))
    assert {one["status"] for one in ended} == {"SUCCEEDED"}
    assert len(workflows.jobs("Busy")) == 6
    assert control.calls()[CREATE] > before + 6


def test_a_lost_answer_makes_no_second_job(workflows: Workflows, control: Control) -> None:
    control.add_fault(CREATE, kind="lose-answer")
    workflows.output("Lost")
    assert len(workflows.jobs("Lost")) == 1


def test_a_run_key_makes_one_job_however_often_it_is_run(workflows: Workflows) -> None:
    first, second = (workflows.output("Twice", runKey="monday") for _ in range(2))
    assert first["jobs"] == second["jobs"]
    assert len(workflows.jobs("Twice")) == 1


def test_a_run_key_of_another_request_is_refused(workflows: Workflows) -> None:
    workflows.output("Other", runKey="monday")
    part = f"s3://{workflows.bucket}/in/Other/a.json"
    ended = workflows.run("Other", runKey="monday", inputUri=part)
    assert ended["error"] == "JobNameTaken"
    assert "differs in JobInput.S3DataSource.Path" in ended["cause"]


def test_a_redrive_goes_on_with_the_job(workflows: Workflows, control: Control) -> None:
    control.add_fault(DESCRIBE, kind="throttle", times=9)
    execution = workflows.start("Redriven")
    ended = workflows.finish(execution)
    assert (ended["status"], ended["error"]) == ("FAILED", "Personalize.PersonalizeException")
    assert workflows.redrive(execution)["status"] == "SUCCEEDED"
    assert len(workflows.jobs("Redriven")) == 1


def test_a_run_out_of_time_can_be_redriven(workflows: Workflows) -> None:
    execution = workflows.late
    assert workflows.finish(execution)["status"] == "TIMED_OUT"
    assert workflows.redrive(execution)["status"] == "SUCCEEDED"
    assert len(workflows.jobs("Late")) == 1


def test_a_run_that_would_overlap_is_skipped_where_that_is_asked(
    workflows: Workflows, control: Control
) -> None:
    control.add_fault(DESCRIBE, kind="slow", seconds=5)
    first = workflows.start("Alone")
    skipped = workflows.output("Alone", skipIfRunning=True)
    assert skipped["skippedFor"] == first
    assert workflows.finish(first)["status"] == "SUCCEEDED"
    assert "skippedFor" not in workflows.output("Alone", skipIfRunning=True)
    assert len(workflows.jobs("Alone")) == 2
