"""What a Data Center answers is what the truth says, in its own ids, names and addresses."""

import hashlib
import json
from collections import defaultdict
from datetime import datetime
from typing import Any

import pytest

from confluence_pipeline.site.control_client import TruthKind
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.data_center.conftest import ADA_KEY, BO_KEY, Reader, ada_of, bo_of

_PARTS = "version,history,ancestors,space,metadata.labels,body.storage,container,extensions.inlineProperties"


def rows(site: SiteProcess, kind: TruthKind, account: str | None = ADA_KEY) -> list[dict[str, Any]]:
    """Return the rows of a kind, as one account may see them."""
    return list(site.control.truth(kind, as_account=account))


def reader_of(site: SiteProcess, account: str) -> Reader:
    """Return the caller behind a user key."""
    return ada_of(site) if account == ADA_KEY else bo_of(site)


def moment(text: str) -> datetime:
    """Read a time with its offset."""
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("account", [ADA_KEY, BO_KEY])
@pytest.mark.parametrize(("kind", "table"), [("page", "pages"), ("blogpost", "blog_posts")])
def test_contents_are_those_of_the_truth(rich_center: SiteProcess, account: str, kind: str, table: TruthKind) -> None:
    """Everything that a scan tells of pages and blog posts is true, and it tells all of them, the trashed ones too."""
    base = rich_center.base_url
    listed = {
        item["id"]: (
            item["title"],
            item["status"],
            item["space"]["key"],
            item["history"]["createdBy"]["userKey"],
            moment(item["history"]["createdDate"]),
            item["version"]["number"],
            item["version"]["by"]["userKey"],
            moment(item["version"]["when"]),
            item["version"]["message"],
            hashlib.sha256(item["body"]["storage"]["value"].encode()).hexdigest(),
            [above["id"] for above in item["ancestors"]],
            base + item["_links"]["webui"],
        )
        for item in reader_of(rich_center, account).walk(f"/content/scan?type={kind}&status=any&expand={_PARTS}")
    }
    told = {
        row["content_id"]: (
            row["title"],
            row["status"],
            row["space_key"],
            row["author_id"],
            moment(row["created_at"]),
            row["version_number"],
            row["version_author_id"],
            moment(row["updated_at"]),
            row["version_message"],
            row["body_sha256"],
            row.get("ancestor_ids", []),
            row["web_url"],
        )
        for row in rows(rich_center, table, account)
    }
    assert told
    assert listed == told


def test_times_have_the_offset_of_the_server(ada: Reader) -> None:
    """A time is written in the server's zone: eleven hours ahead in a southern summer."""
    created = ada.json("/space/QUAY")["creationDate"]
    assert created == "2026-03-01T23:00:00.000+11:00"


@pytest.mark.parametrize("account", [ADA_KEY, BO_KEY])
def test_comments_are_those_of_the_truth(rich_center: SiteProcess, account: str) -> None:
    """A scan tells every comment at every depth, on files too, with where it stands and what it replies to."""
    base, reader = rich_center.base_url, reader_of(rich_center, account)
    parts = f"{_PARTS},extensions.resolution"
    listed = {}
    for item in reader.walk(f"/content/scan?type=comment&expand={parts}"):
        extensions = item["extensions"]
        listed[item["id"]] = (
            item["container"]["id"],
            item["container"]["type"],
            item["ancestors"][-1]["id"] if item["ancestors"] else None,
            "footer" if extensions["location"] == "footer" else "inline",
            extensions.get("resolution", {}).get("status"),
            extensions.get("inlineProperties", {}).get("markerRef") or None,
            item["version"]["by"]["userKey"],
            item["history"]["createdBy"]["userKey"],
            item["body"]["storage"]["value"],
            base + item["_links"]["webui"],
        )
    names = ["content_id", "content_type", "parent_comment_id", "location", "resolution_status", "inline_marker_ref"]
    names += ["version_author_id", "author_id", "body_storage", "web_url"]
    told = {row["comment_id"]: tuple(row[name] for name in names) for row in rows(rich_center, "comments", account)}
    assert listed == told


