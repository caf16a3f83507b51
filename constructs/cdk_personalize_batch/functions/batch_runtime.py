"""Settings of the Lambda functions behind the batch jobs and workflows of a stack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.functions.job_function import RuntimeFunction
from cdk_personalize_batch.functions.settings import FunctionSettings, is_settled
from cdk_personalize_batch.request import checks
from cdk_personalize_batch.request.argument_types import typed

if TYPE_CHECKING:
    from aws_cdk import aws_ec2 as ec2
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_logs as logs
    from constructs import Construct


class BatchRuntime:
    """The Lambda functions of a stack: one creates its batch jobs, one cuts input for workflows.

    Jobs and workflows make them by themselves, each once for a stack. Call `configure` before the
    first of them to have both made otherwise.
    """

    @staticmethod
    @typed
    def configure(
        scope: Construct,
        *,
        vpc: ec2.IVpc | None = None,
        vpc_subnets: ec2.SubnetSelection | None = None,
        security_groups: Sequence[ec2.ISecurityGroup] | None = None,
        log_retention: logs.RetentionDays | None = None,
        bootstrap_key: kms.IKey | None = None,
    ) -> lambda_.IFunction:
        """Sets how the functions of a stack are made, and makes the one that creates jobs.

        Args:
            scope: Any construct of the stack.
            vpc: The network of the functions. They need a way to Amazon Personalize, to Amazon S3
                and, with ``wait_up_to``, to AWS Step Functions: by interface and gateway endpoints,
                or by a NAT gateway. With one to AWS CloudFormation no job is created that a stack
                no longer waits for. Stacks with more than five jobs of a kind also need one to AWS
                Lambda, to wait for room for longer than 15 minutes. Default: - they are in no
                network of the account.
            vpc_subnets: The subnets. Default: - the private ones of the network.
            security_groups: The security groups. Default: - a new one for each function, which lets
                everything out.
            log_retention: How long the logs of functions and state machines are kept. Default: -
                three months.
            bootstrap_key: The KMS key of the bucket that ``cdk bootstrap`` has made, where it has
                one of its own (``--bootstrap-kms-key-id``, ``--bootstrap-customer-key``): the
                function may decrypt with it what it copies. Default: - that bucket has no key which
                asks for permissions.

        Returns:
            The function that creates jobs.

        Raises:
            ValidationError: If the stack has a function already, or subnets or security groups are
                given without a network, or the key is an alias.
        """
        problems = []
        if is_settled(scope):
            problems.append(
                "the stack has its functions already; call BatchRuntime.configure once, before the "
                "first job or workflow"
            )
        if vpc is None and (vpc_subnets is not None or security_groups is not None):
            problems.append("vpc_subnets and security_groups need vpc; give the network too")
        if bootstrap_key is not None:
            problems += checks.key("bootstrap_key", bootstrap_key)
        if problems:
            raise ValidationError(scope.node.path, problems)
        FunctionSettings(vpc, vpc_subnets, security_groups, log_retention, bootstrap_key).set_for(
            scope
        )
        return RuntimeFunction.of(scope).function
