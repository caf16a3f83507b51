"""What AWS refuses of a definition when it is created, and what it does not.

Texts are as AWS prints them, where that is public: in the API's documentation, in recordings of
LocalStack's tests against AWS (tests/aws/services/stepfunctions/**/*.snapshot.json), and in what
users measured with ValidateStateMachineDefinition.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.flow.definitions import PASS, SDK, TASK, machine, one, output, sdk
from tests.support.flow.running_aws import RunningAws

SCHEMA = "SCHEMA_VALIDATION_FAILED"
TARGET = "MISSING_TRANSITION_TARGET"
UNKNOWN = (
    "The resource provided {} is not recognized. The value is not a valid resource ARN, or the "
    "resource is not available in this region."
)
ONLY = (
    "The QueryLanguage is set to '{}', but field '{}' is only supported for the '{}' QueryLanguage"
)


MAP: dict[str, Any] = {
    "Type": "Map",
    "ItemProcessor": {"StartAt": "P", "States": {"P": PASS}},
    "End": True,
}


# The case, the definition, and code, message and location.
REFUSED: list[tuple[str, Any, str, str, str | None]] = [
    ("no object", [], SCHEMA, "Definition must be a valid JSON object", None),
    ("nothing in it", {}, SCHEMA, "These fields are required: [States, StartAt]", "/"),
    (
        "no start",
        {"States": {"A": PASS}},
        SCHEMA,
        "These fields are required: [StartAt]",
        "/",
    ),
    (
        "an unknown type",
        one({"Type": "Loop", "End": True}),
        SCHEMA,
        "The field 'Type' should have one of these values: "
        "[Task, Wait, Pass, Succeed, Fail, Choice, Parallel, Map]",
        "/States/A/Type",
    ),
    (
        "no branches",
        one({"Type": "Parallel", "Branches": [], "End": True}),
        SCHEMA,
        "Value cannot be empty",
        "/States/A/Branches",
    ),
    (
        "an unknown field of the machine",
        machine({"A": PASS}, Owner="me"),
        SCHEMA,
        "Field 'Owner' is not supported",
        "/",
    ),
    (
        "a field of another type of state",
        one({**PASS, "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "A"}]}),
        SCHEMA,
        "Field 'Catch' is not supported",
        "/States/A",
    ),
    (
        "a time-out of a Map",
        one({**MAP, "TimeoutSeconds": 5}),
        SCHEMA,
        "Field 'TimeoutSeconds' is not supported",
        "/States/A",
    ),
    (
        "a field of JSONata in JSONPath",
        one({**PASS, "Output": {}}, "JSONPath"),
        SCHEMA,
        ONLY.format("JSONPath", "Output", "JSONata"),
        "/States/A",
    ),
    (
        "a field of JSONPath in JSONata",
        one({**PASS, "ResultPath": "$.a"}),
        SCHEMA,
        ONLY.format("JSONata", "ResultPath", "JSONPath"),
        "/States/A",
    ),
    (
        "JSONPath in a machine of JSONata",
        one({**PASS, "QueryLanguage": "JSONPath"}),
        SCHEMA,
        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine",
        "/States/A",
    ),
    (
        "a processor with a language",
        one({**MAP, "ItemProcessor": {**MAP["ItemProcessor"], "QueryLanguage": "JSONata"}}),
        SCHEMA,
        "Field 'QueryLanguage' is not supported",
        "/States/A/ItemProcessor",
    ),
    (
        "a target that is not there",
        machine({"A": {"Type": "Pass", "Next": "C"}, "B": PASS}),
        TARGET,
        "Missing 'Next' target: C",
        "/States/A/Next",
    ),
    (
        "a state that nothing leads to",
        machine({"A": PASS, "B": PASS}),
        TARGET,
        'State "B" is not reachable.',
        "/States/B",
    ),
    (
        "a start that is not there",
        machine({"A": PASS}, StartAt="B"),
        TARGET,
        "Missing 'Next' target: B",
        "/StartAt",
    ),
    (
        "no end",
        machine({"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}),
        "MISSING_END_STATE",
        "Workflow has no terminal state",
        None,
    ),
    (
        "a state that leads nowhere",
        one({"Type": "Pass"}),
        SCHEMA,
        "Exactly one field is required of [Next, End]",
        "/States/A",
    ),
    (
        "one name for two states",
        one({**MAP, "ItemProcessor": {"StartAt": "A", "States": {"A": PASS}}}),
        "DUPLICATE_STATE_NAME",
        "Duplicate State name: A",
        "/States/A/ItemProcessor/States/A",
    ),
    (
        "an expression that ends too soon",
        output("1 +"),
        "INVALID_JSONATA_EXPRESSION",
        "Unexpected end of expression",
        "/States/A/Output/v",
    ),
    (
        "a string that does not end",
        output('"it'),
        "INVALID_JSONATA_EXPRESSION",
        "String literal must be terminated by a matching quote",
        "/States/A/Output/v",
    ),
    (
        "a name that nothing has",
        output("phone"),
        "UNSUPPORTED_JSONATA_EXPRESSION",
        "Reference to 'phone' at the top level is not supported.",
        "/States/A/Output/v",
    ),
    (
        "an error outside of a catcher",
        output("$states.errorOutput.Cause"),
        "UNSUPPORTED_JSONATA_EXPRESSION",
        "Reference to '$states.errorOutput' is not supported in this field.",
        "/States/A/Output/v",
    ),
    (
        "an unknown service",
        sdk("nothing:getThing", {}),
        SCHEMA,
        UNKNOWN.format(f"{SDK}:nothing:getThing"),
        "/States/A/Resource",
    ),
    (
        "an unknown action",
        sdk("s3:getThing", {}),
        SCHEMA,
        UNKNOWN.format(f"{SDK}:s3:getThing"),
        "/States/A/Resource",
    ),
    (
        "an action in the wrong case",
        sdk("cloudwatchlogs:CreateLogStream", {}),
        SCHEMA,
        UNKNOWN.format(f"{SDK}:cloudwatchlogs:CreateLogStream"),
        "/States/A/Resource",
    ),
    (
        "an integration that is not optimized",
        one({**TASK, "Resource": "arn:aws:states:::dynamodb:query"}),
        SCHEMA,
        UNKNOWN.format("arn:aws:states:::dynamodb:query"),
        "/States/A/Resource",
    ),
    (
        "a parameter in the wrong case",
        sdk("personalize:describeSolutionVersion", {"solutionVersionArn": "a"}),
        SCHEMA,
        'The field "solutionVersionArn" is not supported by Step Functions',
        "/States/A/Arguments",
    ),
    (
        "an inner parameter in the wrong case",
        one(
            {
                **TASK,
                "Resource": f"{SDK}:personalize:createBatchInferenceJob",
                "Parameters": {"JobInput": {"s3DataSource": {"Path.$": "$.path"}}},
            },
            "JSONPath",
        ),
        SCHEMA,
        'The field "s3DataSource" is not supported by Step Functions',
        "/States/A/Parameters",
    ),
    (
        "a path that is none",
        one({**PASS, "Parameters": {"a.$": "States.Nothing($.b)"}}, "JSONPath"),
        SCHEMA,
        "The value for the field 'a.$' must be a valid JSONPath or a valid intrinsic function call",
        "/States/A/Parameters",
    ),
    (
        "a time that is none",
        one({"Type": "Wait", "Timestamp": "2016-03-14 01:59:00", "End": True}),
        SCHEMA,
        "String does not match RFC3339 timestamp",
        "/States/A/Timestamp",
    ),
    (
        "credentials without a role",
        one({**TASK, "Credentials": {}}),
        SCHEMA,
        "The field 'RoleArn' is required but was missing",
        "/States/A/Credentials",
    ),
]


@pytest.fixture(scope="module")
def client(local_aws: RunningAws) -> Any:
    return local_aws.client("stepfunctions")


@pytest.mark.parametrize(
    ("definition", "code", "message", "location"),
    [case[1:] for case in REFUSED],
    ids=[case[0] for case in REFUSED],
)
def test_a_definition_is_refused(
    client: Any, definition: Any, code: str, message: str, location: str | None
) -> None:
    text = json.dumps(definition)
    answer = client.validate_state_machine_definition(definition=text)
    expected = {"severity": "ERROR", "code": code, "message": message}
    if location is not None:
        expected["location"] = location
    assert answer["result"] == "FAIL"
    assert expected in answer["diagnostics"]
