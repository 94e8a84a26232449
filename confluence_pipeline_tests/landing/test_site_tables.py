"""Groups, members and users: one that cannot be read costs itself alone, and is told."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from confluence_pipeline.confluence import ConfluenceClient, SiteUnavailableError
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Selection, land_groups, landed_users, site_is_short
from confluence_pipeline.normalize import build_group_members, build_groups, drop_deselected_site
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import DEFAULT_TABLES, GROUP_MEMBERS, GROUPS, LEDGER, TABLES, USERS
from confluence_pipeline.tables.report import Run
from confluence_pipeline_tests.confluence.doubles import Answer, Asked, connection_to, serving
from confluence_pipeline_tests.laboratory import LAB, Editor, Laboratory, reader_of
from confluence_pipeline_tests.laboratory_seed import BOSS

PEOPLE = frozenset({"users", "groups", "group_members"})


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Laboratory]:
    """A site that the test may change, and an empty lake that takes every table."""
    with SiteProcess(LAB) as site, reader_of(site) as client:
        yield Laboratory(site, Lake(str(tmp_path / "lake")), client, Editor(site), Selection(frozenset(TABLES)))


def members(lab: Laboratory, group: str) -> set[str]:
    """Return the accounts that the table has in a group."""
    return {row["account_id"] for row in lab.rows("group_members") if row["group_name"] == group}


def restrict(lab: Laboratory, content_id: str, group_id: str, name: str) -> None:
    """Let a group and the boss alone view a page."""
    users = {"results": [{"type": "known", "accountId": BOSS}]}
    groups = {"results": [{"type": "group", "id": group_id, "name": name}]}
    rule = {"operation": "read", "restrictions": {"user": users, "group": groups}}
    lab.editor.ask("PUT", f"/rest/api/content/{content_id}/restriction", json=[rule])


def newest(lab: Laboratory, table: str) -> dict[str, Any]:
    """Return what the newest run reports of a table of the site."""
    rows = [row for row in lab.rows("sync_runs") if (row["space_key"], row["table"]) == ("_site", table)]
    return max(rows, key=lambda row: row["finished_at"])


def test_a_group_that_cannot_be_read_keeps_its_members_and_stops_no_other(lab: Laboratory) -> None:
    """Its members stay as they landed, the ledger names it, others follow the site; the next sync mends it."""
    broken = lab.site.control.set_group("keepers", ["712020:guest"])
    lab.site.control.set_group("choir", ["712020:guest"])
    lab.sync()
    lab.site.control.set_group("keepers", ["712020:reader"])
    lab.site.control.set_group("choir", ["712020:reader"])
    lab.site.control.set_faults(FaultRule("error", path=f"group/{broken}/membersByGroupId", status=500))
    lab.sync()
    assert members(lab, "keepers") == {"712020:guest"}
    assert members(lab, "choir") == {"712020:reader"}
    (row,) = lab.rows("ledger")
    assert (row["space_key"], row["table"], row["content_id"]) == ("_site", "group_members", broken)
    assert (row["http_status"], row["retryable"], row["attempts"]) == (500, True, 3)
    assert "keepers" in row["message"]
    told = newest(lab, "group_members")
    assert told["expected_rows"] == told["extracted_rows"] + told["ledger_rows"]
    assert told["ledger_rows"] == 1
    assert site_is_short(lab.lake)
    lab.site.control.set_faults()
    lab.sync()
    assert members(lab, "keepers") == {"712020:reader"}
    assert newest(lab, "group_members")["complete"]
    assert not site_is_short(lab.lake)


def verdicts(lab: Laboratory, content_id: str) -> set[str]:
    """Return the verdicts on a content for all but the boss, who may view whatever is restricted here."""
    rows = [row for row in lab.rows("effective_access") if row["content_id"] == content_id]
    return {row["verdict"] for row in rows if row["principal_id"] != BOSS}


def test_access_through_a_group_that_cannot_be_read_is_unknown(lab: Laboratory) -> None:
    """Who may view what stands under two groups is not computed from members that may be old."""
    child = lab.id_of("LAB page 1")
    for title, name in (("LAB page 1", "choir"), ("LAB page 0", "keepers")):
        restrict(lab, lab.id_of(title), lab.site.control.set_group(name, ["712020:reader"]), name)
    outer = lab.site.control.set_group("keepers", ["712020:guest", "712020:reader"])
    lab.sync()
    assert verdicts(lab, child) == {"granted"}
    lab.site.control.set_faults(FaultRule("error", path=f"group/{outer}/membersByGroupId", status=500))
    lab.sync()
    assert verdicts(lab, child) == {"unknown"}


def test_a_site_that_fails_for_every_group_keeps_what_landed(lab: Laboratory) -> None:
    """Where not one of many groups can be read it is the site: the step fails, and nothing of it changes."""
    for number in range(8):
        lab.site.control.set_group(f"group {number}", ["712020:guest"])
    lab.sync()
    before = lab.rows("group_members")
    lab.site.control.set_faults(FaultRule("error", path="membersByGroupId", status=500))
    with pytest.raises(SiteUnavailableError, match="members of every group"):
        lab.sync()
    assert lab.rows("group_members") == before


def test_members_that_the_site_counts_and_does_not_list_are_told(tmp_path: Path) -> None:
    """A group of which fewer come than the site counts is in the ledger, and its table is not complete."""

    def answer(asked: Asked) -> Answer:
        if "membersByGroupId" in asked.path:
            return Answer({"results": [{"accountId": "one"}], "start": 0, "limit": 200, "size": 1, "totalSize": 3})
        group = {"id": "g1", "name": "keepers"}
        return Answer({"results": [group], "start": 0, "limit": 200, "size": 1, "totalSize": 1})

    lake, run = Lake(str(tmp_path)), Run("run-1", datetime.now(UTC))
    with serving(answer) as server, ConfluenceClient(connection_to(server.url)) as client:
        land_groups(client, lake, run)
    groups, members = build_groups(lake, run), build_group_members(lake, run)
    assert (groups.expected_rows, groups.extracted_rows, groups.complete) == (1, 1, True)
    assert (members.expected_rows, members.extracted_rows, members.complete) == (3, 1, False)
    (row,) = lake.table(LEDGER).to_pylist()
    assert (row["content_id"], row["reason"]) == ("g1", "listing_short")
    assert row["message"].startswith("the members of the group 'keepers' (g1): 2 more")


def test_accounts_whose_batch_fails_are_asked_for_in_halves(lab: Laboratory) -> None:
    """An answer that fails is asked for again in smaller parts, so that nobody is missed for another's sake."""
    lab.sync()
    before = lab.facts()["users"]
    lab.site.control.set_faults(FaultRule("error", path="users-bulk", status=500, count=2))
    lab.sync()
    assert lab.facts()["users"] == before
    assert newest(lab, "users")["complete"]
    assert newest(lab, "users")["expected_rows"] == len(before)


