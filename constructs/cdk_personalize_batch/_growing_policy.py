"""A policy that grows with what is added, into as many policies as IAM needs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from cdk_personalize_batch._tokens import is_token

# Characters, with a margin, because the length of a token is an estimate. Source: the IAM User
# Guide, "IAM and AWS STS quotas": 10,240 for all inline policies of a role, 6,144 for a managed
# one, of which a role has at most ten.
_INLINE_CHARACTERS: Final = 9_000
_MANAGED_CHARACTERS: Final = 5_200
_TOKEN_CHARACTERS: Final = 160
_STATEMENT_CHARACTERS: Final = 60


class GrowingPolicy:
    """Statements for a role, each once."""

    def __init__(self, scope: Construct, id: str, role: iam.Role) -> None:
        """Makes the first policy.

        Args:
            scope: The construct that the policies are made in.
            id: The construct id of the first; the others have a number behind it.
            role: The role.
        """
        self._scope = scope
        self._id = id
        self._role = role
        self._stack = Stack.of(scope)
        self._allowed: dict[str, set[str]] = {}
        self._resolved: dict[str, str] = {}
        self._statements: dict[str, iam.PolicyStatement] = {}
        self._policies: list[iam.Policy | iam.ManagedPolicy] = [iam.Policy(scope, id, roles=[role])]
        self._room = _INLINE_CHARACTERS

    @property
    def policies(self) -> Sequence[IDependable]:
        """The policies so far."""
        return self._policies

    def allow(
        self,
        actions: Sequence[str],
        resource: str,
        conditions: Mapping[str, Mapping[str, str]] | None = None,
    ) -> None:
        """Allows actions on a resource; what is allowed already is not repeated.

        Args:
            actions: The actions.
            resource: The ARN, or a pattern of ARNs.
            conditions: The conditions of the statement. Default: - none.
        """
        purpose = json.dumps([list(actions), conditions])
        if not self._is_new(purpose, resource):
            return
        size = _size(resource)
        if purpose not in self._statements:
            size += _STATEMENT_CHARACTERS + len(purpose)
        if size > self._room:
            self._begin_another()
            size = _size(resource) + _STATEMENT_CHARACTERS + len(purpose)
        self._room -= size
        statement = self._statements.get(purpose)
        if statement is not None:
            statement.add_resources(resource)
            return
        statement = iam.PolicyStatement(
            actions=list(actions), resources=[resource], conditions=conditions
        )
        self._statements[purpose] = statement
        self._policies[-1].add_statements(statement)

    def _is_new(self, purpose: str, resource: str) -> bool:
        allowed = self._allowed.setdefault(purpose, set())
        if resource in allowed:
            return False
        # The same reference can be another token each time that somebody asks for it.
        others = [one for one in allowed if is_token(one)] if is_token(resource) else []
        allowed.add(resource)
        return not others or self._resolve(resource) not in map(self._resolve, others)

    def _resolve(self, token: str) -> str:
        if token not in self._resolved:
            self._resolved[token] = json.dumps(self._stack.resolve(token), sort_keys=True)
        return self._resolved[token]

    def _begin_another(self) -> None:
        name = f"{self._id}{len(self._policies) + 1}"
        self._policies.append(iam.ManagedPolicy(self._scope, name, roles=[self._role]))
        self._statements.clear()
        self._room = _MANAGED_CHARACTERS


def _size(resource: str) -> int:
    return _TOKEN_CHARACTERS if is_token(resource) else len(resource) + 3
