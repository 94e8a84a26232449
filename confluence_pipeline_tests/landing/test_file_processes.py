"""Downloads that die at any instant, and how much memory many large ones take."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline.landing.blobs import BlobStore
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import FunctionSource
from confluence_pipeline_tests.heavy_seed import FILE_BYTES, FILES, MadeFile
from confluence_pipeline_tests.lake.processes import running
from confluence_pipeline_tests.landing.downloads import Source, attachment, sha256_of
from confluence_pipeline_tests.landing.file_processes import content, land_without_end

MEGABYTE = 1024**2
MOST_MEMORY = 500 * 10**6
MOST_GROWTH = 80 * MEGABYTE


def test_a_killed_download_leaves_no_half_blob(tmp_path: Path) -> None:
    """After each of ten kills at random instants every blob is whole; what was said to be landed is there."""
    lake = Lake(str(tmp_path / "lake"))
    store = BlobStore(lake)
    chance = random.Random(2026)  # noqa: S311 - not for secrets
    landed: list[int] = []
    for attempt in range(10):
        with running(land_without_end, lake.uri, 1000 * attempt) as (process, connection):
            assert connection.recv() == "ready"
            time.sleep(chance.uniform(0.01, 0.15))
            process.kill()
            process.join()
            while connection.poll():
                try:
                    landed.append(connection.recv())
                except EOFError:
                    break
    present = store.present()
    assert {sha256_of(content(number)) for number in landed} <= present
    assert all(lake.sha256(store.path(sha256)) == sha256 for sha256 in present)
    assert landed
    store.land(Source(b"next"), attachment(), max_bytes=10)
    names = [path.name for path in (tmp_path / "lake" / "blobs").iterdir() if path.is_file()]
    assert names == []


def _measured(folder: Path, count: int) -> tuple[int, int]:
    """Land so many files of 20 MB; return how much memory the process had before, and at most."""
    source = FunctionSource("confluence_pipeline_tests.heavy_seed:heavy_files_seed")
    with SiteProcess(source) as site:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "confluence_pipeline_tests.landing.file_processes",
                *(site.base_url, site.email, site.api_token, str(folder), str(count)),
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=280,
        )
    came, before, peak = map(int, done.stdout.split())
    assert came == count
    return before, peak


def _check_and_clear(lake: Lake, count: int) -> None:
    """See that the first and the last file are whole; then make room, since pytest keeps folders for a while."""
    store = BlobStore(lake)
    assert len(store.present()) == count
    for number in (0, count - 1):
        sha256 = sha256_of(MadeFile(number, FILE_BYTES).read())
        assert lake.sha256(store.path(sha256)) == sha256
    for path in lake.list_files("blobs"):
        lake.remove(path)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the most memory a process had")
def test_large_attachments_are_never_whole_in_memory(tmp_path: Path) -> None:
    """Sixteen files of 20 MB, eight at once, add to memory much less than they would side by side."""
    before, peak = _measured(tmp_path, 16)
    assert peak - before < MOST_GROWTH < 8 * FILE_BYTES
    _check_and_clear(Lake(str(tmp_path)), 16)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the most memory a process had")
def test_a_hundred_attachments_of_twenty_megabytes_fit_in_500_megabytes(tmp_path: Path) -> None:
    """Two gigabytes come, and the process that lands them never has half of one."""
    _, peak = _measured(tmp_path, FILES)
    assert peak < MOST_MEMORY
    _check_and_clear(Lake(str(tmp_path)), FILES)
