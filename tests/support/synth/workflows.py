"""Workflows in a stack, and what their definitions and roles say."""

from __future__ import annotations

import json
from typing import Any

from cdk_personalize_batch import (
    BatchInferenceWorkflow,
    JobInput,
    SolutionVersion,
)
from tests.support.synth.synth import Synth

VERSION = "arn:aws:personalize:eu-west-1:123456789012:solution/films/a1b2c3"
SOLUTION = VERSION.rpartition("/")[0]
MACHINE = "AWS::StepFunctions::StateMachine"
LATEST: dict[str, Any] = {"solution_version": SolutionVersion.latest(SOLUTION)}
# What Step Functions asks IAM for each integration, where it is not the operation's own name.
# Source: the Step Functions developer guide, "IAM policies for integrated services" and "IAM
# policies for using Distributed Map states".
ACTIONS = {
    "lambda:invoke": {"lambda:InvokeFunction"},
    "aws-sdk:s3:listObjectsV2": {"s3:ListBucket"},
    "s3:getObject": {"s3:GetObject"},
    "aws-sdk:sfn:listExecutions": {"states:ListExecutions"},
    "aws-sdk:sfn:startExecution": {"states:StartExecution"},
}
DISTRIBUTED = {
    "states:StartExecution",
    "states:DescribeExecution",
    "states:RedriveExecution",
    "states:StopExecution",
}


def make(
    synth: Synth, id: str = "Nightly", *, kind: Any = BatchInferenceWorkflow, **more: Any
) -> Any:
    """A workflow that is right where the arguments do not say otherwise."""
    defaults: dict[str, Any] = {
        "solution_version": SolutionVersion.from_arn(VERSION),
        "job_input": JobInput.from_s3_uri("s3://films-input/users/"),
    }
    return kind(synth.stack, id, **defaults | more)


def definition(synth: Synth, id: str = "Nightly") -> dict[str, Any]:
    return dict(json.loads(synth.definition(synth.only(MACHINE, id))))


def states_of(states: dict[str, Any]) -> dict[str, Any]:
    """The states, those in Maps too."""
    found = dict(states)
    for state in states.values():
        if "ItemProcessor" in state:
            found |= states_of(state["ItemProcessor"]["States"])
    return found


# Source: the Step Functions developer guide, "IAM policies for using Distributed Map states".
RESULT_WRITER = {
    f"s3:{action}"
    for action in ("PutObject", "GetObject", "ListMultipartUploadParts", "AbortMultipartUpload")
}


def asked(states: dict[str, Any]) -> set[str]:
    """The actions that a definition needs."""
    found = set()
    for state in states_of(states).values():
        resources = [state.get("Resource"), state.get("ItemReader", {}).get("Resource")]
        for resource in filter(None, resources):
            name = resource.partition(":states:::")[2]
            service, _, operation = name.removeprefix("aws-sdk:").partition(":")
            own = {f"{service}:{operation[0].upper()}{operation[1:]}"}
            found |= ACTIONS.get(name, own)
        processor = state.get("ItemProcessor", {}).get("ProcessorConfig", {})
        if processor.get("Mode") == "DISTRIBUTED":
            found |= DISTRIBUTED
        if "ResultWriter" in state:
            found |= RESULT_WRITER
    return found
