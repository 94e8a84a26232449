"""List, diff, fetch, verify: a space's landing follows the site."""

import time
from concurrent.futures import CancelledError, ThreadPoolExecutor
from dataclasses import replace

import pytest

from confluence_pipeline.confluence import BodyRecord, ConfluenceError, RetryPolicy, Scope
from confluence_pipeline.landing import SpaceLanding, land_spaces, land_users, sync_space
from confluence_pipeline.landing.reports import sync_report
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline_tests.laboratory import LAB_SPACES, Laboratory, reader_of
from confluence_pipeline_tests.laboratory_seed import GUEST, PERSONAL


def test_a_first_sync_lands_what_the_reader_may_see(quiet_lab: Laboratory) -> None:
    """Every space and status in scope, archived and personal ones too, and nothing hidden."""
    outcomes = quiet_lab.sync()
    assert tuple(outcomes) == LAB_SPACES
    assert all(outcome.mode == "full" and not outcome.ledger for outcome in outcomes.values())
    quiet_lab.assert_tables_tell(quiet_lab.truth())
    assert {row["status"] for row in quiet_lab.rows("pages")} == {"current", "archived"}
    assert {row["account_id"] for row in quiet_lab.rows("users")} == {"712020:boss", "712020:reader", GUEST}
    assert all(row["complete"] for row in quiet_lab.rows("sync_runs"))


def test_a_second_sync_fetches_nothing_and_changes_no_byte(quiet_lab: Laboratory) -> None:
    """No content table and no raw listing differs in a single byte, and no body is asked for."""
    quiet_lab.sync()
    before, listings = quiet_lab.digests(), quiet_lab.digests("raw")
    quiet_lab.site.control.reset_requests()
    outcomes = quiet_lab.sync()
    assert quiet_lab.digests() == before
    after = quiet_lab.digests("raw")
    assert {p: d for p, d in after.items() if "/syncs/" not in p} == {
        p: d for p, d in listings.items() if "/syncs/" not in p
    }
    asked = [request for request in quiet_lab.site.control.recent_requests() if request["path"].endswith("/pages")]
    assert not [request for request in asked if "body-format" in request["query"]]
    assert all((o.fetched, o.removed, o.unchanged) == (0, 0, o.listed) for o in outcomes.values())


def test_every_kind_of_change_shows_after_the_next_sync(lab: Laboratory) -> None:
    """Edits, renames, moves within and between spaces, labels, archiving and creation; and only edits are fetched."""
    lab.sync()
    editor = lab.editor
    editor.edit(lab.id_of("LAB page 7"), body="<p>Another text</p>")
    editor.edit(lab.id_of("LAB page 8"), title="Renamed page 8")
    editor.move(lab.id_of("LAB page 3"), lab.id_of("LAB page 2"))
    editor.move(lab.id_of("LAB page 20"), lab.id_of("ZOO page 1"))
    editor.label(lab.id_of("ZOO page 5"), "fresh")
    editor.unlabel(lab.id_of("ZOO page 2"), "alpha")
    editor.archive(lab.id_of("ZOO page 8"))
    editor.create("ZOO", "ZOO page new")
    outcomes = lab.sync()
    lab.assert_tables_tell(lab.truth())
    assert outcomes["LAB"].fetched == 2
    assert outcomes["ZOO"].fetched == 2  # the new page, and the one that moved in
    assert lab.rows("removals") == []


@pytest.mark.parametrize("key", ["LAB", "ZOO"])
def test_rows_that_did_not_change_keep_their_stamps(lab: Laboratory, key: str) -> None:
    """A change in one page leaves the run and the time of all other rows alone, in every table."""
    lab.sync()
    changed = lab.id_of(f"{key} page 7")
    lab.editor.edit(changed, body="<h2>Other</h2><p>Another text</p>")
    lab.sync()
    for table in ("pages", "blog_posts", "headings", "links", "mentions"):
        for row in lab.rows(table):
            content_id = row.get("page_id") or row.get("blog_post_id") or row.get("content_id")
            assert (row["_run_id"] == "run-2") == (content_id == changed), (table, row)


