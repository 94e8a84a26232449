"""The endpoints that only the local site has: the request log, the truth, the clock."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.seed import SeedComment
from confluence_pipeline_tests.site.conftest import ada_of, bo_of
from confluence_pipeline_tests.site.seeds import contents, people, small_seed


def test_requests_are_counted_by_endpoint(site: SiteProcess) -> None:
    """The log counts by template, status and bytes, and starts anew when told."""
    ada = ada_of(site)
    page = ada.id_of("Lens")
    site.control.reset_requests()
    replies = [ada.get(f"/api/v2/pages/{page}"), ada.get("/api/v2/pages/1"), ada.get("/rest/api/user/current")]
    counts = site.control.request_counts()
    assert counts.requests == {"GET /wiki/api/v2/pages/{id}": 2, "GET /wiki/rest/api/user/current": 1}
    assert counts.statuses == {"200": 2, "404": 1}
    assert counts.total == 3
    assert counts.bytes_sent == sum(int(reply.headers["Content-Length"]) for reply in replies)
    assert [request["status"] for request in site.control.recent_requests()] == [200, 404, 200]
    site.control.reset_requests()
    assert site.control.request_counts().total == 0


def test_the_log_knows_how_many_were_in_flight(site: SiteProcess) -> None:
    """The peak is the number of requests that were being answered at once."""
    site.control.set_latency(300)
    site.control.reset_requests()
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: ada_of(site).get("/api/v2/spaces"), range(6)))
    assert 3 <= site.control.request_counts().peak_in_flight <= 6


def _comments(known: Any) -> int:
    return sum(1 + _comments(comment.replies) for comment in known)


def test_the_truth_is_what_the_seed_says(shared_site: SiteProcess) -> None:
    """The truth has every page, post, node, comment, attachment, label and user of the seed, and no more."""
    control = shared_site.control
    seeded = contents()

    def of(*types: str) -> set[tuple[str, str, str, str]]:
        return {(c.title, c.space_key, c.status, c.body_storage) for c in seeded if c.node_type in types}

    def told(kind: Any) -> set[tuple[str, str, str, str]]:
        return {
            (row["title"], row["space_key"], row["status"], row.get("body_storage", "")) for row in control.truth(kind)
        }

    assert told("pages") == of("page")
    assert told("blog_posts") == of("blogpost")
    assert told("tree_nodes") == of("folder", "whiteboard", "database", "embed")
    shown = [content for content in seeded if content.status in ("current", "archived")]
    comments: list[SeedComment] = [comment for content in shown for comment in content.comments]
    assert len(list(control.truth("comments"))) == _comments(comments)
    files = {(file.filename, file.size) for content in seeded for file in content.attachments}
    assert {(row["title"], row["file_size"]) for row in control.truth("attachments")} == files
    on_contents = sum(len(content.labels) for content in seeded)
    on_files = sum(len(file.labels) for content in seeded for file in content.attachments)
    on_spaces = sum(len(space.labels) for space in small_seed().spaces)
    assert len(list(control.truth("labels"))) == on_contents + on_files + on_spaces
    assert {row["account_id"] for row in control.truth("users")} == {user.account_id for user in people()}
    assert {row["space_key"] for row in control.truth("spaces")} == {"LAMP", "FOG", "OLD", "~bo", "SAFE"}


def test_the_truth_of_one_account_leaves_out_what_is_hidden(shared_site: SiteProcess) -> None:
    """Seen by Bo there is no closed space, no restricted page, nothing below or on one, and no draft of Ada's."""
    titles = {row["title"] for row in shared_site.control.truth("pages", as_account="712020:bo")}
    everything = {row["title"] for row in shared_site.control.truth("pages")}
    assert everything - titles == {"Key safe", "Below the key safe", "Half a thought", "Safe home"}
    files = {row["title"] for row in shared_site.control.truth("attachments", as_account="712020:bo")}
    assert files == {"wick.png", "notes with space.txt"}


def test_the_clock_stops_moves_and_runs_on(site: SiteProcess) -> None:
    """A frozen clock dates changes exactly; advanced it is later; resumed it goes on from there."""
    ada = ada_of(site)
    assert site.control.freeze_clock(datetime(2030, 1, 1, tzinfo=UTC)) == "2030-01-01T00:00:00.000Z"
    document = {"spaceId": ada.space_id("LAMP"), "title": "Dated"}
    assert ada.ask("POST", "/api/v2/pages", json=document).json()["createdAt"] == "2030-01-01T00:00:00.000Z"
    assert site.control.advance_clock(90) == "2030-01-01T00:01:30.000Z"
    resumed = site.control.resume_clock()
    assert "2030-01-01T00:01:30.000Z" <= resumed < "2030-01-01T00:01:40.000Z"


def test_views_and_likes_can_be_set(site: SiteProcess) -> None:
    """What the API has no way to set shows through the API once it is set."""
    ada = ada_of(site)
    page = ada.id_of("Lens")
    site.control.set_views(page, 4, 2)
    site.control.set_likes(page, ["712020:bo"])
    assert ada.json(f"/rest/api/analytics/content/{page}/views") == {"id": int(page), "count": 4}
    assert ada.json(f"/rest/api/analytics/content/{page}/viewers")["count"] == 2
    assert ada.json(f"/api/v2/pages/{page}/likes/count") == {"count": 1}
    assert list(ada.walk(f"/api/v2/pages/{page}/likes/users")) == [{"accountId": "712020:bo"}]


def test_an_account_that_is_deleted_leaves_its_id(site: SiteProcess) -> None:
    """A deleted account is unknown to lookups and out of its groups, and its pages still name it."""
    ada = ada_of(site)
    site.control.delete_user("712020:bo")
    users = ada.ask("POST", "/api/v2/users-bulk", json={"accountIds": ["712020:bo", "712020:ada"]}).json()
    assert [user["accountId"] for user in users["results"]] == ["712020:ada"]
    assert ada.json("/api/v2/pages?title=Lens")["results"][0]["authorId"] == "712020:bo"
    assert bo_of(site).get("/api/v2/pages").status_code == 401


def test_removed_reads_can_be_switched_off(site: SiteProcess) -> None:
    """With ``always`` the reads that were announced as removed answer 410, and those that are left do not."""
    ada = ada_of(site)
    page = ada.id_of("Lens")
    removed = [f"/rest/api/content/{page}", "/rest/api/content", "/rest/api/space", f"/rest/api/content/{page}/label"]
    assert {ada.get(path).status_code for path in removed} == {200}
    site.control.set_v1_removed("always")
    for path in removed:
        reply = ada.get(path)
        assert reply.status_code == 410
        assert "GoneException: This deprecated endpoint has been removed." in reply.json()["message"]
    assert ada.get("/rest/api/search?cql=type=page").status_code == 200
    assert ada.get(f"/rest/api/content/{page}/restriction").status_code == 200


@pytest.mark.parametrize("kind", ["secrets", "pages%2F.."])
def test_there_is_truth_about_known_kinds_only(shared_site: SiteProcess, kind: str) -> None:
    """Another kind is a 404."""
    assert ada_of(shared_site).get(f"/../_site/truth/{kind}").status_code == 404
