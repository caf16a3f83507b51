"""Resource policies of CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.flow.policies import policy_of, refusal_of
from tests.support.flow.running_aws import RunningAws


@pytest.fixture
def logs(local_aws: RunningAws) -> Iterator[Any]:
    """The service; what a test adds is taken away."""
    client = local_aws.client("logs")
    before = {one["policyName"] for one in client.describe_resource_policies()["resourcePolicies"]}
    yield client
    for one in client.describe_resource_policies()["resourcePolicies"]:
        if one["policyName"] not in before:
            client.delete_resource_policy(policyName=one["policyName"])


def test_one_has_at_most_5120_characters(logs: Any) -> None:
    logs.put_resource_policy(policyName="flow", policyDocument=policy_of(5120))
    large = {"policyName": "flow", "policyDocument": policy_of(5121)}
    status, code, message = refusal_of(logs.put_resource_policy, **large)
    assert (status, code) == (400, "InvalidParameterException")
    assert message.endswith("Member must have length less than or equal to 5120")


def test_there_are_at_most_10(logs: Any) -> None:
    there = len(logs.describe_resource_policies()["resourcePolicies"])
    for number in range(10 - there):
        logs.put_resource_policy(policyName=f"flow-{number}", policyDocument=policy_of(200))
    more = {"policyName": "flow-more", "policyDocument": policy_of(200)}
    assert refusal_of(logs.put_resource_policy, **more)[1] == "LimitExceededException"
