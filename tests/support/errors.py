"""What boto3's clients raise."""

from __future__ import annotations

from botocore.exceptions import ClientError


def refused(operation: str, code: str, status: int, message: str = "no") -> Exception:
    """The answer of a service that refuses a call."""
    answer: Exception = ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {
                "HTTPStatusCode": status,
                "RequestId": "",
                "HostId": "",
                "HTTPHeaders": {},
                "RetryAttempts": 0,
            },
        },
        operation,
    )
    return answer
