from __future__ import annotations

import json

import pytest

from tests.support.local.service import Local

USER = b'{"userId":"1"}\n'
ITEM = b'{"itemId":"1001"}\n'


@pytest.mark.parametrize(
    ("recipe", "record", "scores"),
    [
        ("user-personalization-v2", {"userId": "1"}, True),
        ("user-personalization", {"userId": "new"}, True),
        ("hrnn", {"userId": "1"}, True),
        ("popularity-count", {"userId": "12"}, False),
        ("similar-items", {"itemId": "1001"}, False),
        ("sims", {"itemId": "1001"}, False),
        ("semantic-similarity", {"itemId": "unknown"}, False),
    ],
)
def test_records_are_answered_in_the_form_of_the_recipe(
    local: Local, recipe: str, record: dict[str, object], scores: bool
) -> None:
    (answer,) = local.run(json.dumps(record).encode(), recipe)
    assert list(answer) == ["input", "output", "error"]
    assert (answer["input"], answer["error"]) == (record, None)
    assert len(answer["output"]["recommendedItems"]) == 25
    assert ("scores" in answer["output"]) is scores
    assert len(answer["output"].get("scores", range(25))) == 25


def test_ranking_returns_the_whole_list_reordered(local: Local) -> None:
    record = {"userId": "891", "itemList": [str(number) for number in range(1001, 1041)]}
    (answer,) = local.run(json.dumps(record).encode(), "personalized-ranking", numResults=40)
    assert answer["input"] == record
    assert sorted(answer["output"]["recommendedItems"]) == record["itemList"]
    assert answer["output"]["recommendedItems"] != record["itemList"]
    assert len(answer["output"]["scores"]) == 40


THEMES = {
    "batchInferenceJobMode": "THEME_GENERATION",
    "themeGenerationConfig": {"fieldsForThemeGeneration": {"itemName": "TITLE"}},
}


def test_items_of_a_theme_are_ranked_by_their_relevance_to_it(local: Local) -> None:
    """As in the samples of "Batch recommendations with themes", with a negative score."""
    lines = b"".join(b'{"itemId":"%d"}\n' % number for number in range(1001, 1011))
    answers = local.run(lines, "similar-items", **THEMES)
    lowest = 0.0
    for answer in answers:
        output = answer["output"]
        assert list(output) == ["recommendedItems", "theme", "itemsThemeRelevanceScores"]
        scores = output["itemsThemeRelevanceScores"]
        assert len(scores) == len(set(output["recommendedItems"])) == 25
        assert scores == sorted(scores, reverse=True)
        assert -0.1 <= scores[-1] <= scores[0] <= 0.6
        lowest = min(lowest, scores[-1])
    assert answers[0]["output"]["theme"].startswith("Discover adventure")
    assert lowest < 0


def test_a_record_that_failed_has_no_output_in_a_job_of_themes(local: Local) -> None:
    """As github.com/aws-samples/retail-demo-store reads it (lab 09)."""
    bad, good = local.run(b'{"user":"1"}\n' + ITEM, "similar-items", **THEMES)
    assert list(bad) == ["input", "error"]
    assert bad["error"].startswith("User error: Required fields")
    assert good["error"] is None


def test_number_of_results_is_kept(local: Local) -> None:
    (answer,) = local.run(USER, "user-personalization", numResults=3)
    assert len(answer["output"]["recommendedItems"]) == len(answer["output"]["scores"]) == 3


@pytest.mark.parametrize(
    ("recipe", "line", "says"),
    [
        ("sims", b'{"userId":"1"}', "Required fields for the provided recipe are itemId"),
        ("sims", b'{"itemId":null}', "Required fields for the provided recipe are itemId"),
        ("personalized-ranking", b'{"userId":"1"}', "recipe are userId, itemList"),
        ("personalized-ranking", b'{"userId":"1","itemList":[]}', "itemList must be a list"),
        ("personalized-ranking", b'{"userId":"1","itemList":[5]}', "itemList must be a list"),
        ("hrnn", b'{"userId":1}', "userId must be a string, and is 1"),
        ("hrnn", b'["1"]', 'must be a JSON object, and is ["1"]'),
        ("hrnn", b'{"userId":"1"', "not one JSON object"),
        ("hrnn", b'{"userId":"1","x":NaN}', "NaN is not JSON"),
        ("hrnn", b"[" * 100_000, "not one JSON object"),
        ("hrnn", b'{"userId":"\xff"}', "not UTF-8"),
        ("hrnn", b'\xef\xbb\xbf{"userId":"1"}', "byte order mark"),
    ],
)
def test_a_bad_record_gets_an_error_and_the_job_goes_on(
    local: Local, recipe: str, line: bytes, says: str
) -> None:
    good = b'{"userId":"1","itemId":"1001","itemList":["1001"]}'
    bad, fine = local.run(line + b"\n" + good, recipe)
    assert bad["output"] == {"recommendedItems": []}
    assert bad["error"].startswith("User error: ")
    assert says in bad["error"]
    assert fine["error"] is None


