"""Athena as the table over the output relies on it: columns, projection, paths and arrays."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.flow.athena import Athena

COLUMNS = {
    "input": "struct<userid:string>",
    "output": "struct<items:array<string>,scores:array<double>>",
    "error": "string",
}


class Runs:
    """A table over a folder of runs."""

    def __init__(self, athena: Athena) -> None:
        self._athena = athena
        self.folder = athena.uri("runs/")
        athena.create_table(
            "runs",
            COLUMNS,
            PartitionKeys=[{"Name": "run", "Type": "string"}],
            Parameters={
                "projection.enabled": "true",
                "projection.run.type": "injected",
                "storage.location.template": f"{self.folder}${{run}}/",
            },
        )

    def put(self, key: str, *records: dict[str, Any]) -> None:
        self._athena.put_records(f"runs/{key}", *records)

    def rows(self, sql: str) -> list[list[str | None]]:
        """The answer of a query to the table."""
        return self._athena.rows(sql.replace("RUNS", "runs"))


@pytest.fixture
def runs(athena: Athena) -> Runs:
    return Runs(athena)


def record(user: str, **output: Any) -> dict[str, Any]:
    return {"input": {"userId": user}, "output": output, "error": None}


def test_a_run_is_its_folder_and_a_path_is_the_objects(runs: Runs) -> None:
    runs.put("one/a.json.out", record("1"))
    runs.put("one/shard-00001/b.json.out", record("2"), {"error": "bad"})
    runs.put("two/a.json.out", record("3"))
    runs.put("one/_manifest.json", {"version": 1})
    runs.put("loose.json", record("4"))
    sql = 'SELECT "$path", run, input.userid, error FROM RUNS'
    place = f"{runs.folder}one/"
    assert runs.rows(f"{sql} WHERE run = 'one' ORDER BY 3") == [
        [f"{place}a.json.out", "one", "1", None],
        [f"{place}shard-00001/b.json.out", "one", "2", None],
        [f"{place}shard-00001/b.json.out", "one", None, "bad"],
    ]
    assert runs.rows(f"{sql} WHERE run = 'none'") == []


def test_the_columns_are_those_of_the_table_though_no_record_has_them(runs: Runs) -> None:
    sql = "SELECT output.scores[1] FROM RUNS WHERE run = 'one'"
    assert runs.rows(sql) == []
    runs.put("one/a.json.out", record("1", Items=["x"]))
    assert runs.rows(sql) == [[None]]


def test_arrays_are_unnested_side_by_side_to_the_length_of_the_longest(runs: Runs) -> None:
    runs.put(
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
    assert runs.rows(sql) == [
        ["1", "1", "x", "0.5"],
        ["1", "2", "y", None],
        ["2", "1", "z", None],
    ]
    plain = sql.replace(" WITH ORDINALITY", "").replace(", place)", ")").replace("place, ", "")
    assert runs.rows(plain)[0] == ["1", "x", "0.5"]
