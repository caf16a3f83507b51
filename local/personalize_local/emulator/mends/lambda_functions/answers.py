"""Answers a failed invocation as AWS does, whatever it was that failed.

The scripts of the functions' processes report errors in AWS's words (`python_errors`,
`node_errors`); a process that ends, or takes too long, reports nothing itself.
"""

from __future__ import annotations

import json
import re
import select
import signal
import subprocess
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from personalize_local.emulator.mend import Mend

# Whether the function's process could not be started, in MiniStack's answer of an invocation.
NEVER_RAN: Final = "never_ran"

_ERROR: Final = "_aws_error"
# What a process says that ends with its error.
_LAST_WORDS: Final = f'{{"{_ERROR}":'
_INIT_SECONDS: Final = 10
_END_SECONDS: Final = 1.0
_DEAD: Final = ("Worker process died", "Worker returned no response")
_INIT_FAILED: Final = "Worker init failed: "
_TIMED_OUT: Final = re.compile(r"Task timed out after \d+\.\d\d seconds")

_Payload = dict[str, Any]
_Result = dict[str, Any]

_ended = threading.local()


class _StartFailedError(Exception):
    """A process that could not be started; the text is AWS's answer, as JSON."""


def _apply() -> None:
    _bound_starts()
    _note_exit_codes()
    execute = lambda_svc._execute_function_warm

    def execute_and_answer(func: _Result, event: object, request_id: str) -> _Result:
        config = func.get("config") or func
        fault = _bad_handler(config)
        if fault is not None:
            return _failed(fault, "", "", never_ran=True)
        return _as_aws(execute(func, event, request_id), request_id)

    lambda_svc._execute_function_warm = execute_and_answer


def _bad_handler(config: Mapping[str, Any]) -> _Payload | None:
    """Returns the answer of a function whose handler's name has no dot."""
    handler = config.get("Handler", "")
    if "." in handler:
        return None
    kind, text = "Runtime.MalformedHandlerName", "Bad handler"
    if config.get("Runtime", "").startswith("python"):
        text += f" '{handler}': not enough values to unpack (expected 2, got 1)"
        return {"errorMessage": text, "errorType": kind, "requestId": "", "stackTrace": []}
    return {"errorType": kind, "errorMessage": text, "trace": [f"{kind}: {text}"]}


def _as_aws(result: _Result, request_id: str) -> _Result:
    body, log = result.get("body"), result.get("log", "")
    if isinstance(body, dict) and _ERROR in body:
        return _failed(body[_ERROR], log, request_id)
    if not result.get("error") or result.get("throttle"):
        return result
    text = body["errorMessage"] if isinstance(body, dict) else ""
    if _TIMED_OUT.fullmatch(text):
        return _failed(_of_sandbox("Sandbox.Timedout", text, request_id), log, request_id)
    if text.startswith(_LAST_WORDS):
        return _failed(json.loads(text)[_ERROR], log, request_id)
    if text in _DEAD:
        return _failed(
            _of_sandbox("Runtime.ExitError", _how_it_ended(), request_id), log, request_id
        )
    if isinstance(body, dict) and body["errorType"] == _StartFailedError.__name__:
        payload = json.loads(text)
        if "kind" in payload:
            payload = _of_sandbox(payload["kind"], payload["text"], request_id)
        return _failed(payload, log, "", never_ran=True)
    return result


def _failed(payload: _Payload, log: str, request_id: str, *, never_ran: bool = False) -> _Result:
    lines = [log] if log else []
    return {
        "body": payload,
        "error": True,
        "function_error": "Unhandled",
        "log": "\n".join([*lines, *_log_of(payload, request_id)]),
        NEVER_RAN: never_ran,
    }


