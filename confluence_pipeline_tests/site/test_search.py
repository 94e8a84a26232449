"""Searching: what is found, when, by whom, and how the pages of an answer go on."""

import json
from datetime import UTC, datetime
from urllib.parse import quote

import pytest

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.conftest import Caller, ada_of, bo_of


def found(caller: Caller, cql: str, **params: str) -> list[str]:
    """Return the titles that a statement finds."""
    body = caller.json("/rest/api/content/search", params={"cql": cql, "limit": "250", **params})
    return [item["title"] for item in body["results"]]


def relabel(caller: Caller, page: str, name: str) -> None:
    """Put a label on a page."""
    reply = caller.ask("POST", f"/rest/api/content/{page}/label", json=[{"prefix": "global", "name": name}])
    assert reply.status_code == 200


@pytest.mark.parametrize(
    ("cql", "titles"),
    [
        ("space = LAMP and type = page", {"Lamps", "Trim the wick", "Key safe", "Below the key safe", "Lens"}),
        ("type = blogpost", {"Storm tonight"}),
        ("type in (folder, whiteboard, database, embed)", {"Parts", "Sketches", "Stock", "Forecast"}),
        ("type = attachment", {"wick.png", "notes with space.txt", "key.png"}),
        ("fileExtension = txt and type = attachment", {"notes with space.txt"}),
        ('space = "~bo"', {"Bo's notes"}),
        ("space.type = personal", {"Bo's notes"}),
        ("space.category = night and label = guide", {"Lamps", "Trim the wick"}),
        ('label = "night-shift"', {"Trim the wick", "Storm tonight"}),
        ("label in (guide, hush) and space != LAMP", {"Fog", "Safe home"}),
        ("creator = currentUser() and type = page and space = LAMP",
         {"Lamps", "Trim the wick", "Key safe", "Below the key safe"}),
        ('contributor = "712020:bo" and type = page and space = LAMP', {"Trim the wick", "Lens"}),
        ('mention = "712020:bo"', {"Lens"}),
        ('title ~ "key safe"', {"Key safe", "Below the key safe", "Re: Key safe"}),
        ('title = "key safe" and type = page', {"Key safe"}),
        ('text ~ "light" and type = page', {"Trim the wick"}),
        ('lastmodified >= "2026-03-01 14:00"', {"Trim the wick", "wick.png", "notes with space.txt"}),
    ],
)  # fmt: skip
def test_what_is_found(ada: Caller, cql: str, titles: set[str]) -> None:
    """Each field finds what it says, among current things in current spaces."""
    assert set(found(ada, cql)) == titles


def test_ancestor_is_any_depth_and_parent_one_step(ada: Caller) -> None:
    """``ancestor`` finds the whole tree below, ``parent`` the children; neither finds the page itself."""
    home = ada.id_of("Lamps")
    below = set(found(ada, f"ancestor = {home}"))
    assert {"Trim the wick", "Below the key safe", "Lens", "Sketches"} <= below
    assert "Lamps" not in below
    assert set(found(ada, f"parent = {home} and type = page")) == {"Trim the wick", "Key safe"}


def test_what_is_not_current_is_not_found(ada: Caller) -> None:
    """Archived pages are found only on request, archived spaces only by /search on request, trash never."""
    every = set(found(ada, "type = page"))
    assert every.isdisjoint({"Old oil lamp", "Candle", "Half a thought", "Log of 1901"})
    archived = json.dumps({"contentStatuses": ["archived"]})
    assert found(ada, "type = page", cqlcontext=archived) == ["Old oil lamp"]
    trashed = json.dumps({"contentStatuses": ["trashed"]})
    assert found(ada, "type = page", cqlcontext=trashed) == []
    spaces_too = ada.json("/rest/api/search?cql=type=page&includeArchivedSpaces=true&limit=250")
    assert "Log of 1901" in {hit["title"] for hit in spaces_too["results"]}


def test_only_what_the_caller_may_see_is_found(ada: Caller, bo: Caller, anonymous: Caller) -> None:
    """A search leaves out restricted pages, what is below or on them, and closed spaces."""
    hidden = {"Key safe", "Below the key safe", "Safe home", "key.png", "Re: Key safe"}
    assert hidden <= set(found(ada, "type in (page, attachment, comment)"))
    assert hidden.isdisjoint(found(bo, "type in (page, attachment, comment)"))
    assert found(anonymous, "type = page") == []


