"""Policies name log groups by the ARN that ends in `:*`."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from botocore.exceptions import ClientError

from personalize_local.host.environment import ACCOUNT
from tests.support.flow.running_aws import RunningAws


@pytest.mark.parametrize(
    ("end", "allowed"),
    [(":*", "delete_log_group"), ("", "list_tags_for_resource")],
)
def test_the_end_of_the_arn_says_what_is_allowed(
    local_aws: RunningAws, end: str, allowed: str
) -> None:
    name = f"/arns/{uuid.uuid4().hex[:8]}"
    arn = f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:{name}"
    local_aws.client("logs").create_log_group(logGroupName=name)
    session = local_aws.assume_new_role(
        {"Effect": "Allow", "Action": "logs:*", "Resource": f"{arn}{end}"}
    )
    logs = local_aws.client("logs", session)
    calls: dict[str, Callable[[], object]] = {
        "list_tags_for_resource": lambda: logs.list_tags_for_resource(resourceArn=arn),
        "delete_log_group": lambda: logs.delete_log_group(logGroupName=name),
    }
    for call, run in calls.items():
        if call == allowed:
            run()
            continue
        with pytest.raises(ClientError, match="not authorized"):
            run()
