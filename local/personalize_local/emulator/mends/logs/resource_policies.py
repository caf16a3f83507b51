"""Keeps the size of resource policies of CloudWatch Logs; MiniStack keeps their number only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.core import responses
from ministack.services import cloudwatch_logs

from personalize_local.emulator.mend import Mend

# Of a policy of the account in a Region; that of one log group can be larger.
LONGEST: Final = 5120


def _apply() -> None:
    put = cloudwatch_logs._put_resource_policy

    def put_short(request: Mapping[str, Any]) -> object:
        document = request.get("policyDocument") or ""
        if len(document) > LONGEST and not request.get("resourceArn"):
            return responses.error_response_json(
                "InvalidParameterException",
                f"1 validation error detected: Value '{document}' at 'policyDocument' failed to "
                f"satisfy constraint: Member must have length less than or equal to {LONGEST}",
                400,
            )
        return put(request)

    cloudwatch_logs._put_resource_policy = put_short


MEND: Final = Mend(
    aws="A resource policy of CloudWatch Logs has at most 5,120 characters.",
    source="Step Functions Developer Guide, Avoiding CloudWatch Logs resource policy size limits",
    apply=_apply,
)
