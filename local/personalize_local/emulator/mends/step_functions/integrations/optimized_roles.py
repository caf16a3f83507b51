"""Checks what a state machine's role may do where MiniStack calls a service without a request."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.core import responses
from ministack.services import stepfunctions

from personalize_local.emulator.access import check_caller
from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.session import access_key
from personalize_local.errors import AccessDenied

_OPTIMIZED: Final = "arn:aws:states:::"

# The optimized integrations by the beginning of their names: the action, and the argument or the
# arguments that hold its resource.
_ACTIONS: Final = {
    "states:startExecution": ("states:StartExecution", ("StateMachineArn",)),
    "sns:publish": ("sns:Publish", ("TopicArn", "TargetArn")),
    "sqs:sendMessage": ("sqs:SendMessage", ("QueueUrl",)),
}
# The name that each service has in the errors of its optimized integration.
_ERRORS: Final = {
    "states": "StepFunctions.AWSStepFunctionsException",
    "sns": "SNS.AmazonSNSException",
    "sqs": "SQS.AmazonSQSException",
    "events": "EventBridge.AmazonEventBridgeException",
}


def _apply() -> None:
    invoke = stepfunctions._invoke_resource

    def invoke_as_role(resource: str, arguments: Any) -> object:  # noqa: ANN401
        key = access_key.get()
        if key is not None and resource.startswith(_OPTIMIZED):
            for action, needed in _needed(resource.removeprefix(_OPTIMIZED), arguments):
                _check(key, action, needed)
        return invoke(resource, arguments)

    stepfunctions._invoke_resource = invoke_as_role


def _needed(integration: str, arguments: Mapping[str, Any]) -> list[tuple[str, str]]:
    if integration.startswith("events:putEvents"):
        buses = {entry.get("EventBusName", "default") for entry in arguments["Entries"]}
        return [("events:PutEvents", _bus_arn(bus)) for bus in sorted(buses)]
    for beginning, (action, names) in _ACTIONS.items():
        if integration.startswith(beginning):
            given = next((str(arguments[name]) for name in names if name in arguments), "*")
            return [(action, _queue_arn(given) if given.startswith("http") else given)]
    return []


def _bus_arn(name: str) -> str:
    return name if name.startswith("arn:") else f"arn:aws:events:{_scope()}:event-bus/{name}"


def _queue_arn(url: str) -> str:
    return f"arn:aws:sqs:{_scope()}:{url.rpartition('/')[2]}"


def _scope() -> str:
    return f"{responses.get_region()}:{responses.get_account_id()}"


def _check(key: str, action: str, resource: str) -> None:
    try:
        check_caller(key, action, resource, {})
    except AccessDenied as refusal:
        error = _ERRORS[action.partition(":")[0]]
        raise stepfunctions._ExecutionError(error, refusal.reason) from refusal


MEND: Final = Mend(
    aws="An optimized integration calls its service as the state machine's role.",
    source="Step Functions Developer Guide, Integrating optimized services: IAM policies",
    apply=_apply,
)
