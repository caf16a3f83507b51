"""The states of a workflow that ask for the solution version, and for its recipe."""

from __future__ import annotations

from cdk_personalize_batch import limits
from cdk_personalize_batch.states.language import (
    IN,
    QUOTES,
    State,
    expression,
    failure,
    given,
    literal,
    object_of,
    paged,
    retry,
    task,
)
from cdk_personalize_batch.states.run.facts import WorkflowFacts
from cdk_personalize_batch.states.steps.job import TRANSIENT


def version_states(facts: WorkflowFacts) -> dict[str, State]:
    """Returns the states that look at the solution; none where nothing about it is asked.

    They set the variables ``solutionVersionArn`` and ``recordsPerFile``.
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
    arguments = paged(
        object_of(SolutionArn=literal(facts.solution_arn, quote=QUOTES)),
        argument="NextToken",
        following=f"{IN}.nextVersions",
    )
    newest = (
        f"$newest := $sort($append({IN}.newest, "
        "$states.result.SolutionVersions[Status = 'ACTIVE']), "
        "function($a, $b) {$a.CreationDateTime < $b.CreationDateTime})[0]"
    )
    output = (
        f"({newest}; $merge([{given('newest', '$newest')}, "
        f"{given('nextVersions', '$states.result.NextToken')}]))"
    )
    return {
        **task(facts.partition, "aws-sdk:personalize:listSolutionVersions"),
        "Arguments": expression(arguments),
        "Output": expression(output),
        "Retry": [retry(*TRANSIENT, attempts=8)],
        "Next": "HasVersion",
    }


def _has_version(facts: WorkflowFacts, following: str) -> State:
    solution = literal(facts.solution_arn, quote=QUOTES)
    none = (
        f"'the solution ' & {solution} & ' has no version that is ACTIVE; "
        "train one and wait for it'"
    )
    return {
        "Type": "Choice",
        "Choices": [
            {"Condition": expression(f"$exists({IN}.nextVersions)"), "Next": "ListVersions"},
            {
                "Condition": expression(f"$exists({IN}.newest)"),
                "Assign": {"solutionVersionArn": expression(f"{IN}.newest.SolutionVersionArn")},
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
    attributes, items = limits.ITEM_ATTRIBUTE_AFFINITY_QUERIES, limits.ITEM_AFFINITY_QUERIES
    recipe = "$states.result.SolutionVersion.RecipeArn"
    return {
        **task(facts.partition, "aws-sdk:personalize:describeSolutionVersion"),
        "Arguments": {"SolutionVersionArn": expression("$solutionVersionArn")},
        "Assign": {
            "recordsPerFile": expression(
                f"$contains({recipe}, 'attribute') ? {attributes} : {items}"
            )
        },
        "Output": {},
        "Retry": [retry(*TRANSIENT, attempts=8)],
        "Next": "ListInput",
    }
