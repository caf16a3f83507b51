"""A batch job that something else has created."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Fn
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_personalize_batch._cdk.facts import scope_facts
from cdk_personalize_batch._cdk.tokens import is_token
from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.request import checks
from cdk_personalize_batch.request.argument_types import typed

if TYPE_CHECKING:
    from cdk_personalize_batch.request.kind import JobKind


class ImportedBatchJob(Construct):
    """A batch job that is known by its ARN. Nothing is made in the stack.

    Raises:
        ValidationError: If the ARN is not that of such a job.
    """

    def __init__(self, scope: Construct, id: str, *, kind: JobKind, job_arn: str) -> None:
        problems = checks.arn("job_arn", job_arn, kind.arn_pattern, kind.arn_form)
        if problems:
            raise ValidationError(scope_facts(scope).path_of(id), problems)
        super().__init__(scope, id)
        self._kind = kind
        self._job_arn = job_arn

    @property
    def job_arn(self) -> str:
        """The ARN of the job."""
        return self._job_arn

    @property
    def job_name(self) -> str:
        """The name of the job."""
        if is_token(self._job_arn):
            return Fn.select(1, Fn.split("/", self._job_arn))
        return self._job_arn.rpartition("/")[2]

    @typed
    def grant_describe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets somebody read the state of the job.

        Args:
            grantee: Who gets the permission.
        """
        return grant_describe(grantee, self._kind, self._job_arn)


def grant_describe(grantee: iam.IGrantable, kind: JobKind, job_arn: str) -> iam.Grant:
    """Lets somebody read the state of a job."""
    return iam.Grant.add_to_principal(
        grantee=grantee, actions=[kind.describe_action], resource_arns=[job_arn]
    )
