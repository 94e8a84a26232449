import re
import struct
import tomllib
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.resources import files
from io import BytesIO
from itertools import pairwise
from zipfile import ZipFile

import pytest
from lxml import etree

from confluence_pipeline.site.demo import demo_seed
from confluence_pipeline.site.seed import Seed, SeedComment, SeedContent
from confluence_pipeline_tests.site import storage

MACROS = (
    "anchor", "attachments", "blog-posts", "chart", "children", "code", "column", "contentbylabel",
    "contributors", "create-from-template", "details", "detailssummary", "drawio", "excerpt", "excerpt-include",
    "expand", "gallery", "iframe", "include", "info", "jira", "livesearch", "localtab", "localtabgroup",
    "markdown", "mathblock", "mathinline", "mermaid-cloud", "multimedia", "noformat", "note", "pagetree",
    "panel", "plantuml", "profile", "recently-updated", "roadmap", "section", "status", "sv-translation",
    "tasks-report-macro", "tip", "toc", "view-file", "viewpdf", "warning", "widget",
)  # fmt: skip
_OFFICE = "application/vnd.openxmlformats-officedocument"
OFFICE_FILES = {
    f"{_OFFICE}.wordprocessingml.document": ("word/document.xml", ("Thursday: soup.", "Tómas")),
    f"{_OFFICE}.spreadsheetml.sheet": ("xl/workbook.xml", ("Citric acid (g)", "18.5")),
    f"{_OFFICE}.presentationml.presentation": ("ppt/presentation.xml", ("10 GWh since 2021", "slipway")),
}
"""Main part, and words that must be in it, by media type."""
HIDDEN = {
    "CREW/board",
    "CREW/board-minutes",
    "CREW/share-register",
    "TIDE/interviews",
    "~712020ailsa/one-to-one",
}


@pytest.fixture(scope="module")
def seed() -> Seed:
    """The demo wiki without its contents, which can be taken once only."""
    return demo_seed()


@pytest.fixture(scope="module")
def contents() -> Sequence[SeedContent]:
    """The contents of the demo wiki."""
    return list(demo_seed().contents)


@pytest.fixture(scope="module")
def bodies(contents: Sequence[SeedContent]) -> dict[str, str]:
    """Every piece of storage format in the demo: bodies, earlier bodies, comments."""
    found = {each.key: each.body_storage for each in contents}
    for each in contents:
        found |= {f"{each.key} version {n}": old.body_storage for n, old in enumerate(each.history, 1)}
        found |= {f"{each.key} comment {n}": said.body_storage for n, said in enumerate(all_comments(each.comments))}
    return found


def all_comments(comments: Iterable[SeedComment]) -> Iterator[SeedComment]:
    """Yield comments and, after each, its replies of every depth."""
    for comment in comments:
        yield comment
        yield from all_comments(comment.replies)


def reply_depth(comment: SeedComment) -> int:
    """Return how many levels of replies hang below a comment."""
    return max((1 + reply_depth(reply) for reply in comment.replies), default=0)


def all_values(bodies: dict[str, str], path: str) -> Counter[str]:
    """Count the values of an XPath over all bodies."""
    return Counter(value for body in bodies.values() for value in storage.values(body, path))


def test_every_reading_gives_the_same_wiki() -> None:
    """Two demo seeds are equal in every fact."""
    first, second = demo_seed(), demo_seed()
    assert list(first.contents) == list(second.contents)
    assert (first.users, first.groups, first.spaces) == (second.users, second.groups, second.spaces)


def test_size(seed: Seed, contents: Sequence[SeedContent]) -> None:
    """The demo has about seventy pages over four global spaces and a personal one, and some blog posts."""
    assert Counter(space.space_type for space in seed.spaces) == {"global": 4, "personal": 1}
    assert 65 <= sum(each.node_type == "page" for each in contents) <= 75
    assert 6 <= sum(each.node_type == "blogpost" for each in contents) <= 8
    assert {each.space_key for each in contents} == {space.key for space in seed.spaces}


