"""Resources of a stack while it is made, changed and rolled back."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.stacks import WAITS_FOR_ANOTHER, Stack, template
from tests.support.waiting import wait_for


def test_one_that_is_made_is_there(stack: Stack) -> None:
    stack.create(template(WAITS_FOR_ANOTHER, Id="two"))
    stack.reaches("Job", "CREATE_IN_PROGRESS")
    assert stack.resource_status("Job") == "CREATE_IN_PROGRESS"
    assert stack.resource_status("Function") == "CREATE_COMPLETE"


def test_one_that_is_changed_says_so(stack: Stack) -> None:
    stack.create(template(WAITS_FOR_ANOTHER))
    assert stack.finished() == "CREATE_COMPLETE"
    assert stack.resource_status("Job") == "CREATE_COMPLETE"
    stack.update(template(WAITS_FOR_ANOTHER, Id="two"))
    wait_for(lambda: stack.resource_status("Job"), lambda found: found == "UPDATE_IN_PROGRESS")
    stack.cancel_update()
    assert stack.finished() == "UPDATE_ROLLBACK_COMPLETE"


def test_one_that_the_template_has_not_is_not_there(stack: Stack) -> None:
    stack.create(template(WAITS_FOR_ANOTHER, Id="two"))
    stack.reaches("Job", "CREATE_IN_PROGRESS")
    with pytest.raises(ClientError, match="does not exist"):
        stack.resource_status("Nobody")
