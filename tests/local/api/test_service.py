from __future__ import annotations

import inspect
from typing import Any

import pytest

from personalize_local.api.service import PersonalizeService
from personalize_local.cloud import Cloud, Credentials
from personalize_local.errors import AccessDenied, ApiError, access_denied
from tests.support.local.service import Local, make_caller

ACCOUNT = "123456789012"
BASE = f"arn:aws:personalize:us-east-1:{ACCOUNT}"
JOB = f"{BASE}:batch-inference-job/job"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/personalize"


def refused(local: Local, operation: str, **parameters: object) -> ApiError:
    with pytest.raises(ApiError) as caught:
        local.call(operation, **parameters)
    return caught.value


def refused_create(local: Local, recipe: str = "user-personalization", **more: object) -> ApiError:
    return refused(local, "CreateBatchInferenceJob", **local.request(recipe, **more))


def test_create_returns_the_arn_and_describe_returns_the_request(local: Local) -> None:
    config = {
        "itemExplorationConfig": {"explorationWeight": "0.3", "explorationItemAgeCutOff": "30"}
    }
    request = local.request(
        filterArn=f"{BASE}:filter/local-exclude-seen",
        numResults=10,
        batchInferenceJobConfig=config,
        tags=[{"tagKey": "a", "tagValue": "b"}],
    )
    assert local.call("CreateBatchInferenceJob", **request) == {"batchInferenceJobArn": JOB}
    found = local.call("DescribeBatchInferenceJob", batchInferenceJobArn=JOB)["batchInferenceJob"]
    request.pop("tags")
    assert {key: found[key] for key in request} == request
    assert found["batchInferenceJobMode"] == "BATCH_INFERENCE"
    tags = local.call("ListTagsForResource", resourceArn=JOB)
    assert tags == {"tags": [{"tagKey": "a", "tagValue": "b"}]}


def test_describe_shows_the_default_number_of_results_and_no_nulls(local: Local) -> None:
    source = {"s3DataSource": {"path": "s3://in/users.json", "kmsKeyArn": None}}
    local.create(jobInput=source, filterArn=None)
    found = local.call("DescribeBatchInferenceJob", batchInferenceJobArn=JOB)["batchInferenceJob"]
    assert found["numResults"] == 25
    assert "filterArn" not in found
    assert found["jobInput"] == {"s3DataSource": {"path": "s3://in/users.json"}}


def test_create_checks_all_that_the_caller_needs(local: Local) -> None:
    local.create(tags=[{"tagKey": "a", "tagValue": "b"}])
    context = {"aws:RequestTag/a": "b"}
    solution = local.solution("user-personalization-v2")
    assert local.cloud.authorized[-4:] == [
        ("personalize:CreateBatchInferenceJob", JOB, context),
        ("personalize:CreateBatchInferenceJob", solution, context),
        ("personalize:TagResource", JOB, context),
        ("iam:PassRole", ROLE, {"iam:PassedToService": "personalize.amazonaws.com"}),
    ]


@pytest.mark.parametrize(
    ("denied", "resource"),
    [
        (f"personalize:CreateBatchInferenceJob {JOB}", JOB),
        (
            f"personalize:CreateBatchInferenceJob {BASE}:solution/local-user-personalization",
            f"{BASE}:solution/local-user-personalization",
        ),
        ("personalize:TagResource", JOB),
        ("iam:PassRole", ROLE),
    ],
)
def test_create_is_denied_when_one_permission_is_missing(
    local: Local, denied: str, resource: str
) -> None:
    local.cloud.denied.add(denied)
    error = refused_create(local, tags=[{"tagKey": "a", "tagValue": "b"}])
    assert error.code == "AccessDeniedException"
    assert error.message == (
        f"User: a principal of account {ACCOUNT} is not authorized to perform: "
        f"{denied.split()[0]} on resource: {resource} because no identity-based policy allows it"
    )
    assert refused(local, "DescribeBatchInferenceJob", batchInferenceJobArn=JOB).code == (
        "ResourceNotFoundException"
    )