def test_dates_are_in_the_callers_zone(ada: Caller, bo: Caller) -> None:
    """The same statement finds less for somebody ten hours ahead, to whom the day began earlier."""
    cql = 'type = page and space = LAMP and lastmodified < "2026-03-01 13:00"'
    assert "Lamps" in found(ada, cql)
    assert found(bo, cql) == []
    assert "Lamps" in found(bo, 'type = page and space = LAMP and lastmodified < "2026-03-01 23:00"')


@pytest.mark.parametrize("order", ["title", "created desc, title", "lastmodified desc", "space, title desc", ""])
@pytest.mark.parametrize("limit", [1, 3, 100])
def test_a_walk_by_cursor_gives_each_hit_once(ada: Caller, order: str, limit: int) -> None:
    """Whatever the order and the page size, following the links finds what one big page holds, in its order."""
    cql = "type in (page, blogpost, attachment)" + (f" order by {order}" if order else "")
    whole = [item["id"] for item in ada.json("/rest/api/content/search", params={"cql": cql, "limit": 250})["results"]]
    walked = []
    path = f"/rest/api/content/search?cql={quote(cql)}&limit={limit}"
    while path:
        body = ada.json(path)
        assert body["_links"]["context"] == "/wiki"
        assert len(body["results"]) == body["size"] <= body["limit"] == limit
        walked += [item["id"] for item in body["results"]]
        path = body["_links"].get("next", "")
        assert path == "" or path.startswith("/rest/api/content/search?next=true&cursor=")
    assert walked == whole
    assert len(whole) == 12


def test_the_order_is_the_one_asked_for(ada: Caller) -> None:
    """Titles are sorted whatever their case, and descending turns them round."""
    titles = found(ada, "type = page order by title")
    assert titles == sorted(titles, key=str.lower)
    assert found(ada, "type = page order by title desc") == titles[::-1]


@pytest.mark.parametrize(
    ("expand", "most"),
    [
        ("", 250),
        ("version,space", 250),
        ("body.storage", 50),
        ("body.storage,body.export_view", 25),
        ("body.styled_view", 25),
    ],
)
def test_limits_are_cut_down_without_a_word(ada: Caller, expand: str, most: int) -> None:
    """The answer's ``limit`` is what the expansion allows, whatever was asked for."""
    assert ada.json(f"/rest/api/content/search?cql=type=page&limit=1000&expand={expand}")["limit"] == most


def test_what_is_expanded_is_there_and_the_rest_is_named(ada: Caller) -> None:
    """Parts asked for are in the answer; the others are named under ``_expandable``."""
    wick = ada.id_of("Trim the wick")
    expand = "version,history.lastUpdated,ancestors,body.storage,metadata.labels,restrictions.read.restrictions.user"
    item = ada.json(f"/rest/api/content/search?cql=id={wick}&expand={expand}")["results"][0]
    assert item["version"]["number"] == 2
    assert item["history"]["createdBy"]["accountId"] == "712020:ada"
    assert item["history"]["lastUpdated"]["by"]["accountId"] == "712020:bo"
    assert [known["title"] for known in item["ancestors"]] == ["Lamps"]
    assert item["body"]["storage"]["value"].startswith("<h1>Wick</h1>")
    assert {label["name"] for label in item["metadata"]["labels"]["results"]} == {"guide", "night-shift"}
    assert item["restrictions"]["read"]["restrictions"]["user"]["results"] == []
    assert {"space", "children", "container"} <= set(item["_expandable"])
    bare = ada.json(f"/rest/api/content/search?cql=id={wick}")["results"][0]
    assert {"version", "body", "history"} <= set(bare["_expandable"])
    assert "version" not in bare


