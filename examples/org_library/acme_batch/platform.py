"""What the platform team of Acme provides."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct


class Platform(Construct):
    """The key of all data and logs, and the boundary of all roles.

    Args:
        scope: The parent construct; its stack is deployed before those of the teams.
        id: The construct id.
        boundary_name: The managed policy that bounds roles; security makes it in every account.
    """

    def __init__(self, scope: Construct, id: str, *, boundary_name: str) -> None:
        super().__init__(scope, id)
        self.key = kms.Key(self, "Key", enable_key_rotation=True)
        self.boundary = iam.ManagedPolicy.from_managed_policy_name(self, "Boundary", boundary_name)
        self._let_logs_use_the_key()

    def _let_logs_use_the_key(self) -> None:
        stack = Stack.of(self)
        groups = stack.format_arn(service="logs", resource="*")
        self.key.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"],
                resources=["*"],
                principals=[iam.ServicePrincipal(f"logs.{stack.region}.amazonaws.com")],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": groups}},
            )
        )
