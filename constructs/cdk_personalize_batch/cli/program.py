"""The command `personalize-batch`: records, results and jobs at the command line."""

from __future__ import annotations

import errno
import io
import os
import sys
import traceback
from typing import Annotated, Any, Final

try:
    import typer
    from typer.core import TyperGroup
except ModuleNotFoundError as error:
    raise SystemExit(
        f"personalize-batch: error: the package {error.name} is missing; "
        "run pip install 'cdk-personalize-batch[cli]'"
    ) from None

from cdk_personalize_batch._version import __version__
from cdk_personalize_batch.cli import convert, plan, results, status, validate
from cdk_personalize_batch.cli.text import visible

_PROGRAM: Final = "personalize-batch"
_TRACEBACK: Final = "PERSONALIZE_BATCH_TRACEBACK"
_SIGN_IN: Final = "sign in again"
_NO_KEY: Final = "check the credentials, or sign in again"
_NO_ANSWER: Final = "check the network, AWS_REGION and AWS_ENDPOINT_URL"
# By the code of an answer, or else by the name of the class.
_REMEDIES: Final = {
    "NoCredentialsError": "set AWS_PROFILE, or sign in as for the AWS CLI",
    "NoRegionError": "set AWS_REGION",
    "ProfileNotFound": "correct AWS_PROFILE",
    "InvalidRegionError": "correct AWS_REGION",
    "EndpointConnectionError": _NO_ANSWER,
    "ConnectTimeoutError": _NO_ANSWER,
    "SSLError": "check AWS_CA_BUNDLE and AWS_ENDPOINT_URL",
    "ExpiredToken": _SIGN_IN,
    "ExpiredTokenException": _SIGN_IN,
    "InvalidAccessKeyId": _NO_KEY,
    "SignatureDoesNotMatch": _NO_KEY,
    "UnrecognizedClientException": _NO_KEY,
    "AccessDenied": "have the action allowed to you",
    "AccessDeniedException": "have the action allowed to you",
    "NoSuchBucket": "correct the name of the bucket",
    "NoSuchKey": "correct the key",
}
_REMEDIES_OF_FILES: Final = {
    errno.ENOENT: "correct the path",
    errno.ENOTDIR: "correct the path",
    errno.EISDIR: "name a file",
    errno.EACCES: "have the right to it, or name another file",
    errno.EPERM: "have the right to it, or name another file",
    errno.EROFS: "name a file in another place",
    errno.ENOSPC: "make room there, or name another place",
}


class _Commands(TyperGroup):
    """Turns every error into one line; usage errors are typer's own."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own types
        try:
            answer = super().invoke(ctx)
            # Here and not at the interpreter's end, where a closed pipe could not be caught.
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except Exception as error:
            if hasattr(error, "exit_code") or isinstance(error, typer.Abort):
                raise
            if os.environ.get(_TRACEBACK):
                traceback.print_exc()
            print(f"{_PROGRAM}: error: {_line(error)}", file=sys.stderr)
            raise typer.Exit(1) from None
        return answer


def _line(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    remedy = _REMEDIES.get(_code(error) or type(error).__name__)
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
        remedy = _REMEDIES_OF_FILES.get(error.errno or 0)
    elif isinstance(error, TypeError | LookupError | AttributeError | AssertionError):
        remedy = f"set {_TRACEBACK}=1 to see where"
        text = f"{type(error).__name__}: {text}"
    text = visible(": ".join([*getattr(error, "__notes__", ()), text])).removesuffix(".")
    return f"{text}; {remedy}" if remedy else text


def _code(error: Exception) -> str:
    """Returns the code of an answer of AWS; empty for any other error."""
    response = getattr(error, "response", None)
    return str(response.get("Error", {}).get("Code", "")) if isinstance(response, dict) else ""


def _version(wanted: bool) -> None:
    if wanted:
        print(f"{_PROGRAM} {__version__}")
        raise typer.Exit


app = typer.Typer(
    name=_PROGRAM,
    cls=_Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    # Plain help, the same on a terminal and in a file.
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Records, results and jobs of Amazon Personalize batch runs.

    Where S3 or Amazon Personalize is asked, the credentials are those of the AWS CLI, and
    AWS_REGION, AWS_PROFILE and AWS_ENDPOINT_URL are honoured.
    """


for _module in (validate, convert, plan, results, status):
    _module.register(app)


def main() -> None:
    """Runs the command with the arguments of the process, and ends the process."""
    for stream in (sys.stdout, sys.stderr):
        # Whatever the locale: data are UTF-8, and a terminal shows what it can.
        if isinstance(stream, io.TextIOWrapper) and stream.isatty():
            stream.reconfigure(errors="backslashreplace")
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    app()


if __name__ == "__main__":
    main()
