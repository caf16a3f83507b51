"""Options that several commands have, and where the one that stays is kept."""

from __future__ import annotations

import math
import os
import re
from pathlib import Path
from typing import Annotated, Final

import typer

PROGRAM: Final = "personalize-local"

_REGION: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")


def _region(text: str) -> str:
    if not _REGION.fullmatch(text):
        raise typer.BadParameter(f"{text!r} is not a region such as eu-west-1")
    return text


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < math.inf:
        raise typer.BadParameter(f"{text!r} is not a number of seconds, 0 or more")
    return number


def default_state() -> Path:
    """Returns where the one that stays is kept when nobody says otherwise."""
    given = Path(os.environ.get("XDG_STATE_HOME", ""))
    # The XDG specification: a relative path is to be ignored.
    base = given if given.is_absolute() else Path.home() / ".local" / "state"
    return base / PROGRAM


Region = Annotated[
    str,
    typer.Option("--region", metavar="REGION", parser=_region, help="The region to work in."),
]


JobSeconds = Annotated[
    float,
    typer.Option(
        "--job-seconds", metavar="N", parser=_seconds, help="How long a batch job lasts at least."
    ),
]


RealTime = Annotated[
    bool,
    typer.Option(
        "--real-time",
        help="Let state machines wait for jobs as long as they say, and not until a job has ended.",
    ),
]


StateDir = Annotated[
    Path | None,
    typer.Option(
        "--state-dir",
        metavar="DIR",
        help="Where the one that stays is kept; by default $XDG_STATE_HOME/personalize-local, "
        "or ~/.local/state/personalize-local.",
    ),
]
