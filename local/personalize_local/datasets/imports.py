"""Import jobs: CSV files from S3, read with the role of the job."""

from __future__ import annotations

import tempfile
from pathlib import Path

from personalize_local import limits
from personalize_local.cloud import Cloud
from personalize_local.datasets.schemas import Schema
from personalize_local.datasets.warehouse import INCREMENTAL, Warehouse
from personalize_local.jobs.buckets import opened
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
    source = job.values["dataSource"]
    path = source.get("dataLocation") if isinstance(source, dict) else None
    location = parse(str(path), "input")
    mode = job.text("importMode")
    most = limits.INCREMENTAL_BYTES if mode == INCREMENTAL else limits.FULL_BYTES
    with (
        opened(cloud, role_arn=job.text("roleArn"), scope=job.scope, job_arn=job.arn) as (
            keys,
            buckets,
        ),
        tempfile.TemporaryDirectory() as folder,
    ):
        found = buckets.list_input(location, most_files=None, most_bytes=most)
        keys.check(location.bucket, None, "input")
        files = []
        for number, file in enumerate(found):
            copy = Path(folder) / f"{number}.csv"
            buckets.download(location.bucket, file.key, copy)
            files.append((Location(location.bucket, file.key).uri, copy))
        warehouse.load(job.text("datasetArn"), schema, files, mode)
