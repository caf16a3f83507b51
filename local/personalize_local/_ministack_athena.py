"""Has Athena read tables as Glue describes them, where MiniStack reads them as it finds them.

MiniStack runs queries with DuckDB, if that is installed. It guesses the columns of JSON, knows no
partition projection and no `"$path"`, and DuckDB unnests one array at a time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from ministack.services import athena, firehose

_JSON_SERDE: Final = "org.openx.data.jsonserde.JsonSerDe"
_TEMPLATE: Final = "storage.location.template"
_PATH: Final = "$path"
# How MiniStack names the folder that it copies the objects of a table to.
_FOLDER: Final = "ministack-athena-"

_Table = Mapping[str, Any]
_Token = tuple[str, str, int, int]


def register() -> None:
    """Changes MiniStack's Athena for the rest of the process."""
    relation_of, empty_relation = athena._table_relation, athena._empty_relation
    run = athena._run_duckdb

    def described_relation(table: _Table, files: Sequence[str]) -> object:
        if not _is_json(table):
            return relation_of(table, files)
        rows = [name for name in files if _rewrite(table, Path(name))]
        if not rows:
            return athena._empty_relation(table)
        columns = ", ".join(f"'{name}': '{kind}'" for name, kind in _columns(table))
        return f"read_json({athena._sql_list(rows)}, format = 'nd', columns = {{{columns}}})"

    def described_empty_relation(table: _Table) -> object:
        if not _is_json(table):
            return empty_relation(table)
        nothing = ", ".join(f'CAST(NULL AS {kind}) AS "{name}"' for name, kind in _columns(table))
        return f"(SELECT {nothing} WHERE FALSE)"

    async def run_translated(query: str, *place: object) -> object:
        return await run(_with_laterals(query), *place)

    athena._table_relation = described_relation
    athena._empty_relation = described_empty_relation
    athena._run_duckdb = run_translated


def _is_json(table: _Table) -> bool:
    serde = table["StorageDescriptor"].get("SerdeInfo") or {}
    return bool(serde.get("SerializationLibrary") == _JSON_SERDE)


def _columns(table: _Table) -> list[tuple[str, str]]:
    """Returns the columns of a table, its partitions, and the path: each with its type."""
    described = [*table["StorageDescriptor"]["Columns"], *(table.get("PartitionKeys") or [])]
    types = [(one["Name"], firehose._hive_to_duckdb_type(one["Type"])) for one in described]
    return [*types, (_PATH, "VARCHAR")]


def _rewrite(table: _Table, file: Path) -> bool:
    """Puts what the path of a file says into its records, and their names into lower case.

    Returns:
        Whether the file is in a partition of the table.
    """
    location = table["StorageDescriptor"]["Location"].rstrip("/") + "/"
    (root,) = (one for one in file.parents if one.name.startswith(_FOLDER))
    path = f"{location}{file.relative_to(root).as_posix()}"
    partition = _partition_of(table, path)
    if partition is None:
        return False
    lines = file.read_text(encoding="utf-8").splitlines()
    records = (_lower(json.loads(line)) for line in lines if line.strip())
    rows = [json.dumps({**record, **partition, _PATH: path}) + "\n" for record in records]
    file.write_text("".join(rows), encoding="utf-8")
    return bool(rows)


def _partition_of(table: _Table, path: str) -> dict[str, str] | None:
    template = (table.get("Parameters") or {}).get(_TEMPLATE)
    if template is None:
        return {}
    pattern = re.sub(r"\\\$\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
    found = re.match(pattern, path)
    return found.groupdict() if found else None


def _lower(value: Any) -> Any:  # noqa: ANN401 - JSON values
    if isinstance(value, dict):
        return {name.lower(): _lower(field) for name, field in value.items()}
    return [_lower(one) for one in value] if isinstance(value, list) else value


def _with_laterals(query: str) -> str:
    """Returns a query whose UNNEST of several arrays is one that DuckDB knows."""
    tokens: list[_Token] = list(athena._sql_tokens(query))
    for index in reversed(range(len(tokens))):
        if [one[1] for one in tokens[index : index + 4]] == ["cross", "join", "unnest", "("]:
            query = _with_lateral(query, tokens, index + 3)
    return query


def _with_lateral(query: str, tokens: list[_Token], opening: int) -> str:
    arrays, after = _group(query, tokens, opening)
    words = [one[1] for one in tokens[after:]]
    ordinal = words[:2] == ["with", "ordinality"]
    after += 2 if ordinal else 0
    if len(arrays) < 2 or tokens[after][1] != "as":
        return query
    alias = tokens[after + 1][1]
    names, end = _group(query, tokens, after + 2)
    selected = [f"unnest({array})" for array in arrays]
    if ordinal:
        # All are as long as the longest one.
        longest = ", ".join(f"len({array})" for array in arrays)
        selected.append(f"unnest(range(1, greatest({longest}) + 1))")
    columns = ", ".join(f"{one} AS {name}" for one, name in zip(selected, names, strict=True))
    start, stop = tokens[opening - 1][2], tokens[end - 1][3]
    return f"{query[:start]}LATERAL (SELECT {columns}) AS {alias}{query[stop:]}"


def _group(query: str, tokens: list[_Token], opening: int) -> tuple[list[str], int]:
    """Returns the texts between the commas of parentheses, and the token after these."""
    depth, start, texts = 0, tokens[opening][3], []
    for index in range(opening, len(tokens)):
        _, text, begin, end = tokens[index]
        depth += {"(": 1, ")": -1}.get(text, 0)
        if depth == 0 or (depth == 1 and text == ","):
            texts.append(query[start:begin].strip())
            start = end
        if depth == 0:
            return texts, index + 1
    raise ValueError(f"a parenthesis is not closed in the query {query!r}")
