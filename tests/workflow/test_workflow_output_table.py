"""The table over the output of runs."""

from __future__ import annotations

import re

import pytest

from cdk_personalize_batch import (
    BatchInferenceWorkflow,
    BatchOutputTable,
    JobInput,
    SolutionVersion,
    ValidationError,
)
from tests.support.synth.synth import Synth

URI = "s3://films-output/nightly/"


def make(synth: Synth, **more: str) -> BatchOutputTable:
    arguments = {"output_uri": URI, "table_name": "films", **more}
    return BatchOutputTable(synth.stack, "Table", **arguments)


def test_the_partition_is_found_without_a_list(synth: Synth) -> None:
    make(synth)
    table = synth.only("AWS::Glue::Table")
    assert table["DatabaseName"] == "films_db"
    assert table["TableInput"]["PartitionKeys"] == [{"Name": "run", "Type": "string"}]
    assert table["TableInput"]["Parameters"] == {
        "classification": "json",
        "projection.enabled": "true",
        "projection.run.type": "injected",
        "storage.location.template": "s3://films-output/nightly/${run}/",
    }
    assert synth.only("AWS::Glue::Database")["DatabaseInput"] == {"Name": "films_db"}
    ((_, resource),) = synth.resources("AWS::Glue::Table").items()
    assert resource["DependsOn"]


def test_a_database_can_be_given(synth: Synth) -> None:
    table = make(synth, database_name="shop")
    assert (table.database_name, table.table_name) == ("shop", "films")
    assert synth.resources("AWS::Glue::Database") == {}


def test_the_table_of_a_workflow_lies_over_all_its_runs(synth: Synth) -> None:
    workflow = BatchInferenceWorkflow(
        synth.stack,
        "Nightly",
        solution_version=SolutionVersion.from_arn(
            "arn:aws:personalize:eu-west-1:123456789012:solution/films/1"
        ),
        job_input=JobInput.from_s3_uri("s3://films-input/users/"),
    )
    make(synth, output_uri=workflow.output_uri)
    parameters = synth.only("AWS::Glue::Table")["TableInput"]["Parameters"]
    template = synth.text(parameters["storage.location.template"])
    assert template.endswith(">/Films-Nightly-e84a6999/${run}/")


def test_every_documented_field_of_the_output_has_a_column(synth: Synth) -> None:
    make(synth)
    columns = synth.only("AWS::Glue::Table")["TableInput"]["StorageDescriptor"]["Columns"]
    types = {column["Name"]: column["Type"] for column in columns}
    assert set(types) == {"input", "itemattributes", "output", "error"}
    for field in ("userid", "itemid", "itemlist", "itemattributes"):
        assert f"{field}:" in types["input"]
    for field in ("recommendeditems", "scores", "recommendedusers", "theme"):
        assert f"{field}:" in types["output"]


def test_the_sql_names_the_run_and_the_table(synth: Synth) -> None:
    table = make(synth)
    wanted, wrong = table.recommendations_sql("2026-11-24"), table.errors_sql("2026-11-24")
    for sql in (wanted, wrong):
        assert 'FROM "films_db"."films"' in sql
    assert "WHERE run = '2026-11-24' AND error IS NULL" in wanted
    assert "WHERE run = '2026-11-24'\n  AND (error IS NOT NULL OR" in wrong


@pytest.mark.parametrize("run", ["", "a'b", "a b", "-a", "x; DROP"])
def test_only_the_name_of_a_run_goes_into_sql(synth: Synth, run: str) -> None:
    table = make(synth)
    for sql in (table.recommendations_sql, table.errors_sql):
        with pytest.raises(ValidationError, match="run"):
            sql(run)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"table_name": "Films"}, "table_name is malformed, got 'Films'"),
        ({"database_name": "a-b"}, "database_name is malformed, got 'a-b'"),
        ({"output_uri": "s3://bucket/x"}, "output_uri must be a folder"),
        ({"output_uri": "bucket/x/"}, "output_uri must be a folder"),
    ],
)
def test_wrong_names_are_refused(synth: Synth, arguments: dict[str, str], problem: str) -> None:
    with pytest.raises(ValidationError, match=re.escape(problem)):
        make(synth, **arguments)
