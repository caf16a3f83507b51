"""A database, a bucket, and what Athena answers to queries of them."""

from __future__ import annotations

import json
import uuid
from typing import Any

from botocore.exceptions import ClientError

from tests.support.waiting import wait_for

# Of Athena, S3 and AWS Glue.
Clients = tuple[Any, Any, Any]
_ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")


class Athena:
    """Queries with a database and a bucket of their own, both of one name."""

    def __init__(self, clients: Clients) -> None:
        self.client, self.s3, self.glue = clients
        self.name = f"flow{uuid.uuid4().hex[:8]}"
        self.s3.create_bucket(Bucket=self.name)
        self.glue.create_database(DatabaseInput={"Name": self.name})

    def uri(self, key: str) -> str:
        """A place in the bucket."""
        return f"s3://{self.name}/{key}"

    def start(self, sql: str, **request: Any) -> str:
        """Starts a query in the database; BUCKET in it is the bucket."""
        request.setdefault("ResultConfiguration", {"OutputLocation": self.uri("results/")})
        request.setdefault("QueryExecutionContext", {"Database": self.name})
        sql = sql.replace("BUCKET", f"s3://{self.name}")
        return str(
            self.client.start_query_execution(QueryString=sql, **request)["QueryExecutionId"]
        )

    def described(self, query_id: str) -> dict[str, Any]:
        """An execution."""
        answer = self.client.get_query_execution(QueryExecutionId=query_id)
        return dict(answer["QueryExecution"])

    def run(self, sql: str, **request: Any) -> dict[str, Any]:
        """An execution that has ended."""
        query_id = self.start(sql, **request)
        return wait_for(
            lambda: self.described(query_id), lambda one: one["Status"]["State"] in _ENDED
        )

    def done(self, sql: str, **request: Any) -> dict[str, Any]:
        """An execution that has succeeded."""
        found = self.run(sql, **request)
        assert found["Status"]["State"] == "SUCCEEDED", found["Status"]
        return found

    def rows(self, sql: str, **request: Any) -> list[list[str | None]]:
        """The rows that a query answers with, without the header."""
        query_id = self.done(sql, **request)["QueryExecutionId"]
        pages = self.client.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
        rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
        return [[field.get("VarCharValue") for field in row] for row in rows[1:]]

    def value(self, sql: str, **request: Any) -> str | None:
        """The only value that a query answers with."""
        ((value,),) = self.rows(sql, **request)
        return value

    def failure(self, sql: str, **request: Any) -> str:
        """The reason for which a query fails."""
        found = self.run(sql, **request)
        assert found["Status"]["State"] == "FAILED", found["Status"]
        return str(found["Status"]["StateChangeReason"])

    def refusal(self, sql: str, **request: Any) -> tuple[str, str]:
        """Athena's own code and the message with which it does not start a query."""
        try:
            self.start(sql, **request)
        except ClientError as error:
            return str(error.response["AthenaErrorCode"]), str(error.response["Error"]["Message"])
        raise AssertionError(f"it was started: {sql}")

    def put(self, key: str, content: bytes) -> None:
        """Puts an object."""
        self.s3.put_object(Bucket=self.name, Key=key, Body=content)

    def put_records(self, key: str, *records: dict[str, Any]) -> None:
        """Puts an object of JSON records."""
        self.put(key, "".join(json.dumps(record) + "\n" for record in records).encode())

    def keys(self, prefix: str) -> list[str]:
        """The keys of objects."""
        found = self.s3.list_objects_v2(Bucket=self.name, Prefix=prefix).get("Contents", [])
        return [one["Key"] for one in found]

    def read(self, uri: str) -> bytes:
        """The content of an object."""
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return bytes(self.s3.get_object(Bucket=bucket, Key=key)["Body"].read())

    def create_table(self, name: str, columns: dict[str, str], **table: Any) -> None:
        """Makes a table of JSON over a folder of the same name, in the catalog."""
        storage = {
            "Columns": [{"Name": one, "Type": kind} for one, kind in columns.items()],
            "Location": self.uri(f"{name}/"),
            "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
        }
        given = {"Name": name, "StorageDescriptor": storage, **table}
        self.glue.create_table(DatabaseName=self.name, TableInput=given)
