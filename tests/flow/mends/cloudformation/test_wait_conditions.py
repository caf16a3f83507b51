"""Wait conditions end by a signal, their time-out, a cancel or a delete."""

from __future__ import annotations

from tests.support.flow.stacks import HANDLER, Stack, template


def test_a_failure_signal_fails_the_stack_with_its_reason(stack: Stack) -> None:
    stack.create(template(HANDLER, wait="A", Signal="FAILURE"))
    assert stack.finished() == "ROLLBACK_COMPLETE"
    assert "'no users'" in stack.reason("WaitA")


def test_a_wait_without_signal_times_out(stack: Stack) -> None:
    stack.create(template(HANDLER, wait="A", timeout=1))
    assert stack.finished() == "ROLLBACK_COMPLETE"
    assert "timed out. Received 0" in stack.reason("WaitA")


def test_a_stack_that_waits_can_be_deleted(stack: Stack) -> None:
    stack.create(template(HANDLER, wait="A"))
    stack.reaches("WaitA", "CREATE_IN_PROGRESS")
    stack.delete()
    stack.reaches(stack.name, "DELETE_COMPLETE")
    assert stack.reason("WaitA") == "Resource creation cancelled"
    assert stack.requests() == [["Create", None], ["Delete", "one"]]


def test_an_update_that_waits_can_be_cancelled(stack: Stack) -> None:
    stack.create(template(HANDLER, wait="A", Signal="SUCCESS"))
    assert stack.finished() == "CREATE_COMPLETE"
    stack.update(template(HANDLER, wait="B", Id="two"))
    stack.reaches("WaitB", "UPDATE_IN_PROGRESS")
    stack.cancel_update()
    assert stack.finished() == "UPDATE_ROLLBACK_COMPLETE"
    assert (stack.name, "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated") in stack.events()
    assert stack.requests()[-2:] == [["Update", "two"], ["Delete", "two"]]
