"""The functions of Trino: which ones there are, and those that DuckDB has to be taught.

Source: the list of functions in Trino's documentation, which Athena engine version 3 follows.
"""

from __future__ import annotations

from typing import Any, Final

from ministack.services import athena

from personalize_local.emulator.mends.athena.queries.failures import QueryFailed, function_not_found

_NAMES: Final = """
abs acos all_match any_match any_value approx_distinct approx_most_frequent approx_percentile
approx_set arbitrary array_agg array_distinct array_except array_intersect array_join array_max
array_min array_position array_remove array_sort array_union arrays_overlap asin at_timezone atan
atan2 avg bar beta_cdf bit_count bitwise_and bitwise_and_agg bitwise_left_shift bitwise_not
bitwise_or bitwise_or_agg bitwise_right_shift bitwise_right_shift_arithmetic bitwise_xor bool_and
bool_or cardinality cast cbrt ceil ceiling char2hexint checksum chr coalesce codepoint color
combinations concat concat_ws contains contains_sequence corr cos cosh cosine_similarity count
count_if covar_pop covar_samp crc32 cume_dist current_timezone date date_add date_diff date_format
date_parse date_trunc day day_of_month day_of_week day_of_year degrees dense_rank dow doy e
element_at empty_approx_set ends_with every exp extract filter first_value flatten floor format
format_datetime format_number from_base from_base32 from_base64 from_base64url from_big_endian_32
from_big_endian_64 from_hex from_ieee754_32 from_ieee754_64 from_iso8601_date
from_iso8601_timestamp from_iso8601_timestamp_nanos from_unixtime from_unixtime_nanos from_utf8
geometric_mean great_circle_distance greatest grouping hamming_distance hash_counts histogram
hmac_md5 hmac_sha1 hmac_sha256 hmac_sha512 hour human_readable_seconds if index infinity
intersection_cardinality inverse_beta_cdf inverse_normal_cdf is_finite is_infinite is_json_scalar
is_nan jaccard_index json_array json_array_contains json_array_get json_array_length json_exists
json_extract json_extract_scalar json_format json_object json_parse json_query json_size json_value
kurtosis lag last_day_of_month last_value lead least length levenshtein_distance listagg ln log
log10 log2 lower lpad ltrim luhn_check map map_agg map_concat map_entries map_filter
map_from_entries map_keys map_union map_values map_zip_with max max_by md5 merge millisecond min
min_by minute mod month multimap_agg multimap_from_entries murmur3 nan ngrams none_match normal_cdf
normalize now nth_value ntile nullif numeric_histogram parse_data_size parse_datetime
parse_duration percent_rank pi position pow power qdigest_agg quarter radians rand random rank
reduce reduce_agg regexp_count regexp_extract regexp_extract_all regexp_like regexp_position
regexp_replace regexp_split regr_intercept regr_slope render repeat replace reverse rgb round row
row_number rpad rtrim second sequence sha1 sha256 sha512 shuffle sign sin sinh skewness slice
soundex split split_part split_to_map split_to_multimap spooky_hash_v2_32 spooky_hash_v2_64 sqrt
starts_with stddev stddev_pop stddev_samp strpos substr substring sum tan tanh tdigest_agg
timezone_hour timezone_minute to_base to_base32 to_base64 to_base64url to_big_endian_32
to_big_endian_64 to_char to_date to_hex to_ieee754_32 to_ieee754_64 to_iso8601 to_milliseconds
to_timestamp to_unixtime to_utf8 transform transform_keys transform_values translate trim
trim_array truncate try try_cast typeof upper url_decode url_encode url_extract_fragment
url_extract_host url_extract_parameter url_extract_path url_extract_port url_extract_protocol
url_extract_query uuid value_at_quantile values_at_quantiles var_pop var_samp variance version week
week_of_year width_bucket wilson_interval_lower wilson_interval_upper with_timezone word_stem
xxhash64 year year_of_week yow zip zip_with
"""
_KNOWN: Final = frozenset(_NAMES.split())
# What can stand before a parenthesis and is no function.
_KEYWORDS: Final = """
all and any array as between by case char cross cube decimal distinct else except exists from
having in intersect interval is join lateral like limit not offset on or over partition rollup row
rows select sets some then time timestamp union unnest using values varchar varbinary when where
with within group ordinality unload only
"""
_WORDS: Final = frozenset(_KEYWORDS.split())
# A text that cannot be converted is an error that TRY catches, which `error` is not. The empty text
# of an argument keeps DuckDB from converting it beforehand.
_FAIL: Final = "CAST('{}' || left(CAST({} AS VARCHAR), 0) AS TINYINT)"
_INTEGRAL: Final = "typeof({0}) NOT IN ('DOUBLE', 'FLOAT')"
MACROS: Final = (
    "CREATE MACRO athena_divide(a, b) AS CASE WHEN "
    f"{_INTEGRAL.format('a')} AND {_INTEGRAL.format('b')} AND b = 0 THEN "
    f"{_FAIL.format('DIVISION_BY_ZERO: Division by zero', 'b')} ELSE a / b END",
    "CREATE MACRO athena_subscript(list, place) AS CASE WHEN place > len(list) THEN list["
    + _FAIL.format(
        "INVALID_FUNCTION_ARGUMENT: Array subscript must be less than or equal to array length: ' "
        "|| CAST(place AS VARCHAR) || ' > ' || CAST(len(list) AS VARCHAR) || '",
        "place",
    )
    + "] ELSE list[place] END",
    "CREATE MACRO athena_json_extract(text, path) AS "
    "CASE WHEN json_valid(text) THEN json_extract(text, path) END",
    "CREATE MACRO athena_json_extract_scalar(text, path) AS CASE WHEN json_valid(text) "
    "AND json_type(text, path) NOT IN ('OBJECT', 'ARRAY') "
    "THEN json_extract_string(text, path) END",
    "CREATE MACRO json_array_get(list, place) AS json_extract(list, '$[' || place || ']')",
    "CREATE MACRO from_iso8601_date(text) AS CAST(text AS DATE)",
    "CREATE MACRO url_extract_host(url) AS regexp_extract(url, '^[a-z0-9+.-]+://([^/:?#]+)', 1)",
)


def check(query: str, names: set[str]) -> None:
    """Refuses functions that DuckDB has and Athena does not.

    Args:
        query: The query, as it was given.
        names: The names that the query gives to tables, which may stand before a parenthesis.

    Raises:
        QueryFailed: A function is none of Trino's.
    """
    tokens: list[Any] = list(athena._sql_tokens(query))
    for before, (kind, text, *_), after in zip(
        [None, *tokens], tokens, [*tokens[1:], None], strict=False
    ):
        if kind != "name" or after is None or after[:2] != ("punct", "("):
            continue
        if before is not None and before[:2] in (("punct", "."), ("name", "as")):
            continue
        if text not in _KNOWN and text not in _WORDS and text not in names:
            raise function_not_found(query, text)


def unsupported(message: str) -> QueryFailed:
    """Returns the failure of what Athena does and the local one does not.

    Args:
        message: What.
    """
    return QueryFailed("NOT_SUPPORTED", f"The local Athena does not do this: {message}")
