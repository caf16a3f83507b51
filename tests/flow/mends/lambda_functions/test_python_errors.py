"""What a Python function answers when it fails, as AWS's own runtime answers it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.config import Config

from tests.support.flow.functions import Function
from tests.support.flow.running_aws import RunningAws

RAISES = """
import json

class OutOfTime(Exception):
    pass

calls = 0

def fail(event):
    raise OutOfTime("as told")

def handler(event, context):
    global calls
    calls += 1
    if event.get("set"):
        return {1, 2}
    if event.get("fails"):
        fail(event)
    return calls
"""


def test_the_class_of_an_exception_is_its_name(local_aws: RunningAws) -> None:
    function = Function(local_aws, RAISES)
    answer = function.call({"fails": True})
    assert answer["FunctionError"] == "Unhandled"
    request_id = answer["Payload"]["requestId"]
    assert answer["Payload"] == {
        "errorMessage": "as told",
        "errorType": "OutOfTime",
        "requestId": request_id,
        "stackTrace": [
            '  File "/var/task/index.py", line 18, in handler\n    fail(event)\n',
            '  File "/var/task/index.py", line 10, in fail\n    raise OutOfTime("as told")\n',
        ],
    }
    log = function.log()
    assert any(request_id in line for line in log)
    assert "[ERROR] OutOfTime: as told" in log
    assert '\u00a0\u00a0File "/var/task/index.py", line 10, in fail' in log


def test_an_exception_leaves_the_process_as_it_is(local_aws: RunningAws) -> None:
    function = Function(local_aws, RAISES)
    assert function.call({})["Payload"] == 1
    function.error({"fails": True})
    assert function.call({})["Payload"] == 3


def test_a_result_that_is_not_json_is_an_error_of_the_runtime(local_aws: RunningAws) -> None:
    error = Function(local_aws, RAISES).error({"set": True})
    assert (error["errorType"], error["errorMessage"]) == (
        "Runtime.MarshalError",
        "Unable to marshal response: Object of type set is not JSON serializable",
    )


NEVER = {
    "no module": (
        {"other.py": ""},
        "index.handler",
        "Runtime.ImportModuleError",
        "Unable to import module 'index': No module named 'index'",
    ),
    "no package": (
        {"index.py": "import polars_of_nobody\n"},
        "index.handler",
        "Runtime.ImportModuleError",
        "Unable to import module 'index': No module named 'polars_of_nobody'",
    ),
    "no handler": (
        {"index.py": "pass\n"},
        "index.handler",
        "Runtime.HandlerNotFound",
        "Handler 'handler' missing on module 'index'",
    ),
    "no dot": (
        {"index.py": "pass\n"},
        "index",
        "Runtime.MalformedHandlerName",
        "Bad handler 'index': not enough values to unpack (expected 2, got 1)",
    ),
    "built in": (
        {"index.py": "pass\n"},
        "sys.exit",
        "Runtime.BuiltInModuleConflict",
        "Cannot use built-in module sys as a handler module",
    ),
    "syntax": (
        {"index.py": "def handler(event, context)\n"},
        "index.handler",
        "Runtime.UserCodeSyntaxError",
        "Syntax error in module 'index': expected ':' (index.py, line 1)",
    ),
}


@pytest.mark.parametrize("case", NEVER)
def test_a_function_that_cannot_start_answers_why(local_aws: RunningAws, case: str) -> None:
    files, handler, kind, text = NEVER[case]
    error = Function(local_aws, files, Handler=handler).error()
    assert (error["errorType"], error["errorMessage"]) == (kind, text)
    assert error["requestId"] == ""


def test_an_exception_at_import_keeps_its_name(local_aws: RunningAws) -> None:
    function = Function(local_aws, 'raise LookupError("Runtime startup fails")\n')
    error = function.error()
    assert (error["errorType"], error["errorMessage"]) == ("LookupError", "Runtime startup fails")
    assert error["stackTrace"][-1] == (
        '  File "/var/task/index.py", line 1, in <module>\n'
        '    raise LookupError("Runtime startup fails")\n'
    )
    assert "[ERROR] LookupError: Runtime startup fails" in function.log()


def machine(function: Function, **state: Any) -> str:
    call = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function.arn, "Payload": {"fails": True}},
        "End": True,
        **state,
    }
    caught = {"Type": "Pass", "End": True}
    return json.dumps({"StartAt": "Call", "States": {"Call": call, "Caught": caught}})


def test_a_state_machine_catches_an_exception_by_its_name(local_aws: RunningAws) -> None:
    function = Function(local_aws, RAISES)
    allowed = {"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": function.arn}
    # Not at a host of its own, as on AWS: no name leads to it.
    states = local_aws.client("stepfunctions", config=Config(inject_host_prefix=False))
    catch = [{"ErrorEquals": ["OutOfTime"], "Next": "Caught"}]
    retry = [{"ErrorEquals": ["OutOfTime"], "IntervalSeconds": 1, "MaxAttempts": 2}]
    arn = states.create_state_machine(
        name=function.name,
        definition=machine(function, Catch=catch, Retry=retry),
        roleArn=local_aws.create_role("states", allowed),
        type="EXPRESS",
    )["stateMachineArn"]
    answer = states.start_sync_execution(stateMachineArn=arn)
    assert answer["status"] == "SUCCEEDED", answer
    output = json.loads(answer["output"])
    assert output["Error"] == "OutOfTime"
    cause = json.loads(output["Cause"])
    assert (cause["errorType"], cause["errorMessage"]) == ("OutOfTime", "as told")
    assert cause["stackTrace"]
    assert function.log().count("[ERROR] OutOfTime: as told") == 3
