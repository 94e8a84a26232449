"""Comments at every depth, on pages, blog posts and attachments, and attachments with a past."""

import time
from typing import Any

import pytest

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import FunctionSource
from confluence_pipeline_tests.site.conftest import Caller, ada_of, bo_of
from confluence_pipeline_tests.site.rich_seed import ADA, BO, DEPTH, GONE, MANY

CROWDED = FunctionSource("confluence_pipeline_tests.site.rich_seed:crowded_seed")
EVERY_PART = "version,history,container,ancestors,extensions.inlineProperties,extensions.resolution,body.storage"


def comments_by_text(caller: Caller, text: str) -> dict[str, Any]:
    """Return the comment with a text, as v1 tells it with every part expanded."""
    found = caller.searched("type = comment", EVERY_PART)
    return next(item for item in found if text in item["body"]["storage"]["value"])


def file_named(caller: Caller, title: str) -> dict[str, Any]:
    """Return the attachment with a name, as v2 lists it."""
    return next(item for item in caller.walk("/api/v2/attachments?limit=250") if item["title"] == title)


@pytest.mark.parametrize("account", [ADA, BO])
def test_search_finds_every_comment_and_tells_where_it_stands(rich_site: SiteProcess, account: str) -> None:
    """One search gives every comment the caller may see with its thread, container, author and dates as they are."""
    caller = ada_of(rich_site) if account == ADA else bo_of(rich_site)
    truth = {row["comment_id"]: row for row in rich_site.control.truth("comments", as_account=account)}
    found = {item["id"]: item for item in caller.searched("type = comment", EVERY_PART)}
    assert found.keys() == truth.keys()
    for comment_id, item in found.items():
        row = truth[comment_id]
        above = [known["id"] for known in item["ancestors"]]
        assert (item["container"]["id"], item["container"]["type"]) == (row["content_id"], row["content_type"])
        assert above[:1] == ([row["root_comment_id"]] if row["depth"] else [])
        assert (len(above), above[-1] if above else None) == (row["depth"], row["parent_comment_id"])
        assert item["history"]["createdBy"]["accountId"] == row["author_id"]
        assert item["history"]["createdDate"] == row["created_at"]
        assert item["version"]["by"]["accountId"] == row["version_author_id"]
        assert (item["version"]["number"], item["version"]["when"]) == (row["version_number"], row["updated_at"])
        assert item["extensions"]["location"] == row["location"]
        assert item["extensions"].get("resolution", {}).get("status") == row["resolution_status"]
        assert item["body"]["storage"]["value"] == row["body_storage"]


def test_the_listings_of_the_site_hold_the_same_comments(rich_site: SiteProcess) -> None:
    """Footer and inline comments over the whole site are, replies included, those that are there."""
    ada = ada_of(rich_site)
    listed: dict[str, str] = {}
    for location in ("footer", "inline"):
        items = list(ada.walk(f"/api/v2/{location}-comments?sort=-modified-date&limit=3"))
        dates = [item["version"]["createdAt"] for item in items]
        assert dates == sorted(dates, reverse=True)
        for item in items:
            (listed[item["id"]],) = (item[name] for name in ("pageId", "blogPostId", "attachmentId") if name in item)
    truth = rich_site.control.truth("comments", as_account=ADA)
    assert listed == {row["comment_id"]: row["content_id"] for row in truth}


def test_parts_of_a_comment_come_only_when_asked_for(rich_site: SiteProcess) -> None:
    """Without ``expand`` an inline comment tells neither its selection nor whether it is resolved."""
    plain = next(
        item for item in ada_of(rich_site).searched("type = comment") if item["extensions"]["location"] == "inline"
    )
    assert plain["extensions"] == {"location": "inline", "_expandable": {"inlineProperties": "", "resolution": ""}}
    whole = comments_by_text(ada_of(rich_site), "Which?")
    assert whole["extensions"]["inlineProperties"] == {"originalSelection": "rope", "markerRef": "m-1"}
    assert whole["extensions"]["resolution"]["status"] == "resolved"


def test_an_attachments_comments_are_its_own(rich_site: SiteProcess) -> None:
    """They are listed at the attachment and not at the page, are found by container, and their replies lie below."""
    ada = ada_of(rich_site)
    file = file_named(ada, "rope.csv")
    top = list(ada.walk(f"/api/v2/attachments/{file['id']}/footer-comments?body-format=storage"))
    assert [item["body"]["storage"]["value"] for item in top] == ["<p>On the file</p>"]
    assert top[0]["attachmentId"] == file["id"]
    replies = list(ada.walk(f"/api/v2/footer-comments/{top[0]['id']}/children"))
    assert [item["parentCommentId"] for item in replies] == [top[0]["id"]]
    on_page = {item["id"] for item in ada.walk(f"/api/v2/pages/{file['pageId']}/footer-comments?limit=250")}
    assert on_page.isdisjoint({top[0]["id"], replies[0]["id"]})
    found = ada.searched(f"type = comment and container = {file['id']}")
    assert {item["id"] for item in found} == {top[0]["id"], replies[0]["id"]}


