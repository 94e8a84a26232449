"""Locks between processes."""

import os
import tempfile
import threading
from contextlib import ExitStack
from pathlib import Path

import pytest

from confluence_pipeline.lake import Lake, LakeBusyError, LakeError
from confluence_pipeline_tests.lake.processes import count_under_lock, hold_lock, running


def test_a_lock_keeps_another_process_out_until_it_dies(local_lake: Lake) -> None:
    """While a process holds a lock the error names it; once it is killed the lock is free."""
    with running(hold_lock, local_lake.uri, "ENG") as (process, connection):
        assert connection.recv() == "held"
        holder = rf"CONFLUENCE_LAKE .*ENG .*process {process.pid} on .*since 20"
        with pytest.raises(LakeBusyError, match=holder), local_lake.lock("ENG"):
            pytest.fail("two writers at once")
        with local_lake.lock("OPS"):
            pass
        process.kill()
        process.join()
        with local_lake.lock("ENG", wait_seconds=5):
            pass


def test_a_lock_is_waited_for(local_lake: Lake) -> None:
    """Four processes that wait for each other lose no update."""
    local_lake.write_bytes("counter", b"0")
    with ExitStack() as stack:
        workers = [stack.enter_context(running(count_under_lock, local_lake.uri, 10)) for _ in range(4)]
        for _, connection in workers:
            assert connection.poll(60)
            assert connection.recv() == "done"
    assert local_lake.read_bytes("counter") == b"40"


def test_a_lock_keeps_out_threads_of_the_same_process(local_lake: Lake) -> None:
    """Two threads cannot hold one lock, whether through one Lake or two."""
    outcomes = []

    def attempt() -> None:
        try:
            with Lake(local_lake.uri).lock("ENG"):
                outcomes.append("held")
        except LakeBusyError:
            outcomes.append("busy")

    with local_lake.lock("ENG"):
        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        with pytest.raises(LakeBusyError), local_lake.lock("ENG"):
            pytest.fail("held twice")
    attempt()
    assert outcomes == ["busy", "held"]


def test_an_exception_under_a_lock_comes_through_and_frees_it(local_lake: Lake) -> None:
    """What the block raises is not changed, and the lock is free afterwards."""
    with pytest.raises(OSError, match="mine"), local_lake.lock("~712020:ee"):
        raise OSError("mine")
    with local_lake.lock("~712020:ee"):
        pass


def test_locks_are_no_files_of_the_lake(local_lake: Lake) -> None:
    """Lock files are not listed, and lie apart from tables."""
    with local_lake.lock("ENG"):
        assert local_lake.list_files("tables") == []
        assert [path.name for path in Path(local_lake.uri).iterdir()] == [".locks"]


def test_a_remote_lake_is_locked_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks of a remote lake lie in this machine's temporary folder, and another lake's are others."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Lake("memory://bucket/one").lock("ENG"):
        assert list(tmp_path.rglob("ENG.lock"))
        with Lake("memory://bucket/two").lock("ENG"):
            pass
        with pytest.raises(LakeBusyError, match=f"process {os.getpid()}"), Lake("memory://bucket/one").lock("ENG"):
            pytest.fail("held twice")


@pytest.mark.parametrize("name", ["", "..", "a/b"])
def test_a_lock_has_a_name_that_fits_a_file(local_lake: Lake, name: str) -> None:
    """A name that could lead elsewhere is refused."""
    with pytest.raises(ValueError, match="space key"), local_lake.lock(name):
        pytest.fail("held")


def test_a_lock_that_cannot_be_made_is_an_error_of_the_lake(tmp_path: Path) -> None:
    """Where no lock file can be made the message names the setting."""
    (tmp_path / "lake").write_text("a file")
    with pytest.raises(LakeError, match="CONFLUENCE_LAKE"), Lake(str(tmp_path / "lake")).lock("ENG"):
        pytest.fail("held")
