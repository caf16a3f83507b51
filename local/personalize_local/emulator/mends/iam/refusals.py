"""How IAM refuses a call, and a template that asks for the same."""

from __future__ import annotations

import functools
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from ministack.services import iam
from ministack.services.cloudformation import provisioners

# What CloudFormation calls IAM's errors.
_HANDLER_CODES: Final = {"LimitExceeded": "ServiceLimitExceeded", "NoSuchEntity": "NotFound"}
_INVALID: Final = "InvalidRequest"

Parameters = Mapping[str, Any]
Properties = Mapping[str, Any]


class Refusal(Exception):
    """An error that IAM answers with."""

    def __init__(self, status: int, code: str, message: str) -> None:
        """Makes the error.

        Args:
            status: The status of the answer.
            code: IAM's name for the error.
            message: IAM's sentence.
        """
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message


def before_call(action: str, check: Callable[[Parameters], None]) -> None:
    """Has a check run before an operation of IAM.

    Args:
        action: The operation, such as `PutRolePolicy`.
        check: Gets the parameters; raises `Refusal`.
    """
    handler = iam._IAM_HANDLERS[action]

    # Its name too: MiniStack's CloudFormation calls some handlers by name.
    @functools.wraps(handler)
    def checked(parameters: Parameters) -> object:
        try:
            check(parameters)
        except Refusal as refusal:
            return iam._error(refusal.status, refusal.code, refusal.message, ns="iam")
        return handler(parameters)

    iam._IAM_HANDLERS[action] = checked
    setattr(iam, handler.__name__, checked)


def before_resource(
    kind: str,
    check: Callable[[str, Properties, Properties], None],
) -> None:
    """Has a check run before CloudFormation creates or updates a resource.

    Args:
        kind: The type, such as `AWS::IAM::Role`.
        check: Gets the name, the properties until now and the new ones; raises `Refusal`.
    """
    handlers = provisioners._RESOURCE_HANDLERS[kind]
    create, update = handlers["create"], handlers["update"]

    def checked_create(logical_id: str, properties: Properties, stack_name: str) -> object:
        name = provisioners._physical_name(stack_name, logical_id, max_len=64)
        _checked(check, name, {}, properties)
        return create(logical_id, properties, stack_name)

    def checked_update(physical_id: str, old: Properties, new: Properties, *more: str) -> object:
        _checked(check, physical_id, old, new)
        return update(physical_id, old, new, *more)

    handlers["create"], handlers["update"] = checked_create, checked_update


def text_of(parameters: Parameters, name: str) -> str:
    """Returns a parameter of a call, or an empty string.

    Args:
        parameters: The parameters.
        name: The name of one.
    """
    text: str = iam._p(parameters, name)
    return text


def _checked(
    check: Callable[[str, Properties, Properties], None],
    name: str,
    old: Properties,
    new: Properties,
) -> None:
    try:
        check(name, old, new)
    except Refusal as refusal:
        reason = provisioners._sdk_error(refusal.message, "Iam", refusal.status)
        code = _HANDLER_CODES.get(refusal.code, _INVALID)
        token = uuid.uuid4()
        raise ValueError(
            f'Resource handler returned message: "{reason}" '
            f"(RequestToken: {token}, HandlerErrorCode: {code})"
        ) from None
