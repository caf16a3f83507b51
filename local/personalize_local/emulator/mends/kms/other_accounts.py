"""Uses keys of other accounts, under both sides' policies; MiniStack finds the own ones only."""

from __future__ import annotations

import json
from typing import Any, Final

from ministack.core import iam_evaluator, responses
from ministack.services import kms

from personalize_local.emulator.mend import Mend

# Where KMS says "Cross-account use: Yes", among what MiniStack has.
_USES: Final = frozenset(
    {
        "CreateGrant",
        "Decrypt",
        "DescribeKey",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "GenerateMac",
        "GetKeyRotationStatus",
        "GetPublicKey",
        "ListGrants",
        "RetireGrant",
        "RevokeGrant",
        "Sign",
        "Verify",
        "VerifyMac",
    }
)


def _apply() -> None:
    handle = kms.handle_request

    async def handle_anywhere(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> object:
        request = (method, path, headers, body, query)
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        key_arn, account = _key_of(body), responses.get_account_id()
        _, _, _, region, owner, _ = key_arn.split(":") if key_arn else ("",) * 6
        if owner in ("", account) or operation not in _USES:
            return await handle(*request)
        caller = iam_evaluator.caller_arn()
        with responses.request_scope(owner, region):
            key = kms._resolve_key(key_arn)
            if key is not None and not _allows(key, f"kms:{operation}", caller, account):
                return _refusal(f"kms:{operation}", caller, key_arn)
            return await handle(*request)

    kms.handle_request = handle_anywhere


def _key_of(body: bytes) -> str:
    """Returns the ARN of the key that a request names, or an empty string."""
    try:
        name = json.loads(body or b"{}").get("KeyId", "")
    except (ValueError, AttributeError):
        # The handler says what is wrong with the request.
        return ""
    return name if isinstance(name, str) and name.count(":") == 5 else ""


def _allows(key: dict[str, Any], action: str, caller: str, account: str) -> bool:
    context = iam_evaluator.EvalContext(
        principal_arn=caller,
        principal_type="Root" if caller.endswith(":root") else "AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=key["Arn"],
        region=responses.get_region(),
        service_context={"kms:calleraccount": account},
    )
    decision = iam_evaluator.evaluate_resource_policy(key["Policy"], context).decision
    return bool(decision == "Allow")


def _refusal(action: str, caller: str, key_arn: str) -> object:
    return responses.error_response_json(
        "AccessDeniedException",
        f"User: {caller} is not authorized to perform: {action} on resource: {key_arn} "
        f"because no resource-based policy allows the {action} action",
        400,
    )


MEND: Final = Mend(
    aws="A key of another account is used if its policy and the caller's own allow it.",
    source="AWS KMS Developer Guide, Allowing users in other accounts to use a KMS key",
    apply=_apply,
)
