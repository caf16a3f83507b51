"""The command `personalize-batch plan`: how a workflow would cut an input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cdk_personalize_batch.cli.files import client, is_s3
from cdk_personalize_batch.cli.options import Recipe, Themes, examples, record_format
from cdk_personalize_batch.cli.output import OutputFile, OutputFormat, RowsAs, emit
from cdk_personalize_batch.cli.text import counted
from cdk_personalize_batch.functions.assets import runtime_folder

if TYPE_CHECKING:
    from personalize_batch_runtime.shards import Plan

_COLUMNS: Final = {"shard": str, "files": int, "bytes": int, "records": int, "input": str}


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command(
        "plan",
        help="Show how a workflow would cut an input into jobs. Reads a few KB around each cut and "
        "writes nothing. An input of its own means that nothing is copied for that job.",
        epilog=examples(
            "personalize-batch plan s3://bucket/users/",
            "personalize-batch plan s3://bucket/items.json --recipe aws-item-affinity",
        ),
    )(_plan)


def _plan(
    uri: Annotated[str, typer.Argument(metavar="S3_URI", help="A file, or a prefix ending in /.")],
    recipe: Recipe = None,
    themes: Themes = False,
    format: RowsAs = OutputFormat.TABLE,
    output: OutputFile = None,
) -> None:
    if not is_s3(uri):
        raise typer.BadParameter(
            f"must be an S3 URI such as s3://bucket/users/, got {uri!r}", param_hint="S3_URI"
        )
    if themes and recipe is None:
        raise typer.BadParameter("goes with --recipe", param_hint="--themes")
    limit = None
    if recipe is not None:
        limit = record_format(recipe, None, themes=themes).max_records
    # A bucket alone is all that is in it.
    plan = _preview(uri if "/" in uri.removeprefix("s3://") else f"{uri}/", limit)
    rows = (
        {
            "shard": shard["name"],
            "files": shard["files"],
            "bytes": shard["bytes"],
            "records": shard["records"],
            "input": "copied" if shard["copyList"] else shard["inputUri"],
        }
        for shard in plan["shards"]
    )
    emit(rows, _COLUMNS, format, output)
    skipped = f", {counted(plan['skippedFiles'], 'file')} skipped" if plan["skippedFiles"] else ""
    jobs = counted(plan["shardCount"], "job")
    files = counted(plan["fileCount"], "file")
    print(f"{jobs}: {files}, {plan['bytes']:,} bytes{skipped}", file=sys.stderr)


def _preview(uri: str, records_per_file: int | None) -> Plan:
    # The functions of the workflow make the plan, so that it is theirs.
    folder = str(runtime_folder())
    if folder not in sys.path:
        sys.path.append(folder)
    from personalize_batch_runtime import shards

    return shards.preview(uri, s3=client("s3"), records_per_file=records_per_file)
