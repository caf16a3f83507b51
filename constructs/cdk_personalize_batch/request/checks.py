"""Checks of single values: each returns the problems that it finds, and skips tokens."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.tokens import is_token

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms

_SHOWN = 100

_DYNAMIC_REFERENCE: Final = "{{resolve:"


def shown(value: object) -> str:
    """Returns a value as an error text quotes it: unambiguous, on one line, and not too long."""
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def text(name: str, value: object, *, pattern: str, longest: int, remedy: str) -> list[str]:
    """Checks a string against a pattern, which must match all of it, and a length."""
    if is_token(value):
        return []
    if not isinstance(value, str):
        return [f"{name} must be a string, got {shown(value)}; {remedy}"]
    if len(value) > longest:
        return [
            f"{name} must have at most {longest} characters, got {len(value)}: {shown(value)}; "
            "shorten it"
        ]
    # ASCII: the services know no other digits and letters.
    if not re.fullmatch(pattern, value, re.ASCII):
        return [f"{name} is malformed, got {shown(value)}; {remedy}"]
    return []


def arn(name: str, value: object, pattern: str, form: str) -> list[str]:
    """Checks an ARN of Amazon Personalize or IAM."""
    return text(
        name, value, pattern=pattern, longest=limits.LONGEST_ARN, remedy=f"give an ARN like {form}"
    )


def key(name: str, value: kms.IKey) -> list[str]:
    """Checks a KMS key: the service takes ARNs of keys, and an alias is none."""
    arn_of_key = value.key_arn
    # An alias that is made in the app hides its name in a token.
    if hasattr(value, "alias_name") or ":alias/" in arn_of_key:
        return [
            f"{name} must be a key and not an alias, because Amazon Personalize takes ARNs of keys "
            f"only, got {value.node.path}; give the key itself"
        ]
    return text(
        name,
        arn_of_key,
        pattern=limits.KEY_ARN_PATTERN,
        longest=limits.LONGEST_KEY_ARN,
        remedy="give the ARN of a key, arn:aws:kms:REGION:ACCOUNT:key/ID",
    )


def poll_interval(seconds: float, *, longest: float, name: str) -> list[str]:
    """Checks that looks come before the end of what they look for.

    Args:
        seconds: The time between two looks.
        longest: The time that there is.
        name: The argument with that time.
    """
    if seconds <= longest:
        return []
    return [
        f"poll_interval must be at most {name}, which is {longest:g} seconds, got {seconds:g} "
        "seconds"
    ]


def resolved_text(name: str, value: str) -> list[str]:
    """Checks a text that CloudFormation would not leave as it is.

    Source: the CloudFormation User Guide, "Get values stored in other services using dynamic
    references": they are resolved wherever a property has them.
    """
    if _DYNAMIC_REFERENCE not in value:
        return []
    return [
        f"{name}: CloudFormation would resolve the dynamic reference in {shown(value)}; give the "
        "value, or a token, as ssm.StringParameter.value_for_string_parameter makes one"
    ]


def whole_number(name: str, value: object, *, least: int, most: int | None = None) -> list[str]:
    """Checks an integer."""
    if is_token(value):
        return []
    if not isinstance(value, int) or isinstance(value, bool):
        return [f"{name} must be a whole number, got {shown(value)}"]
    if value < least:
        return [f"{name} must be at least {least}, got {value}"]
    if most is not None and value > most:
        return [f"{name} must be at most {most}, got {value}"]
    return []


def number(name: str, value: object, *, least: float, most: float) -> list[str]:
    """Checks a number of a range."""
    if is_token(value):
        return []
    if not isinstance(value, int | float) or isinstance(value, bool):
        return [f"{name} must be a number from {least} to {most}, got {shown(value)}"]
    # Written as "not inside", so that NaN is refused.
    if not least <= value <= most:
        return [f"{name} must be from {least} to {most}, got {value}"]
    return []
