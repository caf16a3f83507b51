"""Text that only the deployment knows comes out as itself, wherever it is written."""

from __future__ import annotations

import json
import re
from typing import Any

import aws_cdk as cdk
import jsonata
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_ssm as ssm
from hypothesis import given, settings
from hypothesis import strategies as st

from cdk_personalize_batch import (
    JobInput,
    JobOutput,
    RunSchedule,
    SolutionVersion,
    ThemeGeneration,
    ValidationError,
)
from tests.support.synth.definitions import inlined
from tests.support.synth.deployment import deployed
from tests.support.synth.synth import Synth
from tests.support.synth.workflows import make

INJECTED = "x'&$states.context.Execution.Name&'/"
HOSTILE = (
    INJECTED,
    'x" & $states.context.Execution.Id & "',
    '"}, "States": {"Evil": {"Type": "Pass"',
    "{% $states.input %}",
    "%}{%",
    "\\",
    "\\\\' & $x & '",
    '\\" & $x & \\"',
    "\\u0027 & $x & \\u0027",
    "a\nb\r\tc",
    "${aws:username}",
    "${Token[TOKEN.1]}",
    "${personalizeBatch0}",
    "*?[a-z]",
    "\\*",
    "日本",
    "\u202e\u2028",
)
NAMES = ("Prefix", "Folder", "Filter", "Version", "Tag", "Key", "Told")
# What a parameter can be given: no other control characters, which YAML and JSON do not have raw.
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n\r\t"))
VALUES = st.sampled_from(HOSTILE) | TEXTS | st.text("'\"\\{%}$&*?\n ab")


@pytest.fixture(scope="module")
def told() -> Synth:
    """A workflow whose text is all of parameters."""
    synth = Synth()
    stack = synth.stack
    text = {name: cdk.CfnParameter(stack, name, default="x").value_as_string for name in NAMES}
    bucket = s3.Bucket(stack, "Bucket")
    workflow = make(
        synth,
        solution_version=SolutionVersion.from_arn(text["Version"]),
        job_input=JobInput.from_bucket(
            bucket,
            prefix=f"in/{text['Prefix']}/",
            kms_key=kms.Key.from_key_arn(stack, "Given", text["Key"]),
        ),
        job_output=JobOutput.to_bucket(bucket, prefix=f"out/{text['Folder']}/"),
        filter_arn=text["Filter"],
        tags={"text": text["Tag"]},
        schedule=RunSchedule(
            expression=scheduler.ScheduleExpression.rate(cdk.Duration.hours(1)),
            run_input={"runKey": text["Told"]},
        ),
    )
    workflow.start_on_input(success_key="_SUCCESS")
    return synth


@pytest.fixture(scope="module")
def template(told: Synth) -> dict[str, Any]:
    return told.template


@pytest.fixture(scope="module")
def machine(told: Synth) -> Any:
    """The definition of the workflow's machine."""
    found = properties(told.template, "AWS::StepFunctions::StateMachine", "NightlyStateMachine")
    return inlined(found, told.app.outdir)


def properties(template: dict[str, Any], type: str, id: str = "") -> dict[str, Any]:
    (one,) = (
        resource["Properties"]
        for key, resource in template["Resources"].items()
        if resource["Type"] == type and key.startswith(id)
    )
    return dict(one)


def evaluated(expression: str) -> Any:
    assert expression.startswith("{%")
    assert expression.endswith("%}")
    asked = jsonata.Jsonata.jsonata(expression[2:-2].strip())
    states = {"context": {"Execution": {"Name": "night", "Id": "1", "Input": {}}}}
    asked.assign("states", states)
    return asked.evaluate(None)


@pytest.mark.aws("text that is evaluated")
@settings(max_examples=500)
@given(st.fixed_dictionaries(dict.fromkeys(NAMES, VALUES)))
def test_a_definition_says_what_was_given(
    template: dict[str, Any], machine: dict[str, Any], values: dict[str, str]
) -> None:
    text = deployed(machine, values)
    # CloudFormation would replace it again.
    assert "${personalizeBatch" not in text
    definition = json.loads(text)
    assigned = definition["States"]["ReadInput"]["Assign"]
    bucket = next(key for key in template["Resources"] if key.startswith("Bucket"))
    assert evaluated(assigned["inputUri"]) == f"s3://{bucket}/in/{values['Prefix']}/"
    assert evaluated(assigned["solutionVersionArn"]) == values["Version"]
    request = evaluated(assigned["request"])
    assert request["FilterArn"] == values["Filter"]
    assert request["Tags"] == [{"TagKey": "text", "TagValue": values["Tag"]}]
    text = json.dumps(definition, ensure_ascii=False)
    assert '"Evil"' not in text


@pytest.mark.aws("text that is evaluated")
@settings(max_examples=500)
@given(VALUES)
def test_a_schedule_says_what_was_given(template: dict[str, Any], value: str) -> None:
    target = properties(template, "AWS::Scheduler::Schedule")["Target"]
    assert json.loads(deployed(target["Input"], {"Told": value}))["runKey"] == value


