"""State machines as data: Amazon States Language with JSONata, and what all of them say in it.

An expression here is the text between ``{%`` and ``%}``.
"""

from __future__ import annotations

import json
from typing import Any, Final

from cdk_personalize_batch import limits

State = dict[str, Any]

IN: Final = "$states.input"
QUOTES: Final = '"'
# Seconds since the execution was started.
ELAPSED: Final = (
    "$floor(($toMillis($states.context.State.EnteredTime)"
    " - $toMillis($states.context.Execution.StartTime)) / 1000)"
)
# A look at a job is some nine events, of `limits.EXECUTION_EVENTS`. With pauses of a fortieth of
# the time, a second at least, those of a year and two redrives of it are fewer than 17,000.
_SHARE_OF_TIME: Final = 40
# What a job says until it has ended: real ones answer with CREATE, the API reference is without it.
RUNNING: Final = ("CREATE PENDING", "CREATE IN_PROGRESS", "PENDING", "IN PROGRESS")
# A reason is handed on through a state's output, and in the signal of a wait condition, which is
# the shorter of the two and has more in it.
LONGEST_REASON: Final = limits.SIGNAL_BYTES - 96


def expression(text: str) -> str:
    """Returns a JSONata expression as Amazon States Language writes it."""
    return f"{{% {text} %}}"


def literal(value: object, *, quote: str = "'") -> str:
    """Returns a value as JSONata writes it, whatever its text has in it.

    JSONata reads the literals of JSON, and text between apostrophes as well. Its escapes are those
    of JSON in both, which has none for an apostrophe but its number. Source: JSONata's tokenizer,
    ``src/parser.js``.

    Args:
        value: A value of JSON; text may have tokens of the CDK in it.
        quote: What encloses text; what lies in lists and objects is always in JSON's quotes.
    """
    written = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str) or quote == QUOTES:
        return written
    inner = written[1:-1].replace("'", "\\u0027")
    return f"'{inner}'"


def pause(seconds: int | str) -> str:
    """Returns how many seconds to wait before the next look, which grows with the time."""
    return f"$max([{seconds}, $floor({ELAPSED} / {_SHARE_OF_TIME})])"


def pattern(regex: str) -> str:
    """Returns a regular expression as JSONata writes it."""
    escaped = regex.replace("/", "\\/")
    return f"/{escaped}/"


def object_of(**fields: str) -> str:
    """Returns the expression for an object, from those for its fields."""
    return "{" + ", ".join(f"{literal(name)}: {value}" for name, value in fields.items()) + "}"


def given(name: str, value: str) -> str:
    """Returns the expression for an object with one field, for nothing where it has no value."""
    return f"$exists({value}) ? {object_of(**{name: value})}"


def or_else(value: str, other: str, *, used: str | None = None) -> str:
    """Returns the expression for a value, or for another one where there is none.

    Args:
        value: What may be nothing.
        other: What holds then.
        used: What is made of the value. Default: - the value itself.
    """
    return f"$exists({value}) ? {used or value} : {other}"


def paged(arguments: str, *, argument: str, following: str) -> str:
    """Returns the expression for the arguments of a call that answers with pages.

    Args:
        arguments: The expression for the arguments of each page.
        argument: What names the page among them.
        following: What the page before said of the next one.
    """
    return f"$merge([{arguments}, {given(argument, following)}])"


def bucket_of(uri: str) -> str:
    """Returns the expression for the bucket of an S3 URI."""
    return f"$substringBefore($substringAfter({uri}, '://'), '/')"


def key_of(uri: str) -> str:
    """Returns the expression for the key of an S3 URI."""
    return f"$substringAfter($substringAfter({uri}, '://'), '/')"


def name_of(arn: str) -> str:
    """Returns the expression for the name of a job, from its ARN."""
    return f"$split({arn}, '/')[1]"


def is_running(status: str) -> str:
    """Returns the expression for whether a job has not ended."""
    return f"{status} in [{', '.join(map(literal, RUNNING))}]"


def task(partition: str, integration: str) -> State:
    """Returns the start of a task: what of AWS it calls."""
    return {"Type": "Task", "Resource": f"arn:{partition}:states:::{integration}"}


def retry(*errors: str, attempts: int) -> State:
    """Returns a retrier that gives up after some minutes.

    Args:
        errors: The names of the errors. Default: - all.
        attempts: How often it tries again.
    """
    return {
        "ErrorEquals": list(errors or ("States.ALL",)),
        "IntervalSeconds": 2,
        "BackoffRate": 2,
        "MaxDelaySeconds": 60,
        "MaxAttempts": attempts,
        "JitterStrategy": "FULL",
    }


def failure(error: str, problem: str) -> State:
    """Returns the output that leads to the end of a run as failed, from the name of the error."""
    return {"error": error, "problem": expression(problem)}
