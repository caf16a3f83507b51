from __future__ import annotations

import json
from typing import Any

import pytest

from personalize_local.api import switchboard
from tests.support.local.service import Local

CREATE = "CreateBatchInferenceJob"


class Kept:
    """A checkpoint that counts."""

    def __init__(self) -> None:
        self.taken = 0

    def take(self) -> None:
        self.taken += 1

    async def restore(self) -> None:
        raise AssertionError("left to the server")


def ask(
    local: Local, request: str, content: object = None, kept: Kept | None = None
) -> tuple[int, dict[str, Any]]:
    method, path = request.split()
    body = b"" if content is None else json.dumps(content).encode()
    return switchboard.answer(local.service, kept or Kept(), method, path, body)


def test_faults_are_added_listed_and_removed(local: Local) -> None:
    fault = {"operation": CREATE, "kind": "throttle", "times": 2}
    assert ask(local, "POST /_personalize/faults", fault) == (200, {"faults": [fault]})
    assert ask(local, "GET /_personalize/faults") == (200, {"faults": [fault]})
    assert ask(local, "DELETE /_personalize/faults") == (200, {"faults": []})


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ({"operation": CREATE, "kind": "explode"}, "there is no fault 'explode'"),
        ({"kind": "throttle"}, "a fault is a JSON object with operation and kind"),
        ({"operation": CREATE, "kind": "throttle", "time": 1}, "perhaps times, seconds"),
        ([], "and reason, got []"),
        ("throttle", "a fault is a JSON object"),
        (None, "a fault is a JSON object"),
    ],
)
def test_a_wrong_fault_is_a_clear_error(local: Local, content: object, text: str) -> None:
    status, answer = ask(local, "POST /_personalize/faults", content)
    assert status == 400
    assert text in answer["message"]
    assert local.service.faults.all() == []


def test_jobs_and_calls_are_shown_until_the_reset(local: Local) -> None:
    local.finish(local.create())
    calls = ask(local, "GET /_personalize/calls")[1]["calls"]
    assert (calls[CREATE], calls["DescribeBatchInferenceJob"]) == (1, 1)
    jobs = ask(local, "GET /_personalize/jobs")[1]["jobs"]
    assert [(job["jobName"], job["status"]) for job in jobs] == [("job", "CREATE FAILED")]
    assert ask(local, "POST /_personalize/reset") == (200, {})
    assert ask(local, "GET /_personalize/jobs") == (200, {"jobs": []})
    assert ask(local, "GET /_personalize/calls") == (200, {"calls": {}})


def test_a_checkpoint_is_taken(local: Local) -> None:
    kept = Kept()
    assert ask(local, "POST /_personalize/checkpoint", kept=kept) == (200, {})
    assert kept.taken == 1


@pytest.mark.parametrize("request_line", ["GET /_personalize/x", "PUT /_personalize/jobs"])
def test_other_paths_and_methods_are_not_found(local: Local, request_line: str) -> None:
    status, answer = ask(local, request_line)
    assert (status, answer["message"]) == (404, f"the switchboard has no {request_line}")


def test_a_training_begins_when_it_is_told_to(local: Local) -> None:
    path = "POST /_personalize/trainings"
    assert ask(local, path, [])[0] == 400
    status, answer = ask(local, path, {"solutionArn": local.solution("hrnn")})
    assert (status, "trained by hand" in answer["message"]) == (400, True)
    group = local.caller.scope.arn("dataset-group/local")
    recipe = "arn:aws:personalize:::recipe/aws-sims"
    made = local.call("CreateSolution", name="own", datasetGroupArn=group, recipeArn=recipe)
    local.wait(made["solutionArn"])
    status, answer = ask(local, path, made)
    assert status == 200
    assert answer["solutionVersionArn"].startswith(made["solutionArn"])
