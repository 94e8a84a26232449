"""What is gone, and why: every reason is proven by asking, and doubt removes nothing."""

import duckdb
import pytest

from confluence_pipeline.confluence import Scope
from confluence_pipeline.landing import SpaceLanding
from confluence_pipeline.landing.doubts import RemovalGuard
from confluence_pipeline.landing.removals import verify_gone
from confluence_pipeline.selections import tables_of
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import COMMENTS, PAGES
from confluence_pipeline.verdicts import Evidence, extracted_equals_expected
from confluence_pipeline.warehouse import default_warehouse_uri, open_warehouse
from confluence_pipeline_tests.laboratory import BUSY_LAB, LAB_SPACES, Editor, Laboratory, reader_of


def reasons(lab: Laboratory) -> dict[str, str]:
    """Return the reason for each content in removals, by title."""
    return {row["title"]: row["reason"] for row in lab.rows("removals")}


def test_each_reason_is_told_once_with_what_proved_it(lab: Laboratory) -> None:
    """Trashed, purged and hidden pages, and those that left for a space the reader cannot see."""
    lab.sync()
    versions = {row["title"]: row["version_number"] for row in lab.contents().values()}
    lab.editor.trash(lab.id_of("LAB page 21"))
    lab.editor.purge(lab.id_of("LAB page 22"))
    lab.editor.hide(lab.id_of("LAB page 23"))
    lab.editor.move(lab.id_of("ZOO page 8"), lab.id_of("VAULT page 0"))
    outcomes = lab.sync()
    lab.assert_tables_tell(lab.truth())
    assert reasons(lab) == {
        "LAB page 21": "trashed",
        "LAB page 22": "unknown",
        "LAB page 23": "unknown",
        "ZOO page 8": "unknown",
    }
    assert (outcomes["LAB"].removed, outcomes["ZOO"].removed) == (3, 1)
    for row in lab.rows("removals"):
        assert "asked by id" in row["evidence"]
        assert row["last_version_number"] == versions[row["title"]]
        assert row["_run_id"] == "run-2"
    lab.sync()
    assert len(lab.rows("removals")) == 4


def test_a_page_that_moves_out_of_the_scope_says_where(lab: Laboratory) -> None:
    """The account still sees it, so the evidence names the space; the same goes for a folder below it."""
    lab.editor.folder("LAB", "Drawer", lab.id_of("LAB page 23"))
    lab.sync(Scope(space_keys=("LAB",)))
    lab.editor.move(lab.id_of("LAB page 23"), lab.id_of("ZOO page 0"))
    lab.sync(Scope(space_keys=("LAB",)))
    assert reasons(lab) == dict.fromkeys(("LAB page 23", "Drawer"), "moved_out_of_scope")
    assert all("space id" in row["evidence"] for row in lab.rows("removals"))
    assert lab.rows("tree_nodes") == []


def test_a_page_that_moves_within_the_scope_is_no_removal(lab: Laboratory) -> None:
    """It is in the other space's part of the tables, once."""
    for scope in (Scope(), Scope(page_ids=(lab.id_of("LAB page 20"), lab.id_of("ZOO page 1")))):
        lab.sync(scope)
        lab.editor.move(lab.id_of("LAB page 20"), lab.id_of("ZOO page 1"))
        lab.sync(scope)
        assert "LAB page 20" not in reasons(lab)
        assert [row["space_key"] for row in lab.rows("pages") if row["title"] == "LAB page 20"] == ["ZOO"]
        lab.editor.move(lab.id_of("LAB page 20"), lab.id_of("LAB page 1"))


def test_a_page_that_returns_from_the_trash_is_there_again(lab: Laboratory) -> None:
    """A removal is history, and no verdict for ever."""
    lab.sync()
    page = lab.id_of("LAB page 21")
    lab.editor.trash(page)
    lab.sync()
    lab.editor.edit(page, body="<p>Back</p>")
    lab.sync()
    lab.assert_tables_tell(lab.truth())
    assert reasons(lab) == {"LAB page 21": "trashed"}


def test_what_the_settings_take_away_is_filtered_out_without_a_request(lab: Laboratory) -> None:
    """A narrower scope removes rows, says so, and asks nobody why; a wider one brings them back."""
    lab.sync()
    everything = lab.facts()
    page = lab.id_of("LAB page 9")
    lab.site.control.reset_requests()
    lab.sync(Scope(exclude_space_keys=("ZOO",), exclude_page_ids=(page,), exclude_labels=("beta",)))
    asked = lab.site.control.recent_requests()
    assert not [request for request in asked if request["path"].endswith("/convert-ids-to-types")]
    assert not [request for request in asked if "status=trashed" in request["query"]]
    assert set(reasons(lab).values()) == {"filtered_out"}
    assert "LAB page 9" in reasons(lab)
    assert {title for title in reasons(lab) if title.startswith("ZOO")} == {f"ZOO page {n}" for n in range(9)}
    lab.sync()
    assert lab.facts() == everything


