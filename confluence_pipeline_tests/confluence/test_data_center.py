"""What the Data Center dialect makes of a server's caps, faults, older versions and refusals."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence import (
    AccessError,
    AuthenticationError,
    ConfluenceClient,
    Dialect,
    ListingError,
    NotFoundError,
    RecentItem,
    RefusedError,
    UnsupportedError,
)
from confluence_pipeline.confluence.answers import Json, Reply
from confluence_pipeline.confluence.data_center_paging import walk_starts
from confluence_pipeline.confluence.transport import Params
from confluence_pipeline_tests.confluence.doubles import Answer, Asked, ScriptedServer, connection_to, serving

ANN = {"type": "known", "username": "ann", "userKey": "ff80", "displayName": "Ann"}
WRITTEN = {"createdBy": ANN, "createdDate": "2024-01-31T23:30:00.000+10:00"}
VERSION = {"number": 3, "by": ANN, "when": "2024-02-01T09:15:00.250+10:00", "message": "", "minorEdit": False}
SPACE = {"id": 7, "key": "ENG", "name": "Engineering", "type": "global", "status": "current"}
NOBODY: Json = {"results": [], "start": 0, "limit": 200, "size": 0}

Routes = dict[str, Any]


def page(number: int, **facts: Any) -> Json:
    """A page as the REST API tells it with all that a record takes."""
    return {
        "id": str(number),
        "type": "page",
        "status": "current",
        "title": f"Page {number}",
        "space": SPACE,
        "history": WRITTEN,
        "version": VERSION,
        "ancestors": [],
        "extensions": {"position": "none"},
        "body": {"storage": {"value": f"<p>{number}</p>", "representation": "storage"}},
        "_links": {"webui": f"/pages/viewpage.action?pageId={number}"},
        **facts,
    }


def listed(*items: Json, **facts: Any) -> Answer:
    """A whole list."""
    return Answer({"results": list(items), "start": 0, "limit": 200, "size": len(items), "_links": {}, **facts})


def found(*contents: Json) -> Answer:
    """What a search answers."""
    return listed(*({"content": content, "entityType": "content"} for content in contents), totalSize=len(contents))


def query_of(asked: Asked) -> dict[str, str]:
    """A request's parameters, the first of each name."""
    return {name: values[0] for name, values in parse_qs(urlsplit(asked.path).query).items()}


@contextmanager
def reading(version: str, routes: Routes) -> Iterator[tuple[Dialect, ScriptedServer]]:
    """Run a Data Center of a version that knows some addresses, and yield the dialect that reads it."""
    known: Routes = {
        "/rest/api/user/current": Answer(ANN),
        "/rest/api/server-information": Answer({"version": version}),
        "/rest/api/space": listed(SPACE),
        **routes,
    }

    def answer(asked: Asked) -> Answer:
        told: Answer | Callable[[Asked], Answer] = known.get(
            urlsplit(asked.path).path, Answer({"message": "null for uri"}, 404)
        )
        return told if isinstance(told, Answer) else told(asked)

    with (
        serving(answer) as server,
        ConfluenceClient(connection_to(server.url, product="data_center")) as client,
    ):
        yield client.api, server


@given(
    total=st.integers(0, 60),
    cap=st.integers(1, 20),
    limit=st.integers(1, 25),
    shortfall=st.integers(0, 5),
    overruns=st.booleans(),
    is_linked=st.booleans(),
)
def test_a_walk_gives_everything_once_whatever_the_server_cuts_down(
    total: int, cap: int, limit: int, shortfall: int, *, overruns: bool, is_linked: bool
) -> None:
    """Pages smaller than asked for, next links that start too low, and starts past the end that give the last again."""
    items = [{"id": str(number)} for number in range(total)]

    def fetch(params: Params) -> Reply:
        asked = dict(params)
        start, size = int(asked["start"]), min(int(asked["limit"]), cap)
        some = items[start : start + size]
        if start >= total > 0 and overruns:
            some = items[-1:]
        links = {"self": "x"}
        if is_linked and start + size < total:
            links["next"] = f"/rest/api/things?start={max(0, start + size - shortfall)}&limit={size}"
        return Reply({"results": some, "start": start, "limit": size, "size": len(some), "_links": links}, {})

    walked = [item["id"] for some in walk_starts(fetch, limit=limit, what="things") for item in some]
    assert walked == [item["id"] for item in items]


