"""A client that others wrote reads the site as it reads Confluence."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.seeds import PNG

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from atlassian import ConfluenceV2
    from atlassian.confluence import ConfluenceServer


@pytest.fixture
def v2(shared_site: SiteProcess) -> Iterator[Any]:
    """The library's client for v2."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        client = ConfluenceV2(shared_site.base_url, username="bo@example.com", password="token-bo")
    yield client
    client.close()


@pytest.fixture
def v1(shared_site: SiteProcess) -> Iterator[Any]:
    """The library's client for v1."""
    client = ConfluenceServer(shared_site.base_url, username="bo@example.com", password="token-bo")  # type: ignore[no-untyped-call]
    yield client
    client.close()


def test_it_reads_spaces(v2: Any, v1: Any) -> None:
    """Both of its clients find the spaces that Bo may see, archived ones included, and not the closed one."""
    by_v2 = {space["key"] for space in v2.get_spaces(limit=25)}
    by_v1 = {space["key"] for space in v1.get_all_spaces(limit=25)["results"]}
    assert by_v2 == by_v1 == {"LAMP", "FOG", "OLD", "~bo"}


def test_it_walks_pages_by_cursor(v2: Any, shared_site: SiteProcess) -> None:
    """Its own walk, two pages at a time, gets each page that Bo may see once, body and all."""
    pages = v2.get_pages(status=None, body_format="storage", limit=2)
    bodies = [(page["id"], page["body"]["storage"]["value"]) for page in pages]
    expected = [
        (row["content_id"], row["body_storage"])
        for row in shared_site.control.truth("pages", as_account="712020:bo")
        if row["status"] in ("current", "archived")
    ]
    assert sorted(bodies) == sorted(expected)
    assert len(bodies) > 4


def test_it_walks_pages_by_offset(v1: Any) -> None:
    """Its v1 generator, two pages at a time, finds the current pages of a space once each."""
    pages = v1.get_all_pages_from_space_as_generator("LAMP", limit=2, expand="body.storage,version")
    assert [page["title"] for page in pages] == ["Lamps", "Trim the wick", "Lens"]


def test_it_searches(v1: Any) -> None:
    """Its CQL search gives the hits in the order asked for, with their number in all."""
    found = v1.cql('type = page and label in ("guide", "hush") order by title desc', limit=2)
    assert [hit["content"]["title"] for hit in found["results"]] == ["Trim the wick", "Lamps"]
    assert found["totalSize"] == 3


def test_it_downloads_an_attachment(v1: Any) -> None:
    """It lists a page's attachments, and gets one's bytes through the redirect to the other origin."""
    page = v1.cql('title = "Trim the wick" and type = page')["results"][0]["content"]["id"]
    files = {file["title"]: file["id"] for file in v1.get_attachments_from_content(page)["results"]}
    assert set(files) == {"wick.png", "notes with space.txt"}
    path = f"rest/api/content/{page}/child/attachment/{files['wick.png']}/download"
    assert v1.get(path, not_json_response=True) == PNG
