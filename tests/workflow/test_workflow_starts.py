"""What starts a workflow, what hears of its end, and who may start it."""

from __future__ import annotations

import json
import re
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn

from cdk_personalize_batch import (
    JobInput,
    RunSchedule,
    ValidationError,
)
from tests.support.synth.synth import Synth
from tests.support.synth.warnings import warnings_of
from tests.support.synth.workflows import (
    asked,
    definition,
    make,
)


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


def test_schedules_are_added_beside_other_starts(synth: Synth) -> None:
    bucket = s3.Bucket(synth.stack, "Input")
    of_day, of_hour = (
        RunSchedule(expression=scheduler.ScheduleExpression.rate(cdk.Duration.hours(hours)))
        for hours in (24, 1)
    )
    workflow = make(synth, schedule=of_day, job_input=JobInput.from_bucket(bucket, prefix="users/"))
    workflow.start_on_input()
    made = workflow.add_schedule("Hourly", of_hour)
    assert isinstance(made, scheduler.Schedule)
    schedules = synth.resources("AWS::Scheduler::Schedule").values()
    found = {one["Properties"]["ScheduleExpression"]: one for one in schedules}
    assert found.keys() == {"rate(1 day)", "rate(1 hour)"}
    hourly, daily = found["rate(1 hour)"], found["rate(1 day)"]
    assert hourly["Properties"]["Target"] == daily["Properties"]["Target"]
    assert hourly["DependsOn"] == daily["DependsOn"]


@pytest.mark.parametrize(
    ("id", "told", "problem"),
    [
        ("Schedule", {}, "id 'Schedule' is taken in this workflow; give the schedule another one"),
        ("Hourly", {"a": "{{resolve:x}}"}, "schedule.run_input"),
    ],
)
def test_fails_when_an_added_schedule_cannot_be(
    synth: Synth, id: str, told: dict[str, object], problem: str
) -> None:
    expression = scheduler.ScheduleExpression.rate(cdk.Duration.hours(1))
    workflow = make(synth, schedule=RunSchedule(expression=expression))
    with pytest.raises(ValidationError) as caught:
        workflow.add_schedule(id, RunSchedule(expression=expression, run_input=told))
    assert caught.value.problems[0].startswith(problem)
    assert len(synth.resources("AWS::Scheduler::Schedule")) == 1


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
    texts = [text for place, text in warnings_of(synth.stack) if place == "/Films/Nightly/Arrival"]
    assert any("sends its events to Amazon EventBridge" in text for text in texts), texts


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


@pytest.mark.aws("endless runs")
def test_an_input_whose_prefix_is_not_told_starts_nothing(synth: Synth) -> None:
    uri = cdk.CfnParameter(synth.stack, "Input").value_as_string
    workflow = make(synth, job_input=JobInput.from_s3_uri(uri))
    with pytest.raises(ValidationError, match="a URI that only the deployment knows; use JobInput"):
        workflow.start_on_input()
    bucket = s3.Bucket(synth.stack, "Bucket")
    prefix = cdk.CfnParameter(synth.stack, "Prefix").value_as_string
    make(synth, "Told", job_input=JobInput.from_bucket(bucket, prefix=prefix)).start_on_input()
    pattern = synth.only("AWS::Events::Rule")["EventPattern"]["detail"]
    assert pattern["object"]["key"] == [{"prefix": {"Ref": "Prefix"}}]


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
    assert any(resource.endswith("/Films-Nightly-e84a6999/*") for _, resource in found)
