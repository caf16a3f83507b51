"""Another account of a local AWS, and roles of the own one that work there."""

from __future__ import annotations

import uuid
from typing import Any, Final

from personalize_local.host.environment import ACCOUNT
from tests.support.flow.running_aws import RunningAws

OTHER: Final = "111111111111"
OWN_ROOT: Final = f"arn:aws:iam::{ACCOUNT}:root"


class Other:
    """A bucket with an object, and a key, of another account."""

    def __init__(self, aws: RunningAws) -> None:
        self._aws = aws
        # MiniStack takes the number of an account for the access key of its root.
        root = {"AccessKeyId": OTHER, "SecretAccessKey": "test", "SessionToken": ""}
        self._s3, self._kms = aws.client("s3", root), aws.client("kms", root)
        self.bucket = f"flow-{uuid.uuid4().hex[:8]}"
        self._s3.create_bucket(Bucket=self.bucket)
        self._s3.put_object(Bucket=self.bucket, Key="key", Body=b"1")
        self.key = self._kms.create_key(Policy=aws.policy(self._owner()))["KeyMetadata"]["Arn"]

    def open_bucket(self, principal: str) -> None:
        """Allows everything to one principal."""
        self._put_policy(self._statement("Allow", principal))

    def open_bucket_but(self, principal: str) -> None:
        """Allows everything to the own account, but nothing to one principal of it."""
        self._put_policy(self._statement("Allow", OWN_ROOT), self._statement("Deny", principal))

    def open_key(self, principal: str) -> None:
        """Allows every use to one principal, besides the owner's account."""
        allowed = {"Effect": "Allow", "Principal": {"AWS": principal}}
        policy = self._aws.policy(self._owner(), {**allowed, "Action": "kms:*", "Resource": "*"})
        self._kms.put_key_policy(KeyId=self.key, PolicyName="default", Policy=policy)

    def _put_policy(self, *statements: dict[str, Any]) -> None:
        policy = self._aws.policy(*statements)
        self._s3.put_bucket_policy(Bucket=self.bucket, Policy=policy)

    def _statement(self, effect: str, principal: str) -> dict[str, Any]:
        resources = [f"arn:aws:s3:::{self.bucket}", f"arn:aws:s3:::{self.bucket}/*"]
        who = {"Effect": effect, "Principal": {"AWS": principal}}
        return {**who, "Action": "s3:*", "Resource": resources}

    @staticmethod
    def _owner() -> dict[str, Any]:
        who = {"AWS": f"arn:aws:iam::{OTHER}:root"}
        return {"Effect": "Allow", "Principal": who, "Action": "kms:*", "Resource": "*"}


class Role:
    """A role of the own account that may do anything in some services; and its session."""

    def __init__(self, aws: RunningAws, *services: str) -> None:
        allowed = [{"Effect": "Allow", "Action": f"{one}:*", "Resource": "*"} for one in services]
        self._aws, self._credentials = aws, aws.assume_new_role(*allowed)
        identity = aws.client("sts", self._credentials).get_caller_identity()
        self.arn = f"arn:aws:iam::{ACCOUNT}:role/{identity['Arn'].split('/')[1]}"

    def client(self, service: str) -> Any:
        return self._aws.client(service, self._credentials)
