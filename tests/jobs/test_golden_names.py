"""The names that jobs have had since they could be deployed.

A name that changes is another job, which an upgrade of the library would have billed. Run this file
with --update-golden, and PYTHONPATH=lambda, to add a case; a line that changes is a decision, and
one for the changelog.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aws_cdk as cdk
import pytest
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk_personalize_batch import (
    BatchSegmentJob,
    BatchStorage,
    ItemExploration,
    JobInput,
    JobOutput,
    RankingInfluence,
    SolutionVersion,
    ThemeGeneration,
)
from personalize_batch_runtime._job.request import job_request
from tests.support.synth.synth import Synth
from tests.support.synth.values import texts

GOLDEN = Path(__file__).parent / "golden" / "job_names.json"
STACK = (
    "arn:aws:cloudformation:eu-west-1:123456789012:stack/Films/0a1b2c3d-1111-2222-3333-444455556666"
)
ACCOUNT = "arn:aws:personalize:eu-west-1:123456789012"
# What the deployment puts in the place of the parameter.
COUNT = "25"


def paths(synth: Synth) -> None:
    """Jobs that differ in their paths only."""
    for path in (
        ["Nightly"],
        ["films-nightly"],
        ["films_nightly"],
        ["Team A", "Nightly"],
        ["acme.com"],
        ["acme-com"],
        ["東京"],
        ["大阪"],
        ["Nightly."],
        ["Recommendations" * 5, "Nightly"],
    ):
        scope: Construct = synth.stack
        for part in path[:-1]:
            scope = Construct(scope, part)
        synth.job(path[-1], scope=scope)


def requests(synth: Synth) -> None:
    """Jobs with all that a request can have."""
    stack = synth.stack
    count = cdk.CfnParameter(stack, "Count", type="Number")
    of_key = kms.Key.from_key_arn(stack, "Key", "arn:aws:kms:eu-west-1:123456789012:key/1")
    films = s3.Bucket.from_bucket_name(stack, "Source", "films")
    synth.job("Named", job_name="nightly")
    synth.job("Again", run_key="2026-11-26")
    synth.job("Filtered", filter_arn=f"{ACCOUNT}:filter/new", num_results=50)
    synth.job("Counted", num_results=count.value_as_number)
    synth.job("Tagged", tags={"team": "films"})
    synth.job("Waited", wait_up_to=cdk.Duration.hours(2), preflight=False)
    synth.job("Newest", solution_version=SolutionVersion.latest(f"{ACCOUNT}:solution/films"))
    synth.job(
        "Explored",
        item_exploration=ItemExploration(weight=0.3, item_age_cut_off=cdk.Duration.days(30)),
    )
    synth.job("Ranked", ranking_influence=RankingInfluence(popularity=0.1, freshness=0.5))
    items = JobInput.from_records([{"itemId": "1"}])
    themes = ThemeGeneration(item_name="TITLE")
    synth.job("Themes", theme_generation=themes, job_input=items)
    synth.job("Uri", job_input=JobInput.from_s3_uri("s3://films/in/users.json"))
    synth.job("Folder", job_input=JobInput.from_bucket(films, prefix="in/", kms_key=of_key))
    synth.job("Elsewhere", job_output=JobOutput.to_bucket(films, prefix="out/", kms_key=of_key))
    synth.job("Shared", storage=BatchStorage(stack, "Storage"))
    BatchSegmentJob(
        stack,
        "Segment",
        solution_version=SolutionVersion.from_arn(f"{ACCOUNT}:solution/films/1"),
        job_input=items,
        num_results=100,
    )


CASES: dict[str, Callable[[Synth], None]] = {"paths": paths, "requests": requests}


def names_of(case: str) -> dict[str, str]:
    """The names of the jobs of a case, by the logical ids of their resources."""
    synth = Synth()
    CASES[case](synth)
    return {
        logical_id: job_request(
            _deployed(resource["Properties"]), stack_id=STACK, logical_id=logical_id
        ).name
        for logical_id, resource in synth.template["Resources"].items()
        if resource["Type"].startswith("Custom::PersonalizeBatch")
    }


def _deployed(properties: dict[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = texts(properties)
    return {**known, "NumResults": COUNT} if known.get("NumResults") == "<Count>" else known


@pytest.mark.parametrize("case", CASES)
def test_the_jobs_of_an_app_keep_their_names(case: str) -> None:
    assert names_of(case) == json.loads(GOLDEN.read_text(encoding="utf-8"))[case]


if __name__ == "__main__":
    if sys.argv[1:] != ["--update-golden"]:
        sys.exit("usage: python -m tests.jobs.test_golden_names --update-golden")
    written = {case: names_of(case) for case in CASES}
    GOLDEN.write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