def test_a_page_that_is_cut_down_by_rights_is_not_the_last() -> None:
    """What the caller may not see is left out of a page after it was cut, so a short page with a next link goes on."""
    pages = {0: [1, 2], 2: [5], 3: []}

    def fetch(params: Params) -> Reply:
        start = int(dict(params)["start"])
        links = {"next": "/more"} if start == 0 else {}
        return Reply({"results": [{"id": str(i)} for i in pages[start]], "limit": 5, "_links": links}, {})

    assert [item["id"] for some in walk_starts(fetch, limit=5, what="things") for item in some] == ["1", "2", "5"]


def test_a_server_that_does_not_mind_the_start_is_not_believed() -> None:
    """The same page again and again proves nothing about the rest."""
    reply = Reply({"results": [{"id": "1"}, {"id": "2"}], "limit": 2, "_links": {"next": "/more"}}, {})
    with pytest.raises(ListingError, match="repeats itself"):
        list(walk_starts(lambda _: reply, limit=2, what="things"))


def test_a_page_that_is_refused_now_and_then_is_asked_for_again() -> None:
    """Searches for attachments answer 400 now and then; a page that always does leaves the list incomplete."""
    whole = [page(number) for number in range(1, 301)]
    refusals = iter([True, False])

    def search(asked: Asked) -> Answer:
        start = int(query_of(asked)["start"])
        if start and next(refusals, True):
            return Answer({"message": "Bad request"}, 400)
        return listed(*({"content": some} for some in whole[start : start + 200]), totalSize=300)

    with reading("9.2.1", {"/rest/api/search": search}) as (api, _):
        cql = 'space = "ENG" and type = page'
        assert len(list(api.search_facts(cql, labels=False, restrictions=False))) == 300
        with pytest.raises(ListingError, match="broke off"):
            list(api.search_facts(cql, labels=False, restrictions=False))


def test_times_of_the_servers_zone_are_told_in_utc() -> None:
    """An instant is the same whatever offset it is written with."""
    with reading("10.0.3", {"/rest/api/content/scan": listed(page(1))}) as (api, _):
        (record,) = api.contents("page", "7")
    assert record.created_at is not None
    assert record.updated_at is not None
    assert record.created_at.isoformat() == "2024-01-31T13:30:00+00:00"
    assert record.updated_at.isoformat() == "2024-01-31T23:15:00.250000+00:00"
    assert (record.author_id, record.position, record.parent_id) == ("ff80", None, None)


@pytest.mark.parametrize(
    ("version", "content_type", "path"),
    [
        ("8.5.4", "page", "/rest/api/content/scan"),
        ("8.5.4", "blogpost", "/rest/api/content"),
        ("10.0.3", "blogpost", "/rest/api/content/scan"),
        ("7.17.5", "page", "/rest/api/content"),
    ],
)
def test_contents_are_scanned_where_the_version_can(version: str, content_type: Any, path: str) -> None:
    """Else they are listed by where to start, which every version can."""
    post = page(1, type=content_type)
    with reading(version, {path: listed(post)}) as (api, server):
        assert [record.content_id for record in api.contents(content_type, "7")] == ["1"]
    asked = query_of(server.asked[-1])
    assert (asked["spaceKey"], asked["type"], asked["status"]) == ("ENG", content_type, "current")


def test_a_scan_goes_on_by_the_cursor_in_the_answer_where_there_is_no_link() -> None:
    """Some builds tell ``nextCursor`` and no more."""

    def scan(asked: Asked) -> Answer:
        if query_of(asked).get("cursor") == "content:false:2":
            return Answer({"results": [page(3)], "limit": 2, "size": 1})
        return Answer({"results": [page(1), page(2)], "limit": 2, "size": 2, "nextCursor": "content:false:2"})

    with reading("10.0.3", {"/rest/api/content/scan": scan}) as (api, _):
        assert [record.content_id for record in api.contents("page", "7")] == ["1", "2", "3"]


