"""Tags of resources.

Source: "Tagging Amazon Personalize resources" in the developer guide: at most 50 on a resource,
and keys that begin with `aws:` are reserved.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence

from personalize_local import limits
from personalize_local.errors import ApiError, invalid_input
from personalize_local.jobs.request import Tag


def as_dict(tags: Sequence[Tag]) -> dict[str, str]:
    """Reads the tags of a request.

    Returns:
        The values by key.

    Raises:
        ApiError: InvalidInputException for a reserved or repeated key, TooManyTagsException.
    """
    result: dict[str, str] = {}
    for tag in tags:
        key = tag.tag_key
        # Reserved in any case of letters, as everywhere in AWS.
        if key.lower().startswith(limits.RESERVED_TAG_PREFIX):
            raise invalid_input(
                f"The tag key {key} begins with {limits.RESERVED_TAG_PREFIX}, which AWS keeps for "
                "itself."
            )
        if key in result:
            raise invalid_input(f"The tag key {key} is given twice; give each key once.")
        result[key] = tag.tag_value
    _check_count(len(result))
    return result


def _check_count(count: int) -> None:
    if count > limits.TAGS:
        raise ApiError(
            "TooManyTagsException",
            f"The resource would have {count} tags; the most is {limits.TAGS}.",
        )


class TagStore:
    """The tags of all resources, safe for threads."""

    def __init__(self) -> None:
        """Makes an empty store."""
        self._tags: dict[str, dict[str, str]] = {}
        self._lock = threading.Lock()

    def add(self, arn: str, tags: Mapping[str, str]) -> None:
        """Adds tags to a resource, or gives present ones new values.

        Raises:
            ApiError: TooManyTagsException; then no tag is added.
        """
        with self._lock:
            result = {**self._tags.get(arn, {}), **tags}
            _check_count(len(result))
            self._tags[arn] = result

    def remove(self, arn: str, keys: Iterable[str]) -> None:
        """Removes tags from a resource; keys that it does not have are ignored."""
        with self._lock:
            for key in keys:
                self._tags.get(arn, {}).pop(key, None)

    def of(self, arn: str) -> list[dict[str, object]]:
        """Returns the tags of a resource, as the API writes them."""
        with self._lock:
            found = sorted(self._tags.get(arn, {}).items())
        return [{"tagKey": key, "tagValue": value} for key, value in found]
