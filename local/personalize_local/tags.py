"""Tags of resources.

Source: "Tagging Amazon Personalize resources" in the developer guide: at most 50 on a resource,
and keys that begin with `aws:` are reserved.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping

from personalize_local import limits
from personalize_local.errors import ApiError, invalid_input


def as_dict(tags: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """Reads the tags of a request.

    Args:
        tags: The list of `tagKey` and `tagValue`; None for none.

    Returns:
        The values by key.

    Raises:
        ApiError: InvalidInputException for a reserved or repeated key, TooManyTagsException.
    """
    given = list(tags or ())
    result: dict[str, str] = {}
    for tag in given:
        key = tag["tagKey"]
        # Reserved in any case of letters, as everywhere in AWS.
        if key.lower().startswith("aws:"):
            raise invalid_input(f"The tag key {key} begins with aws:, which AWS keeps for itself.")
        if key in result:
            raise invalid_input(f"The tag key {key} is given twice; give each key once.")
        result[key] = tag["tagValue"]
    _check_count(len(result))
    return result


def _check_count(count: int) -> None:
    if count > limits.TAGS_PER_RESOURCE:
        raise ApiError(
            "TooManyTagsException",
            f"The resource would have {count} tags; the most is {limits.TAGS_PER_RESOURCE}.",
        )


class TagStore:
    """The tags of all resources, safe for threads."""

    def __init__(self) -> None:
        """Makes an empty store."""
        self._tags: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def add(self, arn: str, tags: Mapping[str, str]) -> None:
        """Adds tags to a resource, or gives present ones new values.

        Args:
            arn: The resource.
            tags: The values by key.

        Raises:
            ApiError: TooManyTagsException; then no tag is added.
        """
        with self._lock:
            result = {**self._tags.get(arn, {}), **tags}
            _check_count(len(result))
            self._tags[arn] = result

    def remove(self, arn: str, keys: Iterable[str]) -> None:
        """Removes tags from a resource; keys that it does not have are ignored.

        Args:
            arn: The resource.
            keys: The keys.
        """
        with self._lock:
            for key in keys:
                self._tags.get(arn, {}).pop(key, None)

    def of(self, arn: str) -> list[dict[str, object]]:
        """Returns the tags of a resource, as the API writes them.

        Args:
            arn: The resource.
        """
        with self._lock:
            found = sorted(self._tags.get(arn, {}).items())
        return [{"tagKey": key, "tagValue": value} for key, value in found]
