"""Has a template make the policy of a bucket that exists and has none; MiniStack replaces it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from personalize_local.emulator.mend import Mend


def _apply() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::S3::BucketPolicy"]
    create = handlers["create"]

    def create_first(logical_id: str, properties: Mapping[str, Any], stack_name: str) -> object:
        bucket = properties.get("Bucket", "")
        if s3._bucket_owner_account(bucket) is None:
            message = "The specified bucket does not exist"
            raise ValueError(provisioners._sdk_error(message, "S3", 404))
        if s3._bucket_policies.get(bucket):
            raise ValueError(f"The bucket policy already exists on bucket {bucket}.")
        return create(logical_id, properties, stack_name)

    handlers["create"] = create_first


MEND: Final = Mend(
    aws="AWS::S3::BucketPolicy is made for a bucket that exists and has no policy yet.",
    source="aws-cdk #18676",
    apply=_apply,
)