def test_every_kind_of_node_and_status_is_there(contents: Sequence[SeedContent]) -> None:
    """Folders, a whiteboard, a database and an embed stand in the tree; pages have each status."""
    assert {each.node_type for each in contents} == {"page", "blogpost", "folder", "whiteboard", "database", "embed"}
    pages = Counter(each.status for each in contents if each.node_type == "page")
    assert set(pages) == {"current", "archived", "trashed", "draft"}
    assert [each.embed_url for each in contents if each.node_type == "embed"] == [
        "https://map.selkiesound.example/live"
    ]


def test_parents_come_first(contents: Sequence[SeedContent]) -> None:
    """Every parent is a content of the same space that came before; blog posts have none."""
    seen: dict[str, SeedContent] = {}
    for each in contents:
        assert each.key not in seen
        if each.parent is not None:
            assert seen[each.parent].space_key == each.space_key
        assert (each.parent is None) == (each.node_type == "blogpost" or each.key.endswith("/home"))
        seen[each.key] = each


def test_siblings_are_numbered_in_order(contents: Sequence[SeedContent]) -> None:
    """Children of one parent have the positions 0, 1, 2 and so on."""
    turns: Counter[str] = Counter()
    for each in contents:
        if each.parent is not None:
            assert each.position == turns[each.parent]
            turns[each.parent] += 1


def test_homepages_exist(seed: Seed, contents: Sequence[SeedContent]) -> None:
    """Each space's homepage is a current page in it."""
    by_key = {each.key: each for each in contents}
    for space in seed.spaces:
        assert space.homepage is not None
        assert (by_key[space.homepage].space_key, by_key[space.homepage].status) == (space.key, "current")


def test_titles_are_unique_in_a_space(contents: Sequence[SeedContent]) -> None:
    """No two contents of a space share a title."""
    assert max(Counter((each.space_key, each.title) for each in contents).values()) == 1


@pytest.mark.parametrize("text", ["/", "&", '"', "“", "🎉", "⚠️", "潮", "½", "«"])
def test_titles_hold_awkward_characters(contents: Sequence[SeedContent], text: str) -> None:
    """Some title has the characters that paths, mark-up and file names trip over."""
    assert any(text in each.title for each in contents)


def test_every_body_is_well_formed(bodies: dict[str, str]) -> None:
    """Every body, earlier body and comment parses as XML with the HTML entities."""
    assert len(bodies) > 150
    for body in bodies.values():
        storage.parse(body)


def test_one_page_is_empty_and_one_is_very_long(contents: Sequence[SeedContent]) -> None:
    """The spare parts page has no body at all, and the tide table has a row for each day of the year."""
    by_key = {each.key: each.body_storage for each in contents}
    assert by_key["ENG/spare-parts"] == ""
    assert len(by_key["TIDE/tide-table-2026"]) > 80_000
    days = storage.values(by_key["TIDE/tide-table-2026"], "//tr/th//time/@datetime")
    assert len(set(days)) == len(days) == 365


def test_the_only_broken_link_is_the_deliberate_one(contents: Sequence[SeedContent]) -> None:
    """Every page or blog post link leads to a title of the demo, except the one that tells of a removed page."""
    titles = {(each.space_key, each.title) for each in contents}
    broken = set()
    for each in contents:
        for link in storage.select(each.body_storage, "//ri:page | //ri:blog-post"):
            space_key = link.get(f"{{{storage.RI}}}space-key") or each.space_key
            title = link.get(f"{{{storage.RI}}}content-title")
            if (space_key, title) not in titles:
                broken.add((each.key, title))
    assert broken == {("ENG/pm-spring-forward", "Mailer exemptions")}


def test_links_to_spaces_users_and_files_resolve(
    seed: Seed, contents: Sequence[SeedContent], bodies: dict[str, str]
) -> None:
    """Every space, user and (but for a lost film) attachment that a body names is in the demo."""
    assert set(all_values(bodies, "//ri:space/@ri:space-key")) <= {space.key for space in seed.spaces}
    assert set(all_values(bodies, "//ri:user/@ri:account-id")) <= {user.account_id for user in seed.users}
    names = {each.filename for content in contents for each in content.attachments}
    assert set(all_values(bodies, "//ri:attachment/@ri:filename")) - names == {"crumpet-bubbles.mp4"}


