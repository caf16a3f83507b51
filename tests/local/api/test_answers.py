from __future__ import annotations

from typing import Any

from personalize_local.api import model
from tests.support.local.service import Local

ACCOUNT = "123456789012"
BASE = f"arn:aws:personalize:us-east-1:{ACCOUNT}"
JOB = f"{BASE}:batch-inference-job/job"
THEMES = {"fieldsForThemeGeneration": {"itemName": "TITLE"}}


def tags(start: int, count: int) -> list[dict[str, str]]:
    return [{"tagKey": f"k{number}", "tagValue": "v"} for number in range(start, start + count)]


def answers(local: Local) -> list[tuple[str, dict[str, Any]]]:
    """One answer of every operation, with as many members as it can have."""
    local.s3.put("in", "users.json", b'{"itemId":"1001"}')
    segment = local.request("item-affinity", jobName="segment")
    more = {"batchInferenceJobMode": "THEME_GENERATION", "themeGenerationConfig": THEMES}
    found = [
        ("CreateBatchInferenceJob", local.request("similar-items", **more)),
        ("CreateBatchInferenceJob", local.request(jobName="failing", jobInput=located("in/no"))),
        ("CreateBatchSegmentJob", segment),
    ]
    results = [(operation, local.call(operation, **request)) for operation, request in found]
    for _, result in results:
        local.finish(next(iter(result.values())))
    failing = f"{BASE}:batch-inference-job/failing"
    ready = local.version("hrnn")
    failed = local.call("ListSolutionVersions", solutionArn=local.solution("not-ready"))
    calls: list[tuple[str, dict[str, object]]] = [
        ("DescribeBatchInferenceJob", {"batchInferenceJobArn": JOB}),
        ("DescribeBatchInferenceJob", {"batchInferenceJobArn": failing}),
        ("DescribeBatchSegmentJob", {"batchSegmentJobArn": f"{BASE}:batch-segment-job/segment"}),
        ("ListBatchInferenceJobs", {"maxResults": 1}),
        ("ListBatchInferenceJobs", {}),
        ("ListBatchSegmentJobs", {}),
        ("DescribeSolution", {"solutionArn": local.solution("hrnn")}),
        ("ListSolutions", {}),
        ("DescribeSolutionVersion", {"solutionVersionArn": ready}),
        ("DescribeSolutionVersion", first(failed)),
        ("ListSolutionVersions", {}),
        ("DescribeRecipe", {"recipeArn": "arn:aws:personalize:::recipe/aws-sims"}),
        ("TagResource", {"resourceArn": JOB, "tags": tags(0, 1)}),
        ("ListTagsForResource", {"resourceArn": JOB}),
        ("UntagResource", {"resourceArn": JOB, "tagKeys": ["k0"]}),
    ]
    return results + [(operation, local.call(operation, **given)) for operation, given in calls]


def located(place: str) -> dict[str, object]:
    return {"s3DataSource": {"path": f"s3://{place}"}}


def first(listed: dict[str, Any]) -> dict[str, object]:
    return {"solutionVersionArn": listed["solutionVersions"][0]["solutionVersionArn"]}


def test_every_answer_has_the_shape_of_the_service_model(local: Local) -> None:
    given = answers(local)
    assert {operation for operation, _ in given} == local.service.operations
    for operation, answer in given:
        shape = model.service_model().operation_model(operation).output_shape
        assert model.problems(shape, answer) == [], operation
        assert set(answer) <= set(shape.members)


def test_failed_jobs_and_versions_say_why(local: Local) -> None:
    reasons = [
        next(iter(answer.values())).get("failureReason")
        for operation, answer in answers(local)
        if operation in ("DescribeBatchInferenceJob", "DescribeSolutionVersion")
    ]
    assert [bool(reason) for reason in reasons] == [False, True, False, True]
