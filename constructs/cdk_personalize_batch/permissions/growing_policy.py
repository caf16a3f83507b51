"""A policy that grows with what is added, into as many policies as IAM needs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.tokens import TOKEN, is_token
from cdk_personalize_batch.errors import ValidationError

# With a margin, because the length of a token is an estimate.
_INLINE_CHARACTERS: Final = limits.INLINE_POLICY_CHARACTERS - 1_240
_MANAGED_CHARACTERS: Final = limits.MANAGED_POLICY_CHARACTERS - 944
# Of an ARN with the longest names; what else is a token is shorter.
_TOKEN_CHARACTERS: Final = 150
# A partition, Region or account, as the CDK names their tokens.
_PSEUDO: Final = "${Token[AWS."
_PSEUDO_CHARACTERS: Final = 16
_STATEMENT_CHARACTERS: Final = 60


class GrowingPolicy:
    """Statements for a role, each once."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        role: iam.IRole,
        *,
        inline_characters: int = _INLINE_CHARACTERS,
    ) -> None:
        """Makes the first policy; the others have its id with a number behind it.

        Args:
            scope: The construct that has the policies.
            id: The id of the first one.
            role: Whose policies they are.
            inline_characters: How long the first may become; it counts as one of the role's inline
                policies, the others are managed ones.
        """
        self._scope = scope
        self._id = id
        self._role = role
        self._stack = Stack.of(scope)
        self._allowed: dict[str, dict[str, IDependable]] = {}
        self._resolved: dict[str, str] = {}
        self._statements: dict[str, iam.PolicyStatement] = {}
        self._policies: list[iam.Policy | iam.ManagedPolicy] = [iam.Policy(scope, id, roles=[role])]
        self._room = inline_characters

    @property
    def policies(self) -> Sequence[IDependable]:
        """The policies so far."""
        return self._policies

    def allow(
        self,
        actions: Sequence[str],
        resource: str,
        conditions: Mapping[str, Mapping[str, str]] | None = None,
    ) -> IDependable:
        """Allows actions on a resource; what is allowed already is not repeated.

        Returns:
            The policy that allows it.

        Raises:
            ValidationError: If a role would need more policies than IAM attaches to one.
        """
        purpose = json.dumps([list(actions), conditions])
        allowed = self._allowed.setdefault(purpose, {})
        same = self._same(allowed, resource)
        if same is None:
            allowed[resource] = self._add(purpose, actions, resource, conditions)
            same = resource
        return allowed[same]

    def _add(
        self,
        purpose: str,
        actions: Sequence[str],
        resource: str,
        conditions: Mapping[str, Mapping[str, str]] | None,
    ) -> IDependable:
        size = resource_characters(resource)
        begun = _STATEMENT_CHARACTERS + len(purpose)
        needed = size if purpose in self._statements else size + begun
        if needed > self._room:
            self._begin_another()
            needed = size + begun
        self._room -= needed
        statement = self._statements.get(purpose)
        if statement is not None:
            statement.add_resources(resource)
        else:
            statement = iam.PolicyStatement(
                actions=list(actions), resources=[resource], conditions=conditions
            )
            self._statements[purpose] = statement
            self._policies[-1].add_statements(statement)
        return self._policies[-1]

    def _same(self, allowed: Mapping[str, IDependable], resource: str) -> str | None:
        """Returns what is allowed already and means the resource."""
        if resource in allowed:
            return resource
        # The same reference can be another token each time that somebody asks for it.
        others = [one for one in allowed if is_token(one)] if is_token(resource) else []
        same = (one for one in others if self._resolve(one) == self._resolve(resource))
        return next(same, None)

    def _resolve(self, token: str) -> str:
        if token not in self._resolved:
            self._resolved[token] = json.dumps(self._stack.resolve(token), sort_keys=True)
        return self._resolved[token]

    def _begin_another(self) -> None:
        number = len(self._policies) + 1
        if number > limits.MANAGED_POLICIES_OF_ROLE + 1:
            raise ValidationError(
                self._scope.node.path,
                [
                    f"the role {self._role.node.path} would need more than "
                    f"{limits.MANAGED_POLICIES_OF_ROLE} managed policies of "
                    f"{limits.MANAGED_POLICY_CHARACTERS:,} characters, which is what IAM attaches "
                    "to a role; move some of the jobs or workflows into another stack"
                ],
            )
        self._policies.append(
            iam.ManagedPolicy(self._scope, f"{self._id}{number}", roles=[self._role])
        )
        self._statements.clear()
        self._room = _MANAGED_CHARACTERS


def resource_characters(resource: str) -> int:
    """Returns how many characters a resource takes in a policy, with the longest values."""
    known = TOKEN.sub("", resource)
    values = sum(_longest(found[0]) for found in TOKEN.finditer(resource))
    # With quotes and a comma.
    return len(known) + values + 3


def _longest(token: str) -> int:
    return _PSEUDO_CHARACTERS if token.startswith(_PSEUDO) else _TOKEN_CHARACTERS
