from __future__ import annotations

import hashlib

import pytest

from personalize_local.catalog import dataset, recommender
from personalize_local.catalog.dataset import GENRES, Dataset
from personalize_local.catalog.recommender import Ranking, Recommender

SOME = recommender.load()


def ids(ranking: Ranking) -> list[str]:
    return [name for name, _ in ranking]


def test_data_set_is_the_same_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    dataset.main()
    csv = capsys.readouterr().out
    assert csv.startswith("USER_ID,ITEM_ID,TIMESTAMP\n")
    # When the generator changes on purpose, so does this digest, and every recorded output.
    assert hashlib.sha256(csv.encode()).hexdigest()[:16] == "cc755d8ba4a43582"
    rows = "\n".join(map(repr, dataset.load().items.values()))
    assert hashlib.sha256(rows.encode()).hexdigest()[:16] == "7b6bf623acd166f8"


def test_data_set_has_its_size_and_only_known_ids() -> None:
    data = dataset.load()
    assert (len(data.items), len(data.users)) == (200, 300)
    assert 9_000 < len(data.interactions) < 11_000
    assert len({item.title for item in data.items.values()}) == 200
    assert {row.user_id for row in data.interactions} == set(data.users)
    assert {row.item_id for row in data.interactions} <= set(data.items)


@pytest.mark.parametrize(
    "ranking",
    [
        SOME.popular(),
        SOME.for_user("1"),
        SOME.similar_items("1001"),
        SOME.similar_items("1001", popularity=1.0, freshness=0.5),
        SOME.users_for_item("1001"),
        SOME.users_for_attributes(["Comedy"]),
    ],
)
def test_rankings_fall_and_sum_to_one(ranking: Ranking) -> None:
    scores = [score for _, score in ranking]
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) == pytest.approx(1, abs=1e-4)
    assert all(0 <= score <= 1 and round(score, 7) == score for score in scores)
    assert len(set(ids(ranking))) == len(ranking)


def test_rankings_are_the_same_for_every_recommender() -> None:
    other = Recommender(dataset.load())
    assert other.for_user("7") == SOME.for_user("7")
    assert other.similar_items("1042") == SOME.similar_items("1042")


def test_users_get_the_genres_that_they_like() -> None:
    data = SOME.data
    hits = sum(
        user.genres[0] in data.items[item].genres
        for user in data.users.values()
        for item in ids(SOME.for_user(user.user_id))[:10]
    )
    assert hits / (10 * len(data.users)) > 0.5  # one genre of eight by chance


def test_similar_items_share_a_genre_more_often_than_by_chance() -> None:
    items = SOME.data.items
    popular = list(items.values())[:80]
    hits = sum(
        not set(item.genres).isdisjoint(items[other].genres)
        for item in popular
        for other in ids(SOME.similar_items(item.item_id))[:5]
    )
    assert hits / (5 * len(popular)) > 0.5


def test_different_users_get_different_items() -> None:
    assert len({tuple(ids(SOME.for_user(user))[:5]) for user in SOME.data.users}) > 200


def test_unknown_ids_fall_back_to_popular_items() -> None:
    assert SOME.for_user("nobody") == SOME.popular() == SOME.similar_items("nothing")
    assert SOME.users_for_item("nothing") == ()
    assert SOME.users_for_attributes(list(GENRES)) == ()


def test_seen_items_stay_among_the_recommendations() -> None:
    assert SOME.seen("1") & set(ids(SOME.for_user("1"))[:10])
    assert SOME.seen("nobody") == frozenset()


def test_an_item_is_not_similar_to_itself() -> None:
    assert "1001" not in ids(SOME.similar_items("1001"))


def test_ranking_keeps_all_items_and_puts_unknown_ones_last() -> None:
    ranked = SOME.rank("1", ["zz", "1199", "1001", "aa", "1001"])
    assert sorted(ids(ranked)[:2]) == ["1001", "1199"]
    assert ranked[2:] == (("zz", 0.0), ("aa", 0.0))
    best = ids(SOME.for_user("1"))[:4]
    assert ids(SOME.rank("1", reversed(best))) == best


def test_segments_hold_users_who_like_the_genre() -> None:
    users = SOME.data.users
    assert all(
        "Comedy" in users[user].genres for user in ids(SOME.users_for_attributes(["Comedy"]))[:20]
    )


def test_popularity_and_freshness_move_similar_items() -> None:
    items = SOME.data.items
    plain = ids(SOME.similar_items("1001"))
    popular = ids(SOME.similar_items("1001", popularity=1.0))
    fresh = ids(SOME.similar_items("1001", freshness=1.0))
    assert popular != plain != fresh
    rank = {name: place for place, name in enumerate(ids(SOME.popular()))}
    assert sum(rank[name] for name in popular[:25]) < sum(rank[name] for name in plain[:25])
    age = sum(items[name].created for name in fresh[:25])
    assert age > sum(items[name].created for name in plain[:25])


def test_works_without_interactions() -> None:
    data = dataset.load()
    empty = Recommender(Dataset(data.items, data.users, ()))
    assert empty.for_user("1")[0] == ("1001", 0.0)
    assert empty.similar_items("1001")[0] == ("1002", 0.0)
