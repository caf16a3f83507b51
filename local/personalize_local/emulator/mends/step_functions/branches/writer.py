"""The ResultWriter of a Distributed Map: its results go to S3, as the role of the machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ministack.core.responses import get_account_id, get_region
from ministack.services import s3, stepfunctions

from personalize_local.emulator.mends.step_functions.branches.fields import is_jsonata
from personalize_local.emulator.mends.step_functions.branches.map_run import MapRun
from personalize_local.emulator.mends.step_functions.integrations.put_object import put
from personalize_local.emulator.mends.step_functions.runs import sizes

FAILED: Final = "States.ResultWriterFailed"
_KINDS: Final = ("SUCCEEDED", "FAILED", "PENDING")
_SAME: Final = ("ExecutionArn", "Input", "Name", "StartDate", "StateMachineArn", "Status")

_State = Mapping[str, Any]
_Context = dict[str, Any]


def written(state: _State, value: object, context: _Context, run: MapRun) -> object:
    """Writes the results of a Map, if it has a ResultWriter.

    Args:
        state: The state.
        value: Its input.
        context: The context object.
        run: Its run, all children of which have ended.

    Returns:
        The result of the state.

    Raises:
        _ExecutionError: They cannot be written.
    """
    writer: _State | None = state.get("ResultWriter")
    if writer is None:
        return run.outputs
    config = writer.get("WriterConfig", {})
    if "Resource" not in writer:
        transformation = config.get("Transformation", "NONE")
        return list(_transformed(run, "SUCCEEDED", transformation)) + list(
            _transformed(run, "FAILED", "NONE")
        )
    if is_jsonata(state, context):
        filled = stepfunctions._apply_jsonata_template
        place = filled(writer.get("Arguments", {}), value, context)
    else:
        effective = stepfunctions._apply_input_path(state, value, context)
        given = writer.get("Parameters", {})
        place = stepfunctions._resolve_params_obj(given, effective, context)
    _check_bucket(str(place.get("Bucket")))
    return _write(run, place, config)


def _write(run: MapRun, place: _State, config: _State) -> dict[str, Any]:
    prefix = str(place.get("Prefix", "")).rstrip("/")
    folder = f"{prefix}/{run.id}" if prefix else run.id
    is_lines = config.get("OutputType") == "JSONL"
    files: dict[str, list[dict[str, Any]]] = {kind: [] for kind in sorted(_KINDS)}
    for kind in _KINDS:
        transformation = config.get("Transformation", "NONE") if kind == "SUCCEEDED" else "NONE"
        results = list(_transformed(run, kind, transformation))
        if not results:
            continue
        key = f"{folder}/{kind}_0.{'jsonl' if is_lines else 'json'}"
        text = "\n".join(map(sizes.text, results)) if is_lines else sizes.text(results)
        _put(place["Bucket"], key, text)
        files[kind].append({"Key": key, "Size": len(text.encode())})
    manifest = {
        "DestinationBucket": place["Bucket"],
        "MapRunArn": run.arn,
        "ResultFiles": files,
    }
    key = f"{folder}/manifest.json"
    _put(place["Bucket"], key, sizes.text(manifest))
    run.wrote()
    return {
        "MapRunArn": run.arn,
        "ResultWriterDetails": {"Bucket": place["Bucket"], "Key": key},
    }


def _put(bucket: str, key: str, text: str) -> None:
    try:
        put({"Bucket": bucket, "Key": key, "Body": text, "ContentType": "application/json"})
    except stepfunctions._ExecutionError as error:
        raise stepfunctions._ExecutionError(FAILED, error.cause) from error


def _check_bucket(bucket: str) -> None:
    """Checks that the bucket is of the machine's account and Region."""
    owners = {
        account: found for (account, name), found in s3._buckets.to_dict().items() if name == bucket
    }
    if not owners:
        text = f"The specified bucket does not exist. (Bucket: {bucket})"
        raise stepfunctions._ExecutionError(FAILED, text)
    found = owners.get(get_account_id())
    if found is None or found["region"] != get_region():
        text = (
            f"The bucket {bucket} must be in the account and the Region of the state machine, "
            f"{get_account_id()} and {get_region()}"
        )
        raise stepfunctions._ExecutionError(FAILED, text)


def _transformed(run: MapRun, kind: str, transformation: str) -> Iterator[object]:
    for child, output in zip(run.children, run.outputs, strict=True):
        if child.get("status", "PENDING") != kind:
            continue
        if transformation == "NONE":
            yield _described(child)
        elif transformation == "FLATTEN" and isinstance(output, list):
            yield from output
        else:
            yield output


def _described(child: _State) -> dict[str, Any]:
    told = {name: child[f"{name[0].lower()}{name[1:]}"] for name in _SAME}
    told["InputDetails"] = {"Included": True}
    told["StopDate"] = child["stopDate"]
    if child["status"] == "SUCCEEDED":
        return {**told, "Output": child["output"], "OutputDetails": {"Included": True}}
    return {**told, "Error": child["error"], "Cause": child["cause"]}
