"""What Step Functions bounds: the events of an execution, and the data of a state.

Source: the Step Functions developer guide, "Service quotas"; which events there are is proven by
tests/flow/mends/step_functions/runs/test_history.py.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from aws_cdk import Duration

from cdk_personalize_batch import ValidationError
from cdk_personalize_batch.limits import EXECUTION_EVENTS, STATE_BYTES
from cdk_personalize_batch.states.steps.shards import INLINE_SHARDS
from tests.support.synth.synth import Synth
from tests.support.synth.workflows import definition, make

# Entered and left, and for a task also scheduled, started and ended.
STATE, TASK = 2, 5
# A Wait, a description of the job and a Choice.
LOOK = STATE + TASK + STATE
# Printed runs of jobs take up to so long.
JOB_SECONDS = 9_000


@pytest.mark.aws("a history that outgrows Step Functions")
@pytest.mark.xfail(
    strict=True, raises=AssertionError, reason="a history that outgrows Step Functions"
)
def test_a_run_that_looks_often_fits_its_history(synth: Synth) -> None:
    timeout, poll = Duration.days(7), Duration.seconds(10)
    try:
        make(synth, timeout=timeout, poll_interval=poll)
    except ValidationError:
        return
    machine = definition(synth)
    looks = machine["TimeoutSeconds"] / machine["States"]["Wait"]["Seconds"]
    assert looks * LOOK <= EXECUTION_EVENTS


@pytest.mark.aws("a history that outgrows Step Functions")
@pytest.mark.xfail(
    strict=True, raises=AssertionError, reason="a history that outgrows Step Functions"
)
def test_the_shards_of_one_execution_fit_its_history(synth: Synth) -> None:
    make(synth)
    states = definition(synth)["States"]["RunShards"]["ItemProcessor"]["States"]
    looks = JOB_SECONDS / states["ShardWait"]["Seconds"]
    # It starts, is copied, created, looked at, made its result, and ends.
    shard = 1 + TASK + TASK + looks * LOOK + STATE + 1
    assert INLINE_SHARDS * shard <= EXECUTION_EVENTS


@pytest.mark.aws("results of shards that outgrow a state")
@pytest.mark.xfail(
    strict=True, raises=AssertionError, reason="results of shards that outgrow a state"
)
def test_the_results_of_2000_shards_fit_a_state(synth: Synth) -> None:
    make(synth)
    run = definition(synth)["States"]["RunManyShards"]
    if "ResultWriter" in run:
        return
    job = "Films-Nightly-0123456789ab-00001"
    result = {
        "index": 1000,
        "outputUri": "s3://films-nightly-outputbucket-0123456789ab/Nightly/runs/run/shard-00001/",
        "jobArn": f"arn:aws:personalize:eu-west-1:123456789012:batch-inference-job/{job}",
        "jobName": job,
        "status": "ACTIVE",
    }
    told: dict[str, Any] = run["ItemProcessor"]["States"]["OneOfManySucceeded"]
    if all(f"'{name}'" in told["Output"] for name in result):
        assert 2_000 * len(json.dumps(result, separators=(",", ":"))) <= STATE_BYTES


@pytest.mark.aws("a page of keys that outgrows a state")
@pytest.mark.xfail(
    strict=True, raises=AssertionError, reason="a page of keys that outgrows a state"
)
def test_a_page_of_the_longest_keys_fits_a_state(synth: Synth) -> None:
    make(synth)
    keys = int(
        definition(synth)["States"]["ListInput"]["Arguments"].split("'MaxKeys': ")[1].split("}")[0]
    )
    listed = {
        "Key": "x" * 1_024,
        "LastModified": "2026-01-01T00:00:00Z",
        "ETag": '"0123456789abcdef0123456789abcdef"',
        "ChecksumAlgorithm": ["CRC64NVME"],
        "ChecksumType": "FULL_OBJECT",
        "Size": 1_000_000,
        "StorageClass": "STANDARD",
    }
    assert keys * len(json.dumps(listed, separators=(",", ":"))) <= STATE_BYTES
