"""Changes by a Data Center's own calls, from making a page to deleting it for good."""

from typing import Any

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.data_center.conftest import BO_KEY, Reader, ada_of, bo_of


def _storage(text: str) -> dict[str, Any]:
    return {"storage": {"value": text, "representation": "storage"}}


def _created(ada: Reader, **facts: Any) -> dict[str, Any]:
    reply = ada.ask("POST", "/rest/api/content", json=facts)
    assert reply.status_code == 200, reply.text
    made: dict[str, Any] = reply.json()
    return made


def test_a_page_lives_and_dies(small_center: SiteProcess) -> None:
    """A page is made below another, edited, moved, trashed, brought back, trashed and purged."""
    ada = ada_of(small_center)
    above, aside = ada.json("/content?spaceKey=LAMP&limit=2")["results"]
    place = {"type": "page", "space": {"key": "LAMP"}, "ancestors": [{"id": above["id"]}]}
    page = _created(ada, title="Fresh", body=_storage("<p>1</p>"), **place)
    at = f"/content/{page['id']}"
    assert (page["version"]["number"], page["ancestors"][-1]["id"]) == (1, above["id"])
    change = {"type": "page", "title": "Fresher", "body": _storage("<p>2</p>"), "ancestors": [{"id": aside["id"]}]}
    stale = ada.ask("PUT", f"/rest/api{at}", json={**change, "version": {"number": 3}})
    assert stale.status_code == 409
    edited = ada.ask("PUT", f"/rest/api{at}", json={**change, "version": {"number": 2, "message": "why"}}).json()
    assert (edited["title"], edited["version"]["message"], edited["ancestors"][-1]["id"]) == (
        "Fresher",
        "why",
        aside["id"],
    )
    assert ada.json(f"{at}?status=historical&version=1&expand=body.storage")["body"]["storage"]["value"] == "<p>1</p>"
    assert ada.ask("DELETE", f"/rest/api{at}").status_code == 204
    assert ada.get(f"/api{at}").status_code == 404
    assert ada.json(f"{at}?status=any")["status"] == "trashed"
    assert page["id"] in {item["id"] for item in ada.walk("/space/LAMP/trash?limit=1")}
    back = {"id": page["id"], "status": "current", "version": {"number": 3}}
    assert ada.ask("PUT", f"/rest/api{at}", json=back).json()["status"] == "current"
    assert ada.ask("DELETE", f"/rest/api{at}?status=trashed").status_code == 400
    assert ada.ask("DELETE", f"/rest/api{at}").status_code == 204
    assert ada.ask("DELETE", f"/rest/api{at}?status=trashed").status_code == 204
    assert ada.get(f"/api{at}?status=any").status_code == 404


def test_comments_are_made_and_deleted_at_once(small_center: SiteProcess) -> None:
    """A comment stands on its container, a reply below it; with the comment its replies go for good."""
    ada = ada_of(small_center)
    page = ada.json("/content?limit=1")["results"][0]
    on_page = {"type": "comment", "container": {"id": page["id"], "type": "page"}}
    top = _created(ada, body=_storage("<p>Hm</p>"), **on_page)
    reply = _created(ada, body=_storage("<p>Ha</p>"), ancestors=[{"id": top["id"]}], **on_page)
    assert (reply["container"]["id"], reply["ancestors"][-1]["id"]) == (page["id"], top["id"])
    edit = {"type": "comment", "version": {"number": 2}, "body": _storage("<p>Hmm</p>")}
    assert ada.ask("PUT", f"/rest/api/content/{top['id']}", json=edit).json()["version"]["number"] == 2
    assert ada.ask("DELETE", f"/rest/api/content/{top['id']}").status_code == 204
    assert ada.get(f"/api/content/{reply['id']}").status_code == 404


def test_labels_files_and_restrictions_change(small_center: SiteProcess) -> None:
    """Labels come and go, a file gets a second version, and a restriction shuts others out without a new version."""
    ada = ada_of(small_center)
    page = next(item for item in ada.walk("/content?spaceKey=LAMP&limit=9") if item["title"] == "Trim the wick")
    at = f"/rest/api/content/{page['id']}"
    added = ada.ask("POST", f"{at}/label", json=[{"prefix": "global", "name": "fresh"}]).json()["results"]
    assert "fresh" in {label["name"] for label in added}
    assert ada.ask("DELETE", f"{at}/label/fresh").status_code == 204
    send = {"files": {"file": ("a.txt", b"one")}}
    assert ada.ask("POST", f"{at}/child/attachment", **send).status_code == 403
    allowed = {"headers": {"X-Atlassian-Token": "no-check"}}
    file = ada.ask("POST", f"{at}/child/attachment", **send, **allowed).json()["results"][0]
    assert ada.ask("POST", f"{at}/child/attachment", **send, **allowed).status_code == 400
    again = {"files": {"file": ("a.txt", b"three")}, **allowed}
    second = ada.ask("POST", f"{at}/child/attachment?allowDuplicated=true", **again).json()["results"][0]
    assert (second["id"], second["version"]["number"]) == (file["id"], 2)
    assert ada.ask("GET", second["_links"]["download"]).content == b"three"
    assert ada.ask("GET", file["_links"]["download"]).content == b"one"
    before = ada.json(f"/content/{page['id']}?expand=version")["version"]
    only = [{"operation": "read", "restrictions": {"user": [{"username": "ada"}], "group": []}}]
    assert ada.ask("PUT", f"{at}/restriction", json=only).status_code == 200
    assert bo_of(small_center).get(f"/api/content/{page['id']}").status_code == 404
    more = [{"operation": "read", "restrictions": {"user": [{"username": "ada"}, {"userKey": BO_KEY}]}}]
    assert ada.ask("PUT", f"{at}/restriction", json=more).status_code == 200
    assert bo_of(small_center).get(f"/api/content/{page['id']}").status_code == 200
    assert ada.json(f"/content/{page['id']}?expand=version")["version"] == before


def test_spaces_are_made_archived_and_deleted(small_center: SiteProcess) -> None:
    """A space comes with a home page; archived it is listed as such; deleted it is gone with all it held."""
    ada = ada_of(small_center)
    assert ada.ask("POST", "/rest/api/space", json={"key": "NEW", "name": "New"}).status_code == 200
    home = ada.json("/space/NEW?expand=homepage")["homepage"]["id"]
    assert ada.ask("PUT", "/rest/api/space/NEW/archive").status_code == 204
    assert "NEW" in {space["key"] for space in ada.json("/space?status=archived")["results"]}
    assert ada.json(f"/content/{home}")["status"] == "current"
    assert ada.ask("PUT", "/rest/api/space/NEW/restore").status_code == 204
    assert ada.ask("DELETE", "/rest/api/space/NEW").status_code == 202
    assert ada.get(f"/api/content/{home}?status=any").status_code == 404
