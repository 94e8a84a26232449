"""A laboratory for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.laboratory import LAB, Editor, Laboratory, reader_of


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Laboratory]:
    """A site that the test may change, and an empty lake."""
    with SiteProcess(LAB) as site, reader_of(site) as client:
        yield Laboratory(site, Lake(str(tmp_path / "lake")), client, Editor(site))


@pytest.fixture(scope="module")
def quiet_site() -> Iterator[SiteProcess]:
    """A site that tests only read."""
    with SiteProcess(LAB) as site:
        yield site


@pytest.fixture
def quiet_lab(quiet_site: SiteProcess, tmp_path: Path) -> Iterator[Laboratory]:
    """The site that is only read, and an empty lake."""
    quiet_site.control.set_faults()
    quiet_site.control.reset_requests()
    with reader_of(quiet_site) as client:
        yield Laboratory(quiet_site, Lake(str(tmp_path / "lake")), client, Editor(quiet_site))
