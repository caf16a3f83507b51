"""Refuses two lifecycle rules of one id on a bucket, which MiniStack stores."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from ministack.services import s3

from personalize_local.emulator.mend import Mend

_MESSAGE: Final = "Rule ID must be unique. Found same ID for more than one rule"


def _apply() -> None:
    find_error = s3._lifecycle_rules_error

    def find_error_or_twin(rules: list[dict[str, Any]]) -> object:
        ids = Counter(rule["ID"] for rule in rules if "ID" in rule)
        if any(number > 1 for number in ids.values()):
            return s3._error("InvalidArgument", _MESSAGE, 400)
        return find_error(rules)

    s3._lifecycle_rules_error = find_error_or_twin


MEND: Final = Mend(
    aws="The ids of a bucket's lifecycle rules differ.",
    source="Amazon S3 API Reference, LifecycleRule: ID",
    apply=_apply,
)
