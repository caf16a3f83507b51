"""Has CloudFormation fail to delete a bucket that is not empty; MiniStack deletes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ministack.services import s3
from ministack.services.cloudformation import provisioners

from personalize_local.emulator.mend import Mend

_MESSAGE: Final = "The bucket you tried to delete is not empty"


def _apply() -> None:
    handlers = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    delete = handlers["delete"]

    def delete_empty(physical_id: str, properties: Mapping[str, Any]) -> None:
        bucket = s3._buckets.get(physical_id)
        if bucket is not None and (bucket["objects"] or s3._bucket_has_versions(physical_id)):
            raise ValueError(provisioners._sdk_error(_MESSAGE, "S3", 409))
        delete(physical_id, properties)

    handlers["delete"] = delete_empty


MEND: Final = Mend(
    aws="Only an empty bucket can be deleted.",
    source="CloudFormation Template Reference, AWS::S3::Bucket",
    apply=_apply,
)
