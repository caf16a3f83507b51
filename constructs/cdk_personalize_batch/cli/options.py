"""Options that several commands have."""

from __future__ import annotations

from typing import Annotated

import typer

from cdk_personalize_batch.records import RECIPES, RecordFormat


def _recipes(incomplete: str) -> list[str]:
    return [name for name in RECIPES if name.startswith(incomplete)]


Recipe = Annotated[
    str | None,
    typer.Option(
        "--recipe",
        "-r",
        metavar="NAME|ARN",
        help="The recipe that the records are for, such as aws-similar-items.",
        autocompletion=_recipes,
    ),
]


Themes = Annotated[bool, typer.Option("--themes", help="The job makes themes (with --recipe).")]


AnySize = Annotated[
    bool,
    typer.Option(
        "--any-size",
        help="Allow more than one job takes: the input of a workflow, which splits it.",
    ),
]


RecordsAs = Annotated[
    RecordFormat | None, typer.Option("--format", "-f", help="The format, instead of a recipe.")
]


def examples(*lines: str) -> str:
    """Returns the end of a help text; the mark keeps typer from filling the lines."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def record_format(recipe: str | None, named: RecordFormat | None, *, themes: bool) -> RecordFormat:
    """Returns the format that the options `--recipe`, `--format` and `--themes` name."""
    if (recipe is None) == (named is None):
        raise typer.BadParameter("give one of --recipe and --format")
    if named is not None:
        if themes:
            raise typer.BadParameter("--themes goes with --recipe; use --format themes")
        return named
    try:
        return RecordFormat.for_recipe(str(recipe), themes=themes)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--recipe") from None
