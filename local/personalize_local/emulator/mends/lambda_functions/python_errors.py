"""Names the errors of Python functions as AWS's runtime names them.

MiniStack calls each of them `Runtime.HandlerError`, and ends the process.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ministack.core import lambda_runtime

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.lambda_functions.scripts import changed

_RUNTIME: Final = Path(__file__).parent / "worker" / "python_runtime.py"
# What of MiniStack's script gives way to what.
_CHANGES: Final = (
    (
        "        mod = importlib.import_module(module_name)\n"
        "        handler_fn = getattr(mod, handler_name)\n",
        "        handler_fn = _aws_handler(code_dir, module_name, handler_name)\n",
    ),
    (
        '{"status": "error", "error": str(e)}',
        '{"status": "error", "error": json.dumps(_aws_payload(code_dir, e))}',
    ),
    (
        "            result = handler_fn(event, context)\n"
        '            _real_stdout.write(json.dumps({"status": "ok", "result": result}) + "\\n")\n',
        "            line = _aws_answer(code_dir, handler_fn, event, context)\n"
        '            _real_stdout.write(line + "\\n")\n',
    ),
)


def _apply() -> None:
    script = changed(lambda_runtime._PYTHON_WORKER_SCRIPT, _CHANGES)
    lambda_runtime._PYTHON_WORKER_SCRIPT = _RUNTIME.read_text(encoding="utf-8") + script


MEND: Final = Mend(
    aws="An error of a Python function has its class as its name, and comes with the trace.",
    source="Lambda Developer Guide, Lambda function errors in Python; aws-lambda-python-runtime-"
    "interface-client, bootstrap.py",
    apply=_apply,
)