def test_denial_names_the_principal_or_repeats_the_whole_sentence() -> None:
    named = access_denied(AccessDenied(principal="arn:aws:iam::1:user/u"), "1", "a:B", "*")
    assert named.message == (
        "User: arn:aws:iam::1:user/u is not authorized to perform: a:B on resource: *"
    )
    whole = "User: u is not authorized to perform: a:B"
    assert str(access_denied(AccessDenied(whole), "1", "a:B", "*")) == (
        f"AccessDeniedException: {whole}"
    )


VERSION = f"{BASE}:solution/local-user-personalization-v2/VERSION"
CALLS: list[tuple[str, dict[str, object], str]] = [
    ("DescribeBatchInferenceJob", {"batchInferenceJobArn": JOB}, JOB),
    ("ListBatchInferenceJobs", {}, "*"),
    ("DescribeSolution", {"solutionArn": f"{BASE}:solution/s"}, f"{BASE}:solution/s"),
    ("ListSolutions", {}, "*"),
    ("DescribeSolutionVersion", {"solutionVersionArn": VERSION}, VERSION),
    ("ListSolutionVersions", {"solutionArn": f"{BASE}:solution/s"}, "*"),
    ("ListSolutionVersions", {}, "*"),
    (
        "DescribeRecipe",
        {"recipeArn": "arn:aws:personalize:::recipe/x"},
        "arn:aws:personalize:::recipe/x",
    ),
    ("TagResource", {"resourceArn": JOB, "tags": []}, JOB),
    ("UntagResource", {"resourceArn": JOB, "tagKeys": []}, JOB),
    ("ListTagsForResource", {"resourceArn": JOB}, JOB),
]


@pytest.mark.parametrize(("operation", "parameters", "resource"), CALLS)
def test_every_operation_is_authorized_on_its_resource(
    local: Local, operation: str, parameters: dict[str, object], resource: str
) -> None:
    local.cloud.denied.add(f"personalize:{operation}")
    error = refused(local, operation, **parameters)
    assert error.code == "AccessDeniedException"
    assert f"personalize:{operation} on resource: {resource} because" in error.message


@pytest.mark.parametrize(
    ("operation", "parameters", "resource"), [call for call in CALLS if call[2] != "*"]
)
def test_unknown_resources_are_not_found(
    local: Local, operation: str, parameters: dict[str, object], resource: str
) -> None:
    error = refused(local, operation, **parameters)
    assert (error.code, resource in error.message) == ("ResourceNotFoundException", True)


def test_unknown_operations_are_refused(local: Local) -> None:
    error = refused(local, "DeleteBatchInferenceJob")
    assert error.code == "UnknownOperationException"
    assert "CreateBatchInferenceJob" in error.message


def test_parameters_are_validated_before_anything_else(local: Local) -> None:
    local.cloud.denied.add("personalize:DescribeSolution")
    assert refused(local, "DescribeSolution").code == "InvalidInputException"


def test_the_role_must_trust_personalize_when_the_job_is_made(local: Local) -> None:
    local.cloud.denied.add("sts:AssumeRole")
    error = refused_create(local)
    assert error.code == "InvalidInputException"
    assert "cannot be assumed by personalize.amazonaws.com" in error.message
    assert f"aws:SourceArn {JOB}" in error.message


def test_a_name_is_taken_for_good_even_when_its_role_is_gone(local: Local) -> None:
    local.finish(local.create())
    local.cloud.denied.add("sts:AssumeRole")
    error = refused_create(local)
    assert error.code == "ResourceAlreadyExistsException"
    assert JOB in error.message


def test_a_taken_name_is_found_before_the_quota(local: Local) -> None:
    local.time.gate.clear()
    for number in range(5):
        local.create(jobName=f"j{number}")
    assert refused_create(local, jobName="j0").code == "ResourceAlreadyExistsException"
    assert refused_create(local, jobName="j5").code == "LimitExceededException"
    local.time.gate.set()


@pytest.mark.parametrize("other", [{"account": "1" * 12}, {"region": "eu-west-1"}])
def test_accounts_and_regions_do_not_see_each_other(local: Local, other: dict[str, str]) -> None:
    local.create()
    local.caller = make_caller(**other)
    assert local.call("ListBatchInferenceJobs") == {"batchInferenceJobs": []}
    error = refused(local, "DescribeBatchInferenceJob", batchInferenceJobArn=JOB)
    assert error.code == "ResourceNotFoundException"
    error = refused(local, "ListTagsForResource", resourceArn=JOB)
    assert error.code == "ResourceNotFoundException"


