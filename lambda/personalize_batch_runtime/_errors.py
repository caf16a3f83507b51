"""What can go wrong, and how it reads in the output of a deployment."""

from __future__ import annotations

import re

import botocore
from botocore.exceptions import ClientError, ParamValidationError

REMEDIES = {
    "AccessDenied": (
        "Allow the named action to the named role, in its policy or in the policy of the bucket."
    ),
    "AccessDeniedException": (
        "Allow the action to the role of the Lambda function, and deploy again."
    ),
    "InvalidInputException": "Correct the named value and deploy again.",
    "LimitExceededException": (
        "Amazon Personalize runs five batch jobs of a kind at a time in an account and Region: "
        "wait until one has ended, or have the quota raised, and deploy again."
    ),
    "NoSuchBucket": "Check that the bucket exists, and deploy again.",
    "NoSuchKey": "Publish the assets of the stack (cdk deploy does) and deploy again.",
    "ResourceInUseException": "Wait until the named resource is ACTIVE, and deploy again.",
    "ResourceNotFoundException": (
        "Check that the named resource exists in the account and Region of the stack."
    ),
    "TooManyTagsException": "Use at most 50 tags.",
}

WRITTEN_BY_CONSTRUCT = (
    "it is written by the construct: deploy with the version of cdk-personalize-batch that made "
    "the Lambda function."
)

# The query of a presigned URL is a secret: who has it can answer in the resource's name.
_URL_QUERY = re.compile(r"(https?://[^\s?\"'<>\\]{1,2000})\?[^\s\"'<>\\]+")


class RuntimeFailure(Exception):
    """A failure whose text is the sentence that a person reads in the deployment's output."""


class OutOfTime(RuntimeFailure):
    """The Lambda function's own time does not allow another call."""


class HandedOver(Exception):
    """Another invocation goes on with the work, and answers."""


class Uncertain(RuntimeFailure):
    """It cannot be told whether a call had its effect."""


def error_code(error: Exception) -> str:
    """Returns the service's name of an error, or ``""`` where no service answered."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def error_text(error: Exception) -> str:
    """Returns one line that says what happened and what to do, without a stack trace."""
    return one_line(without_queries(_text(error)))


def without_queries(text: str) -> str:
    """Takes the query off each web address in the text."""
    return _URL_QUERY.sub(r"\1?…", text)


def one_line(text: str) -> str:
    """Makes one line of any text; what cannot be printed becomes U+FFFD."""
    line = " ".join(text.split())
    if line.isprintable():
        return line
    return "".join(char if char.isprintable() else "\ufffd" for char in line)


def _text(error: Exception) -> str:
    if isinstance(error, RuntimeFailure):
        return str(error)
    if isinstance(error, ParamValidationError):
        return _refused_request(str(error))
    code = error_code(error)
    if isinstance(error, ClientError):
        message = str(error.response.get("Error", {}).get("Message", "")).strip()
        text = f"{code} from {error.operation_name}: {message or 'no message'}"
        return f"{_as_sentence(text)} {REMEDIES.get(code, 'Deploy again when it is mended.')}"
    return (
        f"{type(error).__name__}: {_as_sentence(str(error).strip())} "
        "The log of the Lambda function has the details."
    )


def _refused_request(text: str) -> str:
    if "Unknown parameter" in text:
        return (
            f"the AWS SDK of the Lambda function (botocore {botocore.__version__}) is too old for "
            f"this request: {_as_sentence(text.strip())} "
            "Use a newer Lambda runtime, or leave the parameter out."
        )
    return (
        f"the AWS SDK of the Lambda function refused the request: {_as_sentence(text.strip())} "
        "Correct the named value and deploy again."
    )


def _as_sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
