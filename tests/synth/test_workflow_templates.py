"""The templates of workflows: resources, permissions, starts, watching, and what is refused."""

# The fixture of conftest.py; test modules cannot import its class.
# ruff: noqa: ANN401

from __future__ import annotations

import json
import re
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk.assertions import Annotations, Match

from cdk_personalize_batch import (
    BatchInferenceWorkflow,
    BatchSegmentWorkflow,
    BatchStorage,
    ItemExploration,
    JobInput,
    JobOutput,
    RankingInfluence,
    RunSchedule,
    SolutionVersion,
    ThemeGeneration,
    ValidationError,
)

Synth = Any

VERSION = "arn:aws:personalize:eu-west-1:123456789012:solution/films/a1b2c3"
SOLUTION = VERSION.rpartition("/")[0]
MACHINE = "AWS::StepFunctions::StateMachine"
LATEST = {"solution_version": SolutionVersion.latest(SOLUTION)}

# What Step Functions asks IAM for each integration, where it is not the operation's own name.
# Source: the Step Functions developer guide, "IAM policies for integrated services" and "IAM
# policies for using Distributed Map states".
ACTIONS = {
    "lambda:invoke": {"lambda:InvokeFunction"},
    "aws-sdk:s3:listObjectsV2": {"s3:ListBucket"},
    "s3:getObject": {"s3:GetObject"},
    "aws-sdk:sfn:listExecutions": {"states:ListExecutions"},
    "aws-sdk:sfn:startExecution": {"states:StartExecution"},
}
DISTRIBUTED = {
    "states:StartExecution",
    "states:DescribeExecution",
    "states:RedriveExecution",
    "states:StopExecution",
}


def make(
    synth: Synth, id: str = "Nightly", *, kind: Any = BatchInferenceWorkflow, **more: Any
) -> Any:
    """A workflow that is right where the arguments do not say otherwise."""
    defaults: dict[str, Any] = {
        "solution_version": SolutionVersion.from_arn(VERSION),
        "job_input": JobInput.from_s3_uri("s3://films-input/users/"),
    }
    return kind(synth.stack, id, **defaults | more)


def definition(synth: Synth, id: str = "Nightly") -> dict[str, Any]:
    return dict(json.loads(synth.text(synth.only(MACHINE, id)["DefinitionString"])))


def states_of(states: dict[str, Any]) -> dict[str, Any]:
    """The states, those in Maps too."""
    found = dict(states)
    for state in states.values():
        if "ItemProcessor" in state:
            found |= states_of(state["ItemProcessor"]["States"])
    return found


def asked(states: dict[str, Any]) -> set[str]:
    """The actions that a definition needs."""
    found = set()
    for state in states_of(states).values():
        resources = [state.get("Resource"), state.get("ItemReader", {}).get("Resource")]
        for resource in filter(None, resources):
            name = resource.partition(":states:::")[2]
            service, _, operation = name.removeprefix("aws-sdk:").partition(":")
            own = {f"{service}:{operation[0].upper()}{operation[1:]}"}
            found |= ACTIONS.get(name, own)
        processor = state.get("ItemProcessor", {}).get("ProcessorConfig", {})
        if processor.get("Mode") == "DISTRIBUTED":
            found |= DISTRIBUTED
    return found


@pytest.mark.parametrize(
    ("arguments", "more"),
    [
        ({}, set()),
        (LATEST, set()),
        ({"tags": {"team": "films"}}, {"personalize:TagResource"}),
        ({"kind": BatchSegmentWorkflow}, set()),
        ({"kind": BatchSegmentWorkflow, **LATEST}, set()),
    ],
)
def test_the_role_may_do_what_the_definition_does_and_no_more(
    synth: Synth, arguments: dict[str, Any], more: set[str]
) -> None:
    make(synth, **arguments)
    allowed = {action for _, action, _, _ in synth.statements("AWS::IAM::Policy", "NightlyPolicy")}
    needed = asked(definition(synth)["States"]) | {"iam:PassRole"} | more
    assert allowed == needed


