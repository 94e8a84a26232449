"""What a Data Center can do goes by its version."""

from typing import Any

from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline_tests.site.conftest import RICH
from confluence_pipeline_tests.site.data_center.conftest import ADA_KEY, ada_of, bo_of

_MEANT = {
    "VIEWSPACE": ("read", "space"),
    "EDITSPACE": ("create", "page"),
    "REMOVEPAGE": ("delete", "page"),
    "EDITBLOG": ("create", "blogpost"),
    "COMMENT": ("create", "comment"),
    "CREATEATTACHMENT": ("create", "attachment"),
    "SETPAGEPERMISSIONS": ("restrict_content", "space"),
}


def test_the_version_is_told_where_it_can_be(rich_center: SiteProcess, old_center: SiteProcess) -> None:
    """The manifest tells the version always, to anybody; server-information only from 9.1 on, and to users."""
    new, old = ada_of(rich_center), ada_of(old_center)
    assert new.json("/server-information")["version"] == "10.0.3"
    assert new.get("/applinks/1.0/manifest").json()["version"] == "10.0.3"
    assert old.get("/api/server-information").status_code == 404
    assert old.get("/applinks/1.0/manifest").json()["version"] == "8.5.4"


def test_scans_are_of_pages_only_before_ten(rich_center: SiteProcess, old_center: SiteProcess) -> None:
    """An old scan takes no notice of ``type`` and gives pages, a new one what was asked for."""
    path = "/content/scan?type=blogpost&limit=100"
    assert {item["type"] for item in ada_of(rich_center).walk(path)} == {"blogpost"}
    assert {item["type"] for item in ada_of(old_center).walk(path)} == {"page"}


def test_what_is_older_than_what_is_supported_lacks_more() -> None:
    """Before 7.18 there is no scan, and before 7.9 no personal access token opens the site."""
    with SiteProcess(RICH, SiteOptions(installation=Installation("7.17.0"))) as site:
        ada = ada_of(site)
        assert ada.get("/api/content/scan").status_code == 404
        assert ada.get("/api/content").status_code == 200
    with SiteProcess(RICH, SiteOptions(installation=Installation("7.4.0"))) as site:
        assert ada_of(site).get("/api/content").status_code == 401
        assert bo_of(site).get("/api/content").status_code == 200


def test_addresses_of_pages_are_of_their_time(rich_center: SiteProcess, old_center: SiteProcess) -> None:
    """A page is at its id in new versions and at its title in old ones."""
    new, old = (
        {item["title"]: item["_links"]["webui"] for item in ada_of(site).walk("/content/scan?limit=100")}
        for site in (rich_center, old_center)
    )
    number = next(row["page_id"] for row in rich_center.control.truth("pages") if row["title"] == "Old ropes")
    assert new["Old ropes"] == f"/spaces/QUAY/pages/{number}/Old+ropes"
    assert old["Old ropes"] == "/display/QUAY/Old+ropes"


def _granted(sets: list[dict[str, Any]]) -> set[tuple[str, str, str, str]]:
    granted = set()
    for one in sets:
        for held in one["spacePermissions"]:
            principal = ("role", "anonymous-users")
            if held["userName"] is not None:
                principal = ("user", held["userName"])
            elif held["groupName"] is not None:
                principal = ("group", held["groupName"])
            granted.add((*principal, *_MEANT[one["type"]]))
    return granted


def test_permissions_are_told_by_rest_or_by_json_rpc(rich_center: SiteProcess, old_center: SiteProcess) -> None:
    """From 9.1 on REST tells grants, before it JSON-RPC does, in both its forms; both tell the truth."""
    new, old = ada_of(rich_center), ada_of(old_center)
    names = {row["account_id"]: row["username"] or row["account_id"] for row in old_center.control.truth("users")}
    for key in ("QUAY", "PIER", "HULL"):
        told = {
            (
                row["principal_type"],
                names.get(row["principal_id"], row["principal_id"]),
                row["operation"],
                row["target_type"],
            )
            for row in old_center.control.truth("space_permissions")
            if row["space_key"] == key
        }
        path = "/rpc/json-rpc/confluenceservice-v2"
        plain = old.ask("POST", f"{path}/getSpacePermissionSets", json=[key]).json()
        assert _granted(plain) == told
        body = {"jsonrpc": "2.0", "id": 7, "method": "getSpacePermissionSets", "params": [key]}
        assert old.ask("POST", path, json=body).json() == {"jsonrpc": "2.0", "id": 7, "result": plain}
        assert old.get(f"/api/space/{key}/permissions").status_code == 404
        rest = new.json(f"/space/{key}/permissions")
        assert {_by_rest(item) for item in rest} == told
    assert bo_of(old_center).ask("POST", f"{path}/getSpacePermissionSets", json=["QUAY"]).status_code == 403


def _by_rest(item: dict[str, Any]) -> tuple[str, str, str, str]:
    subject = item["subject"]
    named = subject.get("username") or subject.get("name") or "anonymous-users"
    kind = {"known": "user", "group": "group", "anonymous": "role"}[subject["type"]]
    operation = item["operation"]["operationKey"]
    assert operation != "restrict_content", "which is Cloud's word"
    return kind, named, "restrict_content" if operation == "restrict" else operation, item["operation"]["targetType"]


def test_the_administrator_is_who_the_seed_says(rich_center: SiteProcess, old_center: SiteProcess) -> None:
    """The default caller is the same person in every version."""
    assert {ada_of(site).json("/user/current")["userKey"] for site in (rich_center, old_center)} == {ADA_KEY}
