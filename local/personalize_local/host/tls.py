"""Certificates of the local AWS: a private authority for each instance, made without openssl."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import botocore
import trustme

# Clients only ever see the address: S3 clients then leave the bucket out of the host name. The
# name is for MiniStack's own links, such as the URL that custom resources answer to.
_HOSTS: Final = ("127.0.0.1", "localhost")
_USERS_ROOTS: Final = (
    "AWS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
)


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where the files of an instance are.

    Attributes:
        certificate: The server's certificate.
        key: The server's private key.
        authority: The authority that signed it.
        bundle: The authority and all public ones, for clients that take one file for everything.
    """

    certificate: Path
    key: Path
    authority: Path
    bundle: Path

    @classmethod
    def below(cls, directory: Path) -> Certificates:
        """Returns the paths inside an instance's directory, whether the files exist or not."""
        folder = directory / "tls"
        return cls(
            folder / "server.pem", folder / "server.key", folder / "ca.pem", folder / "bundle.pem"
        )


def issue(directory: Path, environ: Mapping[str, str]) -> Certificates:
    """Makes an authority and a server certificate.

    Args:
        directory: The instance's directory.
        environ: The environment, which may name more authorities that the user trusts.

    Returns:
        Where the files are. Only the user can read the folder; the authority's own key is nowhere.
    """
    found = Certificates.below(directory)
    found.key.parent.mkdir(mode=0o700, parents=True)
    authority = trustme.CA()
    server = authority.issue_cert(*_HOSTS)
    found.certificate.write_bytes(b"".join(pem.bytes() for pem in server.cert_chain_pems))
    with os.fdopen(os.open(found.key, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(server.private_key_pem.bytes())
    found.authority.write_bytes(authority.cert_pem.bytes())
    roots = [authority.cert_pem.bytes(), *(path.read_bytes() for path in public_roots(environ))]
    found.bundle.write_bytes(b"\n".join(roots))
    return found


def public_roots(environ: Mapping[str, str]) -> list[Path]:
    """Returns the files of authorities that are trusted besides the instance's own.

    Args:
        environ: The environment, which may name files of the user's.

    Returns:
        The user's, then the system's; botocore's when there is neither. Each file once.
    """
    named = [Path(environ[name]) for name in _USERS_ROOTS if environ.get(name)]
    system = ssl.get_default_verify_paths().openssl_cafile
    found = [path for path in (*named, Path(system)) if path.is_file()]
    if not found:
        found = [Path(botocore.__file__).parent / "cacert.pem"]
    return list({path.resolve(): None for path in found})
