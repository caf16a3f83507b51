"""What Amazon Personalize needs of roles, buckets and keys: policies on both sides."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from aws_cdk import Annotations, Stack
from aws_cdk import aws_iam as iam
from constructs import Construct, IDependable

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.facts import ScopeFacts, bucket_facts
from cdk_personalize_batch._cdk.tokens import is_token
from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.permissions.actions import PERSONALIZE, USE_KEY
from cdk_personalize_batch.permissions.growing_policy import GrowingPolicy, resource_characters
from cdk_personalize_batch.permissions.policy_text import as_text

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3

_WARNING: Final = "cdk-personalize-batch"
# So many folders of a bucket have patterns of their own, whose longest ones fit the policies of
# bucket and role; beyond them the pattern is that of the bucket.
_MOST_FOLDERS: Final = 10
# Of the 10,240 characters of a role's inline policies: what lies in the storage's own stack, and
# what other stacks add, which have buckets of their own.
_OWN_CHARACTERS: Final = 2_000
_FOREIGN_CHARACTERS: Final = 7_500
_STATEMENT_CHARACTERS: Final = 100


def make_role(scope: Construct, id: str, facts: ScopeFacts) -> iam.Role:
    """Makes a role that only Amazon Personalize can assume, for this account and Region."""
    return iam.Role(
        scope,
        id,
        description="Amazon Personalize reads the input of batch jobs and writes their output",
        assumed_by=_service_principal(facts),
    )


class ServiceAccess:
    """Gives permissions to the role and to the service itself, each once.

    A user is the stack of the job that needs them.
    """

    def __init__(
        self, scope: Construct, facts: ScopeFacts, role: iam.IRole, *, is_own: bool
    ) -> None:
        """Makes it for a role of the storage's own, or a given one; warnings are the scope's."""
        self._scope = scope
        self._facts = facts
        self._role = role
        self._is_own = is_own
        self._role_stack = facts.stack if is_own else Stack.of(role)
        self._granted: dict[tuple[object, ...], list[IDependable]] = {}
        self._needed: dict[Stack, list[IDependable]] = {}
        self._role_policies: dict[Stack, iam.Policy] = {}
        self._foreign_room = _FOREIGN_CHARACTERS
        self._folders: dict[tuple[object, ...], set[str]] = {}
        self._own: GrowingPolicy | None = None
        if not is_own:
            self._trust()

    def policies(self, user: Stack) -> Sequence[IDependable]:
        """Returns the policies with the permissions, which a job must wait for."""
        return self._needed.get(user, [])

    def allow_objects(
        self, user: Stack, bucket: s3.IBucket, actions: Sequence[str], prefix: str
    ) -> None:
        """Allows actions on objects whose keys begin so; on all in a bucket with many folders."""
        facts = bucket_facts(bucket)
        place = self._place(user, facts.stack)
        known = self._folders.setdefault((place, facts.objects_arn, *actions), set())
        if len(known) == _MOST_FOLDERS and prefix not in known:
            prefix = ""
        else:
            known.add(prefix)
        self.allow_bucket(user, bucket, actions, facts.objects(prefix))

    def allow_bucket(
        self, user: Stack, bucket: s3.IBucket, actions: Sequence[str], resource: str
    ) -> None:
        """Allows actions on a bucket or its objects."""
        place = self._place(user, bucket_facts(bucket).stack)
        mark = (place, *actions, resource)
        if mark not in self._granted:
            allowed = self._statement(actions, resource, owner=bucket_facts(bucket).account)
            added = bucket.add_to_resource_policy(allowed)
            if not added.statement_added:
                self._warn("bucketPolicy", actions, f"the bucket {bucket.node.path}", allowed)
            policies = [self._allow_role(place, actions, resource), added.policy_dependable]
            self._granted[mark] = [one for one in policies if one is not None]
        self._note(user, self._granted[mark])

    def allow_key(self, user: Stack, key: kms.IKey, key_arn: str) -> None:
        """Allows what reading and writing with a key needs."""
        place = self._place(user, Stack.of(key))
        mark = (place, "kms", key_arn)
        if mark not in self._granted:
            # The developer guide names the role in the key's policy as well. Where that lets the
            # account's policies decide, as the policies of the CDK's keys do, one of the two is
            # enough; and a key of another stack could not name it: each stack would need the other
            # one first.
            policy = self._allow_role(place, USE_KEY, key_arn)
            allowed = self._statement(USE_KEY, "*", owner=str(key.env.account))
            if not key.add_to_resource_policy(allowed, True).statement_added:
                self._warn("keyPolicy", ("kms",), f"the key {key.node.path}", allowed)
            self._granted[mark] = [policy] if policy is not None else []
        self._note(user, self._granted[mark])

    def allow_account(self, bucket: s3.IBucket, actions: Sequence[str], resource: str) -> None:
        """Allows the functions and state machines of this account actions on a bucket of another.

        Nothing where the bucket is of this account: there their own policies are enough.
        """
        mark = ("account", *actions, resource)
        if not self._is_elsewhere(bucket_facts(bucket).account) or mark in self._granted:
            return
        self._granted[mark] = []
        allowed = iam.PolicyStatement(
            actions=list(actions),
            resources=[resource],
            principals=[iam.AccountPrincipal(self._facts.account)],
        )
        if not bucket.add_to_resource_policy(allowed).statement_added:
            self._warn("bucketPolicy", actions, f"the bucket {bucket.node.path}", allowed)

    def _is_elsewhere(self, owner: str) -> bool:
        return not is_token(owner) and owner != self._facts.account

    def _place(self, user: Stack, owner: Stack) -> Stack:
        """Returns the stack for a statement of the role.

        The stack of the role, unless the resource is of another one: that may need the role's
        stack, which must not need it in turn. The stack of the job needs both anyway.
        """
        return self._role_stack if owner is self._role_stack else user

    def _note(self, user: Stack, policies: Sequence[IDependable]) -> None:
        needed = self._needed.setdefault(user, [])
        needed += [one for one in policies if not any(one is other for other in needed)]

    def _allow_role(
        self, place: Stack, actions: Sequence[str], resource: str
    ) -> IDependable | None:
        if place is not self._role_stack:
            self._take_room(place, resource)
            policy = self._role_policies.get(place) or self._make_role_policy(place)
            policy.add_statements(iam.PolicyStatement(actions=list(actions), resources=[resource]))
            return policy
        if self._is_own:
            if self._own is None:
                self._own = GrowingPolicy(
                    self._scope, "RolePolicy", self._role, inline_characters=_OWN_CHARACTERS
                )
            return self._own.allow(actions, resource)
        statement = iam.PolicyStatement(actions=list(actions), resources=[resource])
        added = self._role.add_to_principal_policy(statement)
        # A role that cannot be changed says that it was. One that was has a policy below it.
        if not any(isinstance(one, iam.Policy) for one in self._role.node.find_all()):
            self._warn("rolePolicy", actions, f"the role {self._role.node.path}", statement)
        return added.policy_dependable

    def _take_room(self, place: Stack, resource: str) -> None:
        self._foreign_room -= _STATEMENT_CHARACTERS + resource_characters(resource)
        if self._foreign_room < 0:
            raise ValidationError(
                place.node.path,
                [
                    f"the role {self._role.node.path} would get more inline policies from other "
                    f"stacks, with buckets of their own, than the "
                    f"{limits.INLINE_POLICY_CHARACTERS:,} characters that IAM has for all of them; "
                    "give this stack a BatchStorage of its own, or have its jobs use the buckets "
                    "of the shared one"
                ],
            )

    def _make_role_policy(self, stack: Stack) -> iam.Policy:
        storage = hashlib.sha256(self._scope.node.path.encode()).hexdigest()[:8]
        policy = iam.Policy(stack, f"PersonalizeBatchRole{storage}", roles=[self._role])
        self._role_policies[stack] = policy
        return policy

    def _trust(self) -> None:
        statement = iam.PolicyStatement(
            actions=["sts:AssumeRole"], principals=[_service_principal(self._facts)]
        )
        document = getattr(self._role, "assume_role_policy", None)
        if document is not None:
            document.add_statements(statement)
            return
        self._warn(
            "roleTrust", ("sts",), f"the trust of the role {self._role.node.path}", statement
        )

    def _statement(
        self, actions: Sequence[str], resource: str, *, owner: str
    ) -> iam.PolicyStatement:
        """Returns what the policy of a bucket or a key needs, which belongs to an account."""
        principals: list[iam.IPrincipal] = [self._service]
        # Of another account: its policy has to let the role and the functions in too. They are in
        # the policy as their account, because they have no names that another account could know.
        # Source: the S3 User Guide, "Bucket owner granting cross-account bucket permissions".
        if self._is_elsewhere(owner):
            principals.append(iam.AccountPrincipal(self._facts.account))
        # IfExists: whether the service sends the key when it works under its own name is not
        # documented. The condition guards where it does, and works where it does not.
        return iam.PolicyStatement(
            actions=list(actions),
            resources=[resource],
            principals=principals,
            conditions={"StringEqualsIfExists": {"aws:SourceAccount": self._facts.account}},
        )

    @cached_property
    def _service(self) -> iam.ServicePrincipal:
        return iam.ServicePrincipal(PERSONALIZE)

    def _warn(
        self, name: str, actions: Sequence[str], what: str, statement: iam.PolicyStatement
    ) -> None:
        Annotations.of(self._scope).add_warning_v2(
            f"{_WARNING}:{name}:{'+'.join(actions)}",
            f"{what} cannot be changed from here; jobs fail until its policy has this statement: "
            f"{as_text(self._facts.stack, statement)}",
        )


def _service_principal(facts: ScopeFacts) -> iam.ServicePrincipal:
    jobs = f"arn:{facts.partition}:personalize:{facts.region}:{facts.account}:*"
    conditions: dict[str, Any] = {
        "StringEquals": {"aws:SourceAccount": facts.account},
        "ArnLike": {"aws:SourceArn": jobs},
    }
    return iam.ServicePrincipal(PERSONALIZE, conditions=conditions)
