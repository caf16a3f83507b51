"""What a run takes from its input: settings, version, and how large it is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cdk_personalize_batch.request.kind import SEGMENT
from tests.support.states.facts import PERSONALIZE
from tests.support.states.workflow import SOLUTION, Workflow, version

MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ([], "the input must be a JSON object such as {}"),
        ("x", "the input must be a JSON object such as {}"),
        ({"num_results": 1}, "unknown key num_results; known are filterArn, inputUri, numResults"),
        ({"a": 1, "b": 2}, "unknown key a, b; known are"),
        ({"numResults": 0}, "numResults must be a whole number of at least 1, got 0"),
        ({"numResults": 1.5}, "numResults must be a whole number of at least 1, got 1.5"),
        ({"numResults": "5"}, "numResults must be a whole number of at least 1, got 5"),
        ({"numResults": None}, "numResults must be a whole number of at least 1, got null"),
        ({"filterArn": "new"}, "filterArn must be an ARN like arn:aws:personalize:REGION"),
        ({"inputUri": "s3://in/others/"}, "inputUri must begin with s3://in/users/"),
        ({"inputUri": 1}, "inputUri must begin with s3://in/users/"),
        ({"runKey": ""}, "runKey must be a string that is not empty"),
        ({"runKey": 7}, "runKey must be a string that is not empty, got 7"),
        ({"skipIfRunning": "yes"}, "skipIfRunning must be true or false, got yes"),
        ({"numResults": 0, "runKey": ""}, "got 0; runKey must be"),
    ],
)
def test_wrong_input_is_refused_with_what_is_wrong(
    workflow: Workflow, content: Any, problem: str
) -> None:
    machine, (error, cause) = workflow.start(content)
    assert error == "InvalidInput"
    assert problem in cause
    assert machine.calls == []


@pytest.mark.aws("a run that starts the next one")
@pytest.mark.parametrize("uri", ["s3://out/", "s3://out/Films", "s3://out/Films-Nightly/"])
def test_an_input_that_has_the_output_in_it_is_refused(workflow: Workflow, uri: str) -> None:
    machine, (error, cause) = workflow.start(input_uri=uri)
    assert (error, cause) == (
        "InvalidInput",
        f"the output s3://out/Films-Nightly/ lies in the input {uri}, so that the next run would "
        "read its results; give it another prefix",
    )
    assert machine.calls == []


def test_an_input_beside_the_output_is_taken(workflow: Workflow) -> None:
    for uri in ("s3://out/Films-Nightly/users/", "s3://out/in/", "s3://ou/"):
        machine, _ = workflow.start(input_uri=uri)
        assert machine.calls != []


@pytest.mark.aws("a run that starts the next one")
def test_an_input_without_a_slash_behind_its_bucket_is_refused(workflow: Workflow) -> None:
    # The rights to it would be those to all buckets whose names begin so.
    machine, (error, cause) = workflow.start(input_uri="s3://films")
    assert (error, cause) == (
        "InvalidInput",
        "s3://films has no / behind its bucket, and must have one",
    )
    assert machine.calls == []


def test_the_largest_number_of_users_in_a_segment_is_kept(workflow: Workflow) -> None:
    _, (error, cause) = workflow.start({"numResults": 6}, most_results=5)
    assert (error, cause) == (
        "InvalidInput",
        "numResults must be a whole number from 1 to 5, got 6",
    )


def test_all_keys_and_the_link_of_a_parent_are_taken(workflow: Workflow) -> None:
    content = {
        "inputUri": "s3://in/users/a.json",
        "numResults": 3,
        "filterArn": f"{PERSONALIZE}:filter/unseen",
        "runKey": "monday",
        "skipIfRunning": False,
        "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": "arn:aws:states:…",
    }
    machine, output = workflow.start(content)
    request = dict(machine.calls)["createBatchInferenceJob"]
    assert output["run"] == "monday"
    assert request["FilterArn"] == content["filterArn"]
    assert request["JobInput"]["S3DataSource"]["Path"] == "s3://in/users/a.json"


@pytest.mark.parametrize(
    ("name", "run"),
    [
        ("2026-11-24", "2026-11-24"),
        ("2026-11-24T02:00:00Z", "2026-11-24T02-00-00Z"),
        ("a" * 64, "a" * 64),
        # What is no plain folder: too long, other letters, hidden from Athena.
        ("a" * 65, None),
        ("über alles", None),
        ("_hidden", None),
    ],
)
def test_the_folder_of_a_run_is_its_name_where_that_is_plain(
    workflow: Workflow, name: str, run: str | None
) -> None:
    _, by_name = workflow.start(name=name)
    _, by_key = workflow.start({"runKey": name})
    if run is None:
        assert re.fullmatch("run-[0-9a-f]{24}", by_name["run"])
    else:
        assert by_name["run"] == run
    # One run, one job, however it was named.
    assert by_name["jobs"] == by_key["jobs"]


def test_other_runs_have_other_jobs(workflow: Workflow) -> None:
    for name in ("one", "two"):
        workflow.start(name=name, slug="S" * 40)
    assert len(workflow.services.jobs) == 2
    assert max(map(len, workflow.services.jobs)) <= 63


@pytest.mark.parametrize(
    ("pages", "newest"),
    [
        ([[version(1)]], 1),
        ([[version(1), version(3), version(2)]], 3),
        ([[version(3, "CREATE IN_PROGRESS"), version(2)]], 2),
        ([[version(1), version(4)], [], [version(2), version(3)]], 4),
        ([[version(9, "CREATE FAILED")], [version(5)]], 5),
    ],
)
def test_the_newest_active_version_is_taken(
    workflow: Workflow, pages: list[Any], newest: int
) -> None:
    workflow.services.versions = pages
    _, output = workflow.start(solution_version_arn=None, solution_arn=SOLUTION)
    assert output["solutionVersionArn"] == f"{SOLUTION}/{newest}"


def test_no_active_version_is_a_failure(workflow: Workflow) -> None:
    workflow.services.versions = [[version(1, "CREATE FAILED")], []]
    _, (error, cause) = workflow.start(solution_version_arn=None, solution_arn=SOLUTION)
    assert error == "NoActiveVersion"
    assert cause.startswith(f"the solution {SOLUTION} has no version that is ACTIVE")


@pytest.mark.parametrize(
    ("objects", "content", "expected"),
    [
        ({"users/a.json": 30}, {}, "job"),
        ({"users/": 0, "users/a.json": 30, "users/b/": 0}, {}, "job"),
        ({f"users/{n:04}": 1 for n in range(1000)}, {}, "job"),
        ({f"users/{n:04}": 1 for n in range(1001)}, {}, "plan"),
        ({"users/a": 500 * MEGABYTE, "users/b": 500 * MEGABYTE}, {}, "job"),
        ({"users/a": 500 * MEGABYTE, "users/b": 500 * MEGABYTE + 1}, {}, "plan"),
        ({"users/a": 750 * MEGABYTE}, {}, "job"),
        ({"users/a": 750 * MEGABYTE + 1}, {}, "plan"),
        ({"users/a.json": 30, "users/a.json.out": 30}, {}, "plan"),
        ({"users/a.json": 30, "users/_manifest.json": 30}, {}, "plan"),
        ({"users/a.json": 30, "users/_SUCCESS": 0}, {}, "plan"),
        ({"users/a.json": 30, "users/a.json2": 30}, {"inputUri": "s3://in/users/a.json"}, "plan"),
        ({"users/a.json": 30, "users/b.json": 30}, {"inputUri": "s3://in/users/a.json"}, "job"),
        ({"users/a.json": 30}, {"inputUri": "s3://in/users/a"}, "job"),
        ({}, {}, "InputNotFound"),
        ({"users/": 0}, {}, "InputNotFound"),
        ({"users/a.json.out": 5, "users/empty": 0}, {}, "InputNotFound"),
        ({"other/a.json": 30}, {}, "InputNotFound"),
    ],
)
def test_input_within_the_quotas_is_used_as_it_lies(
    workflow: Workflow, objects: dict[str, int], content: Any, expected: str
) -> None:
    workflow.services.objects = objects
    workflow.shard(1)
    machine, output = workflow.start(content)
    called = [name for name, _ in machine.calls]
    if expected == "InputNotFound":
        assert output[0] == expected
        assert "createBatchInferenceJob" not in called
    else:
        assert ("plan" in called) == (expected == "plan")
        assert output["run"] == "night"


@pytest.mark.parametrize(
    ("recipe", "size", "expected"),
    [
        ("aws-item-affinity", 7500, "job"),
        ("aws-item-affinity", 7501, "plan"),
        ("aws-item-attribute-affinity", 150, "job"),
        ("aws-item-attribute-affinity", 151, "plan"),
    ],
)
def test_the_recipe_decides_how_large_a_segment_file_may_be(
    workflow: Workflow, recipe: str, size: int, expected: str
) -> None:
    services = workflow.services
    services.recipe, services.objects = recipe, {"users/a": size}
    workflow.shard(1)
    machine, _ = workflow.start(kind=SEGMENT, records_per_file=None)
    called = dict(machine.calls)
    assert ("plan" in called) == (expected == "plan")
    if expected == "plan":
        assert called["plan"]["recordsPerFile"] == size // 15


@pytest.mark.parametrize(
    ("running", "skipped"),
    [
        (["night"], None),
        ([], None),
        (["later", "night"], None),
        (["night", "evening"], "evening"),
        (["later", "night", "evening", "noon"], "evening"),
        (["night2", "night"], None),
    ],
)
def test_a_run_is_skipped_only_for_one_that_started_earlier(
    workflow: Workflow, running: list[str], skipped: str | None
) -> None:
    workflow.services.running = [running]
    machine, output = workflow.start({"skipIfRunning": True})
    if skipped is None:
        # Also where the list does not have this execution yet.
        assert output["jobs"]
    else:
        assert output["skippedFor"].endswith(f":{skipped}")
        assert len(machine.calls) == 1
