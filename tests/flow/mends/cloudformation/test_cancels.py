"""A cancel that comes while a custom resource is changed."""

from __future__ import annotations

from tests.support.flow.stacks import WAITS_FOR_ANOTHER, Stack, template
from tests.support.waiting import wait_for


def test_a_custom_resource_is_not_waited_for(stack: Stack) -> None:
    stack.create(template(WAITS_FOR_ANOTHER))
    assert stack.finished() == "CREATE_COMPLETE"
    stack.update(template(WAITS_FOR_ANOTHER, Id="two"))
    wait_for(lambda: stack.resource_status("Job"), lambda found: found == "UPDATE_IN_PROGRESS")
    stack.cancel_update()
    assert stack.finished() == "UPDATE_ROLLBACK_COMPLETE"
    assert stack.reason("Job") == "Resource update cancelled"
