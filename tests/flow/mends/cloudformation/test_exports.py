"""Exports that other stacks import."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.flow.stacks import Stack

NOTHING = {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}


def exporting(stack: Stack, **values: str) -> str:
    outputs = {
        name: {"Value": value, "Export": {"Name": f"{stack.name}-{name}"}}
        for name, value in values.items()
    }
    return stack.make(NOTHING, Outputs={"Plain": {"Value": "1"}, **outputs})


def importing(stack: Stack, export: str | None) -> str:
    value: Any = {"Fn::ImportValue": export} if export else "none"
    return stack.make(NOTHING, Outputs={"Seen": {"Value": value}})


@pytest.fixture
def producer(make_stack: Callable[[], Stack]) -> Stack:
    stack = make_stack()
    assert exporting(stack, Used="one", Unused="one") == "CREATE_COMPLETE"
    return stack


@pytest.fixture
def consumer(make_stack: Callable[[], Stack], producer: Stack) -> Stack:
    stack = make_stack()
    assert importing(stack, f"{producer.name}-Used") == "CREATE_COMPLETE"
    return stack


def reasons(stack: Stack, status: str) -> list[str]:
    return [event[2] for event in stack.events() if event[:2] == (stack.name, status)]


def test_one_in_use_cannot_change(producer: Stack, consumer: Stack) -> None:
    assert exporting(producer, Used="two", Unused="one") == "UPDATE_ROLLBACK_COMPLETE"
    assert reasons(producer, "UPDATE_ROLLBACK_IN_PROGRESS") == [
        f"Export {producer.name}-Used cannot be updated as it is in use by {consumer.name}"
    ]
    assert producer.outputs()["Used"] == "one"


def test_one_in_use_cannot_go(producer: Stack, consumer: Stack) -> None:
    assert exporting(producer, Unused="one") == "UPDATE_ROLLBACK_COMPLETE"
    assert reasons(producer, "UPDATE_ROLLBACK_IN_PROGRESS") == [
        f"Delete canceled. Cannot delete export {producer.name}-Used "
        f"as it is in use by {consumer.name}."
    ]


def test_the_stack_of_one_in_use_cannot_be_deleted(producer: Stack, consumer: Stack) -> None:
    producer.delete()
    reason = (
        f"Delete canceled. Cannot delete export {producer.name}-Used "
        f"as it is in use by {consumer.name}."
    )
    found = producer.described()
    assert (found["StackStatus"], found["StackStatusReason"]) == ("CREATE_COMPLETE", reason)
    assert reasons(producer, "CREATE_COMPLETE")[-1] == reason


@pytest.mark.usefixtures("consumer")
def test_one_that_is_not_in_use_can_change_and_go(producer: Stack) -> None:
    assert exporting(producer, Used="one", Unused="two") == "UPDATE_COMPLETE"
    assert exporting(producer, Used="one") == "UPDATE_COMPLETE"


def test_one_that_is_no_longer_in_use_can_go(producer: Stack, consumer: Stack) -> None:
    assert importing(consumer, None) == "UPDATE_COMPLETE"
    assert exporting(producer) == "UPDATE_COMPLETE"
    assert importing(consumer, f"{producer.name}-Used") == "UPDATE_ROLLBACK_COMPLETE"
    producer.delete()
    producer.reaches(producer.name, "DELETE_COMPLETE")


def test_two_stacks_cannot_have_one_export(
    make_stack: Callable[[], Stack], producer: Stack
) -> None:
    stack, name = make_stack(), f"{producer.name}-Used"
    outputs = {"Same": {"Value": "three", "Export": {"Name": name}}}
    assert stack.make(NOTHING, Outputs=outputs) == "ROLLBACK_COMPLETE"
    (reason,) = reasons(stack, "ROLLBACK_IN_PROGRESS")
    assert reason == f"Export with name {name} is already exported by stack {producer.name}."
