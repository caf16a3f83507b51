"""The reference has every public name, and nothing in it is without words."""

from __future__ import annotations

import zlib

import pytest

import cdk_personalize_batch
from cdk_personalize_batch import records
from tests.support.site.site import Site


@pytest.fixture(scope="module")
def inventory(site: Site) -> dict[str, str]:
    """All names that have an anchor, with the address of each."""
    written = (site.folder / "objects.inv").read_bytes()
    lines = zlib.decompress(written.split(b"\n", 4)[4]).decode().splitlines()
    found = {}
    for line in lines:
        name, _, _, address, _ = line.split(" ", 4)
        found[name] = address.replace("$", name)
    return found


def test_every_public_name_has_its_place(inventory: dict[str, str], site: Site) -> None:
    names = {*cdk_personalize_batch.__all__} - {"__version__"}
    expected = {f"cdk_personalize_batch.{name}" for name in names}
    expected |= {f"cdk_personalize_batch.records.{name}" for name in records.__all__}
    assert expected - inventory.keys() == set()
    for name in expected:
        page, _, anchor = inventory[name].partition("#")
        assert f'id="{anchor}"' in (site.folder / page).read_text(encoding="utf-8"), name


def test_no_markup_of_another_language_is_left(site: Site) -> None:
    for page in sorted(site.pages):
        text = (site.folder / page).read_text(encoding="utf-8")
        for mark in ("<p>::", "``", ":class:", ".. ", "```"):
            assert mark not in text, page
