"""Lets policies say in which namespace of CloudWatch somebody may put metrics.

MiniStack does not know the condition key `cloudwatch:namespace`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.core import iam_actions

from personalize_local.emulator.mend import Mend

_PUT: Final = "cloudwatch:PutMetricData"
_KEY: Final = "cloudwatch:namespace"


def _apply() -> None:
    context_of = iam_actions.request_tag_context

    def context_with_namespace(
        service: str, action: str, body: bytes, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        context: dict[str, Any] = context_of(service, action, body, parameters)
        # State machines use the Query protocol; where there is no parameter, no condition is met.
        given = parameters.get("Namespace")
        if action == _PUT and given:
            context[_KEY] = given[0] if isinstance(given, list) else given
        return context

    iam_actions.request_tag_context = context_with_namespace


MEND: Final = Mend(
    aws="A policy can say in which namespaces somebody may put metrics.",
    source="CloudWatch User Guide, Using condition keys to limit access to CloudWatch namespaces",
    apply=_apply,
)
