"""Tables from queries, UNLOAD and INSERT.

Sources: "CREATE TABLE AS", "UNLOAD", "INSERT INTO" and "Find query output files" in the user guide;
HIVE_PATH_ALREADY_EXISTS as https://github.com/dbt-labs/dbt-athena/issues/58 prints it.
"""

from __future__ import annotations

import gzip
import json

import pytest

from tests.support.flow.athena import Athena

PEOPLE = "SELECT 1 AS userId, 'a' AS name UNION ALL SELECT 2, NULL"


def test_a_table_of_a_query_lies_where_the_results_do(athena: Athena) -> None:
    found = athena.done(f"CREATE TABLE people AS {PEOPLE}")
    query_id = found["QueryExecutionId"]
    table = athena.glue.get_table(DatabaseName=athena.name, Name="people")["Table"]
    storage = table["StorageDescriptor"]
    assert storage["Location"] == athena.uri(f"results/tables/{query_id}/")
    assert storage["Columns"] == [
        {"Name": "userid", "Type": "int"},
        {"Name": "name", "Type": "string"},
    ]
    manifest = found["Statistics"]["DataManifestLocation"]
    assert manifest == athena.uri(f"results/tables/{query_id}-manifest.csv")
    (file,) = athena.read(manifest).decode().splitlines()
    assert file.startswith(storage["Location"])
    assert athena.read(file)[:4] == b"PAR1"
    answer = athena.client.get_query_results(QueryExecutionId=query_id)
    assert (answer["UpdateCount"], answer["ResultSet"]["Rows"]) == (2, [])
    assert athena.rows("SELECT * FROM people ORDER BY userid") == [["1", "a"], ["2", None]]


@pytest.mark.parametrize("form", ["PARQUET", "JSON", "TEXTFILE"])
def test_a_table_of_any_format_can_be_read(athena: Athena, form: str) -> None:
    athena.done(
        f"CREATE TABLE t WITH (format = '{form}', external_location = 'BUCKET/t',"
        f" partitioned_by = ARRAY['kind']) AS SELECT 1 AS a, DATE '2020-02-03' AS d, 'x' AS kind"
        " UNION ALL SELECT 2, NULL, 'y'"
    )
    folders = {key.split("/")[1] for key in athena.keys("t/")}
    assert folders == {"kind=x", "kind=y"}
    assert athena.rows("SELECT * FROM t ORDER BY a") == [
        ["1", "2020-02-03", "x"],
        ["2", None, "y"],
    ]
    assert athena.rows("SELECT a FROM t WHERE kind = 'y'") == [["2"]]


def test_insert_adds_a_file_and_a_partition(athena: Athena) -> None:
    athena.done("CREATE TABLE t WITH (partitioned_by = ARRAY['k']) AS SELECT 1 AS a, 'x' AS k")
    found = athena.done("INSERT INTO t VALUES (5, 'y'), (6, 'y')")
    assert found["Statistics"]["DataManifestLocation"].endswith("-manifest.csv")
    assert athena.rows("SELECT * FROM t ORDER BY a") == [["1", "x"], ["5", "y"], ["6", "y"]]


def test_a_folder_of_a_partition_counts_when_the_catalog_knows_it(athena: Athena) -> None:
    keys = [{"Name": "k", "Type": "string"}]
    athena.create_table("t", {"a": "int"}, PartitionKeys=keys)
    athena.put_records("t/k=x/a.json", {"a": 1})
    assert athena.rows("SELECT * FROM t") == []
    athena.done("MSCK REPAIR TABLE t")
    assert athena.rows("SELECT * FROM t") == [["1", "x"]]


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("SELECT 1", "MISSING_COLUMN_NAME: line 1:1: Column name not specified at position 1"),
        (
            "SELECT 1 AS a, 2 AS A",
            "DUPLICATE_COLUMN_NAME: line 1:1: Column name 'a' specified more than once",
        ),
        (
            "SELECT 1 AS a, NULL AS b",
            "COLUMN_TYPE_UNKNOWN: line 1:1: Column type is unknown at position 2",
        ),
    ],
)
def test_a_table_needs_names_and_types(athena: Athena, query: str, reason: str) -> None:
    assert athena.failure(f"CREATE TABLE t AS {query}").startswith(f"{reason}. You may need to")


def test_a_table_is_made_once(athena: Athena) -> None:
    athena.done("CREATE TABLE t AS SELECT 1 AS a")
    reason = athena.failure("CREATE TABLE t AS SELECT 2 AS a")
    assert reason.startswith("TABLE_ALREADY_EXISTS")
    athena.done("CREATE TABLE IF NOT EXISTS t AS SELECT 2 AS a")
    assert athena.rows("SELECT * FROM t") == [["1"]]
    athena.done("DROP TABLE t")
    assert "Table not found" in athena.failure("DROP TABLE t")


