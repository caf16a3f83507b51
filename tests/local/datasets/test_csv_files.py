"""Files of imports: what fits the schema, and a sentence with file and line for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from personalize_local.datasets.schemas import Schema, parse
from personalize_local.datasets.warehouse import Warehouse
from personalize_local.errors import JobFailed
from tests.support.local.own_data import interactions, schema

ITEMS = parse(
    schema(
        "Items",
        {"name": "STOCK", "type": ["int", "null"]},
        {"name": "NEW", "type": ["boolean", "null"]},
        {"name": "TEXT", "type": ["null", "string"], "textual": True},
    )
)
HEADER = "ITEM_ID,GENRES,PRICE,STOCK,NEW,TEXT\n"
GOOD = HEADER + 'a,Comedy|Drama,1.5,3,true,"long, text"\nb,,,,,\n'


@pytest.fixture
def warehouse() -> Iterator[Warehouse]:
    made = Warehouse()
    yield made
    made.close()


def load(
    warehouse: Warehouse,
    folder: Path,
    *contents: str | bytes,
    schema: Schema = ITEMS,
    mode: str = "FULL",
) -> None:
    files = []
    for number, content in enumerate(contents):
        path = folder / f"{number}.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        files.append((f"s3://in/{number}.csv", path))
    warehouse.load("data", schema, files, mode)


def rows(warehouse: Warehouse, what: str = "*") -> list[tuple[object, ...]]:
    return warehouse.rows(f"SELECT {what} FROM {{0}} ORDER BY ITEM_ID", "data")


def test_rows_are_read_by_the_types_of_the_schema(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, tmp_path, GOOD)
    assert rows(warehouse) == [
        ("a", "Comedy|Drama", 1.5, 3, True, "long, text"),
        ("b", None, None, None, None, None),
    ]


def test_columns_that_the_schema_does_not_name_are_left_out(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    load(warehouse, tmp_path, "X,ITEM_ID,GENRES,Y,PRICE,STOCK,NEW,TEXT\n1,a,g,2,3,4,true,t\n")
    assert rows(warehouse) == [("a", "g", 3.0, 4, True, "t")]


def test_of_two_rows_with_one_id_the_last_one_counts(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, tmp_path, GOOD, HEADER + "a,x,,,,\na,y,,,,\n")
    assert rows(warehouse, "ITEM_ID, GENRES") == [("a", "y"), ("b", None)]


def test_an_incremental_import_adds_and_replaces(warehouse: Warehouse, tmp_path: Path) -> None:
    load(warehouse, tmp_path, GOOD)
    load(warehouse, tmp_path, HEADER + "b,new,,,,\nc,,,,,\n", mode="INCREMENTAL")
    assert rows(warehouse, "ITEM_ID, GENRES") == [("a", "Comedy|Drama"), ("b", "new"), ("c", None)]
    load(warehouse, tmp_path, HEADER + "z,,,,,\n")
    assert rows(warehouse, "ITEM_ID") == [("z",)]


def test_interactions_need_a_thousand(warehouse: Warehouse, tmp_path: Path) -> None:
    kind = parse(schema("Interactions"))
    load(warehouse, tmp_path, interactions(1_000), schema=kind)
    with pytest.raises(JobFailed, match="have 999 records, and an import of INTERACTIONS needs"):
        load(warehouse, tmp_path, interactions(999), schema=kind)
    assert len(rows(warehouse)) == 1_000
    load(warehouse, tmp_path, interactions(1_000), schema=kind, mode="INCREMENTAL")
    assert len(rows(warehouse)) == 2_000


HOSTILE: dict[str, tuple[str | bytes, str]] = {
    "nothing": ("", "is empty"),
    "a blank line": ("\n", "is empty"),
    "no record": (HEADER, "have 0 records"),
    "a mark": (b"\xef\xbb\xbf" + GOOD.encode(), "byte order mark"),
    "utf-16": (GOOD.encode("utf-16"), "is not UTF-8"),
    "latin-1 header": ("ITEM_ID,GÉNRES\n".encode("latin-1"), "is not UTF-8"),
    "latin-1": ((HEADER + "é,,,,,\n").encode("latin-1"), "line 2: not UTF-8|not UTF-8"),
    "quoted header": ('"ITEM_ID",GENRES\na,b\n', "quotes in its first line"),
    "a column twice": ("ITEM_ID,ITEM_ID\na,b\n", "two columns 'ITEM_ID'"),
    "no column": ("a;b;c\n1;2;3\n", "is missing columns"),
    "two columns less": ("ITEM_ID,GENRES,PRICE,STOCK\na,b,1,2\n", "NEW, TEXT"),
    "small letters": (GOOD.replace("ITEM_ID", "item_id"), "missing columns of the schema: ITEM_ID"),
    "another order": ("GENRES,ITEM_ID,PRICE,STOCK,NEW,TEXT\na,b,,,,\n", "in another order"),
    "a cell less": (HEADER + "a,b,1\n", "line 2: 3 cells, and the first line has 6"),
    "a cell more": (HEADER + "a,b,1,2,true,t,more\n", "line 2: 7 cells|line 2"),
    "an open quote": (HEADER + 'a,"b,1,2,true,t\n', "line 2"),
    "text behind a quote": (HEADER + 'a,"b"c,1,2,true,t\n', "line 2"),
    "no id": (HEADER + ",b,1,2,true,t\n", "line 2: ITEM_ID is empty"),
    "an id in quotes of nothing": (HEADER + '"",b,1,2,true,t\n', "line 2: ITEM_ID is empty"),
    "a long id": (HEADER + "x" * 257 + ",b,1,2,true,t\n", "line 2: ITEM_ID has more than 256"),
    "a long category": (HEADER + f"a,{'x' * 1001},1,2,true,t\n", "GENRES has more than 1000"),
    "a long text": (HEADER + f"a,b,1,2,true,{'x' * 20_001}\n", "TEXT has more than 20000"),
    "two lines in a cell": (HEADER + 'a,"b\nc",1,2,true,t\n', "GENRES has a line end"),
    "text for a float": (HEADER + "a,b,cheap,2,true,t\n", "PRICE must be a number.*'cheap'"),
    "nan": (HEADER + "a,b,NaN,2,true,t\n", "PRICE must be a number"),
    "infinity": (HEADER + "a,b,inf,2,true,t\n", "PRICE must be a number"),
    "a decimal comma": (HEADER + 'a,b,"1,5",2,true,t\n', "PRICE must be a number"),
    "a float for an int": (HEADER + "a,b,1,2.0,true,t\n", "STOCK must be a whole number.*'2.0'"),
    "a large int": (HEADER + f"a,b,1,{2**31},true,t\n", "STOCK is no 32-bit int"),
    "a very large int": (HEADER + f"a,b,1,{10**30},true,t\n", "STOCK must be a whole number"),
    "hex": (HEADER + "a,b,1,0x10,true,t\n", "STOCK must be a whole number"),
    "yes": (HEADER + "a,b,1,2,yes,t\n", "NEW must be true or false, got 'yes'"),
    "the tenth line": (HEADER + "a,b,1,2,true,t\n" * 8 + "a,b,x,2,true,t\n", "line 10: PRICE"),
    "parquet": (b"PAR1\x15\x04\x15" + bytes(range(256)), "is not UTF-8|is missing columns"),
    "gzip": (b"\x1f\x8b\x08\x00" + bytes(60), "is not UTF-8|is missing columns"),
    "NUL": (HEADER + "a\0b,g,1,2,true,t\n" * 3 + "c,g,x,2,true,t\n", "PRICE must be"),
    "json": ('{"ITEM_ID": "a"}\n', "quotes in its first line"),
    "a long line": (HEADER + "a," + "x" * 3_000_000 + ",1,2,true,t\n", "line"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_does_not_fit_is_refused_and_changes_nothing(
    warehouse: Warehouse, tmp_path: Path, name: str
) -> None:
    content, says = HOSTILE[name]
    load(warehouse, tmp_path, GOOD)
    with pytest.raises(JobFailed, match=says) as caught:
        load(warehouse, tmp_path, GOOD, content)
    text = str(caught.value)
    assert "s3://in/1.csv" in text or name == "no record" or "records" in text
    assert "\n" not in text
    assert len(text) < 400
    assert rows(warehouse, "ITEM_ID") == [("a",), ("b",)]


HOSTILE.pop("no record")


def test_the_largest_values_are_taken(warehouse: Warehouse, tmp_path: Path) -> None:
    content = HEADER + f"{'x' * 256},{'g' * 1000},1e300,{2**31 - 1},FALSE,{'t' * 20_000}\n"
    load(warehouse, tmp_path, content)
    ((_, genres, price, stock, new, text),) = rows(warehouse)
    assert (len(str(genres)), price, stock, new, len(str(text))) == (
        1000,
        1e300,
        2**31 - 1,
        False,
        20_000,
    )


def test_event_types_and_fields_are_ten_at_most(warehouse: Warehouse, tmp_path: Path) -> None:
    kind = parse(schema("Interactions"))
    lines = interactions().decode().splitlines()

    def typed(count: int) -> str:
        rows = [
            line.replace("watch", f"t{number % count}").replace("click", f"t{number % count}")
            for number, line in enumerate(lines[1:])
        ]
        return "\n".join([lines[0], *rows]) + "\n"

    # EVENT_TYPE itself is one of the fields.
    load(warehouse, tmp_path, typed(9), schema=kind)
    with pytest.raises(JobFailed, match="has 10 event types, and its schema 1 optional field"):
        load(warehouse, tmp_path, typed(10), schema=kind)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=200) | st.text(alphabet='a,"\n\r;\t\0é', max_size=80).map(str.encode))
def test_any_bytes_are_rows_or_a_sentence(
    warehouse: Warehouse, tmp_path: Path, content: bytes
) -> None:
    for given_bytes in (content, HEADER.encode() + content):
        with suppress(JobFailed):
            load(warehouse, tmp_path, given_bytes)
