"""Where a batch job writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdk_personalize_batch._cdk.tokens import is_token
from cdk_personalize_batch.request.argument_types import typed, typed_fields

if TYPE_CHECKING:
    from aws_cdk import aws_kms as kms
    from aws_cdk import aws_s3 as s3


@typed_fields
@dataclass(frozen=True, slots=True)
class JobOutput:
    """A folder in a bucket, below which every job has a folder of its own.

    Make one with `to_bucket`.

    Attributes:
        bucket: The bucket.
        prefix: The folder, with its ``/``; ``""`` for the bucket itself.
        kms_key: The key that encrypts the output; None for the bucket's own.
    """

    bucket: s3.IBucket
    prefix: str
    kms_key: kms.IKey | None

    @classmethod
    @typed
    def to_bucket(
        cls, bucket: s3.IBucket, *, prefix: str = "", kms_key: kms.IKey | None = None
    ) -> JobOutput:
        """Writes to ``s3://BUCKET/PREFIX/<job name>/``, one ``.out`` file for each input file.

        Each job has its own folder, so that no run writes over another one's results.

        Args:
            bucket: The bucket, in the Region of the job.
            prefix: The folder; ``/`` is added at its end when it lacks one. Default: - the jobs'
                folders lie at the top of the bucket.
            kms_key: The key that encrypts the output. Default: - the bucket's ``encryption_key``,
                if it has one.
        """
        closed = not prefix or prefix.endswith("/") or is_token(prefix)
        return cls(bucket, prefix if closed else f"{prefix}/", kms_key)
