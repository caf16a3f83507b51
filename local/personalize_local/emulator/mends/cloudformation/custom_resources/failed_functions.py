"""Says why a custom resource waits, or will never be there.

On AWS a function that fails leaves its custom resource waiting for the whole `ServiceTimeout`, an
hour unless it is given. One that cannot even start will not answer: that is told at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.services import lambda_svc
from ministack.services.cloudformation import custom_resource, stacks

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.lambda_functions.answers import NEVER_RAN

_RESPONSE: Final = "/_ministack/cfn-response/"

_Json = dict[str, Any]


def _apply() -> None:
    dispatch = lambda_svc._execute_function_dispatch

    def dispatch_and_tell(func: _Json, config: _Json, event: object, *more: object) -> _Json:
        result: _Json = dispatch(func, config, event, *more)
        if result.get("error") and isinstance(event, dict):
            _, found, token = str(event.get("ResponseURL", "")).partition(_RESPONSE)
            if found and _is_waiting(token):
                _tell(config, event, result, token)
        return result

    lambda_svc._execute_function_dispatch = dispatch_and_tell


def _is_waiting(token: str) -> bool:
    waiting = custom_resource._pending.get(token)
    return waiting is not None and waiting["result"] is None


def _tell(config: Mapping[str, Any], event: _Json, result: _Json, token: str) -> None:
    error = result["body"]
    why = f"{error['errorType']}: {error['errorMessage']}"
    name = config["FunctionName"]
    if result.get(NEVER_RAN):
        answer = {**event, "Status": "FAILED", "Reason": f"The function {name} cannot run. {why}"}
        custom_resource.deliver_response(token, answer)
        return
    stacks._add_event(
        event["StackId"],
        event["StackId"].split("/")[1],
        event["LogicalResourceId"],
        event["ResourceType"],
        f"{event['RequestType'].upper()}_IN_PROGRESS",
        f"The function {name} failed, and has not answered. {why}",
        event.get("PhysicalResourceId", ""),
    )


MEND: Final = Mend(
    aws="What fails in the function of a custom resource is in its log alone, and the stack waits; "
    "here the stack says it.",
    source="Re:Post, Why is my custom resource stuck in CREATE_IN_PROGRESS",
    apply=_apply,
)
