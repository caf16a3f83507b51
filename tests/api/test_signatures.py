"""The annotated signatures of all that is public, read by griffe from the source."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import griffe

from tests.support import ROOT

SIGNATURES = Path(__file__).with_name("signatures.txt")
MODULES = (
    "cdk_personalize_batch",
    "cdk_personalize_batch.records",
    "personalize_local.control",
    "personalize_local.pytest_plugin",
    "personalize_local.testing",
)


def signatures() -> str:
    """A line for each class, function, property and attribute that users can name."""
    loader = griffe.GriffeLoader(
        search_paths=[ROOT / "constructs", ROOT / "local"], allow_inspection=False
    )
    for package in dict.fromkeys(module.partition(".")[0] for module in MODULES):
        loader.load(package)
    found = {
        line
        for module in MODULES
        for name in public_names(loader.modules_collection[module])
        for line in described(name, resolved(loader.modules_collection[module][name]))
    }
    return "".join(f"{line}\n" for line in sorted(found))


def public_names(module: griffe.Object) -> list[str]:
    if module.exports is not None:
        return [str(name) for name in module.exports]
    return [
        name
        for name, member in module.members.items()
        if not name.startswith("_") and not member.is_alias
    ]


def resolved(member: griffe.Object | griffe.Alias) -> griffe.Object:
    return member.final_target if isinstance(member, griffe.Alias) else member


def described(name: str, member: griffe.Object) -> Iterator[str]:
    if isinstance(member, griffe.Function):
        yield str(member.signature(name=name))
    elif isinstance(member, griffe.Attribute):
        annotation = f": {member.annotation}" if member.annotation else ""
        yield f"{name}{annotation} = {member.value}" if "." not in name else f"{name}{annotation}"
    elif isinstance(member, griffe.Class):
        yield f"{name}({', '.join(str(base) for base in member.bases)})"
        for key, one in member.all_members.items():
            if key == "__init__" or not key.startswith("_"):
                yield from described(f"{name}.{key}", resolved(one))


def test_the_annotated_signatures_are_the_committed_ones() -> None:
    assert signatures() == SIGNATURES.read_text(encoding="utf-8"), (
        "a public signature changed: if on purpose, write a line into CHANGELOG.md and run "
        "python -m tests.api.test_signatures"
    )


if __name__ == "__main__":
    SIGNATURES.write_text(signatures(), encoding="utf-8")
