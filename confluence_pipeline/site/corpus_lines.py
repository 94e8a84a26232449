"""Reads and checks the lines of a corpus folder, keeping where each body lies instead of the body."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SPACE_KEY = re.compile(r"~?[A-Za-z0-9][A-Za-z0-9._:-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[1-9][0-9]{0,18}")
_MAX_ID = 2**63 - 1
"""Content ids are 64-bit integers in the REST API's parameters (Confluence REST v2)."""


class CorpusError(ValueError):
    """A corpus folder cannot be served; the message says which file and line, and what to do."""


@dataclass(frozen=True, slots=True)
class CorpusFile:
    """An attachment as a line lists it; ``size`` in bytes."""

    filename: str
    media_type: str
    size: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class CorpusPage:
    """A line without its body: ``offset`` is where the line begins in ``path``, in bytes."""

    path: Path
    line: int
    offset: int
    space_key: str
    space_name: str
    content_id: str
    title: str
    parent_id: str | None
    position: int | None
    labels: tuple[str, ...]
    editor: str | None
    attachments: tuple[CorpusFile, ...]

    @property
    def place(self) -> str:
        """Where the line is, as ``file:line``."""
        return f"{self.path}:{self.line}"


def read_pages(folder: Path) -> list[CorpusPage]:
    """Return the pages of all ``*.jsonl`` files of a folder, files in name order, parents before children.

    Raises:
        CorpusError: The folder or its files are missing, or a line cannot be served.
    """
    if not folder.is_dir():
        raise CorpusError(f"{folder} is not a folder; name one that holds *.jsonl files, a page a line")
    files = sorted(path for path in folder.glob("*.jsonl") if path.is_file())
    if not files:
        raise CorpusError(f"{folder} holds no *.jsonl file; name a folder that does, a page a line")
    pages = [page for path in files for page in _read_file(path)]
    if not pages:
        raise CorpusError(f"the *.jsonl files in {folder} are empty; put a page on each line")
    _refuse_repeated_ids(pages)
    return _parents_first(pages)


def body_of(page: CorpusPage) -> str:
    """Return the body of a page, read again from its file.

    Raises:
        CorpusError: The file has changed since it was read first.
    """
    with page.path.open("rb") as lines:
        lines.seek(page.offset)
        raw = lines.readline()
    try:
        record = json.loads(raw)
    except ValueError as error:
        raise CorpusError(f"{page.place}: the file has changed while the site was filled; start again") from error
    if not isinstance(record, dict) or record.get("id") != page.content_id:
        raise CorpusError(f"{page.place}: the file has changed while the site was filled; start again")
    return str(record["body_storage"])


def _read_file(path: Path) -> Iterator[CorpusPage]:
    offset = 0
    # Split at line feeds only: a body may hold any other line separator.
    with path.open("rb") as lines:
        for number, raw in enumerate(lines, 1):
            if raw.strip():
                yield _Line(path, number, offset, raw).page()
            offset += len(raw)


