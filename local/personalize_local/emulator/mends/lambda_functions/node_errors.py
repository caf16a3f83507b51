"""Names the errors of Node.js functions as AWS's runtime names them.

MiniStack calls each of them `Runtime.HandlerError`, and ends the process.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from ministack.core import lambda_runtime

from personalize_local.emulator.mend import Mend
from personalize_local.emulator.mends.lambda_functions.scripts import changed

_RUNTIME: Final = Path(__file__).parent / "worker" / "node_runtime.cjs"
# What of MiniStack's script gives way to what.
_CHANGES: Final = (
    (
        "        handlerFn = mod[handlerName] || (mod.default && mod.default[handlerName])"
        " || mod.default;\n"
        '        if (typeof handlerFn !== "function") {\n'
        "          _realStdoutWrite(JSON.stringify({\n"
        '            status: "error",\n'
        "            error: `Handler ${handlerName} is not a function in ${modPath}`\n"
        '          }) + "\\n");\n'
        "          return;\n"
        "        }\n",
        "        handlerFn = aws.handlerOf(mod, modPath, handlerName);\n",
    ),
    (
        'status: "error", error: e.message\n',
        'status: "error", error: aws.startError(e, modPath)\n',
    ),
    ("      patchAwsSdk();\n", "      patchAwsSdk();\n      aws.prepare(code_dir);\n"),
    ("    const event = msg.event;\n", "    const event = msg.event;\n    aws.begin();\n"),
    (
        "          _realStdoutWrite(JSON.stringify({\n"
        '            status: "error", error: String(err.message || err), trace: err.stack || ""\n'
        '          }) + "\\n");\n',
        '          _realStdoutWrite(aws.failed(err) + "\\n");\n',
    ),
    (
        '_realStdoutWrite(JSON.stringify({ status: "ok", result: res }) + "\\n");',
        '_realStdoutWrite(aws.answered(res) + "\\n");',
    ),
    (
        "      _realStdoutWrite(JSON.stringify({\n"
        '        status: "error", error: e.message, trace: e.stack\n'
        '      }) + "\\n");\n',
        '      _realStdoutWrite(aws.failed(e) + "\\n");\n',
    ),
)


def _apply() -> None:
    script = changed(lambda_runtime._NODEJS_WORKER_SCRIPT, _CHANGES)
    start = f"const aws = require({json.dumps(str(_RUNTIME))});\n"
    lambda_runtime._NODEJS_WORKER_SCRIPT = start + script


MEND: Final = Mend(
    aws="An error of a Node.js function has its own name, and comes with the trace.",
    source="Lambda Developer Guide, Lambda function errors in Node.js; aws-lambda-nodejs-runtime-"
    "interface-client, Errors.js and UserFunction.js",
    apply=_apply,
)
