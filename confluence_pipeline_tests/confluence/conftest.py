"""A site with everything on it, and somebody who reads it."""

from collections.abc import Iterator

import pytest

from confluence_pipeline.confluence import ConfluenceClient
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline_tests.laboratory import reader_of


@pytest.fixture(scope="session")
def full_site() -> Iterator[SiteProcess]:
    """A site that has all that a Confluence site can have, and is only read."""
    with SiteProcess(GeneratedSource(pages=120, spaces=2, everything=True)) as site:
        yield site


@pytest.fixture
def reader(full_site: SiteProcess) -> Iterator[ConfluenceClient]:
    """The caller of that site, with no fault in the way and nothing asked yet."""
    full_site.control.set_faults()
    full_site.control.reset_requests()
    with reader_of(full_site) as client:
        yield client
