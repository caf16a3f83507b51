"""What all batch jobs have, whoever creates them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from constructs import IConstruct

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam


class IBatchJob(IConstruct, Protocol):
    """A batch job: a `BatchInferenceJob`, a `BatchSegmentJob`, or one that exists already.

    It is the type for parameters that take any of them. Like the interfaces of the CDK it is a
    protocol: what has these members is one, and nothing has to inherit it.
    """

    @property
    def job_arn(self) -> str:
        """The ARN of the job."""

    @property
    def job_name(self) -> str:
        """The name of the job."""

    def grant_describe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets somebody read the state of the job.

        Args:
            grantee: Who gets the permission.
        """
