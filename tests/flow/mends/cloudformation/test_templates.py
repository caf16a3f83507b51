"""The quotas of templates, which MiniStack keeps by itself; and definitions that lie in S3."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.flow.policies import refusal_of
from tests.support.flow.running_aws import RunningAws
from tests.support.flow.stacks import Stack

HANDLE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
SECTIONS = {
    "Resources": (500, HANDLE),
    "Outputs": (200, {"Value": "1"}),
    "Parameters": (200, {"Type": "String", "Default": "1"}),
    "Mappings": (200, {"A": {"B": "1"}}),
}


def template(section: str, number: int) -> str:
    members = {f"Member{one}": SECTIONS[section][1] for one in range(number)}
    return json.dumps({"Resources": {"Handle": HANDLE}, section: members})


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_has_a_largest_number_of_members(local_aws: RunningAws, section: str) -> None:
    cloudformation, most = local_aws.client("cloudformation"), SECTIONS[section][0]
    cloudformation.validate_template(TemplateBody=template(section, most))
    body = template(section, most + 1)
    refused = refusal_of(cloudformation.create_stack, StackName="too-many", TemplateBody=body)
    assert refused == (
        400,
        "ValidationError",
        f"Template format error: Number of {section.lower()}, {most + 1}, "
        f"is greater than maximum allowed, {most}",
    )


def test_a_template_in_a_request_has_at_most_51200_bytes(local_aws: RunningAws) -> None:
    cloudformation = local_aws.client("cloudformation")
    body = json.dumps({"Resources": {"Handle": HANDLE}})
    cloudformation.validate_template(TemplateBody=body.ljust(51_200))
    large = body.ljust(51_201)
    status, code, message = refusal_of(
        cloudformation.create_stack, StackName="too-large", TemplateBody=large
    )
    assert (status, code) == (400, "ValidationError")
    assert message.endswith("Member must have length less than or equal to 51200")


def test_a_template_in_s3_has_at_most_1_mb(local_aws: RunningAws, stack: Stack) -> None:
    s3, cloudformation = local_aws.client("s3"), local_aws.client("cloudformation")
    s3.create_bucket(Bucket=stack.name)
    body = json.dumps({"Resources": {"Handle": HANDLE}})
    url = f"{local_aws.local_aws.endpoint_url}/{stack.name}/template.json"
    place = {"Bucket": stack.name, "Key": "template.json"}
    s3.put_object(**place, Body=body.ljust(1_000_000).encode())
    cloudformation.validate_template(TemplateURL=url)
    s3.put_object(**place, Body=body.ljust(1_000_001).encode())
    assert refusal_of(cloudformation.create_stack, StackName="too-large", TemplateURL=url) == (
        400,
        "ValidationError",
        "Template may not exceed 1000000 bytes in size.",
    )


def test_a_definition_can_lie_in_s3_and_has_its_substitutions(
    local_aws: RunningAws, stack: Stack
) -> None:
    s3, states = local_aws.client("s3"), local_aws.client("stepfunctions")
    place = {"Bucket": f"{stack.name}-definitions", "Key": "definition.json"}
    s3.create_bucket(Bucket=place["Bucket"])
    end = {"Type": "Pass", "Output": {"said": "${Word} ${Word} ${Other}"}, "End": True}
    definition = {"QueryLanguage": "JSONata", "StartAt": "End", "States": {"End": end}}
    s3.put_object(**place, Body=json.dumps(definition).encode())
    properties: dict[str, Any] = {
        "DefinitionS3Location": place,
        "DefinitionSubstitutions": {"Word": "hello"},
        "RoleArn": local_aws.create_role("states"),
    }
    machine = {"Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}}
    assert stack.make(machine) == "CREATE_COMPLETE"
    arn = stack.physical_id("Machine")
    made = json.loads(states.describe_state_machine(stateMachineArn=arn)["definition"])
    # What has no substitution stays as it is.
    assert made["States"]["End"]["Output"]["said"] == "hello hello ${Other}"
    properties["DefinitionSubstitutions"] = {"Word": "bye"}
    assert stack.make(machine) == "UPDATE_COMPLETE"
    made = json.loads(states.describe_state_machine(stateMachineArn=arn)["definition"])
    assert made["States"]["End"]["Output"]["said"] == "bye bye ${Other}"


def test_a_definition_that_is_not_there_fails_the_stack(stack: Stack) -> None:
    place = {"Bucket": f"{stack.name}-none", "Key": "definition.json"}
    role = "arn:aws:iam::000000000000:role/none"
    properties = {"DefinitionS3Location": place, "RoleArn": role}
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    assert stack.make({"Machine": machine}) == "ROLLBACK_COMPLETE"
