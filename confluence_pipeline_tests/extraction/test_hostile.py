"""Files that are broken, or made to do harm, cost their own text and nothing else."""

import http.server
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from confluence_pipeline.extraction import Limits, TextExtractor
from confluence_pipeline_tests.extraction import misbehaving
from confluence_pipeline_tests.extraction.conftest import Read
from confluence_pipeline_tests.extraction.samples import (
    SENTENCE,
    bomb_docx,
    docx,
    encrypted_pdf,
    looping_pdf,
    package,
    pdf_page,
)

DOUBLE = (sys.executable, "-P", str(Path(misbehaving.__file__)))
BROKEN: dict[str, bytes] = {
    "encrypted.pdf": encrypted_pdf(),
    "looping.pdf": looping_pdf(),
    "noise.pdf": bytes(range(256)) * 40,
    "truncated.docx": docx(SENTENCE)[:300],
    "bomb.docx": bomb_docx(300),
    "noise.xls": bytes(range(256)) * 40,
    "noise.msg": bytes(range(256)) * 40,
    "not a workbook.xlsx": package({"a.txt": "text"}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_read_has_one_sentence_that_says_why(read: Read, name: str) -> None:
    """No text, a reason in one line, and the next file is read as if nothing had been."""
    extracted = read(BROKEN[name], name)
    assert extracted.text is None
    assert extracted.error is not None
    assert extracted.error.startswith("The file cannot be read: ")
    assert "\n" not in extracted.error
    assert len(extracted.error) < 400
    assert read(pdf_page(SENTENCE), "good.pdf").text == SENTENCE


def test_a_file_with_more_text_than_memory_is_an_error(tmp_path: Path) -> None:
    """Ten million lines do not fit into a small process; the file after them does."""
    with (tmp_path / "rows.csv").open("w") as file:
        for start in range(0, 10_000_000, 100_000):
            file.write("".join(f"{row},x\n" for row in range(start, start + 100_000)))
    (tmp_path / "good").write_text(SENTENCE)
    with TextExtractor(Limits(memory_bytes=400 * 1024**2)) as extractor:
        extracted = extractor.extract(tmp_path / "rows.csv", "text/plain")
        (tmp_path / "rows.csv").unlink()
        assert extracted.text is None
        assert extracted.error is not None
        assert "memory" in extracted.error
        assert extractor.extract(tmp_path / "good", "text/plain").text == SENTENCE


@contextmanager
def doubles(seconds: float = 1.5) -> Iterator[TextExtractor]:
    """An extractor with one worker that obeys the file."""
    with TextExtractor(Limits(seconds=seconds), workers=1, program=DOUBLE) as extractor:
        yield extractor


def ordered(folder: Path, order: str) -> Path:
    """Return a file that holds an order."""
    path = folder / order.partition(" ")[0]
    path.write_text(order)
    return path


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ("hang", "takes longer than 1.5 seconds"),
        ("spin", "takes longer than 1.5 seconds"),
        ("crash", r"broke the program that reads it \(signal 11\)"),
        ("leave", r"broke the program that reads it \(status 3\)"),
        ("babble", "broke the program that reads it"),
    ],
)
def test_a_worker_that_dies_is_replaced(tmp_path: Path, order: str, why: str) -> None:
    """Whatever a file does to its worker, it gets one sentence and the next file gets a new worker."""
    with doubles() as extractor:
        started = time.monotonic()
        extracted = extractor.extract(ordered(tmp_path, order), "text/plain")
        assert time.monotonic() - started < 10
        assert extracted.text is None
        assert extracted.error is not None
        assert re.search(why, extracted.error)
        assert extractor.extract(ordered(tmp_path, "fine"), "text/plain").text == "fine"


def test_a_worker_serves_many_files(tmp_path: Path) -> None:
    """While nothing goes wrong, one process reads them all, and it is gone when the extractor is closed."""
    with doubles() as extractor:
        pids = {extractor.extract(ordered(tmp_path, "pid"), "text/plain").text for _ in range(5)}
    assert len(pids) == 1
    assert not psutil.pid_exists(int(pids.pop() or 0))


def test_a_death_that_an_earlier_file_may_have_caused_is_tried_again(tmp_path: Path) -> None:
    """A worker that had read other files before it died of one is no proof against that one."""
    with doubles() as extractor:
        extractor.extract(ordered(tmp_path, "fine"), "text/plain")
        extracted = extractor.extract(ordered(tmp_path, f"once {tmp_path / 'marker'}"), "text/plain")
    assert extracted.error is None


def test_a_worker_sees_no_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of our environment it gets what a program needs to run, and no setting of ours."""
    monkeypatch.setenv("CONFLUENCE_API_TOKEN", "canary")
    with doubles() as extractor:
        pid = int(extractor.extract(ordered(tmp_path, "pid"), "text/plain").text or 0)
        environment = psutil.Process(pid).environ()
    assert "canary" not in environment.values()
    assert "PATH" in environment


def test_a_document_makes_no_requests(read: Read) -> None:
    """Pictures, styles, frames and templates that a document names are not fetched."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        page = (
            f'<html><head><link rel="stylesheet" href="{url}/a.css"><meta http-equiv="refresh" content="0;{url}/b">'
            f'</head><body><img src="{url}/c.png"><iframe src="{url}/d"></iframe><p>{SENTENCE}</p></body></html>'
        )
        entity = f'<!DOCTYPE html [<!ENTITY e SYSTEM "{url}/e">]><html><body><p>{SENTENCE} &e;</p></body></html>'
        try:
            texts = [read(markup.encode(), name).text for markup in (page, entity) for name in ("a.html", "a.xhtml")]
        finally:
            server.shutdown()
            thread.join()
    assert all(text and SENTENCE in text for text in texts)
    assert asked == []


def test_a_document_reads_no_other_file(read: Read, tmp_path: Path) -> None:
    """An entity that names a file of this machine does not bring what is in it."""
    (tmp_path / "secret").write_text("canary")
    uri = (tmp_path / "secret").as_uri()
    markup = f'<?xml version="1.0"?><!DOCTYPE html [<!ENTITY e SYSTEM "{uri}">]><html><body>&e; x</body></html>'
    for name in ("a.html", "a.xhtml", "a.xml"):
        text = read(markup.encode(), name).text
        assert text is None or "canary" not in text


def test_without_the_library_the_extra_is_named() -> None:
    """The room imports nothing but the standard library, and says what to install."""
    code = (
        "from confluence_pipeline.extraction import MissingPackageError, TextExtractor\n"
        "try:\n    TextExtractor()\nexcept MissingPackageError as error:\n    print(error)"
    )
    root = str(Path(misbehaving.__file__).parents[2])
    done = subprocess.run(
        [sys.executable, "-S", "-P", "-c", code],
        env={"PYTHONPATH": root},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == (
        "Reading text out of files needs a package that is not installed: pip install 'confluence-pipeline[text]'."
    )
