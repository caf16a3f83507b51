"""The rules of the local AWS that the documentation lists have a source and a test."""

from __future__ import annotations

import ast
import re
from functools import cache

from tests.support import ROOT
from tests.support.pages import Page

TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
# A page of AWS, or of a project that printed what AWS answered; or a shape of AWS's own models.
SOURCE = re.compile(r"\]\(https://[\w.-]+/[^)]+\)|`botocore [a-z0-9-]+ \w+`")


def rules(page: Page) -> list[dict[str, str]]:
    """The rows of all tables below the heading."""
    part = page.text.split("\n## As strict as AWS\n", 1)[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in row] for row in rows]
    names = ["rule", "source", "test"]
    return [
        dict(zip(names, row, strict=True)) for row in cells if row != names and set(row) != {"---"}
    ]


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {one.name for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)}


def test_each_rule_has_a_source(pages: dict[str, Page]) -> None:
    lacking = [
        row["rule"] for row in rules(pages["docs/local-aws.md"]) if not SOURCE.search(row["source"])
    ]
    assert lacking == []


def test_each_rule_has_a_test(pages: dict[str, Page]) -> None:
    listed = rules(pages["docs/local-aws.md"])
    assert listed
    for row in listed:
        named = TEST.findall(row["test"])
        assert named, row["rule"]
        for path, name in named:
            assert (ROOT / path).is_file(), path
            assert name in functions_of(path), f"{path}::{name}"
