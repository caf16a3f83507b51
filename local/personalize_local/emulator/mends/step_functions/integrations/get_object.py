"""Adds to Step Functions what MiniStack's S3 integration lacks: GetObject.

What a state machine may get is decided as for any other request.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any, Final

from ministack import app
from ministack.core.responses import get_region
from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend

_GET: Final = ("s3", "getObject")
_HEADERS: Final = {"Range": "range", "IfMatch": "if-match", "IfNoneMatch": "if-none-match"}
_QUERY: Final = {"VersionId": "versionId"}
_KNOWN: Final = {"Bucket", "Key", *_HEADERS, *_QUERY}
_ANSWERED: Final = {
    "content-type": "ContentType",
    "content-encoding": "ContentEncoding",
    "etag": "ETag",
    "x-amz-version-id": "VersionId",
    "x-amz-server-side-encryption": "ServerSideEncryption",
}
# The errors that the service model lists for the operation; all others are of the base class.
_LISTED: Final = ("NoSuchKey", "InvalidObjectState")
_METADATA: Final = "x-amz-meta-"


def _apply() -> None:
    dispatch = stepfunctions._dispatch_aws_sdk_rest_xml

    def dispatch_or_get(
        service: Mapping[str, str], name: str, action: str, arguments: Mapping[str, Any]
    ) -> object:
        if (name, action) == _GET:
            return _get(arguments)
        return dispatch(service, name, action, arguments)

    stepfunctions._dispatch_aws_sdk_rest_xml = dispatch_or_get


def _get(arguments: Mapping[str, Any]) -> dict[str, Any]:
    if unknown := sorted(arguments.keys() - _KNOWN):
        text = f"The local AWS has no {', '.join(unknown)} of s3:getObject."
        raise stepfunctions._ExecutionError("States.Runtime", text)
    place = f"{get_region()}/s3/aws4_request"
    headers = {
        "host": f"s3.{get_region()}.amazonaws.com",
        "authorization": f"AWS4-HMAC-SHA256 Credential=test/20260101/{place}",
        **{field: str(arguments[name]) for name, field in _HEADERS.items() if name in arguments},
    }
    query = {field: str(arguments[name]) for name, field in _QUERY.items() if name in arguments}
    path = f"/{arguments['Bucket']}/{arguments['Key']}"
    status, answered, body = app.call_service_handler_sync(
        app.SERVICE_HANDLERS["s3"], "GET", path, headers, b"", query
    )
    if status >= 300:
        _refuse(status, body)
    content = body if isinstance(body, bytes) else str(body).encode()
    found = {name.lower(): str(value) for name, value in answered.items()}
    moment = parsedate_to_datetime(found["last-modified"])
    return {
        "Body": content.decode("utf-8", "replace"),
        "ContentLength": len(content),
        "LastModified": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        **{told: found[name] for name, told in _ANSWERED.items() if name in found},
        "Metadata": {
            name.removeprefix(_METADATA): value
            for name, value in found.items()
            if name.startswith(_METADATA)
        },
    }


def _refuse(status: int, answer: bytes | str) -> None:
    code = message = ""
    if answer:
        error = ET.fromstring(answer)  # noqa: S314 - MiniStack's own answer
        code, message = (error.findtext(name, "") for name in ("Code", "Message"))
    name = f"S3.{code}Exception" if code in _LISTED else "S3.S3Exception"
    told = f"{message} (Service: S3, Status Code: {status})"
    raise stepfunctions._ExecutionError(name, told)


MEND: Final = Mend(
    aws="A state machine can get an object, as text.",
    source="Step Functions Developer Guide, Learning to use AWS service SDK integrations",
    apply=_apply,
)
