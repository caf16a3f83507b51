"""The templates that users get, each looked at by all scanners at once."""

# CloudFormation values are of any type.

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import aws_cdk as cdk
import pytest
from cdk_nag import AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks

from tests.support.synth.scanned import JOBS, TEMPLATES

CONTEXT = {
    # CloudFormation's own rules, all of them; findings go to the report, not to an exception.
    "@aws-cdk/core:validateAgainstDefaultRules": True,
    "@aws-cdk/core:strictCfnValidateErrors": True,
    "@aws-cdk/core:failSynthOnValidationErrors": False,
}


class Grant(NamedTuple):
    """One action of a statement, for one resource and one principal, in words."""

    policy: str
    effect: str
    action: str
    resource: str
    principal: str
    conditions: str


@dataclass(frozen=True)
class Assembly:
    """The templates by name, their files, what the scanners of the CDK found, and all grants.

    Those of jobs, and those of a workflow.
    """

    templates: dict[str, dict[str, Any]]
    files: list[Path]
    findings: list[tuple[str, str]]
    grants: set[Grant]
    workflow_grants: set[Grant]


_WORDS = (
    (r"<\w*Input(Bucket)?\w{8}\.Arn>", "input bucket"),
    (r"<\w*Output(Bucket)?\w{8}\.Arn>", "output bucket"),
    (r"arn:<Partition>:s3:::films", "bucket"),
    (r"<\w*AccessLogs\w{8}\.Arn>", "log bucket"),
    (r"<\w*Key\w{8}\.Arn>|arn:aws:kms:\S*:key/one", "key"),
    (r"<\w*StorageRole\w{8}\.Arn>|arn:aws:iam::\d*:role/mine", "job role"),
    (r"<\w*RuntimeFunction\w{8}\.Arn>", "function"),
    (r"<\w*RuntimeLogs\w{8}\.Arn>", "log group"),
    (r"<\w*StateMachine\w{8}>", "waiter"),
    (r"arn:<Partition>:personalize:<Region>:<AccountId>:", ""),
    (r"arn:aws:personalize:eu-west-1:123456789012:", ""),
    (r"arn:<Partition>:s3:::cdk-\S*\.json", "asset"),
    (r"/Films-\w+/.*/", "/PATH/"),
    (r"<AccountId>", "ACCOUNT"),
    (r"<StackId>", "stack"),
)


def words(value: Any) -> str:
    """A CloudFormation value as the documentation writes it."""
    text = _text(value)
    for pattern, word in _WORDS:
        text = re.sub(pattern, word, text)
    return text


def _text(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    ((name, argument),) = value.items()
    if name == "Ref":
        return f"<{argument.removeprefix('AWS::')}>"
    if name == "Fn::GetAtt":
        return f"<{'.'.join(argument)}>"
    if name == "Fn::Sub":
        return re.sub(r"\$\{(?:AWS::)?(\w+)\}", r"<\1>", str(argument))
    return str(argument[0].join(_text(part) for part in argument[1]))


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_OWNERS = {
    "Nightly": "workflow role",
    "PersonalizeBatchShards": "shards role",
    "PersonalizeBatchRuntime": "function role",
    "PersonalizeBatchWaiter": "waiter role",
    "PersonalizeBatchAccessLogs": "log bucket",
    "InputBucket": "input bucket",
    "OutputBucket": "output bucket",
    "Key": "key",
    "StorageRole": "job role",
    "Mine": "job role",
}


def _documents(template: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The policies of a template, with their owners in words."""
    for logical_id, resource in template["Resources"].items():
        owner = next(name for part, name in [*_OWNERS.items(), ("", "")] if part in logical_id)
        properties = resource.get("Properties", {})
        for key in ("PolicyDocument", "KeyPolicy"):
            if key in properties:
                yield owner, properties[key]
        if "AssumeRolePolicyDocument" in properties:
            yield f"trust of the {owner}", properties["AssumeRolePolicyDocument"]
        for policy in properties.get("Policies", []):
            yield owner, policy["PolicyDocument"]


def _grants(template: dict[str, Any]) -> Iterator[Grant]:
    for owner, document in _documents(template):
        for statement in document["Statement"]:
            conditions = " ".join(
                f"{operator} {key}={words(value)}"
                for operator, keys in statement.get("Condition", {}).items()
                for key, value in keys.items()
            )
            principals = [
                words(one)
                for whos in statement.get("Principal", {"": ""}).values()
                for one in as_list(whos)
            ]
            for action in as_list(statement["Action"]):
                for resource in as_list(statement.get("Resource", "")):
                    for who in principals:
                        yield Grant(
                            owner, statement["Effect"], action, words(resource), who, conditions
                        )


def _findings(folder: Path) -> list[tuple[str, str]]:
    report = json.loads((folder / "validation-report.json").read_text(encoding="utf-8"))
    return [
        (violation["ruleName"], construct["constructPath"])
        for plugin in report["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    ]


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    """One app with a stack for each template, and cdk-nag and CloudFormation's rules over it."""
    folder = tmp_path_factory.mktemp("assembly")
    app = cdk.App(
        outdir=str(folder),
        analytics_reporting=False,
        context=CONTEXT,
        builtin_cloud_formation_validation=True,
    )
    for name, make in TEMPLATES.items():
        make(cdk.Stack(app, f"Films-{name}"))
    for pack in (AwsSolutionsChecks, ServerlessChecks, NIST80053R5Checks):
        cdk.Validations.of(app).add_plugins(pack(app))
    made = app.synth()
    templates = {one.stack_name.removeprefix("Films-"): one.template for one in made.stacks}
    return Assembly(
        templates,
        [Path(one.template_full_path) for one in made.stacks],
        _findings(folder),
        {grant for name in JOBS for grant in _grants(templates[name])},
        set(_grants(templates["workflow"])),
    )
