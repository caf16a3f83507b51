"""Step Functions as the workflows rely on it, and what starts its executions."""

# boto3 makes its clients at run time.
# ruff: noqa: ANN401

from __future__ import annotations

import datetime
import json
import time
import uuid
from typing import Any

import pytest
from botocore.exceptions import ClientError

from personalize_local import catalog
from personalize_local.control import Control
from personalize_local.environment import ACCOUNT

VERSION = catalog.solution_versions(ACCOUNT, "us-east-1")[0].arn
DESCRIBE = "DescribeSolutionVersion"
DESCRIBE_STATE = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:personalize:describeSolutionVersion",
    "Arguments": {"SolutionVersionArn": VERSION},
    "Output": "{% $states.result.SolutionVersion.Status %}",
    "End": True,
}
PASS = {"Type": "Pass", "End": True}


def allow(action: str, resource: str = "*") -> dict[str, str]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


PERSONALIZE = allow("personalize:*")
START = allow("states:StartExecution")


class Machines:
    """State machines in JSONata, and their executions."""

    def __init__(self, aws: Any) -> None:
        self._aws, self.client = aws, aws.client("stepfunctions")

    def create(self, states: dict[str, Any], *statements: dict[str, str], **top: Any) -> str:
        definition = {
            "QueryLanguage": "JSONata",
            "StartAt": next(iter(states)),
            "States": states,
            **top,
        }
        made = self.client.create_state_machine(
            name=f"flow-{uuid.uuid4().hex[:8]}",
            definition=json.dumps(definition),
            roleArn=self._aws.create_role("states", *statements),
        )
        return str(made["stateMachineArn"])

    def start(self, machine: str, content: object = None, **named: str) -> str:
        started = self.client.start_execution(
            stateMachineArn=machine, input=json.dumps(content), **named
        )
        return str(started["executionArn"])

    def finish(self, execution: str) -> dict[str, Any]:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found: dict[str, Any] = self.client.describe_execution(executionArn=execution)
            if found["status"] != "RUNNING":
                return found
            time.sleep(0.02)
        raise AssertionError(f"{execution} did not end")

    def run(self, states: dict[str, Any], *statements: dict[str, str], **top: Any) -> Any:
        """Runs a new state machine to its end, and answers its output."""
        ended = self.finish(self.start(self.create(states, *statements, **top)))
        assert ended["status"] == "SUCCEEDED", ended
        return json.loads(ended["output"])

    def of(self, machine: str) -> list[dict[str, Any]]:
        return list(self.client.list_executions(stateMachineArn=machine)["executions"])


@pytest.fixture
def machines(local_aws: Any) -> Machines:
    return Machines(local_aws)


@pytest.fixture
def bucket(local_aws: Any) -> str:
    name = f"flow-{uuid.uuid4().hex[:8]}"
    local_aws.client("s3").create_bucket(Bucket=name)
    return name


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        # The service model lists none of the three.
        ("throttle", "Personalize.PersonalizeException"),
        ("server-error", "Personalize.PersonalizeException"),
        ("access-denied", "Personalize.PersonalizeException"),
        ("drop", "Personalize.SdkClientException"),
    ],
)
def test_a_fault_has_the_name_that_a_state_can_catch(
    machines: Machines, control: Control, kind: str, error: str
) -> None:
    control.add_fault(DESCRIBE, kind=kind, times=2)
    machine = machines.create({"Describe": DESCRIBE_STATE}, PERSONALIZE)
    ended = machines.finish(machines.start(machine))
    assert (ended["status"], ended["error"]) == ("FAILED", error)
    retry = {"ErrorEquals": [error], "IntervalSeconds": 1, "MaxAttempts": 2}
    assert machines.run({"Describe": {**DESCRIBE_STATE, "Retry": [retry]}}, PERSONALIZE) == "ACTIVE"


