"""What queries answer with, and the errors in which they end.

Sources: Trino's documentation of functions and operators, which Athena engine version 3 follows;
the error catalog in the user guide; failures printed in issues and in
https://github.com/aoyagikouhei/athena-local (docs).
"""

from __future__ import annotations

import pytest

from tests.support.flow.athena import Athena

EXPRESSIONS = {
    "1.5": "1.5",
    "7 / 2": "3",
    "7 / 2.0": "3.5",
    "1.0E20": "1.0E20",
    "0.1 + 0.2": "0.30000000000000004",
    "CAST(1.5 AS DECIMAL(5, 2))": "1.50",
    "true": "true",
    "DATE '2020-02-03'": "2020-02-03",
    "TIMESTAMP '2020-02-03 04:05:06.789'": "2020-02-03 04:05:06.789",
    "to_utf8('ab')": "61 62",
    "ARRAY['a, b', NULL]": "[a, b, null]",
    "MAP(ARRAY['k'], ARRAY[1])": "{k=1}",
    "ROW(1, 'x')": "{1, x}",
    "CAST(ROW(1, 'x') AS ROW(id INTEGER, name VARCHAR))": "{id=1, name=x}",
    "ARRAY[1, 2][2]": "2",
    "element_at(ARRAY[1, 2], 5)": None,
    "element_at(ARRAY[1, 2], -1)": "2",
    "element_at(MAP(ARRAY['k'], ARRAY[1]), 'other')": None,
    "cardinality(ARRAY[1, 2])": "2",
    "contains(ARRAY[1, 2], 2)": "true",
    "transform(ARRAY[1, 2], x -> x * 2)": "[2, 4]",
    "filter(ARRAY[1, 2, 3], x -> x > 1)": "[2, 3]",
    "reduce(ARRAY[1, 2, 3], 0, (s, x) -> s + x, s -> s)": "6",
    "json_extract_scalar('{\"a\": {\"b\": 2}}', '$.a.b')": "2",
    "json_extract_scalar('{\"a\": {\"b\": 2}}', '$.a')": None,
    "json_extract('{\"a\": [1, 2]}', '$.a')": "[1,2]",
    "json_extract('no JSON', '$.a')": None,
    "json_format(json_parse('{\"a\": 1}'))": '{"a":1}',
    "json_format(CAST(CAST(ROW(1) AS ROW(id INTEGER)) AS JSON))": '{"id":1}',
    "json_array_length('[1, 2]')": "2",
    "try(1 / 0)": None,
    "try(CAST('x' AS INTEGER))": None,
    "try_cast('x' AS INTEGER)": None,
    "date_add('day', 1, DATE '2020-02-03')": "2020-02-04",
    "date_diff('day', DATE '2020-02-03', DATE '2020-02-05')": "2",
    "date_format(DATE '2020-02-03', '%Y-%m')": "2020-02",
    "array_join(ARRAY['a', 'b'], '-')": "a-b",
    "split('a,b', ',')": "[a, b]",
    "regexp_extract('abc', 'a(b)', 1)": "b",
    "format('%s has %.1f', 'a', 2.55)": "a has 2.5",
    "typeof(1)": "integer",
    "if(1 = 1, 'y', 'n')": "y",
}


def test_expressions_have_the_values_and_the_notation_of_athena(athena: Athena) -> None:
    (row,) = athena.rows(f"SELECT {', '.join(EXPRESSIONS)}")
    assert dict(zip(EXPRESSIONS, row, strict=True)) == EXPRESSIONS


