"""Plain files in a lake, on every kind of storage."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from confluence_pipeline.lake import Lake, LakeError
from confluence_pipeline_tests.lake.file_systems import FileServer, ObjectStore


def test_bytes_come_back_as_they_were_written(lake: Lake) -> None:
    """What was written last is what is read, whatever was there before."""
    lake.write_bytes("raw/a.json", b"old and longer")
    lake.write_bytes("raw/a.json", b"new")
    assert lake.read_bytes("raw/a.json") == b"new"
    assert lake.exists("raw/a.json")


def test_files_too_large_for_one_request_come_back_too(lake: Lake) -> None:
    """A file larger than what is held in memory at once goes up and comes back whole."""
    data = os.urandom(33 * 1024**2)
    lake.write_bytes("raw/large", data)
    assert lake.read_bytes("raw/large") == data


def test_a_file_that_is_not_there_is_named(lake: Lake) -> None:
    """Reading what is not there raises FileNotFoundError; asking and removing are no errors."""
    with pytest.raises(FileNotFoundError):
        lake.read_bytes("raw/none")
    assert not lake.exists("raw/none")
    lake.remove("raw/none")


def test_files_are_listed_at_any_depth_in_order_without_hidden_ones(lake: Lake) -> None:
    """A listing has every file under the folder, sorted, and nothing whose name begins with a dot."""
    for path in ("raw/b/2", "raw/a", "raw/b/1", "other/x", "raw/.hidden", "raw/.locks/x"):
        lake.write_bytes(path, b"")
    assert lake.list_files("raw") == ["raw/a", "raw/b/1", "raw/b/2"]
    assert lake.list_files("nothing/here") == []


def test_a_removed_file_is_gone(lake: Lake) -> None:
    """After remove() a file neither exists nor is listed."""
    lake.write_bytes("raw/a", b"a")
    lake.remove("raw/a")
    assert not lake.exists("raw/a")
    assert lake.list_files("raw") == []


def test_a_stamp_changes_with_every_replacement(lake: Lake) -> None:
    """A listing tells sizes; a stamp stays while a file stays, and is another once it was replaced, at any size."""
    lake.write_bytes("raw/a", b"one")
    lake.write_bytes("raw/b", b"one")
    before = lake.entries("raw")
    assert list(before) == ["raw/a", "raw/b"]
    assert lake.entries("raw") == before
    lake.write_bytes("raw/a", b"two")
    after = lake.entries("raw")
    assert after["raw/a"].size == before["raw/a"].size == 3
    assert after["raw/a"].stamp != before["raw/a"].stamp
    assert after["raw/b"] == before["raw/b"]
    assert lake.entries("none") == {}


def test_a_digest_is_of_the_bytes_alone(lake: Lake) -> None:
    """The SHA-256 is the one published for "abc" (FIPS 180-4)."""
    lake.write_bytes("raw/abc", b"abc")
    assert lake.sha256("raw/abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize("path", ["", "/etc/x", "../x", "a/../x", "a//b", "./a", "a\\b", "C:/x", "a\0b"])
def test_no_path_leads_out_of_the_lake(lake: Lake, path: str) -> None:
    """A path that is absolute or has odd steps is refused before anything is touched."""
    with pytest.raises(ValueError, match="inside the lake"):
        lake.write_bytes(path, b"")
    with pytest.raises(ValueError, match="inside the lake"):
        lake.read_bytes(path)


def test_a_writable_lake_passes_and_is_left_empty(lake: Lake) -> None:
    """The check of a lake leaves no file behind."""
    lake.check_writable()
    assert not lake.exists("_writable")
    assert lake.local_root is None or list(lake.local_root.iterdir()) == []


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    """Take away this process's right to write in ``folder``; root becomes nobody meanwhile."""
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(0o755)


def test_a_folder_without_permission_is_named_with_the_setting(tmp_path: Path) -> None:
    """A lake that may not be written says so, with the setting and the folder."""
    lake = Lake(str(tmp_path / "lake"))
    with _read_only(tmp_path), pytest.raises(LakeError, match=r"CONFLUENCE_LAKE .*lake.*Permission is denied"):
        lake.check_writable()


def test_a_file_in_place_of_the_folder_is_named_with_the_setting(tmp_path: Path) -> None:
    """A lake whose path is a file says so, and the file stays as it is."""
    (tmp_path / "lake").write_text("mine")
    with pytest.raises(LakeError, match=r"CONFLUENCE_LAKE .*is a file, not a folder"):
        Lake(str(tmp_path / "lake")).check_writable()
    assert (tmp_path / "lake").read_text() == "mine"


