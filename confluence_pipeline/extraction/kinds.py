"""Which files have text that can be read, by what is said of them."""

from collections.abc import Mapping
from pathlib import PurePosixPath

_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
_PLAIN = "text/plain"

_BY_ENDING: Mapping[str, str] = {
    ".pdf": "application/pdf",
    ".doc": "application/msword",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".docm": "application/vnd.ms-word.document.macroEnabled.12",
    ".dotx": f"{_OFFICE}.wordprocessingml.template",
    ".odt": f"{_OPEN}.text",
    ".rtf": "application/rtf",
    ".ppt": "application/vnd.ms-powerpoint",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".pptm": "application/vnd.ms-powerpoint.presentation.macroEnabled.12",
    ".ppsx": f"{_OFFICE}.presentationml.slideshow",
    ".odp": f"{_OPEN}.presentation",
    ".xls": "application/vnd.ms-excel",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
    ".xlsb": "application/vnd.ms-excel.sheet.binary.macroEnabled.12",
    ".ods": f"{_OPEN}.spreadsheet",
    ".html": "text/html",
    ".htm": "text/html",
    ".xhtml": "application/xhtml+xml",
    ".eml": "message/rfc822",
    ".msg": "application/vnd.ms-outlook",
} | dict.fromkeys((".csv", ".tsv", ".txt", ".md", ".log", ".json", ".xml", ".yaml", ".yml"), _PLAIN)

_BY_MEDIA_TYPE: Mapping[str, str] = (
    {media_type.lower(): media_type for media_type in _BY_ENDING.values()}
    | {"text/rtf": "application/rtf", "application/x-msg": "application/vnd.ms-outlook"}
    | dict.fromkeys(("application/json", "application/xml", "application/yaml", "application/csv"), _PLAIN)
)

_SAY_NOTHING = frozenset(
    {"", "application/octet-stream", "binary/octet-stream", "application/zip", "application/x-zip-compressed"}
)
"""Media types that browsers and scripts send for files they do not know; office documents are zips."""


def readable_as(media_type: str | None, filename: str) -> str | None:
    """Return as what kind of file a file's text can be read.

    The media type decides; the ending of the name does where the media type says nothing. A name is only ever
    looked at, never used as a path. Every other ``text/...``, CSV too, is read as plain text, so that nothing in it
    is lost.

    Args:
        media_type: What is said of the file, perhaps with parameters, as in ``text/html; charset=utf-8``.
        filename: What it is called.

    Returns:
        A media type, or None for files that have no text to read: pictures, films, archives, programs.
    """
    said = (media_type or "").partition(";")[0].strip().lower()
    if said in _SAY_NOTHING:
        return _BY_ENDING.get(PurePosixPath(filename.replace("\\", "/").lower()).suffix)
    return _BY_MEDIA_TYPE.get(said, _PLAIN if said.startswith("text/") else None)
