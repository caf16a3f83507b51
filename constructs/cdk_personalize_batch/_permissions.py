"""Which actions the constructs allow, by purpose; and who may use them.

Source of the S3 actions: the developer guide, "Giving Amazon Personalize access to Amazon S3
resources". Its sample allows all three actions on one bucket; here input is only read and output
is only written, which is the split that the guide documents for import and export jobs.
"""

from __future__ import annotations

from typing import Final

PERSONALIZE: Final = "personalize.amazonaws.com"

READ_OBJECTS: Final = ("s3:GetObject",)
WRITE_OBJECTS: Final = ("s3:PutObject",)
LIST_BUCKET: Final = ("s3:ListBucket",)

# Source: the developer guide, "Giving Amazon Personalize permission to use your AWS KMS key".
USE_KEY: Final = ("kms:Decrypt", "kms:GenerateDataKey", "kms:DescribeKey", "kms:ListGrants")
USE_KEY_BY_KEY_POLICY: Final = (*USE_KEY, "kms:CreateGrant")