def test_contents_that_the_site_still_has_are_never_removed(quiet_lab: Laboratory) -> None:
    """A listing that left something out loses against the answer by id; the row stays and the ledger tells."""
    quiet_lab.sync()
    landed = SpaceLanding(quiet_lab.lake, "LAB").listing()
    scopes = [
        Scope(),
        Scope(exclude_labels=("nothing",)),
        Scope(exclude_page_ids=("1",)),
        Scope(page_ids=tuple(landed)),
    ]
    for scope in scopes:
        verified = verify_gone(quiet_lab.client, scope, landed, landed=len(landed))
        assert verified.removals == ()
        assert verified.kept == set(landed)
        assert {entry.reason for entry in verified.ledger} == {"listing_short"}
        assert all(entry.retryable for entry in verified.ledger)


def test_what_a_search_does_not_find_any_more_is_filtered_out(lab: Laboratory) -> None:
    """A page that lost its label is out of a scope by label, though it is there."""
    scope = Scope(labels=("beta",))
    lab.sync(scope)
    assert "LAB page 3" in {row["title"] for row in lab.contents().values()}
    lab.editor.unlabel(lab.id_of("LAB page 3"), "beta")
    lab.sync(scope)
    assert reasons(lab) == {"LAB page 3": "filtered_out"}


def test_nothing_gone_asks_nothing(quiet_lab: Laboratory) -> None:
    """Verification costs only where something is missing."""
    before = quiet_lab.client.cost
    assert verify_gone(quiet_lab.client, Scope(), {}, landed=10).removals == ()
    assert quiet_lab.client.cost == before


def test_a_caller_who_lost_rights_sees_and_removes_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Many contents that vanish without a nameable reason stay, and the ledger says how to accept it."""
    from confluence_pipeline.lake import Lake

    with SiteProcess(BUSY_LAB) as site, reader_of(site) as client:
        lab = Laboratory(site, Lake(str(tmp_path_factory.mktemp("lake"))), client, Editor(site))
        lab.sync()
        before = lab.facts()
        site.control.set_space("LAB", viewer_users=["712020:boss"])
        outcome = lab.sync()["LAB"]
        assert outcome.removed == 0
        assert lab.facts()["pages"] == before["pages"]
        rows = [row for row in lab.rows("ledger") if row["space_key"] == "LAB"]
        contents = [row for row in rows if row["table"] in ("pages", "blog_posts")]
        assert len(contents) == len(
            [row for row in before["pages"] + before["blog_posts"] if row["space_key"] == "LAB"]
        )
        assert sorted({row["table"] for row in rows}) == sorted(lab.selection.of_spaces)
        assert {(row["reason"], row["retryable"]) for row in rows} == {("space_unseen", False)}
        assert "--accept-removals" in rows[0]["message"]
        runs = {
            row["table"]: row
            for row in lab.rows("sync_runs")
            if row["_run_id"] == "run-2" and row["space_key"] == "LAB"
        }
        assert runs["pages"]["expected_rows"] == runs["pages"]["extracted_rows"] + runs["pages"]["ledger_rows"]
        lab.sync(accept_removals=True)
        lab.assert_tables_tell(lab.truth())
        assert set(reasons(lab).values()) == {"unknown"}
        assert all(
            "asked by key and by id" in row["evidence"] for row in lab.rows("removals") if row["space_key"] == "LAB"
        )


def test_removals_carry_through_to_the_warehouse(lab: Laboratory) -> None:
    """What left the tables leaves the warehouse, where its tombstone says why and what proved it."""
    page = lab.id_of("LAB page 21")
    comment = lab.editor.comment(page)
    warehouse = open_warehouse(default_warehouse_uri(lab.lake.uri))
    lab.sync()
    warehouse.load(lab.lake, tables_of(lab.selection))
    lab.editor.trash(page)
    lab.sync()
    warehouse.load(lab.lake, tables_of(lab.selection))
    with duckdb.connect(warehouse.uri.removeprefix("duckdb://"), read_only=True) as connection:
        left = (
            "select count(*) from pages where page_id = ? union all select count(*) from comments where comment_id = ?"
        )
        assert connection.execute(left, [page, comment]).fetchall() == [(0,), (0,)]
        told = "select content_id, content_type, reason, evidence from removals order by content_type desc"
        rows = connection.execute(told).fetchall()
    assert [row[:3] for row in rows] == [(page, "page", "trashed"), (comment, "comment", "trashed")]
    assert "asked by id: status trashed" in rows[0][3]
    assert f"went with {page}" in rows[1][3]


def test_a_few_that_vanish_are_removed(lab: Laboratory) -> None:
    """Below the guard's numbers, absence that was asked for by id counts."""
    lab.sync()
    hidden = [f"LAB page {number}" for number in range(16, 24)]
    assert len(hidden) < RemovalGuard().fewest
    for title in hidden:
        lab.editor.hide(lab.id_of(title))
    lab.sync()
    lab.assert_tables_tell(lab.truth())
    assert set(hidden) <= set(reasons(lab))


