"""The command `personalize-local`: AWS with a working Amazon Personalize, on this machine."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from typing import Any, Final

try:
    import typer
    from typer.core import TyperGroup

    from personalize_local.cli import commands, versions
except ModuleNotFoundError as error:
    raise SystemExit(
        f"personalize-local: error: the package {error.name} is missing; "
        "run pip install 'cdk-personalize-batch[local]'"
    ) from None

from personalize_local.cli.options import PROGRAM
from personalize_local.host.processes import Interrupted
from personalize_local.instance import LocalAwsError

_BY_SIGNAL: Final = 128
# The mark keeps typer from filling the lines.
_EXAMPLES: Final = """\
\b
Examples:
  personalize-local run -- cdk deploy
  personalize-local run --job-seconds 1 --region eu-west-1 -- pytest tests
  personalize-local up && eval "$(personalize-local env)" && cdk deploy; personalize-local down
  personalize-local solution-versions --json
"""


class _Commands(TyperGroup):
    """Turns errors into one line, and signals into exit codes; usage errors are typer's own."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own types
        try:
            answer = super().invoke(ctx)
            # Here and not at the interpreter's end, where a closed pipe could not be caught.
            sys.stdout.flush()
        except BrokenPipeError:
            # Whoever read it has seen enough; what is left must not be written at the end either.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(_BY_SIGNAL + signal.SIGPIPE) from None
        except (LocalAwsError, OSError) as error:
            print(f"{PROGRAM}: error: {error}", file=sys.stderr)
            raise typer.Exit(1) from None
        except Interrupted as interruption:
            raise typer.Exit(_BY_SIGNAL + interruption.number) from None
        return answer


app = typer.Typer(
    name=PROGRAM,
    cls=_Commands,
    no_args_is_help=False,
    subcommand_metavar="ACTION [ARGS]...",
    pretty_exceptions_enable=False,
    # Plain help, the same on a terminal and in a file.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback(epilog=_EXAMPLES)
def _options() -> None:
    """AWS with a working Amazon Personalize, on this machine."""


for _module in (commands, versions):
    _module.register(app)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        arguments: The command line. Default: - the process's.

    Returns:
        The exit code.
    """
    try:
        app(args=arguments, prog_name=PROGRAM)
    except SystemExit as end:
        return int(end.code or 0)
    return 0
