"""Lost rights, half-synced moves and vanished spaces remove nothing until somebody says so."""

import pytest

from confluence_pipeline.confluence import Scope
from confluence_pipeline.landing import (
    RecentItems,
    RemovalGuard,
    SpaceLanding,
    land_spaces,
    open_entries,
    settle_moves,
    sync_space,
)
from confluence_pipeline.tables import PAGES
from confluence_pipeline.verdicts import Evidence, extracted_equals_expected
from confluence_pipeline_tests.laboratory import Laboratory


def restrict(lab: Laboratory, title: str, group: str, *accounts: str) -> str:
    """Let a group and the boss alone view a page; return its id."""
    page = lab.id_of(title)
    named = lab.site.control.set_group(group, list(accounts))
    user = {"results": [{"type": "known", "accountId": "712020:boss"}]}
    groups = {"results": [{"type": "group", "id": named, "name": group}]}
    lab.editor.ask(
        "PUT",
        f"/rest/api/content/{page}/restriction",
        json=[{"operation": "read", "restrictions": {"user": user, "group": groups}}],
    )
    return page


def reasons(lab: Laboratory) -> dict[str, str]:
    """Return the reason for each removal, by title."""
    return {row["title"]: row["reason"] for row in lab.rows("removals")}


def kept(lab: Laboratory) -> dict[str, object]:
    """Return the rows of what must not go while it is not known why it cannot be seen."""
    facts = lab.facts()
    return {name: facts[name] for name in ("pages", "blog_posts", "comments", "labels", "restrictions", "tasks")}


def incomplete(lab: Laboratory, key: str) -> list[str]:
    """Return the tables of which the newest sync of a space does not know everything."""
    return list((SpaceLanding(lab.lake, key).newest_sync() or {})["incomplete"])


def test_a_caller_who_left_a_group_removes_nothing_until_it_is_accepted(lab: Laboratory) -> None:
    """One hidden page is enough where the account's groups have changed; accepted, the reason is proven."""
    page = restrict(lab, "LAB page 20", "keepers", "712020:reader")
    lab.editor.comment(page)
    lab.sync()
    before = kept(lab)
    lab.site.control.set_group("keepers", ["712020:guest"])
    lab.sync()
    assert kept(lab) == before
    assert incomplete(lab, "LAB") == ["blog_posts", "pages"]
    (row,) = lab.rows("ledger")
    assert (row["content_id"], row["reason"], row["retryable"]) == (page, "rights_changed", False)
    assert "--accept-removals" in row["message"]
    assert "left the group" in row["message"]
    lab.sync()
    assert kept(lab) == before, "what was refused once is refused until somebody decides"
    lab.sync(accept_removals=True)
    lab.assert_tables_tell(lab.truth())
    assert reasons(lab)["LAB page 20"] == "access_lost"
    (removal,) = [row for row in lab.rows("removals") if row["content_id"] == page]
    assert "could be viewed by" in removal["evidence"]
    lab.sync()
    assert incomplete(lab, "LAB") == []


def test_a_group_that_opens_nothing_may_be_left(lab: Laboratory) -> None:
    """Where no grant and no restriction of the space names the group, a purged page is removed as ever."""
    lab.site.control.set_group("choir", ["712020:reader"])
    lab.sync()
    lab.site.control.set_group("choir", [])
    lab.editor.purge(lab.id_of("LAB page 20"))
    lab.sync()
    assert reasons(lab) == {"LAB page 20": "unknown"}


def test_what_stands_on_contents_that_stay_stays_too(lab: Laboratory) -> None:
    """Comments, files and folders of a space that went out of sight are as they were."""
    page = lab.id_of("ZOO page 3")
    lab.editor.comment(page)
    lab.editor.attach(page, "owl.txt", b"owl")
    lab.editor.folder("ZOO", "Cages", lab.id_of("ZOO page 1"))
    lab.sync()
    before = {table: rows for table, rows in lab.facts().items() if table not in ("spaces", "labels")}
    lab.site.control.set_space("ZOO", viewer_users=["712020:boss"])
    guard = RemovalGuard(most_share=0.2, fewest=5)
    lab.sync(guard=guard)
    after = lab.facts()
    for table in ("pages", "comments", "attachments", "tree_nodes", "space_permissions", "restrictions", "tasks"):
        assert after[table] == before[table], table
    lab.sync(guard=guard, accept_removals=True)
    lab.assert_tables_tell(lab.truth())


