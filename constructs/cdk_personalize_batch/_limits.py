"""The limits of Amazon Personalize that can be checked before a deployment.

Source of lengths, patterns and ranges: the shapes of ``CreateBatchInferenceJob`` and
``CreateBatchSegmentJob`` in botocore's ``personalize/2018-05-22/service-2.json``, unless a line
says otherwise. A contract test compares them with the model.
"""

from __future__ import annotations

from typing import Final

LONGEST_JOB_NAME: Final = 63
JOB_NAME_PATTERN: Final = r"[a-zA-Z0-9][a-zA-Z0-9\-_]*"

LONGEST_ARN: Final = 256
ROLE_ARN_PATTERN: Final = r"arn:([a-z\d-]+):iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
# Narrower than the model's `arn:([a-z\d-]+):personalize:.*:.*:.+`. Source of the forms: the
# Service Authorization Reference, "Actions, resources, and condition keys for Amazon Personalize".
SOLUTION_ARN_PATTERN: Final = r"arn:[a-z\d-]+:personalize:[a-z\d-]+:\d{12}:solution/[^/:]+"
SOLUTION_VERSION_ARN_PATTERN: Final = SOLUTION_ARN_PATTERN + r"/[^/:]+"
FILTER_ARN_PATTERN: Final = r"arn:[a-z\d-]+:personalize:[a-z\d-]+:\d{12}:filter/[^/:]+"

LONGEST_KEY_ARN: Final = 2048
KEY_ARN_PATTERN: Final = r"arn:aws.*:kms:.*:[0-9]{12}:key/.*"

LONGEST_COLUMN_NAME: Final = 150
COLUMN_NAME_PATTERN: Final = r"[A-Za-z_][A-Za-z\d_]*"

# TagKey and TagValue; the model admits 200 tags. Source of 50 and of the prefix: the developer
# guide, "Tagging Amazon Personalize resources".
LONGEST_TAG_KEY: Final = 128
LONGEST_TAG_VALUE: Final = 256
TAGS: Final = 50
RESERVED_TAG_PREFIX: Final = "aws:"

LONGEST_S3_PATH: Final = 256
# Source: the Amazon S3 User Guide, "Bucket naming rules".
SHORTEST_BUCKET_NAME: Final = 3
BUCKET_NAME_PATTERN: Final = r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]"

# Source: the developer guide, "Amazon Personalize endpoints and quotas". "1 GB" is read as the
# smaller, decimal one, so that input which passes here passes there whichever is meant.
INPUT_BYTES: Final = 1_000_000_000
USERS_PER_SEGMENT: Final = 5_000_000
# Source: the developer guide, "Batch recommendations with themes".
THEME_REGIONS: Final = ("ap-northeast-1", "us-east-1", "us-west-2")

# Source: AWS CloudFormation resource reference, AWS::CloudFormation::WaitCondition.
LONGEST_WAIT_SECONDS: Final = 43_200
