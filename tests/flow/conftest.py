"""One local AWS for all flow tests."""

# boto3 makes its clients at run time; the commands are the tests' own.
# ruff: noqa: ANN401, S603

from __future__ import annotations

import contextlib
import json
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

from personalize_local.control import Control
from personalize_local.environment import ACCOUNT
from personalize_local.instance import LocalAws
from personalize_local.testing import AwsForTests, running


class RunningAws:
    """A bootstrapped local AWS, and clients that this process's environment cannot change."""

    def __init__(self, local_aws: LocalAws) -> None:
        self.local_aws = local_aws
        self.environment: dict[str, str] = local_aws.environment()
        self.control = Control(self.environment)
        self._session = boto3.session.Session()
        self._clients: list[Any] = []

    def client(
        self, service: str, credentials: dict[str, str] | None = None, config: Config | None = None
    ) -> Any:
        """A boto3 client; of the account's root, or of credentials that STS answered with."""
        keys = {
            "aws_access_key_id": self.environment["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": self.environment["AWS_SECRET_ACCESS_KEY"],
        }
        if credentials is not None:
            keys = {
                "aws_access_key_id": credentials["AccessKeyId"],
                "aws_secret_access_key": credentials["SecretAccessKey"],
                "aws_session_token": credentials["SessionToken"],
            }
        client = self._session.client(
            service,
            endpoint_url=self.local_aws.endpoint_url,
            region_name=self.local_aws.region,
            verify=self.environment["AWS_CA_BUNDLE"],
            config=config,
            **keys,
        )
        self._clients.append(client)
        return client

    @staticmethod
    def policy(*statements: dict[str, Any]) -> str:
        """A policy document."""
        return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

    def create_role(self, service: str, *statements: dict[str, Any]) -> str:
        """Makes a role that a service may assume, such as `lambda`; answers its ARN."""
        return self._create_role({"Service": f"{service}.amazonaws.com"}, statements)

    def assume_new_role(self, *statements: dict[str, Any]) -> dict[str, str]:
        """Credentials of a session of a new role, for `client`."""
        arn = self._create_role({"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, statements)
        answer = self.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")
        return dict(answer["Credentials"])

    def _create_role(self, who: dict[str, str], statements: Sequence[dict[str, Any]]) -> str:
        name = f"flow-{uuid.uuid4().hex[:8]}"
        iam = self.client("iam")
        trust = self.policy({"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"})
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]
        if statements:
            iam.put_role_policy(
                RoleName=name, PolicyName="inline", PolicyDocument=self.policy(*statements)
            )
        return str(role["Arn"])

    def run(self, command: Sequence[str], **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs a command in the environment; its output is text in the result."""
        settings = {"env": self.environment, "capture_output": True, "text": True, "timeout": 300}
        return subprocess.run(command, **{**settings, "check": False, **options})

    def close(self) -> None:
        """Closes the clients."""
        for client in self._clients:
            client.close()


@pytest.fixture
def control(local_aws: RunningAws) -> Iterator[Control]:
    """The switchboard, without faults before and after the test."""
    local_aws.control.clear_faults()
    yield local_aws.control
    local_aws.control.clear_faults()


@pytest.fixture(scope="session")
def local_aws(local_aws: AwsForTests) -> Iterator[RunningAws]:
    """A local AWS that the CDK has bootstrapped; its jobs last 0.4 s."""
    with contextlib.closing(RunningAws(local_aws.local_aws)) as aws:
        yield aws


@pytest.fixture
def own_aws(pytestconfig: pytest.Config, tmp_path: Path) -> Iterator[RunningAws]:
    """A local AWS of one test, which the CDK has not bootstrapped."""
    started = running(
        tmp_path,
        region="us-east-1",
        job_seconds=float(pytestconfig.getini("personalize_local_job_seconds")),
        bootstrapped=False,
    )
    with started as local_aws, contextlib.closing(RunningAws(local_aws.local_aws)) as aws:
        yield aws
