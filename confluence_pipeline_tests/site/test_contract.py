"""Every answer fits the official response schemas."""

from collections.abc import Iterator
from typing import Any

import pytest

from confluence_pipeline.site.app import all_routes
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.shared import shared_dir
from confluence_pipeline_tests.site.conftest import RICH, Caller, ada_of
from confluence_pipeline_tests.site.specification import Specification


@pytest.fixture(scope="module")
def v2() -> Specification:
    """The v2 document."""
    return Specification(shared_dir("specs") / "confluence-cloud-v2.openapi.json", "/api/v2")


@pytest.fixture(scope="module")
def v1() -> Specification:
    """The v1 document."""
    return Specification(shared_dir("specs") / "confluence-cloud-v1.openapi.json", "")


@pytest.fixture(scope="module")
def v1_legacy() -> Specification:
    """The v1 document from before the removed reads were taken out."""
    return Specification(shared_dir("specs") / "confluence-cloud-v1.2024-10-02.legacy.openapi.json", "")


def _v2_paths(ada: Caller) -> Iterator[str]:
    space = ada.space_id("LAMP")
    page, blog = ada.id_of("Trim the wick"), ada.id_of("Storm tonight", "/api/v2/blogposts")
    for query in ("", "?limit=1", "?description-format=plain&include-icon=true", "?sort=-name&type=global"):
        yield f"/spaces{query}"
    everything = "include-operations=true&include-properties=true&include-permissions=true&include-labels=true"
    yield f"/spaces/{space}?{everything}&description-format=view"
    for part in ("pages", "blogposts", "labels", "content/labels", "permissions", "operations", "properties",
                 "role-assignments"):  # fmt: skip
        yield f"/spaces/{space}/{part}"
    yield f"/spaces/{space}/pages?depth=root&status=trashed,current&body-format=storage"
    for kind, number in (("pages", page), ("blogposts", blog)):
        yield from _content_paths(kind, number)
    yield from (
        "/labels",
        "/attachments",
        "/attachments?sort=-created-date&limit=1",
        "/tasks",
        "/tasks?body-format=storage",
    )
    yield from ("/custom-content?type=ac:app:thing", f"/spaces/{space}/custom-content?type=ac:app:thing")
    yield from ("/footer-comments?body-format=storage", "/inline-comments?body-format=atlas_doc_format")
    yield from (
        "/space-permissions",
        "/space-roles",
        "/space-role-mode",
        "/classification-levels",
        "/data-policies/metadata",
    )
    held = next(ada.walk(f"/api/v2/pages/{page}/properties"))["id"]
    yield f"/pages/{page}/properties/{held}"
    label = next(item["id"] for item in ada.walk("/api/v2/labels") if item["name"] == "guide")
    yield from (f"/labels/{label}/{kind}" for kind in ("pages", "blogposts", "attachments"))
    task = next(ada.walk("/api/v2/tasks"))["id"]
    yield f"/tasks/{task}"
    yield from _attachment_paths(next(ada.walk("/api/v2/attachments"))["id"])
    for location in ("footer", "inline"):
        yield from _comment_paths(location, next(ada.walk(f"/api/v2/{location}-comments"))["id"])
    yield from _tree_paths(ada, page)


def _content_paths(kind: str, number: str) -> Iterator[str]:
    for query in ("", "?body-format=storage&limit=1", "?body-format=atlas_doc_format&sort=-modified-date"):
        yield f"/{kind}{query}"
    flags = "&".join(f"include-{part}=true" for part in ("labels", "properties", "operations", "likes", "versions"))
    yield f"/{kind}/{number}?{flags}&include-favorited-by-current-user-status=true"
    for body_format in ("storage", "atlas_doc_format", "view", "export_view"):
        yield f"/{kind}/{number}?body-format={body_format}"
    yield f"/{kind}/{number}/custom-content?type=ac:app:thing"
    for part in ("labels", "attachments", "footer-comments", "inline-comments", "versions", "versions/1", "operations",
                 "likes/count", "likes/users", "properties"):  # fmt: skip
        yield f"/{kind}/{number}/{part}"


def _attachment_paths(number: str) -> Iterator[str]:
    flags = "&".join(f"include-{part}=true" for part in ("labels", "properties", "operations", "versions"))
    yield f"/attachments/{number}?{flags}"
    for part in ("labels", "versions", "versions/1", "operations", "properties", "footer-comments"):
        yield f"/attachments/{number}/{part}"


def _comment_paths(location: str, number: str) -> Iterator[str]:
    at = f"/{location}-comments/{number}"
    yield f"{at}?body-format=storage&include-versions=true&include-likes=true&include-operations=true"
    for part in ("children", "versions", "versions/1", "likes/count", "likes/users", "operations"):
        yield f"{at}/{part}"
    yield f"/comments/{number}/properties"