class _Line:
    """One line being checked; every complaint names it."""

    def __init__(self, path: Path, number: int, offset: int, raw: bytes) -> None:
        self._path, self._number, self._offset = path, number, offset
        try:
            record = json.loads(raw.decode())
        except (ValueError, RecursionError) as error:
            raise self._error(f"not JSON in UTF-8 ({error}); write one object a line") from error
        if not isinstance(record, dict):
            raise self._error("not a JSON object; write one object a line")
        self._record: dict[str, Any] = record

    def page(self) -> CorpusPage:
        """Return the checked line."""
        self._text("body_storage", may_be_empty=True)
        return CorpusPage(
            path=self._path,
            line=self._number,
            offset=self._offset,
            space_key=self._space_key(),
            space_name=self._text("space_name"),
            content_id=self._id("id"),
            title=self._text("title"),
            parent_id=self._parent_id(),
            position=self._position(),
            labels=tuple(self._label(label) for label in self._list("labels")),
            editor=self._record.get("editor") and self._text("editor"),
            attachments=tuple(self._file(item) for item in self._list("attachments")),
        )

    def _error(self, problem: str) -> CorpusError:
        return CorpusError(f"{self._path}:{self._number}: {problem}")

    def _text(self, name: str, *, may_be_empty: bool = False) -> str:
        return self._checked_text(self._record.get(name), f"{name!r}", may_be_empty=may_be_empty)

    def _checked_text(self, value: object, what: str, *, may_be_empty: bool = False) -> str:
        if not isinstance(value, str) or not (value or may_be_empty):
            raise self._error(f"{what} must be a {'' if may_be_empty else 'non-empty '}string; add it to the line")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise self._error(f"{what} holds half a surrogate pair; write the whole character") from error
        return value

    def _space_key(self) -> str:
        key = self._text("space_key")
        if not _SPACE_KEY.fullmatch(key):
            raise self._error(f"'space_key' {key!r} is no space key; use letters and digits")
        return key

    def _id(self, name: str) -> str:
        text = self._text(name)
        if not _ID.fullmatch(text) or int(text) > _MAX_ID:
            raise self._error(f"{name!r} {text!r} is no content id; write a positive 64-bit number as a string")
        return text

    def _parent_id(self) -> str | None:
        if self._record.get("parent_id") is not None:
            return self._id("parent_id")
        if self._record.get("parent_title") is not None:
            raise self._error("'parent_title' is given without 'parent_id'; add the parent's id")
        return None

    def _position(self) -> int | None:
        position = self._record.get("position")
        if position is not None and (not isinstance(position, int) or isinstance(position, bool)):
            raise self._error(f"'position' must be an integer or null, not {position!r}")
        return position

    def _list(self, name: str) -> Sequence[object]:
        items = self._record.get(name, [])
        if not isinstance(items, list):
            raise self._error(f"{name!r} must be a list; write [] for none")
        return items

    def _label(self, label: object) -> str:
        return self._checked_text(label, "each label")

    def _file(self, item: object) -> CorpusFile:
        if not isinstance(item, dict):
            raise self._error("each attachment must be an object with filename, media_type, size and sha256")
        filename = self._checked_text(item.get("filename"), "an attachment's 'filename'")
        if filename in {".", ".."} or any(character in filename for character in "/\\\0"):
            raise self._error(f"attachment {filename!r} is a path; give the name of a file without its folder")
        size, digest = item.get("size"), item.get("sha256")
        if not isinstance(size, int) or isinstance(size, bool) or size < 0:
            raise self._error(f"attachment {filename!r} needs its 'size' in bytes")
        if digest is not None and not (isinstance(digest, str) and _SHA256.fullmatch(digest)):
            raise self._error(f"the 'sha256' of attachment {filename!r} must be 64 lower-case hexadecimal digits")
        return CorpusFile(filename, self._checked_text(item.get("media_type"), "'media_type'"), size, digest)


def _refuse_repeated_ids(pages: Sequence[CorpusPage]) -> None:
    first: dict[str, CorpusPage] = {}
    for page in pages:
        known = first.setdefault(page.content_id, page)
        if known is not page:
            raise CorpusError(
                f"{page.place}: the id {page.content_id} is taken by {known.place}; an id is unique on a "
                "site, so remove or renumber one of the two"
            )


def _parents_first(pages: Sequence[CorpusPage]) -> list[CorpusPage]:
    """Return the pages in their order, except that a child written before its parent waits for it."""
    by_id = {page.content_id: page for page in pages}
    for page in pages:
        if page.parent_id is not None:
            parent = by_id.get(page.parent_id)
            if parent is None or parent.space_key != page.space_key:
                raise CorpusError(
                    f"{page.place}: the parent {page.parent_id} is not in the space {page.space_key}; "
                    "add its line, or set 'parent_id' to null"
                )
    ordered: dict[str, CorpusPage] = {}
    for page in pages:
        for each in reversed(_line_of_ancestors(page, by_id, ordered)):
            ordered[each.content_id] = each
    return list(ordered.values())


def _line_of_ancestors(
    page: CorpusPage, by_id: dict[str, CorpusPage], placed: dict[str, CorpusPage]
) -> list[CorpusPage]:
    """Return the page and those of its ancestors that are not placed yet, nearest first."""
    line: dict[str, CorpusPage] = {}
    each: CorpusPage | None = page
    while each is not None and each.content_id not in placed:
        if each.content_id in line:
            raise CorpusError(f"{page.place}: the page is its own ancestor; set 'parent_id' of one of them to null")
        line[each.content_id] = each
        each = by_id[each.parent_id] if each.parent_id is not None else None
    return list(line.values())