def test_a_small_space_that_is_still_there_is_not_emptied(lab: Laboratory) -> None:
    """All that a space had cannot well be gone while the space is there, however little it was.

    Accepted, the space keeps its own labels, as it is there.
    """
    lab.editor.ask("POST", "/rest/api/space/ZOO/label", json=[{"prefix": "team", "name": "owls"}])
    lab.sync()
    lab.editor.hide(lab.id_of("ZOO page 0"))  # and so everything below it
    outcome = lab.sync()["ZOO"]
    assert outcome.removed == 0
    assert {entry.reason for entry in outcome.ledger} == {"mass_removal"}
    lab.sync(accept_removals=True)
    lab.assert_tables_tell(lab.truth())
    assert [(row["content_type"], row["name"]) for row in lab.rows("labels") if row["space_key"] == "ZOO"] == [
        ("space", "owls")
    ]


def test_a_small_space_out_of_sight_stays_until_it_is_accepted(lab: Laboratory) -> None:
    """However few contents it had, the answer for a deleted space is that for a hidden one: its check says so."""
    lab.sync()
    before = kept(lab)
    lab.site.control.set_space("ZOO", viewer_users=["712020:boss"])
    outcome = lab.sync()["ZOO"]
    assert (outcome.removed, {entry.reason for entry in outcome.ledger}) == (0, {"space_unseen"})
    assert {table: rows for table, rows in kept(lab).items() if table != "labels"} == {
        table: rows for table, rows in before.items() if table != "labels"
    }
    verdict = extracted_equals_expected(Evidence(lab.lake), PAGES)
    assert (verdict.is_error, set(verdict.bad)) == (True, {"ZOO"})
    assert "--accept-removals" in verdict.examples[0]
    assert "by id" in verdict.examples[0]
    lab.retry()
    assert {entry.reason for entry in open_entries(lab.lake, "ZOO")} == {"space_unseen"}, "no retry can settle it"
    lab.sync(accept_removals=True)
    lab.assert_tables_tell(lab.truth())
    told = [row for row in lab.rows("removals") if row["content_type"] in ("page", "blogpost")]
    assert {row["reason"] for row in told} == {"unknown"}
    assert all("asked by key and by id" in row["evidence"] for row in told)
    lab.sync()
    assert open_entries(lab.lake, "ZOO") == []


def test_a_space_that_only_others_could_view_is_lost_by_proof(lab: Laboratory) -> None:
    """Where the grants as they landed name the account no more, accepted removals say access_lost, and by what."""
    lab.site.control.set_group("keepers", ["712020:reader"])
    lab.site.control.set_space("ZOO", viewer_groups=["keepers"], viewer_users=["712020:boss"])
    lab.sync()
    lab.site.control.set_group("keepers", ["712020:guest"])
    assert {entry.reason for entry in lab.sync()["ZOO"].ledger} == {"rights_changed"}
    lab.sync(accept_removals=True)
    told = [row for row in lab.rows("removals") if row["content_type"] == "page" and row["space_key"] == "ZOO"]
    assert {row["reason"] for row in told} == {"access_lost"}
    assert "the space could be viewed by group" in told[0]["evidence"]


@pytest.mark.parametrize(("fewest", "share", "removed"), [(3, 0.1, 0), (4, 0.1, 3), (3, 0.5, 3)])
def test_the_guard_is_what_it_is_set_to(lab: Laboratory, fewest: int, share: float, removed: int) -> None:
    """Three of nine are too many if three are and if a tenth is; not if it takes four, or half."""
    lab.sync()
    lab.editor.hide(lab.id_of("ZOO page 6"))
    lab.editor.purge(lab.id_of("ZOO page 7"))
    lab.editor.trash(lab.id_of("ZOO page 8"))
    assert lab.sync(guard=RemovalGuard(share, fewest))["ZOO"].removed == removed


