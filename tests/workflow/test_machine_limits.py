"""What Step Functions bounds: the events of an execution, and the data of a state.

Source: the Step Functions developer guide, "Service quotas"; which events there are is proven by
tests/flow/mends/step_functions/runs/test_history.py.
"""

from __future__ import annotations

import json
import re

import pytest
from aws_cdk import Duration
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import JobInput
from cdk_personalize_batch.limits import STATE_BYTES
from tests.support.synth.synth import Synth
from tests.support.synth.workflows import definition, make

# Entered and left, and for a task also scheduled, started and ended.
STATE, TASK = 2, 5
# A Wait, a description of the job and a Choice.
LOOK = STATE + TASK + STATE
# Of 25,000, with room for the other states of a run.
MOST_EVENTS = 20_000


def looks_within(seconds: int, pause: str) -> int:
    """How often there is a look, by the expression for the pause between two."""
    found = re.fullmatch(r"\{% \$max\(\[(\d+), \$floor\(.* / (\d+)\)\]\) %\}", pause)
    assert found, pause
    least, share = map(int, found.groups())
    looks = waited = 0
    while waited < seconds:
        waited += max(least, waited // share)
        looks += 1
    return looks


@pytest.mark.aws("a history that outgrows Step Functions")
@pytest.mark.parametrize(
    ("timeout", "poll"),
    [
        (Duration.days(7), Duration.seconds(10)),
        (Duration.days(365), Duration.seconds(1)),
        (Duration.days(1), Duration.minutes(2)),
    ],
    ids=["a week", "a year", "a day"],
)
def test_a_run_that_looks_often_fits_its_history(
    synth: Synth, timeout: Duration, poll: Duration
) -> None:
    make(synth, timeout=timeout, poll_interval=poll)
    machine = definition(synth)
    looks = looks_within(machine["TimeoutSeconds"], machine["States"]["Wait"]["Seconds"])
    # A redrive adds to the same history.
    assert 3 * looks * LOOK <= MOST_EVENTS


@pytest.mark.aws("a history that outgrows Step Functions")
def test_each_shard_has_a_history_of_its_own(synth: Synth) -> None:
    make(synth)
    maps = [one for one in definition(synth)["States"].values() if one["Type"] == "Map"]
    modes = [one["ItemProcessor"]["ProcessorConfig"] for one in maps]
    assert modes == [{"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}]


@pytest.mark.aws("results of shards that outgrow a state")
def test_the_results_of_shards_are_no_data_of_a_state(synth: Synth) -> None:
    make(synth)
    states = definition(synth)["States"]
    writer = states["RunShards"]["ResultWriter"]
    assert writer["Resource"].endswith(":states:::s3:putObject")
    assert "'jobsFrom': {'bucket': $states.input.ResultWriterDetails.Bucket" in json.dumps(
        states["WriteManifest"]["Arguments"]["Payload"]
    )


@pytest.mark.aws("a page of keys that outgrows a state")
def test_a_page_of_the_longest_keys_fits_a_state(synth: Synth) -> None:
    bucket = s3.Bucket(synth.stack, "Films")
    make(synth, job_input=JobInput.from_bucket(bucket, prefix="in/")).start_on_input()
    # Of the workflow, and of the machine that input starts.
    pages = [
        int(number)
        for one in synth.resources("AWS::StepFunctions::StateMachine").values()
        for number in re.findall(r"""MaxKeys\W+(\d+)""", synth.definition(one["Properties"]))
    ]
    assert len(pages) == 2
    keys = max(pages)
    # Each of its bytes as JSON may write it.
    listed = {
        "Key": "\x01" * 1_024,
        "LastModified": "2026-01-01T00:00:00Z",
        "ETag": '"0123456789abcdef0123456789abcdef"',
        "ChecksumAlgorithm": ["CRC64NVME"],
        "ChecksumType": "FULL_OBJECT",
        "Size": 1_000_000,
        "StorageClass": "STANDARD",
    }
    assert keys * len(json.dumps(listed, separators=(",", ":"))) <= STATE_BYTES