def test_each_permission_is_for_its_resource(synth: Synth) -> None:
    make(synth, **LATEST)
    jobs = "arn:<Partition>:personalize:<Region>:<AccountId>:batch-inference-job/*"
    machine = "<NightlyStateMachineF28BA435>"
    found = {
        (action, resource, who)
        for _, action, resource, who in synth.statements("AWS::IAM::Policy", "NightlyPolicy")
    }
    create = "personalize:CreateBatchInferenceJob"
    name = "<NightlyStateMachineF28BA435.Name>"
    executions = f"arn:<Partition>:states:<Region>:<AccountId>:execution:{name}"
    output = "<NightlyStorageOutputBucket"
    assert {one for one in found if not one[1].startswith(output)} == {
        (create, jobs, ""),
        (create, SOLUTION, ""),
        (create, f"{SOLUTION}/*", ""),
        ("personalize:DescribeBatchInferenceJob", jobs, ""),
        ("personalize:ListSolutionVersions", "*", ""),
        (
            "iam:PassRole",
            "<NightlyStorageRole1507A781.Arn>",
            "iam:PassedToService=personalize.amazonaws.com",
        ),
        ("s3:ListBucket", "arn:<Partition>:s3:::films-input", ""),
        ("lambda:InvokeFunction", "<PersonalizeBatchShardsFunction1CE6682C.Arn>", ""),
        ("states:StartExecution", machine, ""),
        ("states:ListExecutions", machine, ""),
        *(
            (f"states:{action}Execution", f"{executions}{end}", "")
            for action in ("Describe", "Redrive", "Stop")
            for end in (":*", "/*")
        ),
        ("cloudwatch:PutMetricData", "*", "cloudwatch:namespace=PersonalizeBatch"),
    }
    assert {
        (action, resource.rpartition(".Arn>/")[2])
        for action, resource, _ in found
        if resource.startswith(output)
    } == {
        ("s3:GetObject", "_work/Films-Nightly/*/plan/*"),
        ("s3:PutObject", "Films-Nightly/*/_manifest.json"),
    }


def test_a_workflow_has_at_most_twelve_resources(synth: Synth) -> None:
    make(synth)
    counts = Counter(one["Type"] for one in synth.template["Resources"].values())
    # The bucket of the access logs and its policy, one for each stack, are among them.
    assert counts.total() == 12
    assert counts["AWS::Lambda::Function"] == 1


def test_a_further_workflow_on_the_same_storage_adds_three(synth: Synth) -> None:
    storage = BatchStorage(synth.stack, "Storage")
    make(synth, "One", storage=storage)
    other = type(synth)()
    two = BatchStorage(other.stack, "Storage")
    make(other, "One", storage=two)
    make(other, "Two", storage=two)
    assert len(other.template["Resources"]) - len(synth.template["Resources"]) == 3


def test_the_function_reads_input_and_copies_and_writes_copies_and_manifests(synth: Synth) -> None:
    make(synth)
    role = synth.only("AWS::IAM::Role", "PersonalizeBatchShards")
    (policy,) = role["Policies"]
    found = {
        (action, synth.text(resource))
        for statement in policy["PolicyDocument"]["Statement"]
        for action in _list(statement["Action"])
        for resource in _list(statement["Resource"])
        if action.startswith("s3:")
    }
    source = "arn:<Partition>:s3:::films-input"
    (output,) = {name for action, name in found if action == "s3:ListBucketMultipartUploads"}
    work = f"{output}/_work/Films-Nightly/*"
    assert found == {
        ("s3:ListBucket", source),
        ("s3:ListBucket", output),
        ("s3:ListBucketMultipartUploads", output),
        ("s3:GetObject", f"{source}/users/*"),
        ("s3:GetObject", work),
        ("s3:PutObject", work),
        ("s3:AbortMultipartUpload", work),
        ("s3:PutObject", f"{output}/Films-Nightly/*/_manifest.json"),
    }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def test_keys_reach_the_requests_and_the_roles(synth: Synth) -> None:
    key = kms.Key(synth.stack, "Key")
    bucket = s3.Bucket(synth.stack, "Bucket", encryption_key=key)
    make(synth, job_output=JobOutput.to_bucket(bucket))
    text = json.dumps(definition(synth))
    assert text.count("KmsKeyArn") > 0
    allowed = synth.statements("AWS::IAM::Policy", "NightlyPolicy")
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert ("Allow", action, "<Key961B73FD.Arn>", "") in allowed
    shards = json.dumps(synth.only("AWS::IAM::Role", "PersonalizeBatchShards")["Policies"])
    assert "kms:GenerateDataKey" in shards


