"""An interpreter of Amazon States Language: real JSONata, made-up services and time."""

from __future__ import annotations

import copy
import functools
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import jsonata

ACCOUNT = "123456789012"
MACHINE = f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:Films"
START = datetime(2026, 11, 24, 2, tzinfo=UTC)


class TaskError(Exception):
    """What a task fails with."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(error, cause)
        self.error, self.cause = error, cause


class Failed(Exception):
    """The end of an execution that failed."""

    def __init__(self, error: str, cause: str) -> None:
        super().__init__(error, cause)
        self.error, self.cause = error, cause


class Machine:
    """A state machine whose tasks are functions of their arguments."""

    def __init__(
        self, definition: Mapping[str, Any], tasks: Mapping[str, Callable[[Any], Any]]
    ) -> None:
        self.definition, self.tasks = definition, dict(tasks)
        self.entered: list[str] = []
        self.calls: list[tuple[str, Any]] = []
        self.now, self.redrives = START, 0
        self.variables: dict[str, Any] = {}
        self._place: tuple[str, Any] | None = None

    def run(self, content: Any = None, name: str = "night") -> Any:
        """Runs an execution to its end; answers its output."""
        self._input, self._name = {} if content is None else content, name
        return self._walk(self.definition["States"], self.definition["StartAt"], self._input)

    def redrive(self) -> Any:
        """Goes on with the state that failed."""
        self.redrives += 1
        assert self._place is not None
        return self._walk(self.definition["States"], *self._place)

    def assign(self, state: Mapping[str, Any], value: Any, **more: Any) -> None:
        known = {"input": value, **more}
        assigned = {key: self.fill(one, **known) for key, one in state.get("Assign", {}).items()}
        self.variables.update(assigned)

    def fill(self, template: Any, **states: Any) -> Any:
        """A template with its expressions evaluated."""
        if isinstance(template, str) and template.startswith("{%"):
            return self._evaluate(template[2:-2], states)
        if isinstance(template, Mapping):
            return {key: self.fill(one, **states) for key, one in template.items()}
        if isinstance(template, list):
            return [self.fill(one, **states) for one in template]
        return template

    def _evaluate(self, text: str, states: dict[str, Any]) -> Any:
        context = {
            "Execution": {
                "Id": f"{MACHINE.replace('stateMachine', 'execution')}:{self._name}",
                "Input": self._input,
                "Name": self._name,
                "StartTime": _iso(START),
                "RedriveCount": self.redrives,
            },
            "StateMachine": {"Id": MACHINE},
            "State": {"EnteredTime": _iso(self.now)},
            **states.pop("context", {}),
        }
        expression = _parsed(text)
        bound = {**self.variables, "states": {**states, "context": context}}
        try:
            value = expression.evaluate(None, copy.deepcopy(bound))
        except jsonata.JException as error:
            raise Failed("States.QueryEvaluationError", str(error)) from error
        if value is None:
            raise Failed("States.QueryEvaluationError", f"nothing: {text}")
        # As Step Functions hands it on.
        return json.loads(json.dumps(value))

    def _walk(self, states: Mapping[str, Any], name: str | None, value: Any, **more: Any) -> Any:
        while name is not None:
            self.entered.append(name)
            if not more:
                self._place = (name, value)
            value, name = self._step(states[name], value, more)
        return value

    def _step(self, state: Mapping[str, Any], value: Any, more: Any) -> tuple[Any, str | None]:
        kind = state["Type"]
        if kind == "Choice":
            return self._choose(state, value)
        if kind == "Fail":
            error, cause = (self.fill(state[key], input=value) for key in ("Error", "Cause"))
            raise Failed(error, cause)
        result: Any = None
        if kind == "Wait":
            self.now += timedelta(seconds=self.fill(state["Seconds"], input=value))
        elif kind == "Task":
            try:
                result = self._call(state, value)
            except TaskError as error:
                return self._catch(state, value, error)
        elif kind == "Map":
            result = self._map(state, value)
        known = {"result": result} if kind in ("Task", "Map") else {}
        default = result if known else value
        output = self.fill(state["Output"], input=value, **known) if "Output" in state else default
        self.assign(state, value, **known)
        return output, state.get("Next")

    def _choose(self, state: Mapping[str, Any], value: Any) -> tuple[Any, str]:
        for rule in state["Choices"]:
            if self.fill(rule["Condition"], input=value) is True:
                output = self.fill(rule["Output"], input=value) if "Output" in rule else value
                self.assign(rule, value)
                return output, rule["Next"]
        return value, state["Default"]

    def _call(self, state: Mapping[str, Any], value: Any) -> Any:
        name = state["Resource"].rpartition(":")[2]
        arguments = self.fill(state["Arguments"], input=value)
        if name == "invoke":
            arguments = arguments["Payload"]
            # The function of the jobs is asked with one key, and that of the shards for a task.
            name = arguments.get("task", next(iter(arguments)))
        self.calls.append((name, arguments))
        answer = self.tasks[name](arguments)
        return {"Payload": answer} if state["Resource"].endswith("lambda:invoke") else answer

    def _catch(
        self, state: Mapping[str, Any], value: Any, error: TaskError
    ) -> tuple[Any, str | None]:
        for catcher in state.get("Catch", []):
            if {error.error, "States.ALL"} & set(catcher["ErrorEquals"]):
                known = {"errorOutput": {"Error": error.error, "Cause": error.cause}}
                return self.fill(catcher["Output"], input=value, **known), catcher["Next"]
        raise Failed(error.error, error.cause)

    def _map(self, state: Mapping[str, Any], value: Any) -> Any:
        processor, results = state["ItemProcessor"], []
        if "ItemReader" in state:
            place = self.fill(state["ItemReader"]["Arguments"], input=value)
            items = self.tasks["getObject"](place)
        else:
            items = self.fill(state["Items"], input=value)
        for index, item in enumerate(items):
            context = {"Map": {"Item": {"Index": index, "Value": item}}}
            given = self.fill(state["ItemSelector"], input=value, context=context)
            if processor["ProcessorConfig"]["Mode"] == "DISTRIBUTED":
                # A child sees no variables of its parent.
                own, self.variables = self.variables, {}
                results.append(
                    self._walk(processor["States"], processor["StartAt"], given, child=True)
                )
                self.variables = own
            else:
                results.append(
                    self._walk(processor["States"], processor["StartAt"], given, child=True)
                )
        if "ResultWriter" in state:
            place = self.fill(state["ResultWriter"]["Arguments"], input=value)
            return self.tasks["putResults"]({**place, "Results": results})
        return results


def _iso(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


@functools.cache
def _parsed(text: str) -> jsonata.Jsonata:
    expression = jsonata.Jsonata.jsonata(text)
    expression.register_lambda("hash", lambda value, _: hashlib.sha256(value.encode()).hexdigest())
    return expression