def test_comments_of_a_page_come_by_depth_and_location(ada: Reader) -> None:
    """Without a depth only tops of threads are listed; a resolved inline comment stands at ``resolved``."""
    ropes = next(item["id"] for item in ada.walk("/content?limit=50") if item["title"] == "Ropes")
    at = f"/content/{ropes}/child/comment?limit=200&expand=ancestors"
    tops, every = list(ada.walk(at)), list(ada.walk(f"{at}&depth=all"))
    assert [item["id"] for item in every if not item["ancestors"]] == [item["id"] for item in tops]
    assert len(every) > len(tops) == 4
    by_location = {
        name: [item["id"] for item in ada.walk(f"{at}&depth=all&location={name}")]
        for name in ("footer", "inline", "resolved")
    }
    assert {name: len(ids) for name, ids in by_location.items()} == {"footer": 13, "inline": 1, "resolved": 2}
    assert sorted(item["id"] for item in every) == sorted(number for ids in by_location.values() for number in ids)


def test_attachments_are_those_of_the_truth_with_their_bytes(rich_center: SiteProcess, ada: Reader) -> None:
    """Every attachment is listed at its page with facts that are true, and its link gives its bytes, and parts."""
    listed = {}
    for page in [*ada.walk("/content?status=any"), *ada.walk("/content?type=blogpost")]:
        for item in ada.walk(f"/content/{page['id']}/child/attachment?expand=version,history,metadata"):
            facts = item["extensions"]
            author, editor = item["history"]["createdBy"]["userKey"], item["version"]["by"]["userKey"]
            address = rich_center.base_url + item["_links"]["download"]
            listed[item["id"]] = (
                page["id"],
                item["title"],
                facts["mediaType"],
                facts["fileSize"],
                author,
                editor,
                address,
            )
    names = ["content_id", "title", "media_type", "file_size", "author_id", "version_author_id", "download_url"]
    told = {row["attachment_id"]: row for row in rows(rich_center, "attachments")}
    assert listed == {number: tuple(row[name] for name in names) for number, row in told.items()}
    for row in told.values():
        if row["status"] == "current":
            path = row["download_url"].removeprefix(rich_center.base_url)
            assert len(ada.ask("GET", path).content) == row["byte_count"]
            if row["byte_count"] > 3:
                part = ada.ask("GET", path, headers={"Range": "bytes=1-2"})
                assert (part.status_code, part.content) == (206, ada.ask("GET", path).content[1:3])
    newest = next(row["download_url"] for row in told.values() if row["title"] == "rope.csv")
    oldest = newest.removeprefix(rich_center.base_url).replace("version=2", "version=1")
    assert ada.ask("GET", oldest).content == b"old"


def test_a_file_is_closed_to_whom_its_page_is_closed(rich_center: SiteProcess, visitor: Reader) -> None:
    """The address of a file asks for the same rights as its page."""
    row = next(row for row in rows(rich_center, "attachments") if row["title"] == "rope.csv")
    assert visitor.ask("GET", row["download_url"].removeprefix(rich_center.base_url)).status_code == 404


def test_versions_and_properties_are_those_of_the_truth(rich_center: SiteProcess, ada: Reader) -> None:
    """Asked for one by one, as historical or in a list, the versions of a content are true; so are its properties."""
    told: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows(rich_center, "page_versions"):
        told[row["content_id"]].append(row)
    for number, versions in told.items():
        known = ada.get(f"/experimental/content/{number}/version").json()["results"]
        assert [item["number"] for item in known] == [row["version_number"] for row in versions[::-1]]
        for row in versions:
            query = f"?status=historical&version={row['version_number']}&expand=version,body.storage"
            item = ada.json(f"/content/{number}{query}")
            assert item["body"]["storage"]["value"] == row["body_storage"]
            assert item["version"]["by"]["userKey"] == row["author_id"]
            assert item["status"] == ("current" if row is versions[-1] else "historical")
    held = {
        (number, item["key"]): (item["id"], json.dumps(item["value"], sort_keys=True, ensure_ascii=False))
        for number in told
        for item in ada.walk(f"/content/{number}/property?expand=version")
    }
    assert held == {
        (row["content_id"], row["key"]): (row["property_id"], row["value"]) for row in rows(rich_center, "properties")
    }


