"""What tests do with a local AWS: deploy an app, call services, wait for jobs."""

from __future__ import annotations

import json
import shlex
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final

import boto3

from personalize_local import instance
from personalize_local.control import Control
from personalize_local.host.processes import Signals, end_child
from personalize_local.instance import LocalAws, LocalAwsError

_ENDED: Final = frozenset({"ACTIVE", "CREATE FAILED"})
_POLL_SECONDS: Final = 0.05
_COMMAND_SECONDS: Final = 300.0


class AwsForTests:
    """A local AWS, as the fixtures `local_aws` and `clean_local_aws` give it.

    The environment of the tests themselves is not changed: what shall work here is started with
    `run`, or gets its clients from `client`.

    Attributes:
        local_aws: The instance.
        environment: The environment variables of its clients.
        control: Its switchboard: faults, calls, jobs.
    """

    def __init__(self, local_aws: LocalAws) -> None:
        self.local_aws = local_aws
        self.environment: dict[str, str] = local_aws.environment()
        self.control = Control(self.environment)
        self._session = boto3.Session(
            self.environment["AWS_ACCESS_KEY_ID"],
            self.environment["AWS_SECRET_ACCESS_KEY"],
            region_name=local_aws.region,
        )
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes its clients at run time
        """Returns a boto3 client of the account's root.

        Args:
            service: The name that boto3 has for the service.
        """
        if service not in self._clients:
            self._clients[service] = self._session.client(
                service,
                endpoint_url=self.local_aws.endpoint_url,
                verify=self.environment["AWS_CA_BUNDLE"],
            )
        return self._clients[service]

    def run(
        self, command: Sequence[str], *, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command in the environment.

        Args:
            command: Its words.
            cwd: Where. Default: - in the working directory.

        Returns:
            What it printed, as text, and its exit code.

        Raises:
            LocalAwsError: It cannot be started, or has not ended after five minutes.
        """
        try:
            return subprocess.run(  # noqa: S603 - the tests' own command
                command,
                cwd=cwd,
                env=self.environment,
                capture_output=True,
                text=True,
                check=False,
                timeout=_COMMAND_SECONDS,
            )
        except OSError as error:
            raise LocalAwsError(
                f"{command[0]!r} cannot be started: {error.strerror}, with PATH="
                f"{self.environment.get('PATH', '')}; install it, or correct its name"
            ) from error
        except subprocess.TimeoutExpired as error:
            raise LocalAwsError(
                f"{shlex.join(command)} was stopped: it had not ended after {error.timeout:g} s"
            ) from error

    def deploy(self, app: str | Path, *words: str) -> dict[str, dict[str, str]]:
        """Deploys all stacks of a CDK app with the CDK CLI.

        Args:
            app: The Python program of the app; it runs in its own folder.
            words: More words for ``cdk deploy``, such as ``-c`` and ``key=value``.

        Returns:
            The outputs, by the name of the stack and of the output.

        Raises:
            LocalAwsError: There is no such program, or it failed; then the text has what the CLI
                said.
        """
        app = Path(app)
        if not app.is_file():
            raise LocalAwsError(f"there is no app {app} (looked in {Path.cwd()}); correct the path")
        with tempfile.TemporaryDirectory() as folder:
            outputs = Path(folder) / "outputs.json"
            command = ["cdk", "deploy", "--all", "--require-approval", "never", "--no-color"]
            # This Python is the first on the path; the CLI takes quotes around a command away.
            command += ["--app", f"python {shlex.quote(app.name)}"]
            command += ["--output", str(Path(folder) / "cdk.out")]
            command += ["--outputs-file", str(outputs), *words]
            done = self.run(command, cwd=app.resolve().parent)
            if done.returncode:
                said = (done.stdout + done.stderr).strip()
                raise LocalAwsError(f"`cdk deploy` of {app} failed with {done.returncode}:\n{said}")
            found = json.loads(outputs.read_text(encoding="utf-8"))
        return {stack: dict(values) for stack, values in found.items()}

    def finished_jobs(self, *, seconds: float = 60) -> list[dict[str, Any]]:
        """Waits until no batch job runs any more.

        Args:
            seconds: How long to wait at most.

        Returns:
            All jobs, as their Describe operations answer them, oldest first.

        Raises:
            TimeoutError: A job still runs.
        """
        deadline = time.monotonic() + seconds
        while True:
            jobs = self.control.jobs()
            running = [job for job in jobs if job["status"] not in _ENDED]
            if not running:
                return jobs
            if time.monotonic() > deadline:
                names = ", ".join(f"{job['jobName']} ({job['status']})" for job in running)
                raise TimeoutError(f"after {seconds:g} s there still run {names}")
            time.sleep(_POLL_SECONDS)

    def read(self, uri: str) -> list[dict[str, Any]]:
        """Reads the records that a job wrote.

        Args:
            uri: The folder of its output, ``s3://BUCKET/…/``.

        Returns:
            The records of all ``.out`` files, in the order of the files' names.

        Raises:
            LocalAwsError: It is no S3 URI.
        """
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        if not uri.startswith("s3://") or not bucket:
            raise LocalAwsError(f"{uri!r} is no folder in S3; give s3://BUCKET/FOLDER/")
        s3 = self.client("s3")
        pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        return [
            json.loads(line)
            for page in pages
            for found in page.get("Contents", [])
            if found["Key"].endswith(".out")
            for line in s3.get_object(Bucket=bucket, Key=found["Key"])["Body"].iter_lines()
        ]

    def close(self) -> None:
        """Closes the clients."""
        for client in self._clients.values():
            client.close()


@contextmanager
def running(
    directory: Path,
    *,
    region: str,
    job_seconds: float,
    bootstrapped: bool = True,
    real_time: bool = False,
) -> Iterator[AwsForTests]:
    """Runs a local AWS.

    Args:
        directory: An empty directory for its files.
        region: The region that its clients work in.
        job_seconds: How long a batch job lasts at least.
        bootstrapped: Whether the CDK bootstraps it, as it must before anything is deployed.
        real_time: Whether a state machine that waits for a job waits as long as it says, and not
            until the job has ended.

    Yields:
        The local AWS; it stops when the block ends.

    Raises:
        LocalAwsError: It cannot be started or bootstrapped.
    """
    # Never entered: Ctrl-C stays the test runner's.
    signals = Signals()
    started, process = instance.start(
        directory, region=region, job_seconds=job_seconds, signals=signals, real_time=real_time
    )
    try:
        if bootstrapped:
            instance.bootstrap(started, signals)
        with closing(AwsForTests(started)) as aws:
            yield aws
    finally:
        end_child(process)
