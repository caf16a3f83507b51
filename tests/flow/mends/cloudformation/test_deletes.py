"""A delete that comes while a stack is created."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.flow.stacks import HANDLER, Stack, template
from tests.support.waiting import wait_for

# Its Create answers when its Delete has come, as one that takes long.
SLOW = (
    HANDLER
    + """
import pathlib, tempfile
answer = handler

def handler(event, context):
    deleted = pathlib.Path(tempfile.gettempdir(), event["StackId"].split("/")[-1])
    if event["RequestType"] == "Delete":
        deleted.touch()
    else:
        print(json.dumps(["noted", time.time(), "begun", None]))
    while not deleted.exists():
        time.sleep(0.05)
    answer(event, context)
"""
)


def test_a_custom_resource_gets_its_delete_while_its_create_runs(stack: Stack) -> None:
    stack.create(template(SLOW))
    stack.reaches("Job", "CREATE_IN_PROGRESS")
    stack.delete()
    stack.reaches(stack.name, "DELETE_COMPLETE")
    assert stack.reason("Job") == "Resource creation cancelled"
    seen = wait_for(stack.requests, lambda seen: ["begun", None] in seen)
    requests = {str(one[0]): one[1] for one in seen}
    # Made up, as the Create has not said yet that it is "one".
    assert str(requests["Delete"]).startswith(f"{stack.name}-Job-")
    assert ("Role", "DELETE_COMPLETE") in [event[:2] for event in stack.events()]


def test_what_comes_after_it_is_not_made(stack: Stack) -> None:
    stack.create(template(SLOW, wait="A"))
    stack.reaches("Job", "CREATE_IN_PROGRESS")
    stack.delete()
    stack.reaches(stack.name, "DELETE_COMPLETE")
    assert "WaitA" not in [event[0] for event in stack.events()]


@pytest.mark.parametrize("signal", ["", "SUCCESS"])
def test_a_stack_that_is_made_is_deleted_as_ever(stack: Stack, signal: str) -> None:
    told: dict[str, Any] = {"wait": "A", "Signal": signal} if signal else {}
    stack.create(template(HANDLER, **told))
    assert stack.finished() == "CREATE_COMPLETE"
    stack.delete()
    stack.reaches(stack.name, "DELETE_COMPLETE")
    assert stack.requests() == [["Create", None], ["Delete", "one"]]