def test_too_much_at_once_stays_whatever_the_site_says_became_of_it(lab: Laboratory) -> None:
    """Pages in the trash count as others do, with all that is on them; what moved or was excluded does not."""
    guard = RemovalGuard(most_share=0.1, fewest=3)
    trashed = [lab.id_of(f"ZOO page {number}") for number in (6, 7, 8)]
    excluded, moved = lab.id_of("ZOO page 5"), lab.id_of("ZOO page 4")
    comment = lab.editor.comment(trashed[2])
    lab.sync()
    lab.editor.trash(trashed[0])
    lab.editor.trash(trashed[1])
    lab.editor.move(moved, lab.id_of("LAB page 1"))
    outcome = lab.sync(Scope(exclude_page_ids=(excluded,)), guard=guard)["ZOO"]
    assert (outcome.removed, outcome.ledger) == (3, ())
    others = [lab.id_of("ZOO page 2"), lab.id_of("ZOO page 3")]
    for page in (trashed[2], *others):
        lab.editor.trash(page)
    outcome = lab.sync(Scope(exclude_page_ids=(excluded,)), guard=guard)["ZOO"]
    assert (outcome.removed, {entry.reason for entry in outcome.ledger}) == (0, {"mass_removal"})
    assert "3 trashed" in outcome.ledger[0].message
    assert "--accept-removals" in outcome.ledger[0].message
    assert {trashed[2], *others} <= lab.contents().keys()
    assert comment in {row["comment_id"] for row in lab.rows("comments")}
    lab.sync(Scope(exclude_page_ids=(excluded,)), guard=guard, accept_removals=True)
    told = {row["content_id"]: row["reason"] for row in lab.rows("removals")}
    expected = dict.fromkeys((*trashed, *others), "trashed") | {excluded: "filtered_out"}
    assert {i: reason for i, reason in told.items() if i in expected} == expected
    assert told[comment] == "trashed"


@pytest.mark.parametrize("alone", [True, False])
def test_a_page_that_moved_is_never_in_no_space_and_never_in_two(lab: Laboratory, *, alone: bool) -> None:
    """Whichever of the two spaces is synced first, a page, its comment and, if it moves too, its folder are in one."""
    folder = lab.editor.folder("LAB", "Drawer", lab.id_of("LAB page 1"))
    page = lab.editor.create("LAB", "LAB filed", parent_id=folder)
    comment = lab.editor.comment(page)
    lab.sync()
    for target, order in (
        ("ZOO page 1", ("LAB", "ZOO")),
        ("LAB page 1", ("LAB", "ZOO")),
        ("ZOO page 1", ("ZOO", "LAB")),
    ):
        lab.editor.move(page if alone else folder, lab.id_of(target))
        for key in order:
            run = lab.run()
            land_spaces(lab.client, Scope(), lab.lake, run)
            sync_space(lab.client, Scope(), lab.lake, key, run, recent=RecentItems(lab.client))
            lab.build([*{key, *settle_moves(lab.lake)}])
            assert [row["page_id"] for row in lab.rows("pages")].count(page) == 1
            assert [row["comment_id"] for row in lab.rows("comments")] == [comment]
            assert [row["node_id"] for row in lab.rows("tree_nodes")] == [folder]
        key = target.partition(" ")[0]
        assert lab.contents()[page]["space_key"] == key
        assert [row["space_key"] for row in lab.rows("tree_nodes")] == ["LAB" if alone else key]
        assert all(report.complete for report in lab.build()["LAB"].values())
    assert lab.rows("removals") == []


def test_a_search_that_was_cut_short_filters_nothing_out(lab: Laboratory) -> None:
    """A scope by label asks for each missing page by itself before it says that the page has lost the label."""
    scope = Scope(labels=("beta",))
    lab.sync(scope)
    before = lab.contents().keys()
    lab.editor.unlabel(lab.id_of("LAB page 3"), "beta")
    lab.editor.trash(lab.id_of("LAB page 9"))
    lab.sync(scope)
    assert reasons(lab) == {"LAB page 3": "filtered_out", "LAB page 9": "trashed"}
    assert len(lab.contents()) == len(before) - 2
