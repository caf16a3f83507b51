"""A table over the output of batch jobs, for Amazon Athena."""

from __future__ import annotations

import re
from typing import Final

from aws_cdk import Aws
from aws_cdk import aws_glue as glue
from constructs import Construct

from cdk_personalize_batch import limits
from cdk_personalize_batch._cdk.facts import scope_facts
from cdk_personalize_batch._cdk.tokens import is_token
from cdk_personalize_batch.errors import ValidationError
from cdk_personalize_batch.request import checks
from cdk_personalize_batch.request.argument_types import typed

_RUN: Final = "run"
# Source: the developer guide, "Batch inference job output examples" and "Getting user segments";
# printed outputs of segment jobs, which have `usersList` where the guide has `recommendedUsers`.
# Every recipe fills some of the fields; the SerDe reads names without regard to case.
_COLUMNS: Final = {
    "input": "struct<userid:string,itemid:string,itemlist:array<string>,itemattributes:string>",
    "itemattributes": "string",
    "output": (
        "struct<recommendeditems:array<string>,scores:array<double>,userslist:array<string>,"
        "recommendedusers:array<string>,theme:string,itemsthemerelevancescores:array<double>>"
    ),
    "error": "string",
}
_LISTS: Final = "coalesce(output.recommendeditems, output.userslist, output.recommendedusers)"
_NO_LIST: Final = "there is neither an error nor a list of a known name"
_RUN_PATTERN: Final = r"[A-Za-z0-9][A-Za-z0-9._-]*"


class BatchOutputTable(Construct):
    """An AWS Glue table over the output of all runs of a workflow, or all jobs of a folder.

    One row is one record of the output. The column ``run``, the name of a run or job, is a
    partition that Athena finds by itself, without a crawler and without a list of partitions; every
    query has to name the run. Manifests are left out, because their names begin with an underscore.

    Args:
        scope: The parent construct.
        id: The construct id, unique in ``scope``.
        output_uri: The folder that holds a folder for each run: ``workflow.output_uri``, or for
            jobs the folder of their `JobOutput`, ``s3://BUCKET/PREFIX/``.
        table_name: The name of the table, of lower-case letters, digits and underscores.
        database_name: An AWS Glue database. Default: - a new one, ``<table_name>_db``.

    Raises:
        ValidationError: If a name or the URI is malformed.
    """

    @typed
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        output_uri: str,
        table_name: str,
        database_name: str | None = None,
    ) -> None:
        problems = _problems(output_uri, table_name, database_name)
        if problems:
            raise ValidationError(scope_facts(scope).path_of(id), problems)
        super().__init__(scope, id)
        self._table_name = table_name
        self._database_name = database_name or f"{table_name}_db"
        table = self._make_table(output_uri)
        if database_name is None:
            table.node.add_dependency(
                glue.CfnDatabase(
                    self,
                    "Database",
                    catalog_id=Aws.ACCOUNT_ID,
                    database_input=glue.CfnDatabase.DatabaseInputProperty(name=self._database_name),
                )
            )

    @property
    def table_name(self) -> str:
        """The name of the table."""
        return self._table_name

    @property
    def database_name(self) -> str:
        """The name of the database."""
        return self._database_name

    @typed
    def recommendations_sql(self, run: str) -> str:
        """Returns the SQL for the recommendations of a run: one row for each of them.

        It answers with the id that was asked for, the place in the list from 1, the item or user,
        and its score where the recipe gives scores. Records that are errors are left out.

        Args:
            run: The name of the run or job.

        Raises:
            ValidationError: If that is no name of a run.
        """
        return (
            "SELECT coalesce(input.userid, input.itemid, input.itemattributes, itemattributes)"
            " AS asked,\n"
            "       place, recommended, score\n"
            f"{self._from()}\n"
            f"CROSS JOIN UNNEST({_LISTS}, output.scores)\n"
            "  WITH ORDINALITY AS list (recommended, score, place)\n"
            f"WHERE {self._where(run)} AND error IS NULL\n"
            "ORDER BY asked, place"
        )

    @typed
    def errors_sql(self, run: str) -> str:
        """Returns the SQL for the records of a run that are errors: which file, which record, why.

        A job with such records succeeds all the same. Records with neither an error nor a list of a
        known name are told too: `recommendations_sql` has no row for them.

        Args:
            run: The name of the run or job.

        Raises:
            ValidationError: If that is no name of a run.
        """
        return (
            'SELECT "$path" AS file,\n'
            "       coalesce(input.userid, input.itemid, input.itemattributes, itemattributes)"
            " AS asked,\n"
            f"       coalesce(error, '{_NO_LIST}') AS error\n"
            f"{self._from()}\n"
            f"WHERE {self._where(run)}\n"
            f"  AND (error IS NOT NULL OR {_LISTS} IS NULL)"
        )

    def _from(self) -> str:
        return f'FROM "{self._database_name}"."{self._table_name}"'

    def _where(self, run: str) -> str:
        # The name becomes a part of SQL.
        problems = checks.text(
            "run",
            run,
            pattern=_RUN_PATTERN,
            longest=limits.LONGEST_TABLE_NAME,
            remedy="give the run's name",
        )
        if problems:
            raise ValidationError(self.node.path, problems)
        return f"{_RUN} = '{run}'"

    def _make_table(self, output_uri: str) -> glue.CfnTable:
        return glue.CfnTable(
            self,
            "Table",
            catalog_id=Aws.ACCOUNT_ID,
            database_name=self._database_name,
            table_input=glue.CfnTable.TableInputProperty(
                name=self._table_name,
                description="Output of Amazon Personalize batch jobs",
                table_type="EXTERNAL_TABLE",
                parameters={
                    "classification": "json",
                    "projection.enabled": "true",
                    # Names of runs follow no rule that could be listed: a query says which.
                    f"projection.{_RUN}.type": "injected",
                    "storage.location.template": f"{output_uri}${{{_RUN}}}/",
                },
                partition_keys=[glue.CfnTable.ColumnProperty(name=_RUN, type="string")],
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=[
                        glue.CfnTable.ColumnProperty(name=name, type=type)
                        for name, type in _COLUMNS.items()  # noqa: A001 - Glue's own word
                    ],
                    location=output_uri,
                    input_format="org.apache.hadoop.mapred.TextInputFormat",
                    output_format="org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library="org.openx.data.jsonserde.JsonSerDe",
                        parameters={"case.insensitive": "true"},
                    ),
                ),
            ),
        )


def _problems(output_uri: str, table_name: str, database_name: str | None) -> list[str]:
    problems = []
    names = {"table_name": table_name, "database_name": database_name}
    for name, value in names.items():
        if value is not None:
            problems += checks.text(
                name,
                value,
                pattern=limits.TABLE_NAME_PATTERN,
                longest=limits.LONGEST_TABLE_NAME,
                remedy="use lower-case letters, digits and underscores",
            )
    known = not is_token(output_uri)
    if not output_uri.endswith("/") or (known and not re.fullmatch(r"s3://[^/]+/.*", output_uri)):
        problems.append(
            f"output_uri must be a folder like s3://BUCKET/PREFIX/, got {checks.shown(output_uri)}"
        )
    return problems
