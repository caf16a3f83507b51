"""Runs batch jobs: a thread for each, from CREATE PENDING to its end."""

from __future__ import annotations

import contextlib
import logging
import tempfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from personalize_local import limits
from personalize_local.catalog.models import Model
from personalize_local.cloud import Cloud
from personalize_local.errors import JobFailed
from personalize_local.faults import Fault
from personalize_local.jobs.buckets import Buckets, opened
from personalize_local.jobs.locations import InputFile, Location, parse
from personalize_local.jobs.store import Job, JobStore
from personalize_local.resources.course import Course
from personalize_local.resources.threads import Threads

if TYPE_CHECKING:
    from personalize_local.jobs.records import Answerer

logger = logging.getLogger("personalize_local")

_IN_MEMORY: Final = 1024 * 1024


class JobRunner:
    """Runs batch jobs."""

    def __init__(
        self,
        cloud: Cloud,
        store: JobStore,
        threads: Threads,
        *,
        job_seconds: float,
        clock: Callable[[], float],
        model_of: Callable[[Job], Model],
    ) -> None:
        """Makes a runner.

        Args:
            cloud: The AWS around the service.
            store: Where the jobs' states are.
            threads: Where jobs run.
            job_seconds: How long a job lasts at least when it does not fail.
            clock: Tells the time in epoch seconds.
            model_of: Finds what a job asks.
        """
        self._cloud = cloud
        self._store = store
        self._threads = threads
        self._job_seconds = job_seconds
        self._clock = clock
        self._model_of = model_of

    def start(self, job: Job, fault: Fault | None = None) -> None:
        """Runs a job in a thread of its own; the quota on running jobs bounds their number.

        Args:
            job: The job, which the store has as CREATE PENDING.
            fault: How the job ends, when a test decides that.
        """

        def move(status: str, failure_reason: str | None = None) -> bool:
            self._store.move(job.arn, status, failure_reason)
            return True

        course = Course(job.arn, move, lambda: self._work(job), seconds=self._job_seconds)
        self._threads.start(job.arn, lambda: course.run(self._threads, self._clock, fault))

    def _work(self, job: Job) -> None:
        request = job.request
        source = parse(request.source.path, "input")
        target = parse(request.target.path, "output")
        with opened(self._cloud, role_arn=request.role_arn, scope=job.scope, job_arn=job.arn) as (
            keys,
            buckets,
        ):
            files = buckets.list_input(source)
            keys.check(source.bucket, request.source.kms_key_arn, "input")
            buckets.check_output(target)
            keys.check(target.bucket, request.target.kms_key_arn, "output")
            answerer = self._answerer(job)
            for file in files:
                self._answer_file(job, answerer, buckets, Location(source.bucket, file.key), file)

    def _answer_file(
        self, job: Job, answerer: Answerer, buckets: Buckets, place: Location, file: InputFile
    ) -> None:
        """Answers one input file; its output appears in S3 when the whole file is done."""
        request = job.request
        target = parse(request.target.path, "output")
        limit = (
            limits.THEME_RECORDS_PER_FILE if request.themes else job.version.recipe.records_per_file
        )
        records = 0
        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as output:
            with contextlib.closing(buckets.lines(place.bucket, place.key)) as lines:
                for line in lines:
                    self._threads.check()
                    answer = answerer.answer(line)
                    if answer is None:
                        continue
                    records += 1
                    if records > limit:
                        raise JobFailed(
                            f"Too many records: {place.uri} has more than {limit}, the most of one "
                            "file for this job. Split it."
                        )
                    output.write(answer.encode() + b"\n")
            output.seek(0)
            key = target.key + file.output_name
            buckets.write(target.bucket, key, output, request.target.kms_key_arn)
        logger.info("%s answered %d records of %s", job.arn, records, place.uri)

    def _answerer(self, job: Job) -> Answerer:
        # Here, so that only what runs jobs waits for numpy and scipy.
        from personalize_local.jobs.records import Answerer

        request = job.request
        return Answerer(
            self._model_of(job),
            job.version.recipe,
            request.results,
            job.filter,
            themes=request.themes,
            popularity=request.influence.get("POPULARITY", 0.0),
            freshness=request.influence.get("FRESHNESS", 0.0),
        )
