"""The ItemBatcher of a Distributed Map: several items are the input of one child."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ministack.services import stepfunctions

from personalize_local.emulator.mends.step_functions.branches.fields import is_jsonata
from personalize_local.emulator.mends.step_functions.runs import history, sizes

_State = Mapping[str, Any]
_Context = dict[str, Any]


def batched(
    state: _State, value: object, items: list[object], context: _Context
) -> list[dict[str, Any]]:
    """Returns the batches of items, in order.

    Args:
        state: The state, with an ItemBatcher.
        value: Its input.
        items: What it goes through.
        context: The context object.

    Raises:
        _ExecutionError: A limit is not a positive number.
    """
    batcher: _State = state["ItemBatcher"]
    most = _limit(state, "MaxItemsPerBatch", value, context)
    most_bytes = _limit(state, "MaxInputBytesPerBatch", value, context)
    if most is None and most_bytes is None:
        raise history.runtime_error("ItemBatcher has no MaxItemsPerBatch or MaxInputBytesPerBatch.")
    fixed: dict[str, Any] = {}
    if "BatchInput" in batcher:
        fixed = {"BatchInput": _filled(state, batcher["BatchInput"], value, context)}
    most_bytes = min(most_bytes or sizes.MOST_BYTES, sizes.MOST_BYTES)
    batches: list[dict[str, Any]] = []
    size = 0
    empty = _bytes({**fixed, "Items": []})
    for item in items:
        more = _bytes(item) + 1
        is_full = batches and (most is not None and len(batches[-1]["Items"]) >= most)
        if not batches or is_full or size + more > most_bytes:
            batches.append({**fixed, "Items": []})
            size = empty
        batches[-1]["Items"].append(item)
        size += more
    return batches


def _limit(state: _State, name: str, value: object, context: _Context) -> int | None:
    batcher: _State = state["ItemBatcher"]
    path = f"{name}Path"
    found: Any
    if path in batcher:
        effective = stepfunctions._apply_input_path(state, value, context)
        found = stepfunctions._resolve_path_or_ctx(batcher[path], effective, context)
    elif name in batcher:
        found = _filled(state, batcher[name], value, context)
    else:
        return None
    if not stepfunctions._is_num(found) or found <= 0 or not float(found).is_integer():
        raise history.runtime_error(f"field {name} must be positive")
    return int(found)


def _filled(state: _State, template: Any, value: object, context: _Context) -> Any:  # noqa: ANN401
    if is_jsonata(state, context):
        return stepfunctions._apply_jsonata_template(template, value, context)
    effective = stepfunctions._apply_input_path(state, value, context)
    return stepfunctions._resolve_params_obj(template, effective, context)


def _bytes(value: object) -> int:
    return len(sizes.text(value).encode("utf-8", "surrogatepass"))
