"""Rules and schedules start executions as the role of their target."""

from __future__ import annotations

import json

from tests.support.flow.machines import PASS, START, Machines, allow
from tests.support.flow.running_aws import RunningAws
from tests.support.flow.schedules import Schedules, at, soon
from tests.support.waiting import wait_for


def test_a_schedule_starts_an_execution_as_its_role(
    schedules: Schedules, machines: Machines
) -> None:
    machine, refused = machines.create({"Pass": PASS}), machines.create({"Pass": PASS})
    expression = at(soon())
    # The refused one first: when the other one has started, both have been tried.
    for target, statements in ((refused, []), (machine, [allow("states:StartExecution", machine)])):
        settings = schedules.settings(target, *statements, content='{"by": "schedule"}')
        schedules.client.create_schedule(ScheduleExpression=expression, **settings)
    wait_for(lambda: machines.of(machine))
    assert machines.inputs(machine) == [{"by": "schedule"}]
    assert machines.of(refused) == []


def test_a_new_object_starts_an_execution_as_the_rules_role(
    local_aws: RunningAws, machines: Machines, bucket: str
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
    for target, statements in ((refused, []), (machine, [START])):
        name = target.rpartition(":")[2]
        role = local_aws.create_role("events", *statements)
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": target, "RoleArn": role}])
    s3.put_object(Bucket=bucket, Key="out/users.json", Body=b"{}")
    s3.put_object(Bucket=bucket, Key="in/users.json", Body=b"{}")
    wait_for(lambda: machines.of(machine))
    inputs = machines.inputs(machine)
    assert [one["detail"]["object"]["key"] for one in inputs] == ["in/users.json"]
    assert machines.of(refused) == []
