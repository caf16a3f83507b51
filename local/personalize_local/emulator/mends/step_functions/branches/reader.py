"""The ItemReader of a Distributed Map, which reads as the role of the state machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.services import stepfunctions

from personalize_local.emulator.access import check_caller
from personalize_local.emulator.mends.step_functions.branches.fields import is_jsonata
from personalize_local.emulator.mends.step_functions.session import access_key
from personalize_local.errors import AccessDenied

FAILED: Final = "States.ItemReaderFailed"
_LIST: Final = "listObjectsV2"

_State = Mapping[str, Any]
_Context = dict[str, Any]


def items(state: _State, value: object, context: _Context) -> list[object]:
    """Returns the items that a Map reads from S3.

    Args:
        state: The state, with an ItemReader.
        value: Its input.
        context: The context object.

    Raises:
        _ExecutionError: The role may not read them, or they are no array.
    """
    reader: _State = state["ItemReader"]
    effective = stepfunctions._apply_input_path(state, value, context)
    if is_jsonata(state, context):
        filled = stepfunctions._apply_jsonata_template
        arguments = filled(reader.get("Arguments", {}), value, context)
        config = filled(reader.get("ReaderConfig", {}), value, context)
    else:
        given = reader.get("Parameters", {})
        arguments = stepfunctions._resolve_params_obj(given, effective, context)
        config = dict(reader.get("ReaderConfig", {}))
        if "MaxItemsPath" in config:
            path = config.pop("MaxItemsPath")
            config["MaxItems"] = stepfunctions._resolve_path_or_ctx(path, effective, context)
    most = config.get("MaxItems")
    if most is not None and (not stepfunctions._is_num(most) or most <= 0):
        raise stepfunctions._ExecutionError(FAILED, "field MaxItems must be positive")
    _check(arguments, is_list=reader["Resource"].endswith(_LIST))
    # What has been filled in has no path left in it, which MiniStack would look for.
    plain = {"Resource": reader["Resource"], "Parameters": arguments, "ReaderConfig": config}
    try:
        found = stepfunctions._read_map_items(plain, effective, context)
    except (ValueError, KeyError, IndexError) as error:
        text = f"The file cannot be read as {config.get('InputType', 'JSON')}: {error}"
        raise stepfunctions._ExecutionError(FAILED, text) from error
    if not isinstance(found, list):
        raise stepfunctions._ExecutionError(FAILED, "Attempting to map over non-iterable node.")
    return found


def _check(arguments: Mapping[str, Any], *, is_list: bool) -> None:
    key = access_key.get()
    if key is None:
        return
    action = "s3:ListBucket" if is_list else "s3:GetObject"
    arn = f"arn:aws:s3:::{arguments['Bucket']}"
    try:
        check_caller(key, action, arn if is_list else f"{arn}/{arguments['Key']}", {})
    except AccessDenied as refusal:
        raise stepfunctions._ExecutionError(FAILED, refusal.reason) from refusal