@pytest.mark.parametrize("macro", MACROS)
def test_every_macro_appears(bodies: dict[str, str], macro: str) -> None:
    """Each macro that a demo should show is on some page."""
    assert all_values(bodies, f"//ac:structured-macro[@ac:name='{macro}']/@ac:name")[macro] >= 1


@pytest.mark.parametrize(
    "path",
    [
        "//ac:macro[@ac:name='info']",
        "//ac:adf-extension/ac:adf-fallback",
        "//ac:layout-section[@ac:type='three_equal']",
        "//ac:task//ac:task",
        "//ac:task[ac:task-status='complete']",
        "//ac:emoticon[@ac:emoji-fallback]",
        "//ac:placeholder",
        "//ac:image/ac:caption",
        "//ac:image/ri:url",
        "//ac:link[@ac:anchor]",
        "//ac:link/ri:shortcut",
        "//ac:link/ri:blog-post",
        "//ri:attachment/ri:page",
        "//time[@datetime]",
        "//td[@rowspan > 1]",
        "//td[@colspan > 1]",
        "//td[@data-highlight-colour]",
        "//td//ul",
        "//a[@data-card-appearance]",
        "//li//ul//li//ul//li//ul",
    ],
)
def test_every_construct_appears(bodies: dict[str, str], path: str) -> None:
    """Each construct of the storage format that a demo should show is on some page."""
    assert any(storage.select(body, path) for body in bodies.values())


def test_code_is_shown_in_several_languages(bodies: dict[str, str]) -> None:
    """Code blocks come in at least eight languages, and one holds the end mark of CDATA."""
    languages = all_values(bodies, "//ac:structured-macro[@ac:name='code']/ac:parameter[@ac:name='language']/text()")
    assert len(languages) >= 8
    assert any("]]>" in code for code in all_values(bodies, "//ac:plain-text-body/text()"))


def test_comments_are_threaded(contents: Sequence[SeedContent]) -> None:
    """There are footer and inline comments in each state, edited and liked ones, with replies three deep or more."""
    top = [comment for each in contents for comment in each.comments]
    assert max(map(reply_depth, top)) >= 3
    states = {(comment.inline_selection is not None, comment.resolution_status) for comment in top}
    assert states == {(False, "open"), *((True, state) for state in ("open", "resolved", "reopened", "dangling"))}
    assert any(reply_depth(comment) >= 3 for comment in top if comment.inline_selection)
    every = list(all_comments(top))
    assert any(comment.likes for comment in every)
    assert all(old.created_at < comment.created_at for comment in every for old in comment.history)
    assert any(comment.history for comment in every)


def test_inline_comments_are_anchored(contents: Sequence[SeedContent]) -> None:
    """Every inline comment's marker stands in its page, around its text, unless it dangles; no marker is spare."""
    for each in contents:
        markers = {
            marker.get(f"{{{storage.AC}}}ref"): "".join(str(text) for text in marker.itertext())
            for marker in storage.select(each.body_storage, "//ac:inline-comment-marker")
        }
        inline = [comment for comment in each.comments if comment.inline_marker_ref]
        dangling = [comment for comment in inline if comment.resolution_status == "dangling"]
        assert all(str(comment.inline_selection) not in each.body_storage for comment in dangling)
        inline = [comment for comment in inline if comment not in dangling]
        expected = {comment.inline_marker_ref: comment.inline_selection for comment in inline}
        assert {ref: text.replace("\u00a0", " ") for ref, text in markers.items()} == expected


