"""Programs that are no AWS client of Python, and services that are not there."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.running_aws import RunningAws

CALLS = "/_personalize/calls"


@pytest.mark.parametrize(
    "command",
    [
        ["curl", "--silent", "--show-error", "--fail", "{url}"],
        [
            sys.executable,
            "-c",
            "import requests; print(requests.get('{url}', timeout=60).text)",
        ],
    ],
    ids=["curl", "requests"],
)
def test_programs_trust_the_certificate(local_aws: RunningAws, command: list[str]) -> None:
    url = local_aws.environment["AWS_ENDPOINT_URL"] + CALLS
    done = local_aws.run([word.format(url=url) for word in command])
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("{")


@pytest.mark.parametrize(
    ("service", "operation", "request_"),
    [
        ("personalize-runtime", "get_recommendations", {"campaignArn": "arn:aws:personalize:::x"}),
        (
            "personalize-events",
            "put_events",
            {
                "trackingId": "x",
                "sessionId": "x",
                "eventList": [{"eventType": "x", "sentAt": 0}],
            },
        ),
    ],
)
def test_a_call_of_another_service_is_told_by_name(
    local_aws: RunningAws, service: str, operation: str, request_: dict[str, Any]
) -> None:
    client = local_aws.client(service)
    name = client.meta.method_to_api_mapping[operation]
    with pytest.raises(ClientError, match=f"no operation {name} of {service}") as caught:
        getattr(client, operation)(**request_)
    assert caught.value.response["Error"]["Code"] == "UnknownOperationException"
