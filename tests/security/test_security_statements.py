"""Each statement says no more than is needed, and docs/security.md has all of them."""

# The fixture's class cannot be imported.

from __future__ import annotations

import importlib.util
import json
import re
from fnmatch import fnmatchcase
from types import ModuleType
from typing import Any

import pytest

from tests.support import ROOT
from tests.support.synth.definitions import inlined

PAGE = ROOT / "docs" / "security.md"
PROOF = ROOT / "tests" / "flow" / "policies" / "test_policies.py"

# What AWS documents for purposes that the local AWS does not ask permission for.
DOCUMENTED = {
    # AWS Lambda Developer Guide, "Sending Lambda function logs to CloudWatch Logs"; without
    # logs:CreateLogGroup, because the stack makes the group.
    ("function role", "logs"): {"CreateLogStream", "PutLogEvents"},
    # AWS Lambda Developer Guide, "Giving Lambda functions access to resources in an Amazon VPC".
    ("function role", "ec2"): {
        "CreateNetworkInterface",
        "DescribeNetworkInterfaces",
        "DescribeSubnets",
        "DeleteNetworkInterface",
        "AssignPrivateIpAddresses",
        "UnassignPrivateIpAddresses",
    },
    # AWS Step Functions Developer Guide, "Using CloudWatch Logs to log execution history".
    ("waiter role", "logs"): {
        "CreateLogDelivery",
        "GetLogDelivery",
        "UpdateLogDelivery",
        "DeleteLogDelivery",
        "ListLogDeliveries",
        "PutResourcePolicy",
        "DescribeResourcePolicies",
        "DescribeLogGroups",
    },
    # AWS Step Functions Developer Guide, "Trace data in AWS X-Ray".
    ("waiter role", "xray"): {
        "PutTraceSegments",
        "PutTelemetryRecords",
        "GetSamplingRules",
        "GetSamplingTargets",
    },
    # Amazon Personalize Developer Guide, "Giving Amazon Personalize permission to use your AWS KMS
    # key".
    ("job role", "kms"): {
        "Decrypt",
        "GenerateDataKey",
        "DescribeKey",
        "ListGrants",
        "CreateGrant",
    },
    # Amazon S3 User Guide, "Enabling Amazon S3 server access logging".
    ("log bucket", "s3"): {"PutObject"},
}

TRACE = [f"xray:{one}" for one in DOCUMENTED["waiter role", "xray"]]

# Actions that IAM knows no resource for, or none that exists before the call.
ANY_RESOURCE = {
    ("function role", "personalize:ListSolutionVersions"),
    *(("function role", f"ec2:{one}") for one in DOCUMENTED["function role", "ec2"]),
    *(("waiter role", f"logs:{one}") for one in DOCUMENTED["waiter role", "logs"]),
    *(("waiter role", one) for one in TRACE),
}
# The same, of a workflow.
ANY_RESOURCE_OF_WORKFLOW = {
    ("workflow role", "personalize:ListSolutionVersions"),
    # Its statement names the one namespace.
    ("workflow role", "cloudwatch:PutMetricData"),
    *(("workflow role", one) for one in TRACE),
    # A function sends its traces, and Lambda decides which.
    ("shards role", "xray:PutTraceSegments"),
    ("shards role", "xray:PutTelemetryRecords"),
    *(("workflow role", f"logs:{one}") for one in DOCUMENTED["waiter role", "logs"]),
}


@pytest.fixture(scope="module")
def allowed(assembly: Any) -> set[Any]:
    """What the constructs allow; a key's own statement about its account is the CDK's."""
    return {
        one
        for one in assembly.grants
        if one.effect == "Allow" and not one.principal.endswith(":root")
    }


@pytest.fixture(scope="module")
def proof() -> ModuleType:
    """The test module that takes permissions away."""
    spec = importlib.util.spec_from_file_location("policies_proof", PROOF)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    """The table of all statements."""
    part = PAGE.read_text(encoding="utf-8").split("\n## Every statement\n")[1].split("\n## ")[0]
    lines = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    head, _, *found = ([cell.strip() for cell in line] for line in lines)
    return [dict(zip(head, row, strict=True)) for row in found]


