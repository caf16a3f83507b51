"""What a Node.js function answers when it fails, as AWS's own runtime answers it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.flow.functions import Function
from tests.support.flow.running_aws import RunningAws

RAISES = """
class OutOfTime extends Error {
  constructor(text) { super(text); this.name = "OutOfTime"; }
}
let calls = 0;
exports.handler = async (event) => {
  calls += 1;
  if (event.exit !== undefined) process.exit(event.exit);
  if (event.later) setTimeout(() => { throw new RangeError("later"); });
  if (event.rejects) Promise.reject(new RangeError("nobody looks"));
  if (event.later || event.rejects) await new Promise((done) => setTimeout(done, 60000));
  if (event.fails) throw new OutOfTime("as told");
  return calls;
};
"""


def node(aws: RunningAws, files: Any, **options: Any) -> Function:
    return Function(aws, files, runtime="nodejs22.x", **options)


def test_the_name_of_an_error_is_its_type(local_aws: RunningAws) -> None:
    function = node(local_aws, RAISES)
    assert function.call({})["Payload"] == 1
    error = function.error({"fails": True})
    assert (error["errorType"], error["errorMessage"]) == ("OutOfTime", "as told")
    assert error["trace"][0] == "OutOfTime: as told"
    assert "(/var/task/index.js:12:" in error["trace"][1]
    assert set(error) == {"errorType", "errorMessage", "trace"}
    assert function.call({})["Payload"] == 3
    assert any("ERROR\tInvoke Error \t" in line for line in function.log())


@pytest.mark.parametrize(
    ("event", "kind", "text"),
    [
        ({"later": True}, "RangeError", "later"),
        ({"rejects": True}, "Runtime.UnhandledPromiseRejection", "RangeError: nobody looks"),
    ],
)
def test_an_error_that_nobody_catches_ends_the_process(
    local_aws: RunningAws, event: dict[str, bool], kind: str, text: str
) -> None:
    function = node(local_aws, RAISES)
    error = function.error(event)
    assert (error["errorType"], error["errorMessage"]) == (kind, text)
    assert function.call({})["Payload"] == 1


def test_a_process_that_exits_is_told(local_aws: RunningAws) -> None:
    error = node(local_aws, RAISES).error({"exit": 3})
    assert error["errorType"] == "Runtime.ExitError"
    assert error["errorMessage"].endswith(" Error: Runtime exited with error: exit status 3")


NEVER = {
    "no module": (
        {"other.js": ""},
        "Runtime.ImportModuleError",
        "Error: Cannot find module 'index'\nRequire stack:\n- /var/runtime/index.mjs",
    ),
    "no package": (
        {"index.js": "require('nothing-of-nobody');\n"},
        "Runtime.ImportModuleError",
        "Error: Cannot find module 'nothing-of-nobody'\nRequire stack:\n"
        "- /var/task/index.js\n- /var/runtime/index.mjs",
    ),
    "no handler": (
        {"index.js": "exports.other = async () => 1;\n"},
        "Runtime.HandlerNotFound",
        "index.handler is undefined or not exported",
    ),
    "no function": (
        {"index.js": "exports.handler = 1;\n"},
        "Runtime.HandlerNotFound",
        "index.handler is not a function",
    ),
    "syntax": (
        {"index.js": "exports.handler = async () => {\n"},
        "Runtime.UserCodeSyntaxError",
        "SyntaxError: Unexpected end of input",
    ),
    "exception": (
        {"index.js": "throw new RangeError('startup fails');\n"},
        "RangeError",
        "startup fails",
    ),
}


@pytest.mark.parametrize("case", NEVER)
def test_a_function_that_cannot_start_answers_why(local_aws: RunningAws, case: str) -> None:
    files, kind, text = NEVER[case]
    error = node(local_aws, files).error()
    assert (error["errorType"], error["errorMessage"]) == (kind, text)


def test_a_module_that_others_may_not_read_cannot_be_read(local_aws: RunningAws) -> None:
    error = node(local_aws, RAISES, modes={"index.js": 0o600}).error()
    assert error["errorMessage"] == "EACCES: permission denied, open '/var/task/index.js'"