def test_people_are_of_every_kind(seed: Seed, contents: Sequence[SeedContent]) -> None:
    """There are apps, guests, deactivated and closed accounts, and everyone named exists."""
    assert {user.account_type for user in seed.users} == {"atlassian", "app", "customer"}
    assert {user.account_status for user in seed.users} == {"active", "inactive", "closed"}
    known = {user.account_id for user in seed.users}
    for each in contents:
        named = {each.author_id, *each.likes, *(old.author_id for old in each.history)}
        named |= {comment.author_id for comment in all_comments(each.comments)}
        named |= {name for only in each.restrictions for name in only.users}
        assert named <= known
    assert {member for group in seed.groups for member in group.members} <= known


def test_only_the_caller_can_log_in(seed: Seed) -> None:
    """The default caller has a token, on a reserved domain, and nobody else has one."""
    (caller,) = [user for user in seed.users if user.api_token]
    assert caller.account_id == seed.caller
    assert all(user.email.endswith(".example") for user in seed.users)


def test_what_the_caller_may_not_see(seed: Seed, contents: Sequence[SeedContent]) -> None:
    """View restrictions, with those inherited through a folder, hide exactly five contents from the caller."""
    groups = {group.name for group in seed.groups if seed.caller in group.members}
    hidden: set[str] = set()
    for each in contents:
        reads = [only for only in each.restrictions if only.operation == "read"]
        if each.parent in hidden or any(
            seed.caller not in only.users and not groups & set(only.groups) for only in reads
        ):
            hidden.add(each.key)
    assert hidden == HIDDEN


def test_some_restrictions_let_the_caller_in(seed: Seed, contents: Sequence[SeedContent]) -> None:
    """A page is restricted to view for a group with the caller in it, and others only to edit."""
    operations = {each.key: {only.operation for only in each.restrictions} for each in contents if each.restrictions}
    assert "read" in operations["ENG/runbook-rotate-keys"]
    assert operations["ENG/runbook-battery-room"] == {"update"}
    assert all(set(only.groups) <= {group.name for group in seed.groups} for c in contents for only in c.restrictions)


def test_one_page_is_for_the_caller_alone(seed: Seed, contents: Sequence[SeedContent]) -> None:
    """Nobody but the caller is let in both by the folder around the restore log and by the log itself."""
    by_key = {each.key: each for each in contents}
    groups = {group.name: set(group.members) for group in seed.groups}
    allowed = {user.account_id for user in seed.users}
    place: str | None = "ENG/restore-rehearsal"
    while place is not None:
        for only in by_key[place].restrictions:
            allowed &= set(only.users).union(*(groups[name] for name in only.groups))
        place = by_key[place].parent
    assert allowed == {seed.caller}


def test_spaces_are_open_to_different_people(seed: Seed, contents: Sequence[SeedContent]) -> None:
    """One space is open to anonymous visitors, others to a group, or to a group and a person; the caller sees all."""
    groups = {group.name: group.members for group in seed.groups}
    assert [space.key for space in seed.spaces if space.is_anonymous] == ["DOOR"]
    assert {(bool(space.viewer_groups), bool(space.viewer_users)) for space in seed.spaces} == {
        (False, False),
        (True, False),
        (True, True),
    }
    assert all(seed.caller in groups[name] for space in seed.spaces for name in space.viewer_groups)
    assert any(space.properties for space in seed.spaces)
    assert any(not members for members in groups.values())


def test_readers_leave_traces(contents: Sequence[SeedContent]) -> None:
    """Contents have been viewed, by no more people than there are views, and properties hold JSON of several kinds."""
    viewed = [each.views for each in contents if each.views != (0, 0)]
    assert len(viewed) > 40
    assert all(0 < viewers <= views for views, viewers in viewed)
    assert {type(value) for each in contents for _, value in each.properties} == {str, dict}


def test_a_task_was_done_in_a_later_version(bodies: dict[str, str]) -> None:
    """A task with an assignee and a due date is open in one version of a page and done in the next."""
    path = "//ac:task[.//ri:user][.//time]/ac:task-status/text()"
    assert storage.values(bodies["CREW/look-back version 1"], path) == ["incomplete"]
    assert storage.values(bodies["CREW/look-back"], path) == ["complete", "incomplete"]


