from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_local.api import model
from personalize_local.api.patterns import matches
from personalize_local.errors import MODELLED_ERRORS, ApiError

ARN = "arn:aws:personalize:us-east-1:123456789012:solution/films/1"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
TAG = r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"


def request(**more: object) -> dict[str, object]:
    return {
        "jobName": "job",
        "solutionVersionArn": ARN,
        "jobInput": {"s3DataSource": {"path": "s3://in/a.json"}},
        "jobOutput": {"s3DataDestination": {"path": "s3://out/"}},
        "roleArn": "arn:aws:iam::123456789012:role/r",
        **more,
    }


def tags(count: int) -> list[dict[str, str]]:
    return [{"tagKey": f"k{number}", "tagValue": ""} for number in range(count)]


def explored(count: int) -> dict[str, object]:
    return {"itemExplorationConfig": {str(number): "x" for number in range(count)}}


def influenced(**weights: object) -> dict[str, object]:
    return {"rankingInfluence": weights}


def themed(name: str) -> dict[str, object]:
    return {"fieldsForThemeGeneration": {"itemName": name}}


def located(path: str, **more: str) -> dict[str, object]:
    return {"s3DataSource": {"path": path, **more}}


ACCEPTED: list[tuple[str, Any]] = [
    ("jobName", "a"),
    ("jobName", "a" * 63),
    ("jobName", "0_-"),
    ("solutionVersionArn", ARN + "x" * (256 - len(ARN))),
    ("numResults", 0),
    ("numResults", 2**31 - 1),
    ("numResults", None),
    ("jobInput", located("s3://" + "b" * 251)),
    ("jobInput", located("https://b", kmsKeyArn=KEY)),
    ("roleArn", "arn:aws-cn:iam::123456789012:role/path/to/r+=,.@-_"),
    ("batchInferenceJobMode", "THEME_GENERATION"),
    ("batchInferenceJobConfig", explored(100)),
    ("batchInferenceJobConfig", influenced(POPULARITY=0, FRESHNESS=1)),
    ("themeGenerationConfig", themed("_a1")),
    ("tags", []),
    ("tags", tags(200)),
    ("tags", [{"tagKey": "k" * 128, "tagValue": "Łódź 東京 ½\u3000٣"}]),
]


@pytest.mark.parametrize(("member", "value"), ACCEPTED)
def test_accepts_values_inside_the_model(member: str, value: object) -> None:
    model.validate("CreateBatchInferenceJob", request(**{member: value}))


REFUSED: list[tuple[str, Any, str]] = [
    ("jobName", "", "length greater than or equal to 1"),
    ("jobName", "a" * 64, "length less than or equal to 63"),
    ("jobName", "-a", "regular expression pattern"),
    ("jobName", "a b", "regular expression pattern"),
    ("jobName", "a\n", "regular expression pattern"),
    ("jobName", 5, "must be a string"),
    ("jobName", None, "must not be null"),
    ("solutionVersionArn", "films", "regular expression pattern"),
    ("solutionVersionArn", ARN + "x" * (257 - len(ARN)), "length less than or equal to 256"),
    ("numResults", "25", "must be an integer"),
    ("numResults", True, "must be an integer"),
    ("numResults", 2.0, "must be an integer"),
    ("numResults", 2**31, "must be an integer"),
    ("jobInput", {}, "'jobInput.s3DataSource' failed to satisfy constraint: Member must not be"),
    ("jobInput", "s3://in", "must be a structure"),
    ("jobInput", located("in/a.json"), "regular expression pattern"),
    ("jobInput", located("s3://" + "b" * 252), "length less than or equal to 256"),
    ("jobInput", located("s3://b", kmsKeyArn=KEY.replace("key/", "alias/")), "regular expression"),
    ("jobInput", located("s3://b", region="x"), "one of [kmsKeyArn, path]"),
    ("roleArn", "arn:aws:iam::12345678901:role/r", "regular expression pattern"),
    ("roleArn", "arn:aws:iam::١٢٣٤٥٦٧٨٩٠١٢:role/r", "regular expression pattern"),
    ("batchInferenceJobMode", "FAST", "enum value set: [BATCH_INFERENCE, THEME_GENERATION]"),
    ("batchInferenceJobConfig", explored(101), "length less than or equal to 100"),
    (
        "batchInferenceJobConfig",
        {"itemExplorationConfig": {"explorationWeight": 0.3}},
        "Map value must satisfy constraint: [Member must be a string]",
    ),
    ("batchInferenceJobConfig", {"itemExplorationConfig": []}, "must be a map"),
    ("batchInferenceJobConfig", influenced(POPULARITY=1.01), "value less than or equal to 1"),
    ("batchInferenceJobConfig", influenced(POPULARITY=-0.01), "value greater than or equal to 0"),
    ("batchInferenceJobConfig", influenced(POPULARITY=float("nan")), "value greater than"),
    ("batchInferenceJobConfig", influenced(POPULARITY="1"), "must be a number"),
    ("batchInferenceJobConfig", influenced(NOVELTY=1), "Map keys must satisfy constraint"),
    ("themeGenerationConfig", themed("1a"), "regular expression pattern"),
    ("themeGenerationConfig", themed("a" * 151), "length less than or equal to 150"),
    ("tags", tags(201), "length less than or equal to 200"),
    ("tags", {"a": "b"}, "must be a list"),
    ("tags", [None], "'tags.1.member' failed"),
    ("tags", [{"tagKey": "k"}], "'tags.1.member.tagValue' failed"),
    ("tags", [{"tagKey": "", "tagValue": ""}], "length greater than or equal to 1"),
    ("tags", [{"tagKey": "k#", "tagValue": ""}], "regular expression pattern"),
    ("tag", [], "Value at 'tag' failed to satisfy constraint: Member must be one of ["),
]