@pytest.mark.parametrize(
    ("sql", "reason", "kind"),
    [
        ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero", 1001),
        ("SELECT CAST('x' AS INTEGER)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to integer", 1100),
        (
            "SELECT ARRAY[1, 2][5]",
            "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array"
            " length: 5 > 2",
            1106,
        ),
        (
            "SELECT nope FROM (SELECT 1 AS a) AS t",
            "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved or requester is not"
            " authorized to access requested resources",
            1006,
        ),
        (
            "SELECT *\nFROM nope",
            "TABLE_NOT_FOUND: line 2:6: Table 'awsdatacatalog.{}.nope' does not exist",
            1301,
        ),
        (
            "SELECT * FROM nowhere.nope",
            "SCHEMA_NOT_FOUND: line 1:15: Schema 'nowhere' does not exist",
            1301,
        ),
        (
            "SELECT * FROM other.nowhere.nope",
            "CATALOG_NOT_FOUND: line 1:15: Catalog 'other' does not exist",
            1006,
        ),
        (
            "SELECT a, count(*) FROM (SELECT 1 AS a) AS t",
            "EXPRESSION_NOT_AGGREGATE: line 1:8: 'a' must be an aggregate expression or appear in"
            " GROUP BY clause",
            1000,
        ),
    ],
)
def test_a_query_fails_with_the_error_of_athena(
    athena: Athena, sql: str, reason: str, kind: int
) -> None:
    status = athena.run(sql)["Status"]
    assert status["State"] == "FAILED"
    assert status["StateChangeReason"] == reason.format(athena.name)
    assert status["AthenaError"] == {
        "ErrorCategory": 2,
        "ErrorType": kind,
        "Retryable": False,
        "ErrorMessage": reason.format(athena.name),
    }


@pytest.mark.parametrize(
    ("sql", "name"),
    [
        ("SELECT list_transform(ARRAY[1], x -> x)", "list_transform"),
        ("SELECT * FROM read_csv('/etc/hosts')", "read_csv"),
        ("SELECT nvl(1, 2)", "nvl"),
    ],
)
def test_functions_of_the_engine_are_none_of_athena(athena: Athena, sql: str, name: str) -> None:
    assert athena.failure(sql).startswith("FUNCTION_NOT_FOUND: ")
    assert f"Function '{name}' not registered" in athena.failure(sql)


def test_columns_without_a_name_are_called_after_their_place(athena: Athena) -> None:
    query_id = athena.done("SELECT 1, t.*, 1 + 1, b AS c FROM (SELECT 1 AS a, 2 AS b) AS t")
    answer = athena.client.get_query_results(QueryExecutionId=query_id["QueryExecutionId"])
    header = [one["VarCharValue"] for one in answer["ResultSet"]["Rows"][0]["Data"]]
    assert header == ["_col0", "a", "b", "_col3", "c"]


def test_lists_maps_and_rows_are_unnested(athena: Athena) -> None:
    unnest = "SELECT * FROM (SELECT 1 AS one) AS t CROSS JOIN UNNEST({}) AS u (a, b)"
    assert athena.rows(unnest.format("ARRAY[1, 2], ARRAY['x']")) == [
        ["1", "1", "x"],
        ["1", "2", None],
    ]
    assert athena.rows(unnest.format("MAP(ARRAY['k'], ARRAY[5])")) == [["1", "k", "5"]]
    assert athena.rows(unnest.format("ARRAY[ROW(7, 'y')]")) == [["1", "7", "y"]]
    left = "SELECT a, x FROM (SELECT 1 AS a) AS t LEFT JOIN UNNEST({}) AS u (x) ON TRUE"
    assert athena.rows(left.format("CAST(ARRAY[] AS ARRAY(INTEGER))")) == [["1", None]]


def test_a_table_can_be_named_with_its_catalog(athena: Athena) -> None:
    athena.create_table("t", {"a": "int"})
    athena.put_records("t/a.json", {"a": 5})
    table = f'"AwsDataCatalog"."{athena.name}"."t"'
    assert athena.value(f"SELECT t.a FROM {table} AS t") == "5"
    assert athena.value(f"SELECT {athena.name}.t.a FROM {athena.name}.t") == "5"


def test_a_record_that_is_no_json_fails_the_query(athena: Athena) -> None:
    athena.create_table("t", {"a": "int"})
    athena.put("t/a.json", b'{"a": 1}\nnot JSON\n')
    assert athena.failure("SELECT * FROM t").startswith(
        "HIVE_CURSOR_ERROR: Row is not a valid JSON Object"
    )


def test_statements_that_the_local_athena_does_not_run_say_so(athena: Athena) -> None:
    assert athena.failure("ALTER TABLE t ADD COLUMNS (a int)") == (
        "NOT_SUPPORTED: The local Athena does not do this: the statement ALTER TABLE"
    )
