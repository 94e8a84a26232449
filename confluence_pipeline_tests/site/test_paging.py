"""v2 lists: cursors, limits, sorting, filters and statuses."""

from collections.abc import Callable
from typing import Any

import pytest

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline_tests.site.conftest import Caller, ada_of


@pytest.mark.parametrize("sort", ["id", "-id", "title", "-title", "created-date", "-modified-date"])
@pytest.mark.parametrize("limit", [1, 2, 7, 250])
def test_a_walk_gives_everything_once_in_order(ada: Caller, sort: str, limit: int) -> None:
    """Whatever the page size and the order, a walk gives each page once, sorted, ties by id."""
    walked = list(ada.walk(f"/api/v2/pages?limit={limit}&sort={sort}"))
    keys: dict[str, Callable[[dict[str, Any]], Any]] = {
        "id": lambda page: int(page["id"]),
        "title": lambda page: (page["title"].lower(), int(page["id"])),
        "created-date": lambda page: (page["createdAt"], int(page["id"])),
        "modified-date": lambda page: (page["version"]["createdAt"], int(page["id"])),
    }
    key = keys[sort.removeprefix("-")]
    assert walked == sorted(walked, key=key, reverse=sort.startswith("-"))
    expected = {
        row["content_id"]
        for row in ada.site.control.truth("pages", as_account="712020:ada")
        if row["status"] in ("current", "archived")
    }
    assert [page["id"] for page in walked] == list(dict.fromkeys(page["id"] for page in walked))
    assert {page["id"] for page in walked} == expected


def test_next_links_say_wiki_once_and_stand_in_the_header(ada: Caller) -> None:
    """``next`` is a path with /wiki, ``base`` ends in /wiki, and the Link header has both."""
    reply = ada.get("/api/v2/pages?limit=1&sort=title")
    links = reply.json()["_links"]
    assert links["base"] == ada.site.base_url
    assert links["next"].startswith("/wiki/api/v2/pages?limit=1&sort=title&cursor=")
    assert reply.headers["Link"] == f'<{links["next"]}>; rel="next", <{links["base"]}>; rel="base"'
    last = ada.get("/api/v2/pages?limit=250")
    assert last.json()["_links"] == {"base": ada.site.base_url}
    assert last.headers["Link"] == f'<{ada.site.base_url}>; rel="base"'


def test_a_cursor_goes_on_from_its_item_and_not_from_a_count(site: SiteProcess) -> None:
    """A page that is removed or added behind a walk does not shift what the walk still gives."""
    ada = ada_of(site)
    first = ada.json("/api/v2/pages?limit=3")
    ahead = [page["id"] for page in ada.walk("/api/v2/pages?limit=250")][3:]
    removed = first["results"][1]["id"]
    assert ada.ask("DELETE", f"/api/v2/pages/{removed}").status_code == 204
    rest = [page["id"] for page in ada.walk(first["_links"]["next"].removeprefix("/wiki"))]
    assert rest == ahead


@pytest.mark.parametrize("changed", ["sort=title", "status=current", "space-id=98305"])
def test_a_cursor_belongs_to_its_query(ada: Caller, changed: str) -> None:
    """A cursor given to another query, another list or mangled is refused with the documented 400."""
    cursor = ada.json("/api/v2/pages?limit=1")["_links"]["next"].partition("cursor=")[2]
    for path in (
        f"/api/v2/pages?{changed}&cursor={cursor}",
        f"/api/v2/blogposts?cursor={cursor}",
        f"/api/v2/pages?cursor={cursor[:-2]}",
        "/api/v2/pages?cursor=1",
    ):
        error = ada.get(path).json()["errors"][0]
        assert error["status"] == 400
        assert error["code"] == "INVALID_REQUEST_PARAMETER"
        assert error["title"] == "Provided value for 'cursor' is not the correct type. Expected type is Cursor."


def test_the_limit_of_a_walk_may_change(ada: Caller) -> None:
    """A cursor goes on with another page size."""
    first = ada.json("/api/v2/pages?limit=2")
    cursor = first["_links"]["next"].partition("cursor=")[2]
    rest = ada.json(f"/api/v2/pages?limit=250&cursor={cursor}")
    every = [page["id"] for page in ada.walk("/api/v2/pages")]
    assert [page["id"] for page in [*first["results"], *rest["results"]]] == every


def test_default_page_sizes() -> None:
    """Lists give 25 without a limit; attachments give 50."""
    with SiteProcess(GeneratedSource(pages=400, spaces=1)) as site:
        caller = Caller(site, (site.email, site.api_token))
        assert len(caller.json("/api/v2/pages")["results"]) == 25
        assert len(caller.json("/api/v2/attachments")["results"]) == 50
        assert len(caller.json("/api/v2/pages?limit=250")["results"]) == 250


