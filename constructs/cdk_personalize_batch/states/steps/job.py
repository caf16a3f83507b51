"""The states around one job of a workflow: create, wait, describe, decide.

They take and hand on one object, so that they serve in the workflow itself and in the items of its
Maps, where a distributed one cannot see variables::

    {"request": {…}, "jobName": "…", "attempt": 0, "redrives": 0, "adopted": false, …}

A job that exists already under the name is taken for this run's own, if its request is the same:
an answer that was lost, or a run that was repeated, makes no second job. After a redrive a job that
failed is followed by another one, whose name has the number of the attempt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from cdk_personalize_batch.request.kind import JobKind
from cdk_personalize_batch.states.language import (
    IN,
    LONGEST_REASON,
    QUOTES,
    State,
    expression,
    is_running,
    literal,
    or_else,
    pause,
    retry,
    task,
)

# Room for "-" and a number behind the name of a job.
LONGEST_ATTEMPT: Final = 4

# Throttling, server errors and a missing right have one name, because the service model lists none
# of them; the other is the SDK's own, for broken connections.
TRANSIENT: Final = ("Personalize.PersonalizeException", "Personalize.SdkClientException")
_BUSY: Final = ("Personalize.LimitExceededException", "Personalize.ResourceInUseException")
_EXISTS: Final = "Personalize.ResourceAlreadyExistsException"
_NOT_FOUND: Final = "Personalize.ResourceNotFoundException"

_NAME: Final = f"({IN}.attempt = 0 ? {IN}.jobName : {IN}.jobName & '-' & $string({IN}.attempt + 1))"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStates:
    """What makes the states of one place differ from those of another.

    Attributes:
        kind: Inference or segment.
        partition: The partition of ARNs.
        jobs: What the ARNs of jobs begin with, with its ``/``.
        poll_seconds: How long to wait before the second look; see `pause`.
        latest: Whether the newest version of a solution was asked for.
        succeeded: The state after a job that is ACTIVE; its input has ``jobArn`` and ``status``.
        failed: The state after any other end; its input has ``error`` and ``problem``.
        prefix: Put before the names of the states.
        longest_problem: The most characters of a problem.
        catches_all: Whether an error that is none of the job's ends in ``failed`` too.
    """

    kind: JobKind
    partition: str
    jobs: str
    poll_seconds: int
    latest: bool
    succeeded: str
    failed: str
    prefix: str = ""
    longest_problem: int = LONGEST_REASON
    catches_all: bool = False

    @property
    def start(self) -> str:
        """The name of the first state."""
        return self._name("CreateJob")

    def within(self, prefix: str, *, longest_problem: int) -> JobStates:
        """Returns the same states for the items of a Map, where no error may stop the others."""
        return replace(
            self,
            prefix=prefix,
            succeeded=f"{prefix}Succeeded",
            failed=f"{prefix}Failed",
            longest_problem=longest_problem,
            catches_all=True,
        )

    def states(self) -> dict[str, State]:
        """Returns the states by name."""
        return {
            self.start: self._create(),
            self._name("Wait"): {
                "Type": "Wait",
                "Seconds": expression(pause(self.poll_seconds)),
                "Next": self._name("DescribeJob"),
            },
            self._name("DescribeJob"): self._describe(),
            self._name("HasEnded"): self._has_ended(),
            self._name("LookForLater"): self._look_for_later(),
        }

    def catch_all(self) -> list[State]:
        """Returns the catchers of a task, none where its errors end the execution."""
        if not self.catches_all:
            return []
        problem = f"$substring($states.errorOutput.Cause, 0, {self.longest_problem})"
        output = f"$merge([{IN}, {{'error': $states.errorOutput.Error, 'problem': {problem}}}])"
        return [{"ErrorEquals": ["States.ALL"], "Output": expression(output), "Next": self.failed}]

    def _name(self, name: str) -> str:
        return f"{self.prefix}{name}"

    def _task(self, operation: str) -> State:
        return task(self.partition, f"aws-sdk:personalize:{operation}{self.kind.name}")

    def _create(self) -> State:
        arn = f"{literal(self.jobs, quote=QUOTES)} & {_NAME}"
        adopted = f"$merge([{IN}, {{'jobArn': {arn}, 'adopted': true}}])"
        made = f"$merge([{IN}, {{'jobArn': $states.result.{self.kind.name}Arn}}])"
        # Until the time of the workflow is over: somebody else's jobs end some day.
        busy = {**retry(*_BUSY, attempts=100_000), "IntervalSeconds": 60, "MaxDelaySeconds": 300}
        return {
            **self._task("create"),
            "Arguments": expression(f"$merge([{IN}.request, {{'JobName': {_NAME}}}])"),
            "Output": expression(made),
            "Retry": [busy, retry(*TRANSIENT, attempts=8)],
            "Catch": [
                {
                    "ErrorEquals": [_EXISTS],
                    "Output": expression(adopted),
                    "Next": self._name("DescribeJob"),
                },
                *self.catch_all(),
            ],
            "Next": self._name("Wait"),
        }

    def _describe(self) -> State:
        state = {
            **self._task("describe"),
            "Arguments": {f"{self.kind.name}Arn": expression(f"{IN}.jobArn")},
            "Output": expression(self._looked_at()),
            "Retry": [retry(*TRANSIENT, attempts=8)],
            "Next": self._name("HasEnded"),
        }
        catchers = self.catch_all()
        return {**state, "Catch": catchers} if catchers else state

    def _looked_at(self) -> str:
        """Returns the expression for what Describe hands on."""
        taken = (
            "{'error': 'JobNameTaken', 'problem': 'the name ' & $job.JobName & ' is taken by a job "
            f"with another request (' & {IN}.jobArn & '), which differs in ' & "
            "$join($differs, ', ') & '. Names of jobs cannot be used twice: give another run key'}"
        )
        reason = or_else("$job.FailureReason", "'no reason was given'")
        problem = f"({reason}) & ' (' & {IN}.jobArn & ')'"
        failed = (
            f"{{'error': 'JobFailed', 'problem': $substring({problem}, 0, {self.longest_problem})}}"
        )
        unknown = (
            f"{{'error': 'UnknownStatus', 'problem': 'the job ' & {IN}.jobArn & ' has the status "
            "' & $job.Status & ', which is none that is known'}"
        )
        return (
            f"($job := $states.result.{self.kind.name}; $differs := {self._differences()}; "
            f"$merge([{IN}, {{'status': $job.Status}}, "
            f"{IN}.adopted and $count($differs) > 0 ? {taken}"
            " : $job.Status = 'ACTIVE' ? {}"
            f" : $contains($job.Status, /FAILED$/) ? {failed}"
            f" : $not({is_running('$job.Status')}) ? {unknown} : {{}}]))"
        )

    def _differences(self) -> str:
        """Returns the expression for the fields in which a found job is not the one asked for."""
        asked, no_text = f"{IN}.request", "''"
        version = "SolutionVersionArn"
        # Of the newest version of a solution there may be a newer one by now.
        solution = "$split({}, '/')[1]" if self.latest else "{}"
        unlike = {
            field: f"{asked}.{field} != $job.{field}"
            for field in ("JobInput.S3DataSource.Path", "JobOutput.S3DataDestination.Path")
        }
        unlike[version] = " != ".join(solution.format(f"{of}.{version}") for of in (asked, "$job"))
        unlike["FilterArn"] = (
            f"({or_else(f'{asked}.FilterArn', no_text)}) != ({or_else('$job.FilterArn', no_text)})"
        )
        # Not the number of results: a job answers with what it generated, error messages included.
        # Source: the API reference, ``BatchInferenceJob.numResults``.
        return "[" + ", ".join(f"{test} ? {literal(field)}" for field, test in unlike.items()) + "]"

    def _has_ended(self) -> State:
        # A job that was found, and had failed before the redrive: the next one gets its own name.
        found_failed = f"{IN}.adopted and {IN}.error = 'JobFailed'"
        again = _without_problem(f"{{'attempt': {IN}.attempt + 1, 'adopted': false}}")
        return {
            "Type": "Choice",
            "Choices": [
                {
                    "Condition": expression(f"{found_failed} and {IN}.attempt < {IN}.redrives"),
                    "Output": expression(again),
                    "Next": self.start,
                },
                {
                    "Condition": expression(found_failed),
                    "Next": self._name("LookForLater"),
                },
                {"Condition": expression(f"$exists({IN}.error)"), "Next": self.failed},
                {"Condition": expression(f"{IN}.status = 'ACTIVE'"), "Next": self.succeeded},
            ],
            "Default": self._name("Wait"),
        }

    def _look_for_later(self) -> State:
        """Returns the state that finds what a redrive of another run of this key has made."""
        arn = f"{literal(self.jobs, quote=QUOTES)} & {IN}.jobName & '-' & $string({IN}.attempt + 2)"
        later = (
            f"{{'attempt': {IN}.attempt + 1, "
            f"'jobArn': $states.result.{self.kind.name}.{self.kind.name}Arn}}"
        )
        none = {"ErrorEquals": [_NOT_FOUND], "Output": expression(IN), "Next": self.failed}
        return {
            **self._task("describe"),
            "Arguments": {f"{self.kind.name}Arn": expression(arn)},
            "Output": expression(_without_problem(later)),
            "Retry": [retry(*TRANSIENT, attempts=8)],
            "Catch": [none, *self.catch_all()],
            "Next": self._name("DescribeJob"),
        }


def _without_problem(change: str) -> str:
    """Returns the expression for a job with a change and without what had gone wrong."""
    return f"$sift($merge([{IN}, {change}]), function($v, $k) {{$not($k in ['error', 'problem'])}})"
