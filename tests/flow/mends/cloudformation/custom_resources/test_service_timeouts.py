"""The service timeout bounds a custom resource, and its function is invoked asynchronously."""

from __future__ import annotations

from tests.support.flow.stacks import HANDLER, Stack, template

SILENT = "import time\ndef handler(event, context):\n    time.sleep(60)\n"


def test_the_service_timeout_bounds_a_function_that_does_not_answer(stack: Stack) -> None:
    stack.create(template(SILENT, ServiceTimeout="2"))
    # The Delete that follows a failed Create gets no answer either.
    assert stack.finished() == "ROLLBACK_FAILED"
    assert "timed out after 2s" in stack.reason("Job")


def test_a_function_that_fails_before_it_answers_is_invoked_again(stack: Stack) -> None:
    # A file tells the second try from the first.
    once = (
        HANDLER
        + """
import pathlib, tempfile
answer = handler

def handler(event, context):
    tried = pathlib.Path(tempfile.gettempdir(), event["RequestId"])
    if not tried.exists():
        tried.touch()
        raise OSError("no answer")
    answer(event, context)
"""
    )
    stack.create(template(once))
    assert stack.finished() == "CREATE_COMPLETE"
    assert stack.requests() == [["Create", None]]
