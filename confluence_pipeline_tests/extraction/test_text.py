"""Text comes out of every kind of file there is a sample of."""

from importlib.metadata import version

import pytest

from confluence_pipeline_tests.extraction.conftest import Read
from confluence_pipeline_tests.extraction.samples import (
    MORE,
    SENTENCE,
    docx,
    eml,
    html,
    msg,
    odt,
    pdf_page,
    pptx,
    rtf,
    xlsx,
)

KINDS: dict[str, bytes] = {
    "plan.pdf": pdf_page(SENTENCE),
    "Plan.DOCX": docx(SENTENCE, MORE),
    "plan.pptx": pptx(SENTENCE, MORE),
    "plan.xlsx": xlsx([[SENTENCE, "7"], [MORE, "8"]]),
    "plan.odt": odt(SENTENCE, MORE),
    "plan.rtf": rtf(SENTENCE, MORE),
    "plan.html": html(),
    "plan.eml": eml(),
    "plan.msg": msg("Tides", f"{SENTENCE}\r\n{MORE}"),
    "plan.csv": f"when,what\n1,{SENTENCE}\n2,{MORE}\n".encode(),
    "plan.txt": f"{SENTENCE}\n{MORE}\n".encode(),
    "latin.txt": f"{SENTENCE}\n{MORE}\n".encode("latin-1"),
    "wide.txt": f"{SENTENCE}\n{MORE}\n".encode("utf-16"),
}


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_file_gives_its_text(read: Read, name: str) -> None:
    """All sentences are there, letters beyond ASCII too, and the reader tells its name and version."""
    extracted = read(KINDS[name], name)
    assert extracted.error is None
    assert extracted.extractor == f"xberg {version('xberg')}"
    assert extracted.text is not None
    assert SENTENCE in extracted.text
    assert MORE in extracted.text or name == "plan.pdf"  # whose line is ASCII


@pytest.mark.parametrize("name", KINDS)
def test_the_same_bytes_give_the_same_text(read: Read, name: str) -> None:
    """A second reading, after others, differs in nothing."""
    first = read(KINDS[name], name)
    read(b"in between", "other.txt")
    assert read(KINDS[name], name) == first


def test_nothing_of_a_table_in_csv_is_lost(read: Read) -> None:
    """CSV stays as it is, with its separators and quotes."""
    assert read(b'a,"b, c"\n1,2\n', "t.csv").text == 'a,"b, c"\n1,2'


def test_a_script_is_no_text(read: Read) -> None:
    """What a browser would run is left out of a page's text."""
    text = read(html(), "page.html").text
    assert text is not None
    assert "hidden" not in text


def test_an_empty_file_has_an_empty_text(read: Read) -> None:
    """Zero bytes are no error, whatever the file is said to be."""
    for name in ("a.pdf", "a.docx", "a.txt"):
        extracted = read(b"", name)
        assert (extracted.text, extracted.error) == ("", None)


def test_a_long_text_is_cut_and_says_so(read: Read) -> None:
    """What is kept is the beginning, of bounded size, and never half a letter."""
    extracted = read(("ä" * 70_000).encode(), "long.txt")
    assert extracted.text == "ä" * 50_000
    assert extracted.error is not None
    assert extracted.error.startswith("The text is longer than 0.0953674 MB; the rest is left out")


def test_characters_that_no_text_may_hold_are_left_out(read: Read) -> None:
    """Databases refuse NUL, and nobody can read the others."""
    assert read(b"one\x00\x01 two\x0b\x0c three\n", "a.txt").text == "one two three"
