"""What is written into JSONata is read from it again, whatever it is."""

from __future__ import annotations

import re

import jsonata
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_personalize_batch.states import language
from cdk_personalize_batch.states.language import QUOTES, literal

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS,
    lambda inner: st.lists(inner, min_size=2) | st.dictionaries(TEXTS, inner, min_size=1),
    max_leaves=5,
)


def read(expression: str) -> object:
    return jsonata.Jsonata.jsonata(expression).evaluate(None)


@given(text=TEXTS, quote=st.sampled_from(["'", QUOTES]))
def test_text_comes_out_as_it_went_in(text: str, quote: str) -> None:
    assert read(f"'<' & {literal(text, quote=quote)} & '>'") == f"<{text}>"


@given(value=VALUES)
def test_other_values_of_json_come_out_as_they_went_in(value: object) -> None:
    assert read(f"{{'value': {literal(value)}}}") == {"value": value}


@pytest.mark.parametrize("quote", ["'", QUOTES])
@pytest.mark.parametrize("text", ["users/", "s3://bucket/ä/", "${Token[TOKEN.12]}", "a {% b %} c"])
def test_ordinary_text_is_written_as_it_is(text: str, quote: str) -> None:
    assert literal(text, quote=quote) == f"{quote}{text}{quote}"


@pytest.mark.parametrize("regex", [r"^arn:[a-z\d-]+/[^/:]+$", r"(\.out|(^|/)_manifest\.json)$"])
@pytest.mark.parametrize("text", ["arn:aws/x", "a/_manifest.json", "_manifest.json/", "b.out", "/"])
def test_a_pattern_matches_what_it_matches_in_python(regex: str, text: str) -> None:
    expression = f"$contains({literal(text)}, {language.pattern(regex)})"
    assert read(expression) == bool(re.search(regex, text))


def test_parts_of_locations_and_arns() -> None:
    uri, arn = literal("s3://bucket/a/b.json"), literal("arn:aws:personalize:x:1:job/nightly")
    assert read(language.bucket_of(uri)) == "bucket"
    assert read(language.key_of(uri)) == "a/b.json"
    assert read(language.name_of(arn)) == "nightly"


@pytest.mark.parametrize(("status", "running"), [("CREATE IN_PROGRESS", True), ("ACTIVE", False)])
def test_a_job_runs_until_it_has_ended(status: str, running: bool) -> None:
    assert read(language.is_running(literal(status))) is running


def test_a_value_that_is_not_there_gives_way() -> None:
    assert read(language.or_else("$nothing", "'other'")) == "other"
    assert read(f"($it := 'x'; {language.or_else('$it', 'null', used='$it & $it')})") == "xx"
    page = language.paged("{'a': 1}", argument="NextToken", following="$next")
    assert read(page) == {"a": 1}
    assert read(f"($next := 't'; {page})") == {"a": 1, "NextToken": "t"}
