"""The command `personalize-batch status`: batch jobs and how they are."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Annotated, Any, Final

import typer

from cdk_personalize_batch.cli.files import CommandError, client
from cdk_personalize_batch.cli.options import examples
from cdk_personalize_batch.cli.output import OutputFile, OutputFormat, RowsAs, emit
from cdk_personalize_batch.cli.text import counted, visible

_COLUMNS: Final = {
    "kind": str,
    "name": str,
    "status": str,
    "created": str,
    "took": str,
    "reason": str,
    "arn": str,
}


class _Kind(Enum):
    INFERENCE = "inference"
    SEGMENT = "segment"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class _Job:
    """A batch job, as the list of jobs has it."""

    kind: str
    arn: str
    name: str
    status: str
    created: datetime
    updated: datetime
    reason: str | None

    @property
    def failed(self) -> bool:
        """Whether it has ended without results."""
        return self.status.endswith("FAILED")

    @property
    def ended(self) -> bool:
        """Whether nothing more happens: a status that is not known is one of a running job."""
        return self.status == "ACTIVE" or self.failed


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "status",
        short_help="List batch jobs, or wait for them.",
        help="List batch jobs, the newest first, with the reason of those that failed. With "
        "--watch, wait until those that run have ended; the exit code is 1 if one failed.",
        epilog=examples(
            "personalize-batch status",
            "personalize-batch status --kind segment --limit 5",
            "personalize-batch status --name my-job --watch && echo finished",
        ),
    )(_status)


def _status(
    kind: Annotated[_Kind, typer.Option(help="Which jobs.")] = _Kind.ALL,
    name: Annotated[
        str | None, typer.Option(help="Only jobs whose name begins so, and all of those.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many jobs.")] = 20,
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Print changes until all end.")] = (
        False
    ),
    interval: Annotated[
        int, typer.Option(min=5, help="Seconds between two looks with --watch.")
    ] = 60,
    format: RowsAs = OutputFormat.TABLE,
    output: OutputFile = None,
) -> None:
    personalize = client("personalize")
    jobs = _jobs(personalize, kind, name)
    if name is not None and not jobs:
        raise CommandError(f"there is no batch job whose name begins with {name!r}; correct it")
    shown = jobs if name is not None else jobs[:limit]
    columns = _COLUMNS
    if format is OutputFormat.TABLE:
        unseen = {"arn"} if any(job.reason for job in shown) else {"arn", "reason"}
        columns = {name: kind for name, kind in _COLUMNS.items() if name not in unseen}
    emit(map(_as_row, shown), columns, format, output)
    if not watch:
        return
    watched = {job.arn: job for job in shown if name is not None or not job.ended}
    _watch(personalize, kind, name, interval, watched)
    if any(job.failed for job in watched.values()):
        raise typer.Exit(1)


def _watch(
    personalize: Any,  # noqa: ANN401 - boto3 is untyped
    kind: _Kind,
    name: str | None,
    interval: int,
    watched: dict[str, _Job],
) -> None:
    """Looks again and again, prints what changes, and keeps the watched jobs up to date."""
    while running := sum(1 for job in watched.values() if not job.ended):
        if sys.stderr.isatty():
            print(f"waiting for {counted(running, 'job')}", end="\r", file=sys.stderr)
        time.sleep(interval)
        for job in _jobs(personalize, kind, name):
            before = watched.get(job.arn)
            if before is None or before.status == job.status:
                continue
            watched[job.arn] = job
            reason = f": {visible(job.reason)}" if job.reason else ""
            now = _moment(datetime.now(UTC))
            print(f"{now}  {job.name}  {before.status} -> {job.status}{reason}", flush=True)


def _jobs(personalize: Any, kind: _Kind, name: str | None) -> list[_Job]:  # noqa: ANN401
    kinds = (_Kind.INFERENCE, _Kind.SEGMENT) if kind is _Kind.ALL else (kind,)
    jobs = [job for one in kinds for job in _jobs_of(personalize, one.value)]
    jobs.sort(key=lambda job: job.created, reverse=True)
    return [job for job in jobs if name is None or job.name.startswith(name)]


def _jobs_of(personalize: Any, kind: str) -> Iterator[_Job]:  # noqa: ANN401
    pages = personalize.get_paginator(f"list_batch_{kind}_jobs").paginate()
    for page in pages:
        for job in page[f"batch{kind.capitalize()}Jobs"]:
            yield _Job(
                kind=kind,
                arn=job[f"batch{kind.capitalize()}JobArn"],
                name=job["jobName"],
                status=job["status"],
                created=job["creationDateTime"],
                updated=job["lastUpdatedDateTime"],
                reason=job.get("failureReason"),
            )


def _as_row(job: _Job) -> dict[str, object]:
    end = job.updated if job.ended else datetime.now(UTC)
    return {
        "kind": job.kind,
        "name": job.name,
        "status": job.status,
        "created": _moment(job.created),
        "took": _duration(end - job.created),
        "reason": job.reason,
        "arn": job.arn,
    }


def _moment(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _duration(length: timedelta) -> str:
    minutes, seconds = divmod(max(0, int(length.total_seconds())), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{seconds:02}s"