def test_labels_are_on_everything(seed: Seed, contents: Sequence[SeedContent]) -> None:
    """Spaces, pages, blog posts and attachments have labels, in a form that Confluence takes."""
    assert any(space.labels for space in seed.spaces)
    labels = [label for each in contents for label in each.labels]
    labels += [label for each in contents for attachment in each.attachments for label in attachment.labels]
    assert len(labels) > 100
    assert all(re.fullmatch(r"[^\s,A-Z]{1,255}", label) for label in labels)
    assert all(each.labels for each in contents if each.node_type == "blogpost")
    assert any(attachment.labels for each in contents for attachment in each.attachments)


def test_versions_are_in_order(contents: Sequence[SeedContent]) -> None:
    """A content's versions follow each other in time, from its creation to its last edit, before 23 Nov 2026."""
    assert max(len(each.history) for each in contents) >= 3
    for each in contents:
        moments = [*(old.created_at for old in each.history), each.updated_at]
        assert moments[0] == each.created_at
        assert all(earlier < later for earlier, later in pairwise(moments))
        assert f"{moments[-1]:%Y-%m-%d}" < "2026-11-23"


def test_attachments_are_real_files(contents: Sequence[SeedContent]) -> None:
    """Every file loads with its size, and begins as files of its type do."""
    begins: dict[str, bytes | tuple[bytes, ...]] = {
        "image/png": b"\x89PNG\r\n\x1a\n",
        "image/svg+xml": b"<svg ",
        "application/pdf": b"%PDF-1.4",
        "text/csv": b"time,height_m,turn\n",
        "text/markdown": b"# ",
        "text/plain": (b"flowchart ", b"2026-05-12 "),
        "text/html": b"<!DOCTYPE html>",
        "message/rfc822": b"From: ",
        **dict.fromkeys(OFFICE_FILES, b"PK\x03\x04"),
        "application/vnd.jgraph.mxfile": b"<mxfile ",
    }
    every = [each for content in contents for each in content.attachments]
    assert {each.media_type for each in every} == set(begins)
    for each in every:
        content = each.load.read()
        assert content == each.load.read()
        assert len(content) == each.size
        assert content.startswith(begins[each.media_type])


def test_attachments_are_of_every_kind(contents: Sequence[SeedContent]) -> None:
    """Files are on pages and blog posts, with labels of a team, earlier versions, and comments of their own."""
    every = [each for content in contents for each in content.attachments]
    assert {content.node_type for content in contents if content.attachments} == {"page", "blogpost"}
    assert any(label.startswith("team:") for each in every for label in each.labels)
    assert any(each.comments and each.comments[0].replies for each in every)
    (log,) = [each for each in every if each.history]
    assert log.created_at is not None
    assert log.history[0].created_at < log.created_at
    assert log.history[0].load.read() != log.load.read()
    assert len(log.history[0].load.read()) == log.history[0].size


def test_office_files_hold_what_was_written(contents: Sequence[SeedContent]) -> None:
    """Each office file is a whole package: its main part is declared, and its words are in it."""
    for media_type, (main, words) in OFFICE_FILES.items():
        (file,) = [a for each in contents for a in each.attachments if a.media_type == media_type]
        with ZipFile(BytesIO(file.load.read())) as package:
            assert package.testzip() is None
            parts = {name: etree.fromstring(package.read(name)) for name in package.namelist()}
        declared = {part.get("PartName"): part.get("ContentType") for part in parts["[Content_Types].xml"]}
        assert declared[f"/{main}"] == f"{media_type}.main+xml"
        assert {str(name).removeprefix("/") for name in declared if name} <= set(parts)
        assert [part.get("Target") for part in parts["_rels/.rels"]] == [main]
        text = " ".join(str(text) for part in parts.values() for text in part.itertext())
        assert all(word in text for word in words)


def attached(contents: Sequence[SeedContent], filename: str) -> bytes:
    """Return the bytes of an attachment."""
    return next(a.load.read() for each in contents for a in each.attachments if a.filename == filename)


