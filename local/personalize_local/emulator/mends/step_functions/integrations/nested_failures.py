"""Fails a task whose inner execution has failed as a task, where MiniStack hands the error on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend


def _apply() -> None:
    stepfunctions._nested_execution_failure = _nested_failure


def _nested_failure(execution: Mapping[str, Any]) -> tuple[str, str]:
    """Returns the error of an inner execution: its own is only told in the cause."""
    told = {name[0].upper() + name[1:]: value for name, value in execution.items()}
    return "States.TaskFailed", json.dumps(told)


MEND: Final = Mend(
    aws="The failure of an inner execution is States.TaskFailed, with its own error in the cause.",
    source="Step Functions Developer Guide, Start workflow executions from a task state",
    apply=_apply,
)
