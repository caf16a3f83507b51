"""The process that is a local AWS: `python -m personalize_local.server`."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Final

from personalize_local.api.service import PersonalizeService
from personalize_local.emulator.late_imports import unseen
from personalize_local.host import environment
from personalize_local.host.places import STATE_FILE
from personalize_local.host.tls import Certificates

# No others: some open listeners of their own, on all addresses, or start containers.
_SERVICES: Final = (
    "athena cloudcontrol cloudformation dynamodb ecr events glue iam kms lambda logs monitoring "
    "s3 scheduler secretsmanager sns sqs ssm states sts tagging"
)
_OTHERS_SETTINGS: Final = ("MINISTACK_", "LOCALSTACK_", "LAMBDA_", "S3_", "DOCKER_", "PERSIST_")

logger = logging.getLogger("personalize_local")


def main(arguments: list[str] | None = None) -> None:
    """Runs a local AWS until it is told to stop, by a signal or by the end of its input.

    Args:
        arguments: The command line. Default: - the process's.
    """
    parser = argparse.ArgumentParser(prog="python -m personalize_local.server")
    parser.add_argument("--directory", type=Path, required=True, help="the instance's directory")
    parser.add_argument("--region", required=True)
    parser.add_argument("--job-seconds", type=float, required=True)
    parser.add_argument("--real-time", action="store_true", help="wait as state machines say")
    parser.add_argument("--lifeline", action="store_true", help="stop at the end of the input")
    options = parser.parse_args(arguments)
    listener = socket.create_server((environment.HOST, 0))
    port: int = listener.getsockname()[1]
    _configure(options.directory, port, options.region)
    asyncio.run(_run(options, listener, port))


async def _run(options: argparse.Namespace, listener: socket.socket, port: int) -> None:
    # Here and not above: MiniStack reads its settings when it is imported.
    with unseen("duckdb"):
        from personalize_local.emulator import app
        from personalize_local.emulator.cloud import MiniStackCloud

    files = Certificates.below(options.directory)
    cloud = MiniStackCloud(os.environ["AWS_ENDPOINT_URL"], files.bundle)
    service = PersonalizeService(cloud, job_seconds=options.job_seconds)
    app.register(service, real_time=options.real_time)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    if options.lifeline:
        threading.Thread(target=_watch_input, args=(loop, stop), daemon=True).start()
    _write_state(options, port)
    logger.info("Serving on port %d", port)
    await app.serve(listener, files, service, stop.wait)
    logging.shutdown()
    # Connections and threads that still wait for something would hold the loop and the interpreter.
    os._exit(0)


def _configure(directory: Path, port: int, region: str) -> None:
    """Sets what MiniStack and its Lambda workers read from the environment."""
    for name in [one for one in os.environ if one.startswith(_OTHERS_SETTINGS)]:
        del os.environ[name]
    client = environment.variables(directory, port, region, os.environ)
    for name in client.removed:
        del os.environ[name]
    os.environ.update(client.values)
    files = Certificates.below(directory)
    os.environ.update(
        {
            "AUTH": "true",
            "BIND_HOST": environment.HOST,
            "DOCKER_HOST": f"unix://{directory / 'no-docker'}",
            "GATEWAY_PORT": str(port),
            "IOT_MTLS_ENABLED": "0",
            "LOG_LEVEL": "INFO",
            "MINISTACK_ACCOUNT_ID": environment.ACCOUNT,
            "MINISTACK_REGION": region,
            "MINISTACK_SSL_CERT": str(files.certificate),
            "MINISTACK_SSL_KEY": str(files.key),
            "PERSIST_STATE": "0",
            "S3_DATA_DIR": str(directory / "s3"),
            "S3_PERSIST": "0",
            "SERVICES": ",".join(_SERVICES.split()),
            "SFTP_ENABLED": "0",
            "USE_SSL": "1",
        }
    )


def _write_state(options: argparse.Namespace, port: int) -> None:
    state = {
        "pid": os.getpid(),
        "port": port,
        "region": options.region,
        "job_seconds": options.job_seconds,
    }
    written = options.directory / f"{STATE_FILE}.new"
    written.write_text(json.dumps(state), encoding="utf-8")
    written.replace(options.directory / STATE_FILE)


def _watch_input(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    # The other end is the parent's: it also closes when the parent is killed.
    sys.stdin.buffer.read()
    loop.call_soon_threadsafe(stop.set)


if __name__ == "__main__":
    main()