@pytest.mark.aws("text that matches more than itself")
@settings(max_examples=500)
@given(VALUES)
def test_a_policy_and_a_rule_name_what_was_given(template: dict[str, Any], value: str) -> None:
    policy = properties(template, "AWS::S3::BucketPolicy", "BucketPolicy")
    resources = [
        deployed(one["Resource"], {"Prefix": value})
        for one in policy["PolicyDocument"]["Statement"]
        if one["Action"] == "s3:GetObject"
    ]
    (found,) = (one for one in resources if "/in/" in one)
    pattern = found.partition("/in/")[2]
    assert pattern.endswith("/*")
    assert re.sub(r"\$\{([$*?])\}", r"\1", pattern[:-2]) == value
    # What is left without its mark would stand for other text.
    assert re.search(r"[$*?]", re.sub(r"\$\{[$*?]\}", "", pattern[:-2])) is None
    rule = properties(template, "AWS::Events::Rule")["EventPattern"]
    plain, wild = deployed(rule["detail"]["object"]["key"], {"Prefix": value})
    assert plain == f"in/{value}/_SUCCESS"
    parts = re.findall(r"\\.|[^\\]", wild["wildcard"].removesuffix("*/_SUCCESS"), re.DOTALL)
    assert [one for one in parts if one == "*"] == []
    assert "".join(one[-1] for one in parts) == f"in/{value}/"


@pytest.mark.aws("text that matches more than itself")
@pytest.mark.parametrize("text", ["a*b", "a?b", "${aws:userid}", "$", "a\\b", "ÿ", 'a"b', "a'b"])
def test_a_prefix_that_is_known_is_named_as_it_is(synth: Synth, text: str) -> None:
    bucket = s3.Bucket(synth.stack, "Bucket")
    job_input = JobInput.from_bucket(bucket, prefix=f"in/{text}/")
    workflow = make(
        synth, job_input=job_input, job_output=JobOutput.to_bucket(bucket, prefix=f"out/{text}/")
    )
    workflow.start_on_input(success_key="_*\\")
    found = [
        str(synth.text(one["Resource"])).partition("/in/")[2]
        for one in synth.only("AWS::S3::BucketPolicy", "BucketPolicy")["PolicyDocument"][
            "Statement"
        ]
        if "/in/" in synth.text(one["Resource"])
    ]
    escaped = re.sub(r"[$*?]", lambda one: f"${{{one[0]}}}", text)
    assert found == [f"{escaped}/*"]
    rule = synth.only("AWS::Events::Rule")["EventPattern"]["detail"]["object"]["key"]
    within = text.replace("\\", "\\\\").replace("*", "\\*")
    assert rule == [f"in/{text}/_*\\", {"wildcard": f"in/{within}/*/_\\*\\\\"}]


REFERENCE = "{{resolve:ssm:/films/secret}}"


@pytest.mark.aws("text that is evaluated")
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("job_input", {"job_input": JobInput.from_s3_uri(f"s3://films/{REFERENCE}/")}),
        ("run_key", {"run_key": REFERENCE}),
        ("run_key", {"run_key": f"a{REFERENCE}b"}),
        ("tags", {"tags": {"a": REFERENCE}}),
        ("filter_arn", {"filter_arn": REFERENCE}),
        ("job_name", {"job_name": REFERENCE}),
        ("theme_generation.item_name", {"theme_generation": ThemeGeneration(item_name=REFERENCE)}),
    ],
)
def test_a_dynamic_reference_is_refused_in_text_of_a_job(
    synth: Synth, name: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError, match=re.escape(name)):
        synth.job(**arguments)


@pytest.mark.aws("text that is evaluated")
def test_a_dynamic_reference_is_refused_in_text_of_a_workflow(synth: Synth) -> None:
    told = RunSchedule(
        expression=scheduler.ScheduleExpression.rate(cdk.Duration.hours(1)),
        run_input={"inputUri": REFERENCE},
    )
    with pytest.raises(ValidationError, match=r"schedule\.run_input: CloudFormation would resolve"):
        make(synth, "Told", schedule=told)
    workflow = make(synth)
    with pytest.raises(ValidationError, match="success_key: CloudFormation would resolve"):
        workflow.start_on_input(success_key=REFERENCE)


def test_a_token_that_stands_for_a_reference_is_taken(synth: Synth) -> None:
    name = ssm.StringParameter.value_for_string_parameter(synth.stack, "/films/prefix")
    films = s3.Bucket.from_bucket_name(synth.stack, "Films", "films")
    synth.job(job_input=JobInput.from_bucket(films, prefix=name))
    assert synth.template["Parameters"]


def test_a_workflow_refuses_an_alias_as_a_key(synth: Synth) -> None:
    films = s3.Bucket.from_bucket_name(synth.stack, "Films", "films")
    alias = kms.Alias.from_alias_name(synth.stack, "Alias", "alias/films")
    with pytest.raises(ValidationError, match="job_input: kms_key must be a key and not an alias"):
        make(synth, job_input=JobInput.from_bucket(films, prefix="in/", kms_key=alias))
