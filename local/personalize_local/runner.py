"""Runs batch jobs: a thread for each, from CREATE PENDING to its end."""

from __future__ import annotations

import contextlib
import logging
import tempfile
import threading
from collections.abc import Callable, Mapping
from typing import Final

from personalize_local import limits, recommender
from personalize_local.buckets import Buckets
from personalize_local.cloud import Cloud
from personalize_local.errors import AccessDenied, JobFailed
from personalize_local.faults import JOB_FAILS, JOB_LASTS, JOB_NEVER_ENDS, Fault
from personalize_local.jobs import ACTIVE, FAILED, IN_PROGRESS, Job, JobStore
from personalize_local.keys import Keys
from personalize_local.locations import InputFile, Location, parse
from personalize_local.records import Answerer

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
        """Waits some seconds, or until the runner is closed.

        Args:
            seconds: How long.
        """
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
        source = parse(_path(job, "jobInput", "s3DataSource"), "input")
        target = parse(_path(job, "jobOutput", "s3DataDestination"), "output")
        role_arn = str(job.request["roleArn"])
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
            source_key = _kms_key(job, "jobInput", "s3DataSource")
            target_key = _kms_key(job, "jobOutput", "s3DataDestination")
            files = buckets.list_input(source)
            keys.check(source.bucket, source_key, "input")
            buckets.check_output(target)
            keys.check(target.bucket, target_key, "output")
            answerer = _answerer(job)
            for file in files:
                self._answer_file(job, answerer, buckets, Location(source.bucket, file.key), file)

    def _answer_file(
        self, job: Job, answerer: Answerer, buckets: Buckets, place: Location, file: InputFile
    ) -> None:
        """Answers one input file; its output appears in S3 when the whole file is done."""
        target = parse(_path(job, "jobOutput", "s3DataDestination"), "output")
        limit = limits.THEME_RECORDS_PER_FILE if job.themes else job.version.recipe.records_per_file
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
            kms_key_arn = _kms_key(job, "jobOutput", "s3DataDestination")
            buckets.write(target.bucket, target.key + file.output_name, output, kms_key_arn)
        logger.info("%s answered %d records of %s", job.arn, records, place.uri)


def _answerer(job: Job) -> Answerer:
    influence = _part(_part(job.request, "batchInferenceJobConfig"), "rankingInfluence")
    return Answerer(
        recommender.load(),
        job.version.recipe,
        job.num_results,
        job.filter,
        job.themes,
        popularity=_weight(influence, "POPULARITY"),
        freshness=_weight(influence, "FRESHNESS"),
    )


def _weight(influence: Mapping[str, object], key: str) -> float:
    value = influence.get(key)
    return float(value) if isinstance(value, int | float) else 0.0


def _part(mapping: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = mapping.get(key)
    return value if isinstance(value, Mapping) else {}


def _path(job: Job, side: str, store: str) -> str:
    return str(_part(_part(job.request, side), store)["path"])


def _kms_key(job: Job, side: str, store: str) -> str | None:
    key = _part(_part(job.request, side), store).get("kmsKeyArn")
    return str(key) if key else None