def test_bodies_that_the_index_does_not_know_are_asked_for_by_id() -> None:
    """What was written a moment ago comes all the same; what is gone or in the trash does not."""
    routes = {
        "/rest/api/search": found(page(1)),
        "/rest/api/content/2": Answer(page(2)),
        "/rest/api/content/3": Answer(page(3, status="trashed")),
    }
    with reading("9.2.1", routes) as (api, _):
        bodies = {body.content.content_id: body.storage for body in api.bodies("page", ["1", "2", "3", "4"])}
        assert bodies == {"1": "<p>1</p>", "2": "<p>2</p>"}
        statuses = {r.content_id: r.status for r in api.contents_by_id("page", ["1", "3", "4"], ("current", "trashed"))}
        assert statuses == {"1": "current", "3": "trashed"}
        assert api.visible_types(["2", "3", "4"]) == {"2": "page", "3": "page", "4": None}


def test_restrictions_that_are_cut_short_are_walked_to_their_end() -> None:
    """In either form that versions answer in: by operation at once, or below ``restrictions``."""
    users = [{**ANN, "userKey": f"u{number}"} for number in range(3)]
    path = "/rest/api/content/1/restriction/byOperation"
    short = {"results": users[:2], "start": 0, "limit": 2, "size": 2}
    told = {
        "read": {"operation": "read", "restrictions": {"user": short, "group": NOBODY}},
        "update": {"operation": "update", "restrictions": {"user": NOBODY, "group": NOBODY}},
    }

    def read(asked: Asked) -> Answer:
        start = int(query_of(asked)["start"])
        some = users[start : start + 2]
        listed_users = {"results": some, "start": start, "limit": 2, "size": len(some)}
        group = {"results": [{"type": "group", "name": "staff"}] if start == 0 else [], "limit": 2, "size": 1}
        return Answer({"operation": "read", "restrictions": {"user": listed_users, "group": group}})

    empty = Answer({"operation": "update", "restrictions": {"user": NOBODY, "group": NOBODY}})
    for answer in (told, {"restrictions": told}):
        routes = {path: Answer(answer), f"{path}/read": read, f"{path}/update": empty}
        with reading("9.2.1", routes) as (api, _):
            named = [(r.operation, r.principal_type, r.principal_id) for r in api.restrictions("1")]
        assert named == [("read", "group", "staff"), *(("read", "user", f"u{number}") for number in range(3))]


def test_grants_are_listed_by_rest_since_9_1() -> None:
    """A bare list of users, groups and everybody; each grant named by what it says."""
    grants = [
        {"subject": ANN, "operation": {"operationKey": "read", "targetType": "space"}},
        {"subject": {"type": "group", "name": "staff"}, "operation": {"operationKey": "create", "targetType": "page"}},
        {"subject": {"type": "anonymous"}, "operation": {"operationKey": "read", "targetType": "space"}},
    ]
    with reading("9.1.0", {"/rest/api/space/ENG/permissions": Answer(grants)}) as (api, _):
        found_grants = list(api.space_permissions("7"))
    assert [(g.principal_type, g.principal_id, g.operation, g.target_type) for g in found_grants] == [
        ("user", "ff80", "read", "space"),
        ("group", "staff", "create", "page"),
        ("role", "anonymous-users", "read", "space"),
    ]
    assert len({grant.permission_id for grant in found_grants}) == 3


def test_before_9_1_grants_come_by_the_remote_procedure_with_the_keys_of_users() -> None:
    """Whose user names it tells; one that nobody has any more stands for itself."""
    sets = [
        {"type": "VIEWSPACE", "spacePermissions": [{"userName": "ann", "groupName": None}, {"groupName": "staff"}]},
        {"type": "REMOVEMAIL", "spacePermissions": [{"userName": "gone"}]},
    ]
    routes = {
        "/rpc/json-rpc/confluenceservice-v2": Answer({"jsonrpc": "2.0", "id": 1, "result": sets}),
        "/rest/api/user": lambda asked: Answer(ANN) if query_of(asked)["username"] == "ann" else Answer({}, 404),
    }
    with reading("8.5.4", routes) as (api, _):
        grants = [(g.principal_id, g.operation, g.target_type) for g in api.space_permissions("7")]
    assert grants == [("ff80", "read", "space"), ("staff", "read", "space"), ("gone", "delete_mail", "space")]


OPERATIONS = (
    ("VIEWSPACE", "read", "space"),
    ("SETSPACEPERMISSIONS", "administer", "space"),
    ("EXPORTSPACE", "export", "space"),
    ("SETPAGEPERMISSIONS", "restrict", "space"),
    ("REMOVEOWNCONTENT", "delete_own", "space"),
    ("REMOVEMAIL", "delete_mail", "space"),
    ("EDITSPACE", "create", "page"),
    ("REMOVEPAGE", "delete", "page"),
    ("EDITBLOG", "create", "blogpost"),
    ("REMOVEBLOG", "delete", "blogpost"),
    ("COMMENT", "create", "comment"),
    ("REMOVECOMMENT", "delete", "comment"),
    ("CREATEATTACHMENT", "create", "attachment"),
    ("REMOVEATTACHMENT", "delete", "attachment"),
)
"""Every permission of a space, by its JSON-RPC name, with operation and target as the 10.0 document lists them."""


