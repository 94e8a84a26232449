"""Labels, restrictions, groups and tree nodes, as good, odd and short answers tell them."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from confluence_pipeline.confluence import (
    ConfluenceClient,
    ListingError,
    NotFoundError,
    QueryError,
    SearchHit,
)
from confluence_pipeline.confluence.cql import any_of
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.confluence.doubles import Answer, Asked, connection_to, serving

EVERY_NODE = "type in (page, blogpost, folder, whiteboard, database, embed)"


def listed(*results: dict[str, Any], **said: Any) -> dict[str, Any]:
    """A v1 list inside something else."""
    return {"results": list(results), "start": 0, "limit": 200, "size": len(results), "_links": {}, **said}


def restricted(users: dict[str, Any] | None, groups: dict[str, Any] | None) -> dict[str, Any]:
    """Both operations, of which viewing is restricted; a list of None is left out."""
    named = {"user": users, "group": groups}
    return {
        "read": {"restrictions": {kind: held for kind, held in named.items() if held is not None}},
        "update": {"restrictions": {"user": listed(), "group": listed()}},
    }


def hit(**parts: Any) -> Answer:
    """A search that finds page 7."""
    return Answer({"results": [{"content": {"id": "7", "type": "page", "status": "current", "title": "T", **parts}}]})


def path_of(asked: Asked) -> str:
    """The path below the base."""
    return urlsplit(asked.path).path.removeprefix("/wiki")


def test_restrictions_are_the_same_in_bulk_and_alone(reader: ConfluenceClient) -> None:
    """Of pages, blog posts and nodes of the tree; most have none."""
    named = 0
    for space in reader.api.spaces():
        cql = f"{any_of('space', [space.key])} and {EVERY_NODE}"
        for found in reader.api.search_facts(cql, labels=True, restrictions=True):
            assert found.restrictions == tuple(reader.api.restrictions(found.content_id))
            assert found.labels is not None
            named += len(found.restrictions)
        for node in reader.api.tree_nodes(f"{any_of('space', [space.key])} and type in (folder, whiteboard, database)"):
            assert node.restrictions == tuple(reader.api.restrictions(node.node_id))
            assert node.version_number == reader.api.tree_node(node.type, node.node_id).version_number
    assert named


def test_facts_take_one_request_for_many(reader: ConfluenceClient, full_site: SiteProcess) -> None:
    """Labels and restrictions of a whole space come with the search."""
    (key, *_) = [space.key for space in reader.api.spaces()]
    full_site.control.reset_requests()
    hits = list(reader.api.search_facts(f"{any_of('space', [key])} and {EVERY_NODE}", labels=True, restrictions=True))
    assert len(hits) > 50
    assert full_site.control.request_counts().total == 1


def test_one_search_tells_what_the_searches_for_each_kind_tell(reader: ConfluenceClient) -> None:
    """Contents with their facts, attachments, comments and nodes of every space, record for record."""
    api, met = reader.api, 0
    for space in api.spaces():
        here = any_of("space", [space.key])
        together = api.space_hits(space.key, labels=True, restrictions=True)
        assert together is not None
        facts = api.search_facts(f"{here} and type in (page, blogpost)", labels=True, restrictions=True)
        assert sorted(together.contents, key=str) == sorted(facts, key=str)
        assert sorted(together.attachments, key=str) == sorted(
            api.attachments(f"{here} and type = attachment"), key=str
        )
        assert sorted(together.comments, key=str) == sorted(api.comments(f"{here} and type = comment"), key=str)
        nodes = api.tree_nodes(f"{here} and type in (folder, whiteboard, database, embed)")
        assert sorted(together.nodes, key=str) == sorted(nodes, key=str)
        met += bool(together.comments) + bool(together.attachments) + bool(together.nodes)
    assert met > 2


@pytest.mark.parametrize("answer", [Answer({"message": "type 'folder' is not supported"}, 400), hit()])
def test_a_search_that_cannot_tell_every_kind_is_not_trusted_for_any(answer: Answer) -> None:
    """A site that does not know the nodes, or that counts more than it gives, is to be asked kind by kind."""
    if answer.status == 200:
        answer.body["totalSize"] = 5
    with serving([answer]) as server, ConfluenceClient(connection_to(server.url)) as client:
        assert client.api.space_hits("ENG", labels=False, restrictions=False) is None


NAMED = [{"accountId": f"u{number:03d}", "displayName": f"User {number}"} for number in range(7)]
GROUP = {"id": "g-1", "name": "Guests"}


def of_page_seven(asked: Asked) -> Answer:
    """Restrictions in full: seven users three at a time, and a group."""
    path, query = path_of(asked), parse_qs(urlsplit(asked.path).query)
    if path.endswith("/byOperation"):
        return Answer(restricted(listed(*NAMED[:3], limit=3, size=3), listed(GROUP)))
    start = int(query["start"][0])
    users = NAMED[start : start + 3] if path.endswith("/read") else []
    groups = [GROUP] if path.endswith("/read") and start == 0 else []
    return Answer({"restrictions": {"user": listed(*users, limit=3), "group": listed(*groups, limit=3)}})


def test_a_list_of_names_that_is_cut_short_is_walked() -> None:
    """By what came, for each operation; users and groups come whole and once."""
    with serving(of_page_seven) as server, ConfluenceClient(connection_to(server.url)) as client:
        found = client.api.restrictions("7")
    assert [(r.operation, r.principal_type, r.principal_id, r.principal_name) for r in found] == [
        ("read", "group", "g-1", "Guests"),
        *(("read", "user", user["accountId"], user["displayName"]) for user in NAMED),
    ]
    assert found[0].source_url == f"{server.url}/wiki/rest/api/content/7/restriction/byOperation/read"


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"restrictions": {"read": {}, "update": {}}},
        {"restrictions": restricted(None, listed(GROUP))},
        {"restrictions": restricted({"_expandable": {}}, listed(GROUP))},
        {"restrictions": restricted(listed(*NAMED[:3], limit=3), listed(GROUP))},
        {"restrictions": restricted(listed(*NAMED[:3], size=7), listed(GROUP))},
        {"restrictions": restricted(listed(*NAMED[:3], _links={"next": "/x"}), listed(GROUP))},
    ],
)
def test_restrictions_that_a_search_does_not_tell_are_asked_for(told: dict[str, Any]) -> None:
    """Neither a missing expansion nor a short list is taken for all there is."""

    def answer(asked: Asked) -> Answer:
        return hit(**told) if path_of(asked) == "/rest/api/search" else of_page_seven(asked)

    with serving(answer) as server, ConfluenceClient(connection_to(server.url)) as client:
        (found,) = client.api.search_facts("type = page", labels=False, restrictions=True)
        (node,) = client.api.tree_nodes("type = folder")
        assert found == SearchHit("7", "page", None, tuple(client.api.restrictions("7")))
    assert node.restrictions is None


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"metadata": {}},
        {"metadata": {"labels": {"results": [{"id": "1", "prefix": "global", "name": "a"}], "limit": 1}}},
        {"metadata": {"labels": [{"id": "1", "prefix": "global", "name": "a"}]}},
    ],
)
def test_labels_that_a_search_does_not_tell_are_asked_for(told: dict[str, Any]) -> None:
    """From the content's own list; a content that is gone by then is no hit."""
    labels = Answer({"results": [{"id": str(n), "prefix": "global", "name": name} for n, name in enumerate("ab")]})

    def answering(alone: Answer) -> Callable[[Asked], Answer]:
        return lambda asked: hit(**told) if path_of(asked) == "/rest/api/search" else alone

    with serving(answering(labels)) as server, ConfluenceClient(connection_to(server.url)) as client:
        (found,) = client.api.search_facts("type = page", labels=True, restrictions=False)
        assert [label.name for label in found.labels or ()] == ["a", "b"]
    with serving(answering(Answer({}, 404))) as server, ConfluenceClient(connection_to(server.url)) as client:
        assert not list(client.api.search_facts("type = page", labels=True, restrictions=True))