def test_jobs_are_listed_in_pages_and_by_solution_version(local: Local) -> None:
    arns = [local.create(jobName=f"a{number}") for number in range(3)]
    local.create("hrnn", jobName="b")
    version = local.version("user-personalization-v2")
    query = {"solutionVersionArn": version, "maxResults": 2}
    first = local.call("ListBatchInferenceJobs", **query)
    second = local.call("ListBatchInferenceJobs", **query, nextToken=first["nextToken"])
    rows = first["batchInferenceJobs"] + second["batchInferenceJobs"]
    assert [row["batchInferenceJobArn"] for row in rows] == arns
    assert "nextToken" not in second
    assert len(local.call("ListBatchInferenceJobs")["batchInferenceJobs"]) == 4


@pytest.mark.parametrize("token", ["x", "MTIz", "", "9" * 40, "~"])
def test_invented_tokens_are_refused(local: Local, token: str) -> None:
    assert refused(local, "ListSolutions", nextToken=token).code == "InvalidNextTokenException"


def test_a_token_of_another_list_is_refused(local: Local) -> None:
    token = local.call("ListSolutions", maxResults=1)["nextToken"]
    error = refused(local, "ListSolutionVersions", nextToken=token)
    assert error.code == "InvalidNextTokenException"


def test_solutions_are_listed_by_their_data_set_group(local: Local) -> None:
    every = local.call("ListSolutions")["solutions"]
    assert local.call("ListSolutions", datasetGroupArn=f"{BASE}:dataset-group/local") == {
        "solutions": every
    }
    assert local.call("ListSolutions", datasetGroupArn=f"{BASE}:dataset-group/x") == {
        "solutions": []
    }


def tags(start: int, count: int) -> list[dict[str, str]]:
    return [{"tagKey": f"k{number}", "tagValue": "v"} for number in range(start, start + count)]


def test_a_resource_has_fifty_tags(local: Local) -> None:
    assert refused_create(local, tags=tags(0, 51)).code == "TooManyTagsException"
    local.create(tags=tags(0, 49))
    assert local.call("TagResource", resourceArn=JOB, tags=tags(48, 2)) == {}
    error = refused(local, "TagResource", resourceArn=JOB, tags=tags(60, 1))
    assert error.code == "TooManyTagsException"
    assert len(local.call("ListTagsForResource", resourceArn=JOB)["tags"]) == 50


def test_tags_can_be_changed_and_removed(local: Local) -> None:
    arn = local.solution("hrnn")
    local.call("TagResource", resourceArn=arn, tags=tags(0, 2))
    local.call("TagResource", resourceArn=arn, tags=[{"tagKey": "k0", "tagValue": "new"}])
    assert local.call("UntagResource", resourceArn=arn, tagKeys=["k1", "none"]) == {}
    assert local.call("ListTagsForResource", resourceArn=arn) == {
        "tags": [{"tagKey": "k0", "tagValue": "new"}]
    }
    local.call("UntagResource", resourceArn=f"{BASE}:filter/local-by-genre", tagKeys=["k"])


def test_real_sleep_ends_early_on_close(local: Local) -> None:
    service = PersonalizeService(local.cloud, job_seconds=3600)
    request = local.request()
    service.call("CreateBatchInferenceJob", request, local.caller)
    service.close()
    found = service.call("DescribeBatchInferenceJob", {"batchInferenceJobArn": JOB}, local.caller)
    job: Any = found["batchInferenceJob"]
    assert (job["status"], "was stopped" in job["failureReason"]) == ("CREATE FAILED", True)


def test_secrets_stay_out_of_the_representation() -> None:
    assert "hidden" not in repr(Credentials("id", "hidden", "hidden"))


def test_fake_cloud_has_the_methods_of_the_protocol(local: Local) -> None:
    for name in (one for one in vars(Cloud) if not one.startswith("_")):
        expected = inspect.signature(getattr(Cloud, name)).parameters
        assert list(inspect.signature(getattr(type(local.cloud), name)).parameters) == list(
            expected
        )
