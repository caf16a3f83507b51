"""Projected partitions, injected ones above all.

Sources: "Use injected projection type" and "Supported types for partition projection" in the user
guide.
"""

from __future__ import annotations

import pytest

from tests.support.flow.athena import Athena

VIOLATION = (
    "CONSTRAINT_VIOLATION: For the injected projected partition column run, the WHERE clause must"
    " contain only static equality conditions, and at least one such condition must be present."
)


@pytest.fixture
def runs(athena: Athena) -> Athena:
    """A table whose partition `run` is injected, with the runs a, b and c."""
    athena.create_table(
        "runs",
        {"n": "int"},
        PartitionKeys=[{"Name": "run", "Type": "string"}],
        Parameters={
            "projection.enabled": "true",
            "projection.run.type": "injected",
            "storage.location.template": athena.uri("runs/${run}/"),
        },
    )
    for number, run in enumerate("abc"):
        athena.put_records(f"runs/{run}/x.json", {"n": number})
    return athena


@pytest.mark.parametrize(
    "condition",
    [
        "WHERE run = 'a'",
        "WHERE 'a' = run",
        "WHERE n >= 0 AND (run = 'a')",
        "WHERE run IN ('a')",
        "WHERE run = 'a' OR run = 'a'",
        "WHERE run = concat('', 'a')",
        "WHERE run = 'a' AND run LIKE 'a%'",
    ],
)
def test_a_static_value_is_enough(runs: Athena, condition: str) -> None:
    assert runs.rows(f"SELECT n FROM runs {condition}") == [["0"]]


@pytest.mark.parametrize(
    "condition",
    [
        "",
        "WHERE n = 0",
        "WHERE run LIKE 'a%'",
        "WHERE run > 'a'",
        "WHERE run <> 'a'",
        "WHERE run = 'a' OR n = 0",
        "WHERE run = CAST(n AS VARCHAR)",
        "WHERE lower(run) = 'a'",
        "WHERE run IN (SELECT 'a' AS one)",
    ],
)
def test_without_a_static_value_the_query_fails(runs: Athena, condition: str) -> None:
    assert runs.failure(f"SELECT n FROM runs {condition}") == VIOLATION


def test_the_condition_of_an_outer_query_is_enough(runs: Athena) -> None:
    assert runs.rows("SELECT n FROM (SELECT * FROM runs) AS r WHERE r.run = 'b'") == [["1"]]
    common = "WITH r AS (SELECT n, run FROM runs) SELECT n FROM r"
    assert runs.rows(f"{common} WHERE run = 'c'") == [["2"]]
    assert runs.failure(common) == VIOLATION
    limited = "SELECT n FROM (SELECT * FROM runs LIMIT 5) AS r WHERE r.run = 'b'"
    assert runs.failure(limited) == VIOLATION


def test_each_table_of_a_join_needs_its_own(runs: Athena) -> None:
    join = "SELECT x.n, y.n FROM runs AS x JOIN runs AS y ON x.n < y.n WHERE x.run = 'a'"
    assert runs.failure(join) == VIOLATION
    assert runs.rows(f"{join} AND y.run = 'b'") == [["0", "1"]]


def test_only_the_partitions_that_are_asked_for_are_scanned(runs: Athena) -> None:
    found = runs.done("SELECT * FROM runs WHERE run = 'a'")
    assert found["Statistics"]["DataScannedInBytes"] == len(b'{"n": 0}\n')


def test_a_projected_partition_out_of_its_range_is_not_there(athena: Athena) -> None:
    keys = {"kind": "string", "year": "int"}
    athena.create_table(
        "t",
        {"n": "int"},
        PartitionKeys=[{"Name": name, "Type": kind} for name, kind in keys.items()],
        Parameters={
            "projection.enabled": "true",
            "projection.kind.type": "enum",
            "projection.kind.values": "x,y",
            "projection.year.type": "integer",
            "projection.year.range": "2020,2022",
        },
    )
    for place in ("x/year=2021", "x/year=2023", "z/year=2021"):
        athena.put_records(f"t/kind={place}/a.json", {"n": 1})
    assert athena.rows("SELECT * FROM t") == [["1", "x", "2021"]]
