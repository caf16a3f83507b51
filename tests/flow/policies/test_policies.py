"""No permission is superfluous: without any one of them, what it is there for fails, and says so.

One stack is deployed. Then each action of each statement is taken out of the deployed policies, for
each resource and principal on its own, and put back. A statement that is taken out lacks all of its
actions, so that is shown with them. docs/security.md tells what each statement is for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import NamedTuple

import pytest

from personalize_local.catalog import solutions
from personalize_local.host.environment import ACCOUNT
from tests.support.flow.library.policies import Policies
from tests.support.flow.library.runs import Runs

Deployed = tuple[Policies, Runs]

SERVICE = "personalize.amazonaws.com"


class Grant(NamedTuple):
    """One action of a policy, for one resource and one principal."""

    policy: str
    action: str
    resource: str
    principal: str = ""


def function(action: str, resource: str) -> Grant:
    return Grant("RuntimeRole", action, resource)


def solution(recipe: str) -> str:
    """The solution with an ACTIVE version that was trained with a recipe, as grants name it."""
    versions = solutions.solution_versions(ACCOUNT, "us-east-1")
    return next(
        one.arn.split(":")[5].rpartition("/")[0]
        for one in versions
        if (one.recipe.name, one.status) == (recipe, "ACTIVE")
    )


def of_job(role: str, source: str, prefix: str, target: str, key: str) -> Iterator[Grant]:
    """What one job needs: as its role, and, in the policies of buckets and key, as the service."""
    yield Grant(f"trust of {role}", "sts:AssumeRole", "", SERVICE)
    for bucket, action, resource in (
        (source, "s3:GetObject", f"{source}/{prefix}*"),
        (source, "s3:ListBucket", source),
        (target, "s3:PutObject", f"{target}/*"),
        (target, "s3:ListBucket", target),
    ):
        yield Grant(role, action, resource)
        yield Grant(bucket, action, resource, SERVICE)
    for action in ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey"):
        yield Grant(role, action, f"key/{key}")
        yield Grant(key, action, "*", SERVICE)


JOBS, SEGMENT_JOBS = "batch-inference-job/*", "batch-segment-job/*"
USERS, ITEMS = solution("aws-user-personalization-v2"), solution("aws-item-affinity")
TAGGING = [f"personalize:{one}" for one in ("ListTagsForResource", "UntagResource", "TagResource")]
# What each run needs.
NEEDED = {
    "create Uploaded": [
        function("personalize:DescribeBatchInferenceJob", JOBS),
        function("personalize:DescribeSolutionVersion", f"{USERS}/*"),
        function("s3:GetObject", "UploadedAsset"),
        function("s3:PutObject", "StorageInputBucket/*"),
        function("kms:GenerateDataKey", "key/Key"),
        function("personalize:CreateBatchInferenceJob", JOBS),
        function("personalize:CreateBatchInferenceJob", USERS),
        function("iam:PassRole", "role/StorageRole"),
        function("cloudformation:DescribeStacks", "stack"),
        function("cloudformation:DescribeStackResource", "stack"),
    ],
    "create Segment": [
        function("personalize:DescribeBatchSegmentJob", SEGMENT_JOBS),
        function("personalize:DescribeSolutionVersion", f"{ITEMS}/*"),
        function("s3:GetObject", "SegmentAsset"),
        function("personalize:CreateBatchSegmentJob", SEGMENT_JOBS),
    ],
    "create Stored": [
        function("personalize:ListSolutionVersions", "*"),
        function("s3:ListBucket", "Source"),
        function("s3:GetObject", "Source/users/*"),
        function("kms:Decrypt", "key/SourceKey"),
        function("iam:PassRole", "role/OwnRole"),
    ],
    "tag Uploaded": [function(action, JOBS) for action in TAGGING],
    "tag Segment": [function(action, SEGMENT_JOBS) for action in TAGGING],
    "await Uploaded": [
        function("states:StartExecution", "stateMachine:WaiterInferenceStateMachine")
    ],
    "await Segment": [function("states:StartExecution", "stateMachine:WaiterSegmentStateMachine")],
    "watch Uploaded": [
        Grant("WaiterInferenceRole", "personalize:DescribeBatchInferenceJob", JOBS),
        Grant("WaiterInferenceRole", "lambda:InvokeFunction", "function:RuntimeFunction"),
    ],
    "watch Segment": [
        Grant("WaiterSegmentRole", "personalize:DescribeBatchSegmentJob", SEGMENT_JOBS),
        Grant("WaiterSegmentRole", "lambda:InvokeFunction", "function:RuntimeFunction"),
    ],
    "run Uploaded": [
        *of_job("StorageRole", "StorageInputBucket", "", "StorageOutputBucket", "Key")
    ],
    "run Stored": [*of_job("OwnRole", "Source", "users/", "OwnOutputBucket", "SourceKey")],
}

# What the local AWS does not ask for; tests/security compares it with what AWS documents.
NOT_SHOWN = [
    # What a function prints becomes its log without a look at its role.
    Grant("RuntimeRole", "logs:*", "log-group:*"),
    # Logs and traces of executions are not delivered.
    Grant("Waiter*Role", "logs:*", "[*]"),
    Grant("Waiter*Role", "xray:*", "[*]"),
    # Which of the two AWS looks at, the solution or its versions, is not documented.
    Grant("RuntimeRole", "personalize:CreateBatchInferenceJob", "solution/*/[*]"),
    Grant("RuntimeRole", "personalize:DescribeSolutionVersion", "solution/*[!*]"),
    # Keys are used without grants.
    Grant("*", "kms:ListGrants", "*", "*"),
    Grant("*", "kms:CreateGrant", "*", "*"),
    # Server access logs are not written.
    Grant("AccessLogs", "s3:PutObject", "AccessLogs/*", "logging.s3.amazonaws.com"),
    # Functions and executions get a session of their role without a look at its trust.
    Grant("trust of RuntimeRole", "sts:AssumeRole", "", "lambda.amazonaws.com"),
    Grant("trust of Waiter*Role", "sts:AssumeRole", "", "states.amazonaws.com"),
]

PAIRS = [
    pytest.param(run, grant, id=f"{run}: {' '.join(grant)}")
    for run, grants in NEEDED.items()
    for grant in grants
]
# Permissions of the service, and to hand it a role, are bound to the account or to the service.
CONDITIONAL = [
    one
    for one, grant in zip(PAIRS, (one for many in NEEDED.values() for one in many), strict=True)
    if grant.principal == SERVICE or grant.action == "iam:PassRole"
]


def is_listed(grant: Grant) -> bool:
    return any(all(map(fnmatchcase, grant, pattern)) for pattern in NOT_SHOWN)


def refused(deployed: Deployed, grant: Grant, failure: str | None) -> bool:
    """Whether a failure names the action, what it is denied for where it says so, and to whom."""
    if failure is None:
        return False
    if grant.action == "sts:AssumeRole":
        return f"cannot be assumed by {SERVICE}" in failure
    # These do not tell for what they refused it.
    silent = ("s3:", "states:", "cloudformation:")
    is_told = not grant.action.startswith(silent) or grant.policy != "RuntimeRole"
    if not is_told:
        return f"perform: {grant.action} because" in failure
    named = re.findall(rf"{grant.action} on (?:resource: )?([^\s]+)", failure)
    as_service = f"does not allow {SERVICE}" in failure
    return as_service == (grant.principal == SERVICE) and any(
        fnmatchcase(deployed[0].short(one.rstrip(".,")), grant.resource) for one in named
    )


@pytest.mark.parametrize("run", NEEDED)
def test_with_all_permissions_it_works(deployed: Deployed, run: str) -> None:
    assert deployed[1](run) is None


def test_every_permission_is_needed_by_a_run_or_listed_with_a_reason(deployed: Deployed) -> None:
    needed = {grant for grants in NEEDED.values() for grant in grants}
    there = {Grant(*one) for one in deployed[0].grants()}
    assert needed <= there
    assert {one for one in there - needed if not is_listed(one)} == set()
    assert not [one for one in needed if is_listed(one)]


@pytest.mark.parametrize(("run", "grant"), PAIRS)
def test_without_a_permission_it_fails_for_that(deployed: Deployed, run: str, grant: Grant) -> None:
    policies, runs = deployed
    with policies.without(grant):
        failure = runs(run)
    assert refused(deployed, grant, failure), failure


@pytest.mark.parametrize(("run", "grant"), CONDITIONAL)
def test_a_permission_for_somebody_else_is_of_no_use(
    deployed: Deployed, run: str, grant: Grant
) -> None:
    policies, runs = deployed
    with policies.for_others(grant) as conditions:
        failure = runs(run)
    assert conditions
    assert refused(deployed, grant, failure), failure


def test_with_all_permissions_back_it_works(deployed: Deployed) -> None:
    assert {run: deployed[1](run) for run in NEEDED} == dict.fromkeys(NEEDED)
