"""The errors that the local Amazon Personalize answers with."""

from __future__ import annotations

# Source: the `errors` of the operations in botocore's personalize/2018-05-22/service-2.json.
MODELLED_ERRORS = frozenset(
    {
        "InvalidInputException",
        "InvalidNextTokenException",
        "LimitExceededException",
        "ResourceAlreadyExistsException",
        "ResourceInUseException",
        "ResourceNotFoundException",
        "TooManyTagKeysException",
        "TooManyTagsException",
    }
)
# Source: the errors common to all AWS services, which no service model lists.
COMMON_ERRORS = frozenset(
    {
        "AccessDeniedException",
        "InternalFailure",
        "SerializationException",
        "ThrottlingException",
        "UnknownOperationException",
    }
)


class ApiError(Exception):
    """An error answer of the API: on the wire JSON with `__type` and `message`.

    Attributes:
        code: The name of the error, such as `InvalidInputException`.
        message: One sentence for the caller.
        status: The HTTP status; all errors that the service model lists have 400.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        """Makes the answer.

        Args:
            code: The name of the error.
            message: What is wrong, where, and what to do.
            status: The HTTP status.
        """
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = status

    def __str__(self) -> str:
        """Returns the code and the message on one line."""
        return f"{self.code}: {self.message}"


class ConnectionDropped(Exception):
    """The caller gets no answer: the connection breaks."""


class JobFailed(Exception):
    """A job cannot go on; the text becomes its `failureReason`."""


class AccessDenied(Exception):
    """A policy does not allow an action.

    Attributes:
        reason: Why, in the words of who evaluated the policies; may be empty.
        principal: The ARN of who was refused, when it is known.
    """

    def __init__(self, reason: str = "", *, principal: str | None = None) -> None:
        """Makes the refusal.

        Args:
            reason: Why, such as "no identity-based policy allows it".
            principal: The ARN of who was refused.
        """
        super().__init__(reason)
        self.reason = reason
        self.principal = principal


def invalid_input(message: str) -> ApiError:
    """Returns an InvalidInputException.

    Args:
        message: What is wrong, where, and what to do.
    """
    return ApiError("InvalidInputException", message)


def not_found(arn: str) -> ApiError:
    """Returns a ResourceNotFoundException.

    Args:
        arn: The resource that does not exist for this account and region.
    """
    return ApiError("ResourceNotFoundException", f"Could not find the resource {arn}.")


def in_use(message: str) -> ApiError:
    """Returns a ResourceInUseException.

    Args:
        message: What uses the resource, and what to do.
    """
    return ApiError("ResourceInUseException", message)


def limit_exceeded(message: str) -> ApiError:
    """Returns a LimitExceededException.

    Args:
        message: Which quota is used up, and what to do.
    """
    return ApiError("LimitExceededException", message)


def no_room(most: int, name: str, other: str) -> ApiError:
    """Returns the LimitExceededException of a quota on what runs at one time.

    Args:
        most: The quota.
        name: What cannot start.
        other: What has to end before.
    """
    return limit_exceeded(
        f"More than {most} resources with PENDING or IN_PROGRESS status: {name} cannot start "
        f"before {other} has ended."
    )


def access_denied(refusal: AccessDenied, account: str, action: str, resource: str) -> ApiError:
    """Returns an AccessDeniedException in AWS's wording.

    Args:
        refusal: What the policy evaluation said.
        account: The caller's account, named when the principal is unknown.
        action: The action, such as `personalize:CreateBatchInferenceJob`.
        resource: The ARN that the action was checked on.
    """
    if "is not authorized to perform" in refusal.reason:
        return ApiError("AccessDeniedException", refusal.reason)
    principal = refusal.principal or f"a principal of account {account}"
    because = f" because {refusal.reason}" if refusal.reason else ""
    text = f"User: {principal} is not authorized to perform: {action} on resource: {resource}"
    return ApiError("AccessDeniedException", text + because)
