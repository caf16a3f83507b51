"""The other services of Amazon Personalize, which are asked by path and which this one lacks.

Source: botocore's models of personalize-runtime and personalize-events, whose requests are signed
for the service `personalize` too.
"""

from __future__ import annotations

from typing import Final

_OPERATIONS: Final = {
    "/action-recommendations": ("personalize-runtime", "GetActionRecommendations"),
    "/personalize-ranking": ("personalize-runtime", "GetPersonalizedRanking"),
    "/recommendations": ("personalize-runtime", "GetRecommendations"),
    "/action-interactions": ("personalize-events", "PutActionInteractions"),
    "/actions": ("personalize-events", "PutActions"),
    "/events": ("personalize-events", "PutEvents"),
    "/items": ("personalize-events", "PutItems"),
    "/users": ("personalize-events", "PutUsers"),
}


def operation_at(path: str) -> str:
    """Returns what a request without the name of an operation asks for, to be told in an error.

    Args:
        path: The path of the request.
    """
    service, operation = _OPERATIONS.get(path, ("", ""))
    return f"{operation} of {service}" if service else f"at {path}"
