from __future__ import annotations

import socket
import ssl
import stat
import threading
from pathlib import Path

import pytest

from personalize_local.host import tls
from tests.support import PATIENCE_SECONDS


def handshake(server_files: tls.Certificates, trust: Path, name: str) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_files.certificate, server_files.key)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        server = context.wrap_socket(ours, server_side=True, do_handshake_on_connect=False)
        refused: list[ssl.SSLError | OSError] = []

        def serve() -> None:
            try:
                server.do_handshake()
            except OSError as error:
                refused.append(error)

        thread = threading.Thread(target=serve)
        thread.start()
        client = ssl.create_default_context(cafile=str(trust))
        try:
            with client.wrap_socket(theirs, server_hostname=name):
                pass
        finally:
            theirs.close()
            thread.join(PATIENCE_SECONDS)
            server.close()


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("trusted", ["authority", "bundle"])
def test_clients_that_trust_the_authority_connect(tmp_path: Path, name: str, trusted: str) -> None:
    files = tls.issue(tmp_path, {})
    handshake(files, getattr(files, trusted), name)


def test_another_instance_is_not_trusted(tmp_path: Path) -> None:
    one, other = tls.issue(tmp_path / "one", {}), tls.issue(tmp_path / "other", {})
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(one, other.authority, "127.0.0.1")


def test_other_names_are_not_served(tmp_path: Path) -> None:
    files = tls.issue(tmp_path, {})
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(files, files.authority, "s3.amazonaws.com")


def test_the_key_is_the_users_alone(tmp_path: Path) -> None:
    files = tls.issue(tmp_path, {})
    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    assert stat.S_IMODE(files.key.parent.stat().st_mode) == 0o700


def test_the_authoritys_key_is_nowhere(tmp_path: Path) -> None:
    files = tls.issue(tmp_path, {})
    with_keys = [path for path in tmp_path.rglob("*.*") if b"PRIVATE KEY" in path.read_bytes()]
    assert with_keys == [files.key]


def test_the_bundle_keeps_public_authorities(tmp_path: Path) -> None:
    files = tls.issue(tmp_path, {})
    assert files.authority.read_bytes() in files.bundle.read_bytes()
    assert files.bundle.read_bytes().count(b"BEGIN CERTIFICATE") > 50


def test_the_bundle_keeps_the_users_authorities(tmp_path: Path) -> None:
    company = tls.issue(tmp_path / "company", {}).authority
    for name in (
        "AWS_CA_BUNDLE",
        "SSL_CERT_FILE",
        "NODE_EXTRA_CA_CERTS",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ):
        files = tls.issue(tmp_path / name, {name: str(company)})
        assert company.read_bytes() in files.bundle.read_bytes()


def test_a_file_that_does_not_exist_is_left_out(tmp_path: Path) -> None:
    missing = tmp_path / "missing.pem"
    assert missing not in tls.public_roots({"SSL_CERT_FILE": str(missing)})
    assert tls.public_roots({})


def test_each_file_counts_once(tmp_path: Path) -> None:
    company = tls.issue(tmp_path, {}).authority
    found = tls.public_roots({"AWS_CA_BUNDLE": str(company), "SSL_CERT_FILE": str(company)})
    assert found.count(company.resolve()) == 1


def test_without_any_store_botocores_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    paths = ssl.get_default_verify_paths()._replace(openssl_cafile="/nowhere/cert.pem")
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    (found,) = tls.public_roots({})
    assert found.name == "cacert.pem"
    assert found.is_file()
