"""A local AWS as the project's own tests use it: with roles, and in any environment."""

from __future__ import annotations

import json
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from personalize_local.host.environment import ACCOUNT
from personalize_local.instance import LocalAws
from personalize_local.testing import AwsForTests
from tests.support import PATIENCE_SECONDS


class RunningAws(AwsForTests):
    """What users have, and clients of anybody, roles, and commands in another environment."""

    def __init__(self, local_aws: LocalAws) -> None:
        super().__init__(local_aws)
        self._anybody = boto3.session.Session()
        self._made: list[Any] = []

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
        client = self._anybody.client(
            service,
            endpoint_url=self.local_aws.endpoint_url,
            region_name=self.local_aws.region,
            verify=self.environment["AWS_CA_BUNDLE"],
            config=config,
            **keys,
        )
        self._made.append(client)
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

    def outputs(self, stack: str) -> dict[str, str]:
        """The outputs of a stack."""
        (found,) = self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
        return {one["OutputKey"]: one["OutputValue"] for one in found["Outputs"]}

    def deploy_assembly(self, folder: Path) -> None:
        """Deploys all stacks of a cloud assembly with the CDK CLI."""
        done = self.run(
            ["cdk", "deploy", "--all", "--require-approval", "never", "--app", str(folder)]
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command, with more variables if need be; its output is text in the result."""
        return subprocess.run(
            command,
            cwd=cwd,
            env={**self.environment, **(env or {})},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )

    def close(self) -> None:
        """Closes the clients."""
        super().close()
        for client in self._made:
            client.close()
