"""A custom resource whose Create failed gets a Delete."""

from __future__ import annotations

from tests.support.flow.stacks import HANDLER, Stack, template


def test_a_failed_create_is_deleted_by_the_id_it_answered_with(stack: Stack) -> None:
    stack.create(template(HANDLER, Fail="Create"))
    assert stack.finished() == "ROLLBACK_COMPLETE"
    assert stack.reason("Job") == "as told"
    assert stack.requests() == [["Create", None], ["Delete", "one"]]