def test_labels_are_those_of_the_truth(rich_center: SiteProcess, ada: Reader) -> None:
    """Labels of contents are listed with their ids; a space's own are expanded, and its list has those in it."""
    told: dict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for row in rows(rich_center, "labels"):
        told[row["content_id"]].add((row["label_id"], row["prefix"], row["name"]))
    spaces = ada.json("/space?expand=metadata.labels")["results"]
    listed = {str(space["id"]): space["metadata"]["labels"]["results"] for space in spaces}
    contents = [*rows(rich_center, "pages"), *rows(rich_center, "blog_posts")]
    numbers = [row["content_id"] for row in contents if row["status"] == "current"]
    numbers += [row["attachment_id"] for row in rows(rich_center, "attachments") if row["status"] == "current"]
    listed |= {number: list(ada.walk(f"/content/{number}/label")) for number in numbers}
    found = {number: {(item["id"], item["prefix"], item["name"]) for item in items} for number, items in listed.items()}
    assert {number: labels for number, labels in found.items() if labels} == dict(told)
    quay = next(str(space["id"]) for space in spaces if space["key"] == "QUAY")
    in_space = {item["id"] for item in ada.walk("/space/QUAY/labels?limit=100")}
    assert not in_space & {label_id for label_id, _, _ in told[quay]}


def test_access_is_that_of_the_truth(rich_center: SiteProcess, ada: Reader) -> None:
    """Groups, their members, restrictions and permissions of spaces are true."""
    groups = {item["name"] for item in ada.walk("/group")}
    assert groups == {row["group_id"] for row in rows(rich_center, "groups")}
    members = {(name, user["userKey"]) for name in groups for user in ada.walk(f"/group/{name}/member")}
    assert members == {(row["group_id"], row["account_id"]) for row in rows(rich_center, "group_members")}
    restricted = set()
    for item in [*ada.walk("/content"), *ada.walk("/content?type=blogpost")]:
        shown = ada.json(f"/content/{item['id']}/restriction/byOperation")
        for operation in ("read", "update"):
            named = shown[operation]["restrictions"]
            restricted |= {(item["id"], operation, "user", user["userKey"]) for user in named["user"]["results"]}
            restricted |= {(item["id"], operation, "group", group["name"]) for group in named["group"]["results"]}
    names = ["content_id", "operation", "principal_type", "principal_id"]
    assert restricted == {tuple(row[name] for name in names) for row in rows(rich_center, "restrictions")}


def test_users_are_those_of_the_truth(rich_center: SiteProcess, ada: Reader) -> None:
    """People have a key, a name to log in with, a name to show and a status; of the gone nothing is told."""
    for row in rows(rich_center, "users"):
        reply = ada.get("/api/user", params={"key": row["account_id"], "expand": "status"})
        if row["account_status"] == "unknown":
            assert reply.status_code == 404
            continue
        user = reply.json()
        assert (user["username"], user["displayName"]) == (row["username"], row["display_name"])
        assert {"current": "active", "deactivated": "inactive"}[user["status"]] == row["account_status"]
        assert (row["email"], row["time_zone"], row["public_name"]) == (None, None, None)
    assert ada.json("/user/memberof?username=bo")["size"] == 3


def test_relevant_view_restrictions_are_cumulative(small_center: SiteProcess) -> None:
    """Every restriction from the top down to a page is told, with the content that has it."""
    ada = ada_of(small_center)
    parent = next(
        item for item in ada.walk("/content?limit=50&expand=children.page") if item["children"]["page"]["size"]
    )
    child = parent["children"]["page"]["results"][0]
    for number in (parent["id"], child["id"]):
        only = [{"operation": "read", "restrictions": {"user": [{"username": "ada"}]}}]
        assert ada.ask("PUT", f"/rest/api/content/{number}/restriction", json=only).status_code == 200
    shown = ada.json(f"/content/{child['id']}/restriction/relevantViewRestrictions")["viewContentRestrictions"]
    contents = [item["_expandable"]["content"] for item in shown["results"]]
    assert contents == [f"/rest/api/content/{number}" for number in (parent["id"], child["id"])]
    assert bo_of(small_center).get(f"/api/content/{child['id']}").status_code == 404
