"""The requests as the real clients send them, checked against botocore's models."""

# boto3 makes its clients at run time.

from __future__ import annotations

import io
import json
from typing import Any

import boto3
import pytest
from botocore.response import StreamingBody
from botocore.stub import ANY

from personalize_batch_runtime import job
from personalize_batch_runtime._job import waiter
from personalize_batch_runtime._job.request import Wait
from tests.support.runtime.aws import FUNCTION, FakeAws
from tests.support.runtime.requests import make_properties, make_wait
from tests.support.runtime.stubs import NOW, SERVICES, look_at_stack

ACCOUNT = "arn:aws:personalize:us-east-1:123456789012"
SOLUTION = f"{ACCOUNT}:solution/shop"
ROLE = "arn:aws:iam::123456789012:role/personalize"
NAME = "mine"
KINDS = {
    "BatchInferenceJob": ("batch_inference_job", "batchInferenceJob", "batch-inference-job"),
    "BatchSegmentJob": ("batch_segment_job", "batchSegmentJob", "batch-segment-job"),
}


def job_arn(kind: str) -> str:
    return f"{ACCOUNT}:{KINDS[kind][2]}/{NAME}"


@pytest.mark.parametrize("kind", KINDS)
def test_every_call_of_a_job_with_all_there_is(
    stubs: Any, deliver: Any, aws: FakeAws, kind: str
) -> None:
    method, key, _ = KINDS[kind]
    arn = job_arn(kind)
    inference = kind == "BatchInferenceJob"
    request: dict[str, Any] = {
        "jobName": NAME,
        "numResults": 10,
        "filterArn": f"{ACCOUNT}:filter/new",
        "jobInput": {"s3DataSource": {"kmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/1"}},
        "jobOutput": {
            "s3DataDestination": {"kmsKeyArn": "arn:aws:kms:us-east-1:123456789012:key/2"}
        },
        "roleArn": ROLE,
    }
    if inference:
        request["batchInferenceJobConfig"] = {
            "itemExplorationConfig": {"explorationWeight": "0.1"},
            "rankingInfluence": {"POPULARITY": 0.5},
        }
        request["batchInferenceJobMode"] = "BATCH_INFERENCE"
    copy = {
        "sourceBucket": "assets",
        "sourceKey": "abc.json",
        "bucket": "input-bucket",
        "contentHash": "0123456789abcdef",
        "fileName": "users.json",
    }
    waited = make_wait()
    personalize, s3, states = stubs["personalize"], stubs["s3"], stubs["stepfunctions"]
    personalize.add_client_error(
        f"describe_{method}",
        service_error_code="ResourceNotFoundException",
        expected_params={f"{key}Arn": arn},
    )
    personalize.add_response(
        "list_solution_versions",
        {
            "solutionVersions": [
                {
                    "solutionVersionArn": f"{SOLUTION}/v1",
                    "status": "ACTIVE",
                    "creationDateTime": NOW,
                }
            ]
        },
        {"solutionArn": SOLUTION},
    )
    recipe = "aws-user-personalization-v2" if inference else "aws-item-affinity"
    personalize.add_response(
        "describe_solution_version",
        {
            "solutionVersion": {
                "solutionVersionArn": f"{SOLUTION}/v1",
                "status": "ACTIVE",
                "recipeArn": f"arn:aws:personalize:::recipe/{recipe}",
            }
        },
        {"solutionVersionArn": f"{SOLUTION}/v1"},
    )
    line = b'{"userId": "1"}' if inference else b'{"itemId": "1"}'
    s3.add_response(
        "get_object",
        {
            "Body": StreamingBody(io.BytesIO(line), len(line)),
            "ContentRange": f"bytes 0-{len(line) - 1}/{len(line)}",
        },
        {"Bucket": "assets", "Key": "abc.json", "Range": "bytes=0-65535"},
    )
    s3.add_response(
        "copy_object",
        {},
        {
            "CopySource": {"Bucket": "assets", "Key": "abc.json"},
            "Bucket": "input-bucket",
            "Key": "mine/0123456789ab/users.json",
            "TaggingDirective": "REPLACE",
        },
    )
    look_at_stack(stubs["cloudformation"])
    source = {**request["jobInput"]["s3DataSource"], "path": "s3://input-bucket/mine/0123456789ab/"}
    target = {**request["jobOutput"]["s3DataDestination"], "path": "s3://out/results/mine/"}
    personalize.add_response(
        f"create_{method}",
        {f"{key}Arn": arn},
        {
            **request,
            "solutionVersionArn": f"{SOLUTION}/v1",
            "jobInput": {"s3DataSource": source},
            "jobOutput": {"s3DataDestination": target},
            "tags": [{"tagKey": "team", "tagValue": "shop"}],
        },
    )
    name = waiter.execution_name(
        NAME, Wait(waited["stateMachineArn"], waited["handleUrl"], 3600, 60)
    )
    states.add_response(
        "start_execution",
        {"executionArn": "arn:aws:states:us-east-1:123456789012:execution:x:y", "startDate": NOW},
        {
            "stateMachineArn": waited["stateMachineArn"],
            "name": name,
            "input": json.dumps(
                {
                    "jobArn": arn,
                    "jobName": NAME,
                    "jobKind": kind,
                    "handleUrl": waited["handleUrl"],
                    "seconds": 3600,
                    "intervalSeconds": 60,
                }
            ),
        },
    )
    event = aws.event(
        "Create",
        {
            **make_properties(),
            "Request": json.dumps(request),
            "JobKind": kind,
            "SolutionArn": SOLUTION,
            "InputCopy": json.dumps(copy),
            "Tags": json.dumps({"team": "shop"}),
            "Preflight": "true",
            "Wait": json.dumps(waited),
        },
    )
    answer = deliver(event)
    assert (answer["Status"], answer["Reason"]) == ("SUCCESS", "")
    assert answer["Data"]["SolutionVersionArn"] == f"{SOLUTION}/v1"


