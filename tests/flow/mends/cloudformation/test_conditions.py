"""The functions that a condition can use."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.flow.stacks import Stack

EQUAL: dict[str, list[Any]] = {
    "Fn::Join": ["", {"Fn::Join": ["", {"Ref": "Names"}]}],
    "Fn::Sub": ["us-east-1/x", {"Fn::Sub": "${AWS::Region}/${Letter}"}],
    "Fn::FindInMap": ["one", {"Fn::FindInMap": ["Map", {"Ref": "AWS::Region"}, "Value"]}],
    "Fn::Split": ["b", {"Fn::Select": [1, {"Fn::Split": ["-", "a-b"]}]}],
    "Ref": ["us-east-1", {"Ref": "AWS::Region"}],
}


@pytest.mark.parametrize("function", EQUAL)
def test_a_condition_evaluates_it(stack: Stack, function: str) -> None:
    # The bootstrap stack of the CDK depends on the first one.
    sections: dict[str, Any] = {
        "Parameters": {
            "Names": {"Type": "CommaDelimitedList", "Default": ""},
            "Letter": {"Type": "String", "Default": "x"},
        },
        "Mappings": {"Map": {"us-east-1": {"Value": "one"}}},
        "Conditions": {"Same": {"Fn::Equals": EQUAL[function]}},
        "Outputs": {"Answer": {"Value": {"Fn::If": ["Same", "equal", "different"]}}},
    }
    resources = {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}
    assert stack.make(resources, **sections) == "CREATE_COMPLETE"
    assert stack.outputs() == {"Answer": "equal"}
