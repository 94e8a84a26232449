"""Tables that are built from landed records: what their rows are, when they are built again, and what is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from confluence_pipeline.confluence import (
    ConfluenceClient,
    LikeRecord,
    PropertyRecord,
    Scope,
    VersionRecord,
    ViewsRecord,
)
from confluence_pipeline.extraction import Extracted
from confluence_pipeline.lake import Lake, LakeError
from confluence_pipeline.landing import Landed, kinds, land_spaces, land_users
from confluence_pipeline.landing.bodies import Body
from confluence_pipeline.landing.files import AttachmentFileRecord
from confluence_pipeline.landing.texts import TextStore
from confluence_pipeline.normalize import build_group_members, build_groups, build_space_tables
from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.normalize.landed import (
    SITE,
    LandedSpace,
    People,
    attachment,
    comment,
    grant,
    node,
    page,
    refusal,
    restriction,
    task,
)

MENTION = '<p>Ask <ac:link><ri:user ri:account-id="ann" /></ac:link></p>'
RECORD_TABLES = (
    "labels",
    "comments",
    "attachments",
    "page_versions",
    "tasks",
    "properties",
    "likes",
    "views",
    "space_permissions",
    "restrictions",
    "effective_access",
    "tree_nodes",
)


@pytest.fixture
def space(tmp_path: Path) -> LandedSpace:
    """A lake in which nothing landed yet."""
    return LandedSpace(Lake(str(tmp_path / "lake")))


def name_people(space: LandedSpace, **names: str) -> None:
    """Land everybody who appears, with these names."""
    land_users(cast("ConfluenceClient", People(names)), space.lake, space.run)


def like(content_id: str, account_id: str) -> LikeRecord:
    """Return a like of a page."""
    return LikeRecord(content_id, "page", account_id, f"{SITE}/likes")


def version(content_id: str, number: int) -> VersionRecord:
    """Return a version of a page."""
    return VersionRecord(content_id, "page", number, "ann", None, None, None, None, f"{SITE}/versions")


def views(content_id: str, count: int) -> ViewsRecord:
    """Return how often a page was viewed."""
    return ViewsRecord(content_id, "page", count, 1, f"{SITE}/views")


def fill(space: LandedSpace) -> None:
    """Land something for every table."""
    space.contents(page("1"), page("2", "f"), labels={"1": ["x"]})
    space.comments({"c1": MENTION}, [comment("c1")])
    space.land(kinds.ATTACHMENTS, attachment("att1"), labels={"att1": ["y"]})
    space.land(kinds.PAGE_VERSIONS, version("1", 1))
    space.land(kinds.TASKS, task("t1", storage="<p>Do</p>"))
    space.land(kinds.PROPERTIES, PropertyRecord("1", "page", "p1", "k", "{}", 1, f"{SITE}/properties"))
    space.land(kinds.LIKES, like("1", "ann"))
    space.land(kinds.VIEWS, views("1", 5))
    space.land(kinds.SPACE_PERMISSIONS, grant("group", "staff"))
    space.land(kinds.RESTRICTIONS, restriction("f", "ann"))
    space.land(kinds.TREE_NODES, node("f"))
    space.groups({"staff": ["ann", "bo"]})
    name_people(space, ann="Ann", bo="Bo")
    space.sync()


def test_every_table_has_its_row(space: LandedSpace) -> None:
    """Whatever landed is a row, with every column of its table and the run that built it."""
    fill(space)
    reports = space.build()
    for name in RECORD_TABLES:
        rows = space.rows(name)
        assert rows, name
        assert {row["space_key"] for row in rows} == {"ENG"}
        assert {row["_run_id"] for row in rows} == {space.run.run_id}
        assert reports[name].inserted == len(rows)
    assert [row["body_text"] for row in space.rows("comments")] == ["Ask @Ann"]
    assert space.column("restrictions", "content_id", "content_type") == [("f", "folder")]


def test_a_second_build_touches_nothing(space: LandedSpace) -> None:
    """After a sync that found all as it was, no part of a table is written again, and the report says so."""
    fill(space)
    space.build()
    before = {name: space.digest(name) for name in RECORD_TABLES}
    space.next_run()
    fill(space)
    reports = space.build()
    assert {name: space.digest(name) for name in RECORD_TABLES} == before
    assert all(reports[name].unchanged == reports[name].extracted_rows > 0 for name in RECORD_TABLES)


def test_a_part_that_is_current_is_not_read(space: LandedSpace) -> None:
    """A current part is left alone even if its rows are rubbish; only their number in the footer is read."""
    fill(space)
    space.build()
    paths = [path for name in RECORD_TABLES for path in space.lake.part_files(TABLES[name], "ENG")]
    for path in paths:
        data = space.lake.read_bytes(path)
        rows_end = len(data) - 8 - int.from_bytes(data[-8:-4], "little")  # the footer, its length, and "PAR1"
        space.lake.write_bytes(path, b"\0" * rows_end + data[rows_end:])
    untouched = [space.lake.read_bytes(path) for path in paths]
    space.build(*RECORD_TABLES)
    assert [space.lake.read_bytes(path) for path in paths] == untouched


def test_tables_that_never_landed_are_empty(space: LandedSpace) -> None:
    """A table whose kind was never asked for is there without rows."""
    space.contents(page("1"))
    space.sync()
    space.build()
    for name in set(RECORD_TABLES) - {"effective_access"}:
        assert space.rows(name) == []
        assert set(space.lake.parts(TABLES[name])) == {"ENG"}


def test_tables_that_were_lost_are_built_again(space: LandedSpace) -> None:
    """The landing is enough, whatever the note of what was built says."""
    fill(space)
    space.build()
    facts = {name: space.rows(name) for name in RECORD_TABLES}
    for name in RECORD_TABLES:
        space.lake.remove_part(TABLES[name], "ENG")
    space.build()
    assert {name: space.rows(name) for name in RECORD_TABLES} == facts


def test_threads_have_their_root_and_depth(space: LandedSpace) -> None:
    """Replies of any depth know the top of their thread; one whose parent is gone has that parent as its root."""
    chain = [comment("c0"), *(comment(f"c{n}", parent=f"c{n - 1}") for n in range(1, 12))]
    space.contents(page("1"))
    space.comments({}, [*chain, comment("lost", parent="gone"), comment("below", parent="lost")])
    space.sync()
    space.build("comments")
    places = {row["comment_id"]: (row["root_comment_id"], row["depth"]) for row in space.rows("comments")}
    assert places == {f"c{n}": ("c0", n) for n in range(12)} | {"lost": ("gone", 1), "below": ("gone", 2)}


@pytest.mark.parametrize("table", RECORD_TABLES)
def test_a_build_that_is_stopped_leaves_the_table_as_it_was(space: LandedSpace, table: str) -> None:
    """Whoever stops it is heard while any table is built, and the next build makes up for it."""

    def stop() -> None:
        raise InterruptedError

    fill(space)
    space.sync()
    with pytest.raises(InterruptedError):
        build_space_tables(space.lake, space.landing.space_key, space.run, {table}, stop)
    assert not space.lake.part_files(TABLES[table], space.landing.space_key)
    space.build(table)
    assert space.rows(table)


def test_a_reply_moves_with_its_thread(space: LandedSpace) -> None:
    """A comment that did not change has another root once what it replies to replies to something else."""
    space.contents(page("1"))
    space.comments({}, [comment("a"), comment("b"), comment("c", parent="b")])
    space.sync()
    space.build("comments")
    space.comments({}, [comment("a"), comment("b", parent="a"), comment("c", parent="b")])
    space.build("comments")
    assert space.column("comments", "comment_id", "root_comment_id", "depth") == [
        ("a", "a", 0),
        ("b", "a", 1),
        ("c", "a", 2),
    ]


def test_names_in_comments_follow_their_people(space: LandedSpace) -> None:
    """A person who is named otherwise changes the comments that mention them, and no other row."""
    space.contents(page("1"))
    space.comments({"c1": MENTION, "c2": "<p>Plain</p>"}, [comment("c1"), comment("c2")])
    space.sync()
    name_people(space, ann="Ann")
    space.build("comments")
    space.next_run()
    name_people(space, ann="Anna")
    report = space.build("comments")["comments"]
    assert (report.updated, report.unchanged) == (1, 1)
    assert space.column("comments", "body_text", "_run_id") == [("Ask @Anna", "run-1"), ("Plain", "run-0")]


def test_links_in_comments_follow_their_pages(space: LandedSpace) -> None:
    """A link by title is resolved as in a page, and again when the page is renamed."""
    link = '<p><ac:link><ri:page ri:content-title="Page 2" /></ac:link></p>'
    space.contents(page("1"), replace(page("2"), web_url=f"{SITE}/pages/2"))
    space.comments({"c1": link}, [comment("c1")])
    space.sync()
    space.build()
    assert f"{SITE}/pages/2" in space.column("comments", "body_markdown")[0]
    space.contents(page("1"), replace(page("2", title="Renamed"), web_url=f"{SITE}/pages/2"))
    space.build()
    assert f"{SITE}/pages/2" not in space.column("comments", "body_markdown")[0]


def test_a_comment_without_a_body_is_a_row(space: LandedSpace) -> None:
    """A body that the site refused leaves its columns null; one that landed and is lost stops the build."""
    space.contents(page("1"))
    space.comments({"c1": "<p>x</p>"}, [comment("c1"), comment("c2")])
    space.sync()
    space.build("comments")
    assert space.column("comments", "body_storage", "body_text") == [("<p>x</p>", "x"), (None, None)]
    before = space.digest("comments")
    space.comments({"c1": "<p>y</p>"}, [comment("c1")])
    for path in space.lake.list_files(f"{space.landing.folder}/comment_bodies"):
        space.lake.remove(path)
    with pytest.raises(LakeError, match=r"sync the space in full"):
        space.build("comments")
    assert space.digest("comments") == before


def test_old_versions_have_the_bodies_that_landed(space: LandedSpace) -> None:
    """Versions are in the order of their numbers, and a body is byte for byte what the version was."""
    space.contents(page("1"), page("10"))
    numbers = [("1", 2), ("1", 10), ("10", 1)]
    records = [version(content_id, number) for content_id, number in numbers]
    bodies = space.landing.version_bodies.land([Body("1@10", 10, records[1], "<p>\u00e9 </p>")])
    landed = {kinds.PAGE_VERSIONS.key(r): Landed(r, space.run) for r in records}
    key = kinds.PAGE_VERSIONS.key(records[1])
    space.landing.records(kinds.PAGE_VERSIONS).replace(
        landed | {key: Landed(records[1], space.run, (), bodies["1@10"])}
    )
    space.sync()
    space.build("page_versions")
    found = space.column("page_versions", "content_id", "version_number", "body_storage")
    assert found == [("1", 2, None), ("1", 10, "<p>\u00e9 </p>"), ("10", 1, None)]


def test_a_task_has_its_own_text_or_that_of_the_body(space: LandedSpace) -> None:
    """A task that came without text has the one of the body's task with its local id; else it has none."""
    body = (
        "<ac:task-list><ac:task><ac:task-id>7</ac:task-id><ac:task-status>incomplete</ac:task-status>"
        "<ac:task-body>Paint the <strong>door</strong></ac:task-body></ac:task></ac:task-list>"
    )
    space.contents(page("1"), bodies={"1": body})
    tasks = [task("t1", storage="<p>Own <em>text</em></p>"), task("t2", local_id="7"), task("t3"), task("t4", "gone")]
    space.land(kinds.TASKS, *tasks)
    space.sync()
    space.build("tasks")
    assert space.column("tasks", "task_id", "body_text") == [
        ("t1", "Own text"),
        ("t2", "Paint the door"),
        ("t3", None),
        ("t4", None),
    ]


def test_views_are_as_of_when_their_counts_were_first_read(space: LandedSpace) -> None:
    """A later sync that reads the same counts is no news; other counts are."""
    for counts in ((5, 5), (5, 6)):
        space.contents(page("1"), page("2"))
        space.land(kinds.VIEWS, *(views(str(n), count) for n, count in enumerate(counts, start=1)))
        space.sync()
        space.build("views")
        space.next_run()
    first = datetime(2026, 3, 1, tzinfo=UTC)
    assert space.column("views", "view_count", "as_of") == [(5, first), (6, first + timedelta(hours=1))]


def test_attachments_have_the_bytes_and_text_of_their_version(space: LandedSpace) -> None:
    """What landed of an older version is not told of a newer one."""
    digests = {name: name * 64 for name in "abc"}
    TextStore(space.lake).put(digests["a"], Extracted("Words", "reader 1", None))
    TextStore(space.lake).put(digests["b"], Extracted(None, "reader 1", "It is encrypted."))
    space.contents(page("1"))
    space.land(kinds.ATTACHMENTS, *(attachment(f"att{n}", version=2) for n in range(1, 6)))
    space.land(
        kinds.ATTACHMENT_FILES,
        AttachmentFileRecord("att0", 2, digests["c"], 1, "gone"),
        AttachmentFileRecord("att1", 2, digests["a"], 5, "blobs/a", "reader 1", None),
        AttachmentFileRecord("att2", 2, digests["b"], 5, "blobs/b", "reader 1", "It is encrypted."),
        AttachmentFileRecord("att3", 1, digests["c"], 5, "blobs/c", "reader 1", None),
        AttachmentFileRecord("att5", 2, digests["c"], 5, "blobs/c"),
    )
    space.sync()
    space.build("attachments")
    names = ("attachment_id", "blob_uri", "sha256", "text", "text_extractor", "text_error")
    assert space.column("attachments", *names) == [
        ("att1", "blobs/a", digests["a"], "Words", "reader 1", None),
        ("att2", "blobs/b", digests["b"], None, "reader 1", "It is encrypted."),
        ("att3", None, None, None, None, None),
        ("att4", None, None, None, None, None),
        ("att5", "blobs/c", digests["c"], None, None, None),
    ]


def test_labels_of_all_that_carries_them_are_in_one_order(space: LandedSpace) -> None:
    """Those of the space, its contents and their attachments, whatever their ids are."""
    land_spaces(cast("ConfluenceClient", People({}, labels=["blue"])), Scope(), space.lake, space.run)
    contents = [page(str(n)) for n in (1, 10, 8, 95)]
    space.contents(*contents, labels={"1": ["b", "a"], "95": ["z"]})
    space.land(kinds.ATTACHMENTS, attachment("att1"), attachment("att2"), labels={"att2": ["y"]})
    space.sync({"labels": 5})
    report = space.build("labels")["labels"]
    assert space.column("labels", "content_id", "name", "content_type") == [
        ("1", "a", "page"),
        ("1", "b", "page"),
        ("9", "blue", "space"),
        ("95", "z", "page"),
        ("att2", "y", "attachment"),
    ]
    assert report.complete


def test_the_tree_is_whole(space: LandedSpace) -> None:
    """Pages and nodes stand under folders, under pages that are out of scope, and under what nobody may see."""
    space.contents(page("1", "f2"), page("2", "hidden"), page("3", "out"))
    space.land(kinds.TREE_NODES, node("f1", title="Top"), node("f2", "f1", title="Under"))
    space.land(kinds.ANCESTORS, page("out", "f1", title="Outside"))
    space.sync()
    space.build()
    assert space.column("pages", "page_id", "ancestor_ids", "ancestor_titles", "depth") == [
        ("1", ["f1", "f2"], ["Top", "Under"], 2),
        ("2", ["hidden"], [None], 1),
        ("3", ["f1", "out"], ["Top", "Outside"], 2),
    ]
    assert space.column("tree_nodes", "node_id", "ancestor_ids", "depth") == [("f1", [], 0), ("f2", ["f1"], 1)]
    space.land(kinds.TREE_NODES, node("f1", title="New top"), node("f2", "f1", title="Under"))
    space.build()
    assert space.column("pages", "ancestor_titles")[0] == ["New top", "Under"]


def test_a_table_of_many_rows_is_built_in_stretches(space: LandedSpace) -> None:
    """Rows of one content stay together wherever stretches are cut, and the counts are right."""
    likes = [like(f"{n:04}", f"u{m}") for n in range(700) for m in range(n % 4)]
    space.contents(page("1"))
    space.land(kinds.LIKES, *likes)
    space.sync({"likes": len(likes)})
    assert space.build("likes")["likes"].complete
    fewer = [record for record in likes if record.account_id != "u2"]
    space.land(kinds.LIKES, *fewer, like("zz", "u1"))
    report = space.build("likes")["likes"]
    expected = sorted((record.content_id, record.account_id) for record in [*fewer, like("zz", "u1")])
    assert space.column("likes", "content_id", "account_id") == expected
    assert (report.inserted, report.updated, report.removed) == (1, 0, len(likes) - len(fewer))


def test_what_the_sync_expected_is_what_a_report_compares_with(space: LandedSpace) -> None:
    """Rows that are missing, out of date, or of a table that could not be listed leave the table incomplete."""
    space.contents(page("1"))
    space.land(kinds.LIKES, like("1", "ann"))

    def complete(likes: int) -> bool:
        space.sync({"likes": likes})
        return space.build("likes")["likes"].complete

    assert complete(1)
    assert not complete(2)
    space.ledger = [refusal("likes", "2")]
    assert complete(2)
    assert space.build("likes")["likes"].ledger_rows == 1
    space.stale = {"likes": 1}
    assert not complete(2)
    assert complete(1)
    space.stale, space.incomplete = {}, ["likes"]
    assert not complete(2)


def test_groups_and_their_members(space: LandedSpace) -> None:
    """Groups without members are groups; a member's row has the group's name, and follows it."""
    assert not build_groups(space.lake, space.run).complete
    assert not build_group_members(space.lake, space.run).complete
    space.groups({"empty": [], "staff": ["bo", "ann"]})
    groups, members = build_groups(space.lake, space.run), build_group_members(space.lake, space.run)
    assert (groups.inserted, members.inserted, groups.complete, members.complete) == (2, 2, True, True)
    assert space.column("groups", "group_id", "name") == [("empty", "EMPTY"), ("staff", "STAFF")]
    found = space.column("group_members", "group_id", "account_id", "group_name")
    assert found == [("staff", "ann", "STAFF"), ("staff", "bo", "STAFF")]
    before = space.digest("group_members")
    space.next_run()
    assert build_group_members(space.lake, space.run).unchanged == 2
    assert space.digest("group_members") == before