def test_the_place_of_a_table_must_be_empty(athena: Athena) -> None:
    athena.put("t/there", b"x")
    sql = "CREATE TABLE t WITH (external_location = 'BUCKET/t/') AS SELECT 1 AS a"
    found = athena.run(sql)
    place = athena.uri(f"results/tables/{found['QueryExecutionId']}")
    assert found["Status"]["StateChangeReason"] == (
        f"HIVE_PATH_ALREADY_EXISTS: Target directory for table '{athena.name}.t' already exists:"
        f" {athena.uri('t/')}. You may need to manually clean the data at location '{place}'"
        " before retrying. Athena will not delete data in your account."
    )


def test_unload_writes_json_with_names_in_lower_case_and_gzip(athena: Athena) -> None:
    query = (
        "SELECT 1 AS userId, CAST(ROW('x') AS ROW(ItemId VARCHAR)) AS Best,"
        " CAST(NULL AS VARCHAR) AS No"
    )
    found = athena.done(f"UNLOAD ({query}) TO 'BUCKET/out/' WITH (format = 'JSON')")
    (key,) = athena.keys("out/")
    assert key.endswith(".gz")
    assert json.loads(gzip.decompress(athena.read(athena.uri(key)))) == {
        "userid": 1,
        "best": {"itemid": "x"},
        "no": None,
    }
    manifest = found["Statistics"]["DataManifestLocation"]
    assert manifest == athena.uri(f"results/{found['QueryExecutionId']}-manifest.csv")
    assert athena.read(manifest).decode() == f"{athena.uri(key)}\n"


def test_unload_writes_text_without_a_header(athena: Athena) -> None:
    query = f"SELECT * FROM ({PEOPLE}) AS p ORDER BY userId"
    athena.done(f"UNLOAD ({query}) TO 'BUCKET/plain/' WITH (format = 'TEXTFILE')")
    (key,) = athena.keys("plain/")
    assert gzip.decompress(athena.read(athena.uri(key))) == b"1\x01a\n2\x01\\N\n"
    athena.done(
        f"UNLOAD ({query}) TO 'BUCKET/csv/'"
        " WITH (format = 'TEXTFILE', field_delimiter = ',', compression = 'NONE')"
    )
    (key,) = athena.keys("csv/")
    assert not key.endswith(".gz")
    assert athena.read(athena.uri(key)) == b"1,a\n2,\\N\n"


@pytest.mark.parametrize("compression", ["GZIP", "snappy", "ZSTD", "NONE"])
def test_unload_writes_parquet(athena: Athena, compression: str) -> None:
    athena.done(
        f"UNLOAD ({PEOPLE}) TO 'BUCKET/out/'"
        f" WITH (format = 'PARQUET', compression = '{compression}')"
    )
    (key,) = athena.keys("out/")
    content = athena.read(athena.uri(key))
    assert (content[:4], content[-4:]) == (b"PAR1", b"PAR1")


def test_unload_needs_an_empty_folder(athena: Athena) -> None:
    sql = f"UNLOAD ({PEOPLE}) TO 'BUCKET/out/' WITH (format = 'JSON')"
    athena.done(sql)
    reason = athena.failure(sql)
    assert reason.startswith("HIVE_PATH_ALREADY_EXISTS: Target directory for table")
    assert f"already exists: {athena.uri('out/')}" in reason


def test_unload_makes_folders_of_partitions_in_a_folder_that_has_some(athena: Athena) -> None:
    athena.put("out/k=old/there", b"x")
    athena.done(
        "UNLOAD (SELECT 1 AS a, 'x' AS k) TO 'BUCKET/out/'"
        " WITH (format = 'JSON', partitioned_by = ARRAY['k'])"
    )
    assert {key.split("/")[1] for key in athena.keys("out/")} == {"k=old", "k=x"}


def test_unload_that_fails_leaves_files_behind(athena: Athena) -> None:
    query = "SELECT CAST(if(x = 5000, 'bad', '1') AS INTEGER) AS a FROM UNNEST(sequence(1, 9000))"
    sql = f"UNLOAD ({query} AS t (x)) TO 'BUCKET/out/' WITH (format = 'JSON')"
    assert athena.failure(sql).startswith("INVALID_CAST_ARGUMENT: Cannot cast 'bad' to integer.")
    assert athena.keys("out/")
    assert athena.failure(sql).startswith("HIVE_PATH_ALREADY_EXISTS")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ("format = 'ORC'", "NOT_SUPPORTED: The local Athena does not do this: the format ORC"),
        ("format = 'JSON', header = 'x'", "INVALID_TABLE_PROPERTY: "),
        ("format = 'TEXTFILE', field_delimiter = '||'", "INVALID_TABLE_PROPERTY: "),
    ],
)
def test_unload_refuses_options_that_it_has_not(athena: Athena, options: str, reason: str) -> None:
    sql = f"UNLOAD (SELECT 1 AS a) TO 'BUCKET/out/' WITH ({options})"
    assert athena.failure(sql).startswith(reason)
    assert athena.keys("out/") == []
