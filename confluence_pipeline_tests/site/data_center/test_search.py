"""Searching a Data Center: its own names of people, and nothing of what only Cloud has."""

import pytest

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.data_center.conftest import ADA_KEY, BO_KEY, Reader, ada_of


@pytest.mark.parametrize("person", ["bo", BO_KEY])
def test_people_are_named_by_name_or_key(ada: Reader, person: str) -> None:
    """A user name and a user key find what the same person made, took part in, or is mentioned in."""
    assert ada.found(f'creator = "{person}" and type in (page, blogpost)') == {"News"}
    assert "Ropes" in ada.found(f'contributor = "{person}" and type = page')
    assert ada.found(f'mention = "{person}"') == {"Ropes"}


def test_the_caller_is_who_is_logged_in(ada: Reader, bo: Reader) -> None:
    """``currentUser()`` is the caller of each search."""
    assert bo.found("creator = currentUser() and type = blogpost") == {"News"}
    assert ada.found("creator = currentUser() and type = blogpost") == set()
    assert ada.found(f"creator = {ADA_KEY} and space = PIER") == {"Pier", "Shed"}


@pytest.mark.parametrize(
    "cql",
    [
        "type = folder",
        "type in (page, whiteboard)",
        "owner = currentUser()",
        "pageStatus = archived",
        "subtype = live",
        "creator.accountid = x",
        "fileExtension = csv",
    ],
)
def test_what_only_cloud_has_is_unknown(ada: Reader, cql: str) -> None:
    """Fields and types of Cloud are refused: 400 by search, and 404 by content/search, as the document has it."""
    assert ada.get("/api/search", params={"cql": cql}).status_code == 400
    assert ada.get("/api/content/search", params={"cql": cql}).status_code == 404


def test_dates_are_read_in_the_zone_of_the_caller(small_center: SiteProcess) -> None:
    """A date means a minute of the caller's own zone, whatever zone the server writes times in."""
    ada, control = ada_of(small_center), small_center.control
    page = ada.json("/content?limit=1&expand=history")["results"][0]
    created = page["history"]["createdDate"]
    local = created[:16].replace("T", " ")
    control.set_user(ADA_KEY, time_zone="Australia/Sydney")
    assert page["title"] in ada.found(f'created = "{local}"', limit="50")
    control.set_user(ADA_KEY, time_zone="UTC")
    assert page["title"] not in ada.found(f'created = "{local}"', limit="50")


def test_search_tells_how_many_there_are(ada: Reader) -> None:
    """Both searches tell the whole number, whatever the page has; hits of spaces come with the space."""
    cql = "space = QUAY and type in (page, comment)"
    totals = {
        ada.json("/search", params={"cql": cql, "limit": "1"})["totalSize"],
        ada.json("/content/search", params={"cql": cql, "limit": "1"})["totalCount"],
        len([*ada.walk(f"/content/search?limit=2&cql={cql}")]),
    }
    assert len(totals) == 1
    assert totals.pop() > 2
    hit = ada.json("/search?cql=type=space and space=QUAY")["results"][0]
    assert (hit["entityType"], hit["space"]["key"]) == ("space", "QUAY")
    assert ada.json("/search?cql=type=page and title=Ropes")["results"][0]["content"]["title"] == "Ropes"


def test_an_archived_space_is_searched_when_asked_for(small_center: SiteProcess) -> None:
    """``includeArchivedSpaces`` finds what is in archived spaces, which ``content/search`` never does."""
    ada = ada_of(small_center)
    archived = [space["key"] for space in ada.json("/space?status=archived")["results"]]
    assert archived == ["OLD"]
    cql = "space = OLD and type = page"
    assert ada.json("/search", params={"cql": cql})["totalSize"] == 0
    assert ada.json("/search", params={"cql": cql, "includeArchivedSpaces": "true"})["totalSize"] > 0
    assert ada.found(cql) == set()