def test_a_full_sync_fetches_everything_and_changes_no_row(quiet_lab: Laboratory) -> None:
    """Bodies come again and equal ones stay as they were, in fewer files, with none left over."""
    quiet_lab.sync()
    before = quiet_lab.digests()
    outcomes = quiet_lab.sync(full=True)
    assert all(o.mode == "full" and o.fetched == o.listed == o.unchanged for o in outcomes.values())
    assert quiet_lab.digests() == before
    for key in LAB_SPACES:
        landing = SpaceLanding(quiet_lab.lake, key)
        named = {entry.body_file for entry in landing.listing().values()}
        assert named == landing.body_files()


def test_a_full_sync_notices_a_body_that_changed_without_a_version(quiet_lab: Laboratory) -> None:
    """What an incremental sync cannot see, a full one mends: here a landing that holds another body."""
    quiet_lab.sync()
    landing = SpaceLanding(quiet_lab.lake, "ZOO")
    listing = landing.listing()
    victim = next(iter(listing.values()))
    outcome = quiet_lab.sync()["ZOO"]
    wrong = landing.land_bodies([BodyRecord(victim.record, "<p>Wrong</p>")], victim.run)[0]
    wrong = replace(wrong, labels=victim.labels)
    report = sync_report(outcome, victim.run, expected={}, removals=())
    landing.commit({**listing, victim.record.content_id: wrong}, report, is_whole=True)
    quiet_lab.build()
    assert quiet_lab.contents()[victim.record.content_id]["body_storage"] == "<p>Wrong</p>"
    quiet_lab.sync()
    assert quiet_lab.contents()[victim.record.content_id]["body_storage"] == "<p>Wrong</p>"
    quiet_lab.sync(full=True)
    quiet_lab.assert_tables_tell(quiet_lab.truth())


def test_a_page_that_cannot_be_fetched_goes_to_the_ledger_and_the_rest_lands(quiet_lab: Laboratory) -> None:
    """Poisoned pages are found by halving; every other row is there, and the counts add up."""
    poisoned = {quiet_lab.id_of("LAB page 9"), quiet_lab.id_of("LAB page 17"), quiet_lab.id_of("News 2")}
    rule = FaultRule("poison", path="body-format", content_ids=[int(content_id) for content_id in poisoned])
    quiet_lab.site.control.set_faults(rule)
    outcome = quiet_lab.sync()["LAB"]
    truth = {i: row for i, row in quiet_lab.truth().items() if i not in poisoned}
    quiet_lab.assert_tables_tell(truth)
    assert {entry.content_id for entry in outcome.ledger} == poisoned
    ledger = {row["content_id"]: row for row in quiet_lab.rows("ledger")}
    assert set(ledger) == poisoned
    assert all(
        (row["reason"], row["http_status"], row["operation"]) == ("server", 500, "fetch") for row in ledger.values()
    )
    runs = {row["table"]: row for row in quiet_lab.rows("sync_runs") if row["space_key"] == "LAB"}
    assert (runs["pages"]["ledger_rows"], runs["blog_posts"]["ledger_rows"]) == (2, 1)
    counted = {name: row for name, row in runs.items() if row["expected_rows"] is not None}
    assert counted.keys() >= {"pages", "blog_posts", "comments", "attachments", "tree_nodes"}
    assert all(row["extracted_rows"] + row["ledger_rows"] == row["expected_rows"] for row in counted.values())
    quiet_lab.site.control.set_faults()
    assert not quiet_lab.sync()["LAB"].ledger
    quiet_lab.assert_tables_tell(quiet_lab.truth())


def test_an_edit_that_cannot_be_fetched_keeps_the_old_row_and_says_so(lab: Laboratory) -> None:
    """The table shows the last state that landed whole; the ledger tells that it is not the newest."""
    lab.sync()
    page = lab.id_of("LAB page 7")
    old = lab.contents()[page]
    lab.editor.edit(page, body="<p>Never seen</p>")
    lab.site.control.set_faults(FaultRule("poison", path="body-format", content_ids=[int(page)]))
    outcome = lab.sync()["LAB"]
    assert [entry.content_id for entry in outcome.ledger] == [page]
    assert lab.contents()[page] == old
    runs = {
        row["table"]: row for row in lab.rows("sync_runs") if row["_run_id"] == "run-2" and row["space_key"] == "LAB"
    }
    pages = runs["pages"]
    assert pages["complete"]
    assert (pages["expected_rows"] - pages["extracted_rows"], pages["ledger_rows"]) == (1, 1)


