"""Runs the snippets of pages, all in this one process: jsii takes seconds to start.

Reads JSON from standard input: for each page its snippets, with the numbers of their first lines.
Writes JSON to standard output: for each page the error, or null, and the types of the resources in
the templates that its snippets make.
"""

from __future__ import annotations

import contextlib
import json
import sys
import traceback
from typing import Any

import aws_cdk as cdk

VERSION = "arn:aws:personalize:eu-west-1:123456789012:solution/films/a1b2c3"


def main() -> None:
    pages: dict[str, list[tuple[int, str]]] = json.load(sys.stdin)
    with contextlib.redirect_stdout(sys.stderr):
        results = {name: run(name, snippets) for name, snippets in pages.items()}
    json.dump(results, sys.stdout)


def run(name: str, snippets: list[tuple[int, str]]) -> dict[str, Any]:
    app = cdk.App()
    stack = cdk.Stack(app, "Films")
    namespace: dict[str, Any] = {"__name__": name, "app": app, "stack": stack, "version": VERSION}
    apps = [app]
    try:
        for line, snippet in snippets:
            # The line ends before it make the traceback name the line of the page.
            exec(compile("\n" * (line - 1) + snippet, name, "exec"), namespace)  # noqa: S102
            if namespace["app"] not in apps:
                apps.append(namespace["app"])
        types = [
            resource["Type"]
            for one in apps
            for template in one.synth().stacks
            for resource in template.template.get("Resources", {}).values()
        ]
    except Exception:
        return {"error": traceback.format_exc(limit=-3), "types": []}
    return {"error": None, "types": types}


if __name__ == "__main__":
    main()
