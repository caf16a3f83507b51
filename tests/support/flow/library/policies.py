"""The policies of a deployed stack, to change and put back."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from personalize_local.host.environment import ACCOUNT
from tests.support.flow.running_aws import RunningAws
from tests.support.synth.values import as_list

# Policy, action, resource and principal.
Grant = tuple[str, str, str, str]
Statement = dict[str, Any]
# By type and name.
Resources = dict[tuple[str, str], str]
HASH = re.compile(r"[0-9A-F]{8}$")


def single(statement: Statement) -> Iterator[Statement]:
    """A statement as statements of one action, resource and principal each."""
    principals: list[dict[str, str] | None] = [
        {kind: who}
        for kind, all_ in statement.get("Principal", {}).items()
        for who in as_list(all_)
    ]
    for action, resource, principal in itertools.product(
        as_list(statement["Action"]), as_list(statement.get("Resource")), principals or [None]
    ):
        parts = {"Action": action, "Resource": resource, "Principal": principal}
        yield {**statement, **{name: part for name, part in parts.items() if part is not None}}


class Policies:
    """The policies of the stack, by the construct that has them."""

    def __init__(self, aws: RunningAws, resources: Resources, names: dict[str, str]) -> None:
        self._iam, self._s3, self._kms = (aws.client(name) for name in ("iam", "s3", "kms"))
        # An ARN is the physical id of some; only its end is in the ARNs of the policies.
        ids = {physical.rpartition(":")[2]: name for (_, name), physical in resources.items()}
        self._names = ids | names
        self._statements: dict[str, list[Statement]] = {}
        self._put: dict[str, Callable[[str], object]] = {}
        for (type_, name), physical in resources.items():
            if type_ == "AWS::IAM::Role":
                self._add_role(name, physical)
            elif type_ == "AWS::S3::Bucket":
                policy = self._s3.get_bucket_policy(Bucket=physical)["Policy"]
                self._add(name, json.loads(policy), self._s3.put_bucket_policy, Bucket=physical)
            elif type_ == "AWS::KMS::Key":
                which = {"KeyId": physical, "PolicyName": "default"}
                policy = self._kms.get_key_policy(**which)["Policy"]
                self._add(name, json.loads(policy), self._kms.put_key_policy, **which)

    def short(self, text: str) -> str:
        """An ARN as a grant names it: what comes after the account, with names of constructs."""
        text = text.split(":", 5)[-1] if text.startswith("arn:") else text
        for physical, name in self._names.items():
            text = text.replace(physical, name)
        return text

    def grants(self) -> set[Grant]:
        """All that the constructs allow; the account's own rights to its keys are not theirs."""
        found = {
            self._grant(name, one)
            for name, statements in self._statements.items()
            for one in statements
            if one["Effect"] == "Allow"
        }
        return {grant for grant in found if grant[3] != "root"}

    @contextmanager
    def without(self, grant: Grant) -> Iterator[None]:
        """The policies without a grant."""
        with self._changed(grant, []):
            yield

    @contextmanager
    def for_others(self, grant: Grant) -> Iterator[list[str]]:
        """The policies with each condition of a grant for somebody else; tells the conditions."""
        changed = json.loads(json.dumps(self._find(grant)))
        conditions = changed.get("Condition", {})
        for keys in conditions.values():
            keys.update({key: others(value) for key, value in keys.items()})
        with self._changed(grant, [changed]):
            yield [key for keys in conditions.values() for key in keys]

    @contextmanager
    def _changed(self, grant: Grant, instead: list[Statement]) -> Iterator[None]:
        policy, statement = grant[0], self._find(grant)
        statements = self._statements[policy]
        left = [one for one in statements if one is not statement]
        try:
            self._write(policy, [*left, *instead])
            yield
        finally:
            self._write(policy, statements)

    def _find(self, grant: Grant) -> Statement:
        (found,) = (
            one for one in self._statements[grant[0]] if self._grant(grant[0], one) == grant
        )
        return found

    def _write(self, policy: str, statements: list[Statement]) -> None:
        self._put[policy](json.dumps({"Version": "2012-10-17", "Statement": statements}))

    def _add_role(self, name: str, physical: str) -> None:
        trust = self._iam.get_role(RoleName=physical)["Role"]["AssumeRolePolicyDocument"]
        put_trust = self._iam.update_assume_role_policy
        self._add(f"trust of {name}", trust, put_trust, RoleName=physical)
        (policy,) = self._iam.list_role_policies(RoleName=physical)["PolicyNames"]
        which = {"RoleName": physical, "PolicyName": policy}
        document = self._iam.get_role_policy(**which)["PolicyDocument"]
        self._add(name, document, self._iam.put_role_policy, **which)

    def _add(self, name: str, policy: Any, put: Callable[..., object], **which: str) -> None:
        self._statements[name] = [one for many in policy["Statement"] for one in single(many)]
        argument = "PolicyDocument" if "RoleName" in which else "Policy"
        self._put[name] = lambda text: put(**which, **{argument: text})

    def _grant(self, policy: str, one: Statement) -> Grant:
        (principal,) = one.get("Principal", {"": ""}).values()
        return policy, one["Action"], self.short(one.get("Resource", "")), self.short(principal)


def others(value: str) -> str:
    """The same of another account or service."""
    return value.replace(ACCOUNT, "9" * len(ACCOUNT)).replace("personalize.", "glue.")


def short_name(logical_id: str) -> str:
    return HASH.sub("", logical_id).removeprefix("PersonalizeBatch")