def test_a_body_file_that_was_lost_is_fetched_again(quiet_lab: Laboratory) -> None:
    """The same algorithm repairs a landing from which somebody deleted a file."""
    quiet_lab.sync()
    landing = SpaceLanding(quiet_lab.lake, "LAB")
    for name in landing.body_files():
        quiet_lab.lake.remove(f"{landing.folder}/bodies/{name}")
    outcome = quiet_lab.sync()["LAB"]
    assert outcome.fetched == outcome.listed
    quiet_lab.assert_tables_tell(quiet_lab.truth())
    assert landing.body_files()


def test_an_index_that_lags_hides_no_label(lab: Laboratory) -> None:
    """Labels are read from the database; contents that the search does not know yet are asked one by one."""
    lab.sync()
    lab.site.control.set_index_lag(3600)
    new = lab.editor.create("ZOO", "Not indexed yet")
    lab.editor.label(new, "fresh")
    lab.editor.label(lab.id_of("ZOO page 1"), "fresh")
    lab.sync()
    lab.assert_tables_tell(lab.truth())


def test_a_content_with_very_many_labels_has_them_all(lab: Laboratory) -> None:
    """More than one answer holds, in bulk or by itself."""
    page = lab.id_of("ZOO page 1")
    labels = [{"prefix": "global", "name": f"label-{number:03}"} for number in range(260)]
    lab.editor.ask("POST", f"/rest/api/content/{page}/label", json=labels)
    lab.sync()
    lab.assert_tables_tell(lab.truth())


def test_a_space_whose_landed_id_is_old_is_looked_up_again(lab: Laboratory) -> None:
    """A space that was deleted and made again under the same key is not mistaken for the old one."""
    lab.sync()
    run = lab.run()
    old = {row["page_id"] for row in lab.rows("pages") if row["space_key"] == "ZOO"}
    lab.editor.ask("DELETE", "/rest/api/space/ZOO")
    lab.editor.ask("POST", "/rest/api/space", json={"key": "ZOO", "name": "Zoo again"})
    outcome = sync_space(lab.client, Scope(), lab.lake, "ZOO", run)
    assert outcome.listed >= 1
    assert outcome.removed == len(old)


def test_a_space_that_is_gone_is_emptied_with_a_reason_for_each(lab: Laboratory) -> None:
    """Nothing disappears without a row in removals, nor before somebody said that it may."""
    lab.sync()
    before = {row["page_id"] for row in lab.rows("pages") if row["space_key"] == PERSONAL}
    lab.editor.ask("DELETE", f"/rest/api/space/{PERSONAL}")
    lab.sync()
    assert before <= {row["page_id"] for row in lab.rows("pages")}
    lab.sync(accept_removals=True)
    assert {row["content_id"] for row in lab.rows("removals")} == before
    assert not [row for row in lab.rows("pages") if row["space_key"] == PERSONAL]
    assert PERSONAL not in {row["space_key"] for row in lab.rows("spaces")}
    lab.assert_tables_tell(lab.truth())


def test_listings_that_cannot_be_trusted_remove_nothing(lab: Laboratory) -> None:
    """A space's sync fails as a whole where its listing repeats itself, and what landed stays."""
    lab.sync()
    before = lab.digests("raw")
    small = FaultRule("small_page", path="/spaces/.*/pages", amount=5)
    for broken in ("repeat_cursor", "expired_cursor"):
        lab.site.control.set_faults(small, FaultRule(broken, path="/spaces/.*/pages", skip=1))
        with pytest.raises(ConfluenceError, match="not complete") as caught:
            sync_space(lab.client, Scope(), lab.lake, "LAB", lab.run())
        assert caught.value.retryable
    assert lab.digests("raw") == before


@pytest.mark.parametrize("kind", ["duplicates", "small_page"])
def test_odd_pages_of_a_listing_lose_and_double_nothing(quiet_lab: Laboratory, kind: str) -> None:
    """Items that are repeated on the next page, and pages shorter than asked for, are dealt with."""
    quiet_lab.site.control.set_faults(
        FaultRule("small_page", amount=7),
        FaultRule(kind, amount=3),  # type: ignore[arg-type]
    )
    quiet_lab.sync()
    quiet_lab.assert_tables_tell(quiet_lab.truth())


