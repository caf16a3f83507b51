"""Adds to Step Functions what MiniStack's S3 integration lacks: PutObject.

What a state machine may put where is decided as for any other request: by the policies of its role,
of the bucket and of the key.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from typing import Any, Final

from ministack import app
from ministack.core.responses import get_region
from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend

_PUT: Final = ("s3", "putObject")
_HEADERS: Final = {"ContentType": "content-type"}
_KNOWN: Final = {"Bucket", "Key", "Body", *_HEADERS}


def _apply() -> None:
    dispatch = stepfunctions._dispatch_aws_sdk_rest_xml

    def dispatch_or_put(
        service: Mapping[str, str], name: str, action: str, arguments: Mapping[str, Any]
    ) -> object:
        if (name, action) == _PUT:
            return put(arguments)
        return dispatch(service, name, action, arguments)

    stepfunctions._dispatch_aws_sdk_rest_xml = dispatch_or_put


def put(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Puts an object, as the role whose execution the thread works for.

    Args:
        arguments: The parameters of PutObject, with the body as text or as what is stored as JSON.

    Raises:
        _ExecutionError: S3 refuses it, or a parameter is not known here.
    """
    if unknown := sorted(arguments.keys() - _KNOWN):
        text = f"The local AWS has no {', '.join(unknown)} of s3:putObject."
        raise stepfunctions._ExecutionError("States.Runtime", text)
    content = arguments.get("Body", "")
    # An object is stored as JSON.
    text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
    body = text.encode()
    place = f"{get_region()}/s3/aws4_request"
    headers = {
        "host": f"s3.{get_region()}.amazonaws.com",
        "authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{place}",
        "content-length": str(len(body)),
        **{field: str(arguments[name]) for name, field in _HEADERS.items() if name in arguments},
    }
    path = f"/{arguments['Bucket']}/{arguments['Key']}"
    status, answered, answer = app.call_service_handler_sync(
        app.SERVICE_HANDLERS["s3"], "PUT", path, headers, body, {}
    )
    if status >= 400:
        _refuse(answer)
    found = {name.lower(): value for name, value in answered.items()}
    return {"ETag": str(found["etag"])}


def _refuse(answer: bytes | str) -> None:
    error = ET.fromstring(answer)  # noqa: S314 - MiniStack's own answer
    code, message = (error.findtext(name, "") for name in ("Code", "Message"))
    # The model of PutObject lists no such error, so that it comes under the SDK's base name.
    raise stepfunctions._ExecutionError("S3.S3Exception", f"{message} ({code})")


MEND: Final = Mend(
    aws="A state machine can put an object into a bucket.",
    source="Step Functions Developer Guide, Learning to use AWS service SDK integrations",
    apply=_apply,
)
