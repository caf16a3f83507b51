"""The properties of earlier templates, which had the request as JSON in one text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.runtime.aws import ROLE, SOLUTION, FakeAws
from tests.support.runtime.requests import COPY, make_properties


@pytest.mark.parametrize(
    "request_",
    [
        {"numResults": 25},
        {
            "batchInferenceJobConfig": {
                "itemExplorationConfig": {"explorationWeight": "0.3"},
                "rankingInfluence": {"POPULARITY": 1, "FRESHNESS": 1.0},
            }
        },
        {"batchInferenceJobConfig": {"rankingInfluence": {"FRESHNESS": 1e-07}}},
        {"jobInput": {}, "jobOutput": {"s3DataDestination": {"kmsKeyArn": "arn:k"}}},
    ],
    ids=str,
)
def test_an_upgrade_from_a_request_in_one_text_finds_the_job(
    aws: FakeAws, request_: dict[str, Any]
) -> None:
    now = make_properties(request=request_, InputCopy=COPY, JobTags={"team": "films"})
    arguments = {name for name in now if name.endswith(("Arn", "Results", "Config"))}
    arguments |= {"JobInput", "JobOutput", "JobTags"}
    before = {name: now[name] for name in now.keys() - arguments}
    api = {
        "solutionVersionArn": f"{SOLUTION}/v1",
        "numResults": 10,
        "roleArn": ROLE,
        "jobInput": {"s3DataSource": {"path": "s3://in/users/"}},
        "jobOutput": {"s3DataDestination": {}},
        **request_,
    }
    api["jobInput"] = api["jobInput"] or {"s3DataSource": {}}
    before |= {
        "Request": json.dumps(api),
        "InputCopy": json.dumps(COPY),
        "Tags": json.dumps({"team": "films"}),
    }
    aws.memory.put("assets", "abc.json", b'{"userId": "1"}\n')
    first = aws.create(before)["PhysicalResourceId"]
    answer = aws.update(now, before, first)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", first)
    assert len(aws.jobs) == 1
    assert "TagResource" not in aws.operations()
    # And back again, when something else in the deployment fails.
    assert aws.update(before, now, first)["PhysicalResourceId"] == first