def _tree_paths(ada: Caller, page: str) -> Iterator[str]:
    home = ada.id_of("Lamps")
    for number in (home, page):
        yield from (f"/pages/{number}/{part}" for part in ("direct-children", "children", "ancestors", "descendants"))
    for item in ada.walk(f"/api/v2/pages/{home}/descendants?limit=250"):
        if item["type"] != "page":
            at = f"/{item['type']}s/{item['id']}"
            yield f"{at}?include-operations=true&include-properties=true"
            yield from (
                f"{at}/{part}" for part in ("direct-children", "ancestors", "descendants", "properties", "operations")
            )


def test_v2_answers_fit_the_specification(ada: Caller, v2: Specification) -> None:
    """Every v2 read that the site serves answers 200 with a body of the official schema."""
    problems = {}
    for path in _v2_paths(ada):
        reply = ada.get(f"/api/v2{path}")
        plain = f"/api/v2{path.partition('?')[0]}"
        found = [f"{reply.status_code}"] if reply.status_code != 200 else []
        found += v2.problems("get", plain, reply.status_code, reply.json())
        found += sorted(v2.unknown_fields(reply.json()))
        if found:
            problems[path] = found
    assert problems == {}


_NEVER_200 = {
    "/wiki/api/v2/custom-content/{id}",
    "/wiki/api/v2/attachments/{id}/thumbnail/download",
    *(f"/wiki/api/v2/{kind}s/{{id}}/classification-level" for kind in ("page", "blogpost", "whiteboard", "database")),
}
"""Reads whose answer on this site is a redirect or 404: nothing has a classification level."""


def test_no_v2_read_goes_unchecked(ada: Caller) -> None:
    """The reads that are checked against the specification are all that the site serves."""
    ada.site.control.reset_requests()
    for path in _v2_paths(ada):
        ada.get(f"/api/v2{path}")
    asked = set(ada.site.control.request_counts().requests)
    served = {
        f"GET {route.template}"
        for route in all_routes()
        if route.method == "GET" and route.template.startswith("/wiki/api/v2/") and route.template not in _NEVER_200
    }
    # Properties of every kind are answered by the same code; the small site has one, on a page.
    unchecked = {name for name in served - asked if not name.endswith("/properties/{property-id}")}
    assert unchecked == set()
    assert "GET /wiki/api/v2/pages/{id}/properties/{property-id}" in asked


def test_v2_refusals_are_specified(ada: Caller, anonymous: Caller, v2: Specification) -> None:
    """Bad parameters, missing things and missing logins are answered with statuses that are specified."""
    refused = {
        "/pages?limit=0": 400,
        "/pages?limit=251": 400,
        "/pages?body-format=view": 400,
        "/pages?sort=size": 400,
        "/pages?status=draft": 400,
        "/pages?cursor=bm9uc2Vuc2U": 400,
        "/pages/x": 400,
        "/pages/999999999": 404,
        "/spaces/999999999/pages": 404,
        "/attachments?limit=300": 400,
    }
    for path, status in refused.items():
        reply = ada.get(f"/api/v2{path}")
        assert reply.status_code == status, path
        assert v2.problems("get", f"/api/v2{path.partition('?')[0]}", status, reply.json()) == []
        assert {"status", "code", "title", "detail"} == reply.json()["errors"][0].keys()
        assert anonymous.get(f"/api/v2{path}").status_code == 401


def _body(storage: str) -> dict[str, str]:
    return {"representation": "storage", "value": storage}


