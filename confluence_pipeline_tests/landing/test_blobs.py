"""The bytes of attachments: whole, once, and under no name but their digest."""

import json
import os
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_pipeline.confluence import NotFoundError, ServerError, TooLargeError
from confluence_pipeline.lake import Lake, LakeError
from confluence_pipeline.landing.blobs import Blob, BlobStore
from confluence_pipeline_tests.landing.downloads import Source, attachment, sha256_of

MEGABYTE = 1024**2


@pytest.fixture(params=["local", "memory"])
def lake(request: pytest.FixtureRequest, tmp_path: Path) -> Lake:
    """An empty lake, here and elsewhere."""
    return Lake(str(tmp_path / "lake") if request.param == "local" else f"memory://{uuid.uuid4().hex}/lake")


def files_of(lake: Lake) -> list[str]:
    """Return every file below a lake's root, hidden ones too where the lake is a folder."""
    if lake.local_root is None:
        return lake.list_files("blobs")
    root = lake.local_root
    return sorted(p.relative_to(root).as_posix() for p in (root / "blobs").rglob("*") if p.is_file())


@pytest.mark.parametrize("size", [0, 1, 5000, 3 * MEGABYTE])
def test_bytes_land_under_their_digest(lake: Lake, size: int) -> None:
    """The path is the SHA-256 of the bytes, and no other file is left."""
    data = os.urandom(size)
    store = BlobStore(lake)
    blob = store.land(Source(data, piece=MEGABYTE), attachment(), max_bytes=10 * MEGABYTE)
    assert blob == Blob(sha256_of(data), size)
    assert files_of(lake) == [f"blobs/{blob.sha256[:2]}/{blob.sha256}"]
    assert lake.read_bytes(store.path(blob.sha256)) == data
    assert store.has(blob.sha256)
    assert store.present() == {blob.sha256}


@pytest.mark.parametrize("name", ["../../etc/passwd", "x" * 300, "two\nlines", "A.TXT", "a.txt", "", "\0", "con", "/"])
def test_no_name_becomes_a_path(tmp_path: Path, name: str) -> None:
    """Whatever an attachment is called, or gives as its id, its bytes lie under their digest and nothing elsewhere."""
    lake = Lake(str(tmp_path / "a" / "lake"))
    blob = BlobStore(lake).land(Source(b"x"), attachment(name, title=name), max_bytes=10)
    outside = [path for path in tmp_path.rglob("*") if path.is_file() and (tmp_path / "a" / "lake") not in path.parents]
    assert outside == []
    assert files_of(lake) == [f"blobs/{blob.sha256[:2]}/{blob.sha256}"]
    (note,) = lake.list_files("raw")
    assert note.startswith("raw/downloads/")


def test_equal_bytes_are_stored_once(lake: Lake) -> None:
    """The file that is there already is not written again, whatever attachment brings its bytes."""
    store = BlobStore(lake)
    first = store.land(Source(b"same"), attachment("att1"), max_bytes=10)
    before = lake.entries("blobs")
    assert store.land(Source(b"same"), attachment("att2"), max_bytes=10) == first
    assert lake.entries("blobs") == before


@settings(max_examples=60, deadline=None)
@given(
    data=st.binary(max_size=5000),
    breaks=st.lists(st.integers(0, 2000), max_size=4),
    resumes=st.booleans(),
    piece=st.integers(1, 700),
)
def test_a_stream_that_breaks_off_comes_whole_in_the_end(
    data: bytes, breaks: list[int], resumes: bool, piece: int
) -> None:
    """However often and wherever it breaks off, up to four times, what lands is the file, each byte once."""
    lake = Lake(f"memory://{uuid.uuid4().hex}/lake")
    breaks = [min(size, len(data)) for size in breaks]
    source = Source(data, breaks, resumes, piece=piece)
    blob = BlobStore(lake).land(source, attachment(), max_bytes=5000)
    assert lake.read_bytes(BlobStore(lake).path(blob.sha256)) == data
    assert blob == Blob(sha256_of(data), len(data))


def test_a_broken_stream_goes_on_where_it_stopped(lake: Lake) -> None:
    """What came is not asked for again."""
    source = Source(bytes(10_000), breaks=[3000, 2000])
    BlobStore(lake).land(source, attachment(), max_bytes=10_000)
    assert source.asked == [0, 3000, 5000]


def test_a_stream_that_never_ends_well_is_given_up(lake: Lake) -> None:
    """After five openings the error stands, and nothing is left in the lake."""
    source = Source(bytes(10_000), breaks=[100] * 50)
    with pytest.raises(ServerError, match="broke off"):
        BlobStore(lake).land(source, attachment(), max_bytes=10_000)
    assert source.asked == [0, 100, 200, 300, 400]
    assert files_of(lake) == []
    assert lake.list_files("raw") == []


