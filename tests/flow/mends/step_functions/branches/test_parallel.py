"""A Parallel state takes JSONata."""

from __future__ import annotations

from typing import Any

from tests.support.flow.machines import (
    PASS,
    Machines,
)


def test_parallel_branches_take_arguments_and_give_one_output(machines: Machines) -> None:
    def branch(name: str, output: str) -> dict[str, Any]:
        return {"StartAt": name, "States": {name: {**PASS, "Output": output}}}

    state = {
        "Type": "Parallel",
        "Arguments": {"n": 3},
        "Branches": [
            branch("A", "{% $states.input.n %}"),
            branch("B", "{% $states.input.n + 1 %}"),
        ],
        "Output": "{% $sum($states.result) %}",
        "End": True,
    }
    assert machines.run({"Both": state}) == 7