def test_the_request_has_the_names_of_step_functions_but_not_in_maps(synth: Synth) -> None:
    theme = ThemeGeneration(item_name="TITLE")
    make(synth, "A", item_exploration=ItemExploration(weight=0.5), tags={"team": "films"})
    make(synth, "B", ranking_influence=RankingInfluence(popularity=0.2))
    make(synth, "C", theme_generation=theme)
    requests = [_request(synth, name) for name in "ABC"]
    expected = [
        '"BatchInferenceJobConfig": {"ItemExplorationConfig": {"explorationWeight": "0.5"}}',
        '"BatchInferenceJobConfig": {"RankingInfluence": {"POPULARITY": 0.2}}',
        '"ThemeGenerationConfig": {"FieldsForThemeGeneration": {"ItemName": "TITLE"}}',
    ]
    for request, part in zip(requests, expected, strict=True):
        assert part in request
    assert '"Tags": [{"TagKey": "team", "TagValue": "films"}]' in requests[0]
    assert '"BatchInferenceJobMode": "THEME_GENERATION"' in requests[2]
    assert definition(synth, "C")["States"]["ReadInput"]["Assign"]["recordsPerFile"] == 100


def _request(synth: Synth, name: str) -> str:
    return str(definition(synth, name)["States"]["ReadInput"]["Assign"]["request"])


def test_copies_expire_and_their_uploads_end(synth: Synth) -> None:
    make(synth)
    (rule,) = synth.only("AWS::S3::Bucket", "NightlyStorageOutput")["LifecycleConfiguration"][
        "Rules"
    ]
    assert rule["Prefix"] == "_work/Films-Nightly/"
    assert rule["ExpirationInDays"] == 15
    assert rule["AbortIncompleteMultipartUpload"] == {"DaysAfterInitiation": 1}


def test_a_schedule_gives_each_run_its_time_as_key(synth: Synth) -> None:
    expression = scheduler.ScheduleExpression.cron(
        hour="2", minute="30", time_zone=cdk.TimeZone.EUROPE_BERLIN
    )
    schedule = RunSchedule(
        expression=expression,
        flexible_window=cdk.Duration.minutes(15),
        run_input={"numResults": 10},
    )
    make(synth, schedule=schedule)
    made = synth.only("AWS::Scheduler::Schedule")
    assert made["ScheduleExpression"] == "cron(30 2 * * ? *)"
    assert made["ScheduleExpressionTimezone"] == "Europe/Berlin"
    assert made["FlexibleTimeWindow"] == {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}
    assert json.loads(made["Target"]["Input"]) == {
        "runKey": "<aws.scheduler.scheduled-time>",
        "skipIfRunning": True,
        "numResults": 10,
    }


def test_overlapping_runs_can_be_allowed(synth: Synth) -> None:
    rate = scheduler.ScheduleExpression.rate(cdk.Duration.hours(1))
    make(synth, schedule=RunSchedule(expression=rate, allow_overlap=True))
    made = synth.only("AWS::Scheduler::Schedule")
    assert json.loads(made["Target"]["Input"])["skipIfRunning"] is False
    assert made["FlexibleTimeWindow"] == {"Mode": "OFF"}


def test_arrival_listens_below_the_input_only(synth: Synth) -> None:
    bucket = s3.Bucket(synth.stack, "Input")
    workflow = make(synth, job_input=JobInput.from_bucket(bucket, prefix="users"))
    workflow.start_on_input(quiet_period=cdk.Duration.seconds(90))
    detail = synth.only("AWS::Events::Rule")["EventPattern"]["detail"]
    assert detail["object"] == {"key": [{"prefix": "users/"}]}
    states = definition(synth, "NightlyArrival")["States"]
    assert states["BeQuiet"]["Seconds"] == 90
    allowed = {
        action for _, action, _, _ in synth.statements("AWS::IAM::Policy", "NightlyArrivalPolicy")
    }
    assert allowed == asked(states)


