"""What can go wrong, and how it reads in the output of a deployment."""

from __future__ import annotations

from botocore.exceptions import ClientError, ParamValidationError

REMEDIES = {
    "AccessDenied": (
        "Allow the named action to the named role, in its policy or in the policy of the bucket."
    ),
    "AccessDeniedException": (
        "Allow the named action to the role of the Lambda function, and deploy again."
    ),
    "InvalidInputException": "Correct the named value and deploy again.",
    "LimitExceededException": (
        "Amazon Personalize runs five batch jobs at a time in an account and Region: wait until "
        "one has ended, or have the quota raised, and deploy again."
    ),
    "NoSuchBucket": "Check that the bucket exists, and deploy again.",
    "NoSuchKey": "Publish the assets of the stack (cdk deploy does) and deploy again.",
    "ResourceInUseException": "Wait until the named resource is ACTIVE, and deploy again.",
    "ResourceNotFoundException": (
        "Check that the named resource exists in the account and Region of the stack."
    ),
    "TooManyTagsException": "Use at most 50 tags.",
}


class RuntimeFailure(Exception):
    """A failure whose text is the sentence that a person reads in the deployment's output."""


class OutOfTime(RuntimeFailure):
    """The Lambda function's own time does not allow another call."""


def error_code(error: Exception) -> str:
    """Returns the service's name of an error, or ``""`` where no service answered."""
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", ""))
    return ""


def error_text(error: Exception) -> str:
    """Returns one line that says what happened and what to do, without a stack trace."""
    if isinstance(error, RuntimeFailure):
        return str(error)
    if isinstance(error, ParamValidationError):
        return (
            f"the AWS SDK of the Lambda function refused the request: {_one_line(str(error))}. "
            "Correct the named value; a parameter it does not know needs a newer Lambda runtime."
        )
    code = error_code(error)
    if isinstance(error, ClientError):
        message = _one_line(str(error.response.get("Error", {}).get("Message", "")))
        text = f"{code} from {error.operation_name}: {message or 'no message'}"
        return f"{_as_sentence(text)} {REMEDIES.get(code, 'Deploy again when it is mended.')}"
    return (
        f"{type(error).__name__}: {_as_sentence(_one_line(str(error)))} "
        "The log of the Lambda function has the details."
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _as_sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
