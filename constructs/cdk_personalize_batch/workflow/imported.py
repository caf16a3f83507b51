"""A workflow that is made elsewhere: in another stack, app or account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from aws_cdk import Fn
from aws_cdk import aws_stepfunctions as sfn

from cdk_personalize_batch._cdk.facts import scope_facts
from cdk_personalize_batch._cdk.tokens import is_token
from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.request import checks
from cdk_personalize_batch.request.argument_types import typed
from cdk_personalize_batch.storage.places import Place, grant_read
from cdk_personalize_batch.workflow.monitoring import MonitoredWorkflow

if TYPE_CHECKING:
    from aws_cdk import aws_iam as iam
    from aws_cdk import aws_stepfunctions_tasks as tasks
    from constructs import Construct

    from cdk_personalize_batch.request.job_output import JobOutput

_PATTERN: Final = r"arn:[a-z\d-]+:states:[a-z\d-]+:\d{12}:stateMachine:[^:]+"
_FORM: Final = "arn:aws:states:REGION:ACCOUNT:stateMachine:NAME"
_NAME_PART: Final = 6


class ImportedBatchWorkflow(MonitoredWorkflow):
    """A workflow that is known by the ARN of its state machine. Nothing is made in the stack.

    The name of the state machine is that of the workflow, so metrics and folders follow from it.

    Args:
        scope: The parent construct.
        id: The construct id, unique in ``scope``.
        state_machine_arn: The ARN of the state machine, of this Region.
        job_output: Where the workflow was told to write. Default: - not known, so that there is
            neither `output_uri` nor `grant_read_output`.

    Raises:
        ValidationError: If the ARN is not that of a state machine.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        state_machine_arn: str,
        job_output: JobOutput | None = None,
    ) -> None:
        problems = checks.arn("state_machine_arn", state_machine_arn, _PATTERN, _FORM)
        if problems:
            raise ValidationError(scope_facts(scope).path_of(id), problems)
        super().__init__(scope, id, slug=_name_of(state_machine_arn))
        self._machine = sfn.StateMachine.from_state_machine_arn(
            self, "StateMachine", state_machine_arn
        )
        self._job_output = job_output

    @property
    def output_uri(self) -> str:
        """The S3 URI of the folder that holds a folder for each run, ``s3://BUCKET/…/``."""
        return self._output_folder().uri

    @typed
    def grant_start(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets somebody start runs.

        Args:
            grantee: Who gets the permission.
        """
        return self._machine.grant_start_execution(grantee)

    @typed
    def grant_read_output(self, grantee: iam.IGrantable) -> iam.Grant:
        """Lets somebody list and read the output, of every run, and decrypt it.

        Args:
            grantee: Who gets the permission.
        """
        return grant_read(self._output_folder(), grantee)

    @typed
    def as_task(
        self, scope: Construct, id: str, *, run_input: Mapping[str, object] | None = None
    ) -> tasks.StepFunctionsStartExecution:
        """Returns a state for a larger state machine: a run, waited for.

        Args:
            scope: The parent construct of the state.
            id: Its id, which is its name too.
            run_input: What the run is told. Default: - nothing.
        """
        from cdk_personalize_batch.workflow.task import run_task

        return run_task(scope, id, self._machine, run_input or {})

    def _output_folder(self) -> Place:
        output = self._job_output
        if output is None:
            raise ValidationError(
                self.node.path,
                ["job_output is not known; give it to from_state_machine_arn"],
            )
        return Place.of(output.bucket, f"{output.prefix}{self._slug}/", output.kms_key)


def _name_of(arn: str) -> str:
    if is_token(arn):
        return Fn.select(_NAME_PART, Fn.split(":", arn))
    return arn.rpartition(":")[2]
