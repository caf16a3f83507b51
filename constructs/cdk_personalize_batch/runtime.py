"""Settings of the Lambda function behind the batch jobs of a stack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aws_cdk import Stack

from cdk_personalize_batch._singletons import FUNCTION_ID, RuntimeFunction, RuntimeSettings
from cdk_personalize_batch.errors import ValidationError

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from constructs import Construct


class BatchRuntime:
    """The Lambda function that creates the batch jobs of a stack; there is one for each stack.

    Jobs make it by themselves. Call `configure` before the first job to have it made otherwise.
    """

    @staticmethod
    def configure(
        scope: Construct,
        *,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        log_retention: logs.RetentionDays | None = None,
    ) -> lambda_.IFunction:
        """Makes the function of a stack with settings.

        Args:
            scope: Any construct of the stack.
            vpc: The network of the function. It needs a way to Amazon Personalize, to Amazon S3
                and, with ``wait_up_to``, to AWS Step Functions: by interface and gateway endpoints,
                or by a NAT gateway. Default: - the function is in no network of the account.
            vpc_subnets: The subnets. Default: - the private ones of the network.
            security_groups: The security groups. Default: - a new one that lets everything out.
            log_retention: How long the function's logs are kept. Default: - three months.

        Returns:
            The function.

        Raises:
            ValidationError: If the stack has its function already, or subnets or security groups
                are given without a network.
        """
        stack = Stack.of(scope)
        problems = []
        if stack.node.try_find_child(FUNCTION_ID) is not None:
            problems.append(
                "the stack has its function for batch jobs already; call BatchRuntime.configure "
                "once, before the first job"
            )
        if vpc is None and (vpc_subnets is not None or security_groups is not None):
            problems.append("vpc_subnets and security_groups need vpc; give the network too")
        if problems:
            raise ValidationError(scope.node.path, problems)
        settings = RuntimeSettings(vpc, vpc_subnets, security_groups, log_retention)
        return RuntimeFunction(stack, FUNCTION_ID, settings=settings).function