def test_the_index_lags_and_what_is_expanded_does_not(site: SiteProcess) -> None:
    """A change is found when the lag is over and not before; until then the old state is, with live content."""
    ada = ada_of(site)
    site.control.freeze_clock(datetime(2026, 5, 1, tzinfo=UTC))
    site.control.set_index_lag(60)
    page = ada.id_of("Lens")
    relabel(ada, page, "late")
    new = ada.ask("POST", "/api/v2/pages", json={"spaceId": ada.space_id("LAMP"), "title": "Newest"}).json()
    assert found(ada, "label = late") == found(ada, "title = Newest") == []
    assert ada.json(f"/api/v2/pages/{new['id']}")["title"] == "Newest"
    old = ada.json(f"/rest/api/content/search?cql=id={page}&expand=metadata.labels")["results"][0]
    assert [label["name"] for label in old["metadata"]["labels"]["results"]] == ["late"]
    site.control.advance_clock(59)
    assert found(ada, "label = late") == []
    site.control.advance_clock(2)
    assert found(ada, "label = late") == ["Lens"]
    assert found(ada, "title = Newest") == ["Newest"]


def test_each_change_lags_by_itself(site: SiteProcess) -> None:
    """Between two changes' due times a search sees the first and not yet the second."""
    ada = ada_of(site)
    site.control.freeze_clock(datetime(2026, 5, 1, tzinfo=UTC))
    site.control.set_index_lag(60)
    page = ada.id_of("Lens")
    relabel(ada, page, "one")
    site.control.advance_clock(40)
    relabel(ada, page, "two")
    site.control.advance_clock(30)
    assert (found(ada, "label = one"), found(ada, "label = two")) == (["Lens"], [])
    site.control.advance_clock(40)
    assert (found(ada, "label = one"), found(ada, "label = two")) == (["Lens"], ["Lens"])


def test_what_is_gone_is_not_shown_though_the_index_still_has_it(site: SiteProcess) -> None:
    """A purged page cannot be shown, and a page that was shut off meanwhile is not."""
    ada, bo = ada_of(site), bo_of(site)
    site.control.freeze_clock()
    site.control.set_index_lag(3600)
    lens, fog = ada.id_of("Lens"), ada.id_of("Fog")
    assert {"Lens", "Fog"} <= set(found(bo, "type = page"))
    ada.ask("DELETE", f"/api/v2/pages/{lens}")
    ada.ask("DELETE", f"/api/v2/pages/{lens}?purge=true")
    ada.ask("PUT", f"/rest/api/content/{fog}/restriction/byOperation/read/user?accountId=712020:ada")
    assert set(found(bo, "type = page")).isdisjoint({"Lens", "Fog"})
    assert "Fog" in found(ada, "type = page")


def test_moved_pages_are_found_where_they_are(site: SiteProcess) -> None:
    """After a move the whole moved tree is found in its new space and below its new ancestors."""
    ada = ada_of(site)
    fog, folder = ada.id_of("Fog"), ada.json("/api/v2/pages?title=Lens")["results"][0]["parentId"]
    assert ada.ask("PUT", f"/rest/api/content/{folder}/move/append/{fog}").status_code == 200
    assert set(found(ada, "space = FOG and type = page")) == {"Fog", "Lens"}
    assert "Lens" in found(ada, f"ancestor = {fog}")


@pytest.mark.parametrize(
    ("cql", "said"),
    [
        ("type = page and", "position 16"),
        ("colour = red", "'colour'"),
        ('lastmodified > "2026-03-01T10:00:00Z"', "'lastmodified'"),
    ],
)
def test_malformed_statements_are_answered_by_400_with_the_reason(ada: Caller, cql: str, said: str) -> None:
    """The refusal is v1's envelope with a message that names the field or the place."""
    for path in ("/rest/api/content/search", "/rest/api/search"):
        reply = ada.get(path, params={"cql": cql})
        assert reply.status_code == 400
        assert reply.json()["statusCode"] == 400
        assert said in reply.json()["message"]
    assert ada.get("/rest/api/search").status_code == 400


def test_search_counts_and_places_its_hits(ada: Caller) -> None:
    """A hit of /search has a title, an excerpt, its space and its address; spaces are found as well."""
    body = ada.json("/rest/api/search", params={"cql": 'title = "Trim the wick" and type = page'})
    hit = body["results"][0]
    assert body["totalSize"] == 1
    assert hit["excerpt"].startswith("Wick")
    assert hit["resultGlobalContainer"] == {"title": "Lamps", "displayUrl": "/spaces/LAMP"}
    assert hit["url"].startswith("/spaces/LAMP/pages/")
    spaces = ada.json("/rest/api/search?cql=type=space&limit=50")["results"]
    assert {hit["space"]["key"] for hit in spaces} == {"LAMP", "FOG", "OLD", "~bo", "SAFE"}