def test_a_loop_of_wait_and_choice_ends_in_its_output(machines: Machines) -> None:
    describe = {
        **{key: value for key, value in DESCRIBE_STATE.items() if key != "End"},
        "Assign": {"looks": "{% $looks + 1 %}"},
        "Next": "Choice",
    }
    again = [{"Condition": "{% $looks > 1 %}", "Next": "Done"}]
    states = {
        "First": {"Type": "Pass", "Assign": {"looks": 0}, "Next": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": "{% $looks %}", "Next": "Describe"},
        "Describe": describe,
        "Choice": {"Type": "Choice", "Choices": again, "Default": "Wait"},
        "Done": {"Type": "Succeed", "Output": {"status": "{% $states.input %}"}},
    }
    assert machines.run(states, PERSONALIZE) == {"status": "ACTIVE"}


def test_waits_can_be_made_shorter(machines: Machines, control: Control) -> None:
    control.scale_waits(0.001)
    try:
        started = time.monotonic()
        machines.run({"Wait": {"Type": "Wait", "Seconds": 600, "End": True}})
        assert time.monotonic() - started < 5
    finally:
        control.scale_waits(1)


def test_a_name_starts_one_execution(machines: Machines) -> None:
    machine = machines.create({"Wait": {"Type": "Wait", "Seconds": 1, "End": True}})
    first = machines.start(machine, {"a": 1}, name="same")
    assert machines.start(machine, {"a": 1}, name="same") == first
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        machines.start(machine, {"a": 2}, name="same")
    machines.finish(first)
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        machines.start(machine, {"a": 1}, name="same")
    assert len(machines.of(machine)) == 1


@pytest.mark.parametrize("stop", [False, True], ids=["times out", "is stopped"])
def test_an_execution_that_has_ended_goes_no_further(
    machines: Machines, control: Control, stop: bool
) -> None:
    wait = {"Type": "Wait", "Seconds": 2, "Next": "Describe"}
    items = {"StartAt": "Wait", "States": {"Wait": wait, "Describe": DESCRIBE_STATE}}
    states = {"Map": {"Type": "Map", "Items": [1, 2], "ItemProcessor": items, "End": True}}
    before = control.calls().get(DESCRIBE, 0)
    machine = machines.create(states, PERSONALIZE, TimeoutSeconds=1)
    begin = time.monotonic()
    execution = machines.start(machine)
    if stop:
        machines.client.stop_execution(executionArn=execution)
    ended = machines.finish(execution)
    assert ended["status"] == ("ABORTED" if stop else "TIMED_OUT")
    # The waits would be over by then.
    time.sleep(max(0.0, begin + 2.4 - time.monotonic()))
    assert control.calls().get(DESCRIBE, 0) == before


def test_a_task_times_out(machines: Machines, control: Control) -> None:
    control.add_fault(DESCRIBE, kind="slow", seconds=2)
    machine = machines.create({"Describe": {**DESCRIBE_STATE, "TimeoutSeconds": 1}}, PERSONALIZE)
    assert machines.finish(machines.start(machine))["error"] == "States.Timeout"


def test_a_redrive_takes_up_the_state_that_failed(machines: Machines, control: Control) -> None:
    control.add_fault(DESCRIBE, kind="throttle")
    end = {**DESCRIBE_STATE, "Output": "{% $kept & $states.result.SolutionVersion.Status %}"}
    states = {
        "First": {"Type": "Pass", "Assign": {"kept": "still "}, "Next": "Describe"},
        "Describe": end,
    }
    execution = machines.start(machines.create(states, PERSONALIZE))
    assert machines.finish(execution)["redriveStatus"] == "REDRIVABLE"
    machines.client.redrive_execution(executionArn=execution)
    ended = machines.finish(execution)
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", "still ACTIVE")
    assert (ended["redriveCount"], ended["redriveStatus"]) == (1, "NOT_REDRIVABLE")
    history = machines.client.get_execution_history(executionArn=execution)["events"]
    entered = [one["type"] for one in history if one["type"].endswith("StateEntered")]
    assert entered == ["PassStateEntered", "TaskStateEntered", "TaskStateEntered"]
    with pytest.raises(ClientError, match="ExecutionNotRedrivable"):
        machines.client.redrive_execution(executionArn=execution)


@pytest.mark.parametrize("mode", ["INLINE", "DISTRIBUTED"])
def test_a_redrive_repeats_only_the_items_that_failed(
    machines: Machines, control: Control, mode: str
) -> None:
    config = {"Mode": mode}
    if mode == "DISTRIBUTED":
        config["ExecutionType"] = "STANDARD"
    processor = {
        "ProcessorConfig": config,
        "StartAt": "Describe",
        "States": {"Describe": DESCRIBE_STATE},
    }
    states = {
        "Map": {
            "Type": "Map",
            "Items": [1, 2, 3],
            "MaxConcurrency": 1,
            "ItemProcessor": processor,
            "End": True,
        }
    }
    control.add_fault(DESCRIBE, kind="throttle")
    before = control.calls().get(DESCRIBE, 0)
    execution = machines.start(machines.create(states, PERSONALIZE, START))
    assert machines.finish(execution)["status"] == "FAILED"
    assert control.calls()[DESCRIBE] == before + 3
    machines.client.redrive_execution(executionArn=execution)
    ended = machines.finish(execution)
    assert json.loads(ended["output"]) == ["ACTIVE"] * 3
    assert control.calls()[DESCRIBE] == before + 4


def test_a_retry_of_a_map_repeats_all_items(machines: Machines, control: Control) -> None:
    control.add_fault(DESCRIBE, kind="throttle")
    before = control.calls().get(DESCRIBE, 0)
    state = {
        "Type": "Map",
        "Items": [1, 2, 3],
        "ItemProcessor": {"StartAt": "Describe", "States": {"Describe": DESCRIBE_STATE}},
        "Retry": [{"ErrorEquals": ["States.ALL"], "IntervalSeconds": 1, "MaxAttempts": 1}],
        "End": True,
    }
    assert machines.run({"Map": state}, PERSONALIZE) == ["ACTIVE"] * 3
    assert control.calls()[DESCRIBE] == before + 6


def distributed_map(reader: dict[str, Any]) -> dict[str, Any]:
    item = {"Type": "Pass", "Output": "{% $states.input.n * $states.input.by %}", "End": True}
    return {
        "Map": {
            "Type": "Map",
            "ItemReader": reader,
            "ItemSelector": {
                "n": "{% $states.context.Map.Item.Value.n %}",
                "by": "{% $states.input.by %}",
            },
            "MaxConcurrency": "{% $states.input.by %}",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                "StartAt": "Item",
                "States": {"Item": item},
            },
            "Output": {"all": "{% $states.result %}"},
            "End": True,
        }
    }


