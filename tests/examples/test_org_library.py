"""The rules of the example of an organisation's library hold for whatever its teams make."""

from __future__ import annotations

import inspect
import json
import runpy
import sys
from collections.abc import Iterator
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_iam as iam

from cdk_personalize_batch import JobInput, SolutionVersion, ValidationError
from tests.support import ROOT
from tests.support.synth.synth import synthesized
from tests.support.synth.warnings import warnings_of

EXAMPLE = ROOT / "examples" / "org_library"
MODEL = SolutionVersion.from_arn("arn:aws:personalize:eu-west-1:123456789012:solution/films/a1")
STACKS = ("Composed", "Injected")
Template = dict[str, Any]


@pytest.fixture(scope="module")
def acme() -> Iterator[Any]:
    """The example's package, and the globals of its app."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(EXAMPLE))
        # Its rule engine takes seconds, and tests/security has it.
        patch.setenv("CDK_VALIDATION", "false")
        yield runpy.run_path(str(EXAMPLE / "app.py"))
        for name in [one for one in sys.modules if one.partition(".")[0] == "acme_batch"]:
            del sys.modules[name]


@pytest.fixture(scope="module")
def app(acme: Any) -> cdk.App:
    made: cdk.App = acme["make_app"]()
    return made


@pytest.fixture(scope="module")
def templates(app: cdk.App) -> dict[str, Template]:
    return {stack.stack_name: stack.template for stack in app.synth().stacks}


def of_type(template: Template, type: str) -> dict[str, dict[str, Any]]:
    return {
        name: one["Properties"]
        for name, one in template["Resources"].items()
        if one["Type"] == type
    }


@pytest.mark.parametrize("stack", STACKS)
def test_buckets_are_encrypted_with_the_key_of_the_platform(
    templates: dict[str, Template], stack: str
) -> None:
    buckets = of_type(templates[stack], "AWS::S3::Bucket")
    algorithms = {}
    for name, bucket in buckets.items():
        (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        default = rule["ServerSideEncryptionByDefault"]
        algorithms[name.startswith("PersonalizeBatchAccessLogs")] = default["SSEAlgorithm"]
        if default["SSEAlgorithm"] == "aws:kms":
            assert "Platform:ExportsOutput" in json.dumps(default["KMSMasterKeyID"])
    assert algorithms == {False: "aws:kms", True: "AES256"}


@pytest.mark.parametrize("stack", STACKS)
def test_requests_name_the_key_of_the_platform(templates: dict[str, Template], stack: str) -> None:
    (job,) = of_type(templates[stack], "Custom::PersonalizeBatchInferenceJob").values()
    assert json.dumps(job).count("kmsKeyArn") == 2


@pytest.mark.parametrize("stack", STACKS)
def test_roles_have_the_boundary(templates: dict[str, Template], stack: str) -> None:
    roles = of_type(templates[stack], "AWS::IAM::Role")
    assert len(roles) == 3
    for role in roles.values():
        assert "policy/acme-boundary" in json.dumps(role["PermissionsBoundary"])


@pytest.mark.parametrize("stack", STACKS)
def test_logs_are_encrypted_and_kept_for_a_year(templates: dict[str, Template], stack: str) -> None:
    groups = of_type(templates[stack], "AWS::Logs::LogGroup")
    assert len(groups) == 2
    for group in groups.values():
        assert group["RetentionInDays"] == 365
        assert "KmsKeyId" in group


@pytest.mark.parametrize("stack", STACKS)
def test_functions_are_traced_and_otherwise_as_the_library_makes_them(
    templates: dict[str, Template], stack: str
) -> None:
    (function,) = of_type(templates[stack], "AWS::Lambda::Function").values()
    assert function["TracingConfig"] == {"Mode": "Active"}
    assert function["Handler"] == "personalize_batch_runtime.job.handler"


def test_the_key_lets_logs_and_personalize_use_it(templates: dict[str, Template]) -> None:
    (key,) = of_type(templates["Platform"], "AWS::KMS::Key").values()
    services = {
        statement["Principal"].get("Service") for statement in key["KeyPolicy"]["Statement"]
    }
    assert services == {None, "logs.eu-west-1.amazonaws.com", "personalize.amazonaws.com"}
    assert key["EnableKeyRotation"] is True


def test_a_run_is_named_and_tagged(templates: dict[str, Template]) -> None:
    (job,) = of_type(templates["Composed"], "Custom::PersonalizeBatchInferenceJob").values()
    assert job["JobName"] == "films-mail-20260131"
    assert {tag["key"]: tag["value"] for tag in job["JobTags"]} == {
        "cost-center": "CC-1234",
        "team": "films",
    }
    for bucket in ("MailStorageInputBucket", "MailStorageOutputBucket"):
        (found,) = (
            one
            for name, one in of_type(templates["Composed"], "AWS::S3::Bucket").items()
            if name.startswith(bucket)
        )
        assert {"Key": "cost-center", "Value": "CC-1234"} in found["Tags"]


def test_nothing_is_left_for_others_to_allow(app: cdk.App, templates: dict[str, Template]) -> None:
    for name in templates:
        stack = app.node.find_child(name)
        assert isinstance(stack, cdk.Stack)
        texts = [text for _, text in warnings_of(stack)]
        assert not [text for text in texts if "cannot be changed from here" in text]


def test_what_is_decided_cannot_be_given(acme: Any) -> None:
    given = set(inspect.signature(acme["BatchRun"]).parameters)
    assert given & {"storage", "tags", "job_name", "role", "encryption_key"} == set()


def new_stack(acme: Any) -> tuple[cdk.Stack, Any]:
    app = cdk.App(builtin_cloud_formation_validation=False)
    stack = cdk.Stack(app, "Films")
    return stack, acme["Platform"](stack, "Platform", boundary_name="b")


@pytest.mark.parametrize(
    ("team", "purpose", "run", "problems"),
    [
        (("Films", "CC-1234"), "mail", "1", ["team must be"]),
        (("films", "1234"), "mail", "1", ["cost_center must look like CC-1234, got '1234'"]),
        (("films", "CC-1234"), "m" * 17, "2026-01-31", ["purpose must be", "run must be"]),
    ],
)
def test_names_that_are_not_acmes_are_refused(
    acme: Any,
    team: tuple[str, str],
    purpose: str,
    run: str,
    problems: list[str],
) -> None:
    stack, platform = new_stack(acme)
    with pytest.raises(ValidationError) as caught:
        acme["BatchRun"](
            stack,
            "Run",
            platform=platform,
            team=acme["Team"](*team),
            purpose=purpose,
            run=run,
            solution_version=MODEL,
            job_input=JobInput.from_records([{"userId": "1"}]),
        )
    found = caught.value.problems
    assert len(found) == len(problems)
    assert all(one.startswith(start) for one, start in zip(found, problems, strict=True))


def test_several_runs_share_a_stack_and_grant_their_results(acme: Any) -> None:
    stack, platform = new_stack(acme)
    reader = iam.Role(stack, "Reader", assumed_by=iam.AccountRootPrincipal())
    for run in ("1", "2"):
        made = acme["BatchRun"](
            stack,
            f"Run{run}",
            platform=platform,
            team=acme["Team"]("films", "CC-1234"),
            purpose="mail",
            run=run,
            solution_version=MODEL,
            job_input=JobInput.from_records([{"userId": "1"}]),
        )
        assert made.grant_read_output(reader).success
        assert cdk.Token.is_unresolved(made.output_uri)
    template = synthesized(stack).get_stack_by_name("Films").template
    assert len(of_type(template, "AWS::Lambda::Function")) == 1
    assert "films-mail-1/*" in json.dumps(template)
