"""A Data Center with everything on it, synced, disturbed, changed and synced again: the tables are the site's truth."""

from pathlib import Path
from typing import Any

import pytest
import requests

from confluence_pipeline.confluence import ConfluenceClient, Connection
from confluence_pipeline.confluence.auth import PersonalAccessToken
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Selection
from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.endurance.comparing import Difference, differences
from confluence_pipeline_tests.laboratory import HASTE, Editor, Laboratory

NOT_TOLD = frozenset({"tasks", "likes", "views"})
"""What no call of a Data Center gives."""
SELECTION = Selection(frozenset(TABLES) - NOT_TOLD, version_bodies=True)
ONLY_THERE = {"liker", "assignee", "task_creator", "task_completer"}
"""The roles of people whom no call names in any other."""
FAULTS = (
    FaultRule("error", status=502, rate=0.04),
    FaultRule("reset", rate=0.02),
    FaultRule("reset_mid_body", rate=0.02),
    FaultRule("truncated", rate=0.02),
    FaultRule("small_page", amount=7, rate=0.2),
    FaultRule("duplicates", amount=2, rate=0.1),
)
"""What breaks or bends answers; refusals of too many requests are left out, as they rightly slow a sync down."""


def open_reader(site: SiteProcess) -> ConfluenceClient:
    """Return a client of the site's default caller."""
    return ConfluenceClient(Connection(site.base_url, PersonalAccessToken(site.personal_access_token), retries=HASTE))


def untrue(lab: Laboratory) -> list[Difference]:
    """Return what the tables and the truth differ in, apart from people whom no call names."""
    unnamed = {row["account_id"] for row in lab.site.control.truth("users") if set(row["appears_as"]) <= ONLY_THERE}
    return [found for found in differences(lab) if found.table != "users" or found.key[0] not in unnamed]


@pytest.mark.parametrize(
    ("version", "context_path"), [("8.5.4", ""), pytest.param("10.0.3", "/confluence", marks=pytest.mark.slow)]
)
def test_every_table_is_the_truth(version: str, context_path: str, tmp_path: Path) -> None:
    """In spite of faults of every kind, and after changes of every kind; what is synced again changes nothing."""
    installation = Installation(version, context_path, start_shortfall=3)
    source = GeneratedSource(40, 2, everything=True)
    with SiteProcess(source, SiteOptions(installation=installation)) as site, open_reader(site) as client:
        lab = Laboratory(site, Lake(str(tmp_path)), client, Editor(site), selection=SELECTION)
        site.control.set_faults(*FAULTS, seed=3)
        lab.sync()
        site.control.set_faults()
        lab.sync()
        assert untrue(lab) == []
        change(site, lab.rows("pages"))
        lab.sync()
        assert untrue(lab) == []
        before = lab.digests()
        lab.sync()
        assert lab.digests() == before


def change(site: SiteProcess, pages: list[dict[str, Any]]) -> None:
    """Edit, move, restrict, label, comment on, attach to, trash and delete pages that nobody is kept out of."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {site.personal_access_token}"
    session.headers["X-Atlassian-Token"] = "no-check"

    def ask(method: str, path: str, **options: Any) -> Any:
        reply = session.request(method, f"{site.base_url}/rest/api{path}", timeout=30, **options)
        assert reply.ok, f"{method} {path}: {reply.status_code} {reply.text}"
        return reply.json() if reply.content else None

    leaves = [page for page in pages if page["parent_id"] and not _is_parent(page, pages)]
    edited, moved, hidden, trashed, purged, *_ = (
        page["page_id"] for page in leaves if page["space_key"] == _first(pages)
    )
    number = ask("GET", f"/content/{edited}?expand=version")["version"]["number"]
    body = {"storage": {"value": "<p>New words</p>", "representation": "storage"}}
    ask("PUT", f"/content/{edited}", json={"title": "Edited now", "body": body, "version": {"number": number + 1}})
    number = ask("GET", f"/content/{moved}?expand=version")["version"]["number"]
    ask("PUT", f"/content/{moved}", json={"ancestors": [{"id": edited}], "version": {"number": number + 1}})
    user = {"user": [{"username": site.user_name}]}
    ask("PUT", f"/content/{hidden}/restriction", json=[{"operation": "read", "restrictions": user}])
    ask("POST", f"/content/{edited}/label", json=[{"prefix": "global", "name": "fresh"}])
    ask("POST", "/content", json={"type": "comment", "container": {"id": edited}, "body": body})
    ask("POST", f"/content/{edited}/child/attachment", files={"file": ("fresh.txt", b"fresh")})
    ask("DELETE", f"/content/{trashed}")
    ask("DELETE", f"/content/{purged}")
    ask("DELETE", f"/content/{purged}?status=trashed")


def _first(pages: list[dict[str, Any]]) -> str:
    return str(min(page["space_key"] for page in pages))


def _is_parent(page: dict[str, Any], pages: list[dict[str, Any]]) -> bool:
    return any(other["parent_id"] == page["page_id"] for other in pages)
