"""The switchboard of the local Amazon Personalize: paths of the server that no AWS has.

| path                       | method | what it does                                            |
|----------------------------|--------|---------------------------------------------------------|
| `/_personalize/faults`     | GET    | `{"faults": […]}`, those that are left                  |
|                            | POST   | adds one: the arguments of `Faults.add` as JSON object  |
|                            | DELETE | removes all                                             |
| `/_personalize/calls`      | GET    | `{"calls": {"CreateBatchInferenceJob": 2, …}}`          |
| `/_personalize/jobs`       | GET    | `{"jobs": […]}`, as the Describe operations answer them |
| `/_personalize/trainings`  | POST   | trains `{"solutionArn": …}` as automatic training does  |
| `/_personalize/checkpoint` | POST   | keeps what the other services have now                  |
| `/_personalize/reset`      | POST   | forgets jobs, tags, calls and faults, and brings the    |
|                            |        | other services back to the checkpoint                   |
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, Protocol

from personalize_local.api.service import PersonalizeService
from personalize_local.errors import ApiError
from personalize_local.faults import FaultError
from personalize_local.host.places import SWITCHBOARD

_RESET: Final = ("POST", f"{SWITCHBOARD}reset")
_DROPPED: Final = "x-personalize-local-dropped"
_Message = dict[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
# Any: servers have their own types of the same messages.
_App = Callable[[Any, Any, Any], Awaitable[None]]
_Answer = tuple[int, dict[str, str], bytes]


def dropped(answer: _Answer) -> _Answer:
    """Marks an answer as one that breaks off before its body.

    Args:
        answer: The answer, for who is not behind a connection.
    """
    status, headers, body = answer
    return status, {**headers, _DROPPED: "yes"}, body


class Checkpoint(Protocol):
    """What the services around Personalize had at one moment."""

    def take(self) -> None:
        """Takes what they have now."""

    async def restore(self) -> None:
        """Brings them back to it."""


def with_switchboard(app: _App, service: PersonalizeService, checkpoint: Checkpoint) -> _App:
    """Returns an ASGI application that also has the switchboard, and that drops answers.

    Args:
        app: The application, which answers everything else.
        service: What the switchboard belongs to.
        checkpoint: Of the services around it.
    """

    async def serve(scope: _Message, receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(SWITCHBOARD):
            await app(scope, receive, _dropping(send))
            return
        body = await _body(receive)
        # In a thread: a reset waits for the jobs, whose own requests need the loop.
        status, content = await asyncio.to_thread(
            answer, service, checkpoint, scope["method"], scope["path"], body
        )
        if (scope["method"], scope["path"]) == _RESET:
            await checkpoint.restore()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(content).encode()})

    return serve


def answer(
    service: PersonalizeService, checkpoint: Checkpoint, method: str, path: str, body: bytes
) -> tuple[int, dict[str, object]]:
    """Answers one request to the switchboard.

    Args:
        service: What it belongs to.
        checkpoint: Of the services around it; a reset leaves it to the caller to restore it.
        method: The HTTP method.
        path: The whole path.
        body: The body.

    Returns:
        The HTTP status and the JSON object to answer.
    """
    match (method, path.removeprefix(SWITCHBOARD)):
        case ("GET", "calls"):
            return 200, {"calls": service.calls}
        case ("GET", "jobs"):
            return 200, {"jobs": service.jobs}
        case ("POST", "trainings"):
            return _train(service, body)
        case ("POST", "checkpoint"):
            checkpoint.take()
            return 200, {}
        case ("POST", "reset"):
            service.reset()
            return 200, {}
        case ("GET", "faults"):
            pass
        case ("DELETE", "faults"):
            service.faults.clear()
        case ("POST", "faults"):
            try:
                _add_fault(service, body)
            except FaultError as error:
                return 400, {"message": str(error)}
        case _:
            return 404, {"message": f"the switchboard has no {method} {path}"}
    return 200, {"faults": service.faults.all()}


def _train(service: PersonalizeService, body: bytes) -> tuple[int, dict[str, object]]:
    try:
        solution = str(json.loads(body)["solutionArn"])
    except (ValueError, TypeError, KeyError):
        return 400, {"message": 'the body must be {"solutionArn": "…"}'}
    try:
        return 200, {"solutionVersionArn": service.train(solution)}
    except ApiError as error:
        return 400, {"message": str(error)}


def _add_fault(service: PersonalizeService, body: bytes) -> None:
    try:
        fault = json.loads(body)
        service.faults.add(fault.pop("operation"), **fault)
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        if isinstance(error, FaultError):
            raise
        raise FaultError(
            "a fault is a JSON object with operation and kind, and perhaps times, seconds, status "
            f"and reason, got {body.decode(errors='replace')}"
        ) from error


async def _body(receive: _Receive) -> bytes:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def _dropping(send: _Send) -> _Send:
    """Returns a `send` that breaks a connection off in the middle of a marked answer.

    An application cannot close a connection; a server does when the body that was announced does
    not follow.
    """
    is_dropped = False

    async def send_or_drop(message: _Message) -> None:
        nonlocal is_dropped
        if message["type"] == "http.response.start":
            names = {name for name, _ in message["headers"]}
            is_dropped = _DROPPED.encode() in names
        if not (is_dropped and message["type"] == "http.response.body"):
            await send(message)

    return send_or_drop
