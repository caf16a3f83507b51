"""Gives Node.js functions the clients of the AWS SDK, which MiniStack has for few services.

The clients themselves are in `worker/aws_sdk.cjs`; this makes their calls, with botocore.
"""

from __future__ import annotations

import base64
import json
import logging
import os
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from ministack import app
from ministack.core import concurrency, lambda_runtime

from personalize_local.emulator.mend import Mend

_CLIENTS: Final = Path(__file__).parent / "worker" / "aws_sdk.cjs"
_PATH: Final = "/_ministack/aws-sdk"
_MILLISECONDS: Final = 1000
_WAIT_SECONDS: Final = 1
# What botocore gives for an answer without a body, and what the SDK for JavaScript calls it.
_NO_BODY: Final = {"404": "NotFound"}

logger = logging.getLogger("personalize_local")

# Where the SDK for JavaScript has bytes and botocore streams.
_NO_STREAMS: Final = ("lambda",)

_Json = dict[str, Any]
_trace: ContextVar[str | None] = ContextVar("trace_of_the_caller", default=None)


def _apply() -> None:
    serve_others = app.app

    async def serve(scope: _Json, receive: Any, send: Any) -> None:  # noqa: ANN401
        if scope["type"] != "http" or scope["path"] != _PATH:
            await serve_others(scope, receive, send)
            return
        request = json.loads(await _body(receive))
        # The call comes back to this server: a thread of its own, as MiniStack has it.
        answer = await concurrency.run_reentrant(call, request)
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    app.app = serve
    binary_and_script = lambda_runtime._detect_runtime_binary

    def with_clients(runtime: str) -> tuple[str, str]:
        binary, script = binary_and_script(runtime)
        return binary, _start() + script if runtime.startswith("nodejs") else script

    lambda_runtime._detect_runtime_binary = with_clients


async def _body(receive: Any) -> bytes:  # noqa: ANN401
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


@lru_cache(maxsize=1)
def _start() -> str:
    import botocore
    from botocore.utils import CLIENT_NAME_TO_HYPHENIZED_SERVICE_ID_OVERRIDES as NAMES

    settings = {
        "data": str(Path(botocore.__file__).parent / "data"),
        "names": {package: name for name, package in NAMES.items()},
        "path": _PATH,
    }
    return f"require({json.dumps(str(_CLIENTS))}).start({json.dumps(settings)});\n"


def call(request: _Json) -> _Json:
    """Makes one call of a client.

    Args:
        request: `service`, `region` and `credentials`; `operation` or `waiter`; and `input`.

    Returns:
        `output`, or `error` as the SDK for JavaScript has it; and the HTTP `status`.
    """
    from botocore import xform_name
    from botocore.exceptions import ClientError

    _trace.set(request.get("trace"))
    keys = request["credentials"]
    client = client_of(
        request["service"],
        request["region"],
        keys["accessKeyId"],
        keys["secretAccessKey"],
        keys.get("sessionToken"),
    )
    try:
        if name := request.get("waiter"):
            _wait(client.get_waiter(xform_name(name)), request)
            return {"output": {}, "status": 200}
        model = client.meta.service_model.operation_model(request["operation"])
        given = _decoded(request["input"], model.input_shape)
        answer = getattr(client, xform_name(request["operation"]))(**given)
    except ClientError as error:
        return _failed(client, error)
    except Exception as error:
        # Such as a parameter of another type, which botocore cannot write down.
        logger.exception("The call %s of %s failed", request.get("operation"), request["service"])
        return {"error": {"name": type(error).__name__, "message": str(error)}, "status": 0}
    about = answer.pop("ResponseMetadata", {})
    if request["service"] in _NO_STREAMS:
        answer = {key: one.read() if hasattr(one, "read") else one for key, one in answer.items()}
    return {
        "output": _encoded(answer),
        "status": about.get("HTTPStatusCode", 200),
        "requestId": about.get("RequestId"),
    }


