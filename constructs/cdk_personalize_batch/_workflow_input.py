"""What an execution of a workflow can be told: the keys of its input, as JSONata.

An expression here is the text between ``{%`` and ``%}``. All of them work on any input, also on a
wrong one, because Step Functions evaluates them together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

from cdk_personalize_batch import _limits

INPUT_URI: Final = "inputUri"
NUM_RESULTS: Final = "numResults"
FILTER_ARN: Final = "filterArn"
RUN_KEY: Final = "runKey"
SKIP_IF_RUNNING: Final = "skipIfRunning"
_KEYS: Final = (FILTER_ARN, INPUT_URI, NUM_RESULTS, RUN_KEY, SKIP_IF_RUNNING)
# What the CDK and the console put into the input of a nested execution.
_LINK: Final = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID"

# Of the name of an execution or a run key: 64 leave room for the rest of an S3 path.
LONGEST_RUN: Final = 64
_PLAIN_RUN: Final = rf"/^[A-Za-z0-9][A-Za-z0-9._:-]{{0,{LONGEST_RUN - 1}}}$/"
_DIGITS: Final = 24

GIVEN: Final = "$states.context.Execution.Input"


def problem(base_uri: str, most_results: int | None) -> str:
    """Returns the expression for what is wrong with the input: one text, empty if nothing is.

    Args:
        base_uri: What an input URI must begin with, because the role reads nothing else.
        most_results: The largest number of results; None for no limit.
    """
    known = ", ".join(_KEYS)
    keys = json.dumps([*_KEYS, _LINK])
    base = json.dumps(base_uri)
    length = f"$length({base})"
    filter_arn = _limits.FILTER_ARN_PATTERN.replace("/", r"\/")
    is_filter = f"$contains($i.{FILTER_ARN}, /^{filter_arn}$/)"
    most = f" and $i.{NUM_RESULTS} <= {most_results}" if most_results else ""
    range_text = f"from 1 to {most_results}" if most_results else "of at least 1"
    checks = {
        f"$type($i.{INPUT_URI}) != 'string' or $substring($i.{INPUT_URI}, 0, {length}) != {base}": (
            INPUT_URI,
            f"must begin with ' & {base} & ', which is all that the workflow may read",
        ),
        f"$type($i.{NUM_RESULTS}) != 'number' or $not($i.{NUM_RESULTS} = $floor($i.{NUM_RESULTS})"
        f" and $i.{NUM_RESULTS} >= 1{most})": (
            NUM_RESULTS,
            f"must be a whole number {range_text}",
        ),
        f"$type($i.{FILTER_ARN}) != 'string' or $not({is_filter})": (
            FILTER_ARN,
            "must be an ARN like arn:aws:personalize:REGION:ACCOUNT:filter/NAME",
        ),
        f"$type($i.{RUN_KEY}) != 'string' or $i.{RUN_KEY} = ''": (
            RUN_KEY,
            "must be a string that is not empty",
        ),
        f"$type($i.{SKIP_IF_RUNNING}) != 'boolean'": (
            SKIP_IF_RUNNING,
            "must be true or false",
        ),
    }
    found = ", ".join(
        f"$exists($i.{key}) ? (({wrong}) ? '{key} {text}, got ' & $string($i.{key}))"
        for wrong, (key, text) in checks.items()
    )
    return (
        f"($i := {GIVEN}; $type($i) != 'object'"
        " ? 'the input must be a JSON object such as {}, got ' & $string($i)"
        f" : ($unknown := [$keys($i)[$not($ in {keys})]];"
        f" $join([$count($unknown) > 0 ? 'unknown key ' & $join($unknown, ', ') & "
        f"'; known are {known}', {found}], '; ')))"
    )


def run() -> str:
    """Returns the expression for the name of the run, which is also the name of its folder."""
    given = f"{GIVEN}.{RUN_KEY}"
    key = f"($exists({given}) ? $string({given}) : $states.context.Execution.Name)"
    return (
        f"($key := {key}; $contains($key, {_PLAIN_RUN}) ? $replace($key, ':', '-')"
        f" : 'run-' & $substring($hash($key, 'SHA-256'), 0, {_DIGITS}))"
    )


def input_uri(default: str) -> str:
    """Returns the expression for the URI of the input.

    Args:
        default: The URI of the workflow.
    """
    return f"$exists({GIVEN}.{INPUT_URI}) ? $string({GIVEN}.{INPUT_URI}) : {json.dumps(default)}"


def request(base: Mapping[str, object]) -> str:
    """Returns the expression for the request, with what the input changes.

    Args:
        base: The request of the workflow, as Step Functions names its fields.
    """
    return (
        f"$merge([{json.dumps(base)}, "
        f"$exists({GIVEN}.{NUM_RESULTS}) ? {{'NumResults': {GIVEN}.{NUM_RESULTS}}}, "
        f"$exists({GIVEN}.{FILTER_ARN}) ? {{'FilterArn': {GIVEN}.{FILTER_ARN}}}])"
    )
