"""Makes S3 use KMS keys under the policies of the caller and of the key.

MiniStack notes with which key an object is encrypted, and lets everybody read and write it.
Source: "Using server-side encryption with AWS KMS keys" in the S3 User Guide: writing takes
kms:GenerateDataKey, a multipart upload kms:Decrypt too, and reading kms:Decrypt.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from ministack.core import responses, router
from ministack.services import kms, s3

from personalize_local.emulator.access import KEY_HEADER, check_caller
from personalize_local.emulator.mend import Mend
from personalize_local.errors import AccessDenied

_GENERATE: Final = "kms:GenerateDataKey"
_DECRYPT: Final = "kms:Decrypt"
_ALGORITHM: Final = "x-amz-server-side-encryption"
_KMS: Final = "aws:kms"
_OF_CUSTOMERS: Final = f"{_ALGORITHM}-customer"

_Headers = Mapping[str, str]
_Answer = tuple[int, dict[str, str], bytes]


@dataclass(frozen=True, slots=True)
class _Request:
    access_key: str
    account: str
    method: str
    path: str
    is_multipart: bool


# The request that a client sent; none while another service of MiniStack uses S3.
_request: ContextVar[_Request | None] = ContextVar("personalize_local_s3_request", default=None)


def _apply() -> None:
    handle = s3.handle_request
    write = s3._resolve_sse_write_headers
    read = s3._check_sse_read_headers
    read_source = s3._check_sse_c_copy_source

    async def handle_as_caller(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Any],
        *more: Any,  # noqa: ANN401
        **named: Any,  # noqa: ANN401
    ) -> object:
        key = router.extract_access_key_id(headers, query)
        account = responses.get_account_id()
        request = _Request(key, account, method, path, "uploads" in query) if key else None
        token = _request.set(request)
        try:
            return await handle(method, path, headers, body, query, *more, **named)
        finally:
            _request.reset(token)

    def write_with_key(headers: _Headers, bucket: str) -> tuple[object, object]:
        if _takes_own_key(headers):
            return {_ALGORITHM: _KMS}, None
        encryption, refused = write(headers, bucket)
        request = _request.get()
        if refused is None and request is not None:
            actions = (_GENERATE, _DECRYPT) if request.is_multipart else (_GENERATE,)
            refused = _refusal(encryption, actions, request.path)
        return (encryption, None) if refused is None else (None, refused)

    def read_with_key(headers: _Headers, stored: Mapping[str, Any]) -> object:
        refused = read(headers, stored)
        request = _request.get()
        # A HEAD request decrypts nothing.
        if refused is None and request is not None and request.method == "GET":
            refused = _refusal(stored.get("preserved_headers", {}), (_DECRYPT,), request.path)
        return refused

    def read_source_with_key(headers: _Headers, stored: Mapping[str, Any]) -> object:
        refused = read_source(headers, stored)
        if refused is None and _request.get() is not None:
            source = urllib.parse.unquote(headers["x-amz-copy-source"]).partition("?")[0]
            refused = _refusal(stored.get("preserved_headers", {}), (_DECRYPT,), source)
        return refused

    s3.handle_request = handle_as_caller
    s3._resolve_sse_write_headers = write_with_key
    s3._check_sse_read_headers = read_with_key
    s3._check_sse_c_copy_source = read_source_with_key


def _takes_own_key(headers: _Headers) -> bool:
    """Whether a write asks for the account's own key for S3, which MiniStack does not have."""
    is_named = headers.get(KEY_HEADER) or any(name.startswith(_OF_CUSTOMERS) for name in headers)
    return headers.get(_ALGORITHM) == _KMS and not is_named


def _refusal(encryption: _Headers, actions: tuple[str, ...], path: str) -> _Answer | None:
    """Returns the answer that the caller may not use the key; None when it may."""
    request, given = _request.get(), encryption.get(KEY_HEADER)
    # Without a key it is the account's own for S3, which everybody uses who may use the object.
    if request is None or not given:
        return None
    with _scope_of(given):
        key = kms._resolve_key(given)
        if key is None:
            return _error("KMS.NotFoundException", f"There is no key {given}.", 400)
        context = {
            "kms:CallerAccount": request.account,
            "kms:ViaService": f"s3.{responses.get_region()}.amazonaws.com",
            "kms:EncryptionContext:aws:s3:arn": f"arn:aws:s3:::{path.lstrip('/')}",
        }
        try:
            for action in actions:
                check_caller(request.access_key, action, key["Arn"], context)
        except AccessDenied as refusal:
            return _error("AccessDenied", refusal.reason, 403)
    return None


def _scope_of(key: str) -> AbstractContextManager[object]:
    """Returns the account and the Region in which a key is looked up."""
    if not key.startswith("arn:"):
        return nullcontext()
    _, _, _, region, account, _ = key.split(":", 5)
    scope: AbstractContextManager[object] = responses.request_scope(account, region)
    return scope


def _error(code: str, message: str, status: int) -> _Answer:
    answer: _Answer = s3._error(code, message, status)
    return answer


MEND: Final = Mend(
    aws="S3 uses a KMS key under the policies of the caller and of the key.",
    source="S3 User Guide, Using server-side encryption with AWS KMS keys",
    apply=_apply,
)