def test_tables_of_people_that_are_not_chosen_any_more_leave_the_lake(lab: Laboratory) -> None:
    """Their files go and sync_runs says so once; users stay landed, for names in bodies; chosen again all is back."""
    lab.sync()
    everything = {name: lab.facts()[name] for name in PEOPLE}
    lab.selection = Selection(DEFAULT_TABLES - PEOPLE)
    told = drop_deselected_site(lab.lake, lab.run(), lab.selection.tables)
    assert {report.table: report.removed for report in told} == {name: len(rows) for name, rows in everything.items()}
    assert [lab.lake.parts(table) for table in (USERS, GROUPS, GROUP_MEMBERS)] == [{}, {}, {}]
    assert drop_deselected_site(lab.lake, lab.run(), lab.selection.tables) == []
    logged = [row for row in lab.rows("sync_runs") if row["mode"] == "deselected"]
    assert {row["table"] for row in logged} == PEOPLE
    assert landed_users(lab.lake)
    lab.selection = Selection(frozenset(TABLES))
    lab.sync()
    assert {name: lab.facts()[name] for name in PEOPLE} == everything


def test_members_go_without_their_groups(lab: Laboratory) -> None:
    """A choice of groups without members keeps the groups."""
    lab.sync()
    groups = lab.rows("groups")
    lab.selection = replace(lab.selection, tables=frozenset(TABLES) - {"group_members"})
    drop_deselected_site(lab.lake, lab.run(), lab.selection.tables)
    assert lab.rows("groups") == groups
    assert lab.rows("group_members") == []
