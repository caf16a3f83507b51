"""The limits of Amazon Personalize, and of the services around it, that the library knows.

Source of lengths, patterns and ranges: the shapes of ``CreateBatchInferenceJob`` and
``CreateBatchSegmentJob`` in botocore's ``personalize/2018-05-22/service-2.json``, unless a line
says otherwise. Contract tests compare them with the model, and with those of the other packages.
"""

from __future__ import annotations

from typing import Final

LONGEST_JOB_NAME: Final = 63
JOB_NAME_PATTERN: Final = r"[a-zA-Z0-9][a-zA-Z0-9\-_]*"

LONGEST_ARN: Final = 256
ROLE_ARN_PATTERN: Final = r"arn:([a-z\d-]+):iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"
# Narrower than the model's `arn:([a-z\d-]+):personalize:.*:.*:.+`. Source of the forms: the
# Service Authorization Reference, "Actions, resources, and condition keys for Amazon Personalize".
PERSONALIZE_ARN_PATTERN: Final = r"arn:[a-z\d-]+:personalize:[a-z\d-]+:\d{12}:"
SOLUTION_ARN_PATTERN: Final = PERSONALIZE_ARN_PATTERN + r"solution/[^/:]+"
SOLUTION_VERSION_ARN_PATTERN: Final = SOLUTION_ARN_PATTERN + r"/[^/:]+"
FILTER_ARN_PATTERN: Final = PERSONALIZE_ARN_PATTERN + r"filter/[^/:]+"

LONGEST_KEY_ARN: Final = 2048
KEY_ARN_PATTERN: Final = r"arn:aws.*:kms:.*:[0-9]{12}:key/.*"

LONGEST_COLUMN_NAME: Final = 150
COLUMN_NAME_PATTERN: Final = r"[A-Za-z_][A-Za-z\d_]*"

# RankingInfluenceWeight; for the exploration weight the developer guide, "User-Personalization
# recipe".
LEAST_WEIGHT: Final = 0
LARGEST_WEIGHT: Final = 1

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
INPUT_FILES: Final = 1_000
# Of one input file, without and with themes, and of the two recipes for segments.
RECORDS_PER_FILE: Final = 50_000_000
THEME_RECORDS_PER_FILE: Final = 100
ITEM_AFFINITY_QUERIES: Final = 500
ITEM_ATTRIBUTE_AFFINITY_QUERIES: Final = 10
USERS_PER_SEGMENT: Final = 5_000_000
# Source: the developer guide, "Batch recommendations with themes".
THEME_REGIONS: Final = ("ap-northeast-1", "us-east-1", "us-west-2")

# Source: the developer guide, "Amazon Personalize endpoints and quotas": batch inference jobs, and
# batch segment jobs, that are pending or in progress at a time in an account and Region.
JOBS_IN_FLIGHT: Final = 5

# Source: AWS CloudFormation resource reference, AWS::CloudFormation::CustomResource.
LONGEST_SERVICE_TIMEOUT_SECONDS: Final = 3_600
# Source: AWS CloudFormation resource reference, AWS::CloudFormation::WaitCondition, and user guide,
# "Creating wait conditions": the data of a signal.
LONGEST_WAIT_SECONDS: Final = 43_200
SIGNAL_BYTES: Final = 4_096

# Source: the AWS Step Functions Developer Guide, "Quotas", "Redriving executions" and, for the
# children of a distributed Map at the same time, "Using Map state in Distributed mode".
EXECUTION_EVENTS: Final = 25_000
STATE_BYTES: Final = 262_144
REDRIVE_DAYS: Final = 14
DISTRIBUTED_MAP_CONCURRENCY: Final = 10_000

# Source: the AWS Lambda Developer Guide, "Lambda quotas".
LONGEST_FUNCTION_SECONDS: Final = 900

# Source: the IAM User Guide, "IAM and AWS STS quotas": all inline policies of a role, and one
# managed policy.
INLINE_POLICY_CHARACTERS: Final = 10_240
MANAGED_POLICY_CHARACTERS: Final = 6_144
MANAGED_POLICIES_OF_ROLE: Final = 10
# Source: the botocore shape policyDocumentType of IAM.
NO_POLICY_CHARACTER: Final = r"[^\t\n\r\x20-\xff]"

# Source: the AWS Glue shape NameString, and the Amazon Athena User Guide, "Name databases, tables,
# and columns".
LONGEST_TABLE_NAME: Final = 255
TABLE_NAME_PATTERN: Final = r"[a-z_][a-z0-9_]*"
