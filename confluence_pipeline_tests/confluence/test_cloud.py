"""The Cloud dialect: answers become records, and answers of another form are refused."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from confluence_pipeline.confluence import (
    ConfluenceClient,
    GoneError,
    ListingError,
    QueryError,
    RefusedError,
    ServerError,
)
from confluence_pipeline.confluence.parsing import moment
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.confluence.doubles import Answer, Asked, connection_to, serving
from confluence_pipeline_tests.laboratory import LAB, LAB_SPACES, reader_of
from confluence_pipeline_tests.laboratory_seed import BOSS, READER

PAGE: dict[str, Any] = {
    "id": 7,
    "spaceId": 5,
    "status": "current",
    "title": "T",
    "version": {"number": 2, "createdAt": "2026-03-02T10:00:00.000Z"},
    "body": {"storage": {"value": "<p>x</p>"}},
}


@pytest.fixture(scope="module")
def site() -> Iterator[SiteProcess]:
    """A site that is only read."""
    with SiteProcess(LAB) as site:
        yield site


@pytest.fixture
def client(site: SiteProcess) -> Iterator[ConfluenceClient]:
    """The reader."""
    site.control.set_faults()
    site.control.reset_requests()
    with reader_of(site) as client:
        yield client


def ids_of(site: SiteProcess, key: str) -> list[str]:
    """Return the ids of a space's pages that the reader may see."""
    rows = site.control.truth("pages", as_account=READER)
    return [row["content_id"] for row in rows if row["space_key"] == key and row["status"] in ("current", "archived")]


def test_spaces_are_all_that_the_caller_sees(client: ConfluenceClient, site: SiteProcess) -> None:
    """Of every type and status, or those with the keys or ids asked for."""
    spaces = {space.key: space for space in client.api.spaces()}
    assert tuple(sorted(spaces)) == LAB_SPACES
    assert spaces["ATTIC"].status == "archived"
    assert spaces["LAB"].web_url == f"{site.base_url}/spaces/LAB"
    assert spaces["LAB"].source_url == f"{site.base_url}/api/v2/spaces/{spaces['LAB'].space_id}"
    assert [space.key for space in client.api.spaces(keys=["ZOO", "VAULT", "NONE"])] == ["ZOO"]
    assert [space.key for space in client.api.spaces(ids=[spaces["ZOO"].space_id])] == ["ZOO"]
    assert [label.name for label in client.api.space_labels(spaces["LAB"].space_id)] == ["science", "blue"]


def test_many_long_keys_are_asked_for_in_addresses_that_servers_take(
    client: ConfluenceClient, site: SiteProcess
) -> None:
    """Addresses stay below 8,000 characters, and no key is left out."""
    keys = [f"~712020:{number:032d}" for number in range(600)]
    assert [space.key for space in client.api.spaces(keys=[*keys, "LAB"])] == ["LAB"]
    recent = [asked for asked in site.control.recent_requests() if asked["path"].endswith("/spaces")]
    assert max(len(asked["query"]) for asked in recent) < 7000
    assert sum(asked["query"].count("keys=") for asked in recent) == 601


def test_a_listing_and_its_bodies_agree_with_the_truth(client: ConfluenceClient, site: SiteProcess) -> None:
    """Every visible page comes once, without a body; bodies come by id."""
    space = next(iter(client.api.spaces(keys=["LAB"])))
    listed = {content.content_id: content for content in client.api.contents("page", space.space_id)}
    assert set(listed) == set(ids_of(site, "LAB"))
    truth = {row["content_id"]: row for row in site.control.truth("pages")}
    for body in client.api.bodies("page", sorted(listed)):
        row = truth[body.content.content_id]
        assert (body.storage, body.content.title) == (row["body_storage"], row["title"])
        assert body.content == listed[body.content.content_id]
        assert (body.content.parent_id, body.content.author_id) == (row["parent_id"], BOSS)


def test_labels_come_with_a_search_for_many_contents_at_once(client: ConfluenceClient, site: SiteProcess) -> None:
    """Those of archived pages and archived spaces too."""
    truth = {row["content_id"]: set(row["labels"]) for row in site.control.truth("pages", as_account=READER)}
    for key in LAB_SPACES:
        hits = client.api.search_facts(f'space = "{key}" and type = page', labels=True, restrictions=False)
        found = {hit.content_id: hit.labels or () for hit in hits}
        assert set(found) == set(ids_of(site, key))
        for content_id, labels in found.items():
            assert {f"{label.prefix}:{label.name}" for label in labels} == truth[content_id]
    assert client.cost.requests == len(LAB_SPACES)


def test_an_unknown_query_shows_the_sites_own_words(client: ConfluenceClient) -> None:
    """A malformed CQL is a wrong setting, told once, without a retry."""
    with pytest.raises(QueryError, match=r"No field exists with name 'colour'.*CONFLUENCE_CQL") as caught:
        list(client.api.search("colour = blue"))
    assert caught.value.setting == "CONFLUENCE_CQL"
    assert client.cost.requests == 1


def test_a_cursor_that_expires_is_no_wrong_query(client: ConfluenceClient, site: SiteProcess) -> None:
    """The search is tried again as a whole, and nobody is told to change CONFLUENCE_CQL."""
    site.control.set_faults(FaultRule("small_page", amount=3), FaultRule("expired_cursor"))
    with pytest.raises(ListingError, match="not complete") as caught:
        list(client.api.search("type = page"))
    assert caught.value.retryable