@pytest.mark.parametrize("sync", ["", ".sync:2"])
def test_an_execution_starts_another_one_as_its_role(machines: Machines, sync: str) -> None:
    inner = machines.create({"Done": {"Type": "Succeed", "Output": {"got": "{% $states.input %}"}}})
    outer = {
        "Start": {
            "Type": "Task",
            "Resource": f"arn:aws:states:::states:startExecution{sync}",
            "Arguments": {"StateMachineArn": inner, "Input": {"a": 1}},
            "Next": "End",
        },
        "End": PASS,
    }
    answer = machines.run(outer, allow("states:StartExecution", inner))
    assert machines.finish(answer["ExecutionArn"])["status"] == "SUCCEEDED"
    if sync:
        assert answer["Output"] == {"got": {"a": 1}}
    refused = machines.finish(machines.start(machines.create(outer)))
    assert f"states:StartExecution on resource: {inner}" in refused["cause"]
    assert len(machines.of(inner)) == 1


def test_a_failure_of_an_inner_execution_is_one_of_the_outer(machines: Machines) -> None:
    inner = machines.create({"Fail": {"Type": "Fail", "Error": "Job", "Cause": "no users"}})
    start = {
        "Type": "Task",
        "Resource": "arn:aws:states:::states:startExecution.sync:2",
        "Arguments": {"StateMachineArn": inner},
        "End": True,
    }
    ended = machines.finish(machines.start(machines.create({"Start": start}, START)))
    assert (ended["status"], ended["error"]) == ("FAILED", "States.TaskFailed")
    cause = json.loads(ended["cause"])
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Job", "no users")


@pytest.mark.parametrize("allowed", [True, False])
def test_a_topic_is_told_as_the_role(local_aws: Any, machines: Machines, allowed: bool) -> None:
    topic = local_aws.client("sns").create_topic(Name=f"flow-{uuid.uuid4().hex[:8]}")["TopicArn"]
    publish = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sns:publish",
        "Arguments": {"TopicArn": topic, "Message": "failed"},
        "End": True,
    }
    statements = [allow("sns:Publish", topic)] if allowed else []
    ended = machines.finish(machines.start(machines.create({"Tell": publish}, *statements)))
    assert (ended["status"] == "SUCCEEDED") is allowed
    assert allowed or f"sns:Publish on resource: {topic}" in ended["cause"]


def test_parallel_branches_take_arguments_and_give_one_output(machines: Machines) -> None:
    def branch(name: str, output: str) -> dict[str, Any]:
        return {"StartAt": name, "States": {name: {**PASS, "Output": output}}}

    state = {
        "Type": "Parallel",
        "Arguments": {"n": 3},
        "Branches": [
            branch("A", "{% $states.input.n %}"),
            branch("B", "{% $states.input.n + 1 %}"),
        ],
        "Output": "{% $sum($states.result) %}",
        "End": True,
    }
    assert machines.run({"Both": state}) == 7


