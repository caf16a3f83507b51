"""Metrics, by the example of the developer guide."""

from __future__ import annotations

import pytest

from personalize_local.datasets.metrics import ranked


def test_the_example_of_the_guide() -> None:
    """Of five recommendations the second and the fifth are relevant."""
    found = ranked([False, True, False, False, True], 2)
    assert found["mean_reciprocal_rank_at_25"] == pytest.approx(0.5)
    assert found["normalized_discounted_cumulative_gain_at_5"] == pytest.approx(0.6241, abs=5e-4)
    assert found["precision_at_5"] == pytest.approx(0.4)


def test_without_a_relevant_item_all_are_zero() -> None:
    assert set(ranked([False] * 25, 1).values()) == {0.0}
