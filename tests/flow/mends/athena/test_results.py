"""Results: rows, types, pages, files.

Sources: the API reference of GetQueryResults; what was printed in the measurements of
https://github.com/aoyagikouhei/athena-local (docs/api.md, docs/result-files.md).
"""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.flow.athena import Athena

FIVE = "SELECT x FROM UNNEST(sequence(1, 5)) AS t (x)"


def test_columns_have_the_types_and_the_widths_of_athena(athena: Athena) -> None:
    sql = (
        "SELECT 1 AS i, CAST(1 AS BIGINT) AS b, 'a' || 'b' AS s, CAST(1 AS DECIMAL(5, 2)) AS d,"
        " ARRAY[1] AS l, MAP(ARRAY['k'], ARRAY[1]) AS m, ROW(1) AS r, TIMESTAMP '2020-01-01' AS t"
    )
    query_id = athena.done(sql)["QueryExecutionId"]
    answer = athena.client.get_query_results(QueryExecutionId=query_id)
    columns = answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert [(one["Name"], one["Type"], one["Precision"], one["Scale"]) for one in columns] == [
        ("i", "integer", 10, 0),
        ("b", "bigint", 19, 0),
        ("s", "varchar", 2147483647, 0),
        ("d", "decimal", 5, 2),
        ("l", "array", 0, 0),
        ("m", "map", 0, 0),
        ("r", "row", 0, 0),
        ("t", "timestamp", 3, 0),
    ]
    assert [one["CaseSensitive"] for one in columns].count(True) == 1
    assert answer["UpdateCount"] == 0


def test_the_file_has_every_value_in_quotes_and_null_as_nothing(athena: Athena) -> None:
    sql = "SELECT 1 AS i, 'it''s' AS s, 'a\"b' AS q, NULL AS n, '' AS e, ARRAY[1, 2] AS l"
    found = athena.done(sql)
    content = athena.read(found["ResultConfiguration"]["OutputLocation"]).decode()
    assert content == ('"i","s","q","n","e","l"\n"1","it\'s","a""b",,"","[1, 2]"\n')


def test_a_statement_of_the_catalog_answers_without_a_header(athena: Athena) -> None:
    athena.done("CREATE TABLE t AS SELECT 1 AS a")
    found = athena.done("SHOW TABLES")
    answer = athena.client.get_query_results(QueryExecutionId=found["QueryExecutionId"])
    assert answer["ResultSet"]["Rows"] == [{"Data": [{"VarCharValue": "t"}]}]
    (column,) = answer["ResultSet"]["ResultSetMetadata"]["ColumnInfo"]
    assert (column["Name"], column["Type"]) == ("tab_name", "string")
    assert athena.read(found["ResultConfiguration"]["OutputLocation"]) == b"t"


def test_a_full_page_says_that_there_is_more(athena: Athena) -> None:
    query_id = athena.done(FIVE)["QueryExecutionId"]
    sizes: list[int] = []
    token: dict[str, str] = {}
    while True:
        page = athena.client.get_query_results(QueryExecutionId=query_id, MaxResults=3, **token)
        sizes.append(len(page["ResultSet"]["Rows"]))
        if "NextToken" not in page:
            break
        token = {"NextToken": page["NextToken"]}
    # The header is a row of the first page.
    assert sizes == [3, 3, 0]


@pytest.mark.parametrize(
    ("request_", "code", "message"),
    [
        ({"MaxResults": 1001}, "INVALID_INPUT", "MaxResults is more than maximum allowed length"),
        ({"NextToken": "nonsense"}, "INVALID_INPUT", "Malformed nextPageToken nonsense"),
        (
            {"QueryExecutionId": "nobody"},
            "QUERY_EXECUTION_NOT_FOUND",
            "QueryExecution nobody was not found",
        ),
    ],
)
def test_a_page_that_there_is_not_is_refused(
    athena: Athena, request_: dict[str, Any], code: str, message: str
) -> None:
    asked = {"QueryExecutionId": athena.done(FIVE)["QueryExecutionId"], **request_}
    with pytest.raises(ClientError, match=message) as caught:
        athena.client.get_query_results(**asked)
    assert caught.value.response["AthenaErrorCode"] == code


def test_a_query_that_failed_has_no_results(athena: Athena) -> None:
    found = athena.run("SELECT 1 / 0")
    with pytest.raises(ClientError, match="Final query state: FAILED") as caught:
        athena.client.get_query_results(QueryExecutionId=found["QueryExecutionId"])
    assert caught.value.response["AthenaErrorCode"] == "INVALID_QUERY_EXECUTION_STATE"
    assert athena.keys("results/") == []
