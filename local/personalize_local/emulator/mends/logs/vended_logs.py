"""Has state machines that log note their log group in a resource policy; MiniStack does not.

Log groups whose names begin with /aws/vendedlogs/ need no entry. Entries stay when state machines,
log groups and stacks go, so that one day the policy of an account and Region is full.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from ministack.core import responses
from ministack.services import cloudwatch_logs, stepfunctions
from ministack.services.cloudformation import provisioners

from personalize_local.emulator.access import check_caller, open_session, role_of
from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.logs.resource_policies import LONGEST
from personalize_local.errors import AccessDenied

_POLICY: Final = "AWSLogDeliveryWrite20150319"
_VENDED: Final = "/aws/vendedlogs/"
_FULL: Final = (
    "Invalid Logging Configuration: The CloudWatch Logs Resource Policy size was exceeded. "
    "We suggest prefixing your CloudWatch log group name with /aws/vendedlogs/states/."
)
_DENIED: Final = "The state machine IAM Role is not authorized to access the Log Destination"
_NEEDED: Final = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)

_Request = Mapping[str, Any]


def _apply() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::StepFunctions::StateMachine"]
    create = handlers["create"]

    def create_with_logs(logical_id: str, properties: _Request, stack_name: str) -> object:
        refused = _prepare(_get(properties, "loggingConfiguration"), properties.get("RoleArn"))
        if refused is not None:
            raise provisioners._sfn_service_error(refused)
        return create(logical_id, properties, stack_name)

    handlers["create"] = provisioners._sfn_state_machine_create = create_with_logs
    for name in ("_create_state_machine", "_update_state_machine"):
        setattr(stepfunctions, name, _with_logs(getattr(stepfunctions, name)))


def _with_logs(handle: Callable[[_Request], object]) -> Callable[[_Request], object]:
    def handle_with_logs(request: _Request) -> object:
        machine = stepfunctions._state_machines.get(request.get("stateMachineArn")) or {}
        role = request.get("roleArn") or machine.get("roleArn")
        refused = _prepare(request.get("loggingConfiguration"), role)
        return handle(request) if refused is None else refused

    return handle_with_logs


def _prepare(logging: object, role: object) -> object | None:
    """Returns the answer that a state machine cannot log so; None after noting the log groups."""
    groups = list(_groups(logging))
    if not groups:
        return None
    if not _may_log(str(role)):
        return _refusal("AccessDeniedException", _DENIED)
    policy = cloudwatch_logs._resource_policies.get(_POLICY)
    noted: list[str] = []
    if policy is not None:
        noted = json.loads(policy["policyDocument"])["Statement"][0]["Resource"]
    new = [_entry(name) for name in groups if not name.startswith(_VENDED)]
    wanted = [*noted, *(one for one in dict.fromkeys(new) if one not in noted)]
    if wanted == noted:
        return None
    document = json.dumps(_document(wanted), separators=(",", ":"))
    put = {"policyName": _POLICY, "policyDocument": document}
    # Also refused when there are ten others.
    if len(document) > LONGEST or cloudwatch_logs._put_resource_policy(put)[0] >= 400:
        return _refusal("InvalidLoggingConfiguration", _FULL)
    return None


def _refusal(code: str, message: str) -> object:
    refused: object = responses.error_response_json(code, message, 400)
    return refused


def _groups(logging: object) -> Iterator[str]:
    """Yields the names of the log groups that a state machine logs to."""
    if not isinstance(logging, Mapping) or _get(logging, "level") in (None, "OFF"):
        return
    for destination in _get(logging, "destinations") or ():
        arn = _get(_get(destination, "cloudWatchLogsLogGroup") or {}, "logGroupArn") or ""
        if arn.count(":") >= 6:
            yield arn.split(":")[6]


def _get(values: _Request, name: str) -> Any:  # noqa: ANN401
    """Returns a member, as the API or as CloudFormation writes it."""
    return values.get(name, values.get(name[0].upper() + name[1:]))


def _may_log(role: str) -> bool:
    try:
        session = open_session(*role_of(role), "states")
        for action in _NEEDED:
            check_caller(session.access_key_id, action, "*", {})
    except AccessDenied:
        return False
    return True


def _entry(group: str) -> str:
    account, region = responses.get_account_id(), responses.get_region()
    return f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:*"


def _document(entries: list[str]) -> Mapping[str, object]:
    account, region = responses.get_account_id(), responses.get_region()
    statement = {
        "Sid": "AWSLogDeliveryWrite",
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": entries,
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{region}:{account}:*"},
        },
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


MEND: Final = Mend(
    aws="A state machine that logs to a group outside /aws/vendedlogs/ adds it to a resource policy"
    " of the account, which can be full; and its role needs the rights to log.",
    source="Step Functions Developer Guide, Using CloudWatch Logs to log execution history;"
    " aws-cdk #28577, #28900",
    apply=_apply,
)
