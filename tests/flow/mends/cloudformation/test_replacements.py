"""A rollback takes a replaced custom resource back."""

from __future__ import annotations

from tests.support.flow.stacks import HANDLER, Stack, template


def test_each_update_waits_anew_and_a_failure_brings_the_old_properties_back(stack: Stack) -> None:
    stack.create(template(HANDLER, wait="A", Signal="SUCCESS"))
    assert stack.finished() == "CREATE_COMPLETE"
    stack.update(template(HANDLER, wait="B", Signal="SUCCESS", Id="two"))
    assert stack.finished() == "UPDATE_COMPLETE"
    stack.update(template(HANDLER, wait="C", Signal="FAILURE", Id="three"))
    assert stack.finished() == "UPDATE_ROLLBACK_COMPLETE"
    assert "'no users'" in stack.reason("WaitC")
    assert stack.requests() == [
        ["Create", None],
        ["Update", "one"],
        ["Delete", "one"],
        ["Update", "two"],
        ["Update", "three"],
        ["Delete", "three"],
    ]
