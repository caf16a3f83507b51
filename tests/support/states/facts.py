"""What the definitions of workflows depend on."""

from __future__ import annotations

from typing import Any

from cdk_personalize_batch.request.kind import INFERENCE
from cdk_personalize_batch.states.run.facts import WorkflowFacts
from tests.support.states.machine import ACCOUNT

PERSONALIZE = f"arn:aws:personalize:eu-west-1:{ACCOUNT}"


def make_facts(**changes: Any) -> WorkflowFacts:
    """What the definition of a simple workflow depends on, with changes."""
    simple: dict[str, Any] = {
        "kind": INFERENCE,
        "request": {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/personalize"},
        "solution_version_arn": f"{PERSONALIZE}:solution/films/1",
        "solution_arn": None,
        "input_uri": "s3://in/users/",
        "output_uri": "s3://out/Films-Nightly/",
        "work_uri": "s3://out/_work/Films-Nightly/",
        "slug": "Films-Nightly",
        "partition": "aws",
        "jobs": f"{PERSONALIZE}:batch-inference-job/",
        "function_arn": f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:shards",
        "records_per_file": 50_000_000,
        "poll_seconds": 120,
        "timeout_seconds": 86_400,
        "max_concurrency": 5,
    }
    return WorkflowFacts(**{**simple, **changes})