def test_default_statuses(ada: Caller) -> None:
    """Pages list current and archived ones; others are there only when asked for, and never drafts."""

    def titles(query: str) -> set[str]:
        return {page["title"] for page in ada.walk(f"/api/v2/pages{query}")}

    every = titles("")
    assert {"Lamps", "Old oil lamp"} <= every
    assert every.isdisjoint({"Candle", "Half a thought"})
    assert titles("?status=trashed") == {"Candle"}
    assert titles("?status=archived") == {"Old oil lamp"}
    assert titles("?status=current,archived,trashed") == every | {"Candle"}
    assert titles("?status=deleted") == set()


def test_filters_by_id_space_and_title(ada: Caller) -> None:
    """Ids, spaces and a title narrow a list together; ids that are not there are left out without a word."""
    lamps, fog = ada.space_id("LAMP"), ada.space_id("FOG")
    wick, horn = ada.id_of("Trim the wick"), ada.id_of("Fog")

    def ids(query: str) -> set[str]:
        return {page["id"] for page in ada.walk(f"/api/v2/pages?{query}")}

    assert ids(f"id={wick},{horn},999999") == {wick, horn}
    assert len(ada.json(f"/api/v2/pages?id={wick},{wick}&id={wick}")["results"]) == 1
    assert ids(f"id={wick}&id={horn}&space-id={fog}") == {horn}
    assert ids(f"space-id={fog}") == {horn}
    assert ids("title=Fog") == {horn}
    assert ids(f"title=Fog&space-id={lamps}") == set()
    assert ids(f"space-id={lamps},{fog}") == ids(f"space-id={lamps}") | {horn}


@pytest.mark.parametrize(("name", "most"), [("id", 250), ("space-id", 100)])
def test_too_many_ids_are_refused(ada: Caller, name: str, most: int) -> None:
    """A list takes its documented number of ids and refuses one more."""

    def status(count: int) -> int:
        ids = ",".join(map(str, range(1, count + 1)))
        return ada.get(f"/api/v2/pages?{name}={ids}").status_code

    assert status(most) == 200
    assert status(most + 1) == 400


def test_bodies_come_in_the_format_asked_for(ada: Caller) -> None:
    """Without a format there is no body; storage is byte for byte; ADF is a JSON document in a string."""
    wick = ada.id_of("Trim the wick")
    body = "<h1>Wick</h1><p>Trim it &amp; light it. <em>Daily</em>.</p>"
    assert ada.json(f"/api/v2/pages?id={wick}")["results"][0]["body"] == {}
    storage = ada.json(f"/api/v2/pages?id={wick}&body-format=storage")["results"][0]["body"]
    assert storage == {"storage": {"representation": "storage", "value": body}}
    adf = ada.json(f"/api/v2/pages/{wick}?body-format=atlas_doc_format")["body"]["atlas_doc_format"]["value"]
    assert isinstance(adf, str)
    assert '"Trim it & light it. Daily."' in adf


def test_space_filters(ada: Caller) -> None:
    """Spaces are found by id, key, type, status and label, and root pages of a space by depth."""

    def keys(query: str) -> set[str]:
        return {space["key"] for space in ada.walk(f"/api/v2/spaces?{query}")}

    assert keys("") == {"LAMP", "FOG", "OLD", "~bo", "SAFE"}
    assert keys("keys=LAMP,OLD") == {"LAMP", "OLD"}
    assert keys(f"ids={ada.space_id('FOG')}") == {"FOG"}
    assert keys("type=personal") == {"~bo"}
    assert keys("status=archived") == {"OLD"}
    assert keys("labels=night") == {"LAMP"}
    roots = ada.walk(f"/api/v2/spaces/{ada.space_id('LAMP')}/pages?depth=root")
    assert [page["title"] for page in roots] == ["Lamps"]


def test_answers_are_compressed_when_asked(ada: Caller) -> None:
    """An answer of some size is gzipped for a client that accepts it, and not for one that does not."""
    path = "/api/v2/pages?limit=250&body-format=storage"
    packed = ada.get(path, headers={"Accept-Encoding": "gzip"})
    plain = ada.get(path, headers={"Accept-Encoding": "identity"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert packed.json() == plain.json()


def test_sublists_of_a_single_page_stop_at_fifty(site: SiteProcess) -> None:
    """What ``include-labels`` adds holds 50 labels at most, and says whether there are more."""
    ada = ada_of(site)
    page = ada.id_of("Lens")
    wanted = [{"prefix": "global", "name": f"label-{number}"} for number in range(51)]
    assert ada.ask("POST", f"/rest/api/content/{page}/label", json=wanted).status_code == 200
    labels = ada.json(f"/api/v2/pages/{page}?include-labels=true")["labels"]
    assert len(labels["results"]) == 50
    assert labels["meta"]["hasMore"] is True
    assert len(list(ada.walk(f"/api/v2/pages/{page}/labels?limit=20"))) == 51
