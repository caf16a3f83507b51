from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from personalize_local import limits
from personalize_local.errors import JobFailed
from personalize_local.jobs.locations import parse
from personalize_local.jobs.store import JobStore
from tests.support.local.service import Local
from tests.support.s3 import Padded

USER = b'{"userId":"1"}\n'
ITEM = b'{"itemId":"1001"}\n'


def failure(local: Local, **more: Any) -> str:
    described = local.finish(local.create(**more))
    assert described["status"] == "CREATE FAILED"
    return str(described["failureReason"])


def located(path: str) -> dict[str, object]:
    return {"s3DataSource": {"path": path}}


def outputs(local: Local) -> list[str]:
    return local.s3.keys("out")


def test_a_job_goes_through_its_states_in_its_time(local: Local) -> None:
    local.s3.put("in", "users.json", USER)
    local.time.gate.clear()
    arn = local.create()
    pending = local.call("DescribeBatchInferenceJob", batchInferenceJobArn=arn)
    assert pending["batchInferenceJob"]["status"] == "CREATE PENDING"
    assert outputs(local) == []
    local.time.gate.set()
    described = local.finish(arn)
    assert described["status"] == "ACTIVE"
    assert described["creationDateTime"] == 1000.0
    assert described["lastUpdatedDateTime"] == 1008.0
    assert local.time.naps == [2.0, 6.0]
    assert "failureReason" not in described
    assert local.s3.closed


@pytest.mark.parametrize(
    ("path", "keys", "written"),
    [
        ("s3://in/a.json", ["a.json", "a.json.old"], ["a.json.out"]),
        ("s3://in/d/", ["d/", "d/a.json", "d2/b.json"], ["a.json.out"]),
        ("s3://in/d", ["d/a.json", "d_test/b.json"], ["a.json.out", "b.json.out"]),
        ("s3://in/d", ["d/a.json", "d_test/a.json"], ["d/a.json.out", "d_test/a.json.out"]),
        (
            "s3://in/d/",
            ["d/a.json", "d/x/a.json", "d/x/b.json"],
            ["a.json.out", "b.json.out", "x/a.json.out"],
        ),
        ("s3://in", ["a.json", "x/b.json"], ["a.json.out", "b.json.out"]),
    ],
)
def test_paths_are_objects_or_raw_prefixes(
    local: Local, path: str, keys: list[str], written: list[str]
) -> None:
    local.s3.page_size = 1
    for key in keys:
        local.s3.put("in", key, b"" if key.endswith("/") else USER)
    output = {"s3DataDestination": {"path": "s3://out/o"}}
    described = local.finish(local.create(jobInput=located(path), jobOutput=output))
    assert described["status"] == "ACTIVE"
    assert outputs(local) == [f"o/{name}" for name in written]


def test_output_is_encrypted_with_the_key_of_the_request(local: Local) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    destination = {"s3DataDestination": {"path": "s3://out/results/", "kmsKeyArn": key}}
    local.run(USER, "hrnn", jobOutput=destination)
    assert local.s3.puts == [
        {
            "Bucket": "out",
            "Key": "results/users.json.out",
            "ServerSideEncryption": "aws:kms",
            "SSEKMSKeyId": key,
        }
    ]


@pytest.mark.parametrize(
    ("denied", "who"),
    [
        ("kms:Decrypt by key policy", "the policy of the key does not allow personalize."),
        ("kms:DescribeKey by role", "no policy allows the role arn:aws:iam:"),
        ("kms:GenerateDataKey by role", "no policy allows the role arn:aws:iam:"),
    ],
)
def test_a_key_that_cannot_be_used_fails_the_job(local: Local, denied: str, who: str) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    local.s3.put("in", "users.json", USER)
    local.cloud.denied.add(denied)
    source = {"s3DataSource": {"path": "s3://in/users.json", "kmsKeyArn": key}}
    target = {"s3DataDestination": {"path": "s3://out/results/", "kmsKeyArn": key}}
    reason = failure(local, jobInput=source, jobOutput=target)
    assert who in reason
    assert f"{denied.split()[0]} on {key}" in reason


def test_the_keys_of_buckets_are_checked_without_being_named(local: Local) -> None:
    local.cloud.default_keys = {"in": "key-in", "out": "key-out"}
    local.run(USER, "hrnn")
    assert local.cloud.key_checks == [
        ("key-in", "kms:Decrypt"),
        ("key-in", "kms:DescribeKey"),
        ("key-out", "kms:GenerateDataKey"),
        ("key-out", "kms:Decrypt"),
        ("key-out", "kms:DescribeKey"),
    ]


def test_both_buckets_are_checked_for_every_access(local: Local) -> None:
    local.run(USER, "hrnn")
    assert local.cloud.bucket_checks == [
        ("in", "s3:ListBucket", None),
        ("out", "s3:ListBucket", None),
        ("in", "s3:GetObject", "users.json"),
        ("out", "s3:PutObject", "results/users.json.out"),
    ]
    job = "arn:aws:personalize:us-east-1:123456789012:batch-inference-job/job"
    role = "arn:aws:iam::123456789012:role/personalize"
    assert local.cloud.assumed == [(role, "123456789012", job)] * 2


ACCESSES = [
    ("s3:ListBucket in", "arn:aws:s3:::in"),
    ("s3:ListBucket out", "arn:aws:s3:::out"),
    ("s3:GetObject in", "arn:aws:s3:::in/users.json"),
    ("s3:PutObject out", "arn:aws:s3:::out/results/users.json.out"),
]


