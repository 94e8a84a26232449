"""Changes by the API: what they change, and what they leave alone."""

import pytest

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.conftest import Caller, ada_of, bo_of


@pytest.fixture
def ada(site: SiteProcess) -> Caller:
    """The administrator, on a site of the test's own."""
    return ada_of(site)


def body(storage: str) -> dict[str, str]:
    """Return a body as v2 takes it."""
    return {"representation": "storage", "value": storage}


def edit(caller: Caller, page: str, **changes: object) -> dict[str, object]:
    """Save a page's next version with some changes, as a client does: read, then write."""
    known = caller.json(f"/api/v2/pages/{page}?body-format=storage")
    document = {
        "id": page,
        "status": "current",
        "title": known["title"],
        "body": body(known["body"]["storage"]["value"]),
        "version": {"number": known["version"]["number"] + 1, "message": "edited"},
        **changes,
    }
    reply = caller.ask("PUT", f"/api/v2/pages/{page}", json=document)
    assert reply.status_code == 200, reply.text
    saved: dict[str, object] = reply.json()
    return saved


def test_a_created_page_is_there_at_once(ada: Caller) -> None:
    """A new page is below the home page unless told otherwise, in version 1, and in the space's list."""
    space = ada.space_id("LAMP")
    made = ada.ask("POST", "/api/v2/pages", json={"spaceId": space, "title": "Oil", "body": body("<p>Oil</p>")}).json()
    assert made["parentId"] == ada.id_of("Lamps")
    assert made["version"]["number"] == 1
    assert made["authorId"] == "712020:ada"
    assert made["id"] in {page["id"] for page in ada.walk(f"/api/v2/spaces/{space}/pages")}
    root = ada.ask("POST", "/api/v2/pages?root-level=true", json={"spaceId": space, "title": "Root"}).json()
    assert root["parentId"] is None


def test_titles_are_unique_in_a_space(ada: Caller) -> None:
    """A page with a title that another page of the space has is refused; another space may have it."""

    def create(key: str) -> int:
        document = {"spaceId": ada.space_id(key), "title": "Lens"}
        return ada.ask("POST", "/api/v2/pages", json=document).status_code

    assert create("LAMP") == 400
    assert create("FOG") == 200


def test_an_edit_adds_a_version_and_a_stale_edit_is_a_conflict(ada: Caller) -> None:
    """A version follows its predecessor by one; anything else is a 409 and changes nothing."""
    page = ada.id_of("Trim the wick")
    saved = edit(ada, page, body=body("<p>New</p>"))
    assert saved["version"]["number"] == 3  # type: ignore[index]
    for number in (3, 5):
        stale = {"id": page, "status": "current", "title": "x", "body": body("x"), "version": {"number": number}}
        assert ada.ask("PUT", f"/api/v2/pages/{page}", json=stale).status_code == 409
    now = ada.json(f"/api/v2/pages/{page}?body-format=storage")
    assert now["body"]["storage"]["value"] == "<p>New</p>"
    versions = [version["number"] for version in ada.walk(f"/api/v2/pages/{page}/versions")]
    assert versions == [3, 2, 1]
    old = ada.json(f"/api/v2/pages/{page}?version=1&body-format=storage")
    assert old["body"]["storage"]["value"] == "<p>Trim it.</p>"
    assert old["status"] == "historical"


def test_only_edits_add_versions(ada: Caller) -> None:
    """Moving, relabelling, restricting, commenting, attaching and archiving leave a page's version alone."""
    page, lens = ada.id_of("Trim the wick"), ada.id_of("Lens")
    at = f"/rest/api/content/{page}"
    restriction = [{"operation": "update", "restrictions": {"user": [{"type": "known", "accountId": "712020:ada"}]}}]
    no_check = {"X-Atlassian-Token": "no-check"}
    changes = [
        ada.ask("PUT", f"/rest/api/content/{page}/move/append/{lens}"),
        ada.ask("POST", f"{at}/label", json=[{"prefix": "global", "name": "fresh"}]),
        ada.ask("PUT", f"{at}/restriction", json=restriction),
        ada.ask("POST", "/api/v2/footer-comments", json={"pageId": page, "body": body("<p>Hm</p>")}),
        ada.ask("POST", f"{at}/child/attachment", files={"file": ("a.txt", b"a")}, headers=no_check),
        ada.ask("POST", "/rest/api/content/archive", json={"pages": [{"id": int(page)}]}),
    ]  # fmt: skip
    assert [reply.status_code for reply in changes] == [200, 200, 200, 201, 200, 202]
    now = ada.json(f"/api/v2/pages/{page}?include-labels=true")
    assert now["version"]["number"] == 2
    assert (now["parentId"], now["status"]) == (lens, "archived")
    assert "fresh" in {label["name"] for label in now["labels"]["results"]}