def test_a_comment_on_an_attachment_lives_as_its_attachment(own_rich_site: SiteProcess) -> None:
    """It can be written and answered; it hides when the attachment is in the trash, and is gone for good after."""
    ada, bo = ada_of(own_rich_site), bo_of(own_rich_site)
    file = file_named(ada, "empty.txt")
    written = {"attachmentId": file["id"], "body": {"representation": "storage", "value": "<p>Why empty?</p>"}}
    top = bo.ask("POST", "/api/v2/footer-comments", json=written).json()
    assert top["attachmentId"] == file["id"]
    below = {"parentCommentId": top["id"], "body": {"representation": "storage", "value": "<p>No idea</p>"}}
    reply = ada.ask("POST", "/api/v2/footer-comments", json=below).json()
    assert (reply["attachmentId"], reply["parentCommentId"]) == (file["id"], top["id"])
    known = {row["comment_id"]: row for row in own_rich_site.control.truth("comments")}
    assert (known[reply["id"]]["root_comment_id"], known[reply["id"]]["depth"]) == (top["id"], 1)
    assert ada.ask("DELETE", f"/api/v2/attachments/{file['id']}").status_code == 204
    assert ada.get(f"/api/v2/footer-comments/{top['id']}").status_code == 404
    assert not ada.searched(f"id in ({top['id']}, {reply['id']})")
    assert ada.ask("DELETE", f"/api/v2/attachments/{file['id']}?purge=true").status_code == 204
    assert not {top["id"], reply["id"]} & {row["comment_id"] for row in own_rich_site.control.truth("comments")}


def test_the_index_lags_behind_comments_and_attachments(own_rich_site: SiteProcess) -> None:
    """A new comment, on a page or a file, and a new file are listed at once and found once the index has caught up."""
    ada = ada_of(own_rich_site)
    own_rich_site.control.freeze_clock()
    own_rich_site.control.set_index_lag(60)
    file = file_named(ada, "empty.txt")
    body = {"representation": "storage", "value": "<p>n</p>"}
    on_file = ada.ask("POST", "/api/v2/footer-comments", json={"attachmentId": file["id"], "body": body}).json()["id"]
    on_page = ada.ask("POST", "/api/v2/footer-comments", json={"pageId": file["pageId"], "body": body}).json()["id"]
    new_file = ada.ask(
        "POST",
        f"/rest/api/content/{file['pageId']}/child/attachment",
        headers={"X-Atlassian-Token": "no-check"},
        files={"file": ("late.txt", b"late")},
    ).json()["results"][0]["id"]
    listed = {item["id"] for item in ada.walk("/api/v2/footer-comments?sort=-modified-date")}
    assert {on_file, on_page} <= listed
    assert new_file in {item["id"] for item in ada.walk("/api/v2/attachments?sort=-modified-date")}
    cql = f"id in ({on_file}, {on_page}, {new_file})"
    assert ada.searched(cql) == []
    own_rich_site.control.advance_clock(61)
    assert {item["id"] for item in ada.searched(cql)} == {on_file, on_page, new_file}


@pytest.mark.parametrize("account", [ADA, BO])
def test_search_tells_every_attachment_as_it_is(rich_site: SiteProcess, account: str) -> None:
    """One search gives the facts of all current and archived attachments, labels and first author included."""
    caller = ada_of(rich_site) if account == ADA else bo_of(rich_site)
    parts = "version,history,container,metadata.labels,extensions"
    found = {item["id"]: item for item in caller.searched("type = attachment", parts)}
    rows = rich_site.control.truth("attachments", as_account=account)
    truth = {row["attachment_id"]: row for row in rows if row["status"] in ("current", "archived")}
    assert found.keys() == truth.keys()
    for attachment_id, item in found.items():
        row, facts = truth[attachment_id], item["extensions"]
        assert (item["title"], item["status"]) == (row["title"], row["status"])
        assert (item["container"]["id"], item["container"]["type"]) == (row["content_id"], row["content_type"])
        assert (facts["mediaType"], facts["fileSize"], facts["fileId"]) == (
            row["media_type"],
            row["file_size"],
            row["file_id"],
        )
        assert (facts["comment"] or None) == row["comment"]
        assert (item["version"]["number"], item["version"]["when"]) == (row["version_number"], row["updated_at"])
        assert item["version"]["by"]["accountId"] == row["version_author_id"]
        assert item["history"]["createdBy"]["accountId"] == row["author_id"]
        assert item["history"]["createdDate"] == row["created_at"]
    labels = {
        (attachment_id, label["prefix"], label["name"])
        for attachment_id, item in found.items()
        for label in item["metadata"]["labels"]["results"]
    }
    told = rich_site.control.truth("labels", as_account=account)
    assert labels == {
        (row["content_id"], row["prefix"], row["name"]) for row in told if row["content_type"] == "attachment"
    }


