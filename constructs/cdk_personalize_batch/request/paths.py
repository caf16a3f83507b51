"""Checks of the S3 paths of a job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.facts import bucket_facts
from cdk_personalize_batch._cdk.tokens import is_token
from cdk_personalize_batch.request import checks
from cdk_personalize_batch.request.checks import shown

if TYPE_CHECKING:
    from aws_cdk import aws_s3 as s3

    from cdk_personalize_batch.request.job_input import JobInput
    from cdk_personalize_batch.request.job_output import JobOutput


def path_problems(
    job_input: JobInput, job_output: JobOutput | None, name_pattern: str, region: str
) -> list[str]:
    """Returns what is wrong with the paths of a job; tokens are not examined.

    Args:
        job_input: The input.
        job_output: The output; None for a bucket of the job's own.
        name_pattern: The name of the job, or what such names look like.
        region: The Region of the job.
    """
    problems = []
    source = job_input._location()
    if source is not None:
        problems += _character_problems("job_input", source[1])
    if job_output is not None:
        problems += _character_problems("job_output", job_output.prefix)
    if job_input._source_bucket is not None:
        problems += _region_problems("job_input", job_input._source_bucket, region)
    if job_output is not None:
        problems += _region_problems("job_output", job_output.bucket, region)
    if source is not None:
        problems += _length_problems("job_input", *source)
    if job_output is not None:
        target = (bucket_facts(job_output.bucket).name, f"{job_output.prefix}{name_pattern}/")
        problems += _length_problems("job_output", *target)
        if source is not None:
            problems += _overlap_problems(source, target)
    return problems


def key_problems(job_input: JobInput, job_output: JobOutput | None) -> list[str]:
    """Returns what is wrong with the KMS keys of input and output."""
    places = [("job_input", job_input._kms_key, job_input._source_bucket)]
    if job_output is not None:
        places.append(("job_output", job_output.kms_key, job_output.bucket))
    problems = []
    for name, key, bucket in places:
        used = key or (bucket_facts(bucket).key if bucket else None)
        if used is not None:
            problems += checks.key(f"{name}: kms_key", used)
    return problems


def _region_problems(name: str, bucket: s3.IBucket, region: str) -> list[str]:
    # Source: the botocore shape S3DataConfig, whose buckets are in the Region of the job.
    other = bucket_facts(bucket).region
    if other == region or is_token(other) or is_token(region):
        return []
    return [
        f"{name}: the bucket is in {other} and the job in {region}; Amazon Personalize uses "
        "buckets of the job's Region only, give one that is there"
    ]


def _character_problems(name: str, key: str) -> list[str]:
    foreign = re.search(limits.NO_POLICY_CHARACTER, key)
    if foreign is None:
        return checks.resolved_text(name, key)
    return [
        f"{name}: the policies of IAM have printable characters up to U+00FF only, so that none "
        f"can name {shown(key)}, with {shown(foreign[0])} in it; give a prefix without it"
    ]


def _length_problems(name: str, bucket: str, key: str) -> list[str]:
    if is_token(key):
        return []
    # A bucket whose name only the deployment knows has at least three characters.
    known = limits.SHORTEST_BUCKET_NAME if is_token(bucket) else len(bucket)
    length = len("s3:///") + known + len(key)
    if length <= limits.LONGEST_S3_PATH:
        return []
    return [
        f"{name}: the S3 path must have at most {limits.LONGEST_S3_PATH} characters, got "
        f"{'at least ' if is_token(bucket) else ''}{length}: {shown(key)}; shorten the key"
    ]


def _overlap_problems(source: tuple[str, str], target: tuple[str, str]) -> list[str]:
    (source_bucket, prefix), (target_bucket, folder) = source, target
    if source_bucket != target_bucket or is_token(prefix) or is_token(folder):
        return []
    if not folder.startswith(prefix):
        return []
    return [
        f"job_output: the folder {shown(folder)} lies under the input {shown(prefix)} of the same "
        "bucket, so that the next run would read its results as input; give another prefix or "
        "another bucket"
    ]