def code(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


@pytest.fixture(scope="module")
def allowed_by_workflow(assembly: Any) -> set[Any]:
    """The same, of a workflow."""
    return {
        one
        for one in assembly.workflow_grants
        if one.effect == "Allow" and not one.principal.endswith(":root")
    }


def any_resource(grants: set[Any]) -> set[tuple[str, str]]:
    # The resource of a key's policy is the key itself.
    found = {(one.policy, one.action) for one in grants if one.resource == "*"}
    return {one for one in found if one[0] != "key"}


def test_no_statement_allows_any_action(allowed: set[Any], allowed_by_workflow: set[Any]) -> None:
    assert [one for one in allowed | allowed_by_workflow if "*" in one.action] == []


def test_any_resource_stands_only_where_iam_knows_nothing_narrower(
    allowed: set[Any], allowed_by_workflow: set[Any]
) -> None:
    assert any_resource(allowed) == ANY_RESOURCE
    assert any_resource(allowed_by_workflow) == ANY_RESOURCE_OF_WORKFLOW


def test_nobody_is_everybody(assembly: Any) -> None:
    grants = assembly.grants | assembly.workflow_grants
    denied = {one for one in grants if one.effect == "Deny"}
    assert {one.conditions for one in denied} == {"Bool aws:SecureTransport=false"}
    for bucket in ("input bucket", "output bucket", "log bucket"):
        assert {one.resource for one in denied if one.policy == bucket} == {bucket, f"{bucket}/*"}
    assert "*" not in {one.principal for one in grants - denied}


def test_services_act_for_this_account_only(
    allowed: set[Any], allowed_by_workflow: set[Any]
) -> None:
    for one in allowed | allowed_by_workflow:
        if one.principal in ("personalize.amazonaws.com", "logging.s3.amazonaws.com"):
            assert "aws:SourceAccount=ACCOUNT" in one.conditions
        if one.action == "iam:PassRole":
            assert one.conditions == "StringEquals iam:PassedToService=personalize.amazonaws.com"
        if one.action == "cloudwatch:PutMetricData":
            assert one.conditions == "StringEquals cloudwatch:namespace=PersonalizeBatch"


@pytest.mark.parametrize(("policy", "service"), DOCUMENTED)
def test_what_cannot_be_tried_is_what_is_documented(
    allowed: set[Any], policy: str, service: str
) -> None:
    found = {one.action for one in allowed if one.policy == policy}
    actions = {one.removeprefix(f"{service}:") for one in found if one.startswith(f"{service}:")}
    assert actions == DOCUMENTED[policy, service]


def test_role_and_service_may_do_the_same_with_keys(allowed: set[Any]) -> None:
    actions = {
        name: {one.action for one in allowed if one.policy == name and "kms:" in one.action}
        for name in ("job role", "key")
    }
    assert actions["key"] == actions["job role"]


def test_the_waiter_may_do_what_its_definition_does(assembly: Any, allowed: set[Any]) -> None:
    done = set()
    for resource in assembly.templates["waiting"]["Resources"].values():
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            folder = assembly.files[0].parent
            parts = inlined(resource["Properties"], folder)["Fn::Join"][1]
            text = "".join(one if isinstance(one, str) else "X" for one in parts)
            tasks = [one for one in json.loads(text)["States"].values() if "Resource" in one]
            done |= {one["Resource"].split(":::")[1] for one in tasks}
    names = {
        "aws-sdk:personalize:describeBatchInferenceJob": "personalize:DescribeBatchInferenceJob",
        "aws-sdk:personalize:describeBatchSegmentJob": "personalize:DescribeBatchSegmentJob",
        "lambda:invoke": "lambda:InvokeFunction",
    }
    may = {one.action for one in allowed if one.policy == "waiter role"}
    assert {names[one] for one in done} == {
        one for one in may if not one.startswith(("logs:", "xray:"))
    }


def test_the_documentation_has_every_statement(
    allowed: set[Any], rows: list[dict[str, str]]
) -> None:
    listed = {
        (row["policy"], action, resource)
        for row in rows
        for action in code(row["actions"])
        for resource in code(row["on"]) or [""]
    }
    there = {
        (one.policy, one.action, re.sub(r"\bfilms\b", "NAME", one.resource)) for one in allowed
    }
    # The example's own bucket, which takes both sides.
    there = {one for one in there if not one[2].startswith("bucket")}
    assert listed == there


def test_the_documentation_names_the_run_that_needs_it(
    rows: list[dict[str, str]], proof: ModuleType
) -> None:
    for row in rows:
        runs = code(row["shown by"])
        shown = [grant for run in runs for grant in proof.NEEDED[run]]
        for action in code(row["actions"]):
            if runs:
                assert [one for one in shown if one.action == action], (action, runs)
            else:
                assert row["shown by"].startswith("documented"), row
                assert [one for one in proof.NOT_SHOWN if fnmatchcase(action, one.action)] or (
                    row["policy"],
                    action.partition(":")[0],
                ) in DOCUMENTED, action


def test_partitions_are_not_written_down() -> None:
    in_text = re.compile(r"REGION|…|\.\.\.")
    for path in (ROOT / "constructs").rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            assert "arn:aws:" not in line or in_text.search(line), f"{path}: {line}"
