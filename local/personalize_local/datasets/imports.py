"""Import jobs: CSV files from S3, read with the role of the job."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from personalize_local import limits
from personalize_local.cloud import Cloud
from personalize_local.datasets.schemas import Schema
from personalize_local.datasets.warehouse import INCREMENTAL, Warehouse
from personalize_local.errors import AccessDenied, JobFailed
from personalize_local.jobs.buckets import Buckets
from personalize_local.jobs.keys import Keys
from personalize_local.jobs.locations import Location, parse
from personalize_local.resources.resource import Resource


def run(cloud: Cloud, warehouse: Warehouse, job: Resource, schema: Schema) -> None:
    """Runs an import job.

    Args:
        cloud: The AWS around the service.
        warehouse: Where the rows go.
        job: The import job.
        schema: The schema of its data set.

    Raises:
        JobFailed: A permission is missing, or a file does not fit; then the data set stays as it
            was.
    """
    role_arn, account = job.text("roleArn"), job.scope.account
    source = job.values["dataSource"]
    path = source.get("dataLocation") if isinstance(source, dict) else None
    location = parse(str(path), "input")
    mode = job.text("importMode")
    most = limits.INCREMENTAL_BYTES if mode == INCREMENTAL else limits.FULL_BYTES
    try:
        credentials = cloud.assume_role(role_arn, source_account=account, source_arn=job.arn)
    except AccessDenied as refusal:
        raise JobFailed(
            f"The role {role_arn} cannot be assumed by personalize.amazonaws.com"
            f" ({refusal.reason or 'access denied'})."
        ) from refusal
    keys = Keys(cloud, credentials, role_arn=role_arn, account=account, job_arn=job.arn)
    buckets = Buckets(
        cloud,
        credentials,
        keys,
        role_arn=role_arn,
        account=account,
        region=job.scope.region,
        job_arn=job.arn,
    )
    with contextlib.closing(buckets), tempfile.TemporaryDirectory() as folder:
        found = buckets.list_input(location, most_files=None, most_bytes=most)
        keys.check(location.bucket, None, "input")
        files = []
        for number, file in enumerate(found):
            copy = Path(folder) / f"{number}.csv"
            buckets.download(location.bucket, file.key, copy)
            files.append((Location(location.bucket, file.key).uri, copy))
        warehouse.load(job.text("datasetArn"), schema, files, mode)