def test_the_life_of_a_page(ada: Caller) -> None:
    """Deleted is trashed and still 200; restored is a version; purged is gone; children move up meanwhile."""
    page, child, home = ada.id_of("Key safe"), ada.id_of("Below the key safe"), ada.id_of("Lamps")
    assert ada.ask("DELETE", f"/api/v2/pages/{page}?purge=true").status_code == 400
    assert ada.ask("DELETE", f"/api/v2/pages/{page}").status_code == 204
    assert ada.json(f"/api/v2/pages/{page}")["status"] == "trashed"
    assert ada.json(f"/api/v2/pages/{child}")["parentId"] == home
    assert page not in {known["id"] for known in ada.walk("/api/v2/pages")}
    assert edit(ada, page)["status"] == "current"
    assert ada.ask("DELETE", f"/api/v2/pages/{page}").status_code == 204
    assert ada.ask("DELETE", f"/api/v2/pages/{page}?purge=true").status_code == 204
    assert ada.get(f"/api/v2/pages/{page}").status_code == 404
    types = ada.ask("POST", "/api/v2/content/convert-ids-to-types", json={"contentIds": [page, child]}).json()
    assert types["results"] == {page: None, child: "page"}


def test_a_move_takes_the_tree_along(ada: Caller) -> None:
    """A page moved to another space takes all below it there, whose parents stay the same."""
    folder, lens = ada.json("/api/v2/pages?title=Lens")["results"][0]["parentId"], ada.id_of("Lens")
    fog = ada.id_of("Fog")
    moved = ada.ask("PUT", f"/rest/api/content/{folder}/move/append/{fog}")
    assert moved.json() == {"pageId": folder}
    now = ada.json(f"/api/v2/pages/{lens}")
    assert (now["spaceId"], now["parentId"]) == (ada.space_id("FOG"), folder)
    chain = [node["id"] for node in ada.json(f"/api/v2/pages/{lens}/ancestors")["results"]]
    assert chain == [fog, folder]
    assert ada.ask("PUT", f"/rest/api/content/{fog}/move/append/{lens}").status_code == 400


def test_moving_before_and_after_orders_siblings(ada: Caller) -> None:
    """A page put before or after a sibling comes there in the children's order."""
    home, wick, safe = ada.id_of("Lamps"), ada.id_of("Trim the wick"), ada.id_of("Key safe")

    def order() -> list[str]:
        return [child["id"] for child in ada.walk(f"/api/v2/pages/{home}/direct-children")]

    assert order().index(wick) < order().index(safe)
    ada.ask("PUT", f"/rest/api/content/{wick}/move/after/{safe}")
    assert order().index(wick) == order().index(safe) + 1
    ada.ask("PUT", f"/rest/api/content/{wick}/move/before/{safe}")
    assert order().index(wick) == order().index(safe) - 1


def test_comments_come_change_and_go(ada: Caller) -> None:
    """A comment, its reply, its edit and its resolution show; a deleted one is gone with its replies."""
    page = ada.id_of("Trim the wick")
    inline = {"pageId": page, "body": body("<p>Which?</p>"), "inlineCommentProperties": {"textSelection": "light it"}}
    made = ada.ask("POST", "/api/v2/inline-comments", json=inline).json()
    assert made["properties"]["inlineOriginalSelection"] == "light it"
    reply = {"parentCommentId": made["id"], "body": body("<p>This</p>")}
    answer = ada.ask("POST", "/api/v2/inline-comments", json=reply).json()
    assert [child["id"] for child in ada.walk(f"/api/v2/inline-comments/{made['id']}/children")] == [answer["id"]]
    change = {"version": {"number": 2}, "body": body("<p>Which one?</p>"), "resolved": True}
    changed = ada.ask("PUT", f"/api/v2/inline-comments/{made['id']}", json=change).json()
    assert (changed["version"]["number"], changed["resolutionStatus"]) == (2, "resolved")
    listed = ada.walk(f"/api/v2/pages/{page}/inline-comments?resolution-status=resolved")
    assert made["id"] in {comment["id"] for comment in listed}
    assert ada.ask("DELETE", f"/api/v2/inline-comments/{made['id']}").status_code == 204
    assert ada.get(f"/api/v2/inline-comments/{answer['id']}").status_code == 404
    wrong = {**inline, "inlineCommentProperties": {"textSelection": "not there"}}
    assert ada.ask("POST", "/api/v2/inline-comments", json=wrong).status_code == 400


