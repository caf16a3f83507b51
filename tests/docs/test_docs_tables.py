"""The tables of the documentation against what they describe."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from cdk_personalize_batch import (
    BatchInferenceJob,
    BatchSegmentJob,
    ItemExploration,
    RankingInfluence,
    ThemeGeneration,
    limits,
)
from personalize_batch_runtime._job import preflight
from personalize_local.faults import FaultError, Faults
from tests.support import ROOT
from tests.support.pages import Page

GROUPS = {
    "item_exploration": ItemExploration,
    "ranking_influence": RankingInfluence,
    "theme_generation": ThemeGeneration,
}
# A map of any keys in the model; these are the documented ones.
EXPLORATION = ("explorationWeight", "explorationItemAgeCutOff")


def leaves(shape: Any, path: str = "") -> Iterator[str]:
    """The arguments of an operation, with dots for what is inside another one."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from leaves(member, f"{path}.{name}" if path else name)
    elif shape.type_name == "map":
        yield from (f"{path}.{key}" for key in getattr(shape.key, "enum", None) or EXPLORATION)
    else:
        yield path


def api_arguments(kind: str) -> set[str]:
    model = botocore.session.get_session().get_service_model("personalize")
    return set(leaves(model.operation_model(f"Create{kind}").input_shape))


def code(cell: str) -> str:
    found = re.fullmatch(r"`([^`]+)`", cell)
    assert found, cell
    return found[1]


@pytest.fixture
def rows(pages: dict[str, Page]) -> list[dict[str, str]]:
    page = pages["docs/arguments.md"]
    return [*page.table("Of the request"), *page.table("Beside the request")]


@pytest.mark.parametrize(
    ("construct", "for_segments"), [(BatchInferenceJob, False), (BatchSegmentJob, True)]
)
def test_arguments_are_those_of_api_and_constructs(
    rows: list[dict[str, str]],
    construct: type[BatchInferenceJob | BatchSegmentJob],
    for_segments: bool,
) -> None:
    ours = [row for row in rows if not for_segments or row["segment job"] == "yes"]
    assert {code(row["API"]) for row in ours if "API" in row} == api_arguments(construct.__name__)
    names = {code(row["here"]).partition(".")[0] for row in ours}
    # Of the method: jsii's metaclass takes any arguments.
    signature = inspect.signature(construct.__init__).parameters
    assert names == set(signature) - {"self", "scope", "id"}
    required = {code(row["here"]) for row in ours if row["default"] == "required"}
    optional = {name for name in names if signature[name].default is not inspect.Parameter.empty}
    assert required == names - optional


def test_members_of_grouped_arguments_are_all_listed(rows: list[dict[str, str]]) -> None:
    listed = {name for row in rows if "." in (name := code(row["here"]))}
    assert listed == {
        f"{group}.{member}"
        for group, made in GROUPS.items()
        for member in inspect.signature(made).parameters
    }


def test_quotas_are_those_that_are_checked(pages: dict[str, Page]) -> None:
    rows = pages["docs/quotas-and-cost.md"].table("Quotas")
    values = {row["what"]: row["value"].removesuffix(" characters") for row in rows}
    checked = {
        "input files of a job": preflight.MOST_INPUT_FILES,
        "records in a file, with themes": preflight.THEME_RECORDS,
        "records in a file, Item-Affinity": preflight.RECIPES["aws-item-affinity"].form.most,
        "records in a file, Item-Attribute-Affinity": preflight.RECIPES[
            "aws-item-attribute-affinity"
        ].form.most,
        "users in a segment": limits.USERS_PER_SEGMENT,
        "S3 path of input and output": limits.LONGEST_S3_PATH,
        "name of a job": limits.LONGEST_JOB_NAME,
        "tags of a job": limits.TAGS,
    }
    assert {what: values[what] for what in checked} == {
        what: f"{value:,}" for what, value in checked.items()
    }


def test_faults_are_those_that_there_are(pages: dict[str, Page]) -> None:
    rows = pages["docs/local-aws.md"].table("Make things go wrong")
    faults = Faults(["CreateBatchInferenceJob"])
    with pytest.raises(FaultError) as refused:
        faults.add("CreateBatchInferenceJob", kind="none")
    kinds = str(refused.value).partition("there are ")[2].split(", ")
    assert [code(row["kind"]) for row in rows] != []
    assert {code(row["kind"]) for row in rows} == set(kinds)
    for row in rows:
        faults.add("CreateBatchInferenceJob", kind=code(row["kind"]))
    for row, fault in zip(rows, faults.all(), strict=True):
        own = fault.keys() - {"operation", "kind", "times", "job"}
        assert set(re.findall(r"`(\w+)`", row["beside `operation`, `times` and `job`"])) == own


def test_defaults_of_the_example_are_those_of_its_context(pages: dict[str, Page]) -> None:
    rows = pages["docs/real-account.md"].table("4. Deploy")
    context = json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"]
    listed = {code(row["context"]): row["default, in `cdk.json`"].strip("`") for row in rows}
    assert listed.pop("solution_version_arn") == "none; required"
    assert listed == {name: str(value) for name, value in context.items()}
