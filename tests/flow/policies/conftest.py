"""One deployed stack, its policies to change, and uses of it that need them."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Iterator

import pytest

from personalize_local.catalog import solutions
from personalize_local.host.environment import ACCOUNT
from tests.support import ROOT
from tests.support.flow.library.policies import Policies, short_name
from tests.support.flow.library.runs import Runs
from tests.support.flow.running_aws import RunningAws

APP = ROOT / "tests/flow/apps/secure_app.py"


@pytest.fixture(scope="module")
def deployed(
    local_aws: RunningAws, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Policies, Runs]]:
    """The stack, deployed by the CDK CLI; waits of its state machines take no time."""
    name = f"Secure{uuid.uuid4().hex[:8]}"
    versions = {
        one.recipe.name: one.arn
        for one in solutions.solution_versions(ACCOUNT, local_aws.local_aws.region)
        if one.status == "ACTIVE"
    }
    users = versions["aws-user-personalization-v2"]
    environ = {
        "STACK": name,
        "INFERENCE_VERSION": users,
        "SEGMENT_VERSION": versions["aws-item-affinity"],
        "SOLUTION": users.rpartition("/")[0],
    }
    command = ["cdk", "deploy", "--app", f"{sys.executable} {APP}", "--require-approval", "never"]
    command += ["--output", str(tmp_path_factory.mktemp("secure"))]
    done = local_aws.run(command, env={**local_aws.environment, **environ})
    assert done.returncode == 0, done.stdout + done.stderr
    client = local_aws.client("cloudformation")
    (stack,) = client.describe_stacks(StackName=name)["Stacks"]
    resources = {
        (one["ResourceType"], short_name(one["LogicalResourceId"])): one["PhysicalResourceId"]
        for one in client.describe_stack_resources(StackName=name)["StackResources"]
    }
    local_aws.control.scale_waits(0.001)
    try:
        runs = Runs(local_aws, resources, stack)
        yield Policies(local_aws, resources, runs.names()), runs
    finally:
        local_aws.control.scale_waits(1)
