"""Policies hold the characters that IAM takes."""

from __future__ import annotations

import json
import re

import pytest
from aws_cdk import aws_s3 as s3

from cdk_personalize_batch import JobInput, ValidationError
from tests.support.synth.synth import Synth

TAKEN = re.compile(r"[\t\n\r\x20-\xff]*")


@pytest.mark.aws("a policy with characters that IAM refuses")
@pytest.mark.parametrize("prefix", ["日本/", "łódź/"])
def test_a_prefix_is_refused_or_the_policies_can_name_it(synth: Synth, prefix: str) -> None:
    bucket = s3.Bucket(synth.stack, "Films")
    try:
        synth.job(job_input=JobInput.from_bucket(bucket, prefix=prefix))
    except ValidationError:
        return
    for kind in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
        for policy in synth.resources(kind).values():
            document = json.dumps(policy["Properties"]["PolicyDocument"], ensure_ascii=False)
            assert TAKEN.fullmatch(document)
