"""Runs batch jobs: a thread for each, from CREATE PENDING to its end."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import threading
from collections.abc import Callable
from typing import Final

from personalize_local import limits
from personalize_local.catalog import recommender
from personalize_local.cloud import Cloud
from personalize_local.errors import AccessDenied, JobFailed
from personalize_local.faults import JOB_FAILS, JOB_LASTS, JOB_NEVER_ENDS, Fault
from personalize_local.jobs.buckets import Buckets
from personalize_local.jobs.keys import Keys
from personalize_local.jobs.locations import InputFile, Location, parse
from personalize_local.jobs.records import Answerer
from personalize_local.jobs.store import ACTIVE, FAILED, IN_PROGRESS, Job, JobStore

logger = logging.getLogger("personalize_local")

_PENDING_PART: Final = 0.25
_IN_MEMORY: Final = 1024 * 1024
_CLOSE_SECONDS: Final = 10.0


class JobRunner:
    """Starts the threads of jobs and stops them."""

    def __init__(
        self,
        cloud: Cloud,
        store: JobStore,
        *,
        job_seconds: float,
        clock: Callable[[], float],
        sleep: Callable[[float], object] | None,
    ) -> None:
        """Makes a runner.

        Args:
            cloud: The AWS around the service.
            store: Where the jobs' states are.
            job_seconds: How long a job lasts at least when it does not fail.
            clock: Tells the time in epoch seconds.
            sleep: Waits some seconds; None for a real wait, which `close` ends early.
        """
        self._cloud = cloud
        self._store = store
        self._job_seconds = job_seconds
        self._clock = clock
        self._stopped = threading.Event()
        self._sleep = sleep or self._stopped.wait
        self._threads: set[threading.Thread] = set()
        self._lock = threading.Lock()

    def start(self, job: Job, fault: Fault | None = None) -> None:
        """Runs a job in a thread of its own; the quota on running jobs bounds their number.

        Args:
            job: The job, which the store has as CREATE PENDING.
            fault: How the job ends, when a test decides that.
        """
        thread = threading.Thread(target=self._run, args=(job, fault), name=job.arn, daemon=True)
        with self._lock:
            self._threads.add(thread)
        thread.start()

    def sleep(self, seconds: float) -> None:
        """Waits some seconds, or until the runner is closed."""
        self._sleep(seconds)

    def close(self) -> None:
        """Fails the jobs that are still running, and waits for their threads."""
        self._stopped.set()
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(_CLOSE_SECONDS)
            if thread.is_alive():
                logger.warning("%s did not stop in %s s", thread.name, _CLOSE_SECONDS)

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
        finally:
            with self._lock:
                self._threads.discard(threading.current_thread())

    def _steps(self, job: Job, fault: Fault | None) -> None:
        started = self._clock()
        lasts = max(self._job_seconds, fault.seconds if fault else 0.0)
        self._wait(lasts * _PENDING_PART)
        self._store.move(job.arn, IN_PROGRESS)
        logger.info("%s is in progress", job.arn)
        if fault is None or fault.kind == JOB_LASTS:
            self._work(job)
        elif fault.kind == JOB_NEVER_ENDS:
            self._stopped.wait()
            self._check_stopped()
        # The bound holds when the system's clock is set back while the job runs.
        left = min(lasts, started + lasts - self._clock())
        self._wait(max(0.0, left))
        if fault is not None and fault.kind == JOB_FAILS:
            raise JobFailed(fault.reason)
        self._store.move(job.arn, ACTIVE)
        logger.info("%s is active", job.arn)

    def _wait(self, seconds: float) -> None:
        self._sleep(seconds)
        self._check_stopped()

    def _check_stopped(self) -> None:
        if self._stopped.is_set():
            raise JobFailed("The local Amazon Personalize was stopped before the job ended.")

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
            answerer = _answerer(job)
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
                    self._check_stopped()
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


def _answerer(job: Job) -> Answerer:
    request = job.request
    return Answerer(
        recommender.load(),
        job.version.recipe,
        request.results,
        job.filter,
        request.themes,
        popularity=request.influence.get("POPULARITY", 0.0),
        freshness=request.influence.get("FRESHNESS", 0.0),
    )
