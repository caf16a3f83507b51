"""The types of parameters that take any job or any workflow have what the classes have, no more."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from constructs import Construct, IConstruct

from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchInferenceWorkflow,
    BatchSegmentJob,
    BatchSegmentWorkflow,
    IBatchJob,
    IBatchWorkflow,
)
from cdk_personalize_batch.jobs.imported import ImportedBatchJob

JOBS = (BatchInferenceJob, BatchSegmentJob, ImportedBatchJob)
WORKFLOWS = (BatchInferenceWorkflow, BatchSegmentWorkflow)


def members(kind: type, ours: type) -> dict[str, Any]:
    """The public members that a construct has beyond those of the CDK, with their signatures."""
    names = {name for name in dir(kind) if not name.startswith("_")} - set(dir(ours))
    found = {name: inspect.getattr_static(kind, name) for name in names}
    return {
        name: signature(member)
        for name, member in found.items()
        if not isinstance(member, classmethod)
    }


def signature(member: object) -> str:
    if isinstance(member, property):
        return f"property {inspect.signature(member.fget)}" if member.fget else "property"
    return str(inspect.signature(member)) if callable(member) else type(member).__name__


def shared(kinds: tuple[type, ...]) -> dict[str, Any]:
    first, *others = (members(kind, Construct) for kind in kinds)
    return {
        name: found
        for name, found in first.items()
        if all(other.get(name) == found for other in others)
    }


@pytest.mark.parametrize(("interface", "kinds"), [(IBatchJob, JOBS), (IBatchWorkflow, WORKFLOWS)])
def test_an_interface_is_what_the_classes_share(interface: type, kinds: tuple[type, ...]) -> None:
    assert members(interface, IConstruct) == shared(kinds)


def takes_a_job(job: IBatchJob) -> str:
    return job.job_arn


def takes_a_workflow(workflow: IBatchWorkflow) -> str:
    return workflow.output_uri


def types_for_the_type_checker(
    jobs: tuple[BatchInferenceJob, BatchSegmentJob, ImportedBatchJob],
    workflows: tuple[BatchInferenceWorkflow, BatchSegmentWorkflow],
) -> None:
    """Never called: a class that is none of its interface is an error of the type checker."""
    takes_a_job(jobs[0])
    takes_a_job(jobs[1])
    takes_a_job(jobs[2])
    takes_a_workflow(workflows[0])
    takes_a_workflow(workflows[1])
