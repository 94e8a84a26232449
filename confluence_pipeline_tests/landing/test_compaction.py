"""Small files of bodies: put together once there are many, and nothing is lost by it whenever it is cut short."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence import Label, Scope
from confluence_pipeline.lake import Lake, LakeError
from confluence_pipeline.landing import sync_space
from confluence_pipeline.landing.bodies import Body, BodyFiles, LandedBody
from confluence_pipeline.landing.compaction import MOST_SMALL_FILES, compact, merges
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.landing.store import SpaceLanding
from confluence_pipeline_tests.laboratory import Laboratory

MEGABYTE = 1024**2
BODIES = st.dictionaries(
    st.integers(0, 999).map(str),
    st.builds(LandedBody, st.integers(0, 60).map(str), st.just("sha"), st.integers(0, 9 * MEGABYTE), st.just(())),
    max_size=200,
)


SELECTION = Selection(tables=frozenset({"spaces", "pages", "blog_posts", "comments", "removals", "ledger"}))


def land_one_by_one(files: BodyFiles, number: int) -> dict[str, LandedBody]:
    """Land bodies in a file each; return where they are."""
    landed: dict[str, LandedBody] = {}
    for i in range(number):
        landed |= files.land([Body(f"{i:04d}", 1, Label(str(i), "global", f"label-{i}"), f"<p>{i}</p>")])
    return landed


def read_all(files: BodyFiles, landed: dict[str, LandedBody]) -> dict[str, str]:
    """Return every body from where it is said to be."""
    return {body_id: files.read(body.file, [body_id])[body_id] for body_id, body in landed.items()}


def test_many_small_files_become_few(tmp_path: Path) -> None:
    """Past the limit every body is found again in a file of several, and the old files can go."""
    files = BodyFiles(Lake(str(tmp_path)), "bodies")
    landed = land_one_by_one(files, MOST_SMALL_FILES + 1)
    before = read_all(files, landed)
    moved = compact(files, landed)
    after = landed | moved
    assert len({body.file for body in after.values()}) == 1
    files.drop_all_but(body.file for body in after.values())
    assert read_all(files, after) == before
    for body_id, body in after.items():
        assert replace(body, file="") == replace(landed[body_id], file="")
        assert body.sha256 == hashlib.sha256(before[body_id].encode()).hexdigest()


def test_few_small_files_stay(tmp_path: Path) -> None:
    """Up to the limit nothing is written."""
    files = BodyFiles(Lake(str(tmp_path)), "bodies")
    landed = land_one_by_one(files, MOST_SMALL_FILES)
    names = files.names()
    assert compact(files, landed) == {}
    assert files.names() == names


def test_what_nothing_refers_to_is_not_copied(tmp_path: Path) -> None:
    """Bodies that were replaced leave the lake with the files they were in."""
    files = BodyFiles(Lake(str(tmp_path)), "bodies")
    whole = files.land([Body(f"x{i}", 1, Label("7", "global", "old"), "<p>old</p>") for i in range(40)])
    landed = land_one_by_one(files, MOST_SMALL_FILES) | {"x7": whole["x7"]}
    after = landed | compact(files, landed)
    assert set(files.read(after["x7"].file, [*whole, *landed])) == set(landed)


def test_a_lost_file_is_left_as_it_is(tmp_path: Path) -> None:
    """A body that cannot be found is not said to be anywhere else; the others are put together."""
    files = BodyFiles(Lake(str(tmp_path)), "bodies")
    landed = land_one_by_one(files, MOST_SMALL_FILES + 5)
    files.drop_all_but(body.file for body_id, body in landed.items() if body_id != "0003")
    assert set(landed) - set(compact(files, landed)) == {"0003"}


def test_the_same_files_give_the_same_file(tmp_path: Path) -> None:
    """A merge that was cut short before its result was referred to is repeated without a further file."""
    files = BodyFiles(Lake(str(tmp_path)), "bodies")
    landed = land_one_by_one(files, MOST_SMALL_FILES + 1)
    first = compact(files, landed)
    names = files.names()
    assert compact(files, landed) == first
    assert files.names() == names


@given(BODIES)
def test_groups_are_of_small_files_each_once_and_bounded(landed: dict[str, LandedBody]) -> None:
    """Only small files are merged, into files that are not too large, and no more than a sync has time for."""
    groups = list(merges(landed))
    taken = [file.name for group in groups for file in group]
    assert len(taken) == len(set(taken))
    for group in groups:
        assert len(group) > 1
        assert sum(len(file.ids) for file in group) <= 250
        assert sum(file.size for file in group) <= 8 * MEGABYTE
        for file in group:
            assert {i for i, body in landed.items() if body.file == file.name} == set(file.ids)
            assert len(file.ids) < 32
            assert file.size < 4 * MEGABYTE
    assert sum(file.size for group in groups for file in group) <= 64 * MEGABYTE
    if groups:
        assert len({body.file for body in landed.values()}) > MOST_SMALL_FILES


def sync_zoo(lab: Laboratory) -> None:
    """Land what is new in one space, and build nothing."""
    sync_space(lab.client, Scope(), lab.lake, "ZOO", lab.run(), selection=SELECTION)


def test_syncs_of_one_edit_each_do_not_add_up(lab: Laboratory) -> None:
    """After many small syncs there are few files, of contents and of comments, and a full sync differs in no row."""
    lab.selection = SELECTION
    ids = [lab.editor.create("ZOO", f"Page {number}") for number in range(MOST_SMALL_FILES + 4)]
    landing = SpaceLanding(lab.lake, "ZOO")
    counts = []
    for page_id in ids:
        lab.editor.edit(page_id, body=f"<p>Changed {page_id}</p>")
        lab.editor.comment(page_id, f"<p>On {page_id}</p>")
        sync_zoo(lab)
        counts.append((len(landing.body_files()), len(landing.comment_bodies.names())))
    assert max(contents for contents, _ in counts) > 30
    assert counts[-1][0] < 10
    assert counts[-1][1] < 10
    lab.sync()
    before = lab.digests()
    lab.sync()
    assert lab.digests() == before
    bodies = {row["page_id"]: row["body_storage"] for row in lab.rows("pages")}
    assert all(bodies[page_id] == f"<p>Changed {page_id}</p>" for page_id in ids)
    remarks = {row["body_storage"] for row in lab.rows("comments")}
    assert remarks >= {f"<p>On {page_id}</p>" for page_id in ids}


def test_a_merge_that_is_never_committed_changes_nothing(lab: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync that dies after the merge leaves every body where the listing says; the next one cleans up."""
    ids = [lab.editor.create("ZOO", f"Page {number}") for number in range(MOST_SMALL_FILES + 1)]
    landing = SpaceLanding(lab.lake, "ZOO")
    for page_id in ids[1:]:
        lab.editor.edit(page_id, body=f"<p>Changed {page_id}</p>")
        sync_zoo(lab)
    before, names = landing.listing(), landing.body_files()
    assert len(names) == MOST_SMALL_FILES
    lab.editor.edit(ids[0], body="<p>Changed last</p>")
    with monkeypatch.context() as patch:
        patch.setattr(SpaceLanding, "commit", _out_of_space)
        with pytest.raises(LakeError):
            sync_zoo(lab)
    assert len(landing.body_files() - names) == 2
    assert landing.listing() == before
    for content_id, entry in before.items():
        assert hashlib.sha256(landing.bodies(entry.body_file or "", [content_id])[content_id].encode()).hexdigest() == (
            entry.body_sha256
        )
    lab.sync()
    assert landing.body_files() == {entry.body_file for entry in landing.listing().values()}
    assert len(landing.body_files()) == 1
    lab.assert_tables_tell(lab.truth())


def _out_of_space(*_args: object, **_named: object) -> None:
    raise LakeError("The disk is full")