def test_a_site_without_such_nodes_has_none() -> None:
    """Its search answers 400 to types that it does not know; other searches still say so."""
    with (
        serving([Answer({"message": "type 'folder' is not supported"}, 400)]) as server,
        ConfluenceClient(connection_to(server.url)) as client,
    ):
        assert not list(client.api.tree_nodes("type in (folder, whiteboard)"))
        with pytest.raises(QueryError):
            list(client.api.search_facts("type = folder", labels=False, restrictions=True))


@pytest.mark.parametrize("node_type", ["folder", "whiteboard", "database", "embed"])
def test_a_node_that_is_gone_is_missing(node_type: str, reader: ConfluenceClient) -> None:
    """One that there never was, and the restrictions of one."""
    with pytest.raises(NotFoundError):
        reader.api.tree_node(node_type, "1")
    with pytest.raises(NotFoundError):
        reader.api.restrictions("1")


def test_groups_and_members_are_walked_by_what_came(reader: ConfluenceClient, full_site: SiteProcess) -> None:
    """A server that gives few at a time is asked more often, and all come."""
    whole = [(group, list(reader.api.group_members(group.group_id))) for group in reader.api.groups()]
    assert max(len(members) for _, members in whole) > 200
    full_site.control.set_faults(FaultRule("small_page", amount=7, path="/group"))
    groups = list(reader.api.groups())
    full_site.control.set_faults()
    assert groups == [group for group, _ in whole]
    assert not list(reader.api.group_members("no-such-group"))


LISTINGS: dict[str, Callable[[ConfluenceClient], object]] = {
    "facts": lambda client: list(client.api.search_facts("type = page", labels=True, restrictions=True)),
    "nodes": lambda client: list(client.api.tree_nodes("type = folder")),
    "comments": lambda client: list(client.api.comments("type = comment")),
    "recent comments": lambda client: list(client.api.recent_comments("footer")),
    "attachments": lambda client: list(client.api.attachments("type = attachment")),
    "recent attachments": lambda client: list(client.api.recent_attachments()),
    "tasks": lambda client: list(client.api.tasks(space_id="5")),
    "permissions": lambda client: list(client.api.space_permissions("5")),
    "versions": lambda client: list(client.api.versions("page", "7", bodies=True)),
    "properties": lambda client: list(client.api.properties("page", "7")),
    "likes": lambda client: list(client.api.likes("page", "7")),
    "groups": lambda client: list(client.api.groups()),
    "members": lambda client: list(client.api.group_members("g")),
}


@pytest.mark.parametrize("name", LISTINGS)
@pytest.mark.parametrize(
    "data", [{}, {"results": None}, {"results": [{"x": 1}]}, {"results": ["7"]}, {"results": [[]]}]
)
def test_listings_of_another_form_prove_nothing(name: str, data: dict[str, Any]) -> None:
    """A listing that cannot be read is an error: taken for an empty one, it would remove rows."""
    with (
        serving([Answer(data)]) as server,
        ConfluenceClient(connection_to(server.url)) as client,
        pytest.raises(ListingError) as caught,
    ):
        LISTINGS[name](client)
    assert caught.value.retryable
