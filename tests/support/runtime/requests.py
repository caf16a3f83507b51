"""What CloudFormation sends to the job's runtime."""

from __future__ import annotations

import json
from typing import Any

from tests.support.runtime.aws import MACHINE, ROLE, VERSION


def make_properties(**changes: Any) -> dict[str, Any]:
    """The properties of a custom resource: a plain inference job, with changes."""
    request = {
        "solutionVersionArn": VERSION,
        "numResults": 10,
        "jobInput": {"s3DataSource": {"path": "s3://in/users/"}},
        "roleArn": ROLE,
    }
    base = {
        "Request": json.dumps({**request, **changes.pop("request", {})}),
        "JobNamePrefix": "shop-job",
        "OutputPrefix": "s3://out/results/",
    }
    texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in changes.items()}
    return {key: value for key, value in {**base, **texts}.items() if value != "null"}


def make_wait(
    handle: str = "https://handles.example/1?Signature=secret", **changes: Any
) -> dict[str, Any]:
    """The property Wait."""
    return {
        "stateMachineArn": MACHINE,
        "handleUrl": handle,
        "seconds": 3600,
        "intervalSeconds": 60,
        **changes,
    }
