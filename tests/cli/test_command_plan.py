from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from botocore.stub import ANY, Stubber

from tests.support.cli.runs import run
from tests.support.cli.stubs import Stubs, s3_object

MB = 1_000_000


@pytest.fixture
def s3(stubs: Stubs) -> Stubber:
    return stubs("s3")


def lists(s3: Stubber, sizes: dict[str, int], prefix: str = "in/") -> None:
    now = datetime.now(UTC)
    contents = [
        {"Key": key, "Size": size, "ETag": f'"{key}"', "LastModified": now}
        for key, size in sizes.items()
    ]
    asked = {"Bucket": "bucket", "Prefix": prefix}
    s3.add_response("list_objects_v2", {"Contents": contents, "IsTruncated": False}, asked)


def test_input_that_fits_is_one_job_and_not_copied(s3: Stubber) -> None:
    lists(s3, {"in/a.json": 100 * MB, "in/b.json": 200 * MB})
    result = run("plan", "s3://bucket/in/")
    assert result.exit_code == 0
    heading, row = (line.split() for line in result.stdout.splitlines())
    assert heading == ["SHARD", "FILES", "BYTES", "RECORDS", "INPUT"]
    assert row == ["shard-00001", "2", "300000000", "s3://bucket/in/"]
    assert result.stderr == "1 job: 2 files, 300,000,000 bytes\n"


def test_large_input_is_cut_and_nothing_is_written(s3: Stubber) -> None:
    lists(s3, {"in/a.json": 1_500 * MB, "in/old.json.out": 5})
    asked = {"Bucket": "bucket", "Key": "in/a.json", "IfMatch": ANY, "Range": ANY}
    for _ in range(2):
        window = s3_object(b'"}\n' + b"x" * (64 * 1024 - 3))
        s3.add_response("get_object", window, asked)
    result = run("plan", "s3://bucket/in/", "--format", "json")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row["input"] for row in rows] == ["copied", "copied"]
    assert sum(row["bytes"] for row in rows) == 1_500 * MB
    assert result.stderr == "2 jobs: 3 files, 1,500,000,000 bytes, 1 file skipped\n"


def test_the_records_of_a_file_are_counted_where_a_recipe_limits_them(s3: Stubber) -> None:
    content = b'{"itemAttributes":"ITEMS.a = \\"b\\""}\n' * 5
    lists(s3, {"in/a.json": len(content)})
    s3.add_response("get_object", s3_object(content))
    result = run("plan", "s3://bucket/in/", "-r", "aws-item-attribute-affinity", "-f", "csv")
    row = f"shard-00001,1,{len(content)},5,s3://bucket/in/a.json"
    assert result.stdout.splitlines() == ["shard,files,bytes,records,input", row]


def test_input_that_is_not_there_is_an_error(s3: Stubber) -> None:
    lists(s3, {})
    result = run("plan", "s3://bucket/in/")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "personalize-batch: error: s3://bucket/in/ has no input" in result.stderr


def test_a_bucket_alone_is_all_that_is_in_it(s3: Stubber) -> None:
    lists(s3, {"a.json": 5}, prefix="")
    result = run("plan", "s3://bucket")
    assert result.exit_code == 0
    assert result.stderr == "1 job: 1 file, 5 bytes\n"
