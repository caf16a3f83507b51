"""Outputs of other stacks, without an export."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import boto3
import pytest

from tests.support.flow.running_aws import RunningAws
from tests.support.flow.stacks import Stack
from tests.support.waiting import wait_for

NOTHING = {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}


def read(stack: Stack, name: str, **more: str) -> str:
    asked = {"StackName": {"Fn::Sub": name}, "OutputName": "Made", **more}
    return stack.make(NOTHING, Outputs={"Seen": {"Value": {"Fn::GetStackOutput": asked}}})


def test_one_is_read_anew_at_each_update(make_stack: Callable[[], Stack]) -> None:
    producer, consumer = make_stack(), make_stack()
    producer.make(NOTHING, Outputs={"Made": {"Value": "one"}})
    assert read(consumer, producer.name) == "CREATE_COMPLETE"
    assert consumer.outputs() == {"Seen": "one"}
    # Nothing holds the producer back.
    assert producer.make(NOTHING, Outputs={"Made": {"Value": "two"}}) == "UPDATE_COMPLETE"
    assert consumer.outputs() == {"Seen": "one"}
    more = {"More": {"Value": "1"}}
    asked = {"StackName": producer.name, "OutputName": "Made"}
    seen = {"Seen": {"Value": {"Fn::GetStackOutput": asked}}}
    assert consumer.make(NOTHING, Outputs={**seen, **more}) == "UPDATE_COMPLETE"
    assert consumer.outputs()["Seen"] == "two"


def test_one_that_is_not_there_fails_the_stack(stack: Stack) -> None:
    assert read(stack, "no-such-stack") == "ROLLBACK_COMPLETE"


@pytest.fixture
def elsewhere(local_aws: RunningAws) -> Any:
    environment = local_aws.environment
    client = boto3.session.Session().client(
        "cloudformation",
        endpoint_url=local_aws.local_aws.endpoint_url,
        region_name="eu-west-1",
        verify=environment["AWS_CA_BUNDLE"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    )
    yield client
    client.close()


def test_one_of_another_region_is_read(stack: Stack, elsewhere: Any) -> None:
    name = f"{stack.name}-there"
    body = json.dumps({"Resources": NOTHING, "Outputs": {"Made": {"Value": "there"}}})
    elsewhere.create_stack(StackName=name, TemplateBody=body)
    wait_for(
        lambda: elsewhere.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"],
        lambda status: status == "CREATE_COMPLETE",
    )
    assert read(stack, name, Region="eu-west-1") == "CREATE_COMPLETE"
    assert stack.outputs() == {"Seen": "there"}
    elsewhere.delete_stack(StackName=name)


def test_one_of_another_account_is_refused_with_what_to_do(stack: Stack) -> None:
    role = "arn:aws:iam::111111111111:role/reader"
    assert read(stack, "there", RoleArn=role) == "ROLLBACK_COMPLETE"
    assert [reason for *_, reason in stack.events() if "leave RoleArn out" in reason]