def _log_of(payload: _Payload, request_id: str) -> list[str]:
    """Returns what AWS writes to the function's log."""
    kind, text = payload["errorType"], payload["errorMessage"]
    if "stackTrace" in payload:
        frames = [line for frame in payload["stackTrace"] for line in frame.splitlines()]
        # CloudWatch keeps these together as one event for their spaces that do not break.
        return [
            f"[ERROR] {kind}: {text}",
            "Traceback (most recent call last):",
            *(f"{_indent(line)}{line.lstrip(' ')}" for line in frames),
        ]
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if "trace" in payload:
        what = "Invoke Error " if request_id else "Uncaught Exception "
        found = {"errorType": kind, "errorMessage": text, "stack": payload["trace"]}
        return [f"{now}\t{request_id or 'undefined'}\tERROR\t{what}\t{json.dumps(found)}"]
    if kind == "Sandbox.Timedout":
        return [f"{now} {request_id} {text.partition(' Error: ')[2]}"]
    return [text, kind]


def _indent(line: str) -> str:
    return "\N{NO-BREAK SPACE}" * (len(line) - len(line.lstrip(" ")))


def _of_sandbox(kind: str, text: str, request_id: str) -> _Payload:
    return {"errorType": kind, "errorMessage": f"RequestId: {request_id} Error: {text}"}


def _bound_starts() -> None:
    """Ends a process that does not come to its handler, and says why another one did not."""
    spawn = lambda_runtime.Worker._spawn

    def spawn_in_time(worker: lambda_runtime.Worker) -> None:
        timeout = worker.config.get("Timeout", 3)
        late = threading.Event()
        # The initialization has 10 s; AWS then begins it anew, in the time of the invocation.
        timer = threading.Timer(_INIT_SECONDS + timeout, _end, (worker, late))
        timer.start()
        try:
            spawn(worker)
        except RuntimeError as error:
            raise _StartFailedError(json.dumps(_why(worker, error, late))) from error
        finally:
            timer.cancel()

    lambda_runtime.Worker._spawn = spawn_in_time


def _end(worker: lambda_runtime.Worker, late: threading.Event) -> None:
    late.set()
    if worker._proc is not None:
        worker._proc.kill()


def _why(worker: lambda_runtime.Worker, error: RuntimeError, late: threading.Event) -> _Payload:
    if late.is_set():
        text = f"Task timed out after {worker.config.get('Timeout', 3)}.00 seconds"
        return {"kind": "Sandbox.Timedout", "text": text}
    if str(error).startswith(_INIT_FAILED):
        payload: _Payload = json.loads(str(error).removeprefix(_INIT_FAILED))
        return payload
    if worker._proc is None:
        return {"errorType": "Runtime.Unknown", "errorMessage": str(error)}
    worker._proc.wait(_END_SECONDS)
    return {"kind": "Runtime.ExitError", "text": _exit_text(worker._proc.returncode)}


def _note_exit_codes() -> None:
    """Keeps how a process ended by itself, which is not told once it has been ended."""
    ask_to_end, collect = lambda_runtime._signal, lambda_runtime._collect

    def ask_unless_ending(process: subprocess.Popen[str] | None) -> None:
        if process is not None and _is_ending(process):
            process.wait(_END_SECONDS)
        ask_to_end(process)

    def collect_and_note(process: subprocess.Popen[str] | None, deadline: float) -> None:
        collect(process, deadline)
        _ended.code = None if process is None else process.returncode

    lambda_runtime._signal = ask_unless_ending
    lambda_runtime._collect = collect_and_note


def _is_ending(process: subprocess.Popen[str]) -> bool:
    """Whether a process has closed its channel, which it does not before its end."""
    if process.stdout is None or process.stdout.closed:
        return False
    channel = select.poll()
    channel.register(process.stdout, 0)
    return bool(channel.poll(0))


def _how_it_ended() -> str:
    return _exit_text(getattr(_ended, "code", None))


def _exit_text(code: int | None) -> str:
    if code is None or code == 0:
        return "Runtime exited without providing a reason"
    if code > 0:
        return f"Runtime exited with error: exit status {code}"
    return f"Runtime exited with error: signal: {(signal.strsignal(-code) or str(-code)).lower()}"


MEND: Final = Mend(
    aws="A failed invocation is answered with the error's name, also when the process ended, could "
    "not start or took too long.",
    source="Lambda Developer Guide, Troubleshoot invocation issues in Lambda; outputs of AWS that "
    "LocalStack's tests recorded",
    apply=_apply,
)
