"""Athena as the table over the output relies on it: columns, projection, paths and arrays."""

# boto3 makes its clients at run time.
# ruff: noqa: ANN401

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest

FOLDER = "runs/"
COLUMNS = {
    "input": "struct<userid:string>",
    "output": "struct<items:array<string>,scores:array<double>>",
    "error": "string",
}


class Athena:
    """A table over a bucket, and the answers of queries to it."""

    def __init__(self, aws: Any) -> None:
        self._client, self._s3 = aws.client("athena"), aws.client("s3")
        self.bucket = self.table = f"flow{uuid.uuid4().hex[:8]}"
        self._s3.create_bucket(Bucket=self.bucket)
        glue = aws.client("glue")
        glue.create_database(DatabaseInput={"Name": self.table})
        location = f"s3://{self.bucket}/{FOLDER}"
        glue.create_table(
            DatabaseName=self.table,
            TableInput={
                "Name": self.table,
                "Parameters": {
                    "projection.enabled": "true",
                    "projection.run.type": "injected",
                    "storage.location.template": f"{location}${{run}}/",
                },
                "PartitionKeys": [{"Name": "run", "Type": "string"}],
                "StorageDescriptor": {
                    "Columns": [{"Name": name, "Type": kind} for name, kind in COLUMNS.items()],
                    "Location": location,
                    "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
                },
            },
        )

    def put(self, key: str, *records: dict[str, Any]) -> None:
        body = "".join(json.dumps(record) + "\n" for record in records)
        self._s3.put_object(Bucket=self.bucket, Key=f"{FOLDER}{key}", Body=body.encode())

    def rows(self, sql: str) -> list[list[str | None]]:
        """The answer of a query to the table RUNS."""
        sql = sql.replace("RUNS", f'"{self.table}"."{self.table}"')
        started = self._client.start_query_execution(
            QueryString=sql, ResultConfiguration={"OutputLocation": f"s3://{self.bucket}/results/"}
        )["QueryExecutionId"]
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found = self._client.get_query_execution(QueryExecutionId=started)["QueryExecution"]
            if found["Status"]["State"] in ("SUCCEEDED", "FAILED"):
                break
            time.sleep(0.05)
        assert found["Status"]["State"] == "SUCCEEDED", found["Status"]
        answer = self._client.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
        return [[one.get("VarCharValue") for one in row["Data"]] for row in answer[1:]]


@pytest.fixture
def athena(local_aws: Any) -> Athena:
    return Athena(local_aws)


def record(user: str, **output: Any) -> dict[str, Any]:
    return {"input": {"userId": user}, "output": output, "error": None}


def test_a_run_is_its_folder_and_a_path_is_the_objects(athena: Athena) -> None:
    athena.put("one/a.json.out", record("1"))
    athena.put("one/shard-00001/b.json.out", record("2"), {"error": "bad"})
    athena.put("two/a.json.out", record("3"))
    athena.put("one/_manifest.json", {"version": 1})
    athena.put("loose.json", record("4"))
    sql = 'SELECT "$path", run, input.userid, error FROM RUNS'
    place = f"s3://{athena.bucket}/{FOLDER}one/"
    assert athena.rows(f"{sql} WHERE run = 'one' ORDER BY 3") == [
        [f"{place}a.json.out", "one", "1", None],
        [f"{place}shard-00001/b.json.out", "one", "2", None],
        [f"{place}shard-00001/b.json.out", "one", None, "bad"],
    ]
    assert athena.rows(f"{sql} WHERE run = 'none'") == []


def test_the_columns_are_those_of_the_table_though_no_record_has_them(athena: Athena) -> None:
    sql = "SELECT output.scores[1] FROM RUNS WHERE run = 'one'"
    assert athena.rows(sql) == []
    athena.put("one/a.json.out", record("1", Items=["x"]))
    assert athena.rows(sql) == [[None]]


def test_arrays_are_unnested_side_by_side_to_the_length_of_the_longest(athena: Athena) -> None:
    athena.put(
        "one/a.json.out",
        record("1", Items=["x", "y"], Scores=[0.5]),
        record("2", Items=["z"]),
        record("3", Items=[]),
        record("4"),
    )
    sql = (
        "SELECT input.userid, place, item, score FROM RUNS\n"
        "CROSS JOIN UNNEST(coalesce(output.items, NULL), output.scores)"
        " WITH ORDINALITY AS list (item, score, place)\nWHERE run = 'one' ORDER BY 1, 2"
    )
    assert athena.rows(sql) == [
        ["1", "1", "x", "0.5"],
        ["1", "2", "y", None],
        ["2", "1", "z", None],
    ]
    plain = sql.replace(" WITH ORDINALITY", "").replace(", place)", ")").replace("place, ", "")
    assert athena.rows(plain)[0] == ["1", "x", "0.5"]
