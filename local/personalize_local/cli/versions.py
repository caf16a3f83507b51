"""The command that lists the models."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from personalize_local.catalog import solutions
from personalize_local.cli.options import Region
from personalize_local.cli.screen import print_table
from personalize_local.host import environment


def register(app: typer.Typer) -> None:
    """Adds the command."""
    app.command()(solution_versions)


def solution_versions(
    region: Region = environment.DEFAULT_REGION,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the solution versions that it has."""
    found = solutions.solution_versions(environment.ACCOUNT, region)
    rows = [(one.recipe.name, one.status, one.arn) for one in found]
    if as_json:
        names = ("recipe", "status", "solutionVersionArn")
        print(json.dumps([dict(zip(names, row, strict=True)) for row in rows], indent=2))
    else:
        print_table(("RECIPE", "STATUS", "SOLUTION VERSION"), rows)
