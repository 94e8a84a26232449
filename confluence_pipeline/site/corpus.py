"""A site filled from a folder of real or recorded pages: JSON Lines files, a page a line.

A line is an object with ``space_key``, ``space_name``, ``id``, ``title`` and ``body_storage`` (strings), and
optionally ``parent_id``, ``position``, ``labels``, ``editor`` and ``attachments`` (objects with ``filename``,
``media_type``, ``size`` and ``sha256``). The bytes of an attachment are looked up in
``attachments/<space_key>/<id>/<filename>`` beside the folder. Any other member of a line is ignored.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zlib import crc32

from confluence_pipeline.site.corpus_lines import CorpusError, CorpusFile, CorpusPage, body_of, read_pages
from confluence_pipeline.site.seed import (
    BytesLoader,
    Seed,
    SeedAttachment,
    SeedContent,
    SeedGroup,
    SeedSpace,
    SeedUser,
)

__all__ = ["CorpusError", "FileBytes", "corpus_seed"]

_CALLER = SeedUser(
    account_id="712020:corpus-pipeline",
    display_name="Pipeline (corpus site)",
    email="pipeline@corpus.example",
    account_type="app",
    api_token="corpus-site-token",  # noqa: S106 -- opens nothing but a local site of public pages
)
_WRITERS = (
    "Ada Fenwick", "Boris Anand", "Carmen Liu", "Dev Okonkwo", "Elif Strand", "Femi Alvarado",
    "Greta Ilves", "Hugo Mbeki", "Ines Tanaka", "Jonas Petit", "Kirsi Novak", "Liam Osei",
)  # fmt: skip
_LOG = logging.getLogger(__name__)
_FIRST_PAGE_AT = datetime(2023, 3, 1, 8, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FileBytes(BytesLoader):
    """The bytes of an attachment that lies in a file, checked against what its page says of it."""

    path: Path
    sha256: str | None

    def read(self) -> bytes:
        """Return the whole file.

        Raises:
            FileNotFoundError: The page lists the file, but it is not in the attachments folder.
            CorpusError: The file is there, but is not the one that the page lists.
        """
        if not self.path.is_file():
            raise FileNotFoundError(
                f"a corpus page lists an attachment whose file is absent: {self.path}; put it there to serve it"
            )
        content = self.path.read_bytes()
        if self.sha256 is not None and hashlib.sha256(content).hexdigest() != self.sha256:
            raise CorpusError(f"{self.path} has another SHA-256 than its page lists; restore the file it lists")
        return content


def corpus_seed(folder: Path) -> Seed:
    """Return a site with each page of the ``*.jsonl`` files in a folder, ids and bodies as they are there.

    Every line is read and checked now, once, without keeping the bodies; each body is read again when the
    page's turn comes, so a corpus larger than memory can be served. Authors and dates are invented, the same
    each time. A space's homepage is its first page without a parent.

    Args:
        folder: where the ``*.jsonl`` files are.

    Raises:
        CorpusError: The folder or its files are missing, or a line is malformed, repeats an id, or names a
            parent that is not in its space. The message gives file and line, and what to do.
    """
    pages = read_pages(folder)
    _warn_of_repeated_titles(pages)
    spaces = _spaces(pages)
    attachments = folder.resolve().parent / "attachments"
    return Seed(
        title="Corpus site",
        users=[*(_writer(number) for number in range(len(_WRITERS))), _CALLER],
        groups=[SeedGroup("confluence-users", [*map(_writer_id, range(len(_WRITERS))), _CALLER.account_id])],
        spaces=spaces,
        contents=_contents(pages, attachments),
        caller=_CALLER.account_id,
    )


def _writer_id(number: int) -> str:
    return f"712020:corpus-{number + 1:03}"


def _writer(number: int) -> SeedUser:
    name = _WRITERS[number]
    email = f"{name.lower().replace(' ', '.')}@corpus.example"
    return SeedUser(_writer_id(number), name, email, is_admin=number == 0)


def _author(text: str) -> str:
    return _writer_id(crc32(text.encode()) % len(_WRITERS))


def _spaces(pages: Sequence[CorpusPage]) -> list[SeedSpace]:
    first: dict[str, CorpusPage] = {}
    for page in pages:
        known = first.setdefault(page.space_key, page)
        if known.space_name != page.space_name:
            raise CorpusError(
                f"{page.place}: the space {page.space_key} is named {page.space_name!r} here and "
                f"{known.space_name!r} at {known.place}; give it one name"
            )
    # Pages come parents first, so a space's first page is its first root.
    return [
        SeedSpace(
            key=key,
            name=page.space_name,
            author_id=_author(key),
            created_at=_FIRST_PAGE_AT - timedelta(days=1),
            homepage=page.content_id,
        )
        for key, page in first.items()
    ]


def _warn_of_repeated_titles(pages: Sequence[CorpusPage]) -> None:
    first: dict[tuple[str, str], CorpusPage] = {}
    repeated: dict[str, list[CorpusPage]] = {}
    for page in pages:
        if first.setdefault((page.space_key, page.title), page) is not page:
            repeated.setdefault(page.space_key, []).append(page)
    for space_key, again in repeated.items():
        _LOG.warning(
            "%s: space %s has %d page(s) with a title that an earlier page has, this one first; Confluence allows "
            "a title once in a space; all are served, but a link by title may lead to either",
            again[0].place,
            space_key,
            len(again),
        )


def _contents(pages: Sequence[CorpusPage], attachments: Path) -> Iterator[SeedContent]:
    children: Counter[tuple[str, str | None]] = Counter()
    for number, page in enumerate(pages):
        siblings = (page.space_key, page.parent_id)
        yield _content(page, number, children[siblings], attachments)
        children[siblings] += 1


def _content(page: CorpusPage, number: int, turn: int, attachments: Path) -> SeedContent:
    created_at = _FIRST_PAGE_AT + timedelta(minutes=7 * number)
    home = attachments / page.space_key / page.content_id
    return SeedContent(
        key=page.content_id,
        content_id=page.content_id,
        space_key=page.space_key,
        title=page.title,
        author_id=_author(page.content_id),
        created_at=created_at,
        updated_at=created_at + timedelta(seconds=crc32(page.title.encode()) % 8_000_000),
        parent=page.parent_id,
        position=turn if page.position is None else page.position,
        body_storage=body_of(page),
        labels=page.labels,
        attachments=[_attachment(file, home) for file in page.attachments],
        properties=[("editor", page.editor)] if page.editor else [],
    )


def _attachment(file: CorpusFile, home: Path) -> SeedAttachment:
    return SeedAttachment(file.filename, file.media_type, file.size, FileBytes(home / file.filename, file.sha256))
