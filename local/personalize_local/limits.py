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
TAGS_PER_RESOURCE: Final = 50
# Results of a line when the request has no numResults ("Creating a batch inference job").
DEFAULT_NUM_RESULTS: Final = 25
# Regions that make themes ("Batch recommendations with themes").
THEME_REGIONS: Final = frozenset({"us-east-1", "us-west-2", "ap-northeast-1"})