def test_every_grant_is_named_alike_in_every_version() -> None:
    """By REST and by JSON-RPC they are the same records, named as on Cloud where Cloud has the like."""
    listed_ones = [
        {"subject": {"type": "group", "name": "staff"}, "operation": {"operationKey": operation, "targetType": target}}
        for _, operation, target in OPERATIONS
    ]
    sets = [{"type": name, "spacePermissions": [{"groupName": "staff"}]} for name, _, _ in OPERATIONS]
    remote = Answer({"jsonrpc": "2.0", "id": 1, "result": sets})
    with reading("9.1.0", {"/rest/api/space/ENG/permissions": Answer(listed_ones)}) as (api, _):
        new = [(g.permission_id, g.operation, g.target_type) for g in api.space_permissions("7")]
    with reading("8.5.4", {"/rpc/json-rpc/confluenceservice-v2": remote}) as (api, _):
        old = [(g.permission_id, g.operation, g.target_type) for g in api.space_permissions("7")]
    assert new == old
    assert [told for _, *told in new if told[0] == "restrict_content"] == [["restrict_content", "space"]]
    assert len(new) == len(OPERATIONS)


@pytest.mark.parametrize(
    ("answer", "kind", "said"),
    [
        (Answer({"message": "null"}, 404), UnsupportedError, "space_permissions is not available from .* 8.5.4"),
        (Answer({"message": "Remote API is not enabled"}, 403), AccessError, "Remote API is not enabled"),
        (Answer({"jsonrpc": "2.0", "error": {"message": "NotPermitted"}}), RefusedError, "NotPermitted"),
    ],
)
def test_grants_that_the_remote_procedure_does_not_tell_are_no_empty_table(
    answer: Answer, kind: type[Exception], said: str
) -> None:
    """Each refusal says what it is."""
    routes = {"/rpc/json-rpc/confluenceservice-v2": answer}
    with reading("8.5.4", routes) as (api, _), pytest.raises(kind, match=said):
        list(api.space_permissions("7"))


@pytest.mark.parametrize("has_list", [True, False])
def test_versions_are_listed_where_there_is_a_list_and_else_asked_for_one_by_one(*, has_list: bool) -> None:
    """One that was deleted from the history is left out."""
    numbers = (3, 1)

    def one(asked: Asked) -> Answer:
        number = int(query_of(asked).get("version", "3"))
        told = page(1, version={**VERSION, "number": number})
        return Answer(told) if number in numbers else Answer({"message": "no such version"}, 404)

    routes: Routes = {"/rest/api/content/1": one}
    if has_list:
        routes["/rest/experimental/content/1/version"] = listed(*({**VERSION, "number": n} for n in numbers))
    with reading("9.2.1", routes) as (api, _):
        assert [v.version_number for v in api.versions("page", "1", bodies=False)] == [3, 1]
        assert {v.version_number: v.storage for v in api.versions("page", "1", bodies=True)} == {
            3: "<p>1</p>",
            1: "<p>1</p>",
        }


def test_after_a_lost_login_nothing_more_is_asked() -> None:
    """A token that was revoked in the middle of a run is not held against the site again and again."""
    with reading("9.2.1", {"/rest/api/search": Answer({"message": "revoked"}, 401)}) as (api, server):
        for _ in range(3):
            with pytest.raises(AuthenticationError, match="revoked"):
                api.count("type = page")
        assert [urlsplit(asked.path).path for asked in server.asked].count("/rest/api/search") == 1


def test_versions_of_a_content_that_is_gone_are_not_found() -> None:
    """Whether there is a list of versions or not."""
    with reading("9.2.1", {}) as (api, _), pytest.raises(NotFoundError):
        list(api.versions("page", "1", bodies=False))