@pytest.mark.parametrize("kind", ["JSON", "JSONL"])
def test_a_distributed_map_reads_its_items_as_the_role(
    local_aws: Any, machines: Machines, bucket: str, kind: str
) -> None:
    items = [{"n": number} for number in range(4)]
    lines = "\n".join(json.dumps(item) for item in items)
    body = json.dumps(items) if kind == "JSON" else lines
    local_aws.client("s3").put_object(Bucket=bucket, Key="plan", Body=body.encode())
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": kind},
        "Arguments": {"Bucket": "{% $states.input.bucket %}", "Key": "plan"},
    }
    read = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/plan")
    content = {"bucket": bucket, "by": 2}
    outcomes = []
    for statements in ([read, START], [START], [read]):
        machine = machines.create(distributed_map(reader), *statements)
        ended = machines.finish(machines.start(machine, content))
        outcomes.append(ended.get("cause") or json.loads(ended["output"]))
    assert outcomes[0] == {"all": [0, 2, 4, 6]}
    assert "s3:GetObject" in outcomes[1]
    assert "states:StartExecution" in outcomes[2]


@pytest.mark.parametrize("namespace", ["Films", "Elsewhere"])
def test_metrics_are_put_in_the_namespace_of_the_policy(
    local_aws: Any, machines: Machines, namespace: str
) -> None:
    metric = {"MetricName": f"m{uuid.uuid4().hex[:8]}", "Value": 2}
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:cloudwatch:putMetricData",
        "Arguments": {"Namespace": namespace, "MetricData": [metric]},
        "End": True,
    }
    condition = {"StringEquals": {"cloudwatch:namespace": "Films"}}
    statement: Any = {**allow("cloudwatch:PutMetricData"), "Condition": condition}
    ended = machines.finish(machines.start(machines.create({"Put": put}, statement)))
    listed = local_aws.client("cloudwatch").list_metrics(MetricName=metric["MetricName"])
    if namespace == "Films":
        assert ended["status"] == "SUCCEEDED", ended
        assert [one["Namespace"] for one in listed["Metrics"]] == ["Films"]
    else:
        assert "cloudwatch:PutMetricData" in ended["cause"]
        assert listed["Metrics"] == []


@pytest.mark.parametrize("lacks", [None, "s3:PutObject", "kms:GenerateDataKey"])
def test_an_object_is_put_as_the_role(
    local_aws: Any, machines: Machines, bucket: str, lacks: str | None
) -> None:
    s3, key = local_aws.client("s3"), local_aws.client("kms").create_key()["KeyMetadata"]["Arn"]
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}
    s3.put_bucket_encryption(
        Bucket=bucket,
        ServerSideEncryptionConfiguration={
            "Rules": [{"ApplyServerSideEncryptionByDefault": default}]
        },
    )
    needed = {"s3:PutObject": f"arn:aws:s3:::{bucket}/out/*", "kms:GenerateDataKey": key}
    statements = [allow(action, on) for action, on in needed.items() if action != lacks]
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Arguments": {
            "Bucket": bucket,
            "Key": "{% 'out/a b' & '=ü.json' %}",
            "Body": {"Text": "ü", "none": None, "sum": "{% 1 + 1 %}"},
            "ContentType": "application/json",
        },
        "End": True,
    }
    ended = machines.finish(machines.start(machines.create({"Put": put}, *statements)))
    if lacks:
        assert (ended["status"], ended["error"]) == ("FAILED", "S3.S3Exception")
        assert lacks in ended["cause"]
        return
    assert ended["status"] == "SUCCEEDED", ended
    found = s3.get_object(Bucket=bucket, Key="out/a b=ü.json")
    assert json.loads(found["Body"].read()) == {"Text": "ü", "none": None, "sum": 2}
    assert found["ContentType"] == "application/json"
    assert json.loads(ended["output"]) == {"ETag": found["ETag"]}


def test_what_the_local_aws_cannot_put_is_refused(machines: Machines, bucket: str) -> None:
    arguments = {"Bucket": bucket, "Key": "a", "Body": "", "StorageClass": "GLACIER"}
    put = {
        "Type": "Task",
        "Resource": "arn:aws:states:::aws-sdk:s3:putObject",
        "Arguments": arguments,
        "End": True,
    }
    machine = machines.create({"Put": put}, allow("s3:PutObject"))
    ended = machines.finish(machines.start(machine))
    assert ended["cause"] == "The local AWS has no StorageClass of s3:putObject."


