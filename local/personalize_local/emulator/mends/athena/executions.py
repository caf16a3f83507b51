"""Runs queries in the background, over tables as Glue describes them, and writes their results."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from personalize_local.emulator.mends.athena.queries import (
    engine,
    objects,
    parameters,
    statements,
    utilities,
    values,
)
from personalize_local.emulator.mends.athena.queries.engine import Column, Engine
from personalize_local.emulator.mends.athena.queries.failures import QueryFailed
from personalize_local.emulator.mends.athena.queries.objects import Place
from personalize_local.emulator.mends.athena.queries.statements import CTAS, Statement
from personalize_local.emulator.mends.athena.writing import targets
from personalize_local.emulator.mends.athena.writing.targets import Written

if TYPE_CHECKING:
    from sqlglot import exp

logger = logging.getLogger("athena")

FOLDER: Final = "_folder"
ANSWER: Final = "_answer"
_CANCELLED: Final = "CANCELLED"
_LOOK_SECONDS: Final = 0.05
_TABLE_ADVICE: Final = (
    "You may need to manually clean the data at location '{}' before retrying."
    " Athena will not delete data in your account."
)
_FILES_ADVICE: Final = (
    "If a data manifest file was generated at '{}', you may need to manually clean the data from"
    " locations specified in the manifest. Athena will not delete data in your account."
)
# The engines of the queries that run, for those who stop them.
_engines: Final[dict[str, Engine]] = {}


@dataclass(slots=True)
class Answer:
    """What a query came to.

    Attributes:
        columns: The columns.
        rows: The values, as text.
        has_header: Whether the names of the columns are a row of the answer.
        update_count: How many rows were written; None where that makes no sense.
        manifest: The files that were written; None where there is no manifest.
        bytes_read: How much was read.
        bytes_written: How much was written.
    """

    columns: list[Column] = field(default_factory=list)
    rows: list[list[str | None]] = field(default_factory=list)
    has_header: bool = False
    update_count: int | None = None
    manifest: list[str] | None = None
    bytes_read: int = 0
    bytes_written: int = 0


async def stop(query_id: str) -> None:
    """Ends a query that runs; its execution is CANCELLED already.

    Args:
        query_id: The id of the execution.
    """
    # Again and again: before the engine has begun, an interruption is of no effect.
    while (running := _engines.get(query_id)) is not None:
        running.interrupt()
        await asyncio.sleep(_LOOK_SECONDS)


async def execute(execution: dict[str, Any], statement: Statement) -> None:
    """Runs a query in a thread of its own.

    Args:
        execution: The execution, which is QUEUED.
        statement: Its statement.
    """
    await asyncio.to_thread(_run, execution, statement)


def _run(execution: dict[str, Any], statement: Statement) -> None:
    status = execution["Status"]
    if status["State"] == _CANCELLED:
        return
    status["State"] = "RUNNING"
    started = time.time()
    answer = Answer()
    try:
        _answer(execution, statement, answer)
        # It may have been cancelled before the engine had begun: then nothing was asked.
        if status["State"] != _CANCELLED:
            _write_results(execution, answer)
            execution[ANSWER] = answer
        ended = {"State": "SUCCEEDED"}
    except QueryFailed as error:
        failure = _advised(error, execution, statement)
        logger.info("query %s failed: %s", execution["QueryExecutionId"], failure.reason)
        ended = _failed(failure)
    except Exception as error:
        # The thread is the outermost frame: without this the query would run for good.
        logger.exception("query %s failed", execution["QueryExecutionId"])
        ended = _failed(QueryFailed("GENERIC_INTERNAL_ERROR", f"{type(error).__name__}: {error}"))
    _count_time(execution, started, answer)
    if status["State"] != _CANCELLED:
        status |= {"CompletionDateTime": time.time(), **ended}


def _failed(failure: QueryFailed) -> dict[str, Any]:
    error = failure.as_athena_error()
    return {"State": "FAILED", "StateChangeReason": failure.reason, "AthenaError": error}


def _advised(error: QueryFailed, execution: Mapping[str, Any], statement: Statement) -> QueryFailed:
    location = execution["ResultConfiguration"].get("OutputLocation", "")
    if statement.kind == CTAS:
        return error.with_advice(_TABLE_ADVICE.format(location))
    if statement.kind in ("INSERT", "UNLOAD"):
        return error.with_advice(_FILES_ADVICE.format(f"{location}-manifest.csv"))
    return error


def _answer(execution: dict[str, Any], statement: Statement, answer: Answer) -> None:
    given = execution.get("ExecutionParameters") or []
    text = statement.text
    if statement.kind == "EXECUTE":
        text, using = parameters.prepared(text, execution["WorkGroup"])
        given = [*using, *given]
    bound = parameters.bound(text, given)
    if bound != statement.text:
        try:
            statement = statements.parse(bound)
        except statements.MalformedError as error:
            raise QueryFailed("SYNTAX_ERROR", str(error)) from error
    database = _database_of(execution)
    if statement.query is None:
        name, lines = utilities.run(statement, database)
        answer.columns = [Column(name, "VARCHAR")] if name else []
        answer.rows = [[line] for line in lines]
        answer.update_count = 0 if name else None
        return
    with engine.opened(statement.text, database, statement.target[1]) as running:
        _engines[execution["QueryExecutionId"]] = running
        try:
            if execution["Status"]["State"] == _CANCELLED:
                return
            _ask(execution, statement, statement.query, running, answer)
        finally:
            answer.bytes_read = running.bytes_read
            del _engines[execution["QueryExecutionId"]]


def _ask(
    execution: Mapping[str, Any],
    statement: Statement,
    query: exp.Expr,
    running: Engine,
    answer: Answer,
) -> None:
    query_id = execution["QueryExecutionId"]
    database = statement.target[0] or _database_of(execution)
    if statement.kind == "UNLOAD":
        _note(answer, targets.unload(running, statement, query, query_id))
    elif statement.kind == "INSERT":
        _note(answer, targets.insert(running, statement, query, database))
    elif statement.kind == CTAS:
        folder = objects.parse(execution[FOLDER])
        place = folder.below(f"tables/{query_id}/") if folder else None
        _note(answer, targets.create_table_as(running, statement, query, database, place))
    else:
        answer.columns = running.bind(query)
        running.run()
        answer.rows = [[values.as_text(one) for one in row] for row in running.rows()]
        answer.has_header = True
        answer.update_count = 0


def _database_of(execution: Mapping[str, Any]) -> str:
    given = str(execution["QueryExecutionContext"].get("Database", "default"))
    return given.strip("`").lower()


def _note(answer: Answer, written: Written | None) -> None:
    answer.columns = [Column("rows", "BIGINT")]
    answer.update_count = written.rows if written else 0
    answer.manifest = [place.uri for place in written.files] if written else []
    answer.bytes_written = written.bytes if written else 0


def _write_results(execution: dict[str, Any], answer: Answer) -> None:
    """Writes the files that a client finds at the output location."""
    location = execution["ResultConfiguration"].get("OutputLocation")
    place = objects.parse(location) if location else None
    if place is None:
        return
    if answer.manifest is not None:
        manifest = Place(place.bucket, f"{place.key}-manifest.csv")
        objects.write(manifest, "".join(f"{uri}\n" for uri in answer.manifest).encode())
        execution["Statistics"]["DataManifestLocation"] = manifest.uri
    elif answer.has_header:
        header: list[str | None] = [column.name for column in answer.columns]
        content = values.csv_lines([header, *answer.rows])
        answer.bytes_written = len(content)
        objects.write(place, content)
    else:
        lines = (row[0] or "" for row in answer.rows)
        objects.write(place, "\n".join(lines).encode(), "binary/octet-stream")
    if answer.columns:
        described = "".join(f"{one.name}\t{one.type}\n" for one in answer.columns)
        objects.write(Place(place.bucket, f"{place.key}.metadata"), described.encode())


def _count_time(execution: dict[str, Any], started: float, answer: Answer) -> None:
    submitted = execution["Status"]["SubmissionDateTime"]
    engine_time = int((time.time() - started) * 1000)
    queue_time = int((started - submitted) * 1000)
    execution["Statistics"] |= {
        "EngineExecutionTimeInMillis": engine_time,
        "DataScannedInBytes": answer.bytes_read,
        "TotalExecutionTimeInMillis": queue_time + engine_time,
        "QueryQueueTimeInMillis": queue_time,
        "ServicePreProcessingTimeInMillis": 0,
        "QueryPlanningTimeInMillis": 0,
        "ServiceProcessingTimeInMillis": 0,
    }
