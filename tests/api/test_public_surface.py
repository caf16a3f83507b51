"""What users and their templates rely on: names, arguments, ids. It changes on purpose only."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

import cdk_personalize_batch
from tests.support import ROOT

SURFACE = Path(__file__).with_name("surface.json")


def test_every_public_name_is_there_and_nothing_else() -> None:
    names = cdk_personalize_batch.__all__
    assert names == sorted(names)
    assert set(cdk_personalize_batch._MODULES) == set(names) - {"__version__"}
    for name in names:
        assert getattr(cdk_personalize_batch, name) is not None
    assert set(names) <= set(dir(cdk_personalize_batch))
    with pytest.raises(AttributeError, match="has no attribute 'Batch'"):
        _ = cdk_personalize_batch.Batch


def surface() -> dict[str, Any]:
    """Every public class: its constructor, and the public members with their parameters."""
    found = {}
    for name in cdk_personalize_batch.__all__:
        value = getattr(cdk_personalize_batch, name)
        if not inspect.isclass(value):
            continue
        members = {"": _parameters(value.__init__)}
        for member in dir(value):
            defined = next((c for c in value.__mro__ if member in vars(c)), object)
            if member.startswith("_") or not defined.__module__.startswith("cdk_personalize"):
                continue
            static = inspect.getattr_static(value, member)
            members[member] = (
                "property" if isinstance(static, property) else _parameters(getattr(value, member))
            )
        found[name] = members
    return found


def _parameters(function: Any) -> str:
    if not callable(function):
        return "attribute"
    return ", ".join(
        f"{'*' if one.kind is one.KEYWORD_ONLY else ''}{one.name}"
        f"{'' if one.default is one.empty else f'={one.default!r}'}"
        for one in inspect.signature(function).parameters.values()
    )


def test_the_signatures_are_the_committed_ones() -> None:
    committed = json.loads(SURFACE.read_text(encoding="utf-8"))
    assert surface() == committed, (
        "the public surface changed: if on purpose, write a line into CHANGELOG.md and run "
        "python -m tests.api.test_public_surface"
    )


def test_the_source_root_is_no_package() -> None:
    assert not (ROOT / "constructs" / "__init__.py").exists()


def test_a_second_copy_is_refused() -> None:
    with pytest.raises(ImportError, match="import cdk_personalize_batch, not constructs"):
        exec(  # noqa: S102 - the module under a name that a user could give it
            compile(Path(str(cdk_personalize_batch.__file__)).read_text(), "copy", "exec"),
            {"__name__": "constructs.cdk_personalize_batch"},
        )


if __name__ == "__main__":
    SURFACE.write_text(json.dumps(surface(), indent=2) + "\n", encoding="utf-8")
