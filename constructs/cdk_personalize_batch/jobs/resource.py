"""The custom resource of a job: what it is given, and how others refer to what a run gave."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import aws_cdk
import jsii
from aws_cdk import Annotations, CfnResource, Stack
from constructs import IValidation

from cdk_personalize_batch._cdk.tokens import is_token

if TYPE_CHECKING:
    from constructs import Construct

_CHARACTERS: Final = 12


def as_properties(api: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arguments of a request under the names that CloudFormation gives properties.

    Args:
        api: The request, with the names of the API.
    """
    return {f"{name[0].upper()}{name[1:]}": value for name, value in _as_property(api).items()}


def run_mark(stack: Stack, identity: Mapping[str, Any]) -> str:
    """Returns a hash of what makes a run another one, as far as synth knows it.

    Args:
        stack: The stack of the job.
        identity: The properties that make the run.
    """
    canonical = json.dumps(stack.resolve(identity), sort_keys=True)
    return hashlib.sha256(canonical.encode()).hexdigest()[:_CHARACTERS]


class RunAttributes:
    """The attributes of a job's resource, whose names have the mark of the run.

    An export cannot change while another stack imports it: a value that differs with each run would
    let the job be created and billed, and then have the deployment rolled back. With the mark each
    run has outputs of its own, which other stacks read with `Fn::GetStackOutput`, and their
    templates change with them, so that the CLI deploys them too.

    Source: the CloudFormation User Guide, "Get exported outputs from a deployed CloudFormation
    stack", and the Template Reference, "Fn::GetStackOutput".
    """

    def __init__(self, job: Construct, resource: CfnResource, mark: str) -> None:
        """Puts the mark into the resource, whose answer names its attributes with it.

        Args:
            job: The job.
            resource: Its custom resource.
            mark: The mark of the run.
        """
        self._resource = resource
        self._mark = mark
        resource.add_property_override("RunMark", mark)
        # Versions of the CDK before 2.258 have only exports.
        references = getattr(aws_cdk, "CrossStackReferences", None)
        if references is not None:
            references.of(resource).produce(aws_cdk.ReferenceStrength.WEAK)
        job.node.add_validation(_ExportWarning(job, mark))

    def get(self, name: str) -> str:
        """Returns an attribute, such as ``JobArn``."""
        return self._resource.get_att(f"{name}{self._mark}").to_string()


@jsii.implements(IValidation)
class _ExportWarning:
    """Warns where another stack imports what a run gave."""

    def __init__(self, job: Construct, mark: str) -> None:
        self._job = job
        self._mark = mark

    def validate(self) -> list[str]:
        """Returns no errors: it is a warning."""
        stack: Stack | None = Stack.of(self._job)
        while stack is not None:
            exports = stack.node.try_find_child("Exports")
            if exports is not None and any(
                self._mark in str(one.node.id) for one in exports.node.children
            ):
                Annotations.of(self._job).add_warning_v2(
                    "cdk-personalize-batch:exportedRun",
                    "another stack imports a value of this job that the next run changes: then the "
                    "new job is created and billed, and the deployment is rolled back. Deploy both "
                    "in one stack, hand the value over through a parameter of AWS Systems Manager, "
                    "or, outside of nested stacks, use aws-cdk-lib 2.258 or newer, whose weak "
                    "references need no export",
                )
            stack = stack.nested_stack_parent
        return []


def _as_property(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, Mapping):
        inner = {name: _as_property(one) for name, one in value.items()}
        return {name: one for name, one in inner.items() if one != {}}
    if isinstance(value, int | float) and not is_token(value):
        # CloudFormation makes text of each number, and would write 1.0 as 1, which is another job.
        return json.dumps(value)
    return value
