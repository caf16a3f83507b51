"""What an execution of a workflow can be told: the keys of its input, as JSONata.

All expressions here work on any input, also on a wrong one, because Step Functions evaluates them
together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

from cdk_personalize_batch import limits
from cdk_personalize_batch.states.language import QUOTES, given, literal, or_else, pattern

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
_PLAIN_RUN: Final = rf"^[A-Za-z0-9][A-Za-z0-9._-]{{0,{LONGEST_RUN - 1}}}$"
# The time of a schedule stays readable; its colons are what many tools cannot have in a path.
_TIME: Final = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"
_DIGITS: Final = 24
# What is made of keys that are not plain, which no plain key may be mistaken for.
_MADE_RUN: Final = rf"^(run-[0-9a-f]{{{_DIGITS}}}|\d{{4}}-\d\d-\d\dT\d\d-\d\d-\d\dZ)$"

GIVEN: Final = "$states.context.Execution.Input"


def unknown_keys(keys: Iterable[str]) -> list[str]:
    """Returns what is wrong with keys that every run would refuse.

    Args:
        keys: The keys of an input.
    """
    problems = []
    for key in keys:
        if key not in (*_KEYS, _LINK):
            close = get_close_matches(key, _KEYS, n=1)
            meant = f"did you mean {close[0]}? " if close else ""
            problems.append(f"has the unknown key {key!r}; {meant}known are {', '.join(_KEYS)}")
    return problems


def problem(base_uri: str, output_uri: str, most_results: int | None) -> str:
    """Returns the expression for what is wrong with the input: one text, empty if nothing is.

    Args:
        base_uri: What an input URI must begin with, because the role reads nothing else.
        output_uri: The folder of all runs, which must not be in the input.
        most_results: The largest number of results; None for no limit.
    """
    known = ", ".join(_KEYS)
    base = literal(base_uri, quote=QUOTES)
    is_filter = f"$contains($i.{FILTER_ARN}, {pattern(f'^{limits.FILTER_ARN_PATTERN}$')})"
    most = f" and $i.{NUM_RESULTS} <= {most_results}" if most_results else ""
    range_text = f"from 1 to {most_results}" if most_results else "of at least 1"
    checks = {
        INPUT_URI: (
            f"$type($i.{INPUT_URI}) != 'string'"
            f" or $substring($i.{INPUT_URI}, 0, $length({base})) != {base}",
            f"{literal(f'{INPUT_URI} must begin with ')} & {base}"
            f" & {literal(', which is all that the workflow may read, got ')}",
        ),
        NUM_RESULTS: (
            f"$type($i.{NUM_RESULTS}) != 'number' or $not($i.{NUM_RESULTS} ="
            f" $floor($i.{NUM_RESULTS}) and $i.{NUM_RESULTS} >= 1{most})",
            literal(f"{NUM_RESULTS} must be a whole number {range_text}, got "),
        ),
        FILTER_ARN: (
            f"$type($i.{FILTER_ARN}) != 'string' or $not({is_filter})",
            literal(
                f"{FILTER_ARN} must be an ARN like arn:aws:personalize:REGION:ACCOUNT:filter/NAME, "
                "got "
            ),
        ),
        RUN_KEY: (
            f"$type($i.{RUN_KEY}) != 'string' or $i.{RUN_KEY} = ''",
            literal(f"{RUN_KEY} must be a string that is not empty, got "),
        ),
        SKIP_IF_RUNNING: (
            f"$type($i.{SKIP_IF_RUNNING}) != 'boolean'",
            literal(f"{SKIP_IF_RUNNING} must be true or false, got "),
        ),
    }
    output = literal(output_uri, quote=QUOTES)
    # What only the deployment knows could not be looked at before.
    places = (
        "$not($contains($substringAfter($uri, '://'), '/')) ? $uri"
        f" & {literal(' has no / behind its bucket, and must have one')}",
        f"$substring({output}, 0, $length($uri)) = $uri"
        f" ? {literal('the output ')} & {output} & {literal(' lies in the input ')} & $uri"
        f" & {literal(', so that the next run would read its results; give it another prefix')}",
    )
    found = ", ".join(
        f"$exists($i.{key}) ? (({wrong}) ? {said} & $string($i.{key}))"
        for key, (wrong, said) in checks.items()
    )
    return (
        f"($i := {GIVEN}; $uri := {input_uri(base_uri)}; $type($i) != 'object'"
        " ? 'the input must be a JSON object such as {}, got ' & $string($i)"
        f" : ($unknown := [$keys($i)[$not($ in {literal([*_KEYS, _LINK])})]];"
        f" $join([$count($unknown) > 0 ? 'unknown key ' & $join($unknown, ', ') & "
        f"{literal(f'; known are {known}')}, {found}, {', '.join(places)}], '; ')))"
    )


def run() -> str:
    """Returns the expression for the name of the run, which is also the name of its folder.

    No two keys have one name: what is replaced in a key, and what looks as if it had been, is told
    apart by a hash.
    """
    told = f"{GIVEN}.{RUN_KEY}"
    key = f"({or_else(told, '$states.context.Execution.Name', used=f'$string({told})')})"
    return (
        f"($key := {key}; $contains($key, {pattern(_TIME)}) ? $replace($key, ':', '-')"
        f" : $contains($key, {pattern(_PLAIN_RUN)}) and"
        f" $not($contains($key, {pattern(_MADE_RUN)})) ? $key"
        f" : 'run-' & $substring($hash($key, 'SHA-256'), 0, {_DIGITS}))"
    )


def input_uri(default: str) -> str:
    """Returns the expression for the URI of the input, the workflow's where none is given."""
    told = f"{GIVEN}.{INPUT_URI}"
    return or_else(told, literal(default, quote=QUOTES), used=f"$string({told})")


def request(base: Mapping[str, object]) -> str:
    """Returns the expression for the request, its fields as Step Functions names them."""
    return (
        f"$merge([{literal(base)}, {given('NumResults', f'{GIVEN}.{NUM_RESULTS}')}, "
        f"{given('FilterArn', f'{GIVEN}.{FILTER_ARN}')}])"
    )
