"""Policies say in which namespaces metrics may be put."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from tests.support.flow.machines import (
    Machines,
    allow,
)
from tests.support.flow.running_aws import RunningAws


@pytest.mark.parametrize("namespace", ["Films", "Elsewhere"])
def test_metrics_are_put_in_the_namespace_of_the_policy(
    local_aws: RunningAws, machines: Machines, namespace: str
) -> None:
    metric = {"MetricName": f"m{uuid.uuid4().hex[:8]}", "Value": 2}
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:cloudwatch:putMetricData",
        "Arguments": {"Namespace": namespace, "MetricData": [metric]},
        "End": True,
    }
    condition = {"StringEquals": {"cloudwatch:namespace": "Films"}}
    statement: Any = {**allow("cloudwatch:PutMetricData"), "Condition": condition}
    ended = machines.finish(machines.start(machines.create({"Put": put}, statement)))
    listed = local_aws.client("cloudwatch").list_metrics(MetricName=metric["MetricName"])
    if namespace == "Films":
        assert ended["status"] == "SUCCEEDED", ended
        assert [one["Namespace"] for one in listed["Metrics"]] == ["Films"]
    else:
        assert "cloudwatch:PutMetricData" in ended["cause"]
        assert listed["Metrics"] == []