def test_removals_of_all_spaces_are_logged_in_their_own_part(lab: Laboratory) -> None:
    """Each space keeps its own log, so that runs over different spaces do not meet."""
    lab.sync()
    for key in LAB_SPACES:
        lab.editor.trash(lab.id_of(f"{key} page 2"))
    lab.sync()
    assert {row["space_key"] for row in lab.rows("removals")} == set(LAB_SPACES)


PAGES_LISTED = (r"/spaces/\d+/(pages|blogposts)", "/rest/api/search")
COMMENTS_LISTED = (r"search.*type.*comment", r"/footer-comments\?limit")


def cut_short(lab: Laboratory, *paths: str) -> None:
    """Let listings and searches of the site leave out some of what they count."""
    small = [FaultRule("small_page", path=path, amount=2) for path in paths]
    lab.site.control.set_faults(*small, *(FaultRule("shift", path=path, amount=1) for path in paths))


def told_as_short(lab: Laboratory, content_id: str) -> bool:
    """Return whether the ledger says that something stays since a listing is short, and what to do."""
    (row,) = [row for row in lab.rows("ledger") if row["content_id"] == content_id]
    advised = "Run the sync again" in row["message"] and "--accept-removals" in row["message"]
    return advised and row["reason"] == "listing_short"


def test_a_listing_that_is_short_removes_only_what_the_site_says_is_gone(lab: Laboratory) -> None:
    """What is in the trash goes; what is merely not found stays, and its check fails, until a listing is whole."""
    purged, trashed = lab.id_of("LAB page 21"), lab.id_of("LAB page 22")
    lab.sync()
    lab.editor.purge(purged)
    lab.editor.trash(trashed)
    cut_short(lab, *PAGES_LISTED)
    lab.sync()
    assert {row["content_id"]: row["reason"] for row in lab.rows("removals")} == {trashed: "trashed"}
    assert purged in lab.contents()
    assert told_as_short(lab, purged)
    assert extracted_equals_expected(Evidence(lab.lake), PAGES).bad.keys() >= {"LAB"}
    lab.site.control.set_faults()
    lab.sync()
    assert {row["content_id"]: row["reason"] for row in lab.rows("removals")} == {trashed: "trashed", purged: "unknown"}
    assert extracted_equals_expected(Evidence(lab.lake), PAGES).bad == {}


def test_a_link_is_not_called_broken_where_its_target_may_be_what_is_short(lab: Laboratory) -> None:
    """A page that no listing gave may be the target; once a listing is whole, it is known that there is none."""
    nowhere = "<p><ac:link><ri:page ri:content-title='Nowhere' /></ac:link></p>"
    lab.editor.edit(lab.id_of("LAB page 5"), body=nowhere)

    def told() -> list[bool | None]:
        return [row["broken"] for row in lab.rows("links") if row["target_title"] == "Nowhere"]

    lab.sync()
    assert told() == [True]
    cut_short(lab, *PAGES_LISTED)
    lab.sync()
    assert told() == [False]
    lab.site.control.set_faults()
    lab.sync()
    assert told() == [True]


def test_comments_that_a_short_listing_lacks_stay(lab: Laboratory) -> None:
    """Though the site does not know one of them by id any more; its check fails until a listing is whole."""
    comments = [lab.editor.comment(lab.id_of("LAB page 7")) for _ in range(9)]
    lab.sync()
    lab.editor.remove_comment(comments[0])
    cut_short(lab, *COMMENTS_LISTED)
    lab.sync()
    assert lab.rows("removals") == []
    assert {row["comment_id"] for row in lab.rows("comments")} == {*comments}
    assert told_as_short(lab, comments[0])
    assert extracted_equals_expected(Evidence(lab.lake), COMMENTS).bad.keys() == {"LAB"}
    lab.site.control.set_faults()
    lab.sync()
    assert [(row["content_id"], row["reason"]) for row in lab.rows("removals")] == [(comments[0], "purged")]


def test_a_short_listing_that_is_accepted_removes(lab: Laboratory) -> None:
    """A site whose count stays wrong does not keep what is gone for ever."""
    purged = lab.id_of("LAB page 21")
    lab.sync()
    lab.editor.purge(purged)
    cut_short(lab, *PAGES_LISTED)
    lab.sync(accept_removals=True)
    assert {row["content_id"]: row["reason"] for row in lab.rows("removals")} == {purged: "unknown"}