def test_a_success_key_is_matched_as_a_whole_name(synth: Synth) -> None:
    make(synth).start_on_input(success_key="_SUCCESS")
    detail = synth.only("AWS::Events::Rule")["EventPattern"]["detail"]
    assert detail["object"] == {"key": ["users/_SUCCESS", {"wildcard": "users/*/_SUCCESS"}]}
    states = definition(synth, "NightlyArrival")["States"]
    allowed = {
        action for _, action, _, _ in synth.statements("AWS::IAM::Policy", "NightlyArrivalPolicy")
    }
    assert allowed == asked(states)


def test_a_bucket_of_elsewhere_is_warned_about(synth: Synth) -> None:
    make(synth).start_on_input()
    Annotations.from_stack(synth.stack).has_warning(
        "/Films/Nightly/Arrival", Match.string_like_regexp("sends its events to Amazon EventBridge")
    )


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"quiet_period": cdk.Duration.seconds(9)}, "at least 10 seconds, got 9"),
        ({"success_key": "a/b"}, "without folders, got 'a/b'"),
        ({"success_key": ""}, "without folders, got ''"),
        (
            {"success_key": "_SUCCESS", "quiet_period": cdk.Duration.seconds(30)},
            "quiet_period and success_key exclude each other",
        ),
    ],
)
def test_wrong_starts_are_refused(synth: Synth, arguments: dict[str, Any], problem: str) -> None:
    workflow = make(synth)
    with pytest.raises(ValidationError, match=re.escape(problem)):
        workflow.start_on_input(**arguments)
    workflow.start_on_input()
    with pytest.raises(ValidationError, match="call it once"):
        workflow.start_on_input()


def test_a_task_waits_for_the_run_and_hands_its_document_on(synth: Synth) -> None:
    task = make(synth).as_task(synth.stack, "Recommend", run_input={"runKey": "monday"})
    sfn.StateMachine(synth.stack, "Parent", definition_body=sfn.DefinitionBody.from_chainable(task))
    state = definition(synth, "Parent")["States"]["Recommend"]
    assert state["QueryLanguage"] == "JSONata"
    assert state["Resource"].endswith(":states:::states:startExecution.sync:2")
    assert state["Output"] == "{% $states.result.Output %}"
    assert state["Arguments"]["Input"]["runKey"] == "monday"


def test_a_failure_message_has_reason_and_link(synth: Synth) -> None:
    topic = sns.Topic(synth.stack, "Topic")
    make(synth, on_failure_topic=topic)
    rule = synth.only("AWS::Events::Rule")
    assert rule["EventPattern"]["detail"]["status"] == ["FAILED", "TIMED_OUT", "ABORTED"]
    (target,) = rule["Targets"]
    template = synth.text(target["InputTransformer"]["InputTemplate"])
    for part in ("Films/Nightly", "detail-cause", "/v2/executions/details/"):
        assert part in template


def test_alarms_and_dashboard_watch_the_runs(synth: Synth) -> None:
    workflow = make(synth)
    alarms = workflow.create_alarms(sns.Topic(synth.stack, "Topic"))
    workflow.create_dashboard()
    assert len(alarms) == 2
    names = {
        one["Properties"]["MetricName"]
        for one in synth.resources("AWS::CloudWatch::Alarm").values()
    }
    assert names == {"ExecutionsFailed", "ExecutionsTimedOut"}
    for alarm in synth.resources("AWS::CloudWatch::Alarm").values():
        assert alarm["Properties"]["TreatMissingData"] == "notBreaching"
        assert len(alarm["Properties"]["AlarmActions"]) == 1
    body = synth.text(synth.only("AWS::CloudWatch::Dashboard")["DashboardBody"])
    for name in ("ExecutionsStarted", "ExecutionTime", "Bytes", "Records"):
        assert name in body


