"""Jobs that a deployment waits for, tags, segments, and the settings of the function."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_logs as logs

from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchRuntime,
    BatchSegmentJob,
    BatchStorage,
    JobInput,
    SolutionVersion,
    ThemeGeneration,
    ValidationError,
)

# The fixtures of conftest.py; test modules cannot import its class.
Synth = Any
MakeSynth = Callable[[], Synth]

JOB = "Custom::PersonalizeBatchInferenceJob"
SOLUTION = "arn:aws:personalize:eu-west-1:123456789012:solution/films"
HOUR = cdk.Duration.hours(1)


def total(synth: Synth) -> int:
    return len(synth.template["Resources"])


def test_waiting_adds_six_resources_and_two_for_each_further_job(make_synth: MakeSynth) -> None:
    counted = []
    for waits in ((None, None), (HOUR, None), (HOUR, HOUR)):
        synth = make_synth()
        storage = BatchStorage(synth.stack, "Storage")
        for name, wait in zip(("First", "Second"), waits, strict=True):
            synth.job(name, storage=storage, wait_up_to=wait)
        counted.append(total(synth))
    assert counted == [counted[0], counted[0] + 6, counted[0] + 8]


def wait_of(synth: Synth) -> dict[str, Any]:
    return dict(json.loads(synth.text(synth.only(JOB)["Wait"])))


def test_the_condition_waits_longer_than_the_waiter(synth: Synth) -> None:
    synth.job(wait_up_to=cdk.Duration.minutes(90), poll_interval=cdk.Duration.seconds(30))
    wait = wait_of(synth)
    assert (wait["seconds"], wait["intervalSeconds"]) == (5400, 30)
    (condition,) = synth.resources("AWS::CloudFormation::WaitCondition").values()
    assert condition["Properties"]["Timeout"] == "5700"
    assert condition["Properties"]["Count"] == 1
    assert condition["DependsOn"] == ["Batch14E90808"]
    (handle,) = synth.resources("AWS::CloudFormation::WaitConditionHandle")
    assert wait["handleUrl"] == f"<{handle}>"


def test_twelve_hours_are_the_most_and_leave_the_waiter_time_to_tell(synth: Synth) -> None:
    synth.job(wait_up_to=cdk.Duration.hours(12))
    (condition,) = synth.resources("AWS::CloudFormation::WaitCondition").values()
    assert condition["Properties"]["Timeout"] == "43200"
    assert wait_of(synth)["seconds"] < 43_200
    assert wait_of(synth)["intervalSeconds"] == 90


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            {"wait_up_to": cdk.Duration.seconds(43_201)},
            "wait_up_to must be at most 12 hours, the longest that CloudFormation waits, got "
            "12.0003 hours; start the job without waiting, or use a workflow",
        ),
        (
            {"wait_up_to": cdk.Duration.millis(1500)},
            "wait_up_to must be a whole number of seconds, at least 1, got 1.5",
        ),
        (
            {"wait_up_to": cdk.Duration.minutes(0)},
            "wait_up_to must be a whole number of seconds, at least 1, got 0",
        ),
        (
            {"wait_up_to": cdk.Duration.hours(12), "poll_interval": cdk.Duration.seconds(17)},
            "poll_interval must be at least 18 seconds for this wait_up_to, because an execution "
            "of Step Functions has room for some 2,500 looks at the job, got 17 seconds",
        ),
        (
            {"poll_interval": cdk.Duration.seconds(30)},
            "poll_interval needs wait_up_to; give both, or leave it out",
        ),
        (
            {"wait_up_to": HOUR, "poll_interval": cdk.Duration.seconds(0)},
            "poll_interval must be a whole number of seconds, at least 1, got 0",
        ),
    ],
)
def test_fails_when_a_time_cannot_be_waited(
    synth: Synth, arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        synth.job(**arguments)
    assert caught.value.problems == (problem,)


def handles(make_synth: MakeSynth, **arguments: object) -> list[str]:
    synth = make_synth()
    synth.job(wait_up_to=HOUR, **arguments)
    return list(synth.resources("AWS::CloudFormation::WaitConditionHandle"))


def test_each_run_has_a_handle_of_its_own(make_synth: MakeSynth) -> None:
    first = handles(make_synth)
    assert handles(make_synth) == first
    assert handles(make_synth, tags={"team": "films"}) == first
    assert handles(make_synth, preflight=False) == first
    others = [
        handles(make_synth, **arguments)
        for arguments in (
            {"run_key": "2"},
            {"num_results": 3},
            {"job_input": JobInput.from_records([{"userId": "2"}])},
            {"solution_version": SolutionVersion.latest(SOLUTION)},
        )
    ]
    assert len({*first, *(name for one in others for name in one)}) == 5


def test_another_time_is_another_condition_because_none_can_be_changed(
    make_synth: MakeSynth,
) -> None:
    found = set()
    for hours in (1, 2):
        synth = make_synth()
        synth.job(wait_up_to=cdk.Duration.hours(hours))
        found |= set(synth.resources("AWS::CloudFormation::WaitCondition"))
    assert len(found) == 2


def test_the_waiter_may_read_jobs_call_the_function_and_write_logs(synth: Synth) -> None:
    synth.job(wait_up_to=HOUR)
    statements = synth.statements("AWS::IAM::Policy", "PersonalizeBatchWaiter")
    jobs = "arn:<Partition>:personalize:<Region>:<AccountId>:batch-inference-job/*"
    function = "<PersonalizeBatchRuntimeFunction6827B1FE.Arn>"
    own = {one for one in statements if not one[1].startswith(("logs:", "xray:"))}
    assert own == {
        ("Allow", "personalize:DescribeBatchInferenceJob", jobs, ""),
        ("Allow", "lambda:InvokeFunction", function, ""),
    }
    # What writes logs and traces of a state machine takes no resource.
    assert {resource for _, _, resource, _ in statements - own} == {"*"}


def test_the_definition_uses_what_the_policy_allows(synth: Synth) -> None:
    synth.job(wait_up_to=HOUR)
    machine = synth.only("AWS::StepFunctions::StateMachine")
    states = json.loads(synth.text(machine["DefinitionString"]))["States"].values()
    used = {one["Resource"].split(":::")[1] for one in states if one["Type"] == "Task"}
    assert used == {"aws-sdk:personalize:describeBatchInferenceJob", "lambda:invoke"}


def test_the_handles_url_is_not_logged(synth: Synth) -> None:
    synth.job(wait_up_to=HOUR)
    settings = synth.only("AWS::StepFunctions::StateMachine")["LoggingConfiguration"]
    assert settings["Level"] == "ALL"
    assert settings.get("IncludeExecutionData", False) is False


def test_nothing_waits_where_nothing_is_waited_for(synth: Synth) -> None:
    synth.job()
    assert synth.resources("AWS::StepFunctions::StateMachine") == {}
    assert "Wait" not in synth.only(JOB)


def tags_of(synth: Synth, name: str = "Batch") -> dict[str, str]:
    return dict(json.loads(synth.text(synth.only(JOB, name)["Tags"])))


def test_tags_of_every_scope_reach_the_job_and_its_own_win(synth: Synth) -> None:
    job = synth.job(tags={"team": "films", "own": "yes"})
    for scope, name in ((synth.app, "app"), (synth.stack, "stack"), (job, "job")):
        cdk.Tags.of(scope).add(name, "1")
        cdk.Tags.of(scope).add("team", name)
    assert tags_of(synth) == {"app": "1", "stack": "1", "job": "1", "team": "films", "own": "yes"}
    bucket = synth.only("AWS::S3::Bucket", "BatchStorageInput")
    assert {"Key": "job", "Value": "1"} in bucket["Tags"]
    function = synth.only("AWS::Lambda::Function")
    assert {"Key": "stack", "Value": "1"} in function["Tags"]
    role = synth.only("AWS::IAM::Role", "BatchStorage")
    assert {"Key": "job", "Value": "1"} in role["Tags"]


def test_a_job_without_tags_has_no_property_for_them(synth: Synth) -> None:
    synth.job()
    assert "Tags" not in synth.only(JOB)


def test_tags_are_no_part_of_the_request(make_synth: MakeSynth) -> None:
    written = []
    for tags in (None, {"team": "films"}):
        synth = make_synth()
        synth.job(tags=tags)
        properties = synth.only(JOB)
        properties.pop("Tags", None)
        written.append(properties)
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({"aws:team": "films"}, "tags: the key 'aws:team' begins with aws:, which is reserved"),
        ({"AWS:team": "films"}, "tags: the key 'AWS:team' begins with aws:, which is reserved"),
        ({"": "films"}, "tags: the key must be a string of 1 to 128 characters, got ''"),
        ({"k" * 129: "v"}, "tags: the key must be a string of 1 to 128 characters"),
        ({"team": "v" * 257}, "tags: the value of 'team' must be a string of 0 to 256 characters"),
        ({"team": "a\nb"}, "tags: the value of 'team' must have only letters, digits"),
        ({"te\tam": "films"}, "tags: the key must have only letters, digits, spaces and"),
        ({"te*m": "films"}, "tags: the key must have only letters, digits, spaces and"),
        ({"team": "f\u0000"}, "tags: the value of 'team' must have only letters, digits"),
        ({"team": "😀"}, "tags: the value of 'team' must have only letters, digits"),
        ({f"k{n}": "v" for n in range(51)}, "tags: a job has at most 50 tags, got 51"),
    ],
)
def test_fails_when_a_tag_is_outside_the_limits(
    synth: Synth, tags: dict[str, str], problem: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        synth.job(tags=tags)
    assert caught.value.problems[0].startswith(problem)


def test_tags_of_any_script_pass(synth: Synth) -> None:
    synth.job(tags={"équipe": "映画 1_2.3:4/5=6+7-8@9", "empty": "", cdk.Aws.REGION: "token"})


def test_fails_when_the_tags_of_scopes_are_too_many(synth: Synth) -> None:
    synth.job(tags={f"own{n}": "v" for n in range(30)})
    for number in range(30):
        cdk.Tags.of(synth.stack).add(f"stack{number}", "v")
    with pytest.raises(RuntimeError, match="a job has at most 50 tags, got 60"):
        synth.app.synth()


def test_a_segment_job_shares_storage_and_function(synth: Synth) -> None:
    storage = BatchStorage(synth.stack, "Storage")
    synth.job(storage=storage)
    before = BatchSegmentJob(
        synth.stack,
        "Segment",
        solution_version=SolutionVersion.from_arn(f"{SOLUTION}/1"),
        job_input=JobInput.from_records([{"itemId": "1"}]),
        storage=storage,
        num_results=100,
    )
    assert before.storage is storage
    (job,) = synth.resources("Custom::PersonalizeBatchSegmentJob").values()
    assert job["Properties"]["JobKind"] == "BatchSegmentJob"
    jobs = "arn:<Partition>:personalize:<Region>:<AccountId>:batch-segment-job/*"
    statements = synth.statements("AWS::IAM::Policy", "PersonalizeBatchRuntime")
    create = {one[2] for one in statements if one[1] == "personalize:CreateBatchSegmentJob"}
    assert create == {jobs}


@pytest.mark.parametrize("number", [0, 5_000_001])
def test_fails_when_a_segment_is_too_large(synth: Synth, number: int) -> None:
    with pytest.raises(ValidationError, match="num_results must be at"):
        BatchSegmentJob(
            synth.stack,
            "Segment",
            solution_version=SolutionVersion.from_arn(f"{SOLUTION}/1"),
            job_input=JobInput.from_records([{"itemId": "1"}]),
            num_results=number,
        )


def test_the_newest_version_is_asked_for_by_its_solution(synth: Synth) -> None:
    synth.job(solution_version=SolutionVersion.latest(SOLUTION))
    assert synth.only(JOB)["SolutionArn"] == SOLUTION
    assert "solutionVersionArn" not in synth.request()
    statements = synth.statements("AWS::IAM::Policy", "PersonalizeBatchRuntime")
    # The Service Authorization Reference lists no resource for it.
    assert ("Allow", "personalize:ListSolutionVersions", "*", "") in statements


def test_without_preflight_nothing_is_read(synth: Synth) -> None:
    synth.job(job_input=JobInput.from_s3_uri("s3://films-input/users/"), preflight=False)
    assert "Preflight" not in synth.only(JOB)
    statements = synth.statements("AWS::IAM::Policy", "PersonalizeBatchRuntime")
    actions = {action for _, action, _, _ in statements}
    reading = {"personalize:DescribeSolutionVersion", "s3:ListBucket", "s3:GetObject"}
    assert not actions & reading


def test_fails_when_themes_are_asked_for_where_there_are_none() -> None:
    app = cdk.App(builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Films", env=cdk.Environment(region="eu-west-1"))
    with pytest.raises(ValidationError) as caught:
        BatchInferenceJob(
            stack,
            "Batch",
            solution_version=SolutionVersion.from_arn(f"{SOLUTION}/1"),
            job_input=JobInput.from_records([{"itemId": "1"}]),
            theme_generation=ThemeGeneration(item_name="TITLE"),
        )
    assert caught.value.problems == (
        "theme_generation: Amazon Personalize makes themes in ap-northeast-1, us-east-1, us-west-2 "
        "only, and the stack is in eu-west-1; leave it out",
    )


def test_the_function_can_be_in_a_network(synth: Synth) -> None:
    vpc = ec2.Vpc(synth.stack, "Vpc")
    group = ec2.SecurityGroup(synth.stack, "Group", vpc=vpc)
    BatchRuntime.configure(
        synth.stack,
        vpc=vpc,
        vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS),
        security_groups=[group],
        log_retention=logs.RetentionDays.ONE_WEEK,
    )
    synth.job()
    function = synth.only("AWS::Lambda::Function")
    assert len(function["VpcConfig"]["SubnetIds"]) == 2
    assert len(function["VpcConfig"]["SecurityGroupIds"]) == 1
    assert synth.only("AWS::Logs::LogGroup")["RetentionInDays"] == 7
    (policy,) = synth.only("AWS::IAM::Role", "PersonalizeBatchRuntime")["Policies"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert "ec2:CreateNetworkInterface" in statement["Action"]


def test_fails_when_the_function_is_there_already(synth: Synth) -> None:
    synth.job()
    with pytest.raises(ValidationError, match=r"\[Films\] the stack has its function .* already"):
        BatchRuntime.configure(synth.stack)


def test_fails_when_subnets_are_given_without_their_network(synth: Synth) -> None:
    with pytest.raises(ValidationError, match="vpc_subnets and security_groups need vpc"):
        BatchRuntime.configure(synth.stack, vpc_subnets=ec2.SubnetSelection())