def test_restrictions_are_set_added_and_lifted(ada: Caller) -> None:
    """Restrictions are replaced by PUT, added to by POST, lifted by DELETE, and shut the others out at once."""
    page = ada.id_of("Lens")
    at, bo = f"/rest/api/content/{page}/restriction", bo_of(ada.site)
    only_ada = [{"operation": "read", "restrictions": {"user": [{"type": "known", "accountId": "712020:ada"}]}}]
    assert ada.ask("PUT", at, json=only_ada).status_code == 200
    assert bo.get(f"/api/v2/pages/{page}").status_code == 404
    assert ada.get(f"{at}/byOperation/read/user?accountId=712020:bo").status_code == 404
    group = next(item["id"] for item in ada.json("/rest/api/group")["results"] if item["name"] == "keepers")
    keepers = [{"operation": "read", "restrictions": {"group": [{"type": "group", "id": group}]}}]
    assert ada.ask("POST", at, json=keepers).status_code == 200
    assert bo.get(f"/api/v2/pages/{page}").status_code == 200
    held = ada.json(f"{at}/byOperation")["read"]["restrictions"]
    assert [user["accountId"] for user in held["user"]["results"]] == ["712020:ada"]
    assert [known["id"] for known in held["group"]["results"]] == [group]
    assert ada.ask("DELETE", at).status_code == 200
    assert ada.json(f"{at}/byOperation")["read"]["restrictions"]["user"]["results"] == []


def test_only_those_named_may_edit(ada: Caller) -> None:
    """Somebody who sees a page that they may not edit is refused with 403, and the page stays as it is."""
    page, bo = ada.id_of("Lamps"), bo_of(ada.site)
    ada.ask("PUT", f"/rest/api/content/{page}/restriction/byOperation/update/user?accountId=712020:ada")
    document = {"id": page, "status": "current", "title": "Mine", "body": body(""), "version": {"number": 2}}
    assert bo.ask("PUT", f"/api/v2/pages/{page}", json=document).status_code == 403
    assert bo.ask("DELETE", f"/api/v2/pages/{page}").status_code == 403
    assert bo.json(f"/api/v2/pages/{page}")["title"] == "Lamps"


def test_spaces_are_created_archived_and_deleted(ada: Caller) -> None:
    """A space has a home page from the start; archived it is listed as such; deleted it takes all along."""
    made = ada.ask("POST", "/rest/api/space", json={"key": "NEW", "name": "New"}).json()
    home = ada.json(f"/api/v2/spaces/{made['id']}")["homepageId"]
    assert ada.json(f"/api/v2/pages/{home}")["title"] == "New Home"
    assert ada.ask("PUT", "/rest/api/space/NEW", json={"status": "ARCHIVED"}).status_code == 200
    assert ada.json("/api/v2/spaces?keys=NEW")["results"][0]["status"] == "archived"
    assert ada.ask("DELETE", "/rest/api/space/NEW").status_code == 202
    assert ada.get(f"/api/v2/spaces/{made['id']}").status_code == 404
    assert ada.get(f"/api/v2/pages/{home}").status_code == 404


def test_a_page_with_comments_and_files_can_go_for_good(ada: Caller) -> None:
    """Purging a page, or deleting its space, takes its comments, their replies and its attachments along."""
    page = ada.id_of("Trim the wick")
    assert ada.ask("DELETE", f"/api/v2/pages/{page}").status_code == 204
    assert ada.ask("DELETE", f"/api/v2/pages/{page}?purge=true").status_code == 204
    left = {row["content_id"] for kind in ("comments", "attachments") for row in ada.site.control.truth(kind)}
    assert left == {ada.id_of("Key safe")}
    assert ada.ask("DELETE", "/rest/api/space/LAMP").status_code == 202
    assert [row for kind in ("comments", "attachments") for row in ada.site.control.truth(kind)] == []
    assert {space["key"] for space in ada.walk("/api/v2/spaces")} == {"FOG", "OLD", "~bo", "SAFE"}


