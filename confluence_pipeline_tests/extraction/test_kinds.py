"""Which files are read, by media type and name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.extraction import readable_as

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    ("media_type", "name", "kind"),
    [
        ("application/pdf", "no ending", "application/pdf"),
        ("Application/PDF; version=1.7", "x.txt", "application/pdf"),
        (WORD, "a", WORD),
        (None, "Report.DOCX", WORD),
        ("application/octet-stream", "Report.docx", WORD),
        ("application/zip", "Report.docx", WORD),
        ("application/zip", "archive.zip", None),
        ("image/png", "looks.pdf", None),
        ("video/mp4", "a.mp4", None),
        ("text/x-python", "a.py", "text/plain"),
        ("text/html; charset=utf-8", "a", "text/html"),
        ("text/csv", "a", "text/plain"),
        ("application/vnd.ms-excel.sheet.macroenabled.12", "a", "application/vnd.ms-excel.sheet.macroEnabled.12"),
        ("application/octet-stream", "../../etc/passwd", None),
        ("", "", None),
    ],
)
def test_the_media_type_decides_and_then_the_ending(media_type: str | None, name: str, kind: str | None) -> None:
    """The ending counts only where the media type says nothing; pictures, films and archives have no text."""
    assert readable_as(media_type, name) == kind


@given(st.none() | st.text(), st.text())
def test_no_name_and_no_media_type_is_an_error(media_type: str | None, name: str) -> None:
    """Whatever a site says, the answer is a media type or None."""
    kind = readable_as(media_type, name)
    assert kind is None or "/" in kind
