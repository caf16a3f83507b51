"""A state machine runs queries of Athena."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.flow.machines import Machines, allow


def query(bucket: str, statement: str, suffix: str = ".sync") -> dict[str, Any]:
    state = {
        "Type": "Task",
        "Resource": f"arn:aws:states:::athena:startQueryExecution{suffix}",
        "Arguments": {
            "QueryString": statement,
            "ResultConfiguration": {"OutputLocation": f"s3://{bucket}/results/"},
        },
        "End": True,
    }
    return {"Query": state}


ALLOWED = (allow("athena:*"), allow("s3:*"), allow("glue:*"))


def test_a_query_is_waited_for(machines: Machines, bucket: str) -> None:
    # Step Functions Developer Guide, Run Athena queries with Step Functions
    pytest.importorskip("duckdb")
    found = machines.run(query(bucket, "SELECT 1"), *ALLOWED)
    assert found["QueryExecution"]["Status"]["State"] == "SUCCEEDED"


def test_a_query_that_fails_is_a_failed_task(machines: Machines, bucket: str) -> None:
    pytest.importorskip("duckdb")
    machine = machines.create(query(bucket, "SELECT nothing FROM nowhere"), *ALLOWED)
    ended = machines.finish(machines.start(machine))
    assert ended["error"] == "States.TaskFailed"
    assert json.loads(ended["cause"])["QueryExecution"]["Status"]["State"] == "FAILED"


def test_a_query_can_be_started_alone(machines: Machines, bucket: str) -> None:
    assert machines.run(query(bucket, "SELECT 1", ""), *ALLOWED).keys() == {"QueryExecutionId"}
