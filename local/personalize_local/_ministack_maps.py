"""Makes Distributed Map and Parallel states work in JSONata, and maps under the role's policies.

MiniStack knows their JSONPath fields only, and reads the items of maps from S3 as nobody in
particular.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Final

from ministack.services import stepfunctions

from personalize_local._ministack_cloud import check_caller
from personalize_local.errors import AccessDenied

_READER_DENIED: Final = "States.ItemReaderFailed"
_MAP_REFUSED: Final = "States.Runtime"
_LIST: Final = "listObjectsV2"
_AFTERWARDS: Final = ("Output", "Assign")
_NOT_THERE: Final = ("ItemBatcher", "ResultWriter")

_State = Mapping[str, Any]


def register(access_key: Callable[[], str | None]) -> None:
    """Changes MiniStack's Step Functions for the rest of the process.

    Args:
        access_key: Returns the access key of the role whose execution is running.
    """
    run_map = stepfunctions._run_distributed_map
    run_branches = stepfunctions._run_parallel_branches
    read = stepfunctions._read_map_items

    def read_as_role(reader: _State, value: object, context: _State) -> object:
        arguments = reader.get("Arguments") or reader.get("Parameters") or {}
        if "Arguments" in reader:
            arguments = stepfunctions._apply_jsonata_template(arguments, value, context)
        key = access_key()
        if key is not None:
            is_list = reader["Resource"].endswith(_LIST)
            action = "s3:ListBucket" if is_list else "s3:GetObject"
            arn = f"arn:aws:s3:::{arguments['Bucket']}"
            _check(key, action, arn if is_list else f"{arn}/{arguments['Key']}", _READER_DENIED)
        plain = {name: field for name, field in reader.items() if name != "Arguments"}
        # What has been evaluated has no path left in it, which Parameters would be searched for.
        return read({**plain, "Parameters": arguments}, value, context)

    def run_map_as_role(
        state: _State,
        value: object,
        effective: object,
        processor: _State,
        execution: _State,
        context: dict[str, Any],
    ) -> object:
        for name in _NOT_THERE:
            if name in state:
                text = f"The local AWS has no {name} of a Distributed Map."
                raise stepfunctions._ExecutionError(_MAP_REFUSED, text)
        key = access_key()
        if key is not None:
            # The children of the map are executions of the state machine itself.
            machine = execution["stateMachineArn"]
            _check(key, "states:StartExecution", machine, _MAP_REFUSED)
        if stepfunctions._state_query_language(state, context) != "JSONata":
            return run_map(state, value, effective, processor, execution, context)
        items = _items(state, value, context)
        plain: dict[str, Any] = {
            name: field
            for name, field in state.items()
            if name not in ("ItemReader", "Items", "ItemSelector", *_AFTERWARDS)
        }
        for name in ("MaxConcurrency", "ToleratedFailureCount", "ToleratedFailurePercentage"):
            if name in state:
                plain[name] = stepfunctions._jsonata_state_field(
                    state, name, "number", value, context
                )
        results, following = run_map(plain, value, items, processor, execution, context)
        return _afterwards(state, value, context, results), following

    def run_parallel(
        state: _State, value: object, execution: _State, context: dict[str, Any]
    ) -> object:
        if stepfunctions._state_query_language(state, context) != "JSONata":
            return run_branches(state, value, execution, context)
        arguments = stepfunctions._apply_jsonata_arguments(state, value, context)
        plain = {name: field for name, field in state.items() if name not in _AFTERWARDS}
        results, following = run_branches(plain, arguments, execution, context)
        return _afterwards(state, value, context, results), following

    stepfunctions._run_parallel_branches = run_parallel
    stepfunctions._run_distributed_map = run_map_as_role
    stepfunctions._read_map_items = read_as_role


def _afterwards(state: _State, value: object, context: dict[str, Any], results: object) -> object:
    """Returns a state's output, and assigns its variables."""
    output = stepfunctions._apply_jsonata_output(
        state, value, context, result=results, default=results
    )
    stepfunctions._apply_state_assign(state, value, context, result=results)
    return output


def _items(state: _State, value: object, context: dict[str, Any]) -> list[object]:
    """Returns the inputs of a map's children."""
    items: list[object]
    if "ItemReader" in state:
        items = stepfunctions._read_map_items(state["ItemReader"], value, context)
    elif "Items" in state:
        items = stepfunctions._jsonata_state_field(state, "Items", "array", value, context)
    else:
        items = value if isinstance(value, list) else [value]
    if "ItemSelector" not in state:
        return items
    selected = []
    for index, item in enumerate(items):
        own = copy.deepcopy(context)
        own["Map"] = {"Item": {"Index": index, "Value": item}}
        selected.append(stepfunctions._apply_jsonata_template(state["ItemSelector"], value, own))
    return selected


def _check(access_key: str, action: str, resource: str, error: str) -> None:
    try:
        check_caller(access_key, action, resource, {})
    except AccessDenied as refusal:
        raise stepfunctions._ExecutionError(error, refusal.reason) from refusal
