"""Stacks without CloudFormation's rule engine, which takes seconds, and templates as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import aws_cdk as cdk
from aws_cdk.cx_api import CloudAssembly

from cdk_personalize_batch import BatchInferenceJob, JobInput, SolutionVersion
from personalize_batch_runtime._job.kinds import INFERENCE
from personalize_batch_runtime._job.properties import api_request
from tests.support.synth.definitions import inlined
from tests.support.synth.values import as_list, text, texts

VERSION = "arn:aws:personalize:eu-west-1:123456789012:solution/films/a1b2c3"


class Synth:
    """An app with one stack, ways to put a job into it, and its template."""

    def __init__(self) -> None:
        self.app = cdk.App(
            analytics_reporting=False, tree_metadata=False, builtin_cloud_formation_validation=False
        )
        self.stack = cdk.Stack(self.app, "Films")
        self._template: dict[str, Any] | None = None

    def job(self, id: str = "Batch", **arguments: Any) -> BatchInferenceJob:
        """A job that is right where the arguments do not say otherwise."""
        defaults: dict[str, Any] = {
            "solution_version": SolutionVersion.from_arn(VERSION),
            "job_input": JobInput.from_records([{"userId": "1"}]),
        }
        return BatchInferenceJob(arguments.pop("scope", self.stack), id, **defaults | arguments)

    @property
    def template(self) -> dict[str, Any]:
        """The template; the first use ends all changes."""
        if self._template is None:
            self._template = self.app.synth().get_stack_by_name("Films").template
        return self._template

    def resources(self, type: str) -> dict[str, dict[str, Any]]:
        """The resources of one type, by logical id."""
        found = self.template["Resources"].items()
        return {name: resource for name, resource in found if resource["Type"] == type}

    def only(self, type: str, id: str = "") -> dict[str, Any]:
        """The properties of the one resource of a type whose logical id begins so."""
        found = self.resources(type).items()
        (one,) = (each["Properties"] for key, each in found if key.startswith(id))
        return dict(one)

    def definition(self, machine: Mapping[str, Any]) -> str:
        """The definition of a machine's properties as text, which is JSON."""
        assert self.template
        return text(inlined(machine, self.app.outdir))

    def text(self, value: Any) -> str:
        """A value of the template as text: references become `<logical id>`."""
        return text(value)

    def request(self, id: str = "Batch") -> Any:
        """The API request in a job's custom resource; what CloudFormation fills in is `<id>`."""
        properties = self.only("Custom::PersonalizeBatchInferenceJob", id)
        return api_request(texts(properties), INFERENCE)

    def statements(self, type: str, id: str = "") -> set[tuple[str, str, str, str]]:
        """Each action of a policy: effect, action, resource, and principal with conditions."""
        document = self.only(type, id)["PolicyDocument"]
        return {
            (statement["Effect"], action, text(resource), _who(statement))
            for statement in document["Statement"]
            for action in as_list(statement["Action"])
            for resource in as_list(statement["Resource"])
        }


def _who(statement: dict[str, Any]) -> str:
    parts = [
        f"{key}={text(one)}"
        for part in ("Principal", "Condition")
        for name, value in statement.get(part, {}).items()
        for key, one in (
            value.items() if isinstance(value, dict) and part == "Condition" else [(name, value)]
        )
        for one in as_list(one)
    ]
    return " ".join(parts)


def synthesized(stack: cdk.Stack) -> CloudAssembly:
    """What the app of a stack makes."""
    stage = cdk.Stage.of(stack)
    assert stage is not None
    return stage.synth()
