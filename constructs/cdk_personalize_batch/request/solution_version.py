"""Which trained model a batch job uses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from cdk_personalize_batch import limits
from cdk_personalize_batch.request import checks
from cdk_personalize_batch.request.argument_types import typed, typed_fields

# What else has an ARN that people look for recommendations with.
_OTHER = re.compile(
    r"^arn:[a-z-]+:personalize:[^:]*:[^:]*:"
    r"(campaign|recommender|recipe|dataset-group|dataset|filter|batch-(?:inference|segment)-job)/"
)
_SOLUTION = "arn:aws:personalize:REGION:ACCOUNT:solution/NAME"


@typed_fields
@dataclass(frozen=True, slots=True)
class SolutionVersion:
    """A solution version: one that is named, or the newest one at the time of the deployment.

    Make one with `from_arn` or `latest`.

    Attributes:
        arn: The ARN of the solution version; None when the newest one is asked for.
        solution_arn: The ARN of the solution whose newest ACTIVE version is asked for; else None.
    """

    arn: str | None
    solution_arn: str | None

    @classmethod
    @typed
    def from_arn(cls, solution_version_arn: str) -> SolutionVersion:
        """Uses one solution version, always the same.

        Args:
            solution_version_arn: Its ARN, ``arn:aws:personalize:REGION:ACCOUNT:solution/NAME/ID``;
                at most 256 characters (botocore shape ``Arn``).
        """
        return cls(solution_version_arn, None)

    @classmethod
    @typed
    def latest(cls, solution_arn: str) -> SolutionVersion:
        """Uses the newest version of a solution that is ACTIVE when the job is created.

        A newer version alone does not start another job: the request did not change. Change
        ``run_key`` to run the job with the version that is the newest then.

        Args:
            solution_arn: The ARN of the solution,
                ``arn:aws:personalize:REGION:ACCOUNT:solution/NAME``.
        """
        return cls(None, solution_arn)

    @property
    def _any_arn(self) -> str:
        """The ARN that was given, of the version or of the solution."""
        return str(self.arn if self.solution_arn is None else self.solution_arn)

    def validate(self) -> list[str]:
        """Returns what is wrong with the ARN; tokens are not examined."""
        kind = _OTHER.search(self._any_arn)
        if kind is not None:
            return [
                f"solution_version must be a solution version, got the ARN of a {kind[1]}, "
                f"{checks.shown(self._any_arn)}; batch jobs run without one, with the version of "
                "a custom solution: give the version's ARN, or use "
                "SolutionVersion.latest(solution_arn)"
            ]
        if self.solution_arn is not None:
            return checks.arn(
                "solution_version: the solution's ARN",
                self.solution_arn,
                limits.SOLUTION_ARN_PATTERN,
                _SOLUTION,
            )
        return checks.arn(
            "solution_version",
            self.arn,
            limits.SOLUTION_VERSION_ARN_PATTERN,
            f"{_SOLUTION}/ID, or use SolutionVersion.latest(solution_arn)",
        )