@lru_cache(maxsize=64)
def client_of(service: str, region: str, key: str, secret: str, token: str | None) -> Any:  # noqa: ANN401
    """Returns a client of this server, as whoever the keys belong to.

    Args:
        service: What botocore calls the service.
        region: The Region to work in.
        key: The id of the access key.
        secret: The secret access key.
        token: The session token; None for a user.
    """
    from botocore.config import Config

    return _session().create_client(
        service,
        region_name=region,
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        # The SDK for JavaScript leaves it to the service what is right.
        config=Config(parameter_validation=False, inject_host_prefix=False),
    )


@lru_cache(maxsize=1)
def _session() -> Any:  # noqa: ANN401
    import botocore.session
    from botocore import handlers

    session = botocore.session.get_session()
    events = session.get_component("event_emitter")
    # The SDK for JavaScript gives documents as they come.
    events.unregister("after-call.iam", handlers.json_decode_policies)
    events.unregister("after-call.cloudformation.GetTemplate", handlers.json_decode_template_body)
    events.register("before-call", _pass_trace_on)
    return session


def _pass_trace_on(params: _Json, **_: object) -> None:
    if trace := _trace.get():
        params["headers"]["X-Amzn-Trace-Id"] = trace


def _wait(waiter: Any, request: Mapping[str, Any]) -> None:  # noqa: ANN401
    seconds = int(request.get("seconds") or 300)
    config = {"Delay": _WAIT_SECONDS, "MaxAttempts": max(1, seconds // _WAIT_SECONDS)}
    waiter.wait(**request["input"], WaiterConfig=config)


def _failed(client: Any, error: Any) -> _Json:  # noqa: ANN401
    found, about = error.response["Error"], error.response.get("ResponseMetadata", {})
    code = str(found.get("Code", ""))
    model = client.meta.service_model.operation_model(error.operation_name)
    # In some protocols an error's code is not the name of its shape.
    names = {
        shape.metadata.get("error", {}).get("code", shape.name): shape.name
        for shape in model.error_shapes
    }
    status = about.get("HTTPStatusCode", 0)
    name = names.get(code) or _NO_BODY.get(code, code)
    fault = "server" if status >= 500 else "client"
    more = {key: _encoded(one) for key, one in found.items() if key not in ("Code", "Message")}
    return {
        "error": {
            **more,
            "Code": code,
            "name": name,
            "message": found.get("Message", "UnknownError"),
            "fault": fault,
        },
        "status": status,
        "requestId": about.get("RequestId"),
    }


def _decoded(value: Any, shape: Any) -> Any:  # noqa: ANN401
    """Returns a parameter for botocore; without what the service does not know, as on AWS."""
    kind = None if shape is None else shape.type_name
    match value:
        case {"$bytes": str(text)}:
            return base64.b64decode(text)
        case {"$date": int(milliseconds)}:
            return datetime.fromtimestamp(milliseconds / _MILLISECONDS, UTC)
        case str() if kind == "blob":
            return value.encode()
        case dict() if kind == "structure":
            return {
                key: _decoded(one, shape.members[key])
                for key, one in value.items()
                if key in shape.members and one is not None
            }
        case dict():
            inner = shape.value if kind == "map" else None
            return {key: _decoded(one, inner) for key, one in value.items()}
        case list():
            inner = shape.member if kind == "list" else None
            return [_decoded(one, inner) for one in value]
    return value


def _encoded(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, datetime):
        return {"$date": round(value.timestamp() * _MILLISECONDS)}
    if isinstance(value, bytes | bytearray):
        return {"$bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {key: _encoded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_encoded(one) for one in value]
    if hasattr(value, "read"):
        return {"$stream": base64.b64encode(value.read()).decode()}
    return value


MEND: Final = Mend(
    aws="Node.js functions have the clients of the AWS SDK for JavaScript 3 at hand.",
    source="Lambda Developer Guide, Building Lambda functions with Node.js: runtime-included SDK "
    "versions",
    apply=_apply,
)
