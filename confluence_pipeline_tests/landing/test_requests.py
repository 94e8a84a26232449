"""What a sync costs: requests grow with batches of 250, and never with contents."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_pipeline.confluence import Scope
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Selection, discover_spaces, land_spaces, land_users, sync_space
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline_tests.laboratory import LAB_SPACES, Editor, Laboratory, reader_of

CONTENTS = Selection(frozenset({"pages", "blog_posts", "users"}))


@pytest.fixture(scope="module")
def large_site() -> Iterator[SiteProcess]:
    """A thousand pages in one space, with labels."""
    with SiteProcess(GeneratedSource(pages=1000, spaces=1)) as site:
        yield site


@pytest.fixture
def large(large_site: SiteProcess, tmp_path: Path) -> Iterator[Laboratory]:
    """The large site and an empty lake."""
    with reader_of(large_site) as client:
        yield Laboratory(large_site, Lake(str(tmp_path)), client, Editor(large_site))


def land(lab: Laboratory) -> int:
    """Land contents and labels; return how many requests the site counted."""
    lab.site.control.reset_requests()
    run = lab.run()
    cost = land_spaces(lab.client, Scope(), lab.lake, run)
    for space in discover_spaces(lab.client.metered(), Scope()):
        cost += sync_space(lab.client, Scope(), lab.lake, space.key, run, selection=CONTENTS).cost
    cost += land_users(lab.client, lab.lake, run)
    counts = lab.site.control.request_counts()
    assert cost.requests == counts.total - 1  # the discovery above is the test's own
    assert not [template for template in counts.requests if "{id}/labels" in template and "spaces" not in template]
    return cost.requests


def test_a_thousand_pages_alone_take_sixteen_requests_first_and_ten_later(large: Laboratory) -> None:
    """What is not selected costs nothing: a listing and bodies first, a listing later, and a count of it."""
    first = land(large)
    later = land(large)
    assert first <= 16
    assert later <= 10


def test_everything_on_a_thousand_pages_takes_sixty_requests_first_and_thirty_later(tmp_path: Path) -> None:
    """With bodies, 1,000 labels, 500 comments, 300 attachments, 50 restricted pages, groups and users."""
    with SiteProcess(GeneratedSource(1000, 1, everything=True, profile="budget")) as site, reader_of(site) as client:
        lab = Laboratory(site, Lake(str(tmp_path)), client, Editor(site))
        counted = []
        for _ in range(2):
            site.control.reset_requests()
            lab.sync()
            counted.append(site.control.request_counts().total)
        assert len(lab.rows("comments")) == 500
        assert len(lab.rows("attachments")) == 300
        assert counted[0] <= 60
        assert counted[1] <= 30


def test_a_small_space_is_searched_once(lab: Laboratory) -> None:
    """Where one answer holds all that is in a space, later syncs ask for facts, files, talk and folders in one."""
    search = "GET /wiki/rest/api/search"
    for expected in (4, 1):
        lab.site.control.reset_requests()
        lab.sync()
        assert lab.site.control.request_counts().requests[search] == expected * len(LAB_SPACES)
    lab.editor.comment(lab.id_of("LAB page 7"))
    lab.sync()
    assert len(lab.rows("comments")) == 1


def test_what_a_sync_reports_is_what_the_site_counted(large: Laboratory) -> None:
    """Costs are kept by space and by step, retries and bytes too."""
    before = large.client.cost
    part = large.client.metered()
    large.site.control.reset_requests()
    list(part.api.spaces())
    assert part.cost.requests == large.site.control.request_counts().total == 1
    assert part.cost.bytes_received > 100
    assert large.client.cost.requests == before.requests + 1