def test_ticking_a_task_off_edits_its_page(ada: Caller) -> None:
    """A task's status is in its page's body: ticking it off makes a version, dated and signed as such."""
    task = next(task for task in ada.walk("/api/v2/tasks") if task["localId"] == "8")
    assert task["status"] == "incomplete"
    done = ada.ask("PUT", f"/api/v2/tasks/{task['id']}", json={"status": "complete"}).json()
    assert (done["status"], done["completedBy"]) == ("complete", "712020:ada")
    page = ada.json(f"/api/v2/pages/{task['pageId']}?body-format=storage")
    assert page["version"]["number"] == 2
    assert page["body"]["storage"]["value"].count("<ac:task-status>complete<") == 2


def test_bodies_over_five_megabytes_are_refused(ada: Caller) -> None:
    """A new page's body may have 5 MB and not a byte more."""

    def create(size: int) -> int:
        document = {"spaceId": ada.space_id("LAMP"), "title": f"Big {size}", "body": body("x" * size)}
        return ada.ask("POST", "/api/v2/pages", json=document).status_code

    assert create(5 * 1024 * 1024) == 200
    assert create(5 * 1024 * 1024 + 1) == 413


def test_drafts_are_their_authors(ada: Caller) -> None:
    """A draft is 404 to others; published it is version 1; a draft of a published page changes nothing else."""
    space, bo = ada.space_id("LAMP"), bo_of(ada.site)
    draft = ada.ask("POST", "/api/v2/pages", json={"spaceId": space, "title": "Plan", "status": "draft"}).json()
    assert bo.get(f"/api/v2/pages/{draft['id']}").status_code == 404
    publish = {
        "id": draft["id"],
        "status": "current",
        "title": "Plan",
        "body": body("<p>P</p>"),
        "version": {"number": 1},
    }
    assert ada.ask("PUT", f"/api/v2/pages/{draft['id']}", json=publish).json()["version"]["number"] == 1
    assert bo.json(f"/api/v2/pages/{draft['id']}")["status"] == "current"
    change = {**publish, "status": "draft", "body": body("<p>Q</p>")}
    assert ada.ask("PUT", f"/api/v2/pages/{draft['id']}", json=change).status_code == 200
    assert bo.json(f"/api/v2/pages/{draft['id']}?body-format=storage")["body"]["storage"]["value"] == "<p>P</p>"
    mine = ada.json(f"/api/v2/pages/{draft['id']}?get-draft=true&body-format=storage")
    assert mine["body"]["storage"]["value"] == "<p>Q</p>"
    assert ada.ask("DELETE", f"/api/v2/pages/{draft['id']}?draft=true").status_code == 204
    assert ada.json(f"/api/v2/pages/{draft['id']}?get-draft=true&body-format=storage")["status"] == "current"


def test_properties_have_versions(ada: Caller) -> None:
    """A property is made once per key, changed by its next version only, and deleted."""
    at = f"/api/v2/pages/{ada.id_of('Lens')}/properties"
    made = ada.ask("POST", at, json={"key": "k", "value": [1, {"a": None}]}).json()
    assert ada.ask("POST", at, json={"key": "k", "value": 2}).status_code == 400
    change = {"key": "k", "value": "v", "version": {"number": 2}}
    assert ada.ask("PUT", f"{at}/{made['id']}", json=change).json()["value"] == "v"
    assert ada.ask("PUT", f"{at}/{made['id']}", json=change).status_code == 409
    assert [held["value"] for held in ada.walk(f"{at}?key=k")] == ["v"]
    assert ada.ask("DELETE", f"{at}/{made['id']}").status_code == 204
    assert list(ada.walk(at)) == []


@pytest.mark.parametrize(
    "document",
    [b"", b"[]", b"{", b'{"spaceId": "1"}', b'{"spaceId": "x", "title": "t"}', b'{"title": "t"}'],
)
def test_malformed_writes_are_refused(ada: Caller, document: bytes) -> None:
    """A body that cannot be understood is a 400 (or a 404 for a space that is not there), never a 500."""
    reply = ada.ask("POST", "/api/v2/pages", data=document, headers={"Content-Type": "application/json"})
    assert reply.status_code in (400, 404)
    assert reply.json()["errors"][0]["title"]