def test_ids_are_told_apart_into_seen_and_not(client: ConfluenceClient, site: SiteProcess) -> None:
    """Hidden, missing and visible ids."""
    pages = {row["title"]: row["content_id"] for row in site.control.truth("pages")}
    hidden, shown = pages["VAULT page 0"], pages["LAB page 0"]
    assert client.api.visible_types([hidden, shown, "1"]) == {hidden: None, shown: "page", "1": None}


def test_users_that_are_gone_are_left_out(client: ConfluenceClient) -> None:
    """And the others come with what the caller may see."""
    users = client.api.users([BOSS, "712020:nobody"])
    assert [(user.account_id, user.display_name, user.email) for user in users] == [(BOSS, "Bruno Boss", None)]


Call = Callable[[ConfluenceClient], object]
CALLS: dict[str, Call] = {
    "spaces": lambda client: list(client.api.spaces()),
    "contents": lambda client: list(client.api.contents("page", "5")),
    "by id": lambda client: client.api.contents_by_id("page", ["7"]),
    "search": lambda client: list(client.api.search("type = page")),
    "labels": lambda client: list(client.api.search_facts("type = page", labels=True, restrictions=True)),
    "users": lambda client: client.api.users(["1"]),
    "types": lambda client: client.api.visible_types(["7"]),
}


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize(
    "data", [{}, {"results": None}, {"results": "x"}, {"results": [{"id": "7"}]}, {"results": ["7"]}]
)
def test_answers_of_another_form_prove_nothing(name: str, data: dict[str, Any]) -> None:
    """A listing that cannot be read is an error: taken for an empty one, it would remove rows."""
    with serving([Answer(data)]) as server, ConfluenceClient(connection_to(server.url)) as client:
        with pytest.raises(ListingError) as caught:
            CALLS[name](client)
        assert caught.value.retryable


@pytest.mark.parametrize(
    "change",
    [
        {"body": {}},
        {"body": None},
        {"body": {"storage": {}}},
        {"version": {}},
        {"version": {"number": 2, "createdAt": "yesterday"}},
        {"version": {"number": 2, "createdAt": "2026-03-02T10:00:00"}},
        {"spaceId": None, "status": None, "version": None},
    ],
)
def test_a_body_that_is_missing_is_not_an_empty_body(change: dict[str, Any]) -> None:
    """One odd content is a fault that halving isolates, and never a page without text."""
    with (
        serving([Answer({"results": [PAGE | change]})]) as server,
        ConfluenceClient(connection_to(server.url)) as client,
        pytest.raises(ServerError, match=r"\(7\)"),
    ):
        client.api.bodies("page", ["7"])


def test_a_page_with_an_empty_body_is_fine() -> None:
    """An empty text is a text."""
    page = PAGE | {"body": {"storage": {"value": ""}}}
    with serving([Answer({"results": [page]})]) as server, ConfluenceClient(connection_to(server.url)) as client:
        (body,) = client.api.bodies("page", ["7"])
    assert (body.storage, body.content.content_id, body.content.space_id) == ("", "7", "5")


def test_cursors_are_joined_to_our_own_base() -> None:
    """A next link that names another host and repeats ``/wiki`` is not followed; its cursor is."""

    def answer(asked: Asked) -> Answer:
        if "cursor=" in asked.path:
            return Answer({"results": [PAGE | {"id": 8}]})
        link = "https://elsewhere.example/wiki/wiki/api/v2/pages?limit=250&cursor=abc%3D"
        return Answer({"results": [PAGE], "_links": {"next": link, "base": "https://elsewhere.example/wiki"}})

    with serving(answer) as server, ConfluenceClient(connection_to(server.url)) as client:
        found = client.api.contents_by_id("page", ["7", "8"])
    assert [content.content_id for content in found] == ["7", "8"]
    assert [asked.path.split("?")[0] for asked in server.asked] == ["/wiki/api/v2/pages"] * 2
    assert "cursor=abc%3D" in server.asked[1].path


def test_an_endpoint_that_was_removed_is_told_as_gone() -> None:
    """410 is final."""
    with (
        serving([Answer({"message": "removed"}, 410)]) as server,
        ConfluenceClient(connection_to(server.url)) as client,
        pytest.raises(GoneError) as caught,
    ):
        client.api.count("type = page")
    assert isinstance(caught.value, RefusedError)
    assert (caught.value.reason, caught.value.retryable) == ("gone", False)


def test_what_the_site_does_not_tell_of_itself_is_unknown(client: ConfluenceClient) -> None:
    """A caller without that right gets no facts and no error."""
    assert client.api.site_facts().title in (None, "Laboratory")
    with serving([Answer({"message": "no"}, 403)]) as server, ConfluenceClient(connection_to(server.url)) as refused:
        assert refused.api.site_facts().time_zone is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("", None),
        ("2026-03-02T10:00:00.000Z", datetime(2026, 3, 2, 10, tzinfo=UTC)),
        ("2022-04-27T07:15:13.012+10:00", datetime(2022, 4, 26, 21, 15, 13, 12000, tzinfo=UTC)),
    ],
)
def test_times_are_in_utc(text: str | None, expected: datetime | None) -> None:
    """Whatever offset the API wrote."""
    assert moment(text) == expected
