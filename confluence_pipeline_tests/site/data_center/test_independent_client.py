"""A client that others wrote for Confluence Server and Data Center reads the site as one of them."""

import warnings
from collections.abc import Iterator
from typing import Any

import pytest

from confluence_pipeline.site.data_center.people import user_key
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.data_center.conftest import ADA_KEY
from confluence_pipeline_tests.site.rich_seed import CY

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from atlassian.confluence import ConfluenceServer


@pytest.fixture(params=["token", "password"])
def client(rich_center: SiteProcess, request: pytest.FixtureRequest) -> Iterator[Any]:
    """The library's client, by either way to log in."""
    if request.param == "token":
        reader = ConfluenceServer(rich_center.base_url, token=rich_center.personal_access_token)  # type: ignore[no-untyped-call]
    else:
        reader = ConfluenceServer(rich_center.base_url, username="ada", password="token-ada")  # type: ignore[no-untyped-call]
    yield reader
    reader.close()


def _titles(site: SiteProcess, key: str) -> set[str]:
    told = site.control.truth("pages", as_account=ADA_KEY)
    return {row["title"] for row in told if row["space_key"] == key and row["status"] == "current"}


def test_it_reads_spaces_and_walks_pages(rich_center: SiteProcess, client: Any) -> None:
    """It lists the spaces, and its own walk, two pages at a time, gets each page of a space once."""
    assert {space["key"] for space in client.get_all_spaces(limit=25)["results"]} == {"QUAY", "PIER", "HULL"}
    walked = [page["title"] for page in client.get_all_pages_from_space_as_generator("QUAY", limit=2)]
    assert len(walked) == len(set(walked))
    assert set(walked) == _titles(rich_center, "QUAY")


def test_it_knows_page_label_comment_and_child(client: Any) -> None:
    """It finds a page by title, its labels, its comments at every depth, its ancestors and its history."""
    page = client.get_page_by_title("QUAY", "Ropes", expand="version,ancestors")["results"][0]
    assert page["ancestors"][0]["title"] == "Quay"
    labels = client.get_page_labels(page["id"], prefix="global")["results"]
    assert "guide" in {label["name"] for label in labels}
    assert len(client.get_page_comments(page["id"], depth="all", limit=100)["results"]) == 16
    assert client.history(page["id"])["lastUpdated"]["number"] == page["version"]["number"] == 3
    children = client.get_page_child_by_type(page["ancestors"][0]["id"], type="page", limit=50)
    assert "Ropes" in {child["title"] for child in children}


def test_it_searches_and_downloads(client: Any) -> None:
    """Its search finds by CQL, and it gets the bytes of an attachment by the attachment's own link."""
    hits = client.cql('mention = "bo" and type = page', limit=5)
    assert [hit["content"]["title"] for hit in hits["results"]] == ["Ropes"]
    files = client.get_attachments_from_content(hits["results"][0]["content"]["id"])["results"]
    link = next(file["_links"]["download"] for file in files if file["title"] == "rope.csv")
    assert client.get(link.lstrip("/"), not_json_response=True) == b"new,bytes"


def test_it_knows_people_and_groups(client: Any) -> None:
    """It reads users by name and by key, groups, and their members."""
    assert client.get_user_details_by_username("bo")["displayName"] == "Bo Tern"
    assert client.get_user_details_by_userkey(ADA_KEY)["username"] == "ada"
    assert "crew" in {group["name"] for group in client.get_all_groups()}
    assert {member["username"] for member in client.get_group_members("crew")["results"]} == {"ada", "bo"}


def test_it_tells_permissions_of_a_space(client: Any) -> None:
    """It reads all grants of a space, and those of one group, of one user and of visitors."""
    everything = client.get_all_space_permissions("HULL")
    to_crew = client.get_permissions_granted_to_group_for_space("HULL", "crew")
    to_cy = client.get_permissions_granted_to_user_for_space("HULL", user_key(CY))
    assert len(to_crew) == len(to_cy) == len(everything) / 2
    assert {grant["subject"]["displayName"] for grant in to_crew} == {"crew"}
    assert {grant["subject"]["userKey"] for grant in to_cy} == {user_key(CY)}
    assert client.get_permissions_granted_to_anonymous_for_space("HULL") == []
    assert len(client.get_permissions_granted_to_anonymous_for_space("PIER")) == 1