@pytest.mark.parametrize(("member", "value", "constraint"), REFUSED)
def test_refuses_values_outside_the_model(member: str, value: object, constraint: str) -> None:
    with pytest.raises(ApiError) as caught:
        model.validate("CreateBatchInferenceJob", request(**{member: value}))
    assert caught.value.code == "InvalidInputException"
    assert re.match(r"\d validation errors? detected: Value ", caught.value.message)
    assert constraint in caught.value.message


def test_names_every_problem_at_once() -> None:
    with pytest.raises(ApiError) as caught:
        model.validate("CreateBatchInferenceJob", request(jobName="-" * 64, roleArn="r", tags=5))
    assert caught.value.message.startswith("4 validation errors detected: Value '---")
    assert all(name in caught.value.message for name in ("jobName", "roleArn", "tags"))


def test_keeps_tags_out_of_messages_and_shortens_long_values() -> None:
    with pytest.raises(ApiError) as caught:
        model.validate("CreateBatchInferenceJob", request(tags=[{"tagKey": "#", "tagValue": "s!"}]))
    assert "s!" not in caught.value.message
    with pytest.raises(ApiError) as caught:
        model.validate("CreateBatchInferenceJob", request(jobName="a" * 5000))
    assert len(caught.value.message) < 500


def test_every_modelled_error_is_in_the_service_model() -> None:
    shapes = model.service_model()
    assert all(shapes.shape_for(name).metadata["exception"] for name in MODELLED_ERRORS)


@pytest.mark.parametrize(
    ("value", "allowed"),
    [("a-b", True), ("é", True), ("a\u2028b", True), ("!", False), ("€", False), ("\n", False)],
)
def test_translates_unicode_categories(value: str, allowed: bool) -> None:
    assert matches(TAG, value) is allowed


def test_translates_the_ascii_class() -> None:
    assert matches(r"\p{ASCII}{0,1500}", "~\x00")
    assert not matches(r"\p{ASCII}{0,1500}", "é")


def test_refuses_to_guess_an_unknown_unicode_class() -> None:
    with pytest.raises(ValueError, match="not translated"):
        matches(r"\p{Lu}+", "A")


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        ),
        max_leaves=5,
    ),
    st.sampled_from(sorted(request())),
)
def test_answers_any_json_with_a_modelled_error_or_nothing(value: object, member: str) -> None:
    try:
        model.validate("CreateBatchInferenceJob", request(**{member: value}))
    except ApiError as error:
        assert error.code == "InvalidInputException"  # noqa: PT017 - no error is right as well
