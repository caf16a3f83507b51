"""The quotas of Amazon Personalize that the local service keeps.

Source, unless a line says otherwise: "Amazon Personalize endpoints and quotas" in the developer
guide (limits page).
"""

from __future__ import annotations

from typing import Final

# Batch jobs of one kind that are pending or in progress, per account and region (L-69B72005).
JOBS_IN_FLIGHT: Final = 5
# Input files of one job.
INPUT_FILES: Final = 1_000
# All input files of one job together. The page says "1 GB": read as the smaller, decimal one, so
# that input which passes here passes there whichever is meant.
INPUT_BYTES: Final = 1_000_000_000
# Records of one input file, without and with themes.
RECORDS_PER_FILE: Final = 50_000_000
THEME_RECORDS_PER_FILE: Final = 100
# Queries of one input file of a batch segment job.
ITEM_AFFINITY_QUERIES: Final = 500
ITEM_ATTRIBUTE_AFFINITY_QUERIES: Final = 10
# Users in one segment.
USERS_PER_SEGMENT: Final = 5_000_000
# Tags of one resource ("Tagging Amazon Personalize resources"); the botocore shape admits 200.
TAGS: Final = 50
# Keys that AWS keeps for itself ("Tagging Amazon Personalize resources").
RESERVED_TAG_PREFIX: Final = "aws:"
# Rows of a page when the request has no maxResults, and the most of it (botocore: MaxResults).
ROWS_PER_PAGE: Final = 100
# Settings of the exploration of items ("User-Personalization recipe").
LEAST_WEIGHT: Final = 0
LARGEST_WEIGHT: Final = 1
LEAST_AGE_DAYS: Final = 1
# The least numResults, of which the model has no least.
LEAST_RESULTS: Final = 1
# Results of a line when the request has no numResults ("Creating a batch inference job").
DEFAULT_NUM_RESULTS: Final = 25
# Regions that make themes ("Batch recommendations with themes").
THEME_REGIONS: Final = frozenset({"us-east-1", "us-west-2", "ap-northeast-1"})
# Filters: of one dataset group, and the distinct fields of one filter and of all of a group.
FILTERS: Final = 30
FILTER_FIELDS: Final = 10
GROUP_FILTER_FIELDS: Final = 20
# Latest interactions of a user and event type that a filter considers.
FILTERED_INTERACTIONS: Final = 100
# Per account and Region: dataset groups and schemas, import jobs and trainings at a time.
DATASET_GROUPS: Final = 5
SCHEMAS: Final = 500
IMPORTS_IN_FLIGHT: Final = 5
TRAININGS_IN_FLIGHT: Final = 20
# Solutions of a dataset group.
SOLUTIONS: Final = 10
# The least interactions of an import, and of a training after its filter by event type.
LEAST_INTERACTIONS: Final = 1_000
# The least users with at least two interactions, for a training; and their least share.
LEAST_ACTIVE_USERS: Final = 25
LEAST_ACTIVE_SHARE: Final = 0.01
ACTIVE_USER_INTERACTIONS: Final = 2
# Metadata fields: most of users, items and interactions; the least of users and of items.
USER_FIELDS: Final = 25
ITEM_FIELDS: Final = 100
INTERACTION_FIELDS: Final = 5
TEXTUAL_FIELDS: Final = 1
# Event types and optional fields of interactions together.
EVENT_TYPES_AND_FIELDS: Final = 10
# Characters of ids, of categorical and other text, and of textual fields.
ID_CHARACTERS: Final = 256
TEXT_CHARACTERS: Final = 1_000
TEXTUAL_CHARACTERS: Final = 20_000
# Bytes of one import: with INCREMENTAL, and with FULL.
INCREMENTAL_BYTES: Final = 1_000_000_000
FULL_BYTES: Final = 100_000_000_000
