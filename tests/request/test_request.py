"""The request as values: no CDK, no Node.js."""

from __future__ import annotations

import subprocess
import sys

import pytest

from cdk_personalize_batch.request.job_request import InferenceRequest, Placement
from cdk_personalize_batch.request.options import ItemExploration, RankingInfluence, ThemeGeneration
from cdk_personalize_batch.request.solution_version import SolutionVersion

VERSION = "arn:aws:personalize:us-east-1:123456789012:solution/films/1"
ROLE = "arn:aws:iam::123456789012:role/personalize"


class Days:
    """A Duration, as far as the request uses it."""

    def __init__(self, days: float) -> None:
        self._days = days

    def is_unresolved(self) -> bool:
        return False

    def to_seconds(self, *, integral: bool = True) -> float:
        return self._days * 86_400

    def to_days(self) -> float:
        return self._days


def exploration(weight: float | None = None, days: float | None = None) -> ItemExploration:
    cut_off = None if days is None else Days(days)
    return ItemExploration(weight=weight, item_age_cut_off=cut_off)  # type: ignore[arg-type]


def request(**arguments: object) -> InferenceRequest:
    version = SolutionVersion.from_arn(VERSION)
    return InferenceRequest(**{"solution_version": version, **arguments})  # type: ignore[arg-type]


def test_the_api_request_has_every_key_where_the_api_has_it() -> None:
    placement = Placement(
        role_arn=ROLE,
        input_path="s3://in/users/",
        input_key_arn="arn:aws:kms:eu-west-1:123456789012:key/1",
        output_key_arn="arn:aws:kms:eu-west-1:123456789012:key/2",
    )
    made = request(job_name="nightly", num_results=3, item_exploration=exploration(0.30, 14))
    assert made.to_api(placement) == {
        "jobName": "nightly",
        "solutionVersionArn": VERSION,
        "numResults": 3,
        "jobInput": {
            "s3DataSource": {
                "path": "s3://in/users/",
                "kmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/1",
            }
        },
        "jobOutput": {
            "s3DataDestination": {"kmsKeyArn": "arn:aws:kms:eu-west-1:123456789012:key/2"}
        },
        "roleArn": ROLE,
        "batchInferenceJobConfig": {
            "itemExplorationConfig": {
                "explorationWeight": "0.3",
                "explorationItemAgeCutOff": "14",
            }
        },
    }


@pytest.mark.parametrize(("weight", "text"), [(0, "0"), (1.0, "1"), (1, "1"), (0.125, "0.125")])
def test_equal_weights_are_written_alike(weight: float, text: str) -> None:
    assert exploration(weight).to_api() == {"explorationWeight": text}


def test_influence_stays_numbers() -> None:
    made = request(ranking_influence=RankingInfluence(popularity=0.5, freshness=0))
    api = made.to_api(Placement(role_arn=ROLE))
    assert api["batchInferenceJobConfig"] == {
        "rankingInfluence": {"POPULARITY": 0.5, "FRESHNESS": 0}
    }


def test_themes_set_the_mode() -> None:
    api = request(theme_generation=ThemeGeneration(item_name="TITLE")).to_api(
        Placement(role_arn=ROLE)
    )
    assert api["batchInferenceJobMode"] == "THEME_GENERATION"
    assert api["themeGenerationConfig"] == {"fieldsForThemeGeneration": {"itemName": "TITLE"}}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"item_exploration": exploration(1.1)}, "item_exploration.weight must be from 0 to 1"),
        ({"item_exploration": exploration(-0.1)}, "item_exploration.weight must be from 0 to 1"),
        (
            {"item_exploration": exploration(float("nan"))},
            "item_exploration.weight must be from 0 to 1, got nan",
        ),
        (
            {"item_exploration": exploration(days=0.5)},
            "item_exploration.item_age_cut_off must be a whole number of days, at least 1, got 0.5",
        ),
        (
            {"item_exploration": exploration(days=1.5)},
            "item_exploration.item_age_cut_off must be a whole number of days, at least 1, got 1.5",
        ),
        (
            {"ranking_influence": RankingInfluence(popularity=2)},
            "ranking_influence.popularity must be from 0 to 1, got 2",
        ),
        (
            {"theme_generation": ThemeGeneration(item_name="1st")},
            "theme_generation.item_name is malformed, got '1st'",
        ),
        (
            {
                "theme_generation": ThemeGeneration(item_name="TITLE"),
                "item_exploration": exploration(0.5),
            },
            "item_exploration and theme_generation exclude each other",
        ),
        ({"most_results": 10, "num_results": 11}, "num_results must be at most 10, got 11"),
    ],
)
def test_fails_when_a_value_is_outside_its_range(
    arguments: dict[str, object], problem: str
) -> None:
    (found,) = request(**arguments).validate("us-east-1", "123456789012")
    assert found.startswith(problem)


@pytest.mark.parametrize(
    "arguments",
    [
        {"item_exploration": exploration(0, 1)},
        {"item_exploration": exploration(1, 3650)},
        {"item_exploration": exploration()},
        {"ranking_influence": RankingInfluence(popularity=0, freshness=1)},
        {"theme_generation": ThemeGeneration(item_name="_" + "a" * 149)},
    ],
)
def test_passes_at_the_ends_of_the_ranges(arguments: dict[str, object]) -> None:
    assert request(**arguments).validate("us-east-1", "123456789012") == []


def test_requests_need_no_cdk() -> None:
    script = (
        "import sys, cdk_personalize_batch.request.job_request; assert 'aws_cdk' not in sys.modules"
    )
    path = next(entry for entry in sys.path if entry.endswith("constructs"))
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": path}, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
