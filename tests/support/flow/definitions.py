"""Definitions of state machines, in few words."""

from __future__ import annotations

from typing import Any

PASS = {"Type": "Pass", "End": True}
TASK = {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "End": True}
SDK = "arn:aws:states:::aws-sdk"


def machine(states: dict[str, Any], language: str = "JSONata", **top: Any) -> dict[str, Any]:
    return {"QueryLanguage": language, "StartAt": next(iter(states)), "States": states, **top}


def one(state: dict[str, Any], language: str = "JSONata") -> dict[str, Any]:
    return machine({"A": state}, language)


def output(expression: str) -> dict[str, Any]:
    return one({**PASS, "Output": {"v": f"{{% {expression} %}}"}})


def sdk(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    return one({**TASK, "Resource": f"{SDK}:{name}", "Arguments": arguments})