@pytest.mark.parametrize(
    ("metric", "name", "statistic"),
    [
        ("metric_started", "ExecutionsStarted", "Sum"),
        ("metric_succeeded", "ExecutionsSucceeded", "Sum"),
        ("metric_failed", "ExecutionsFailed", "Sum"),
        ("metric_timed_out", "ExecutionsTimedOut", "Sum"),
        ("metric_duration", "ExecutionTime", "Average"),
        ("metric_records", "Records", "Sum"),
        ("metric_bytes", "Bytes", "Sum"),
    ],
)
def test_each_metric_is_one_of_the_workflow(
    synth: Synth, metric: str, name: str, statistic: str
) -> None:
    found = getattr(make(synth), metric)(period=cdk.Duration.hours(1))
    assert (found.metric_name, found.statistic) == (name, statistic)
    assert found.period.to_seconds() == 3600
    assert len(found.dimensions) == 1


def test_rules_hear_of_this_workflow_only(synth: Synth) -> None:
    workflow = make(synth)
    workflow.on_success("Done")
    detail = synth.only("AWS::Events::Rule")["EventPattern"]["detail"]
    assert detail["status"] == ["SUCCEEDED"]
    assert synth.text(detail["stateMachineArn"][0]) == "<NightlyStateMachineF28BA435>"


def test_who_may_start_and_read(synth: Synth) -> None:
    workflow = make(synth)
    role = cdk.aws_iam.Role(synth.stack, "Reader", assumed_by=cdk.aws_iam.AccountRootPrincipal())
    workflow.grant_start(role)
    workflow.grant_read_output(role)
    found = {
        (action, resource)
        for _, action, resource, _ in synth.statements("AWS::IAM::Policy", "Reader")
    }
    assert ("states:StartExecution", "<NightlyStateMachineF28BA435>") in found
    assert any(resource.endswith("/Films-Nightly/*") for _, resource in found)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"num_results": 0}, "num_results must be at least 1, got 0"),
        ({"job_input": JobInput.from_records([{"userId": "1"}])}, "must lie in a bucket"),
        ({"max_concurrency": 0}, "max_concurrency must be at least 1, got 0"),
        ({"max_concurrency": 41}, "max_concurrency must be at most 40, got 41"),
        ({"timeout": cdk.Duration.millis(500)}, "timeout must be a whole number of seconds"),
        ({"poll_interval": cdk.Duration.seconds(0)}, "poll_interval must be a whole number"),
        ({"tags": {"aws:x": "y"}}, "reserved for AWS"),
    ],
)
def test_wrong_arguments_are_refused_and_leave_nothing(
    synth: Synth, arguments: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ValidationError, match=re.escape(problem)):
        make(synth, **arguments)
    assert synth.stack.node.try_find_child("Nightly") is None


def test_output_below_the_input_is_refused(synth: Synth) -> None:
    bucket = s3.Bucket(synth.stack, "Bucket")
    with pytest.raises(ValidationError, match="lies under the input"):
        make(
            synth,
            job_input=JobInput.from_bucket(bucket, prefix=""),
            job_output=JobOutput.to_bucket(bucket, prefix="out"),
        )


def test_long_paths_get_short_names_that_differ(synth: Synth) -> None:
    uris = set()
    for number in range(2):
        workflow = make(synth, f"{number}{'Recommendations' * 4}")
        uris.add(workflow.output_uri)
        slug = workflow.output_uri.split("/")[-2]
        assert len(slug) <= 40
    assert len(uris) == 2


def test_the_asset_is_small_and_has_all_that_the_handler_imports(
    synth: Synth, tmp_path: Path
) -> None:
    make(synth)
    out = Path(synth.app.synth().directory)
    (folder,) = (path.parents[1] for path in out.rglob("personalize_batch_runtime/shards.py"))
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert "job.py" not in names
    archive = tmp_path / "asset.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as asset:
        for path in folder.rglob("*.py"):
            asset.write(path, path.relative_to(folder))
    assert archive.stat().st_size < 40_000
    imported = {
        name
        for path in folder.rglob("*.py")
        for name in re.findall(r"from personalize_batch_runtime\.(\w+)", path.read_text("utf-8"))
    }
    assert {f"{name}.py" for name in imported} <= names
