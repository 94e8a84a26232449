"""What an OAuth app spends: the pipeline's count is the site's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_pipeline.confluence import ConfluenceClient
from confluence_pipeline.lake import Lake
from confluence_pipeline.selections import selection_of
from confluence_pipeline.settings import Settings
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.laboratory import Editor, Laboratory
from confluence_pipeline_tests.site.conftest import SMALL
from confluence_pipeline_tests.ways_in.conftest import THROUGH_THE_GATEWAY, charged


@pytest.fixture
def site() -> Iterator[SiteProcess]:
    """The small site."""
    with SiteProcess(SMALL) as running:
        yield running


def _laboratory(site: SiteProcess, folder: Path) -> Laboratory:
    addresses = {
        "CONFLUENCE_SERVER_URL": site.base_url,
        "CONFLUENCE_PRODUCT": "cloud",
        "CONFLUENCE_GATEWAY_URL": site.gateway_url,
        "CONFLUENCE_LOGIN_URL": site.login_url,
    }
    settings = Settings.from_environment({**addresses, **THROUGH_THE_GATEWAY["oauth"](site, folder)})
    client = ConfluenceClient(settings.connection())
    return Laboratory(site, Lake(str(folder / "lake")), client, Editor(site), selection_of(["all"]))


def test_the_points_that_are_counted_are_those_that_are_charged(site: SiteProcess, tmp_path: Path) -> None:
    """After syncs of all tables, first whole and then of what changed, both sides' counts are the same to the point."""
    laboratory = _laboratory(site, tmp_path)
    with laboratory.client as client:
        for questions in range(2):
            laboratory.sync()
            assert client.cost.points == charged(site) - questions
    assert client.cost.points > client.cost.requests
