"""What the three packages know of Amazon Personalize, compared with each other and botocore."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest

from cdk_personalize_batch import limits, records
from cdk_personalize_batch.records import RecordFormat
from cdk_personalize_batch.request import kind as constructs_kinds
from cdk_personalize_batch.states.language import LONGEST_REASON
from personalize_batch_runtime._job import kinds as runtime_kinds
from personalize_batch_runtime._job import preflight, presigned
from personalize_batch_runtime._shards import s3 as shards_s3
from personalize_batch_runtime._shards.types import Quotas
from personalize_local import limits as local_limits
from personalize_local.catalog import recipes as local_recipes
from personalize_local.jobs import store as local_jobs

SESSION = botocore.session.get_session()
PERSONALIZE: Any = SESSION.get_service_model("personalize")


@pytest.mark.parametrize(
    "name",
    sorted(name for name in vars(local_limits) if name.isupper() and hasattr(limits, name)),
)
def test_the_local_service_keeps_the_limits_that_the_constructs_know(name: str) -> None:
    ours, theirs = getattr(limits, name), getattr(local_limits, name)
    assert theirs == (frozenset(ours) if isinstance(ours, tuple) else ours)


def test_the_packages_have_limits_in_common() -> None:
    common = {name for name in vars(local_limits) if name.isupper()} & set(vars(limits))
    assert len(common) >= 12


def test_the_functions_keep_the_limits_that_the_constructs_know() -> None:
    quotas = Quotas()
    assert preflight.LARGEST_INPUT_BYTES == quotas.job_bytes == limits.INPUT_BYTES
    assert preflight.MOST_INPUT_FILES == quotas.job_files == limits.INPUT_FILES
    assert quotas.file_records == limits.RECORDS_PER_FILE
    assert preflight.THEME_RECORDS == limits.THEME_RECORDS_PER_FILE
    assert shards_s3.LONGEST_JOB_PATH == limits.LONGEST_S3_PATH
    # CloudFormation takes less than this, with names and JSON around the reason.
    assert LONGEST_REASON < presigned.LONGEST_BODY_BYTES < limits.SIGNAL_BYTES


def test_every_package_knows_the_same_recipes() -> None:
    batch = {
        name
        for name, recipe in local_recipes.RECIPES.items()
        if recipe.batch is not local_recipes.Batch.NONE
    }
    assert set(records.RECIPES) == batch
    assert {name for name, recipe in preflight.RECIPES.items() if recipe.kind} == batch
    assert set(preflight.RECIPES) == set(local_recipes.RECIPES)


@pytest.mark.parametrize("name", records.RECIPES)
def test_every_package_reads_the_same_records_of_a_recipe(name: str) -> None:
    ours = RecordFormat.for_recipe(name)
    runtime, local = preflight.RECIPES[name], local_recipes.RECIPES[name]
    types = dict.fromkeys(runtime.form.texts, "string")
    types |= dict.fromkeys(runtime.form.lists, "list of strings")
    assert types == dict(local.fields)
    assert set(types) == set(ours.keys)
    # The function looks at the first lines only, so it knows no limit that they cannot reach.
    assert runtime.form.most in (ours.max_records, None)
    assert (runtime.form.most is None) == (ours.max_records == limits.RECORDS_PER_FILE)
    assert local.records_per_file == ours.max_records
    assert runtime.kind is not None
    kind = runtime.kind.name.removeprefix("Batch").removesuffix("Job").lower()
    assert local.batch.value == f"batch {kind}"


def test_every_package_makes_themes_with_the_same_recipe() -> None:
    with_themes = set()
    for name in records.RECIPES:
        try:
            with_themes |= {name} if RecordFormat.for_recipe(name, themes=True) else set()
        except ValueError:
            continue
    assert with_themes == {name for name, one in preflight.RECIPES.items() if one.themes}


@pytest.mark.parametrize("name", ["INFERENCE", "SEGMENT"])
def test_every_package_calls_a_kind_of_job_the_same(name: str) -> None:
    ours, runtime, local = (
        getattr(package, name) for package in (constructs_kinds, runtime_kinds, local_jobs)
    )
    assert ours.resource == runtime.resource == local.resource
    assert ours.name == runtime.name
    assert runtime.key == local.key == f"{ours.name[0].lower()}{ours.name[1:]}"
    assert {f"Create{ours.name}", f"Describe{ours.name}"} <= set(PERSONALIZE.operation_names)
    answered = PERSONALIZE.operation_model(f"Create{ours.name}").output_shape.members
    assert runtime.arn_key in answered


def test_weights_are_the_models() -> None:
    weight = PERSONALIZE.shape_for("RankingInfluenceWeight").metadata
    assert (weight["min"], weight["max"]) == (limits.LEAST_WEIGHT, limits.LARGEST_WEIGHT)


def test_the_longest_name_of_a_table_is_the_models() -> None:
    name: Any = SESSION.get_service_model("glue").shape_for("NameString")
    assert name.metadata["max"] == limits.LONGEST_TABLE_NAME


@pytest.mark.parametrize("operation", ["CreateBatchInferenceJob", "CreateBatchSegmentJob"])
def test_both_kinds_of_jobs_have_the_same_limits(operation: str) -> None:
    members = PERSONALIZE.operation_model(operation).input_shape.members
    path = members["jobInput"].members["s3DataSource"].members["path"]
    assert members["jobName"].metadata["max"] == limits.LONGEST_JOB_NAME
    assert path.metadata["max"] == limits.LONGEST_S3_PATH