def test_a_failed_record_echoes_its_object_or_its_text(local: Local) -> None:
    first, second = local.run(b'{"x":1}\nhello', "hrnn")
    assert (first["input"], second["input"]) == ({"x": 1}, "hello")


def test_blank_lines_and_carriage_returns_are_no_records(local: Local) -> None:
    answers = local.run(b'\n{"userId":"1"}\r\n \r\n{"userId":"2"}', "hrnn")
    assert [answer["input"]["userId"] for answer in answers] == ["1", "2"]


def test_a_half_surrogate_pair_is_echoed(local: Local) -> None:
    (answer,) = local.run(rb'{"userId":"\ud800"}', "hrnn")
    assert answer["input"] == {"userId": "\ud800"}


def test_lines_longer_than_a_chunk_are_read_whole(local: Local) -> None:
    record = json.dumps({"userId": "1", "note": "x" * 700_000}).encode()
    answers = local.run(record + b"\n" + record, "hrnn")
    assert [len(answer["input"]["note"]) for answer in answers] == [700_000, 700_000]


def test_an_empty_file_gives_an_empty_file(local: Local) -> None:
    assert local.run(b"", "hrnn") == []


def test_filter_leaves_out_what_the_user_met(local: Local) -> None:
    arn = "arn:aws:personalize:us-east-1:123456789012:filter/local-exclude-seen"
    (plain,) = local.run(USER, "user-personalization")
    (filtered,) = local.run(USER, "user-personalization", filterArn=arn, jobName="filtered")
    seen = set(plain["output"]["recommendedItems"]) - set(filtered["output"]["recommendedItems"])
    assert seen
    assert len(filtered["output"]["recommendedItems"]) == 25


def test_filter_takes_its_values_from_the_record(local: Local) -> None:
    arn = "arn:aws:personalize:us-east-1:123456789012:filter/local-by-genre"
    with_values = {"userId": "1", "filterValues": {"GENRES": '"Comedy"'}}
    lines = json.dumps(with_values).encode() + b"\n" + USER
    good, bad = local.run(lines, "user-personalization", filterArn=arn)
    assert 0 < len(good["output"]["recommendedItems"]) <= 25
    assert "needs filterValues for GENRES" in bad["error"]


@pytest.mark.parametrize(
    ("recipe", "record", "size"),
    [
        ("item-affinity", {"itemId": "1005"}, 7),
        ("item-affinity", {"itemId": "none"}, 0),
        ("item-attribute-affinity", {"itemAttributes": 'ITEMS.genres = "Comedy"'}, 7),
    ],
)
def test_segment_jobs_recommend_users(
    local: Local, recipe: str, record: dict[str, str], size: int
) -> None:
    local.s3.put("in", "users.json", json.dumps(record).encode() + b"\n{}")
    answer = local.call("CreateBatchSegmentJob", **local.request(recipe, numResults=7))
    assert local.finish(answer["batchSegmentJobArn"])["status"] == "ACTIVE"
    lines = local.s3.content("out", "results/users.json.out").splitlines()
    good, bad = (json.loads(line) for line in lines)
    assert len(good["output"]["usersList"]) == size
    assert good.get("input", good) == record | (
        {} if "input" in good else {"output": good["output"]}
    )
    assert bad["error"].startswith("User error: Required fields for the provided recipe are item")


@pytest.mark.parametrize(("count", "status"), [(10, "ACTIVE"), (11, "CREATE FAILED")])
def test_a_file_has_ten_attribute_queries(local: Local, count: int, status: str) -> None:
    local.s3.put(
        "in", "users.json", (b'{"itemAttributes":"ITEMS.genres = \\"Comedy\\""}\n' * count)
    )
    answer = local.call("CreateBatchSegmentJob", **local.request("item-attribute-affinity"))
    assert local.finish(answer["batchSegmentJobArn"])["status"] == status
