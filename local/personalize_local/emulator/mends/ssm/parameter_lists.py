"""Asks policies for each parameter of a list, where MiniStack asks for all that there are."""

from __future__ import annotations

import json
from typing import Final

from ministack.core import iam_actions, iam_evaluator

from personalize_local.emulator.mend import Mend

_ACTIONS: Final = ("GetParameters", "DeleteParameters")


class _Arns(str):
    """An ARN, and further ones that a request needs the same action for."""

    __slots__ = ("others",)
    others: list[str]


def _apply() -> None:
    extract, enforce = iam_actions.extract_resource_arn, iam_evaluator.enforce

    def extract_each(
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: object,
        region: str,
        account: str,
    ) -> str:
        action = headers.get("x-amz-target", "").rpartition(".")[2]
        if service != "ssm" or action not in _ACTIONS:
            arn: str = extract(service, method, path, headers, body, query, region, account)
            return arn
        names = [name.partition(":")[0] for name in json.loads(body or b"{}").get("Names", [])]
        parameters = f"arn:aws:ssm:{region}:{account}:parameter/"
        arns = [f"{parameters}{name.lstrip('/')}" for name in names] or ["*"]
        each = _Arns(arns[0])
        each.others = arns[1:]
        return each

    def enforce_each(*request: object, **named: object) -> object:
        denied = enforce(*request, **named)
        for arn in getattr(named.get("resource_arn"), "others", ()):
            denied = denied or enforce(*request, **{**named, "resource_arn": arn})
        return denied

    iam_actions.extract_resource_arn = extract_each
    iam_evaluator.enforce = enforce_each


MEND: Final = Mend(
    aws="Who reads or deletes a list of parameters needs the right for each of them.",
    source="Service Authorization Reference, AWS Systems Manager: GetParameters, DeleteParameters",
    apply=_apply,
)