def test_v2_writes_fit_the_specification(site: SiteProcess, v2: Specification) -> None:
    """What the site answers to writes by v2 has the statuses and the schemas of the specification."""
    ada = ada_of(site)
    space, page, lens = ada.space_id("LAMP"), ada.id_of("Trim the wick"), ada.id_of("Lens")
    file = next(ada.walk("/api/v2/attachments"))["id"]
    title = {"status": "current", "title": "Trim the wicks"}
    edited = {"id": page, **title, "body": _body("<p>e</p>"), "version": {"number": 3}}
    reply = {"pageId": page, "body": _body("<p>c</p>")}
    inline = {**reply, "inlineCommentProperties": {"textSelection": "e"}}
    writes: list[tuple[str, str, object]] = [
        ("post", "/pages", {"spaceId": space, "title": "New", "body": _body("<p>n</p>")}),
        ("put", f"/pages/{page}", edited),
        ("put", f"/pages/{page}/title", title),
        ("post", "/blogposts", {"spaceId": space, "title": "Post", "body": _body("<p>p</p>")}),
        ("post", "/footer-comments", reply),
        ("post", "/inline-comments", inline),
        ("post", "/footer-comments", {"attachmentId": file, "body": _body("<p>f</p>")}),
        ("post", f"/pages/{lens}/properties", {"key": "k", "value": {"a": 1}}),
        ("post", "/folders", {"spaceId": space, "title": "Box", "parentId": page}),
        ("post", "/whiteboards", {"spaceId": space, "title": "Wall", "parentId": page}),
        ("post", "/spaces", {"key": "NEW", "name": "New"}),
        ("post", "/users-bulk", {"accountIds": ["712020:bo"]}),
        ("post", "/content/convert-ids-to-types", {"contentIds": [page]}),
        ("delete", f"/pages/{lens}", None),
        ("delete", f"/pages/{lens}?purge=true", None),
    ]
    for method, path, document in writes:
        answer = ada.ask(method.upper(), f"/api/v2{path}", json=document)
        body = answer.json() if answer.content else None
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
        assert v2.problems(method, f"/api/v2{path.partition('?')[0]}", answer.status_code, body) == []


def test_v1_writes_fit_the_specification(site: SiteProcess, v1: Specification) -> None:
    """What the site answers to writes by v1 has the statuses and the schemas of the specification."""
    ada = ada_of(site)
    page, lens = ada.id_of("Trim the wick"), ada.id_of("Lens")
    only_ada = [{"operation": "read", "restrictions": {"user": [{"type": "known", "accountId": "712020:ada"}]}}]
    group = ada.json("/rest/api/group")["results"][0]["id"]
    reader, viewing = {"type": "user", "identifier": "712020:ada"}, {"key": "read", "target": "space"}
    grant = next(ada.walk(f"/api/v2/spaces/{ada.space_id('LAMP')}/permissions"))["id"]
    writes: list[tuple[str, str, dict[str, Any]]] = [
        ("post", f"/content/{page}/label", {"json": [{"prefix": "global", "name": "fresh"}]}),
        ("delete", f"/content/{page}/label/fresh", {}),
        ("put", f"/content/{page}/restriction", {"json": only_ada}),
        ("post", f"/content/{page}/restriction", {"json": only_ada}),
        ("delete", f"/content/{page}/restriction", {}),
        ("put", f"/content/{lens}/move/append/{page}", {}),
        ("post", f"/content/{page}/child/attachment", {"files": {"file": ("a.txt", b"a")}}),
        ("post", "/content/archive", {"json": {"pages": [{"id": int(lens)}]}}),
        ("post", "/group", {"json": {"name": "divers", "type": "group"}}),
        ("post", f"/group/userByGroupId?groupId={group}", {"json": {"accountId": "712020:cy"}}),
        ("delete", f"/group/userByGroupId?groupId={group}&accountId=712020:cy", {}),
        ("post", "/space/LAMP/permission", {"json": {"subject": reader, "operation": viewing}}),
        ("delete", f"/space/LAMP/permission/{grant}", {}),
        ("post", "/space", {"json": {"key": "NEW", "name": "New"}}),
        ("put", "/space/NEW", {"json": {"name": "Newer"}}),
        ("delete", "/space/NEW", {}),
    ]
    for method, path, options in writes:
        answer = ada.ask(method.upper(), f"/rest/api{path}", headers={"X-Atlassian-Token": "no-check"}, **options)
        body = answer.json() if answer.content else None
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
        assert v1.problems(method, f"/wiki/rest/api{path.partition('?')[0]}", answer.status_code, body) == []


def _rich_paths(ada: Caller) -> Iterator[str]:
    """Yield reads of what only the rich site has: comments on files, old files, grants, folders with restrictions."""
    for file in ada.walk("/api/v2/attachments"):
        yield from (f"/api/v2{path}" for path in _attachment_paths(file["id"]))
        yield f"/api/v2/attachments/{file['id']}/footer-comments?body-format=storage&sort=-modified-date"
    for location in ("footer", "inline"):
        listed = f"/api/v2/{location}-comments"
        yield f"{listed}?sort=-modified-date&limit=2"
        for comment in ada.walk(listed):
            yield from (f"/api/v2{path}" for path in _comment_paths(location, comment["id"]))
    for space in ada.walk("/api/v2/spaces"):
        at = f"/api/v2/spaces/{space['id']}"
        yield from (
            f"{at}/permissions?limit=3",
            f"{at}/operations",
            f"{at}/properties",
            f"{at}?include-permissions=true",
        )
    yield from _rich_searches()
    for node in ada.searched("type in (folder, page)"):
        at = f"/rest/api/content/{node['id']}/restriction"
        yield from (at, f"{at}/byOperation", f"{at}/byOperation/read?start=1&limit=1")


