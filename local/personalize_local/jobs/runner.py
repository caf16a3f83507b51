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
from personalize_local.errors import AccessDenied, JobFailed
from personalize_local.faults import JOB_FAILS, JOB_LASTS, JOB_NEVER_ENDS, Fault
from personalize_local.jobs.buckets import Buckets
from personalize_local.jobs.keys import Keys
from personalize_local.jobs.locations import InputFile, Location, parse
from personalize_local.jobs.store import ACTIVE, FAILED, IN_PROGRESS, Job, JobStore
from personalize_local.resources.threads import Threads

if TYPE_CHECKING:
    from personalize_local.jobs.records import Answerer

logger = logging.getLogger("personalize_local")

_PENDING_PART: Final = 0.25
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
        self._threads.start(job.arn, lambda: self._run(job, fault))

    def _run(self, job: Job, fault: Fault | None) -> None:
        try:
            self._steps(job, fault)
        except JobFailed as failure:
            logger.info("%s failed: %s", job.arn, failure)
            self._store.move(job.arn, FAILED, str(failure))
        except Exception as error:
            # The thread is the outermost frame: without this the job would be in progress for good.
            logger.exception("%s failed by a defect of the local service", job.arn)
            self._store.move(job.arn, FAILED, f"Internal error: {type(error).__name__}: {error}")

    def _steps(self, job: Job, fault: Fault | None) -> None:
        started = self._clock()
        lasts = max(self._job_seconds, fault.seconds if fault else 0.0)
        self._threads.wait(lasts * _PENDING_PART)
        self._store.move(job.arn, IN_PROGRESS)
        logger.info("%s is in progress", job.arn)
        if fault is None or fault.kind == JOB_LASTS:
            self._work(job)
        elif fault.kind == JOB_NEVER_ENDS:
            self._threads.wait_for_close()
        # The bound holds when the system's clock is set back while the job runs.
        left = min(lasts, started + lasts - self._clock())
        self._threads.wait(max(0.0, left))
        if fault is not None and fault.kind == JOB_FAILS:
            raise JobFailed(fault.reason)
        self._store.move(job.arn, ACTIVE)
        logger.info("%s is active", job.arn)

    def _work(self, job: Job) -> None:
        request = job.request
        source = parse(request.source.path, "input")
        target = parse(request.target.path, "output")
        role_arn = request.role_arn
        try:
            credentials = self._cloud.assume_role(
                role_arn, source_account=job.scope.account, source_arn=job.arn
            )
        except AccessDenied as refusal:
            raise JobFailed(
                f"The role {role_arn} cannot be assumed by personalize.amazonaws.com"
                f" ({refusal.reason or 'access denied'})."
            ) from refusal
        account, job_arn = job.scope.account, job.arn
        keys = Keys(self._cloud, credentials, role_arn=role_arn, account=account, job_arn=job_arn)
        buckets = Buckets(
            self._cloud,
            credentials,
            keys,
            role_arn=role_arn,
            account=account,
            region=job.scope.region,
            job_arn=job_arn,
        )
        with contextlib.closing(buckets):
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
