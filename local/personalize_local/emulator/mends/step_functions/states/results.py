"""What states do with their result."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import stepfunctions

from personalize_local.emulator.mends.step_functions.runs import sizes


def finished(
    state: Mapping[str, Any], value: object, context: dict[str, Any], results: object
) -> object:
    """Returns the output of a Map or Parallel state, and assigns its variables.

    Args:
        state: The state.
        value: Its input.
        context: The context object.
        results: What its items or branches gave.
    """
    sizes.check(results, context["State"]["Name"])
    output: object
    if stepfunctions._state_query_language(state, context) == "JSONata":
        output = stepfunctions._apply_jsonata_output(
            state, value, context, result=results, default=results
        )
    else:
        selected = stepfunctions._apply_result_selector(state, results)
        output = stepfunctions._apply_result_path(state, value, selected)
        output = stepfunctions._apply_output_path(state, output, context)
    stepfunctions._apply_state_assign(state, value, context, result=results)
    return output
