from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from personalize_local.host import environment

GIVEN = {
    "HOME": "/home/someone",
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "AWS_PROFILE": "production",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ACCESS_KEY_ID": "real",
    "AWS_ENDPOINT_URL_S3": "https://s3.example.com",
}


@pytest.fixture
def changes(tmp_path: Path) -> environment.Variables:
    return environment.variables(tmp_path, 4567, "eu-west-1", GIVEN, tmp_path)


def test_clients_are_pointed_at_the_instance(
    tmp_path: Path, changes: environment.Variables
) -> None:
    applied = changes.applied_to(GIVEN)
    assert applied["AWS_ENDPOINT_URL"] == "https://127.0.0.1:4567"
    assert applied["AWS_REGION"] == applied["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert applied["CDK_DEFAULT_REGION"] == "eu-west-1"
    assert applied["CDK_DEFAULT_ACCOUNT"] == environment.ACCOUNT
    for name in (
        "AWS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "NODE_EXTRA_CA_CERTS",
        "REQUESTS_CA_BUNDLE",
        "SSL_CERT_FILE",
    ):
        assert Path(applied[name]).parent == tmp_path / "tls"


def test_nothing_is_left_that_leads_to_the_real_aws(changes: environment.Variables) -> None:
    applied = changes.applied_to(GIVEN)
    assert applied["AWS_ACCESS_KEY_ID"] == "test"
    assert applied["AWS_CONFIG_FILE"] == applied["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull
    assert changes.removed == ("AWS_ENDPOINT_URL_S3", "AWS_PROFILE", "AWS_SESSION_TOKEN")
    assert not set(changes.removed) & set(applied)
    assert applied["HOME"] == GIVEN["HOME"]


def test_the_cdk_cli_calls_nobody_else(changes: environment.Variables) -> None:
    assert changes.values["CDK_DISABLE_CLI_TELEMETRY"] == "true"
    assert changes.values["CDK_DISABLE_VERSION_CHECK"] == "true"
    assert changes.values["CDK_NOTICES"] == "false"


def test_the_path_begins_with_our_tools(tmp_path: Path) -> None:
    tools = tmp_path / "node_modules" / ".bin"
    tools.mkdir(parents=True)
    (tools / "cdk").touch()
    deeper = tmp_path / "infra" / "app"
    deeper.mkdir(parents=True)
    found = environment.variables(tmp_path / "x", 1, "eu-west-1", GIVEN, deeper).values["PATH"]
    python = str(Path(sys.executable).parent)
    assert found.split(":") == [
        *(str(tmp_path / "x" / "bin"), python, str(tools)),
        *(entry for entry in ("/usr/local/bin", "/usr/bin", "/bin") if entry != python),
    ]


def test_a_path_is_made_when_there_is_none(tmp_path: Path) -> None:
    found = environment.variables(tmp_path, 1, "eu-west-1", {}, tmp_path).values["PATH"]
    assert "/usr/bin" in found.split(":")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "127.0.0.1,localhost"),
        ({"NO_PROXY": "a.example, b.example"}, "a.example,b.example,127.0.0.1,localhost"),
        ({"no_proxy": "localhost"}, "localhost,127.0.0.1"),
    ],
)
def test_proxies_are_kept_out(tmp_path: Path, given: dict[str, str], expected: str) -> None:
    values = environment.variables(tmp_path, 1, "eu-west-1", given, tmp_path).values
    assert values["NO_PROXY"] == values["no_proxy"] == expected


def test_the_shell_form_can_be_evaluated() -> None:
    changes = environment.Variables({"ONE": "it's $HOME", "TWO": ""}, ("AWS_PROFILE",))
    script = f'{changes.as_shell()}\nprintf \'%s|%s|%s\' "$ONE" "$TWO" "${{AWS_PROFILE-none}}"'
    done = subprocess.run(
        ["/bin/sh", "-c", script], env=GIVEN, capture_output=True, text=True, check=True
    )
    assert done.stdout == "it's $HOME||none"


def test_the_json_form_says_what_to_remove() -> None:
    changes = environment.Variables({"ONE": "1"}, ("AWS_PROFILE",))
    assert json.loads(changes.as_json()) == {"AWS_PROFILE": None, "ONE": "1"}


def test_node_is_linked(tmp_path: Path) -> None:
    environment.link_node(tmp_path)
    node = tmp_path / "bin" / "node"
    done = subprocess.run([node, "--version"], capture_output=True, text=True, check=True)
    assert int(done.stdout.removeprefix("v").partition(".")[0]) >= 22
