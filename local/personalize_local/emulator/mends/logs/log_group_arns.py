"""Names log groups in policies by the ARN that ends in `:*`.

MiniStack takes the ARN without that end, which a policy names for tags alone.
"""

from __future__ import annotations

import json
from typing import Final

from ministack.core import iam_actions

from personalize_local.emulator.mend import Mend

_GROUP: Final = ":log-group:"
_OF_TAGS: Final = ("TagResource", "UntagResource", "ListTagsForResource")


def _apply() -> None:
    extract = iam_actions.extract_resource_arn
    context_of = iam_actions.logs_service_context

    def extract_whole(
        service: str, method: str, path: str, headers: dict[str, str], body: bytes, *more: object
    ) -> str:
        arn: str = extract(service, method, path, headers, body, *more)
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if service != "logs" or _GROUP not in arn or action in _OF_TAGS:
            return arn
        stream = json.loads(body).get("logStreamName")
        return f"{arn}:log-stream:{stream}" if stream else f"{arn}:*"

    def context_of_group(action: str, body: bytes, arn: str, *place: str) -> object:
        # The tags are the group's.
        group, name = arn.split(_GROUP)[0], arn.partition(_GROUP)[2].partition(":")[0]
        return context_of(action, body, f"{group}{_GROUP}{name}" if name else arn, *place)

    iam_actions.extract_resource_arn = extract_whole
    iam_actions.logs_service_context = context_of_group


MEND: Final = Mend(
    aws="A policy names log groups by the ARN that ends in `:*`, except for their tags.",
    source="CloudWatch Logs User Guide, Overview of managing access permissions to your CloudWatch "
    "Logs resources",
    apply=_apply,
)
