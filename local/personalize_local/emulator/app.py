"""MiniStack with Amazon Personalize added to it.

MiniStack has no interface for that, so this module and `emulator.cloud` use internals of one
exact version, and nothing else in the package knows MiniStack. MiniStack reads its settings from
the environment when it is imported: they must be set before this module is.
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import socket
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from hypercorn.asyncio import serve as hypercorn_serve
from hypercorn.config import Config
from ministack import app
from ministack.core import lambda_runtime, responses, router
from ministack.services import stepfunctions

from personalize_local.api import switchboard
from personalize_local.api.service import PersonalizeService
from personalize_local.api.siblings import operation_at
from personalize_local.cloud import Caller
from personalize_local.emulator import personalize_types, registry
from personalize_local.emulator.ours import short_waits
from personalize_local.emulator.reset import Checkpoint
from personalize_local.errors import ApiError, ConnectionDropped
from personalize_local.host.tls import Certificates

_NAME: Final = "personalize"
_TARGET: Final = "AmazonPersonalize"
_CONTENT_TYPE: Final = "application/x-amz-json-1.1"
_GRACE_SECONDS: Final = 1.0
_CALLS_AT_ONCE: Final = 64
_BROKEN: Final = {
    "__type": "SdkClientException",
    "message": "Unable to execute HTTP request: the connection was closed.",
}

_Answer = tuple[int, dict[str, str], bytes]
_Handler = Callable[[str, str, dict[str, str], bytes | str, dict[str, Any]], Awaitable[_Answer]]


def register(service: PersonalizeService, *, real_time: bool = False) -> None:
    """Adds Amazon Personalize to MiniStack's services, and makes these do as AWS does.

    Not to its table of IAM actions: MiniStack then checks the signature of a request and leaves
    the policies to the service, which knows all resources that an operation needs.
    """
    app.SERVICE_HANDLERS[_NAME] = _handler(service)
    router.SERVICE_PATTERNS[_NAME] = {
        "target_prefixes": [f"{_TARGET}."],
        "host_patterns": [r"personalize\."],
    }
    stepfunctions._AWS_SDK_SERVICE_MAP[_NAME] = {
        "target_prefix": _TARGET,
        "protocol": "json",
        "param_case": "lower-camel",
    }
    stepfunctions._AWS_SDK_ERROR_PREFIX[_NAME] = "Personalize"
    personalize_types.register(service)
    registry.apply_all()
    short_waits.look_with(None if real_time else service.has_ended)


async def serve(
    listener: socket.socket,
    files: Certificates,
    service: PersonalizeService,
    stopped: Callable[[], Awaitable[object]],
) -> None:
    """Serves until told to stop; then stops the service and all Lambda workers.

    Args:
        listener: The socket to serve on, bound.
        files: The certificate and key; nothing is served without TLS.
        service: Amazon Personalize, to be stopped while S3 still answers its jobs.
        stopped: Returns when it is time to stop.
    """
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.certfile = str(files.certificate)
    config.keyfile = str(files.key)
    config.keep_alive_timeout = 75
    config.accesslog = None
    config.errorlog = None
    closing = asyncio.Event()
    served = switchboard.with_switchboard(app.app, service, Checkpoint())
    serving = asyncio.ensure_future(hypercorn_serve(served, config, shutdown_trigger=closing.wait))
    stopping = asyncio.ensure_future(stopped())
    await asyncio.wait({serving, stopping}, return_when=asyncio.FIRST_COMPLETED)
    await asyncio.to_thread(service.close)
    await asyncio.to_thread(lambda_runtime.reset)
    closing.set()
    # Not longer: it waits for connections that clients keep open.
    await asyncio.wait({serving}, timeout=_GRACE_SECONDS)
    if serving.done():
        serving.result()


def _handler(service: PersonalizeService) -> _Handler:
    # In threads, as a job's own requests to S3 need the loop; not in the loop's own, which slow
    # answers would use up.
    threads = ThreadPoolExecutor(_CALLS_AT_ONCE, "personalize-call")

    async def handle(
        _method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | str,
        _query: dict[str, Any],
    ) -> _Answer:
        operation = headers.get("x-amz-target", "").partition(".")[2] or operation_at(path)
        caller = Caller(responses.get_account_id(), responses.get_region(), headers)
        context = contextvars.copy_context()
        try:
            call = partial(context.run, service.call, operation, _parameters(body), caller)
            answer = await asyncio.get_running_loop().run_in_executor(threads, call)
        except ApiError as error:
            return _answer(error.status, {"__type": error.code, "message": error.message})
        except ConnectionDropped:
            # What a state machine sees of a connection that breaks; others get no answer.
            return switchboard.dropped(_answer(500, _BROKEN))
        return _answer(200, answer)

    return handle


def _parameters(body: bytes | str) -> Mapping[str, object]:
    try:
        parameters = json.loads(body or "{}")
    except ValueError as error:
        raise ApiError("SerializationException", f"The request is not JSON: {error}.") from error
    if not isinstance(parameters, dict):
        kind = type(parameters).__name__
        raise ApiError("SerializationException", f"The request must be a JSON object, got {kind}.")
    return parameters


def _answer(status: int, content: Mapping[str, object]) -> _Answer:
    return status, {"Content-Type": _CONTENT_TYPE}, json.dumps(content).encode()
