"""The command `personalize-batch plan`: how a workflow would cut an input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from cdk_personalize_batch._assets import runtime_folder
from cdk_personalize_batch._cli_common import (
    Recipe,
    Themes,
    client,
    counted,
    examples,
    is_s3,
    record_format,
)
from cdk_personalize_batch._cli_rows import OutputFile, OutputFormat, RowsAs, emit

if TYPE_CHECKING:
    from personalize_batch_runtime._shard_types import Plan

# No bucket has such a name: nothing is written there, and no input can lie there.
_NOWHERE: Final = "s3://-/"
_COLUMNS: Final = {"shard": str, "files": int, "bytes": int, "records": int, "input": str}
_ENDLESS_MILLISECONDS: Final = 10**9


def register(app: typer.Typer) -> None:
    """Adds the command.

    Args:
        app: The program.
    """
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
    plan = _made(uri if "/" in uri.removeprefix("s3://") else f"{uri}/", limit)
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


def _made(uri: str, records_per_file: int | None) -> Plan:
    # The functions of the workflow make the plan, so that it is theirs.
    folder = str(runtime_folder())
    if folder not in sys.path:
        sys.path.append(folder)
    from personalize_batch_runtime._retry import Deadline
    from personalize_batch_runtime._shard_plan import plan
    from personalize_batch_runtime._shard_s3 import Place, ShardStorage
    from personalize_batch_runtime._shard_types import Quotas

    written: dict[Place, Any] = {}

    class Reading(ShardStorage):
        def put_json(self, place: Place, value: object) -> None:
            written[place] = value

    event = {
        "inputUri": uri,
        "workUri": f"{_NOWHERE}work/",
        "outputUri": f"{_NOWHERE}output/",
        "recordsPerFile": records_per_file,
    }
    storage = Reading(client("s3"), Deadline(lambda: _ENDLESS_MILLISECONDS))
    made = plan(event, storage, Quotas())
    # A long list of shards is not in the plan but beside it.
    if made["itemReader"] is not None:
        made["shards"] = written[Place(**made["itemReader"])]
    return made
