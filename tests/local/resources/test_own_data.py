"""From CreateDatasetGroup to the results of a job, with data of one's own."""

from __future__ import annotations

import json
from typing import Any

from tests.support.local.own_data import (
    ITEMS,
    OwnData,
    interactions,
    items,
    refused,
)
from tests.support.local.service import Local


def run(local: Local, version: str, *records: dict[str, Any], **more: object) -> list[Any]:
    lines = b"".join(json.dumps(record).encode() + b"\n" for record in records)
    return local.run(lines, "user-personalization-v2", solutionVersionArn=version, **more)


def test_users_get_items_of_their_own_data(local: Local, data: OwnData) -> None:
    version = data.train()
    assert (version["status"], version["trainingMode"], version["trainingType"]) == (
        "ACTIVE",
        "FULL",
        "MANUAL",
    )
    (known, new) = run(
        local, version["solutionVersionArn"], {"userId": "u00"}, {"userId": "nobody"}, numResults=5
    )
    # The first user likes the first of three genres, which every third item has.
    assert all(int(item[1:]) % 3 == 0 for item in known["output"]["recommendedItems"])
    assert len(new["output"]["recommendedItems"]) == 5
    assert known["output"]["recommendedItems"] != new["output"]["recommendedItems"]


def test_each_kind_of_recipe_answers_from_own_data(local: Local, data: OwnData) -> None:
    def first(recipe: str, record: dict[str, object]) -> Any:
        version = data.train(recipe)["solutionVersionArn"]
        request = {"solutionVersionArn": version, "jobName": recipe, "numResults": 3}
        local.s3.put("in", "users.json", json.dumps(record).encode())
        kind = "Segment" if "affinity" in recipe else "Inference"
        answer = local.call(f"CreateBatch{kind}Job", **local.request(**request))
        described = local.finish(str(next(iter(answer.values()))))
        assert described["status"] == "ACTIVE", described
        return json.loads(local.s3.content("out", "results/users.json.out"))["output"]

    near = first("similar-items", {"itemId": "i03"})["recommendedItems"]
    assert all(int(item[1:]) % 3 == 0 for item in near)
    ranked = first("personalized-ranking", {"userId": "u01", "itemList": ["i00", "i01", "zz"]})
    assert ranked["recommendedItems"] == ["i01", "i00", "zz"]
    comedies = first("item-attribute-affinity", {"itemAttributes": 'ITEMS.genres = "Comedy"'})
    assert all(int(user[1:]) % 3 == 0 for user in comedies["usersList"])
    horror = first("item-affinity", {"itemId": "i02"})
    assert all(int(user[1:]) % 3 == 2 for user in horror["usersList"])


def test_a_job_sees_the_metadata_of_the_last_import(local: Local, data: OwnData) -> None:
    version = data.train()["solutionVersionArn"]
    chosen = data.add_filter("INCLUDE ItemID WHERE Items.PRICE < $MOST")
    record = {"userId": "u00", "filterValues": {"MOST": '"3"'}}
    (before,) = run(local, version, record, filterArn=chosen)
    assert sorted(before["output"]["recommendedItems"]) == ["i00", "i01", "i02"]
    cheaper = items().replace(b",9.5", b",0.5")
    assert data.load("Items", cheaper)["status"] == "ACTIVE"
    (after,) = run(local, version, record, filterArn=chosen, jobName="after")
    assert sorted(after["output"]["recommendedItems"]) == ["i00", "i01", "i02", "i09"]


def test_filters_use_events_and_users(local: Local, data: OwnData) -> None:
    version = data.train()["solutionVersionArn"]
    seen = data.add_filter('EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("*")', "seen")
    watched = data.add_filter('INCLUDE ItemID WHERE Interactions.EVENT_TYPE IN ("Watch")', "w")
    member = data.add_filter(
        'INCLUDE ItemID WHERE Items.PRICE < 4 IF CurrentUser.MEMBERSHIP = "gold"', "member"
    )
    rows = [line.split(",") for line in interactions().decode().splitlines()[1:]]
    met = {item for user, item, _, _ in rows if user == "u00"}
    saw = {item for user, item, kind, _ in rows if user == "u00" and kind == "watch"}

    def shown(chosen: str, name: str, user: str) -> set[str]:
        more = {"filterArn": chosen, "jobName": name, "numResults": ITEMS}
        (answer,) = run(local, version, {"userId": user}, **more)
        return set(answer["output"]["recommendedItems"])

    assert shown(seen, "1", "u00") == {f"i{number:02}" for number in range(ITEMS)} - met
    assert shown(watched, "2", "u00") == saw
    assert shown(member, "3", "u01") == {"i00", "i01", "i02", "i03"}
    assert len(shown(member, "4", "u00")) == ITEMS


def test_segments_are_filtered_by_users(local: Local, data: OwnData) -> None:
    version = data.train("item-affinity")["solutionVersionArn"]
    gold = data.add_filter('INCLUDE UserID WHERE Users.MEMBERSHIP IN ("gold")', "gold")
    local.s3.put("in", "users.json", b'{"itemId":"i00"}\n')
    request = local.request(solutionVersionArn=version, filterArn=gold, numResults=60)
    arn = local.call("CreateBatchSegmentJob", **request)["batchSegmentJobArn"]
    assert local.finish(arn)["status"] == "ACTIVE"
    answer = json.loads(local.s3.content("out", "results/users.json.out"))
    found = answer["output"]["usersList"]
    assert sorted(found) == [f"u{number:02}" for number in range(1, 60, 2)]


def test_a_filter_of_another_kind_or_group_is_refused(local: Local, data: OwnData) -> None:
    version = data.train()["solutionVersionArn"]
    of_users = data.add_filter("INCLUDE UserID WHERE Users.AGE > 3", "users")
    of_item = data.add_filter("INCLUDE ItemID WHERE Items.PRICE < CurrentItem.PRICE", "item")
    elsewhere = local.caller.scope.arn("filter/local-exclude-seen")
    for chosen, says in (
        (of_users, "must choose items"),
        (of_item, "needs related items"),
        (elsewhere, "is of the dataset group"),
    ):
        request = local.request(solutionVersionArn=version, filterArn=chosen)
        error = refused(local, "CreateBatchInferenceJob", **request)
        assert error.code == "InvalidInputException"
        assert says in error.message
