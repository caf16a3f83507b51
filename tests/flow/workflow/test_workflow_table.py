"""The table over the output of runs, and its SQL, which the local Athena runs over real output."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.flow.library.workflows import Workflows
from tests.support.waiting import wait_for

RUN = "tabled"
# By workflow: the records, one of them without the key that is needed; what is asked; the results.
INPUT: dict[str, tuple[list[dict[str, Any]], list[str], str]] = {
    "Tabled": (
        [{"userId": "2"}, {"userId": "1"}, {"user": "9"}],
        ["1", "2"],
        "recommendedItems",
    ),
    "Similar": ([{"itemId": "1002"}, {"itemId": "1001"}, {}], ["1001", "1002"], "recommendedItems"),
    "Segments": ([{"itemId": "1001"}, {"item": "1002"}], ["1001"], "usersList"),
    "Attributes": (
        [{"itemAttributes": 'ITEMS.GENRES = "Comedy"'}, {"itemAttribute": "x"}],
        ['ITEMS.GENRES = "Comedy"'],
        "usersList",
    ),
}


def ask(workflows: Workflows, sql: str) -> list[list[str | None]]:
    """The rows that Athena answers a query with."""
    client = workflows.aws.client("athena")
    place = {"OutputLocation": f"s3://{workflows.bucket}/athena/"}
    query = client.start_query_execution(QueryString=sql, ResultConfiguration=place)
    named = {"QueryExecutionId": query["QueryExecutionId"]}

    def look() -> dict[str, Any]:
        return dict(client.get_query_execution(**named)["QueryExecution"]["Status"])

    status = wait_for(look, lambda one: one["State"] in ("SUCCEEDED", "FAILED"))
    assert status["State"] == "SUCCEEDED", status
    pages = client.get_paginator("get_query_results").paginate(**named)
    rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
    return [[field.get("VarCharValue") for field in row] for row in rows[1:]]


def put_input(workflows: Workflows, name: str) -> None:
    """Puts the records of a workflow where it reads."""
    lines = "".join(f"{json.dumps(one)}\n" for one in INPUT[name][0])
    workflows.put(name, "a.json", lines.encode())


@pytest.mark.parametrize("name", INPUT)
def test_the_sql_answers_with_what_the_job_wrote(workflows: Workflows, name: str) -> None:
    _, asked, results = INPUT[name]
    put_input(workflows, name)
    place = workflows.output(name, runKey=RUN)["outputUri"]
    # A second run, which no query of the first one may see.
    workflows.output(name, runKey="other")
    (result,) = (key for key in workflows.keys(place) if key.endswith(".out"))
    (content,) = workflows.read(f"{place}{result}")
    written = [json.loads(line) for line in content.splitlines()]
    good = [one for one in written if not one.get("error")]
    expected = [row for one in good for row in _rows(one, results)]
    rows = ask(workflows, workflows.output_of(f"{name}RecommendationsSql"))
    assert [[*row[:3], row[3] and float(row[3])] for row in rows] == sorted(
        expected, key=lambda row: (row[0], int(row[1]))
    )
    assert list(dict.fromkeys(row[0] for row in rows)) == asked
    ((file, _, error),) = ask(workflows, workflows.output_of(f"{name}ErrorsSql"))
    assert file == f"{place}{result}"
    assert error is not None
    assert error.startswith("User error: Required fields")


def _rows(record: dict[str, Any], results: str) -> list[list[Any]]:
    """What the query has to say of a record of the output."""
    (asked,) = record.get("input", {"itemAttributes": record.get("itemAttributes")}).values()
    found = record["output"][results]
    scores = record["output"].get("scores") or [None] * len(found)
    return [
        [asked, str(place), one, score]
        for place, (one, score) in enumerate(zip(found, scores, strict=True), 1)
    ]


def test_every_field_of_the_output_has_its_column(workflows: Workflows) -> None:
    put_input(workflows, "Tabled")
    place = workflows.output("Tabled", runKey=RUN)["outputUri"]
    name = workflows.output_of("TabledTable")
    table = workflows.aws.client("glue").get_table(DatabaseName=f"{name}_db", Name=name)["Table"]
    assert table["Parameters"]["storage.location.template"].replace("${run}", RUN) == place
    (result,) = (key for key in workflows.keys(place) if key.endswith(".out"))
    (lines,) = workflows.read(f"{place}{result}")
    record = json.loads(lines.splitlines()[0])
    types = {one["Name"]: one["Type"] for one in table["StorageDescriptor"]["Columns"]}
    assert set(record) <= set(types)
    for struct in ("input", "output"):
        for field in record[struct]:
            assert f"{field.lower()}:" in types[struct]
