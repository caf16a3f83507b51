"""What Amazon Personalize needs of roles, buckets and keys: policies on both sides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from aws_cdk import Annotations, Aws, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct, IDependable

from cdk_personalize_batch import _permissions
from cdk_personalize_batch._policy_text import as_text

_WARNING: Final = "cdk-personalize-batch"


def make_role(scope: Construct, id: str) -> iam.Role:
    """Makes a role that only Amazon Personalize can assume, for this account and Region.

    Args:
        scope: The parent construct.
        id: The construct id.
    """
    return iam.Role(
        scope,
        id,
        description="Amazon Personalize reads the input of batch jobs and writes their output",
        assumed_by=_service_principal(Stack.of(scope)),
    )


class ServiceAccess:
    """Gives permissions to the role and to the service itself, each once."""

    def __init__(self, scope: Construct, role: iam.IRole, *, is_own: bool) -> None:
        """Makes it for a role.

        Args:
            scope: The storage, which warnings are shown at.
            role: The role that Amazon Personalize assumes.
            is_own: Whether the storage made the role.
        """
        self._scope = scope
        self._stack = Stack.of(scope)
        self._role = role
        self._allowed: set[tuple[str, ...]] = set()
        self._policies: list[IDependable] = []
        if not is_own:
            self._trust()

    @property
    def policies(self) -> Sequence[IDependable]:
        """The policies with the permissions, which a job must wait for."""
        return self._policies

    def allow_bucket(self, bucket: s3.IBucket, actions: Sequence[str], resource: str) -> None:
        """Allows actions on a bucket or its objects.

        Args:
            bucket: The bucket.
            actions: The actions.
            resource: The ARN of the bucket, or a pattern of the ARNs of its objects.
        """
        if self._is_new(*actions, resource):
            self._allow_role(actions, resource)
            allowed = self._service_statement(actions, resource)
            added = bucket.add_to_resource_policy(allowed)
            self._note_policy(added.policy_dependable)
            if not added.statement_added:
                self._warn("bucketPolicy", actions, f"the bucket {bucket.node.path}", allowed)

    def allow_key(self, key: kms.IKey, key_arn: str) -> None:
        """Allows what reading and writing with a key needs.

        Args:
            key: The key.
            key_arn: Its ARN.
        """
        if not self._is_new("kms", key_arn):
            return
        # The developer guide names the role in the key's policy as well. Where that lets the
        # account's policies decide, as the policies of the CDK's keys do, one of the two is enough;
        # and a key of another stack could not name it: each stack would need the other one first.
        self._allow_role(_permissions.USE_KEY, key_arn)
        allowed = self._service_statement(_permissions.USE_KEY, "*")
        if not key.add_to_resource_policy(allowed, True).statement_added:
            self._warn("keyPolicy", ("kms",), f"the key {key.node.path}", allowed)

    def _is_new(self, *mark: str) -> bool:
        if mark in self._allowed:
            return False
        self._allowed.add(mark)
        return True

    def _note_policy(self, policy: IDependable | None) -> None:
        if policy is not None and not any(policy is one for one in self._policies):
            self._policies.append(policy)

    def _allow_role(self, actions: Sequence[str], resource: str) -> None:
        statement = iam.PolicyStatement(actions=list(actions), resources=[resource])
        self._note_policy(self._role.add_to_principal_policy(statement).policy_dependable)
        # A role that cannot be changed says that it was. One that was has a policy below it.
        if not any(isinstance(one, iam.Policy) for one in self._role.node.find_all()):
            self._warn("rolePolicy", actions, f"the role {self._role.node.path}", statement)

    def _trust(self) -> None:
        statement = iam.PolicyStatement(
            actions=["sts:AssumeRole"], principals=[_service_principal(self._stack)]
        )
        document = getattr(self._role, "assume_role_policy", None)
        if document is not None:
            document.add_statements(statement)
            return
        self._warn(
            "roleTrust", ("sts",), f"the trust of the role {self._role.node.path}", statement
        )

    def _service_statement(self, actions: Sequence[str], resource: str) -> iam.PolicyStatement:
        # IfExists: whether the service sends the key when it works under its own name is not
        # documented. The condition guards where it does, and works where it does not.
        return iam.PolicyStatement(
            actions=list(actions),
            resources=[resource],
            principals=[iam.ServicePrincipal(_permissions.PERSONALIZE)],
            conditions={"StringEqualsIfExists": {"aws:SourceAccount": Aws.ACCOUNT_ID}},
        )

    def _warn(
        self, name: str, actions: Sequence[str], what: str, statement: iam.PolicyStatement
    ) -> None:
        Annotations.of(self._scope).add_warning_v2(
            f"{_WARNING}:{name}:{'+'.join(actions)}",
            f"{what} is not made in this app and cannot be changed from here; jobs fail until its "
            f"policy has this statement: {as_text(self._stack, statement)}",
        )


def _service_principal(stack: Stack) -> iam.ServicePrincipal:
    jobs = f"arn:{Aws.PARTITION}:personalize:{stack.region}:{stack.account}:*"
    conditions: dict[str, Any] = {
        "StringEquals": {"aws:SourceAccount": stack.account},
        "ArnLike": {"aws:SourceArn": jobs},
    }
    return iam.ServicePrincipal(_permissions.PERSONALIZE, conditions=conditions)
