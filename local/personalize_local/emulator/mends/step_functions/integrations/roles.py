"""Makes state machines work under the policies of their role.

MiniStack hands the calls of a state machine to its services as the account's root. On AWS they
are made by a session of the state machine's role, so a missing permission must show here too.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ministack import app
from ministack.core import iam_evaluator, responses
from ministack.services import stepfunctions

from personalize_local.emulator.access import check_caller, open_session, role_of
from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.session import access_key
from personalize_local.errors import AccessDenied
from personalize_local.host import environment

_SESSION_NAME: Final = "StatesExecution"
_LAMBDA_DENIED: Final = "Lambda.AWSLambdaException"


def _apply() -> None:
    run_execution = stepfunctions._run_execution
    call_service = app.call_service_handler_sync
    call_lambda = stepfunctions._call_lambda

    def run_as_role(execution_arn: str) -> None:
        token = access_key.set(_open_session(execution_arn))
        # What a schedule starts has no request, and would pass for one without TLS.
        iam_evaluator.pin_request_origin(environment.HOST, True)
        try:
            run_execution(execution_arn)
        finally:
            access_key.reset(token)

    def call_service_as_role(
        handler: Callable[..., Awaitable[object]],
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes | str,
        query: Mapping[str, object],
        timeout: float | None = None,
    ) -> object:
        key = access_key.get()
        if key is None:
            return call_service(handler, method, path, headers, body, query, timeout)
        signed = headers["authorization"].replace("Credential=test/", f"Credential={key}/")
        content = body.encode() if isinstance(body, str) else body
        lists = {
            name: value if isinstance(value, list) else [value] for name, value in query.items()
        }
        request_id = str(uuid.uuid4())

        async def dispatch(*_: object) -> object:
            return await app._dispatch_service_request(
                method, path, {**headers, "authorization": signed}, content, lists, request_id
            )

        return call_service(dispatch, method, path, headers, body, query, timeout)

    def call_lambda_as_role(function: str, event: object) -> object:
        key = access_key.get()
        if key is not None:
            _check_invocation(key, function)
        return call_lambda(function, event)

    stepfunctions._run_execution = run_as_role
    stepfunctions._call_lambda = call_lambda_as_role
    app.call_service_handler_sync = call_service_as_role


def _open_session(execution_arn: str) -> str | None:
    """Returns the access key of a session of the execution's role; None without state machine."""
    execution = stepfunctions._executions.get(execution_arn) or {}
    machine = stepfunctions._state_machines.get(execution.get("stateMachineArn"))
    if machine is None:
        return None
    return open_session(*role_of(machine["roleArn"]), _SESSION_NAME).access_key_id


def _check_invocation(key: str, function: str) -> None:
    scope = f"{responses.get_region()}:{responses.get_account_id()}"
    arn = function if function.startswith("arn:") else f"arn:aws:lambda:{scope}:function:{function}"
    try:
        check_caller(key, "lambda:InvokeFunction", arn, {})
    except AccessDenied as refusal:
        raise stepfunctions._ExecutionError(_LAMBDA_DENIED, refusal.reason) from refusal


MEND: Final = Mend(
    aws="What an execution calls, it calls as a session of its state machine's role.",
    source="Step Functions Developer Guide, How AWS Step Functions works with IAM",
    apply=_apply,
)