def started(machines: Machines, machine: str, seconds: float) -> list[Any]:
    """The inputs of a machine's executions: of the first one, or after some seconds none."""
    deadline = time.monotonic() + seconds
    while not (found := machines.of(machine)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [json.loads(machines.finish(one["executionArn"])["input"]) for one in found]


@pytest.mark.parametrize("allowed", [True, False])
def test_a_schedule_starts_an_execution_as_its_role(
    local_aws: Any, machines: Machines, allowed: bool
) -> None:
    machine = machines.create({"Pass": PASS})
    statements = [allow("states:StartExecution", machine)] if allowed else []
    due = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=1)
    local_aws.client("scheduler").create_schedule(
        Name=f"flow-{uuid.uuid4().hex[:8]}",
        ScheduleExpression=f"at({due:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target={
            "Arn": machine,
            "RoleArn": local_aws.create_role("scheduler", *statements),
            "Input": '{"by": "schedule"}',
        },
    )
    inputs = started(machines, machine, 6 if allowed else 3)
    assert inputs == ([{"by": "schedule"}] if allowed else [])


@pytest.mark.parametrize("before", ["rate(1 hour)", "at(2020-01-01T00:00:00)"])
def test_a_schedule_that_is_changed_starts_at_its_new_time_and_tells_it(
    local_aws: Any, machines: Machines, before: str
) -> None:
    client, machine = local_aws.client("scheduler"), machines.create({"Pass": PASS})
    schedule = {
        "Name": f"flow-{uuid.uuid4().hex[:8]}",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {
            "Arn": machine,
            "RoleArn": local_aws.create_role("scheduler", START),
            "Input": '{"time": "<aws.scheduler.scheduled-time>", "by": '
            '"<aws.scheduler.schedule-arn>", "id": "<aws.scheduler.execution-id>"}',
        },
    }
    made = client.create_schedule(ScheduleExpression=before, **schedule)
    # So long that it has been looked at.
    first = started(machines, machine, 2.5)
    assert [one["time"] for one in first] == (
        ["2020-01-01T00:00:00Z"] if "at" in before[:2] else []
    )
    due = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=2)
    client.update_schedule(ScheduleExpression=f"at({due:%Y-%m-%dT%H:%M:%S})", **schedule)
    deadline = time.monotonic() + 8
    while len(machines.of(machine)) == len(first) and time.monotonic() < deadline:
        time.sleep(0.05)
    told = {one["time"]: one for one in started(machines, machine, 1)}
    assert len(told) == len(first) + 1
    last = told[f"{due:%Y-%m-%dT%H:%M:%SZ}"]
    assert last["by"] == made["ScheduleArn"]
    assert uuid.UUID(last["id"])


def test_a_schedule_that_gets_a_rate_counts_from_then(local_aws: Any, machines: Machines) -> None:
    client, machine = local_aws.client("scheduler"), machines.create({"Pass": PASS})
    schedule = {
        "Name": f"flow-{uuid.uuid4().hex[:8]}",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": {"Arn": machine, "RoleArn": local_aws.create_role("scheduler", START)},
    }
    client.create_schedule(ScheduleExpression="at(2020-01-01T00:00:00)", **schedule)
    assert len(started(machines, machine, 4)) == 1
    client.update_schedule(ScheduleExpression="rate(1 minute)", **schedule)
    time.sleep(2.5)
    assert len(machines.of(machine)) == 1


def test_a_new_object_starts_an_execution_as_the_rules_role(
    local_aws: Any, machines: Machines, bucket: str
) -> None:
    s3, events = local_aws.client("s3"), local_aws.client("events")
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}}
    )
    pattern = {
        "source": ["aws.s3"],
        "detail-type": ["Object Created"],
        "detail": {"bucket": {"name": [bucket]}, "object": {"key": [{"prefix": "in/"}]}},
    }
    machine, refused = machines.create({"Pass": PASS}), machines.create({"Pass": PASS})
    for target, statements in ((machine, [START]), (refused, [])):
        name = target.rpartition(":")[2]
        role = local_aws.create_role("events", *statements)
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target, "RoleArn": role}])
    s3.put_object(Bucket=bucket, Key="out/users.json", Body=b"{}")
    s3.put_object(Bucket=bucket, Key="in/users.json", Body=b"{}")
    inputs = started(machines, machine, 6)
    assert [one["detail"]["object"]["key"] for one in inputs] == ["in/users.json"]
    assert machines.of(refused) == []
