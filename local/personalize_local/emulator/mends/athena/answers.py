"""What the API answers when it refuses a request."""

from __future__ import annotations

from typing import Any, Final

from ministack.core.responses import error_response_json

INVALID_INPUT: Final = "INVALID_INPUT"
MALFORMED_QUERY: Final = "MALFORMED_QUERY"
NO_RESULT_YET: Final = "INVALID_QUERY_EXECUTION_STATE"


def refused(message: str, code: str = INVALID_INPUT) -> tuple[int, Any, bytes]:
    """Returns the answer to a request that is refused.

    Args:
        message: Why.
        code: Athena's own code of the error.
    """
    extra = {"AthenaErrorCode": code, "ErrorCode": code, "Message": message}
    answer: tuple[int, Any, bytes] = error_response_json(
        "InvalidRequestException", message, 400, extra=extra
    )
    return answer


def unknown_query(query_id: object) -> tuple[int, Any, bytes]:
    """Returns the answer to a request about an execution that there is not.

    Args:
        query_id: The id that was asked for.
    """
    return refused(f"QueryExecution {query_id} was not found", "QUERY_EXECUTION_NOT_FOUND")
