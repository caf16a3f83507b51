"""What the documentation refers to exists: files, headings, commands, texts and pictures."""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from functools import cache

import pytest
from typer.testing import CliRunner

from cdk_personalize_batch.cli import program as batch
from personalize_local.catalog import solutions
from personalize_local.cli import program as local
from personalize_local.host.environment import ACCOUNT
from tests.support import ROOT
from tests.support.pages import Page

LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(r"\b(personalize-(?:local|batch))((?: +[^ `|&;]+)*)")
PATH = re.compile(r"\b((?:\.ci|constructs|docs|examples|lambda|local|tests)/[\w./-]+)")
LOCAL_VERSION = re.compile(rf"arn:aws:personalize:us-east-1:{ACCOUNT}:solution/[\w-]+/\w+")


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings get on GitHub."""
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", one.lower()).replace(" ", "-") for one in headings}


def test_links_lead_somewhere(page: Page) -> None:
    for link in LINK.findall(page.prose):
        if link.startswith("https://"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.path.parent / name).resolve() if name else page.path
        assert target.is_relative_to(ROOT), link
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), link


def commands(page: Page) -> Iterator[str]:
    """The lines and pieces of code that are commands."""
    for language in ("console", "text"):
        for _, block in page.blocks(language):
            yield from (line.removeprefix("$ ") for line in block.splitlines())
    yield from page.spans


def test_targets_of_make_exist(page: Page) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {found[1] for line in commands(page) if (found := re.match(r"make ([a-z-]+)", line))}
    assert named <= targets


def test_commands_have_these_actions_and_options(page: Page) -> None:
    for line in commands(page):
        for program, rest in COMMAND.findall(line):
            words = rest.partition(" -- ")[0].split()
            action = words[0] if words and re.fullmatch(r"[a-z-]+", words[0]) else None
            is_option = action is not None and action.startswith("-")
            text = help_of(program, None if is_option else action)
            for option in re.findall(r"(?<!\S)--[a-z-]+", rest.partition(" -- ")[0]):
                assert option in text, line


@cache
def help_of(program: str, action: str | None) -> str:
    words = [action, "--help"] if action else ["--help"]
    app = batch.app if program == "personalize-batch" else local.app
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    return done.output


def test_files_and_folders_exist(page: Page) -> None:
    for line in commands(page):
        for name in PATH.findall(line):
            assert (ROOT / name).exists(), line


def test_the_local_solution_versions_exist(page: Page) -> None:
    known = {one.arn for one in solutions.solution_versions(ACCOUNT, "us-east-1")}
    assert set(LOCAL_VERSION.findall(page.text)) <= known


def test_failures_are_quoted_as_the_code_has_them(pages: dict[str, Page]) -> None:
    page = pages["docs/failures.md"]
    quoted = re.findall(r"^\| `([^`]+)`", page.text, re.MULTILINE)
    assert len(quoted) > 30
    lacking = [text for text in quoted if not any(is_in(text, one) for one in source_texts())]
    assert lacking == []


def is_in(quoted: str, text: str) -> bool:
    """Whether the parts of a quoted text, between its ellipses, follow each other in a text."""
    place = 0
    for part in (part.strip() for part in quoted.split("…")):
        place = text.find(part, place)
        if place < 0:
            return False
        place += len(part)
    return True


@cache
def source_texts() -> list[str]:
    """The strings of the library and the Lambda functions, with an ellipsis for each value."""
    found = []
    for folder in ("constructs", "lambda"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = (getattr(part, "value", "…") for part in node.values)
                    found.append("".join(one if isinstance(one, str) else "…" for one in parts))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
    return found


def test_pictures_are_drawn_from_their_source() -> None:
    folder = ROOT / "docs" / "images"
    spec = importlib.util.spec_from_file_location("draw", folder / "draw.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        # Dataclasses look their module up.
        patch.setitem(sys.modules, "draw", module)
        spec.loader.exec_module(module)
        drawn = {name: draw() for name, draw in module.PICTURES.items()}
    assert drawn == {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.svg")}
    for text in drawn.values():
        ElementTree.fromstring(text)  # noqa: S314 - drawn a moment ago
