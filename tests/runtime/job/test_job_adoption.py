"""A job's life: created once, adopted ever after, left alone at the end."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.runtime.aws import ROLE, FakeAws
from tests.support.runtime.requests import COPY, make_properties, make_wait

PREFIX = "arn:aws:personalize:us-east-1:123456789012:batch-inference-job/"
SOLUTION = "arn:aws:personalize:us-east-1:123456789012:solution/shop"
OTHER = f"{ROLE}-2"


def test_create_makes_the_job_that_the_properties_ask_for(aws: FakeAws) -> None:
    answer = aws.create(make_properties())
    assert answer["Status"] == "SUCCESS"
    name = answer["Data"]["JobName"]
    assert name.startswith("shop-job-")
    assert answer["PhysicalResourceId"] == PREFIX + name
    assert answer["Data"] == {
        "JobArn": PREFIX + name,
        "JobName": name,
        "OutputUri": f"s3://out/results/{name}/",
        "SolutionVersionArn": f"{SOLUTION}/v1",
    }
    [request] = aws.requests("CreateBatchInferenceJob")
    assert request == {
        "jobName": name,
        "solutionVersionArn": f"{SOLUTION}/v1",
        "numResults": 10,
        "jobInput": {"s3DataSource": {"path": "s3://in/users/"}},
        "jobOutput": {"s3DataDestination": {"path": f"s3://out/results/{name}/"}},
        "roleArn": "arn:aws:iam::123456789012:role/personalize",
    }


def test_the_attributes_of_a_run_have_its_mark(aws: FakeAws) -> None:
    plain = aws.create(make_properties())
    marked = aws.update(
        make_properties(RunMark="0a1b"), make_properties(), plain["PhysicalResourceId"]
    )
    assert marked["PhysicalResourceId"] == plain["PhysicalResourceId"]
    assert marked["Data"] == {f"{name}0a1b": value for name, value in plain["Data"].items()}


def test_a_segment_job_is_made_by_its_own_operations(aws: FakeAws) -> None:
    answer = aws.create(make_properties(JobKind="BatchSegmentJob"))
    assert ":batch-segment-job/" in answer["PhysicalResourceId"]
    assert aws.operations() == ["DescribeBatchSegmentJob", "CreateBatchSegmentJob"]


def test_the_answer_names_the_event_it_answers(aws: FakeAws) -> None:
    event = aws.event("Create", make_properties())
    answer = aws.deliver(event)
    keys = ("StackId", "RequestId", "LogicalResourceId")
    assert {key: answer[key] for key in keys} == {key: event[key] for key in keys}


def test_the_same_event_again_finds_the_job(aws: FakeAws) -> None:
    event = aws.event("Create", make_properties())
    assert aws.deliver(event) == aws.deliver(event)
    assert aws.operations().count("CreateBatchInferenceJob") == 1


@pytest.mark.aws("numResults of a job that has run")
@pytest.mark.parametrize("name", [{}, {"jobName": "mine"}], ids=["made", "given"])
def test_a_job_that_shows_how_many_results_it_made_is_found(
    aws: FakeAws, name: dict[str, str]
) -> None:
    event = aws.event("Create", make_properties(request=name))
    answer = aws.deliver(event)
    (job,) = aws.jobs.values()
    job["numResults"] = 4200
    assert aws.deliver(event) == answer
    assert len(aws.jobs) == 1


@pytest.mark.parametrize(
    ("output", "folder"), [("s3://in/", "s3://in/_input/"), ("s3://in-2/", "s3://in/")]
)
def test_input_never_lies_in_the_folder_of_the_output(
    aws: FakeAws, output: str, folder: str
) -> None:
    aws.memory.put("assets", "abc.json", b'{"userId": "1"}\n')
    answer = aws.create(make_properties(InputCopy=COPY, OutputPrefix=output))
    name = answer["Data"]["JobName"]
    [request] = aws.requests("CreateBatchInferenceJob")
    path = request["jobInput"]["s3DataSource"]["path"]
    assert path == f"{folder}{name}/0123456789ab/"
    assert not path.startswith(answer["Data"]["OutputUri"])


@pytest.mark.parametrize(
    "change",
    [
        {"RunKey": "2"},
        {"request": {"numResults": 11}},
        {"OutputPrefix": "s3://out/other/"},
        {"JobKind": "BatchSegmentJob"},
        {"SolutionArn": SOLUTION, "request": {"solutionVersionArn": None}},
        {"InputCopy": {**COPY, "contentHash": "fedcba9876543210"}},
    ],
)
def test_another_request_is_another_job(aws: FakeAws, change: Any) -> None:
    before = make_properties(InputCopy=COPY)
    aws.memory.put("assets", "abc.json", b'{"userId": "1"}\n')
    first = aws.create(before)["PhysicalResourceId"]
    second = aws.update(make_properties(**{"InputCopy": COPY, **change}), before, first)
    assert second["Status"] == "SUCCESS"
    assert second["PhysicalResourceId"] != first
    # Not only the ARN, which has the kind: two jobs never write below one prefix.
    assert not first.endswith(second["Data"]["JobName"])
    assert len(aws.jobs) == 2


def test_another_solution_whose_latest_version_is_asked_for_is_another_job(aws: FakeAws) -> None:
    solutions = [SOLUTION, f"{SOLUTION}-2"]
    for solution in solutions:
        aws.create(make_properties(SolutionArn=solution, request={"solutionVersionArn": None}))
    assert len(aws.jobs) == 2


@pytest.mark.parametrize(
    "change",
    [
        {"JobTags": {"team": "search"}},
        {"Preflight": "true"},
        {"Waiter": "wait"},
        {"InputCopy": {**COPY, "sourceBucket": "other-assets", "sourceKey": "x"}},
    ],
    ids=str,
)
def test_what_is_beside_the_request_leaves_the_job_the_same(
    aws: FakeAws, change: dict[str, Any]
) -> None:
    before = make_properties(InputCopy=COPY)
    aws.memory.put("assets", "abc.json", b'{"userId": "1"}\n')
    first = aws.create(before)["PhysicalResourceId"]
    after = {"InputCopy": COPY, **change, **({"Waiter": make_wait()} if "Waiter" in change else {})}
    answer = aws.update(make_properties(**after), before, first)
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == first
    assert len(aws.jobs) == 1


def test_two_stacks_with_the_same_request_have_two_jobs(aws: FakeAws) -> None:
    aws.create(make_properties())
    aws.deliver(
        {**aws.event("Create", make_properties()), "StackId": "arn:aws:a:us-east-1:1:stack/x/y"}
    )
    names = [request["jobName"] for request in aws.requests("CreateBatchInferenceJob")]
    assert len(set(names)) == 2


def test_the_input_is_copied_below_the_jobs_own_prefix(aws: FakeAws) -> None:
    aws.memory.put("assets", "abc.json", b'{"userId": "1"}\n')
    name = aws.create(make_properties(InputCopy=COPY))["Data"]["JobName"]
    folder = f"{name}/0123456789ab/"
    assert aws.memory.content("in", f"{folder}users.json") == b'{"userId": "1"}\n'
    [request] = aws.requests("CreateBatchInferenceJob")
    assert request["jobInput"]["s3DataSource"]["path"] == f"s3://in/{folder}"


def test_a_rollback_needs_neither_input_nor_solution_version(aws: FakeAws) -> None:
    before = make_properties(InputCopy=COPY, Preflight="true")
    after = make_properties(InputCopy=COPY, Preflight="true", RunKey="2")
    aws.memory.put("assets", "abc.json", b'{"userId": "1"}\n')
    first = aws.create(before)["PhysicalResourceId"]
    second = aws.update(after, before, first)["PhysicalResourceId"]
    aws.memory.objects["assets"].clear()
    aws.versions.clear()
    aws.calls.clear()
    answer = aws.update(before, after, second)
    assert (answer["Status"], answer["PhysicalResourceId"]) == ("SUCCESS", first)
    assert aws.operations() == ["DescribeBatchInferenceJob"]


def test_fails_where_a_given_name_is_taken_by_another_request(aws: FakeAws) -> None:
    aws.create(make_properties(request={"jobName": "mine"}))
    answer = aws.create(
        make_properties(request={"jobName": "mine", "roleArn": OTHER, "filterArn": "arn:aws:f"})
    )
    assert answer["Status"] == "FAILED"
    assert answer["Reason"] == (
        "Batch inference job mine was not created: a job of this name exists already and its "
        "request is another one (filterArn: it has nothing, asked for 'arn:aws:f'; roleArn: it "
        f"has '{ROLE}', asked for '{OTHER}'). Names of jobs cannot be used twice: give another "
        "job_name, or leave it out to have one made from the request."
    )


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, {"numResults": 25, "batchInferenceJobMode": "BATCH_INFERENCE"}),
        ({}, {"batchInferenceJobConfig": {"itemExplorationConfig": {"undocumented": "7"}}}),
        ({}, {"batchInferenceJobConfig": {"itemExplorationConfig": {"explorationWeight": "0.3"}}}),
        ({"batchInferenceJobConfig": {"rankingInfluence": {"FRESHNESS": 0.0}}}, {}),
        (
            {"batchInferenceJobConfig": {"itemExplorationConfig": {"explorationWeight": "0.30"}}},
            {"batchInferenceJobConfig": {"itemExplorationConfig": {"explorationWeight": "0.3"}}},
        ),
        ({}, {"filterArn": "", "themeGenerationConfig": {}, "failureReason": "it has one"}),
    ],
)
def test_the_services_defaults_are_no_differences(aws: FakeAws, asked: Any, found: Any) -> None:
    properties = make_properties(request={"numResults": None, **asked})
    arn = aws.create(properties)["PhysicalResourceId"]
    for key in asked:
        del aws.jobs[arn][key]
    aws.jobs[arn].update(found)
    assert aws.create(properties)["Status"] == "SUCCESS"


def test_the_newest_active_version_is_found_on_every_page(aws: FakeAws) -> None:
    aws.versions = [
        {"solutionVersionArn": f"{SOLUTION}/{name}", "status": status, "creationDateTime": time}
        for name, status, time in [
            ("old", "ACTIVE", 1),
            ("training", "CREATE IN_PROGRESS", 9),
            ("newest", "ACTIVE", 5),
            ("older", "ACTIVE", 4),
            ("failed", "CREATE FAILED", 8),
        ]
    ]
    latest = make_properties(SolutionArn=SOLUTION, request={"solutionVersionArn": None})
    answer = aws.create(latest)
    assert answer["Data"]["SolutionVersionArn"] == f"{SOLUTION}/newest"
    assert len(aws.requests("ListSolutionVersions")) == 3
    assert aws.requests("CreateBatchInferenceJob")[0]["solutionVersionArn"] == f"{SOLUTION}/newest"
    # A newer version is no reason for another job.
    aws.versions.append(
        {"solutionVersionArn": f"{SOLUTION}/v9", "status": "ACTIVE", "creationDateTime": 99}
    )
    assert aws.create(latest)["Data"] == answer["Data"]


@pytest.mark.parametrize(
    ("versions", "text"),
    [
        ([], "it has none."),
        (
            [{"solutionVersionArn": "arn:v", "status": "CREATE FAILED", "creationDateTime": 1}],
            "it has arn:v (CREATE FAILED).",
        ),
    ],
)
def test_fails_where_no_version_is_active(aws: FakeAws, versions: Any, text: str) -> None:
    aws.versions = versions
    latest = make_properties(SolutionArn=SOLUTION, request={"solutionVersionArn": None})
    answer = aws.create(latest)
    assert answer["Status"] == "FAILED"
    assert f"the solution {SOLUTION} has no version that is ACTIVE: {text}" in answer["Reason"]
    assert not aws.jobs


def test_fails_where_the_existing_job_has_a_version_of_another_solution(aws: FakeAws) -> None:
    named = {"jobName": "mine", "solutionVersionArn": None}
    latest = make_properties(SolutionArn=SOLUTION, request=named)
    aws.create(latest)
    other = make_properties(SolutionArn=f"{SOLUTION}-2", request=named)
    reason = aws.create(other)["Reason"]
    assert f"solutionVersionArn: it has '{SOLUTION}/v1', asked for a version of" in reason


@pytest.mark.parametrize("physical_id", [PREFIX + "mine", "shop-Job-1ABC", None])
def test_delete_calls_nothing_and_succeeds(aws: FakeAws, physical_id: Any) -> None:
    answer = aws.deliver(aws.event("Delete", make_properties(), physical_id=physical_id))
    assert answer["Status"] == "SUCCESS"
    assert answer["PhysicalResourceId"] == physical_id or physical_id is None
    assert answer["PhysicalResourceId"]
    assert aws.calls == []
