"""Comments and attachments: the same record whichever call read it, in bulk, and whole where an answer is not."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from confluence_pipeline.confluence import (
    CommentBody,
    ConfluenceClient,
    ListingError,
    NotFoundError,
    RecentItem,
    RefusedError,
    ServerError,
)
from confluence_pipeline.confluence.cql import any_of, groups
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.confluence.doubles import Answer, Asked, connection_to, serving
from confluence_pipeline_tests.laboratory import reader_of

MADE, EDITED = "2026-03-01T10:00:00.000Z", "2026-03-02T11:00:00.000Z"

V1_COMMENT: dict[str, Any] = {
    "id": "9",
    "type": "comment",
    "status": "current",
    "version": {"by": {"accountId": "editor"}, "when": EDITED, "number": 2},
    "history": {"createdBy": {"accountId": "author"}, "createdDate": MADE},
    "container": {"id": "7", "type": "page"},
    "ancestors": [{"id": "7", "type": "page"}, {"id": "5", "type": "comment"}, {"id": "8", "type": "comment"}],
    "extensions": {
        "location": "inline",
        "inlineProperties": {"originalSelection": "these words", "markerRef": "m-1"},
        "resolution": {"status": "resolved"},
    },
    "body": {"storage": {"value": "<p>said</p>"}},
    "_links": {"webui": "/spaces/A/pages/7/T?focusedCommentId=9"},
}
V2_COMMENT: dict[str, Any] = {
    "id": "9",
    "status": "current",
    "pageId": "7",
    "parentCommentId": "8",
    "version": {"number": 2, "authorId": "editor", "createdAt": EDITED},
    "versions": {
        "results": [
            {"number": 2, "authorId": "editor", "createdAt": EDITED},
            {"number": 1, "authorId": "author", "createdAt": MADE},
        ],
        "meta": {"hasMore": False},
    },
    "resolutionStatus": "resolved",
    "properties": {"inline-original-selection": "these words", "inline-marker-ref": "m-1"},
    "body": {"storage": {"value": "<p>said</p>"}},
    "_links": {"webui": "/spaces/A/pages/7/T?focusedCommentId=9"},
}
V1_FILE: dict[str, Any] = {
    "id": "att9",
    "type": "attachment",
    "status": "current",
    "title": "a.txt",
    "version": V1_COMMENT["version"],
    "history": V1_COMMENT["history"],
    "container": {"id": "7", "type": "page"},
    "metadata": {"labels": {"results": [{"id": "1", "prefix": "global", "name": "x"}], "limit": 200, "size": 1}},
    "extensions": {"mediaType": "text/plain", "fileSize": 3, "fileId": "f-1", "comment": ""},
}
V2_FILE: dict[str, Any] = {
    "id": "att9",
    "status": "current",
    "title": "a.txt",
    "pageId": "7",
    "mediaType": "text/plain",
    "fileSize": 3,
    "fileId": "f-1",
    "comment": "",
    "version": V2_COMMENT["version"],
    "versions": V2_COMMENT["versions"],
    "labels": {"results": [{"id": "1", "prefix": "global", "name": "x"}], "meta": {"hasMore": False}},
}
ITEM = RecentItem("9", "7", "inline", 2)
FILE_ITEM = RecentItem("att9", "7", "attachment", 2)


def hits(*contents: Mapping[str, Any]) -> Answer:
    """A page of v1 ``search``."""
    return Answer({"results": [{"content": content} for content in contents], "_links": {}})


def without(data: dict[str, Any], *names: str) -> dict[str, Any]:
    """The same answer with parts left out."""
    return {name: value for name, value in data.items() if name not in names}


def answering(v1: Answer, v2: Answer, more: Answer | None = None) -> Callable[[Asked], Answer]:
    """A site whose search, single reads and lists below these answer differently."""

    def answer(asked: Asked) -> Answer:
        path = asked.path.split("?")[0]
        if path.endswith("/rest/api/search"):
            return v1
        return more if more is not None and path.rsplit("/", 1)[1] in ("versions", "labels") else v2

    return answer


def test_a_comment_is_the_same_in_bulk_with_its_body_and_alone(reader: ConfluenceClient) -> None:
    """Every field, the addresses too; and one request reads it alone, however often it was edited."""
    for space in reader.api.spaces():
        listed = {c.comment_id: c for c in reader.api.comments(f"{any_of('space', [space.key])} and type = comment")}
        bodies = [
            body
            for ids in groups(sorted(listed), reader.api.comment_batch_size)
            for body in reader.api.comment_bodies(ids)
        ]
        assert {body.comment.comment_id: body.comment for body in bodies} == listed
        before = reader.cost.requests
        for body in bodies:
            comment = body.comment
            item = RecentItem(comment.comment_id, comment.container_id, comment.location, comment.version_number)
            assert reader.api.comment(item) == body
        assert reader.cost.requests - before == len(bodies)
        assert any(comment.version_number > 1 for comment in listed.values())


def test_an_attachment_is_the_same_in_bulk_and_alone(reader: ConfluenceClient, full_site: SiteProcess) -> None:
    """Every field and label; its bytes are asked for by the REST resource on our own base."""
    for space in reader.api.spaces():
        for held in reader.api.attachments(f"{any_of('space', [space.key])} and type = attachment"):
            file = held.attachment
            item = RecentItem(file.attachment_id, file.container_id, "attachment", file.version_number)
            assert reader.api.attachment(item) == held
            below = f"/rest/api/content/{file.container_id}/child/attachment/{file.attachment_id}/download"
            assert file.download_url == full_site.base_url + below


def test_what_was_modified_last_comes_first(reader: ConfluenceClient) -> None:
    """Comments by location and attachments, all of the site, without a request for each."""
    spaces = [space.key for space in reader.api.spaces()]
    known = {c.comment_id: c for c in reader.api.comments(f"{any_of('space', spaces)} and type = comment")}
    for location in ("footer", "inline"):
        recent = [item for page in reader.api.recent_comments(location) for item in page]
        assert [item.item_id for item in recent if item.item_id in known] == [item.item_id for item in recent]
        times = [known[item.item_id].updated_at for item in recent]
        assert times == sorted(times, key=str, reverse=True)
        expected = {
            RecentItem(c.comment_id, c.container_id, location, c.version_number)
            for c in known.values()
            if c.location == location
        }
        assert set(recent) == expected
    files = {
        RecentItem(f.attachment.attachment_id, f.attachment.container_id, "attachment", f.attachment.version_number)
        for f in reader.api.attachments(f"{any_of('space', spaces)} and type = attachment")
    }
    assert {item for page in reader.api.recent_attachments() for item in page} == files


def test_bulk_reads_take_a_request_for_many(reader: ConfluenceClient, full_site: SiteProcess) -> None:
    """One search for the comments of a space, one for its attachments with their labels."""
    for key in [space.key for space in reader.api.spaces()]:
        full_site.control.reset_requests()
        assert list(reader.api.comments(f"{any_of('space', [key])} and type = comment"))
        assert list(reader.api.attachments(f"{any_of('space', [key])} and type = attachment"))
        assert full_site.control.request_counts().total == 2


def test_a_reply_names_its_thread_and_words_in_either_spelling() -> None:
    """The last of the ancestors that are comments is the parent; hyphens and capitals mean the same."""
    with (
        serving(answering(hits(V1_COMMENT), Answer(V2_COMMENT))) as server,
        ConfluenceClient(connection_to(server.url)) as client,
    ):
        (bulk,) = client.api.comments("type = comment")
        alone = client.api.comment(ITEM)
    assert alone == CommentBody(bulk, "<p>said</p>")
    assert (bulk.parent_comment_id, bulk.container_id, bulk.resolution_status) == ("8", "7", "resolved")
    assert (bulk.inline_original_selection, bulk.inline_marker_ref) == ("these words", "m-1")
    assert (bulk.author_id, bulk.version_author_id, bulk.version_number) == ("author", "editor", 2)
    assert bulk.source_url == f"{server.url}/wiki/api/v2/inline-comments/9"


@pytest.mark.parametrize(
    "short",
    [
        without(V1_COMMENT, "version"),
        without(V1_COMMENT, "history"),
        without(V1_COMMENT, "container"),
        without(V1_COMMENT, "ancestors"),
        V1_COMMENT | {"extensions": {"location": "inline"}},
        without(V1_COMMENT, "body"),
    ],
)
def test_what_a_search_does_not_tell_of_a_comment_is_asked_for(short: dict[str, Any]) -> None:
    """A part that is missing is never taken for an empty one."""
    with (
        serving(answering(hits(short), Answer(V2_COMMENT))) as server,
        ConfluenceClient(connection_to(server.url)) as client,
    ):
        assert client.api.comment_bodies(["9"]) == [client.api.comment(ITEM)]


@pytest.mark.parametrize("part", ["version", "history", "container", "extensions", "metadata"])
def test_what_a_search_does_not_tell_of_an_attachment_is_asked_for(part: str) -> None:
    """A part that is missing is never taken for an empty one, the labels neither."""
    labels = Answer({"results": V2_FILE["labels"]["results"]})
    with (
        serving(answering(hits(without(V1_FILE, part)), Answer(V2_FILE), labels)) as server,
        ConfluenceClient(connection_to(server.url)) as client,
    ):
        assert list(client.api.attachments("type = attachment")) == [client.api.attachment(FILE_ITEM)]


def test_an_attachment_is_as_old_as_it_says_and_not_as_its_first_version() -> None:
    """A server reads its clock for each of the two; the search tells the former."""
    newest, first = V2_FILE["versions"]["results"]
    later = {"results": [newest, first | {"createdAt": "2030-01-01T00:00:00.001Z"}], "meta": {"hasMore": False}}
    told = V2_FILE | {"createdAt": V1_FILE["history"]["createdDate"], "versions": later}
    with (
        serving(answering(hits(V1_FILE), Answer(told))) as server,
        ConfluenceClient(connection_to(server.url)) as client,
    ):
        assert list(client.api.attachments("type = attachment")) == [client.api.attachment(FILE_ITEM)]


def test_more_labels_and_versions_than_an_answer_holds_are_listed() -> None:
    """The lists inside a single answer hold fifty at most and say so; the rest is asked for."""
    cut = {"versions": {"results": V2_FILE["versions"]["results"][:1], "meta": {"hasMore": True}}}
    cut |= {"labels": {"results": [], "meta": {"hasMore": True}}}
    lists = {
        "versions": Answer({"results": [V2_FILE["versions"]["results"][1]]}),
        "labels": Answer({"results": V2_FILE["labels"]["results"]}),
    }
    with (
        serving(lambda asked: lists.get(asked.path.split("?")[0].rsplit("/", 1)[1], Answer(V2_FILE | cut))) as server,
        serving([Answer(V2_FILE)]) as whole,
        ConfluenceClient(connection_to(server.url)) as client,
        ConfluenceClient(connection_to(whole.url)) as other,
    ):
        held, expected = client.api.attachment(FILE_ITEM), other.api.attachment(FILE_ITEM)
    assert (held.labels, held.attachment.author_id) == (expected.labels, "author")
    assert len(server.asked) == 3


@pytest.mark.parametrize("kind", ["ac:app:box", "global", "folder"])
def test_what_is_on_something_else_is_left_out(kind: str) -> None:
    """Comments and attachments of custom content have no row to belong to; alone, they are refused by name."""
    elsewhere = {"container": {"id": "3", "type": kind}}
    on_custom = {"customContentId": "3", "pageId": None}
    with (
        serving(answering(hits(V1_COMMENT | elsewhere), Answer(V2_COMMENT | on_custom))) as server,
        ConfluenceClient(connection_to(server.url)) as client,
    ):
        assert not list(client.api.comments("type = comment"))
        assert not client.api.comment_bodies(["9"])
        with pytest.raises(RefusedError, match="neither page"):
            client.api.comment(ITEM)
    with (
        serving(answering(hits(V1_FILE | elsewhere), Answer(V2_FILE | on_custom))) as server,
        ConfluenceClient(connection_to(server.url)) as client,
    ):
        assert not list(client.api.attachments("type = attachment"))
        with pytest.raises(RefusedError, match="neither page"):
            client.api.attachment(FILE_ITEM)


def test_what_is_recent_on_something_else_has_no_container() -> None:
    """It is listed, for its place in the order counts."""
    listed = Answer({"results": [V2_COMMENT | {"customContentId": "3", "pageId": None}]})
    with serving([listed]) as server, ConfluenceClient(connection_to(server.url)) as client:
        assert next(client.api.recent_comments("inline")) == [RecentItem("9", None, "inline", 2)]
        assert next(client.api.recent_attachments()) == [RecentItem("9", None, "attachment", 2)]


def test_an_anonymous_comment_has_no_author() -> None:
    """A visitor has no account."""
    anonymous = {"history": {"createdBy": {"type": "anonymous"}, "createdDate": MADE}}
    with serving([hits(V1_COMMENT | anonymous)]) as server, ConfluenceClient(connection_to(server.url)) as client:
        (comment,) = client.api.comments("type = comment")
    assert (comment.author_id, comment.version_author_id) == (None, "editor")


def test_what_the_index_knows_and_the_database_does_not_is_left_out(
    reader: ConfluenceClient, full_site: SiteProcess
) -> None:
    """A hit that must be asked for by itself and is gone by then is no comment; asked for by id, it is missing."""
    with (
        serving(answering(hits(without(V1_COMMENT, "history")), Answer({}, 404))) as server,
        ConfluenceClient(connection_to(server.url)) as client,
    ):
        assert not list(client.api.comments("type = comment"))
        assert not client.api.comment_bodies(["9"])
    with (
        serving(answering(hits(without(V1_FILE, "version")), Answer({}, 404))) as server,
        ConfluenceClient(connection_to(server.url)) as client,
    ):
        assert not list(client.api.attachments("type = attachment"))
    for ask, item in ((reader.api.comment, ITEM), (reader.api.attachment, FILE_ITEM)):
        with pytest.raises(NotFoundError):
            ask(item)


@pytest.mark.parametrize(
    "odd",
    [
        {"id": "9"},
        V1_COMMENT | {"extensions": {}},
        V1_COMMENT | {"version": {"number": "x"}},
        V1_COMMENT | {"history": {"createdDate": "yesterday"}},
        without(V1_COMMENT, "status"),
    ],
)
def test_an_odd_comment_is_an_error_and_no_row(odd: dict[str, Any]) -> None:
    """In a listing it spoils the listing; among bodies it is a fault that halving isolates."""
    with serving([hits(odd)]) as server, ConfluenceClient(connection_to(server.url)) as client:
        with pytest.raises(ListingError, match=r"\(9\)"):
            list(client.api.comments("type = comment"))
        with pytest.raises(ServerError) as caught:
            client.api.comment_bodies(["9"])
        assert caught.value.retryable


@pytest.mark.parametrize(
    "odd",
    [
        V2_COMMENT | {"body": {}},
        V2_COMMENT | {"version": {}},
        V2_COMMENT | {"version": None},
        without(V2_COMMENT, "status"),
    ],
)
def test_an_odd_single_answer_is_a_fault_of_that_item(odd: dict[str, Any]) -> None:
    """It says which comment, and may be tried again."""
    with (
        serving([Answer(odd)]) as server,
        ConfluenceClient(connection_to(server.url)) as client,
        pytest.raises(ServerError, match="comment 9"),
    ):
        client.api.comment(ITEM)


def test_a_search_that_repeats_hits_gives_each_once(full_site: SiteProcess) -> None:
    """Pages of three whose first hit was on the page before."""
    with reader_of(full_site) as client:
        whole = {c.comment_id for c in client.api.comments("type = comment")}
        full_site.control.set_faults(FaultRule("small_page", amount=5), FaultRule("duplicates", amount=1))
        again = [c.comment_id for c in client.api.comments("type = comment")]
        full_site.control.set_faults()
    assert sorted(again) == sorted(whole)


def ids(records: Iterable[Any]) -> list[str]:
    """The ids of comments."""
    return [record.comment_id for record in records]


def test_the_limit_of_bodies_is_the_servers(reader: ConfluenceClient) -> None:
    """More ids than the server gives at a time are paged through."""
    known = ids(reader.api.comments("type = comment"))
    assert len(known) > reader.api.comment_batch_size
    assert sorted(body.comment.comment_id for body in reader.api.comment_bodies(known)) == sorted(known)
