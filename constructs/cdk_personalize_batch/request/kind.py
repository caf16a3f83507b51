"""The two kinds of batch jobs: what operations, ARNs and IAM call them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cdk_personalize_batch import limits

if TYPE_CHECKING:
    from cdk_personalize_batch._cdk.facts import ScopeFacts


@dataclass(frozen=True, slots=True)
class JobKind:
    """One of the two kinds, `INFERENCE` or `SEGMENT`.

    Attributes:
        name: What operations call it, such as ``BatchInferenceJob``.
        resource: What ARNs call it, such as ``batch-inference-job``.
        uses_solution: Whether IAM looks at the solution too when one is created. Source: the
            Service Authorization Reference, "Actions, resources, and condition keys for Amazon
            Personalize".
    """

    name: str
    resource: str
    uses_solution: bool

    @property
    def short_name(self) -> str:
        """What tells the two apart, such as ``Inference``."""
        return self.name.removeprefix("Batch").removesuffix("Job")

    @property
    def resource_type(self) -> str:
        """The type of its custom resource."""
        return f"Custom::Personalize{self.name}"

    @property
    def create_action(self) -> str:
        """The IAM action that creates one."""
        return f"personalize:Create{self.name}"

    @property
    def describe_action(self) -> str:
        """The IAM action that reads the state of one."""
        return f"personalize:Describe{self.name}"

    @property
    def arn_pattern(self) -> str:
        """What the ARN of one matches as a whole."""
        return f"{limits.PERSONALIZE_ARN_PATTERN}{self.resource}/[^/:]+"

    @property
    def arn_form(self) -> str:
        """How the ARN of one looks, for error texts."""
        return f"arn:aws:personalize:REGION:ACCOUNT:{self.resource}/NAME"

    def arn(self, place: ScopeFacts, name: str) -> str:
        """Returns the ARN of a job of this account and Region; ``*`` stands for any name."""
        return (
            f"arn:{place.partition}:personalize:{place.region}:{place.account}:"
            f"{self.resource}/{name}"
        )


INFERENCE: Final = JobKind("BatchInferenceJob", "batch-inference-job", uses_solution=True)
SEGMENT: Final = JobKind("BatchSegmentJob", "batch-segment-job", uses_solution=False)
