"""Intrinsic functions as AWS documents them, and their errors by their name."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from ministack.services import stepfunctions

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.step_functions.runs import history, sizes

_FAILURE: Final = "States.IntrinsicFailure"
_MOST_ITEMS: Final = 1000

_Node = tuple[str, str, list[Any]]


def _apply() -> None:
    run = stepfunctions._exec_intrinsic

    def run_as_aws(node: _Node, value: object, context: Mapping[str, Any] | None) -> object:
        _, name, raw = node
        own = _FUNCTIONS.get(name)
        try:
            if own is None:
                return run(node, value, context)
            return own(*(stepfunctions._eval_intrinsic_arg(one, value, context) for one in raw))
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            told = f"The function '{name}' had the following error: {error}"
            raise stepfunctions._ExecutionError(_FAILURE, history.located(told)) from error

    stepfunctions._exec_intrinsic = run_as_aws
    stepfunctions._eval_intrinsic_arg = _argument


def _argument(node: tuple[Any, ...], value: object, context: Mapping[str, Any] | None) -> Any:  # noqa: ANN401
    kind = node[0]
    if kind == "path":
        return stepfunctions._resolve_path_or_ctx(node[1], value, context)
    if kind == "call":
        return stepfunctions._exec_intrinsic(node, value, context)
    return None if kind == "null" else node[1]


def _format(template: str, *values: object) -> str:
    """Puts values where `{}` stands; what is escaped with a backslash stands for itself."""
    left = list(values)
    made = []
    position = 0
    while position < len(template):
        if template[position] == "\\" and position + 1 < len(template):
            made.append(template[position + 1])
            position += 2
        elif template.startswith("{}", position):
            value = left.pop(0)
            made.append(value if isinstance(value, str) else sizes.text(value))
            position += 2
        else:
            made.append(template[position])
            position += 1
    if left:
        raise ValueError("there are more arguments than places for them")
    return "".join(made)


def _range(first: float, last: float, step: float) -> list[int]:
    start, end, by = (_rounded(one) for one in (first, last, step))
    if by == 0:
        raise ValueError("the step must not be 0")
    made = list(range(start, end + (1 if by > 0 else -1), by))
    if len(made) > _MOST_ITEMS:
        raise ValueError(f"the array has more than {_MOST_ITEMS} items")
    return made


def _partition(items: list[object], size: float) -> list[list[object]]:
    by = _rounded(size)
    if by <= 0:
        raise ValueError("the size of a chunk must be positive")
    return [items[index : index + by] for index in range(0, len(items), by)]


def _contains(items: list[object], wanted: object) -> bool:
    return any(_same(one, wanted) for one in items)


def _unique(items: list[object]) -> list[object]:
    made: list[object] = []
    for one in items:
        if not _contains(made, one):
            made.append(one)
    return made


def _same(one: object, other: object) -> bool:
    # In Python, True is 1.
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _merge(first: dict[str, Any], second: dict[str, Any], deep: bool) -> dict[str, Any]:
    if deep is not False:
        raise ValueError("only the shallow merge, with false, is there")
    return {**first, **second}


def _add(first: float, second: float) -> int:
    return _rounded(first) + _rounded(second)


def _item(items: list[object], index: float) -> object:
    if index < 0:
        raise IndexError("the index must not be negative")
    return items[_rounded(index)]


def _rounded(number: float) -> int:
    if not stepfunctions._is_num(number):
        raise TypeError(f"{sizes.text(number)} is no number")
    return math.floor(number + 0.5)


_FUNCTIONS: Final[dict[str, Callable[..., object]]] = {
    "States.ArrayContains": _contains,
    "States.ArrayGetItem": _item,
    "States.ArrayPartition": _partition,
    "States.ArrayRange": _range,
    "States.ArrayUnique": _unique,
    "States.Format": _format,
    "States.JsonMerge": _merge,
    "States.JsonToString": sizes.text,
    "States.MathAdd": _add,
}

MEND: Final = Mend(
    aws="Intrinsic functions round, count down and print as documented, and fail by name.",
    source="Step Functions Developer Guide, Intrinsic functions for JSONPath states",
    apply=_apply,
)