def test_the_picture_is_a_whole_png(contents: Sequence[SeedContent]) -> None:
    """Every chunk of the PNG has the right checksum, and the pixels are as many as the header says."""
    png, chunks, at = attached(contents, "solstice-tide.png"), {}, 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        kind, content = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        assert struct.unpack(">I", png[at + 8 + length : at + 12 + length]) == (zlib.crc32(kind + content),)
        chunks[kind] = content
        at += 12 + length
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    assert len(zlib.decompress(chunks[b"IDAT"])) == height * (1 + 3 * width)
    assert list(chunks)[-1] == b"IEND"


def test_the_pdf_points_at_its_own_objects(contents: Sequence[SeedContent]) -> None:
    """Each entry of the PDF's cross-reference table is where that object begins."""
    pdf = attached(contents, "float-plan.pdf")
    start = int(pdf.rsplit(b"startxref\n", 1)[1].split()[0])
    assert pdf[start:].startswith(b"xref\n")
    offsets = [int(offset) for offset in re.findall(rb"(\d{10}) 00000 n", pdf[start:])]
    for number, offset in enumerate(offsets, 1):
        assert pdf[offset:].startswith(b"%d 0 obj\n" % number)


def test_tides_turn_about_four_times_a_day(contents: Sequence[SeedContent]) -> None:
    """High and low water alternate, about six hours apart, all year."""
    rows = [line.split(",") for line in attached(contents, "tide-table-2026.csv").decode().splitlines()[1:]]
    assert 1_400 < len(rows) < 1_420
    assert all(here[2] != after[2] for here, after in pairwise(rows))
    assert all((float(here[1]) > float(after[1])) == (here[2] == "high") for here, after in pairwise(rows))


def test_no_page_file_is_left_over(contents: Sequence[SeedContent]) -> None:
    """Every packaged page and file is used."""
    home = files("confluence_pipeline.site.demo")
    pages = sum(
        path.name.endswith(".xhtml") for folder in home.joinpath("pages").iterdir() for path in folder.iterdir()
    )
    written = [each for each in contents if each.node_type in {"page", "blogpost"}]
    assert pages == len(written) - 1  # the tide table is computed
    names = {attachment.filename for each in contents for attachment in each.attachments}
    assert {path.name for path in home.joinpath("files").iterdir()} <= names


MEMBERS = {
    "content": {
        "slug", "title", "type", "parent", "status", "by", "at", "edited_at", "message", "minor", "labels", "likes",
        "properties", "restrict", "history", "comments", "files", "embed_url", "views",
    },
    "history": {"by", "at", "message", "minor", "comment", "body"},
    "comments": {"by", "at", "edited_at", "on", "marker", "resolution", "body", "likes", "history", "replies"},
    "replies": {"by", "at", "edited_at", "resolution", "body", "likes", "history", "replies"},
    "files": {"name", "by", "at", "edited_at", "comment", "labels", "comments", "history"},
    "space": {"key", "name", "type", "by", "at", "description", "labels", "viewers", "anonymous", "properties"},
}  # fmt: skip


def strange_members(kind: str, record: dict[str, object]) -> Iterator[str]:
    """Yield the members of an index record, and of the records in it, that nothing reads."""
    yield from record.keys() - MEMBERS[kind]
    for name, value in record.items():
        if name in MEMBERS and isinstance(value, list):
            for inner in value:
                yield from strange_members(name, inner)


@pytest.mark.parametrize("folder", ["ENG", "TIDE", "CREW", "DOOR", "personal"])
def test_an_index_says_nothing_in_vain(folder: str) -> None:
    """Every member of an index file is one that the demo reads, so that a slip of the pen shows."""
    text = files("confluence_pipeline.site.demo").joinpath("pages", folder, "index.toml").read_text("utf-8")
    index = tomllib.loads(text)
    assert set(index) == {"space", "content"}
    assert not [*strange_members("space", index["space"])]
    assert not [name for record in index["content"] for name in strange_members("content", record)]
