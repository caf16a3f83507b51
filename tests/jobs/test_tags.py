"""Tags of jobs: where they come from and what they may be."""

from __future__ import annotations

from collections.abc import Callable

import aws_cdk as cdk
import pytest

from cdk_personalize_batch import (
    ValidationError,
)
from tests.support.synth.synth import Synth

MakeSynth = Callable[[], Synth]
JOB = "Custom::PersonalizeBatchInferenceJob"


def tags_of(synth: Synth, name: str = "Batch") -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in synth.only(JOB, name)["JobTags"]}


def test_tags_of_every_scope_reach_the_job_and_its_own_win(synth: Synth) -> None:
    job = synth.job(tags={"team": "films", "own": "yes"})
    for scope, name in ((synth.app, "app"), (synth.stack, "stack"), (job, "job")):
        cdk.Tags.of(scope).add(name, "1")
        cdk.Tags.of(scope).add("team", name)
    assert tags_of(synth) == {"app": "1", "stack": "1", "job": "1", "team": "films", "own": "yes"}
    bucket = synth.only("AWS::S3::Bucket", "BatchStorageInput")
    assert {"Key": "job", "Value": "1"} in bucket["Tags"]
    function = synth.only("AWS::Lambda::Function")
    assert {"Key": "stack", "Value": "1"} in function["Tags"]
    role = synth.only("AWS::IAM::Role", "BatchStorage")
    assert {"Key": "job", "Value": "1"} in role["Tags"]


def test_a_job_without_tags_has_no_property_for_them(synth: Synth) -> None:
    synth.job()
    assert "JobTags" not in synth.only(JOB)


def test_tags_are_no_part_of_the_request(make_synth: MakeSynth) -> None:
    written = []
    for tags in (None, {"team": "films"}):
        synth = make_synth()
        synth.job(tags=tags)
        properties = synth.only(JOB)
        properties.pop("JobTags", None)
        written.append(properties)
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ({"aws:team": "films"}, "tags: the key 'aws:team' begins with aws:, which is reserved"),
        ({"AWS:team": "films"}, "tags: the key 'AWS:team' begins with aws:, which is reserved"),
        ({"": "films"}, "tags: the key must be a string of 1 to 128 characters, got ''"),
        ({"k" * 129: "v"}, "tags: the key must be a string of 1 to 128 characters"),
        ({"team": "v" * 257}, "tags: the value of 'team' must be a string of 0 to 256 characters"),
        ({"team": "a\nb"}, "tags: the value of 'team' must have only letters, digits"),
        ({"te\tam": "films"}, "tags: the key must have only letters, digits, spaces and"),
        ({"te*m": "films"}, "tags: the key must have only letters, digits, spaces and"),
        ({"team": "f\u0000"}, "tags: the value of 'team' must have only letters, digits"),
        ({"team": "😀"}, "tags: the value of 'team' must have only letters, digits"),
        ({f"k{n}": "v" for n in range(51)}, "tags: a job has at most 50 tags, got 51"),
    ],
)
def test_fails_when_a_tag_is_outside_the_limits(
    synth: Synth, tags: dict[str, str], problem: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        synth.job(tags=tags)
    assert caught.value.problems[0].startswith(problem)


def test_tags_of_any_script_pass(synth: Synth) -> None:
    synth.job(tags={"équipe": "映画 1_2.3:4/5=6+7-8@9", "empty": "", cdk.Aws.REGION: "token"})


def test_fails_when_the_tags_of_scopes_are_too_many(synth: Synth) -> None:
    synth.job(tags={f"own{n}": "v" for n in range(30)})
    for number in range(30):
        cdk.Tags.of(synth.stack).add(f"stack{number}", "v")
    with pytest.raises(RuntimeError, match="a job has at most 50 tags, got 60"):
        synth.app.synth()
