"""The states of a workflow that ask for the solution version, and for its recipe."""

from __future__ import annotations

import json
from typing import Final

from cdk_personalize_batch._definition import State, expression, failure, retry
from cdk_personalize_batch._workflow_facts import WorkflowFacts
from cdk_personalize_batch._workflow_job import TRANSIENT

# Source: the developer guide, "Amazon Personalize endpoints and quotas".
_ITEM_QUERIES: Final = 500
_ATTRIBUTE_QUERIES: Final = 10

_IN: Final = "$states.input"


def version_states(facts: WorkflowFacts) -> dict[str, State]:
    """Returns the states that look at the solution; none where nothing about it is asked.

    They set the variables ``solutionVersionArn`` and ``recordsPerFile``.

    Args:
        facts: What they depend on.
    """
    states: dict[str, State] = {}
    recipe_asked = facts.records_per_file is None
    if facts.solution_arn is not None:
        states["ListVersions"] = _list_versions(facts)
        states["HasVersion"] = _has_version(
            facts, "DescribeVersion" if recipe_asked else "ListInput"
        )
    if recipe_asked:
        states["DescribeVersion"] = _describe_version(facts)
    return states


def _list_versions(facts: WorkflowFacts) -> State:
    arguments = (
        f"$merge([{{'SolutionArn': {json.dumps(facts.solution_arn)}}}, "
        f"$exists({_IN}.nextVersions) ? {{'NextToken': {_IN}.nextVersions}}])"
    )
    newest = (
        f"$newest := $sort($append({_IN}.newest, "
        "$states.result.SolutionVersions[Status = 'ACTIVE']), "
        "function($a, $b) {$a.CreationDateTime < $b.CreationDateTime})[0]"
    )
    output = (
        f"({newest}; $merge([$exists($newest) ? {{'newest': $newest}}, "
        "$exists($states.result.NextToken) ? {'nextVersions': $states.result.NextToken}]))"
    )
    return {
        "Type": "Task",
        "Resource": f"arn:{facts.partition}:states:::aws-sdk:personalize:listSolutionVersions",
        "Arguments": expression(arguments),
        "Output": expression(output),
        "Retry": [retry(*TRANSIENT, attempts=8)],
        "Next": "HasVersion",
    }


def _has_version(facts: WorkflowFacts, following: str) -> State:
    none = (
        f"'the solution ' & {json.dumps(facts.solution_arn)} & ' has no version that is ACTIVE; "
        "train one and wait for it'"
    )
    return {
        "Type": "Choice",
        "Choices": [
            {"Condition": expression(f"$exists({_IN}.nextVersions)"), "Next": "ListVersions"},
            {
                "Condition": expression(f"$exists({_IN}.newest)"),
                "Assign": {"solutionVersionArn": expression(f"{_IN}.newest.SolutionVersionArn")},
                "Output": {},
                "Next": following,
            },
            {
                "Condition": expression("true"),
                "Output": failure("NoActiveVersion", none),
                "Next": "Failed",
            },
        ],
    }


def _describe_version(facts: WorkflowFacts) -> State:
    recipe = "$states.result.SolutionVersion.RecipeArn"
    return {
        "Type": "Task",
        "Resource": f"arn:{facts.partition}:states:::aws-sdk:personalize:describeSolutionVersion",
        "Arguments": {"SolutionVersionArn": expression("$solutionVersionArn")},
        "Assign": {
            "recordsPerFile": expression(
                f"$contains({recipe}, 'attribute') ? {_ATTRIBUTE_QUERIES} : {_ITEM_QUERIES}"
            )
        },
        "Output": {},
        "Retry": [retry(*TRANSIENT, attempts=8)],
        "Next": "ListInput",
    }
