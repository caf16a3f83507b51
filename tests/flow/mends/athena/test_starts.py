"""What is refused before there is an execution, and where the results of one go.

Sources: "Specify a query result location" and "Use parameterized queries" in the user guide; what
Athena printed for others: https://github.com/aoyagikouhei/athena-local (docs/caveats.md).
"""

from __future__ import annotations

import uuid

import pytest

from tests.support.flow.athena import Athena


@pytest.mark.parametrize("ending", ["", "/"])
def test_a_location_is_a_folder_with_and_without_a_slash(athena: Athena, ending: str) -> None:
    place = {"OutputLocation": athena.uri(f"deep/er{ending}")}
    found = athena.done("SELECT 1 AS a", ResultConfiguration=place)
    query_id = found["QueryExecutionId"]
    assert found["ResultConfiguration"]["OutputLocation"] == athena.uri(f"deep/er/{query_id}.csv")
    assert athena.keys("deep/") == [
        f"deep/er/{query_id}.csv",
        f"deep/er/{query_id}.csv.metadata",
    ]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ({}, "No output location provided"),
        ({"OutputLocation": "https://example.com/"}, "outputLocation is not a valid S3 path."),
        ({"OutputLocation": "s3://nobody-has-it/x/"}, "Unable to verify/create output bucket"),
    ],
)
def test_a_location_that_cannot_be_is_refused(
    athena: Athena, place: dict[str, str], message: str
) -> None:
    code, said = athena.refusal("SELECT 1", ResultConfiguration=place)
    assert code == "INVALID_INPUT"
    assert message in said


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELEC 1", "line 1:1: mismatched input 'SELEC'"),
        ("SELECT 1\nFROM", "line 2:5: mismatched input '<EOF>'"),
        ("SELECT `a` FROM t", "line 1:8: backquoted identifiers are not supported"),
        ("SELECT 1; SELECT 2", "Only one sql statement is allowed. Got: SELECT 1; SELECT 2"),
        ("CREATE TABLE t (a int) LOCATION 's3://b/t/'", "External keyword required"),
    ],
)
def test_sql_that_cannot_be_read_is_refused(athena: Athena, sql: str, message: str) -> None:
    code, said = athena.refusal(sql)
    assert code == "MALFORMED_QUERY"
    assert said.startswith(message)


def test_values_of_parameters_are_expressions_or_texts(athena: Athena) -> None:
    sql = "SELECT ? AS a, ? AS b, ? AS c, ? AS d, '?' AS e -- ?"
    values = ["1 + 1", "'it''s'", "it's", "abc"]
    assert athena.rows(sql, ExecutionParameters=values) == [["2", "it's", "it's", "abc", "?"]]


def test_as_many_values_are_needed_as_there_are_question_marks(athena: Athena) -> None:
    reason = athena.failure("SELECT ? AS a, ? AS b", ExecutionParameters=["1"])
    assert reason == (
        "INVALID_PARAMETER_USAGE: line 1:1: Incorrect number of parameters: expected 2 but found 1"
    )
    assert athena.value("SELECT 5 AS a", ExecutionParameters=["1"]) == "5"


def test_a_prepared_statement_is_executed_with_its_values(athena: Athena) -> None:
    athena.client.create_prepared_statement(
        StatementName=athena.name, WorkGroup="primary", QueryStatement="SELECT ? + ? AS a"
    )
    assert athena.value(f"EXECUTE {athena.name} USING 1, 2") == "3"


def test_the_same_token_starts_a_query_once(athena: Athena) -> None:
    token = uuid.uuid4().hex
    first = athena.start("SELECT 1", ClientRequestToken=token)
    assert athena.start("SELECT 1", ClientRequestToken=token) == first
    assert athena.refusal("SELECT 2", ClientRequestToken=token) == (
        "IDEMPOTENT_PARAMETER_MISMATCH",
        "Idempotent parameters do not match",
    )


@pytest.mark.parametrize(
    ("sql", "kind", "file"),
    [
        ("SELECT 1 AS a", ("DML", "SELECT"), "{}.csv"),
        ("WITH t AS (SELECT 1 AS a) SELECT * FROM t", ("DML", "SELECT"), "{}.csv"),
        ("SHOW TABLES", ("UTILITY", "SHOW_TABLES"), "{}.txt"),
        ("CREATE DATABASE IF NOT EXISTS other", ("DDL", "CREATE_DATABASE"), "{}.txt"),
        ("CREATE TABLE c AS SELECT 1 AS a", ("DDL", "CREATE_TABLE_AS_SELECT"), "tables/{}"),
        ("UNLOAD (SELECT 1 AS a) TO 'BUCKET/u/' WITH (format = 'JSON')", ("DML", "UNLOAD"), "{}"),
    ],
)
def test_the_kind_of_a_statement_names_its_file(
    athena: Athena, sql: str, kind: tuple[str, str], file: str
) -> None:
    found = athena.done(sql)
    assert (found["StatementType"], found["SubstatementType"]) == kind
    place = athena.uri("results/" + file.format(found["QueryExecutionId"]))
    assert found["ResultConfiguration"]["OutputLocation"] == place
