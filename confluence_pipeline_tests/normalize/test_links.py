"""Links to other spaces resolve through what landed of them, and follow it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from confluence_pipeline.confluence import Scope
from confluence_pipeline.lake import Lake
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import DemoSource
from confluence_pipeline_tests.laboratory import Editor, Laboratory, reader_of


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Laboratory]:
    """The demo wiki, whose spaces link to each other, and an empty lake."""
    with SiteProcess(DemoSource()) as site, reader_of(site) as client:
        yield Laboratory(site, Lake(str(tmp_path / "lake")), client, Editor(site))


def link(demo: Laboratory, title: str) -> dict[str, Any]:
    """Return the one row of links that leads from the space ENG to a title."""
    found = [row for row in demo.rows("links") if row["target_title"] == title and row["space_key"] == "ENG"]
    assert len(found) == 1, found
    return found[0]


def rename(site: SiteProcess, page_id: str, title: str) -> None:
    """Give a page another title, as the account that the site is read with."""
    login, address = (site.email, site.api_token), f"{site.base_url}/api/v2/pages/{page_id}"
    page = requests.get(f"{address}?body-format=storage", auth=login, timeout=30).json()
    change = {
        "id": page_id,
        "status": "current",
        "title": title,
        "body": {"representation": "storage", "value": page["body"]["storage"]["value"]},
        "version": {"number": page["version"]["number"] + 1},
    }
    requests.put(address, json=change, auth=login, timeout=30).raise_for_status()


def test_a_link_to_another_space_has_the_id_and_address_of_its_page(demo: Laboratory) -> None:
    """The target is found by space and title; the one link that leads nowhere is broken."""
    demo.sync()
    demo.build()
    found = link(demo, "Tide table 2026")
    assert found["target_space_key"] == "TIDE"
    assert (found["target_id"], found["resolved"], found["broken"]) == (demo.id_of("Tide table 2026"), True, False)
    broken = [row["target_title"] for row in demo.rows("links") if row["broken"] and row["space_key"] == "ENG"]
    assert broken == ["Mailer exemptions"]


def test_a_link_follows_what_happens_in_the_other_space(demo: Laboratory) -> None:
    """A page renamed in one space breaks the link in another, though nothing changed there; naming it back mends it."""
    demo.sync()
    demo.build()
    target = demo.id_of("Tide table 2026")
    for title, is_found in (("Tides of 2026", False), ("Tide table 2026", True)):
        rename(demo.site, target, title)
        demo.sync()
        demo.build()
        row = link(demo, "Tide table 2026")
        assert (row["resolved"], row["broken"]) == (is_found, not is_found)


def test_a_space_that_landed_in_part_breaks_no_link(demo: Laboratory) -> None:
    """What a narrowed scope left out may well exist, so nothing is called broken."""
    demo.sync(Scope(labels=("runbook",)))
    demo.build()
    assert not [row for row in demo.rows("links") if row["broken"]]