def test_what_there_is_no_call_for_is_said_without_a_request() -> None:
    """Tasks, likes and views, each by its table's name; and nodes of the tree there are none."""
    with reading("9.2.1", {}) as (api, server):
        before = len(server.asked)
        asks: dict[str, Callable[[], object]] = {
            "tasks": lambda: list(api.tasks(space_id="7")),
            "likes": lambda: list(api.likes("page", "1")),
            "views": lambda: api.views("page", "1"),
        }
        for table, ask in asks.items():
            with pytest.raises(UnsupportedError, match=f"^{table} is not available from Confluence Data Center 9.2.1"):
                ask()
        assert list(api.tree_nodes("type = folder")) == []
        with pytest.raises(NotFoundError):
            api.tree_node("folder", "1")
        assert len(server.asked) == before


def test_a_resolved_inline_comment_and_its_reply_are_read_whole() -> None:
    """Location, what it is on, whether it is resolved, and what it replies to."""
    extensions = {
        "location": "resolved",
        "inlineProperties": {"originalSelection": "0.8 m/s", "markerRef": "abc"},
        "resolution": {"status": "resolved"},
    }
    comment = {
        **page(5, type="comment", title="Re: Page 1", extensions=extensions),
        "container": {"id": "1", "type": "page"},
        "ancestors": [{"id": "4", "type": "comment"}],
    }
    with reading("9.2.1", {"/rest/api/content/5": Answer(comment)}) as (api, _):
        held = api.comment(RecentItem("5", None, "inline", 0))
    told = held.comment
    assert (told.location, told.resolution_status, told.parent_comment_id) == ("inline", "resolved", "4")
    assert (told.inline_original_selection, told.inline_marker_ref) == ("0.8 m/s", "abc")
    assert held.storage == "<p>5</p>"


def test_an_attachment_is_downloaded_from_its_own_link() -> None:
    """Signed, as it is on the site itself, and without a redirect."""
    link = "/download/attachments/1/a%20b.txt?version=2&modificationDate=1558671120000&api=v2"
    file = {
        **page(6, type="attachment", title="a b.txt"),
        "container": {"id": "1", "type": "page"},
        "metadata": {"mediaType": "text/plain", "labels": listed().body},
        "extensions": {"mediaType": "text/plain", "fileSize": 5},
        "_links": {"webui": "/x", "download": link},
    }
    data = Answer(b"hello", headers={"Content-Type": "text/plain"})
    routes = {"/rest/api/search": found(file), "/download/attachments/1/a%20b.txt": data}
    with reading("9.2.1", routes) as (api, server):
        (held,) = api.attachments("type = attachment")
        with api.download(held.attachment.download_url) as download:
            assert b"".join(download.chunks) == b"hello"
        assert held.attachment.file_size == 5
        assert server.asked[-1].path == link
        assert "Authorization" in server.asked[-1].headers


@pytest.mark.parametrize("may_list", [True, False])
def test_many_people_are_looked_up_in_the_list_of_all_and_else_asked_for_one_by_one(*, may_list: bool) -> None:
    """The list is read once, whoever asks; who is not in it is asked for, and who is nowhere is left out."""
    everybody = [{**ANN, "userKey": f"u{number}", "status": "current"} for number in range(120)]
    known = {str(user["userKey"]): user for user in everybody} | {"new": {**ANN, "userKey": "new"}}

    def listing(asked: Asked) -> Answer:
        start = int(query_of(asked)["start"])
        some = everybody[start : start + 50]
        links = {"next": "/more"} if start + 50 < len(everybody) else {}
        return Answer({"results": some, "start": start, "limit": 50, "size": len(some), "_links": links})

    def one(asked: Asked) -> Answer:
        user = known.get(query_of(asked)["key"])
        return Answer(user) if user else Answer({"message": "No user found"}, 404)

    routes: Routes = {"/rest/api/user": one, "/rest/api/user/list": Answer({"message": "admins only"}, 403)}
    if may_list:
        routes["/rest/api/user/list"] = listing
    wanted = [*(f"u{number}" for number in range(98)), "new", "gone"]
    with reading("9.2.1", routes) as (api, server):
        users = [user for some in (wanted[:50], wanted[50:]) for user in api.users(some)]
        paths = [urlsplit(asked.path).path for asked in server.asked]
    assert {user.account_id for user in users} == {*wanted} - {"gone"}
    assert {user.username for user in users} == {"ann"}
    assert paths.count("/rest/api/user/list") == (3 if may_list else 1)
    assert paths.count("/rest/api/user") == (2 if may_list else 100)
