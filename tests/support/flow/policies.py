"""Policies of a wanted size, and how a call of AWS is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def policy_of(size: int, action: str = "s3:GetObject") -> str:
    """A policy document of this many characters, none of them white space."""
    statement = {"Effect": "Allow", "Action": action, "Resource": "arn:aws:s3:::bucket/"}
    document = {"Version": "2012-10-17", "Statement": [statement]}
    statement["Resource"] += "x" * (size - len(json.dumps(document, separators=(",", ":"))))
    return json.dumps(document, separators=(",", ":"))


def refusal_of(call: Callable[..., Any], /, **parameters: object) -> tuple[int, str, str]:
    """The status, code and message with which a call is refused."""
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    answer: Any = refused.value.response
    status = int(answer["ResponseMetadata"]["HTTPStatusCode"])
    return status, answer["Error"]["Code"], answer["Error"]["Message"]
