"""ItemReader, ItemBatcher and ResultWriter of Distributed Maps."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.flow.machines import Machines
from tests.support.flow.running_aws import RunningAws

ITEM = {"Type": "Pass", "End": True}


def allow(action: str) -> dict[str, str]:
    return {"Effect": "Allow", "Action": action, "Resource": "*"}


START, PUT, GET = (
    allow(name) for name in ("states:StartExecution", "s3:PutObject", "s3:GetObject")
)


def distributed(items: object = None, state: object = None, **fields: Any) -> dict[str, Any]:
    processor = {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
        "StartAt": "Item",
        "States": {"Item": state or ITEM},
    }
    made = {"Type": "Map", "ItemProcessor": processor, "Label": "Rows", "End": True, **fields}
    return {"Map": made if items is None else {**made, "Items": items}}


def writer(bucket: str, **config: str) -> dict[str, Any]:
    place = {"Resource": "arn:aws:states:::s3:putObject", "Arguments": {"Bucket": bucket}}
    place["Arguments"]["Prefix"] = "runs"  # type: ignore[index]
    return {**place, "WriterConfig": config} if config else place


def read(aws: RunningAws, bucket: str, key: str) -> str:
    body = aws.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    return str(body.decode())


def test_results_are_written_with_a_manifest(
    local_aws: RunningAws, machines: Machines, bucket: str
) -> None:
    # Step Functions Developer Guide, ResultWriter: exporting to Amazon S3
    states = distributed([1, 2], ResultWriter=writer(bucket))
    told = machines.run(states, START, PUT)
    run = told["MapRunArn"].rpartition(":")[2]
    assert told["ResultWriterDetails"] == {"Bucket": bucket, "Key": f"runs/{run}/manifest.json"}
    manifest = json.loads(read(local_aws, bucket, told["ResultWriterDetails"]["Key"]))
    (file,) = manifest["ResultFiles"]["SUCCEEDED"]
    assert manifest == {
        "DestinationBucket": bucket,
        "MapRunArn": told["MapRunArn"],
        "ResultFiles": {"FAILED": [], "PENDING": [], "SUCCEEDED": [file]},
    }
    assert file["Key"] == f"runs/{run}/SUCCEEDED_0.json"
    text = read(local_aws, bucket, file["Key"])
    assert file["Size"] == len(text)
    first, second = json.loads(text)
    assert (first["Input"], first["Output"], first["Status"]) == ("1", "1", "SUCCEEDED")
    assert first["ExecutionArn"] != second["ExecutionArn"]
    assert first["StateMachineArn"].endswith("/Rows")


@pytest.mark.parametrize(
    ("config", "name", "content"),
    [
        ({"Transformation": "COMPACT", "OutputType": "JSON"}, "json", "[[1,2],[3]]"),
        ({"Transformation": "FLATTEN", "OutputType": "JSON"}, "json", "[1,2,3]"),
        ({"Transformation": "FLATTEN", "OutputType": "JSONL"}, "jsonl", "1\n2\n3"),
    ],
    ids=str,
)
def test_results_are_transformed(
    local_aws: RunningAws,
    machines: Machines,
    bucket: str,
    config: dict[str, str],
    name: str,
    content: str,
) -> None:
    states = distributed([[1, 2], [3]], ResultWriter=writer(bucket, **config))
    told = machines.run(states, START, PUT)
    folder = told["ResultWriterDetails"]["Key"].rpartition("/")[0]
    assert read(local_aws, bucket, f"{folder}/SUCCEEDED_0.{name}") == content


def test_results_can_be_transformed_without_a_bucket(machines: Machines) -> None:
    config = {"WriterConfig": {"Transformation": "FLATTEN", "OutputType": "JSON"}}
    assert machines.run(distributed([[1, 2], [3]], ResultWriter=config), START) == [1, 2, 3]


def test_failures_are_written_beside_what_succeeded(
    local_aws: RunningAws, machines: Machines, bucket: str
) -> None:
    choice = {
        "Type": "Choice",
        "Choices": [{"Condition": "{% $states.input = 1 %}", "Next": "Good"}],
        "Default": "Bad",
    }
    states = distributed([1, 2], choice, ToleratedFailureCount=1, ResultWriter=writer(bucket))
    states["Map"]["ItemProcessor"]["States"].update(
        {"Good": ITEM, "Bad": {"Type": "Fail", "Error": "No", "Cause": "room"}}
    )
    told = machines.run(states, START, PUT)
    manifest = json.loads(read(local_aws, bucket, told["ResultWriterDetails"]["Key"]))
    (file,) = manifest["ResultFiles"]["FAILED"]
    assert file["Key"].endswith("/FAILED_0.json")
    (failed,) = json.loads(read(local_aws, bucket, file["Key"]))
    assert (failed["Input"], failed["Error"], failed["Cause"], failed["Status"]) == (
        "2",
        "No",
        "room",
        "FAILED",
    )


def test_results_are_written_as_the_role(machines: Machines, bucket: str) -> None:
    states = distributed([1], ResultWriter=writer(bucket))
    ended = machines.finish(machines.start(machines.create(states, START)))
    assert ended["error"] == "States.ResultWriterFailed"
    assert "s3:PutObject" in ended["cause"]


def test_the_bucket_is_of_the_region_of_the_machine(
    local_aws: RunningAws, machines: Machines, bucket: str
) -> None:
    # Step Functions Developer Guide, ResultWriter: the bucket must be in the same Region
    elsewhere = f"{bucket}-elsewhere"
    local_aws.client("s3").create_bucket(
        Bucket=elsewhere, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )
    states = distributed([1], ResultWriter=writer(elsewhere))
    ended = machines.finish(machines.start(machines.create(states, START, PUT)))
    assert ended["error"] == "States.ResultWriterFailed"
    assert "the Region of the state machine" in ended["cause"]


def test_items_come_in_batches(machines: Machines) -> None:
    # Step Functions Developer Guide, ItemBatcher; recorded by LocalStack:
    # test_map_item_batching_base_json_max_per_batch_jsonata
    batcher = {"MaxItemsPerBatch": "{% 1 + 1 %}", "BatchInput": {"of": "{% $states.input %}"}}
    states = distributed([1, 2, 3], ItemBatcher=batcher)
    execution = machines.start(machines.create(states, START), "all")
    assert json.loads(machines.finish(execution)["output"]) == [
        {"BatchInput": {"of": "all"}, "Items": [1, 2]},
        {"BatchInput": {"of": "all"}, "Items": [3]},
    ]
    (run,) = machines.client.list_map_runs(executionArn=execution)["mapRuns"]
    described = machines.client.describe_map_run(mapRunArn=run["mapRunArn"])
    assert described["itemCounts"]["succeeded"] == 3
    assert described["executionCounts"]["succeeded"] == 2


def test_batches_have_a_size(machines: Machines) -> None:
    states = distributed(["x" * 40] * 3, ItemBatcher={"MaxInputBytesPerBatch": 100})
    batches = machines.run(states, START)
    assert [len(batch["Items"]) for batch in batches] == [2, 1]


@pytest.mark.parametrize(
    ("content", "config", "items"),
    [
        ("[1, 2]", {"InputType": "JSON"}, [1, 2]),
        ('{"a": 1}\n{"a": 2}\n', {"InputType": "JSONL"}, [{"a": 1}, {"a": 2}]),
        (
            "a,b\n1,2\n",
            {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
            [{"a": "1", "b": "2"}],
        ),
        ("[1, 2, 3]", {"InputType": "JSON", "MaxItems": 2}, [1, 2]),
    ],
    ids=["JSON", "JSONL", "CSV", "MaxItems"],
)
def test_items_are_read_from_a_file(
    local_aws: RunningAws,
    machines: Machines,
    bucket: str,
    content: str,
    config: dict[str, Any],
    items: list[object],
) -> None:
    local_aws.client("s3").put_object(Bucket=bucket, Key="items", Body=content)
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": config,
        "Arguments": {"Bucket": bucket, "Key": "items"},
    }
    assert machines.run(distributed(ItemReader=reader), START, GET) == items


@pytest.mark.parametrize(
    ("content", "config", "cause"),
    [
        ('{"a": 1}', {"InputType": "JSON"}, "Attempting to map over non-iterable node."),
        ("[1]", {"InputType": "JSON", "MaxItems": -1}, "field MaxItems must be positive"),
    ],
)
def test_items_that_cannot_be_read_fail_the_map(
    local_aws: RunningAws,
    machines: Machines,
    bucket: str,
    content: str,
    config: dict[str, Any],
    cause: str,
) -> None:
    # Recorded by LocalStack: test_map_item_reader_json_no_json_list_object and others
    local_aws.client("s3").put_object(Bucket=bucket, Key="items", Body=content)
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": config,
        "Arguments": {"Bucket": bucket, "Key": "items"},
    }
    machine = machines.create(distributed(ItemReader=reader), START, GET)
    ended = machines.finish(machines.start(machine))
    assert (ended["error"], ended["cause"]) == ("States.ItemReaderFailed", cause)


def test_children_see_no_variables_of_the_states_around_them(machines: Machines) -> None:
    # Step Functions Developer Guide, Variable scope: Distributed Map
    states = {
        "First": {"Type": "Pass", "Assign": {"outer": 1}, "Next": "Map"},
        **distributed([1], {**ITEM, "Output": "{% $outer %}"}),
    }
    execution = machines.start(machines.create(states, START))
    assert machines.finish(execution)["error"] == "States.ExceedToleratedFailureThreshold"
