"""cdk-nag, cfn-lint and CloudFormation's own rules over the templates that users get."""

# The fixture's class cannot be imported.

from __future__ import annotations

import re
import subprocess
import sys
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.support import ROOT

PAGE = ROOT / "docs" / "security.md"

# The rules whose findings stay; docs/security.md has the argument of each. A rule that finds
# nothing any more must go from here.
ACCEPTED = {
    # Objects, jobs and versions of a solution have names that only the run knows: see below.
    "AwsSolutions-IAM5",
    # CloudFormation asks for an answer within minutes; a queue would keep what nobody waits for.
    "Serverless-LambdaDLQ",
    "NIST.800.53.R5-LambdaDLQ",
    # One call for each job; nothing behind it is traced.
    "Serverless-LambdaTracing",
    # The rights to make network interfaces, which take no resource.
    "Serverless-LambdaStarPermissions",
    # A network, a share of the account's concurrency: the user's choice.
    "NIST.800.53.R5-LambdaInsideVPC",
    "NIST.800.53.R5-LambdaConcurrency",
    # Policies that belong to one role and go with it.
    "NIST.800.53.R5-IAMNoInlinePolicy",
    # Keys of one's own: the user's choice.
    "NIST.800.53.R5-S3DefaultEncryptionKMS",
    "NIST.800.53.R5-CloudWatchLogGroupEncrypted",
    # Nothing is written over, and results can be made again: the user's choice, by own buckets.
    "NIST.800.53.R5-S3BucketVersioningEnabled",
    "NIST.800.53.R5-S3BucketReplicationEnabled",
}

# What a policy may name with a wildcard.
WILDCARDS = (
    "<*Bucket*.Arn>/[*]",
    "arn:<AWS::Partition>:s3:::films/[*]",
    "arn:<AWS::Partition>:s3:::films/in/[*]",
    "*:batch-inference-job/[*]",
    "*:batch-segment-job/[*]",
    "*:solution/films/[*]",
    # The folders of a workflow's runs, and its executions.
    "<*Bucket*.Arn>/*Nightly-????????/[*]*",
    "*:execution:<Nightly*.Name>*[*]",
    # tests/security/test_security_statements.py has the list of actions.
    "[*]",
)

# Each is a matter of how the CDK writes templates.
IGNORED_BY_CFN_LINT = [
    # A dependency on a construct is one on all that is in it, also where a reference says the same.
    "W3005",
]


def rule(finding: str) -> str:
    return finding.partition("[")[0]


def test_scanners_of_the_cdk_find_only_what_is_accepted(assembly: Any) -> None:
    assert {rule(name) for name, _ in assembly.findings} == ACCEPTED


def test_each_accepted_finding_has_its_argument_in_the_documentation() -> None:
    part = PAGE.read_text(encoding="utf-8").split("\n## What scanners say\n")[1].split("\n## ")[0]
    cells = re.findall(r"^\| (`[^|]*) \|", part, re.MULTILINE)
    assert {one for cell in cells for one in re.findall(r"`([^`]+)`", cell)} == ACCEPTED


def test_wildcards_stand_only_for_names_that_the_run_makes(assembly: Any) -> None:
    found = [
        re.search(r"\[Resource::(.*)\]$", name)
        for name, _ in assembly.findings
        if rule(name) == "AwsSolutions-IAM5"
    ]
    resources = {one[1] for one in found if one}
    assert len(resources) > 5
    assert None not in found
    assert [
        one for one in resources if not any(fnmatchcase(one, allowed) for allowed in WILDCARDS)
    ] == []


def test_cfn_lint_finds_nothing(assembly: Any) -> None:
    command = [str(Path(sys.executable).with_name("cfn-lint")), "--regions", "eu-west-1"]
    command += ["--ignore-checks", *IGNORED_BY_CFN_LINT, "--"]
    files = [str(path) for path in assembly.files]
    done = subprocess.run([*command, *files], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr
