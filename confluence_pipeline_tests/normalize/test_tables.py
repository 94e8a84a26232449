"""From the landing to the tables: what is rebuilt, what stays, and what is told."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from confluence_pipeline.confluence import Scope
from confluence_pipeline.lake import FileSizes, Lake, LakeError
from confluence_pipeline.landing import SpaceLanding, land_failure, landed_spaces, sync_space
from confluence_pipeline.normalize import build_space_tables, build_spaces
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import TABLES, Table
from confluence_pipeline_tests.laboratory import BUSY_LAB, CONTENT_TABLES, LAB, Editor, Laboratory, reader_of
from confluence_pipeline_tests.laboratory_seed import GUEST

Row = dict[str, Any]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Laboratory]:
    """A site that the test may change, and an empty lake."""
    with SiteProcess(LAB) as site, reader_of(site) as client:
        yield Laboratory(site, Lake(str(tmp_path / "lake")), client, Editor(site))


@pytest.fixture
def busy_lab(tmp_path: Path) -> Iterator[Laboratory]:
    """A site with a space of more pages than are built in one stretch."""
    with SiteProcess(BUSY_LAB) as site, reader_of(site) as client:
        yield Laboratory(site, Lake(str(tmp_path / "lake")), client, Editor(site))


def move(editor: Editor, page: Row, other: Row, pages: list[Row]) -> None:
    """Put a page below another, unless that is below it."""
    below = {page["content_id"]}
    for _ in pages:
        below |= {row["content_id"] for row in pages if row["parent_id"] in below}
    if other["content_id"] not in below:
        editor.move(page["content_id"], other["content_id"])


def unlabel(editor: Editor, page: Row) -> None:
    """Take all labels off a page."""
    for label in page["labels"]:
        editor.unlabel(page["content_id"], label.removeprefix("global:"))


def change_something(lab: Laboratory, random: Random, number: int) -> None:
    """Do to the site what people do."""
    editor = lab.editor
    rows = [row for row in lab.site.control.truth("pages") if row["status"] == "current" and row["parent_id"]]
    pages = sorted(rows, key=lambda row: int(row["content_id"]))
    page, other = random.sample(pages, 2)
    content_id = page["content_id"]
    target = f'<ri:page ri:space-key="{other["space_key"]}" ri:content-title="{other["title"]}" />'
    link = f"<p>Edit {number} <ac:link>{target}</ac:link></p>"
    changes: list[Callable[[], object]] = [
        lambda: editor.edit(content_id, body=link),
        lambda: editor.edit(content_id, title=f"Renamed {number}"),
        lambda: move(editor, page, other, pages),
        lambda: editor.archive(content_id),
        lambda: editor.trash(content_id),
        lambda: editor.purge(content_id),
        lambda: editor.label(content_id, "fresh"),
        lambda: unlabel(editor, page),
        lambda: editor.hide(content_id),
        lambda: editor.create(page["space_key"], f"Created {number}", parent_id=content_id),
    ]
    random.choice(changes)()


@pytest.mark.parametrize("seed", [1, 2])
def test_following_changes_ends_where_a_fresh_sync_does(lab: Laboratory, tmp_path: Path, seed: int) -> None:
    """After rounds of random edits, every content table equals that of an empty lake synced once, but for stamps."""
    random = Random(seed)  # noqa: S311 - the same changes every time
    lab.sync()
    for round_number in range(2):
        for number in range(8):
            change_something(lab, random, 10 * round_number + number)
        lab.sync(accept_removals=True)
    lab.assert_tables_tell(lab.truth())
    fresh = lab.beside(tmp_path / "fresh")
    fresh.sync()
    assert lab.facts() == fresh.facts()
    before = lab.digests()
    lab.sync()
    assert lab.digests() == before


def test_a_changed_page_in_a_large_space_leaves_every_other_row_alone(busy_lab: Laboratory) -> None:
    """Over several stretches, counts are exact: one row updated, and the space's own labels are not moved about."""
    lab = busy_lab
    lab.sync()
    page = lab.id_of("LAB page 250")
    lab.editor.edit(page, body="<p>Changed</p>")
    lab.sync()
    runs = {
        row["table"]: row for row in lab.rows("sync_runs") if (row["_run_id"], row["space_key"]) == ("run-2", "LAB")
    }
    moved = {table: (row["inserted"], row["updated"], row["removed"]) for table, row in runs.items()}
    assert {table: counts for table, counts in moved.items() if any(counts)} == {
        "pages": (0, 1, 0),
        "headings": (0, 0, 1),
        "mentions": (0, 0, 1),
        "links": (0, 0, 2),
    }
    assert [row["page_id"] for row in lab.rows("pages") if row["_run_id"] == "run-2"] == [page]
    assert {row["name"] for row in lab.rows("labels") if row["content_type"] == "space"} == {"science", "blue", "old"}


def test_parts_are_sorted_by_their_key(busy_lab: Laboratory) -> None:
    """Rebuilding reads old rows in the order of the key, so every part must be in it."""
    busy_lab.sync()
    for name in CONTENT_TABLES:
        table = TABLES[name]
        for space_key in busy_lab.lake.parts(table):
            rows = [row for batch in busy_lab.lake.scan_part(table, space_key) for row in batch.to_pylist()]
            keys = [tuple(row[column] for column in table.key) for row in rows]
            assert keys == sorted(set(keys)), space_key


def test_links_and_mentions_follow_what_they_resolve_to(lab: Laboratory) -> None:
    """A page that did not change is converted again when the target of its link is renamed, or a person is."""
    lab.sync()
    source, target = lab.id_of("LAB page 1"), lab.id_of("LAB page 0")
    links = [row for row in lab.rows("links") if row["content_id"] == source and row["kind"] == "page"]
    assert [row["target_id"] for row in links] == [target]
    lab.editor.edit(target, title="Another name")
    lab.site.control.set_user(GUEST, display_name="Augusta Guest")
    lab.sync()
    links = [row for row in lab.rows("links") if row["content_id"] == source and row["kind"] == "page"]
    assert [row["resolved"] for row in links] == [False]
    assert "Augusta Guest" in lab.contents()[lab.id_of("LAB page 2")]["body_markdown"]


def test_links_into_another_space_follow_it(lab: Laboratory) -> None:
    """They resolve across spaces, and a page whose own space did not change follows a rename over there."""

    def links() -> list[tuple[str | None, bool, bool]]:
        rows = [row for row in lab.rows("links") if row["content_id"] == source and row["target_space_key"] == "ZOO"]
        return [(row["target_id"], row["resolved"], row["broken"]) for row in rows]

    source, target = lab.id_of("LAB page 3"), lab.id_of("ZOO page 3")
    link = '<ac:link><ri:page ri:space-key="ZOO" ri:content-title="ZOO page 3" /></ac:link>'
    lab.editor.edit(source, body=f"<p>{link}</p>")
    lab.sync()
    assert links() == [(target, True, False)]
    lab.editor.edit(target, title="Elsewhere")
    lab.sync()
    assert links() == [(None, False, True)]
    lab.editor.edit(target, title="ZOO page 3")
    run = lab.run()
    sync_space(lab.client, Scope(), lab.lake, "ZOO", run)
    build_space_tables(lab.lake, "LAB", run, ["links"])  # alone, so that pages are behind
    assert links() == [(target, True, False)]
    lab.build(["LAB"])
    assert f"/pages/{target}" in lab.contents()[source]["body_markdown"]
    lab.sync()
    before = lab.digests()
    lab.sync()
    assert lab.digests() == before


def test_links_into_a_space_that_never_landed_are_not_called_broken(lab: Laboratory) -> None:
    """Nothing is known of it; and asking again changes nothing."""
    link = '<ac:link><ri:page ri:space-key="VAULT" ri:content-title="VAULT page 0" /></ac:link>'
    source = lab.id_of("LAB page 3")
    lab.editor.edit(source, body=f"<p>{link}</p>")
    lab.sync()
    row = next(row for row in lab.rows("links") if row["content_id"] == source)
    assert (row["resolved"], row["broken"]) == (False, False)
    before = lab.digests()
    lab.sync()
    assert lab.digests() == before
    assert all(row["unchanged"] == row["extracted_rows"] for row in lab.rows("sync_runs") if row["_run_id"] == "run-2")


def test_any_choice_of_tables_can_be_built(lab: Laboratory, tmp_path: Path) -> None:
    """Tables that were built apart, at different times, are what they are when built together."""
    lab.sync()
    everything = lab.facts()
    run = lab.run()
    for name in ("pages", "links", "labels"):
        lab.editor.edit(lab.id_of("LAB page 7"), body=f"<h3>{name}</h3>")
        lab.sync()
        reports = build_space_tables(lab.lake, "LAB", run, [name, "spaces"])
        assert set(reports) == {name}
    fresh = lab.beside(tmp_path / "fresh")
    fresh.sync()
    assert lab.facts() == fresh.facts()
    assert lab.facts() != everything


def test_tables_that_were_lost_are_built_again_from_the_landing(lab: Laboratory) -> None:
    """Without a request: the raw landing is enough."""
    lab.sync()
    facts = lab.facts()
    for path in lab.lake.list_files("tables"):
        lab.lake.remove(path)
    lab.site.stop()
    lab.build()
    assert lab.facts() == facts


def test_a_landing_that_lost_bodies_is_told_in_one_sentence(lab: Laboratory) -> None:
    """The tables stay as they were, and the sentence says what to do."""
    lab.sync()
    landing = SpaceLanding(lab.lake, "LAB")
    for space_key in lab.lake.parts(TABLES["pages"]):
        lab.lake.remove_part(TABLES["pages"], space_key)
    before = lab.digests()
    for name in landing.body_files():
        lab.lake.remove(f"{landing.folder}/bodies/{name}")
    with pytest.raises(LakeError, match=r"space LAB are missing .* sync the space again"):
        lab.build(["LAB"])
    assert lab.digests() == before


def test_a_space_that_failed_keeps_its_rows_and_is_not_complete(lab: Laboratory) -> None:
    """The failure is in the ledger once, and sync_runs says that the space is not complete."""
    lab.sync()
    before = lab.digests()
    run = lab.run()
    land_failure(lab.lake, "ZOO", run, RuntimeError("the site was away"), run.started_at)
    for _ in range(2):
        reports = lab.build(["ZOO"], run)["ZOO"]
    assert lab.digests() == before
    assert not reports["pages"].complete
    assert [(row["space_key"], row["message"]) for row in lab.rows("ledger")] == [
        ("ZOO", "The sync of space ZOO failed: the site was away")
    ]
    assert {
        row["complete"] for row in lab.rows("sync_runs") if row["_run_id"] == run.run_id and row["space_key"] == "ZOO"
    } == {False}


def test_logs_grow_and_never_change(lab: Laboratory) -> None:
    """Rows of earlier runs stay as they are, and a run that is repeated adds nothing."""
    lab.sync()
    lab.editor.trash(lab.id_of("LAB page 21"))
    lab.sync()
    first = {name: lab.rows(name) for name in ("removals", "ledger", "sync_runs")}
    lab.editor.trash(lab.id_of("LAB page 20"))
    lab.sync()
    for name, rows in first.items():
        assert all(row in lab.rows(name) for row in rows)
    assert len(lab.rows("removals")) == 2
    keys = [(row["_run_id"], row["space_key"], row["table"]) for row in lab.rows("sync_runs")]
    assert len(set(keys)) == len(keys)
    run = lab.run()
    lab.build(run=run)
    again = {name: lab.rows(name) for name in first}
    lab.build(run=run)
    assert {name: lab.rows(name) for name in first} == again


def test_every_space_of_the_scope_has_a_row(lab: Laboratory) -> None:
    """With its labels, and gone when the scope leaves it out."""
    lab.sync()
    spaces = {row["space_key"]: row for row in lab.rows("spaces")}
    assert spaces["LAB"]["labels"] == ["team:blue", "team:science"]
    assert spaces["ATTIC"]["status"] == "archived"
    lab.sync(Scope(space_keys=("LAB",)))
    assert [row["space_key"] for row in lab.rows("spaces")] == ["LAB"]


def test_building_from_nothing_makes_empty_tables(tmp_path: Path, lab: Laboratory) -> None:
    """A lake in which nothing landed has tables with no rows."""
    lake = Lake(str(tmp_path / "empty"))
    report = build_spaces(lake, lab.run())
    assert (report.extracted_rows, report.complete) == (0, True)
    reports = build_space_tables(lake, "LAB", lab.run(), list(TABLES))
    assert all(report.extracted_rows == 0 for name, report in reports.items() if name != "sync_runs")
    assert not reports["pages"].complete


def test_tables_of_several_files_are_those_of_one(busy_lab: Laboratory, tmp_path: Path) -> None:
    """Built from one landing, with files so small that every large table has several, all tables have the same rows."""
    busy_lab.sync()
    small = Lake(str(tmp_path / "small"), file_sizes=FileSizes(rows=5))
    shutil.copytree(Path(busy_lab.lake.uri) / "raw", Path(small.uri) / "raw")
    for key in landed_spaces(small):
        build_space_tables(small, key, busy_lab.run(), set(TABLES))
    for table in (TABLES[name] for name in CONTENT_TABLES if TABLES[name].by_space):
        assert _sorted(small, table) == _sorted(busy_lab.lake, table), table.name
    assert len(small.part_files(TABLES["pages"], "LAB")) > 1


def _sorted(lake: Lake, table: Table) -> list[dict[str, Any]]:
    """Return the rows of a table in the order of its key, without the run that wrote them."""
    rows = lake.table(table).to_pylist()
    for row in rows:
        del row["_run_id"]
    return sorted(rows, key=lambda row: tuple(row[name] for name in table.key))
