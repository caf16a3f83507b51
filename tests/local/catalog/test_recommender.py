from __future__ import annotations

import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_local.catalog import builtin, dataset
from personalize_local.catalog.recommender import (
    Interactions,
    Ranking,
    Recommender,
    Scores,
    best,
)

SOME = builtin.recommender()
DATA = dataset.load()
RECORDED = {
    "user 1": (("1020", 0.0133901), ("1003", 0.012711), ("1012", 0.0124102)),
    "item 1001": (("1009", 0.0163463), ("1017", 0.0145453), ("1025", 0.0135309)),
}


def for_user(user: str) -> Ranking:
    return best(SOME.for_user(user), SOME.items)


def popular() -> Ranking:
    return best(SOME.popular(), SOME.items)


def similar(item: str, **preferred: float) -> Ranking:
    scores, others = SOME.similar_items(item, **preferred)
    return best(scores, SOME.items, keep=others)


def users_for(*items: str) -> Ranking:
    chosen = np.logical_or.reduce([SOME.place_of(item) for item in items])
    return best(SOME.users_for(chosen), SOME.users)


def of_genre(genre: str) -> list[str]:
    return [name for name, item in DATA.items.items() if genre in item.genres]


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
        popular(),
        for_user("1"),
        similar("1001"),
        similar("1001", popularity=1.0, freshness=0.5),
        users_for("1001"),
        users_for(*of_genre("Comedy")),
    ],
)
def test_rankings_fall_and_sum_to_one(ranking: Ranking) -> None:
    scores = [score for _, score in ranking]
    assert scores == sorted(scores, reverse=True)
    assert sum(scores) == pytest.approx(1, abs=1e-4)
    assert all(0 <= score <= 1 and round(score, 7) == score for score in scores)
    assert len(set(ids(ranking))) == len(ranking)


def test_rankings_are_the_same_for_every_recommender() -> None:
    other = Recommender(SOME.data)
    assert best(other.for_user("7"), other.items) == for_user("7")
    assert np.array_equal(other.similar_items("1042")[0], SOME.similar_items("1042")[0])


def test_recommendations_stay_what_they_were() -> None:
    """Written down by the recommender that computed with dictionaries."""
    assert for_user("1")[:3] == RECORDED["user 1"]
    assert similar("1001")[:3] == RECORDED["item 1001"]


def test_users_get_the_genres_that_they_like() -> None:
    hits = sum(
        user.genres[0] in DATA.items[item].genres
        for user in DATA.users.values()
        for item in ids(for_user(user.user_id))[:10]
    )
    assert hits / (10 * len(DATA.users)) > 0.5  # one genre of eight by chance


def test_similar_items_share_a_genre_more_often_than_by_chance() -> None:
    items = DATA.items
    some = list(items.values())[:80]
    hits = sum(
        not set(item.genres).isdisjoint(items[other].genres)
        for item in some
        for other in ids(similar(item.item_id))[:5]
    )
    assert hits / (5 * len(some)) > 0.5


def test_different_users_get_different_items() -> None:
    assert len({tuple(ids(for_user(user))[:5]) for user in DATA.users}) > 200


def test_unknown_ids_fall_back_to_popular_items() -> None:
    assert for_user("nobody") == popular() == similar("nothing")
    assert not SOME.place_of("nothing").any()


def test_an_item_is_not_similar_to_itself() -> None:
    assert "1001" not in ids(similar("1001"))


def test_ranking_keeps_all_items_and_puts_unknown_ones_last() -> None:
    ranked = SOME.rank("1", ["zz", "1199", "1001", "aa", "1001"])
    assert sorted(ids(ranked)[:2]) == ["1001", "1199"]
    assert ranked[2:] == (("zz", 0.0), ("aa", 0.0))
    first = ids(for_user("1"))[:4]
    assert ids(SOME.rank("1", reversed(first))) == first


def test_segments_hold_users_who_like_the_genre() -> None:
    users = ids(users_for(*of_genre("Comedy")))[:20]
    assert all("Comedy" in DATA.users[user].genres for user in users)


def test_popularity_and_freshness_move_similar_items() -> None:
    plain, fresh = ids(similar("1001")), ids(similar("1001", freshness=1.0))
    liked = ids(similar("1001", popularity=1.0))
    assert liked != plain != fresh
    rank = {name: place for place, name in enumerate(ids(popular()))}
    assert sum(rank[name] for name in liked[:25]) < sum(rank[name] for name in plain[:25])
    age = sum(DATA.items[name].created for name in fresh[:25])
    assert age > sum(DATA.items[name].created for name in plain[:25])


def test_works_without_interactions() -> None:
    nobody = np.asarray([], dtype=np.int32)
    empty = Recommender(Interactions(sorted(DATA.users), sorted(DATA.items), nobody, nobody))
    assert best(empty.for_user("1"), empty.items)[0] == ("1001", 0.0)
    scores, others = empty.similar_items("1001")
    assert best(scores, empty.items, keep=others)[0] == ("1002", 0.0)


@given(
    st.lists(st.sampled_from([0.0, 0.1, 0.2, 0.5]), max_size=30),
    st.integers(1, 40),
    st.sets(st.integers(0, 29)),
)
def test_the_best_are_the_first_of_all_that_are_kept(
    values: list[float], count: int, kept: set[int]
) -> None:
    scores: Scores = np.asarray(values, dtype=np.float64)
    names = [f"{number:02}" for number in range(len(values))]
    keep = np.asarray([place in kept for place in range(len(values))], dtype=np.bool_)
    chosen = [(name, value) for name, value, one in zip(names, values, keep, strict=True) if one]
    expected = sorted(chosen, key=lambda pair: (-pair[1], pair[0]))[:count]
    assert best(scores, names, count, keep) == tuple(expected)


def test_only_the_nearest_and_latest_items_count() -> None:
    """Else one user who met everything would make all items neighbours of all."""
    count = 1_500
    items = [f"{number:04}" for number in range(count)]
    met = np.arange(count, dtype=np.int32)
    found = Recommender(Interactions(["u"], items, np.zeros(count, dtype=np.int32), met))
    scores, _ = found.similar_items("1499")
    assert int((scores > 0).sum()) == 200
    oldest, _ = found.similar_items("0000")
    assert not oldest.any()