def test_an_attachment_that_says_it_is_too_large_is_not_asked_for(lake: Lake) -> None:
    """The reported size is enough to leave it; the message names the setting and its value."""
    source = Source(bytes(100))
    with pytest.raises(TooLargeError, match=r"larger than 2 MB; set CONFLUENCE_ATTACHMENT_MAX_MB higher") as caught:
        BlobStore(lake).land(source, attachment(size=2 * MEGABYTE + 1), max_bytes=2 * MEGABYTE)
    assert source.asked == []
    assert caught.value.setting == "CONFLUENCE_ATTACHMENT_MAX_MB"


@pytest.mark.parametrize("said", [None, 0, 10])
def test_an_attachment_that_lies_about_its_size_is_cut_off(lake: Lake, said: int | None) -> None:
    """The bytes count, not what the site says of them: past the limit nothing more is read and nothing kept."""
    source = Source(bytes(100_000), piece=1000)
    with pytest.raises(TooLargeError):
        BlobStore(lake).land(source, attachment(size=said), max_bytes=5000)
    assert files_of(lake) == []


def test_a_limit_may_be_met_exactly(lake: Lake) -> None:
    """A file of the largest size lands, and its size is its own, whatever was reported."""
    assert BlobStore(lake).land(Source(bytes(5000)), attachment(size=1), max_bytes=5000).size == 5000


def test_an_attachment_that_is_gone_leaves_nothing(lake: Lake) -> None:
    """Not even a note."""
    with pytest.raises(NotFoundError):
        BlobStore(lake).land(Source(b"", gone=True), attachment(), max_bytes=10)
    assert files_of(lake) == []
    assert lake.list_files("raw") == []


def test_a_path_is_only_made_of_a_digest(lake: Lake) -> None:
    """Anything else is refused."""
    for text in ("../../etc/passwd", "A" * 64, "a" * 63, "a" * 64 + "\n", ""):
        with pytest.raises(ValueError, match="SHA-256"):
            BlobStore(lake).path(text)


def test_a_note_is_of_one_version(lake: Lake) -> None:
    """What came of a version is known until its record has landed; another version is not taken for it."""
    store = BlobStore(lake)
    one, two = attachment(version=1), attachment(version=2)
    blob = store.land(Source(b"one"), one, max_bytes=10)
    assert store.noted([one]) == {"att1": blob}
    assert store.noted([two]) == {}
    store.forget_notes([two])
    assert store.noted([one]) == {"att1": blob}
    store.forget_notes([one])
    assert store.noted([one]) == {}


def test_only_what_nothing_names_is_dropped(lake: Lake) -> None:
    """A blob stays while a record of any space names it, or while a download's record may still be on its way."""
    store = BlobStore(lake)
    kept, waiting, dropped = (
        store.land(Source(data), attachment(data.decode()), max_bytes=10) for data in (b"kept", b"waiting", b"dropped")
    )
    lake.write_bytes("blobs/of somebody else", b"")
    store.forget_notes([attachment("kept"), attachment("dropped")])
    assert store.drop([kept.sha256, sha256_of(b"not here")]) == [dropped.sha256]
    assert store.present() == {kept.sha256, waiting.sha256}
    assert lake.exists("blobs/of somebody else")


def test_a_note_that_is_a_week_old_holds_nothing(lake: Lake) -> None:
    """A sync that died and was never continued does not keep its bytes for ever."""
    store = BlobStore(lake)
    blob = store.land(Source(b"old"), attachment(), max_bytes=10)
    (path,) = lake.list_files("raw/downloads")
    note = json.loads(lake.read_bytes(path))
    for days, left in ((6, {blob.sha256}), (8, set())):
        landed_at = datetime.now(UTC) - timedelta(days=days)
        lake.write_bytes(path, json.dumps(note | {"landed_at": landed_at.isoformat()}).encode())
        store.drop([])
        assert store.present() == left
    assert lake.list_files("raw") == []


def test_a_full_disk_is_told_by_the_lakes_setting(tmp_path: Path) -> None:
    """Where the lake cannot be written, the message names it, and the bytes that came are gone."""
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "blobs").write_text("a file where a folder should be")
    with pytest.raises(LakeError, match="CONFLUENCE_LAKE"):
        BlobStore(Lake(str(tmp_path / "lake"))).land(Source(b"x"), attachment(), max_bytes=10)
