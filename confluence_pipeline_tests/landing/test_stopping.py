"""A client that is closed stops what is done on its threads, and not the wire alone."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from confluence_pipeline.confluence import Scope
from confluence_pipeline.extraction import StoppedError, TextExtractor
from confluence_pipeline.landing import Selection, files, sync_space
from confluence_pipeline_tests.laboratory import Laboratory

HANGING = "import pathlib, sys, time\nfor _ in sys.stdin.buffer:\n    pathlib.Path({!r}).touch()\n    time.sleep(300)\n"
WITH_TEXT = Selection(frozenset({"pages", "attachments"}), attachment_bodies=True, attachment_text=True)


def test_closing_the_client_ends_the_reading_of_files_at_once(
    lab: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sync that waits for files which take minutes each is over within seconds, with nothing half landed."""
    page, began = lab.id_of("LAB page 7"), tmp_path / "began"
    for number in range(12):
        lab.editor.attach(page, f"plan {number}.html", f"<p>{number}</p>".encode())
    program = tmp_path / "hanging.py"
    program.write_text(HANGING.format(str(began)))
    monkeypatch.setattr(files, "TextExtractor", partial(TextExtractor, program=[sys.executable, str(program)]))
    with ThreadPoolExecutor(1) as pool:
        sync = pool.submit(sync_space, lab.client, Scope(), lab.lake, "LAB", lab.run(), selection=WITH_TEXT)
        while not began.exists():
            assert not sync.done()
            time.sleep(0.05)
        at = time.monotonic()
        lab.client.close()
        with pytest.raises(StoppedError):
            sync.result(30)
    assert time.monotonic() - at < 5
    assert not lab.rows("attachments")