def test_empty_pages_within_a_listing_are_passed_over(quiet_lab: Laboratory) -> None:
    """A page without results but with a next link does not end the listing."""
    quiet_lab.site.control.set_faults(
        FaultRule("small_page", amount=7), FaultRule("empty_page", path="cursor=", rate=0.3)
    )
    quiet_lab.sync()
    quiet_lab.assert_tables_tell(quiet_lab.truth())


def test_a_storm_of_faults_changes_nothing_but_the_cost(quiet_lab: Laboratory) -> None:
    """With one request in five failing in some way, the tables still tell the truth."""
    quiet_lab.site.control.set_faults(
        FaultRule("error", rate=0.05),
        FaultRule("rate_limited", rate=0.05, retry_after="none"),
        FaultRule("reset", rate=0.05),
        FaultRule("reset_mid_body", rate=0.05),
        FaultRule("truncated", rate=0.05),
        FaultRule("login_page", rate=0.02),
        seed=3,
    )
    patient = RetryPolicy(attempts=12, first_seconds=0.002, most_seconds=0.01)
    with reader_of(quiet_lab.site, retries=patient) as client:
        quiet_lab.client = client
        quiet_lab.sync()
        assert client.cost.retries > 0
    quiet_lab.assert_tables_tell(quiet_lab.truth())


def test_spaces_are_synced_side_by_side_on_one_client(quiet_lab: Laboratory) -> None:
    """More spaces than threads, all at once, end as they do one after another."""
    run = quiet_lab.run()
    with reader_of(quiet_lab.site, max_concurrency=2) as client, ThreadPoolExecutor(4) as threads:
        land_spaces(client, Scope(), quiet_lab.lake, run)
        syncing = [threads.submit(sync_space, client, Scope(), quiet_lab.lake, key, run) for key in LAB_SPACES]
        outcomes = [future.result(timeout=60) for future in syncing]
        land_users(client, quiet_lab.lake, run)
        assert sum(outcome.cost.requests for outcome in outcomes) < client.cost.requests
    quiet_lab.build(list(LAB_SPACES), run)
    quiet_lab.assert_tables_tell(quiet_lab.truth())
    assert quiet_lab.site.control.request_counts().peak_in_flight <= 3  # the control request is one


def test_a_client_that_is_closed_ends_the_syncs_that_use_it(quiet_lab: Laboratory) -> None:
    """At once, with an error, and with what landed before as it was."""
    quiet_lab.sync()
    before = quiet_lab.digests()
    quiet_lab.site.control.set_faults(FaultRule("rate_limited", retry_after="seconds", seconds=4))
    client = reader_of(quiet_lab.site)
    with ThreadPoolExecutor(4) as threads:
        syncing = [
            threads.submit(sync_space, client, Scope(), quiet_lab.lake, key, quiet_lab.run()) for key in LAB_SPACES
        ]
        time.sleep(0.2)
        began = time.monotonic()
        client.close()
        for future in syncing:
            with pytest.raises((RuntimeError, CancelledError)):
                future.result(timeout=5)
    assert time.monotonic() - began < 2
    quiet_lab.site.control.set_faults()
    quiet_lab.sync()
    assert quiet_lab.digests() == before


def test_a_burst_limit_slows_a_sync_and_does_not_stop_it(quiet_lab: Laboratory) -> None:
    """Eight threads meet a limit of a few requests a second; every one gets its turn."""
    quiet_lab.site.control.set_rate_limit(12, burst=4)
    try:
        with reader_of(quiet_lab.site, retries=RetryPolicy(attempts=2, first_seconds=0.01)) as client:
            quiet_lab.client = client
            quiet_lab.sync()
            cost = client.cost
    finally:
        quiet_lab.site.control.set_rate_limit(0)
    quiet_lab.assert_tables_tell(quiet_lab.truth())
    assert cost.retries > 0
    assert cost.throttled_seconds > 0.5


def test_a_deleted_account_stays_a_user_of_whom_nothing_is_known(lab: Laboratory) -> None:
    """References to it resolve."""
    lab.site.control.delete_user(GUEST)
    lab.sync()
    guest = next(row for row in lab.rows("users") if row["account_id"] == GUEST)
    assert (guest["display_name"], guest["account_status"]) == (None, "unknown")


def test_only_the_reader_logs_in(quiet_lab: Laboratory) -> None:
    """Every request carries the reader's credentials."""
    quiet_lab.sync()
    recent = quiet_lab.site.control.recent_requests()
    assert recent
    assert all(request["with_credentials"] for request in recent)
