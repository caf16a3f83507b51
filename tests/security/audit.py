"""checkov and parliament over the templates that users get; `make audit` runs it.

Both are in environments of their own: they pin versions that the library cannot have.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import aws_cdk as cdk

from tests.support import ROOT
from tests.support.synth.deployment import deployed
from tests.support.synth.scanned import ACCOUNT, TEMPLATES

PAGE: Final = ROOT / "docs" / "security.md"
# What stays; docs/security.md has the argument of each.
ACCEPTED: Final = {
    "CKV_AWS_18",
    "CKV_AWS_21",
    "CKV_AWS_111",
    "CKV_AWS_115",
    "CKV_AWS_116",
    "CKV_AWS_117",
    "CKV_AWS_158",
    "RESOURCE_MISMATCH",
    "RESOURCE_STAR",
}
_ACCOUNT: Final = "123456789012"
_REGION: Final = "eu-west-1"
# What `Fn::GetAtt` of a resource's Arn gives.
_ARNS: Final = {
    "AWS::IAM::Role": f"arn:aws:iam::{_ACCOUNT}:role/name",
    "AWS::KMS::Key": f"arn:aws:kms:{_REGION}:{_ACCOUNT}:key/0123abcd-12ab-12ab-12ab-0123456789ab",
    "AWS::Lambda::Function": f"arn:aws:lambda:{_REGION}:{_ACCOUNT}:function:name",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{_REGION}:{_ACCOUNT}:log-group:name:*",
    "AWS::S3::Bucket": "arn:aws:s3:::name",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{_REGION}:{_ACCOUNT}:stateMachine:name",
}
_PSEUDO: Final = {
    "AWS::AccountId": _ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": _REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{_REGION}:{_ACCOUNT}:stack/Films/0f1e2d3c",
    "AWS::URLSuffix": "amazonaws.com",
}
# Runs in the environment of parliament.
_PARLIAMENT: Final = """
import json, sys, warnings
warnings.simplefilter("ignore")
from parliament import analyze_policy_string
for name, document in json.load(sys.stdin):
    for finding in analyze_policy_string(json.dumps(document)).findings:
        print(json.dumps([finding.issue, f"{name}: {finding.detail}"]))
"""


def main() -> None:
    """Scans, and ends with 1 where a finding is new or an argument is of no use any more."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkov", required=True, help="the command")
    parser.add_argument("--parliament", required=True, help="the Python that has it")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        templates = _synthesized(Path(folder))
        found = [*_by_checkov(asked.checkov, folder), *_by_parliament(asked.parliament, templates)]
    rules = {rule for rule, _ in found}
    unargued = sorted(f"{rule}: {what}" for rule, what in found if rule not in ACCEPTED)
    unused = sorted(ACCEPTED - rules)
    page = PAGE.read_text(encoding="utf-8")
    unwritten = sorted(rule for rule in ACCEPTED if f"`{rule}`" not in page)
    for title, lines in (
        ("findings without an argument", unargued),
        ("accepted rules that find nothing any more", unused),
        (f"accepted rules that {PAGE.name} does not argue", unwritten),
    ):
        for line in lines:
            print(f"{title}: {line}", file=sys.stderr)
    print(f"{len(templates)} templates, {len(found)} findings of {len(rules)} rules")
    sys.exit(1 if unargued or unused or unwritten else 0)


def _synthesized(folder: Path) -> dict[str, dict[str, Any]]:
    app = cdk.App(outdir=str(folder / "scanned"), builtin_cloud_formation_validation=False)
    for name, make in TEMPLATES.items():
        make(cdk.Stack(app, f"Films-{name}"))
    app.synth()
    context = {
        "solution_version_arn": f"{ACCOUNT}:solution/films/a1b2c3",
        "input": str(ROOT / "examples" / "users.json"),
    }
    subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={
            **os.environ,
            "CDK_OUTDIR": str(folder / "example"),
            "CDK_CONTEXT_JSON": json.dumps(context),
        },
        check=True,
    )
    files = sorted(folder.rglob("*.template.json"))
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in files}


def _by_checkov(command: str, folder: str) -> Iterator[tuple[str, str]]:
    options = ["--framework", "cloudformation", "--compact", "--quiet", "--output", "json"]
    done = subprocess.run(
        [command, *options, "--directory", folder], capture_output=True, text=True, check=False
    )
    report = json.loads(done.stdout)
    if report["summary"]["parsing_errors"] or not report["summary"]["passed"]:
        sys.exit(f"checkov could not read the templates: {report['summary']}\n{done.stderr}")
    for one in report["results"]["failed_checks"]:
        yield one["check_id"], f"{one['file_path']} {one['resource']}: {one['check_name']}"


def _by_parliament(python: str, templates: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    documents = [
        (f"{file} {name}", document)
        for file, template in templates.items()
        for name, document in _policies(template)
    ]
    done = subprocess.run(
        [python, "-c", _PARLIAMENT],
        input=json.dumps(documents),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"parliament ended with {done.returncode}: {done.stderr}")
    for line in done.stdout.splitlines():
        rule, what = json.loads(line)
        yield rule, what


def _policies(template: dict[str, Any]) -> Iterator[tuple[str, object]]:
    """The policies of roles, as they are deployed."""
    values = {**_PSEUDO, **dict(_values(template))}
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] in {"AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"}:
            yield name, deployed(properties["PolicyDocument"], values)
        for policy in properties.get("Policies", ()):
            yield name, deployed(policy["PolicyDocument"], values)


def _values(template: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, resource in template["Resources"].items():
        kind = resource["Type"]
        if kind in _ARNS:
            yield f"{name}.Arn", _ARNS[kind]
        # Of a state machine the reference is the ARN.
        yield name, _ARNS[kind] if kind == "AWS::StepFunctions::StateMachine" else "name"
        yield f"{name}.Name", "name"


if __name__ == "__main__":
    main()