@pytest.mark.parametrize(("access", "resource"), ACCESSES)
def test_a_permission_that_the_role_lacks_fails_the_job(
    local: Local, access: str, resource: str
) -> None:
    local.s3.put("in", "users.json", USER)
    local.s3.denied.add(access)
    reason = failure(local)
    assert "no policy allows the role arn:aws:iam::123456789012:role/personalize" in reason
    assert f"{access.split()[0]} on {resource}" in reason


@pytest.mark.parametrize(("access", "resource"), ACCESSES)
def test_a_permission_that_the_bucket_policy_lacks_fails_the_job(
    local: Local, access: str, resource: str
) -> None:
    local.s3.put("in", "users.json", USER)
    local.cloud.denied.add(f"{access} by bucket policy")
    reason = failure(local)
    assert "the bucket policy of" in reason
    assert f"personalize.amazonaws.com {access.split()[0]} on {resource}." in reason


def test_a_role_that_is_gone_fails_the_job(local: Local) -> None:
    local.time.gate.clear()
    arn = local.create()
    local.cloud.denied.add("sts:AssumeRole")
    local.time.gate.set()
    assert "cannot be assumed" in local.finish(arn)["failureReason"]


@pytest.mark.parametrize(
    ("source", "target", "says"),
    [
        ("s3://in/none", "s3://out/", "Invalid S3 input path: there is no object at s3://in/none."),
        ("s3://gone/a", "s3://out/", "Invalid S3 input path: s3://gone/"),
        ("s3://in/users.json", "s3://gone/", "Invalid S3 output path: s3://gone/"),
        ("https://in/users.json", "s3://out/", "Invalid S3 input path: https://in"),
    ],
)
def test_a_wrong_path_fails_the_job(local: Local, source: str, target: str, says: str) -> None:
    local.s3.put("in", "users.json", USER)
    output = {"s3DataDestination": {"path": target}}
    assert failure(local, jobInput=located(source), jobOutput=output).startswith(says)


@pytest.mark.parametrize(("path", "key"), [("s3://b", ""), ("s3://b/k", "k/"), ("s3://b/k/", "k/")])
def test_output_prefixes_end_with_a_slash(path: str, key: str) -> None:
    assert parse(path, "output").key == key


def test_a_path_needs_a_bucket() -> None:
    with pytest.raises(JobFailed, match="s3:///k is not of the form"):
        parse("s3:///k", "input")


@pytest.mark.parametrize(("count", "status"), [(1000, "ACTIVE"), (1001, "CREATE FAILED")])
def test_a_job_takes_a_thousand_files(local: Local, count: int, status: str) -> None:
    for number in range(count):
        local.s3.put("in", f"d/{number:04}", b"")
    described = local.finish(local.create(jobInput=located("s3://in/d/")))
    assert described["status"] == status
    assert ("more than 1000" in described.get("failureReason", "")) is (count > 1000)


@pytest.mark.parametrize(("size", "status"), [(10**9, "ACTIVE"), (10**9 + 1, "CREATE FAILED")])
def test_a_job_takes_a_gigabyte(local: Local, size: int, status: str) -> None:
    local.s3.put("in", "d/a", Padded(b"", size - 1))
    local.s3.put("in", "d/b", Padded(b"", 1))
    described = local.finish(local.create(jobInput=located("s3://in/d/")))
    assert described["status"] == status
    assert ("Too much input" in described.get("failureReason", "")) is (size > 10**9)


@pytest.mark.parametrize(("count", "status"), [(100, "ACTIVE"), (101, "CREATE FAILED")])
def test_a_file_of_a_theme_job_has_a_hundred_records(local: Local, count: int, status: str) -> None:
    local.s3.put("in", "users.json", ITEM * count)
    config = {"fieldsForThemeGeneration": {"itemName": "TITLE"}}
    arn = local.create(
        "similar-items", batchInferenceJobMode="THEME_GENERATION", themeGenerationConfig=config
    )
    assert local.finish(arn)["status"] == status
    assert bool(outputs(local)) is (count == 100)


def test_an_unreachable_s3_fails_the_job(local: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://s3")

    monkeypatch.setattr(local.s3, "list_objects_v2", unreachable)
    assert "S3 could not be reached" in failure(local)


def test_a_defect_fails_the_job_instead_of_leaving_it(
    local: Local, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr(local.s3, "list_objects_v2", broken)
    assert failure(local) == "Internal error: RuntimeError: boom"
    assert "defect of the local service" in caplog.text


def test_closing_fails_the_jobs_that_still_run(local: Local) -> None:
    local.time.gate.clear()
    arn = local.create()
    close_while_running(local)
    assert "was stopped" in local.finish(arn)["failureReason"]


def close_while_running(local: Local) -> None:
    # `close` first tells the threads to stop, then waits: the gate opens in between.
    original = local.service._threads._stopped.set

    def stop_and_open() -> None:
        original()
        local.time.gate.set()

    local.service._threads._stopped.set = stop_and_open
    local.service.close()


def test_ended_jobs_do_not_change(local: Local) -> None:
    local.run(USER, "hrnn")
    store: JobStore = local.service._store
    arn = "arn:aws:personalize:us-east-1:123456789012:batch-inference-job/job"
    with pytest.raises(ValueError, match="cannot follow"):
        store.move(arn, "CREATE IN_PROGRESS")


def test_five_jobs_run_at_a_time_and_the_sixth_starts_when_one_ended(local: Local) -> None:
    local.s3.put("in", "users.json", USER)
    local.time.gate.clear()
    arns = [local.create(jobName=f"j{number}") for number in range(limits.JOBS_IN_FLIGHT)]
    with pytest.raises(Exception, match="LimitExceededException: More than 5"):
        local.create(jobName="j5")
    local.time.gate.set()
    for arn in arns:
        assert local.finish(arn)["status"] == "ACTIVE"
    assert local.finish(local.create(jobName="j5"))["status"] == "ACTIVE"
