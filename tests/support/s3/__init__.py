"""An S3 in memory that keeps S3's rules, for all that is tested or measured without a network."""

from __future__ import annotations

from tests.support.s3.blobs import Lines, Padded
from tests.support.s3.memory import MemoryS3

__all__ = ["Lines", "MemoryS3", "Padded"]
