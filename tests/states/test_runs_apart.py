"""What keeps one run from taking another one's results, or what is no input for input."""

from __future__ import annotations

from typing import Any

import jsonata
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_personalize_batch.states.steps.source import no_input
from personalize_batch_runtime._hidden import is_hidden
from tests.support.states.workflow import Workflow

TIME = "2026-11-24T01:00:00Z"
HASHED = "run-" + "0" * 24


def output_of(workflow: Workflow, content: object = None) -> Any:
    """Runs an execution; answers its output, or how it failed."""
    return workflow.start(content)[1]


@pytest.mark.aws("run keys that become one")
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("a:b", "a-b"),
        ("a:b:c", "a-b:c"),
        (TIME, TIME.replace(":", "-")),
        ("日", "本"),
        (":", "-"),
        ("x" * 65, "x" * 66),
    ],
)
def test_two_run_keys_never_share_a_folder_or_a_job(
    workflow: Workflow, one: str, other: str
) -> None:
    runs = {output_of(workflow, {"runKey": key})["run"] for key in (one, other)}
    assert len(runs) == 2
    assert len(workflow.services.jobs) == 2


def test_a_key_that_looks_made_is_told_apart_from_what_is_made(workflow: Workflow) -> None:
    made = output_of(workflow, {"runKey": "a:b"})["run"]
    assert made.startswith("run-")
    assert output_of(workflow, {"runKey": made})["run"] not in ("a:b", made)
    assert output_of(workflow, {"runKey": HASHED})["run"] != HASHED


def test_the_time_of_a_schedule_stays_readable(workflow: Workflow) -> None:
    assert output_of(workflow, {"runKey": TIME})["run"] == "2026-11-24T01-00-00Z"
    assert output_of(workflow, {"runKey": "monday_7.b-c"})["run"] == "monday_7.b-c"


@pytest.mark.aws("numResults of a job that has run")
def test_a_job_that_answers_with_another_number_of_results_is_adopted(
    workflow: Workflow,
) -> None:
    first = output_of(workflow, {"runKey": "monday", "numResults": 10})
    for job in workflow.services.jobs.values():
        job["NumResults"] = 7
    again = output_of(workflow, {"runKey": "monday", "numResults": 10})
    assert again["jobs"] == first["jobs"]


@pytest.mark.aws("a run key again after a redriven success")
def test_a_key_again_finds_the_job_that_a_redrive_has_made(
    workflow: Workflow,
) -> None:
    workflow.services.objects = {"users/a.json": 10**10}
    workflow.shard(1)
    workflow.services.ends = {"-00001": "CREATE FAILED"}
    machine, (_, cause) = workflow.start({"runKey": "monday"})
    assert "1 of 1 shards failed" in cause
    machine.redrive()
    redriven = workflow.services.results
    assert redriven[0]["jobName"].endswith("-00001-2")
    output_of(workflow, {"runKey": "monday"})
    assert workflow.services.results == redriven
    assert len(workflow.services.jobs) == 2


def test_a_key_again_makes_no_job_where_all_have_failed(workflow: Workflow) -> None:
    workflow.services.ends = {"": "CREATE FAILED"}
    first = output_of(workflow, {"runKey": "monday"})
    assert output_of(workflow, {"runKey": "monday"}) == first
    assert first[0] == "JobFailed"
    assert len(workflow.services.jobs) == 1


@pytest.mark.aws("hidden files that are read as input")
@pytest.mark.parametrize(
    "name",
    [
        "_committed_1",
        "_delta_log/0.json",
        ".part-0.crc",
        "day=1/_temporary/0/a.json",
        "a/.b/c.json",
    ],
)
def test_hidden_files_are_no_input(workflow: Workflow, name: str) -> None:
    workflow.services.objects = {f"users/{name}": 10}
    error, cause = output_of(workflow)
    assert error == "InputNotFound"
    assert "not hidden by _ or . before its name" in cause
    workflow.services.objects["users/a_b.c.json"] = 20
    workflow.shard(1)
    # The path cannot be used as it is: the visible file is copied.
    output_of(workflow)
    assert workflow.services.planned == 1


keys = st.text("ab_./", max_size=12)


@given(keys, keys)
def test_the_machine_and_the_function_hide_the_same(prefix: str, rest: str) -> None:
    expression = jsonata.Jsonata.jsonata(f"({no_input()} $isNoInput($key))")
    found = expression.evaluate(None, {"inputKey": prefix, "key": prefix + rest})
    assert found == is_hidden(prefix + rest, prefix)
