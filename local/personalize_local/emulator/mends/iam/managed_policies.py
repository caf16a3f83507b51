"""Has the documents of more of AWS's managed policies than MiniStack.

They are those that users of Lambda, Glue, Athena, Step Functions, EventBridge and Personalize
attach, as AWS published them in March 2026.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from ministack.services import iam

from personalize_local.emulator.mend import Mend

_DOCUMENTS: Final = Path(__file__).with_name("aws_managed_policies.json")


def _apply() -> None:
    seed = iam._seed_aws_managed_policies

    def seed_all() -> None:
        seed()
        _seed()

    # MiniStack has seeded its own when it was imported, and does so again at each reset.
    iam._seed_aws_managed_policies = seed_all
    _seed()


def _seed() -> None:
    for name, document in json.loads(_DOCUMENTS.read_text(encoding="utf-8")).items():
        record = iam._make_aws_managed_record(name, json.dumps(document))
        iam._aws_managed_policies.setdefault(record["Arn"], record)


MEND: Final = Mend(
    aws="AWS's managed policies allow what their documents say.",
    source="AWS Managed Policy Reference",
    apply=_apply,
)
