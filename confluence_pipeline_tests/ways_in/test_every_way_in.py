"""Whichever the way in, a sync gives the same tables."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.conftest import SMALL
from confluence_pipeline_tests.ways_in.conftest import BASIC, THROUGH_THE_GATEWAY, synced

_PUBLIC = {"GET /_edge/tenant_info"}


@pytest.fixture(scope="module")
def site() -> Iterator[SiteProcess]:
    """The small site."""
    with SiteProcess(SMALL) as running:
        yield running


@pytest.fixture(scope="module")
def by_basic(site: SiteProcess, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The tables that e-mail address and API token give."""
    outcome, tables = synced(site, tmp_path_factory.mktemp("basic"), BASIC(site, Path()))
    assert outcome.complete
    assert all(tables[name] for name in ("pages", "comments", "attachments", "tasks", "users", "effective_access"))
    return tables


@pytest.mark.parametrize("way_in", THROUGH_THE_GATEWAY)
def test_the_tables_are_those_that_basic_gives(
    site: SiteProcess, by_basic: dict[str, list[Any]], tmp_path: Path, way_in: str
) -> None:
    """Row for row, links to the site included; and all was asked through the gateway, nothing of it refused."""
    credentials = THROUGH_THE_GATEWAY[way_in](site, tmp_path)
    site.control.reset_requests()
    outcome, tables = synced(site, tmp_path, credentials)
    counts = site.control.request_counts()
    assert outcome.complete
    for name, rows in by_basic.items():
        assert tables[name] == rows, name
    straight = {endpoint for endpoint in counts.requests if endpoint.split(" ")[1].startswith(("/wiki", "/_edge"))}
    assert straight <= _PUBLIC
    assert set(counts.statuses) <= {"200", "302", "206"}
