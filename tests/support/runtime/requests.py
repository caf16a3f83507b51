"""What CloudFormation sends to the job's runtime."""

from __future__ import annotations

import json
from typing import Any

from tests.support.runtime.aws import FUNCTION, MACHINE, ROLE, VERSION

# The property InputCopy: a file of the assets that becomes the input.
COPY = {
    "sourceBucket": "assets",
    "sourceKey": "abc.json",
    "bucket": "in",
    "contentHash": "0123456789abcdef",
    "fileName": "users.json",
}


def make_properties(**changes: Any) -> dict[str, Any]:
    """The properties of a custom resource: a plain inference job, with changes."""
    request = {
        "solutionVersionArn": VERSION,
        "numResults": 10,
        "jobInput": {"s3DataSource": {"path": "s3://in/users/"}},
        "roleArn": ROLE,
    }
    request |= changes.pop("request", {})
    base = {
        **{
            f"{name[0].upper()}{name[1:]}": value
            for name, value in request.items()
            if value is not None
        },
        "ServiceToken": FUNCTION,
        "JobNamePrefix": "shop-job",
        "OutputPrefix": "s3://out/results/",
    }
    if isinstance(tags := changes.get("JobTags"), dict):
        changes["JobTags"] = [{"key": key, "value": value} for key, value in tags.items()]
    given = {name: value for name, value in {**base, **changes}.items() if value is not None}
    # CloudFormation makes each scalar a text.
    sent: dict[str, Any] = json.loads(json.dumps(given), parse_int=str, parse_float=str)
    return sent


def make_wait(
    handle: str = "https://handles.example/1?Signature=secret", **changes: Any
) -> dict[str, Any]:
    """The property Waiter."""
    return {
        "stateMachineArn": MACHINE,
        "handleUrl": handle,
        "seconds": 3600,
        "intervalSeconds": 60,
        **changes,
    }
