"""Comes before MiniStack's script in the process of a Python function, and is no module there.

Standard library only: the function's own packages must not meet another version of anything.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

# The channel to the server is no longer the standard output, which the function's own processes
# inherit.
sys.stdout = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)

_TASK_ROOT: Final = "/var/task"
_LAYERS: Final = "/opt/"
_ERROR: Final = "_aws_error"

_Payload = dict[str, Any]


class _RuntimeFault(Exception):
    """A failure that the runtime of AWS has a name for."""

    def __init__(self, kind: str, message: str, trace: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.kind, self.trace = kind, trace


def _aws_handler(code_dir: str, module_name: str, handler_name: str) -> Callable[..., object]:
    """Returns the handler of the function."""
    _keep_closed(code_dir)
    if module_name.partition(".")[0] in sys.builtin_module_names:
        raise _RuntimeFault(
            "Runtime.BuiltInModuleConflict",
            f"Cannot use built-in module {module_name} as a handler module",
        )
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        text = f"Unable to import module '{module_name}': {error}"
        raise _RuntimeFault("Runtime.ImportModuleError", text) from error
    except SyntaxError as error:
        place = f'  File "{error.filename}" Line {error.lineno}\n    {error.text}'
        text = f"Syntax error in module '{module_name}': {error}"
        raise _RuntimeFault("Runtime.UserCodeSyntaxError", text, (place,)) from error
    try:
        handler: Callable[..., object] = getattr(module, handler_name)
    except AttributeError as error:
        text = f"Handler '{handler_name}' missing on module '{module_name}'"
        raise _RuntimeFault("Runtime.HandlerNotFound", text) from error
    return handler


def _aws_answer(code_dir: str, handler: Callable[..., object], event: object, context: Any) -> str:  # noqa: ANN401
    """Runs the handler; returns the line for the server.

    An error comes as a result: MiniStack ends a process that reports one, and AWS goes on with it.
    """
    try:
        result = handler(event, context)
        try:
            return json.dumps({"status": "ok", "result": result})
        except Exception as error:
            text = f"Unable to marshal response: {error}"
            raise _RuntimeFault("Runtime.MarshalError", text) from error
    except Exception as error:
        payload = _aws_payload(code_dir, error, context.aws_request_id)
        return json.dumps({"status": "ok", "result": {_ERROR: payload}})


def _aws_payload(code_dir: str, error: BaseException, request_id: str = "") -> _Payload:
    """Returns an error as AWS's runtime for Python answers it."""
    if isinstance(error, _RuntimeFault):
        kind, trace = error.kind, list(error.trace)
    else:
        frames = traceback.extract_tb(error.__traceback__)
        # This script is what they begin with.
        while frames and frames[0].filename == __file__:
            frames.pop(0)
        kind = type(error).__name__
        trace = traceback.format_list(
            [(one.filename, one.lineno or 0, one.name, one.line) for one in frames]
        )
    return {
        "errorMessage": str(error).replace(code_dir, _TASK_ROOT),
        "errorType": kind,
        "requestId": request_id,
        "stackTrace": [line.replace(code_dir, _TASK_ROOT) for line in trace],
    }


class _Popen(subprocess.Popen[Any]):
    """A process of the function, whose program may lie in a layer."""

    def __init__(self, args: Any, *more: Any, **named: Any) -> None:  # noqa: ANN401
        super().__init__(_with_layers(args), *more, **named)


def _with_layers(args: Any) -> Any:  # noqa: ANN401
    """Returns a command whose program is the one that on AWS lies in `/opt`."""
    if isinstance(args, str | bytes | os.PathLike) or not str(args[0]).startswith(_LAYERS):
        return args
    for folder in os.environ.get("_LAMBDA_LAYERS_DIRS", "").split(os.pathsep):
        program = Path(folder, str(args[0]).removeprefix(_LAYERS))
        if folder and program.is_file():
            # This is where AWS has Python.
            is_python = program.read_bytes().startswith(b"#!/var/lang/bin/python")
            return [*([sys.executable] if is_python else []), str(program), *args[1:]]
    return args


subprocess.Popen = _Popen  # type: ignore[misc]


def _keep_closed(code_dir: str) -> None:
    """Keeps files closed that their modes close: they do not hold for the root of a machine."""
    if os.geteuid() != 0:
        return
    files = (one for one in Path(code_dir).rglob("*") if one.is_file())
    closed = {os.path.realpath(one) for one in files if not one.stat().st_mode & 0o400}

    def refuse(event: str, arguments: tuple[Any, ...]) -> None:
        name = arguments[0] if event == "open" else None
        # As the system would: not by the name that the program has for it.
        if isinstance(name, str) and os.path.realpath(name) in closed:
            raise PermissionError(13, "Permission denied", name)

    if closed:
        sys.addaudithook(refuse)
