"""Names the errors of Personalize in a state machine as the SDK names them."""

from __future__ import annotations

from typing import Final

from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.errors import COMMON_ERRORS


def _apply() -> None:
    # A state machine cannot tell throttling from a missing permission.
    stepfunctions._AWS_SDK_ERROR_CODE_OVERRIDES["personalize"] = dict.fromkeys(
        COMMON_ERRORS, "PersonalizeException"
    )


MEND: Final = Mend(
    aws="Errors that the service model does not list come under the SDK's own base name.",
    source="Step Functions Developer Guide, Learning to use AWS service SDK integrations: errors",
    apply=_apply,
)
