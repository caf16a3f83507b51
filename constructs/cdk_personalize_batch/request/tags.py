"""The tags of a job: its own, and those of the scopes around it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

import jsii
from aws_cdk import TagManager, TagType
from constructs import IValidation

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.tokens import is_token
from cdk_personalize_batch.request.checks import shown

# `Tags.of(scope).add` has 100: what is given to the job itself wins.
_OWN_PRIORITY: Final = 1000
# Beside letters, separators and numbers of any script; source: the botocore shape TagKey.
_SIGNS: Final = frozenset("_.:/=+-@")
_CATEGORIES: Final = frozenset("LZN")


@jsii.implements(IValidation)
class TagValidation:
    """Checks a job's tags when those of all scopes around it are known."""

    def __init__(self, manager: TagManager) -> None:
        """Makes the check."""
        self._manager = manager

    def validate(self) -> list[str]:
        """Returns what is wrong with the tags."""
        return tag_problems(dict(self._manager.tag_values()))


def make_tag_manager(resource_type: str, tags: Mapping[str, str] | None) -> TagManager:
    """Returns the tag manager of a job, which `Tags.of` finds."""
    # A list, because a key such as Ref would be a function of CloudFormation in an object.
    manager = TagManager(TagType.STANDARD, resource_type)
    for key, value in (tags or {}).items():
        manager.set_tag(key, value, _OWN_PRIORITY)
    return manager


def tag_problems(tags: Mapping[str, str]) -> list[str]:
    """Returns what is wrong with tags; tokens are not examined.

    Source: the developer guide, "Tagging Amazon Personalize resources", and the botocore shape
    ``Tag``.
    """
    problems = []
    if len(tags) > limits.TAGS:
        problems.append(f"tags: a job has at most {limits.TAGS} tags, got {len(tags)}; drop some")
    for key, value in tags.items():
        if not is_token(key) and key.lower().startswith(limits.RESERVED_TAG_PREFIX):
            problems.append(
                f"tags: the key {shown(key)} begins with "
                f"{limits.RESERVED_TAG_PREFIX}, which is reserved for AWS; rename it"
            )
        problems += _text_problems("key", key, 1, limits.LONGEST_TAG_KEY)
        problems += _text_problems(f"value of {shown(key)}", value, 0, limits.LONGEST_TAG_VALUE)
    return problems


def _text_problems(what: str, text: object, shortest: int, longest: int) -> list[str]:
    if is_token(text):
        return []
    if not isinstance(text, str) or not shortest <= len(text) <= longest:
        return [
            f"tags: the {what} must be a string of {shortest} to {longest} characters, got "
            f"{shown(text)}"
        ]
    for sign in text:
        if sign not in _SIGNS and unicodedata.category(sign)[0] not in _CATEGORIES:
            return [
                f"tags: the {what} must have only letters, digits, spaces and _.:/=+-@, got "
                f"{shown(sign)} in {shown(text)}"
            ]
    return []
