"""The log: one JSON object a line, so that no text in it can pass for a line of its own."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from personalize_batch_runtime._errors import without_queries

LONGEST_MESSAGE = 8192

_fields: ContextVar[dict[str, str] | None] = ContextVar("fields", default=None)


class JsonLines(logging.Handler):
    """Prints each record as one line of JSON; Lambda takes what is printed as the log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Prints the record, the fields of the invocation and, where there is one, its error."""
        line = {"level": record.levelname, **(_fields.get() or {}), "message": record.getMessage()}
        if record.exc_info:
            line["exception"] = logging.Formatter().formatException(record.exc_info)
        safe = {key: without_queries(value)[-LONGEST_MESSAGE:] for key, value in line.items()}
        print(json.dumps(safe), flush=True)


def note(**fields: str) -> None:
    """Adds fields to all lines that follow in this invocation."""
    known = _fields.get()
    if known is not None:
        known.update(fields)


@contextmanager
def invocation(request_id: str) -> Iterator[None]:
    """Logs what the package says as JSON, with the id of the invocation, while it lasts."""
    package = logging.getLogger(__package__)
    handler, level, propagated = JsonLines(), package.level, package.propagate
    package.addHandler(handler)
    package.setLevel(logging.INFO)
    package.propagate = False
    token = _fields.set({"requestId": request_id})
    try:
        yield
    finally:
        _fields.reset(token)
        package.propagate = propagated
        package.setLevel(level)
        package.removeHandler(handler)
