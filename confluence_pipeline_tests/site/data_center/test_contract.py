"""Every answer of a Data Center fits the official document of version 10.0.3."""

import re
from collections.abc import Iterator

import pytest

from confluence_pipeline.site.data_center.routes import data_center_routes
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.shared import shared_dir
from confluence_pipeline_tests.site.data_center.conftest import BO_KEY, Reader
from confluence_pipeline_tests.site.specification import Specification

_SEEN_LIVE = frozenset(
    {
        *("username", "webui", "tinyui", "edit", "download"),
        *("mediaType", "fileSize", "comment", "location", "inlineProperties", "originalSelection", "markerRef"),
        *("resolution", "lastModifier", "lastModifiedDate", "totalSize", "cqlQuery", "searchDuration"),
        *("storage", "view", "export_view", "styled_view", "editor", "anonymous_export_view", "plain"),
        *("labels", "currentuser", "properties", "frontend", "publishers", "users", "userKeys"),
        *(
            "attachment",
            "page",
            "blogpost",
            "update",
            "read",
            "relevantViewRestrictions",
            "description",
            "retentionPolicy",
        ),
    }
)
"""Fields that real installations send inside what the document calls no more than an object."""

_UNDOCUMENTED = ("/rest/experimental/", "/rest/applinks/", "/rpc/", "/download/")
_DOCUMENTED_STATUS = {"/content/{id}/child/attachment": 201}
"""Where the document names another status than a read is answered with."""

_REALLY_A_LIST = "$.data.errors:"
"""The errors of a refusal, which the document calls an object and every installation writes as a list."""


@pytest.fixture(scope="module")
def document() -> Specification:
    """The document of Data Center 10.0.3."""
    return Specification(shared_dir("specs") / "confluence-dc-10.0.3.openapi.json", "", _SEEN_LIVE)


def _paths(ada: Reader) -> Iterator[str]:
    contents = {item["title"]: item["id"] for item in ada.walk("/content?limit=100")}
    ropes, parts = contents["Ropes"], "body.storage,body.view,version,history.lastUpdated,history.contributors"
    everything = (
        f"{parts},ancestors,space.homepage,space.description.plain,space.metadata.labels,metadata.labels,"
        "restrictions.read.restrictions.user,restrictions.update.restrictions.group,"
        "relevantViewRestrictions.viewContentRestrictions.content,children.attachment,children.comment,"
        "descendants.comment,container,operations,extensions.inlineProperties,extensions.resolution,version.content"
    )
    for kind in ("page", "blogpost", "comment"):
        yield f"/content/scan?type={kind}&limit=2&expand={everything}"
    for query in ("", f"?limit=1&expand={everything}", "?type=blogpost", f"?ids={ropes}", "?status=any", "?start=99"):
        yield f"/content{query}"
    yield f"/content/search?cql=space=QUAY&expand={everything}"
    yield from ("/search?cql=type=space", f"/search?cql=space=QUAY&expand=content.space,{parts}")
    yield from _content_paths(ropes, everything)
    yield from _content_paths(contents["Shed"], everything)
    yield from _attachment_paths(ada, ropes)
    yield from ("/space", "/space?expand=homepage,description.plain,metadata.labels", "/space/QUAY")
    for part in ("content", "content/page", "content/blogpost?depth=root", "labels", "trash", "permissions",
                 "permissions/anonymous", "permissions/group/crew", f"permissions/user/{BO_KEY}",
                 "property"):  # fmt: skip
        yield f"/space/QUAY/{part}"
    yield from ("/label/labels", "/label/labels?labelName=guide&namespace=global&spaceKey=QUAY")
    yield from ("/user/current", "/user/anonymous", "/user/list?expand=status", f"/user?key={BO_KEY}")
    yield from ("/user?username=bo", "/user/memberof?username=bo", "/group", "/group/crew")
    yield from ("/group/crew/member?expand=status", "/server-information", "/accessmode")


def _content_paths(number: str, everything: str) -> Iterator[str]:
    at = f"/content/{number}"
    yield from (at, f"{at}?expand={everything}", f"{at}?version=1&status=historical&expand=body.storage,version")
    yield from (f"{at}/history", f"{at}/child", f"{at}/child?expand=page,attachment,comment", f"{at}/child/page")
    yield from (f"{at}/child/comment?expand={everything}", f"{at}/child/comment?depth=all&location=resolved")
    yield from (f"{at}/child/attachment?expand=version,container,metadata.labels", f"{at}/descendant")
    yield from (f"{at}/descendant?expand=comment", f"{at}/descendant/comment?expand=extensions.resolution")
    yield from (f"{at}/label", f"{at}/property", f"{at}/property?expand=version,content")
    for tail in ("byOperation", "byOperation/read", "byOperation/update", "relevantViewRestrictions"):
        yield f"{at}/restriction/{tail}"


def _attachment_paths(ada: Reader, ropes: str) -> Iterator[str]:
    yield f"/content/{ropes}/property/nested"
    file = next(item["id"] for item in ada.walk(f"/content/{ropes}/child/attachment") if item["title"] == "rope.csv")
    yield f"/content/{file}?expand=version,container,history,metadata.labels,extensions"
    yield from (f"/content/{file}/child/comment", f"/content/{file}/label")
    yield f"/content/{ropes}/child/attachment/{file}/extractedtext"


def test_answers_fit_the_document(ada: Reader, document: Specification) -> None:
    """Every read that the document has is answered 200 with a body of the official schema."""
    problems = {}
    for path in _paths(ada):
        reply = ada.get(f"/api{path}")
        plain = path.partition("?")[0]
        status = _DOCUMENTED_STATUS.get(re.sub(r"/content/\d+", "/content/{id}", plain), reply.status_code)
        found = [f"{reply.status_code} {reply.text[:200]}"] if reply.status_code != 200 else []
        found += document.problems("get", f"/rest/api{plain}", status, reply.json())
        found += sorted(document.unknown_fields(reply.json()))
        if found:
            problems[path] = found
    assert problems == {}


def test_no_read_goes_unchecked(ada: Reader, rich_center: SiteProcess) -> None:
    """The reads that are checked against the document are all that the site serves and the document has."""
    rich_center.control.reset_requests()
    for path in _paths(ada):
        ada.get(f"/api{path}")
    asked = set(rich_center.control.request_counts().requests)
    served = {
        f"GET {route.template}"
        for route in data_center_routes("/confluence")
        if route.method == "GET" and route.template.startswith("/confluence/rest/api/")
    }
    assert served - asked == set()


def test_refusals_fit_the_document(ada: Reader, bo: Reader, document: Specification) -> None:
    """Missing things, bad queries and missing rights are answered with statuses that the document names."""
    refused = [
        (ada, "/content/999999999", 404),
        (ada, "/content/scan?cursor=nonsense", 400),
        (ada, "/content/search?cql=nonsense", 404),
        (ada, "/content/search", 404),
        (ada, "/search?cql=nonsense", 400),
        (ada, "/space/NONE", 404),
        (ada, "/user?username=nobody", 404),
        (bo, "/group/crew/member", 403),
        (bo, "/user/list", 403),
        (bo, "/space/QUAY/trash", 403),
        (bo, "/space/QUAY/permissions", 403),
    ]
    for caller, path, status in refused:
        reply = caller.get(f"/api{path}")
        assert reply.status_code == status, path
        plain = f"/rest/api{path.partition('?')[0]}"
        problems = document.problems("get", plain, status, reply.json())
        assert [problem for problem in problems if not problem.startswith(_REALLY_A_LIST)] == []
        assert {"statusCode", "data", "message"} <= reply.json().keys()
