"""Stops loops of functions by the lineage in the trace header, as Lambda does.

MiniStack counts all invocations of a chain, in a header of its own that only its own clients pass
on. Lambda counts those of each function, and every SDK passes the trace header on.
"""

from __future__ import annotations

import secrets
import time
import zlib
from collections.abc import Mapping
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from ministack import app
from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.lambda_functions.destinations import name_and_qualifier
from personalize_local.emulator.mends.lambda_functions.scripts import changed

_HEADER: Final = "x-amzn-trace-id"
_TYPE: Final = "x-amz-invocation-type"

# It knows the limit, the functions that allow loops, and the metric.
_drop_deep: Final = lambda_svc._recursive_loop_drop

_Json = dict[str, Any]


class _Chain(NamedTuple):
    """What led to the request that is being answered."""

    root: str = ""
    counts: Mapping[str, int] = MappingProxyType({})
    is_counted: bool = False
    is_event: bool = False


_NO_CHAIN: Final = _Chain()
_chain: ContextVar[_Chain] = ContextVar("chain_of_requests", default=_NO_CHAIN)


def is_stopped(config: Mapping[str, Any]) -> bool:
    """Whether a function is not invoked for an event, as it has been too often in its chain.

    Args:
        config: The function's configuration.
    """
    name, _ = name_and_qualifier(config)
    chain = _chain.get()
    if not chain.is_counted and chain.counts:
        chain = _count(chain, name)
        _chain.set(chain)
    return _drop(name, lambda_svc._functions.get(name) or {}, chain) is not None


def _apply() -> None:
    # The SDK passes the trace header on; what MiniStack adds imports the SDK into each function.
    lambda_runtime._PYTHON_WORKER_SCRIPT = changed(
        lambda_runtime._PYTHON_WORKER_SCRIPT, [("    _ms_install_invoke_depth()\n", "")]
    )
    serve_others = app.app

    async def serve(scope: _Json, receive: Any, send: Any) -> None:  # noqa: ANN401
        if scope["type"] == "http":
            _chain.set(_read(dict(scope["headers"]).get(_HEADER.encode(), b"").decode()))
        await serve_others(scope, receive, send)

    def note_type(headers: Mapping[str, str]) -> int:
        given = {name.lower(): value for name, value in headers.items()}
        is_event = given.get(_TYPE) == "Event"
        _chain.set(_chain.get()._replace(is_event=is_event))
        return 0

    def count_and_drop(name: str, func: _Json, _depth: int) -> object:
        chain = _count(_chain.get(), name)
        _chain.set(chain)
        # An event is taken, and dropped later on.
        return None if chain.is_event else _drop(name, func, chain)

    app.app = serve
    lambda_svc._inbound_invoke_depth = note_type
    lambda_svc._recursive_loop_drop = count_and_drop
    lambda_svc._xray_trace_id_for_invocation = _trace_of


def _drop(name: str, func: _Json, chain: _Chain) -> object:
    return _drop_deep(name, func, chain.counts.get(_key(name), 0))


def _count(chain: _Chain, name: str) -> _Chain:
    key = _key(name)
    counts = {**chain.counts, key: chain.counts.get(key, 0) + 1}
    return chain._replace(counts=counts, is_counted=True)


def _key(name: str) -> str:
    return f"{zlib.crc32(lambda_svc._func_arn(name).encode()):08x}"


def _read(header: str) -> _Chain:
    fields = dict(part.split("=", 1) for part in header.split(";") if "=" in part)
    counts = {}
    for one in fields.get("Lineage", "").split("|"):
        key, _, count = one.partition(":")
        if count.isdecimal():
            counts[key] = int(count)
    return _Chain(root=fields.get("Root", ""), counts=counts)


def _trace_of(config: Mapping[str, Any], inbound: str | None = None) -> str:
    """Returns what `_X_AMZN_TRACE_ID` is in an invocation."""
    chain = _read(inbound) if inbound else _chain.get()
    is_active = (config.get("TracingConfig") or {}).get("Mode") == "Active"
    root = chain.root or f"1-{int(time.time()):08x}-{secrets.token_hex(12)}"
    fields = [f"Root={root}", f"Parent={secrets.token_hex(8)}", f"Sampled={int(is_active)}"]
    # Services that do not pass the lineage on begin a chain of their own.
    counts = chain.counts if chain.is_counted else {}
    if not counts:
        counts = {_key(name_and_qualifier(config)[0]): 1}
    return ";".join([*fields, f"Lineage={'|'.join(f'{key}:{n}' for key, n in counts.items())}"])


MEND: Final = Mend(
    aws="A function that has been invoked 16 times in one chain of requests is not invoked again.",
    source="Lambda Developer Guide, Use Lambda recursive loop detection to prevent infinite loops; "
    "X-Ray Developer Guide, Tracing header",
    apply=_apply,
)
