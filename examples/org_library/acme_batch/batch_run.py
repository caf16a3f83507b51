"""A batch inference job as Acme runs them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aws_cdk import Stack, Tags
from constructs import Construct

from acme_batch.rules import apply_rules
from cdk_personalize_batch import BatchInferenceJob, BatchStorage, ValidationError

if TYPE_CHECKING:
    from aws_cdk import Duration
    from aws_cdk import aws_iam as iam

    from acme_batch.platform import Platform
    from cdk_personalize_batch import JobInput, SolutionVersion

_WORD = re.compile(r"[a-z][a-z0-9]{1,15}")
_COST_CENTER = re.compile(r"CC-\d{4}")
_READY = "AcmeBatchRules"


@dataclass(frozen=True, slots=True)
class Team:
    """Who runs a job, and who pays for it.

    Attributes:
        name: A short word in lower case.
        cost_center: ``CC-`` and four digits.
    """

    name: str
    cost_center: str


class BatchRun(Construct):
    """One run of a model over records.

    A run has a name of its own, ``TEAM-PURPOSE-RUN``, by which it is found in console and bill. It
    has no argument for what Acme has decided: key, boundary, retention of logs, and tags.

    Args:
        scope: The parent construct.
        id: The construct id.
        platform: The key and the boundary.
        team: Who runs it.
        purpose: What for; a short word in lower case.
        run: Which run, such as ``20260131``; another one is another job.
        solution_version: The model.
        job_input: The records.
        wait_up_to: How long the deployment waits for the results. Default: - it does not wait.

    Raises:
        ValidationError: If a name is not one of Acme's.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        platform: Platform,
        team: Team,
        purpose: str,
        run: str,
        solution_version: SolutionVersion,
        job_input: JobInput,
        wait_up_to: Duration | None = None,
    ) -> None:
        super().__init__(scope, id)
        self._validate(team, purpose, run)
        _make_ready(Stack.of(self), platform)
        Tags.of(self).add("team", team.name)
        Tags.of(self).add("cost-center", team.cost_center)
        self._job = BatchInferenceJob(
            self,
            "Job",
            solution_version=solution_version,
            job_input=job_input,
            storage=BatchStorage(self, "Storage", encryption_key=platform.key),
            job_name=f"{team.name}-{purpose}-{run}",
            wait_up_to=wait_up_to,
        )

    @property
    def output_uri(self) -> str:
        """The folder of the results."""
        return self._job.output_uri

    def grant_read_output(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets somebody read the results.

        Args:
            grantee: Who gets the permission.
        """
        return self._job.grant_read_output(grantee)

    def _validate(self, team: Team, purpose: str, run: str) -> None:
        problems = [
            f"{name} must be 2 to 16 letters and digits in lower case, a letter first, got {word!r}"
            for name, word in (("team", team.name), ("purpose", purpose))
            if not _WORD.fullmatch(word)
        ]
        if not re.fullmatch(r"[a-z0-9]{1,16}", run):
            problems.append(f"run must be 1 to 16 letters and digits in lower case, got {run!r}")
        if not _COST_CENTER.fullmatch(team.cost_center):
            problems.append(f"cost_center must look like CC-1234, got {team.cost_center!r}")
        if problems:
            raise ValidationError(self.node.path, problems)


def _make_ready(stack: Stack, platform: Platform) -> None:
    # The function and the state machine of the library are the stack's, not those of one job.
    if stack.node.try_find_child(_READY) is None:
        Construct(stack, _READY)
        apply_rules(stack, platform)