def test_both_versions_of_the_api_name_the_same_address(rich_site: SiteProcess) -> None:
    """A comment or attachment has one ``webui`` link, whichever way it is asked for."""
    ada = ada_of(rich_site)
    found = {item["id"]: item["_links"]["webui"] for item in ada.searched("type in (comment, attachment)")}
    for path in ("footer-comments", "inline-comments", "attachments"):
        for item in ada.walk(f"/api/v2/{path}?limit=250"):
            assert item["_links"]["webui"] == found[item["id"]]


def test_a_file_has_its_earlier_versions(rich_site: SiteProcess) -> None:
    """Each version of an attachment has its author, its size and its bytes; the API may lie about a size."""
    ada = ada_of(rich_site)
    file = file_named(ada, "rope.csv")
    versions = list(ada.walk(f"/api/v2/attachments/{file['id']}/versions?sort=modified-date"))
    assert [(item["number"], item["authorId"], item["message"]) for item in versions] == [
        (1, GONE, "first"),
        (2, BO, "second"),
    ]
    at = f"/rest/api/content/{file['pageId']}/child/attachment/{file['id']}/download"
    assert ada.get(at).content == b"new,bytes"
    assert ada.get(f"{at}?version=1").content == b"old"
    liar = file_named(ada, "../../etc/passwd")
    assert liar["fileSize"] == 4_000_000_000
    assert ada.get(f"/rest/api/content/{liar['pageId']}/child/attachment/{liar['id']}/download").content == b"hello"
    empty = file_named(ada, "empty.txt")
    assert ada.get(f"/rest/api/content/{empty['pageId']}/child/attachment/{empty['id']}/download").content == b""


def test_two_thousand_comments_and_a_deep_thread_are_served_quickly() -> None:
    """A page with 2,000 comments and a thread 12 deep comes out whole within seconds."""
    with SiteProcess(CROWDED) as site:
        ada = ada_of(site)
        began = time.monotonic()
        found = ada.searched("type = comment and space = LOUD", EVERY_PART)
        assert time.monotonic() - began < 5
        assert len(found) == MANY
        assert max(len(item["ancestors"]) for item in found) == DEPTH - 1
        page = ada.id_of("Loud")
        assert len(list(ada.walk(f"/api/v2/pages/{page}/footer-comments?limit=250"))) == sum(
            not item["ancestors"] for item in found
        )


def test_an_inline_comment_dangles_once_its_text_is_gone(own_rich_site: SiteProcess) -> None:
    """An edit that takes the text away leaves a comment dangling without a version of its own; a resolved one stays."""
    ada = ada_of(own_rich_site)
    page = ada.id_of("Ropes")
    body = {"representation": "storage", "value": "<p>Take this line or that rope</p>"}
    ada.ask("PUT", f"/api/v2/pages/{page}", json=_next(ada, page, body))
    on = {"pageId": page, "body": body, "inlineCommentProperties": {"textSelection": "this line"}}
    comment = ada.ask("POST", "/api/v2/inline-comments", json=on).json()
    assert comment["resolutionStatus"] == "open"
    ada.ask("PUT", f"/api/v2/pages/{page}", json=_next(ada, page, {**body, "value": "<p>Take nothing</p>"}))
    now = ada.json(f"/api/v2/inline-comments/{comment['id']}")
    assert (now["resolutionStatus"], now["version"]["number"]) == ("dangling", 1)
    states = [item["resolutionStatus"] for item in ada.walk(f"/api/v2/pages/{page}/inline-comments")]
    assert sorted(states) == ["dangling", "dangling", "resolved"]


def _next(caller: Caller, page: str, body: dict[str, str]) -> dict[str, Any]:
    number = caller.json(f"/api/v2/pages/{page}")["version"]["number"] + 1
    return {"id": page, "status": "current", "title": "Ropes", "body": body, "version": {"number": number}}