def _rich_searches() -> Iterator[str]:
    parts = [f"restrictions.{kind}.restrictions.{whom}" for kind in ("read", "update") for whom in ("user", "group")]
    parts += ["version", "history.ownedBy", "container", "ancestors", "metadata.labels", "body.storage"]
    parts += ["extensions.inlineProperties", "extensions.resolution"]
    for kind in ("page", "folder", "blogpost", "comment", "attachment"):
        yield f"/rest/api/content/search?cql=type={kind}&expand={','.join(parts)}"
        yield f"/rest/api/search?cql=type={kind}&expand={','.join(f'content.{part}' for part in parts)}"


def test_what_hangs_on_contents_fits_the_specifications(v1: Specification, v2: Specification) -> None:
    """Comments on attachments, earlier files, grants to visitors and restrictions on folders have the official form."""
    problems = {}
    with SiteProcess(RICH) as site:
        ada = ada_of(site)
        for path in _rich_paths(ada):
            reply, plain = ada.get(path), path.partition("?")[0]
            known, prefix = (v1, "/wiki") if plain.startswith("/rest/") else (v2, "")
            found = known.problems("get", prefix + plain, reply.status_code, reply.json())
            found += sorted(known.unknown_fields(reply.json())) if known is v2 else []
            if found or reply.status_code != 200:
                problems[path] = [str(reply.status_code), *found]
    assert problems == {}


def _v1_paths(ada: Caller) -> Iterator[str]:
    page = ada.id_of("Trim the wick")
    expand = (
        "space,version,history.lastUpdated,history.contributors,ancestors,body.storage,metadata.labels,container,"
        "restrictions.read.restrictions.user,children.attachment.version,children.comment,children.page"
    )
    for cql in ("type=page", "type=attachment", "type=comment", "space=LAMP and type=blogpost", "label=guide"):
        yield f"/content/search?cql={cql}"
        yield f"/content/search?cql={cql}&expand={expand}&limit=2"
        yield f"/search?cql={cql}&limit=2"
    yield from ("/search?cql=type=space", "/user/current", "/settings/systemInfo", "/group", "/group?limit=1")
    yield from ("/user?accountId=712020:bo", "/user/bulk?accountId=712020:bo&accountId=712020:ada&accountId=none")
    yield from ("/user/memberof?accountId=712020:bo", "/group/picker?query=keep", "/space/LAMP/label")
    yield from ("/search/user?cql=type=user", "/search/user?cql=user.fullname~bo&limit=1")
    group = ada.json("/rest/api/group")["results"][0]["id"]
    yield from (f"/group/by-id?id={group}", f"/group/{group}/membersByGroupId")
    for number in (page, ada.id_of("Key safe")):
        at = f"/content/{number}/restriction"
        yield from (at, f"{at}/byOperation", f"{at}/byOperation/read", f"{at}/byOperation/update")
        yield from (f"/analytics/content/{number}/views", f"/analytics/content/{number}/viewers")


def test_v1_answers_fit_the_specification(ada: Caller, v1: Specification) -> None:
    """Every v1 read that is left answers 200 with a body of the official schema."""
    problems = {}
    for path in _v1_paths(ada):
        reply = ada.get(f"/rest/api{path}")
        plain = f"/wiki/rest/api{path.partition('?')[0]}"
        found = v1.problems("get", plain, reply.status_code, reply.json())
        if found or reply.status_code != 200:
            problems[path] = [str(reply.status_code), *found]
    assert problems == {}


def test_removed_v1_reads_fit_the_old_specification(ada: Caller, v1_legacy: Specification) -> None:
    """The v1 reads that were announced as removed still answer with bodies of the schemas of their day."""
    page = ada.id_of("Trim the wick")
    paths = [
        "/content?spaceKey=LAMP&limit=2",
        "/content?expand=body.storage,version&type=blogpost",
        f"/content/{page}?expand=body.storage,version,ancestors,space",
        f"/content/{page}/child?expand=attachment",
        f"/content/{page}/child/comment",
        f"/content/{page}/child/attachment",
        f"/content/{page}/label",
        f"/content/{page}/history?expand=lastUpdated",
        f"/content/{page}/version",
        "/space?expand=description.plain,homepage",
        "/space/LAMP",
        "/space/LAMP/content/page",
    ]
    problems = {}
    for path in paths:
        reply = ada.get(f"/rest/api{path}")
        plain = f"/wiki/rest/api{path.partition('?')[0]}"
        found = v1_legacy.problems("get", plain, reply.status_code, reply.json())
        if found or reply.status_code != 200:
            problems[path] = [str(reply.status_code), *found]
    assert problems == {}