def test_a_local_file_keeps_the_permissions_that_people_expect(local_lake: Lake) -> None:
    """A file is readable as the umask allows, not for its writer alone, so that other users can query it."""
    mask = os.umask(0o022)
    try:
        local_lake.write_bytes("raw/a", b"")
    finally:
        os.umask(mask)
    assert local_lake.local_root is not None
    assert (local_lake.local_root / "raw/a").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("double", [ObjectStore, FileServer])
def test_a_full_store_keeps_the_old_file_and_no_debris(stores: None, double: type[ObjectStore]) -> None:
    """When an upload fails halfway the old file is there, whole and alone, and the message says what to do."""
    scheme = "testserver" if double is FileServer else "teststore"
    lake = Lake(f"{scheme}://bucket/lake")
    lake.write_bytes("tables/a", b"old")
    double.full = True
    with pytest.raises(
        LakeError, match=rf"CONFLUENCE_LAKE \({scheme}://bucket/lake\).*tables/a.*disk is full.*Nothing"
    ):
        lake.write_bytes("tables/a", b"the new content")
    double.full = False
    assert lake.read_bytes("tables/a") == b"old"
    assert list(double.store) == ["/bucket/lake/tables/a"]


def test_an_object_is_published_by_one_upload(stores: None) -> None:
    """On an object store a file is one upload under its own name, and nothing is renamed."""
    Lake("teststore://bucket/lake").write_bytes("tables/a", b"x")
    assert ObjectStore.calls == [("put", "/bucket/lake/tables/a")]


def test_a_file_on_a_server_is_renamed_into_place(stores: None) -> None:
    """Where an upload shows while it runs, it runs under a hidden name beside and is renamed at the end."""
    Lake("testserver://bucket/lake").write_bytes("tables/a", b"x")
    (upload, temporary), rename = FileServer.calls
    assert upload == "put"
    assert temporary.startswith("/bucket/lake/tables/.a.")
    assert rename == ("rename", "/bucket/lake/tables/a")


def test_a_stream_lands_whole_under_the_path_it_ends_with(lake: Lake) -> None:
    """What was written before a restart is forgotten, and nothing lies under the path it was begun for."""
    with lake.stream_writer("blobs/incoming") as writer:
        writer.write(b"broken off")
        writer.restart()
        writer.write(b"whole ")
        writer.write(b"again")
        assert writer.size == 11
        assert lake.list_files("blobs") == []
        writer.publish_as("blobs/ab/abc")
    assert lake.list_files("blobs") == ["blobs/ab/abc"]
    assert lake.read_bytes("blobs/ab/abc") == b"whole again"


def test_a_stream_that_fails_or_is_discarded_leaves_nothing(lake: Lake) -> None:
    """Neither the file nor a trace of it is there."""
    with pytest.raises(StopIteration):
        _stream(lake, iter([bytes(10 * 1024**2)]))
    with lake.stream_writer("blobs/a") as writer:
        writer.write(b"not wanted")
        writer.discard()
    assert lake.list_files("blobs") == []
    if lake.local_root:
        assert [path for path in lake.local_root.rglob("*") if path.is_file()] == []


def _stream(lake: Lake, source: Iterator[bytes]) -> None:
    with lake.stream_writer("blobs/a") as writer:
        while True:
            writer.write(next(source))


def test_a_stream_cannot_leave_the_lake(lake: Lake) -> None:
    """A path with a step up is refused, and then nothing is published."""
    with pytest.raises(ValueError, match="inside the lake"), lake.stream_writer("blobs/a") as writer:
        writer.publish_as("../outside")
    assert lake.list_files("blobs") == []


@pytest.mark.parametrize("size", [0, 3, 9 * 1024**2])
def test_a_local_copy_has_the_files_bytes(lake: Lake, size: int) -> None:
    """It is the file itself on a local lake, and a file that is gone after the block elsewhere."""
    data = os.urandom(size)
    lake.write_bytes("blobs/a", data)
    with lake.local_copy("blobs/a") as path:
        assert path.read_bytes() == data
    assert path.exists() == (lake.local_root is not None)
    with pytest.raises(FileNotFoundError), lake.local_copy("blobs/none"):
        pass
