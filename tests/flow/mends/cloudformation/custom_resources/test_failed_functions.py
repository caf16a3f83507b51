"""A stack says what failed in the function of a custom resource."""

from __future__ import annotations

from tests.support.flow.stacks import Stack, template
from tests.support.waiting import wait_for

BROKEN = "def handler(event, context)\n"
RAISES = "def handler(event, context):\n    raise LookupError('as told')\n"


def test_a_function_that_cannot_start_fails_its_resource_at_once(stack: Stack) -> None:
    stack.create(template(BROKEN, ServiceTimeout="3600"))
    # The Delete that follows a failed Create gets no answer either.
    assert stack.finished() == "ROLLBACK_FAILED"
    assert f"The function {stack.name} cannot run." in stack.reason("Job")
    assert "Runtime.UserCodeSyntaxError: Syntax error in module 'index'" in stack.reason("Job")


def test_a_function_that_fails_is_told_while_its_resource_waits(stack: Stack) -> None:
    stack.create(template(RAISES, ServiceTimeout="60"))
    told = f"The function {stack.name} failed, and has not answered. LookupError: as told"
    wait_for(lambda: ("Job", "CREATE_IN_PROGRESS", told) in stack.events())