@pytest.mark.parametrize("kind", KINDS)
def test_every_call_of_an_update_of_tags(stubs: Any, deliver: Any, aws: FakeAws, kind: str) -> None:
    method, key, _ = KINDS[kind]
    arn = job_arn(kind)
    found = {
        "jobName": NAME,
        f"{key}Arn": arn,
        "solutionVersionArn": f"{SOLUTION}/v1",
        "numResults": 10,
        "jobInput": {"s3DataSource": {"path": "s3://in/users/"}},
        "jobOutput": {"s3DataDestination": {"path": "s3://out/results/mine/"}},
        "roleArn": ROLE,
        "status": "ACTIVE",
    }
    stub = stubs["personalize"]
    stub.add_response(f"describe_{method}", {key: found}, {f"{key}Arn": arn})
    stub.add_response(
        "list_tags_for_resource",
        {"tags": [{"tagKey": "a", "tagValue": "1"}, {"tagKey": "b", "tagValue": "1"}]},
        {"resourceArn": arn},
    )
    stub.add_response("untag_resource", {}, {"resourceArn": arn, "tagKeys": ["a"]})
    stub.add_response(
        "tag_resource", {}, {"resourceArn": arn, "tags": [{"tagKey": "b", "tagValue": "2"}]}
    )
    old = make_properties(JobKind=kind, JobTags={"a": "1", "b": "1"}, request={"jobName": NAME})
    new = make_properties(JobKind=kind, JobTags={"b": "2"}, request={"jobName": NAME})
    answer = deliver(aws.event("Update", new, old=old, physical_id=arn))
    assert (answer["Status"], answer["Reason"]) == ("SUCCESS", "")


def test_every_call_of_a_job_that_waits_for_room(stubs: Any, deliver: Any, aws: FakeAws) -> None:
    personalize, left = stubs["personalize"], iter([900, 900, *[100] * 9])
    personalize.add_client_error(
        "describe_batch_inference_job", service_error_code="ResourceNotFoundException"
    )
    look_at_stack(stubs["cloudformation"])
    personalize.add_client_error(
        "create_batch_inference_job", service_error_code="LimitExceededException"
    )
    event = aws.event("Create", make_properties(WaitForRoom="3300"))
    stubs["lambda"].add_response(
        "invoke",
        {"StatusCode": 202},
        {"FunctionName": FUNCTION, "InvocationType": "Event", "Payload": ANY},
    )
    assert deliver(event, lambda: next(left)) is None


def test_every_call_of_a_listed_input(stubs: Any, deliver: Any, aws: FakeAws) -> None:
    stub, s3 = stubs["personalize"], stubs["s3"]
    stub.add_client_error(
        "describe_batch_inference_job", service_error_code="ResourceNotFoundException"
    )
    stub.add_response(
        "describe_solution_version",
        {
            "solutionVersion": {
                "solutionVersionArn": f"{SOLUTION}/v1",
                "status": "ACTIVE",
                "recipeArn": "arn:aws:personalize:::recipe/aws-sims",
            }
        },
        {"solutionVersionArn": f"{SOLUTION}/v1"},
    )
    first = {"Contents": [{"Key": "users/", "Size": 0}], "IsTruncated": True}
    s3.add_response(
        "list_objects_v2",
        {**first, "NextContinuationToken": "more"},
        {"Bucket": "in", "Prefix": "users/", "MaxKeys": 1000},
    )
    s3.add_response(
        "list_objects_v2",
        {"Contents": [{"Key": "users/a", "Size": 5}]},
        {"Bucket": "in", "Prefix": "users/", "MaxKeys": 1000, "ContinuationToken": "more"},
    )
    s3.add_response(
        "get_object",
        {"Body": StreamingBody(io.BytesIO(b"wrong"), 5), "ContentRange": "bytes 0-4/5"},
        {"Bucket": "in", "Key": "users/a", "Range": "bytes=0-65535"},
    )
    answer = deliver(aws.event("Create", make_properties(Preflight="true")))
    assert "s3://in/users/a line 1: the line is not a JSON object" in answer["Reason"]


def test_the_clients_are_made_when_they_are_needed_and_do_not_retry_by_themselves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[tuple[str, Any]] = []
    monkeypatch.setattr(boto3, "client", lambda name, config: made.append((name, config)))
    clients = job.Clients()
    assert made == []
    for _ in range(2):
        assert (clients.personalize, clients.s3, clients.states) == (None, None, None)
        assert (clients.cloudformation, clients.functions) == (None, None)
    assert [name for name, _ in made] == list(SERVICES)
    assert all(config.retries == {"total_max_attempts": 1} for _, config in made)
    assert [config.read_timeout for _, config in made] == [20, 90, 20, 5, 20]
