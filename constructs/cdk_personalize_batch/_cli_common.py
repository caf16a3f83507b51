"""What the commands share: their options, AWS, files, and what a person reads."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, BinaryIO, Final

import typer

from cdk_personalize_batch.records import RECIPES, RecordFormat

if TYPE_CHECKING:
    from rich.console import Console

STANDARD_INPUT: Final = "-"
# A table that is not read on a screen is not cut to its width.
_ANY_WIDTH: Final = 100_000
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MEANT_AS_S3: Final = re.compile(r"s3:/", re.IGNORECASE)
NO_POLARS: Final = "Parquet needs the package polars; run pip install 'cdk-personalize-batch[cli]'"


class CommandError(Exception):
    """What a person did or met, and what to do: one line."""


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
    """Returns the end of a help text; the mark keeps typer from filling the lines.

    Args:
        lines: Commands.
    """
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


def record_format(recipe: str | None, named: RecordFormat | None, *, themes: bool) -> RecordFormat:
    """Returns the format that the options `--recipe`, `--format` and `--themes` name.

    Args:
        recipe: The recipe's name or ARN.
        named: The format.
        themes: Whether the job makes themes.
    """
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


def client(service: str) -> Any:  # noqa: ANN401 - boto3 is untyped
    """Returns a boto3 client with the ordinary credentials.

    Args:
        service: The name of the service.
    """
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError

    # AWS_REGION is what every tool but boto3 reads.
    session = boto3.session.Session(region_name=os.environ.get("AWS_REGION"))
    retries = {"mode": "standard", "total_max_attempts": 8}
    try:
        return session.client(service, config=Config(retries=retries))
    except BotoCoreError:
        raise
    except ValueError as error:  # botocore has no class for an endpoint that is none
        raise CommandError(f"{error}; correct AWS_ENDPOINT_URL") from None


def is_s3(name: str) -> bool:
    """Whether a name is an S3 URI. What was only meant as one, and no name at all, is an error.

    Args:
        name: What was given.
    """
    if not name:
        raise CommandError("a name is empty; name a file, an S3 URI, or - for standard input")
    if name.startswith("s3://"):
        return True
    if _MEANT_AS_S3.match(name):
        raise CommandError(f"{name!r} is no S3 URI; write s3://bucket/key")
    return False


def split_s3(uri: str) -> tuple[str, str]:
    """Returns the bucket and the key of an S3 URI.

    Args:
        uri: The URI.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not bucket:
        raise CommandError(f"{uri!r} names no bucket; write s3://bucket/key")
    return bucket, key


@contextmanager
def asking(uri: str) -> Iterator[None]:
    """Has an error of AWS say what was asked for, which its own text does not.

    Args:
        uri: The S3 URI.
    """
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        error.add_note(uri)
        raise


@contextmanager
def opened(name: str) -> Iterator[tuple[BinaryIO, int | None]]:
    """Opens a file, an object in S3 or, for `-`, standard input, and says its size if known.

    Args:
        name: The path, S3 URI or `-`.
    """
    if name == STANDARD_INPUT:
        yield sys.stdin.buffer, None
    elif is_s3(name):
        bucket, key = split_s3(name)
        if not key or key.endswith("/"):
            raise CommandError(f"{name!r} names no object; write s3://bucket/key")
        with asking(name):
            answer = client("s3").get_object(Bucket=bucket, Key=key)
        with answer["Body"] as body:
            yield body, answer["ContentLength"]
    else:
        with Path(name).open("rb", buffering=0) as file:
            yield file, os.fstat(file.fileno()).st_size or None


def console(file: IO[str]) -> Console:
    """Returns where a person reads: with colour on a terminal only, data never taken for markup.

    Args:
        file: Standard output, standard error, or a file.
    """
    from rich.console import Console

    options: dict[str, Any] = {"markup": False, "highlight": False, "emoji": False}
    if not file.isatty():
        # Not even where FORCE_COLOR asks for it: a program reads.
        options |= {"width": _ANY_WIDTH, "force_terminal": False}
    return Console(file=file, **options)


def shown_name(name: str) -> str:
    """Returns the name of an input as it is printed: bytes that are no UTF-8 are replaced.

    Args:
        name: The path, S3 URI or `-`.
    """
    if name == STANDARD_INPUT:
        return "<stdin>"
    return os.fsencode(name).decode(errors="replace")


def visible(text: str) -> str:
    """Returns a text whose control characters are spelt out: ids may have any, and move a cursor.

    Args:
        text: The text.
    """
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def counted(number: int, thing: str) -> str:
    """Returns a number with its thing, in the plural where it must be.

    Args:
        number: How many.
        thing: Of what, one of them.
    """
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
