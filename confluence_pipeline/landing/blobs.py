"""The bytes of attachments, each stored once, under the SHA-256 of what they are.

::

    blobs/ab/abcd…          bytes, immutable; the name is the lower-case hex of their digest
    raw/downloads/*.json    which attachment's bytes came, until its record has landed

The name of an attachment, its id and its address are the site's words and never become a path. A note in
``raw/downloads`` is written before its blob shows: a sync that dies after it does not download the bytes again, and
what one sync has downloaded is not dropped by another before its record has landed.
"""

import hashlib
import re
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from confluence_pipeline.confluence import AttachmentRecord, ServerError, TooLargeError
from confluence_pipeline.confluence.dialect import Download
from confluence_pipeline.lake import Lake, StreamWriter
from confluence_pipeline.landing.codec import decode, encode

SETTING = "CONFLUENCE_ATTACHMENT_MAX_MB"

_BLOBS = "blobs"
_INCOMING = f"{_BLOBS}/incoming"
_NOTES = "raw/downloads"
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MEGABYTE = 1024**2
_MOST_OPENINGS = 5
_AN_UNFINISHED_SYNC_LIVES = timedelta(days=7)


class Downloading(Protocol):
    """What gives bytes: the part of a :class:`~confluence_pipeline.confluence.dialect.Dialect` that is needed here."""

    def download(self, url: str, start: int = 0) -> AbstractContextManager[Download]:
        """Open the bytes of an attachment from ``start`` on."""
        ...


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes that landed: their SHA-256 as lower-case hex, and how many they are."""

    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class _Note:
    """Whose bytes came, and when."""

    attachment_id: str
    version_number: int
    sha256: str
    size: int
    landed_at: datetime


class BlobStore:
    """Where the bytes of attachments lie in a lake.

    Args:
        lake: The lake.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def path(self, sha256: str) -> str:
        """Return where a blob lies, relative to the lake's root.

        Raises:
            ValueError: If ``sha256`` is not 64 lower-case hex digits.
        """
        if not _DIGEST.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is not a SHA-256 as lower-case hex")
        return f"{_BLOBS}/{sha256[:2]}/{sha256}"

    def has(self, sha256: str) -> bool:
        """Tell whether a blob is there."""
        return self._lake.exists(self.path(sha256))

    def present(self) -> frozenset[str]:
        """Return the digests of all blobs, by listing them."""
        names = (path.rpartition("/")[2] for path in self._lake.list_files(_BLOBS))
        return frozenset(name for name in names if _DIGEST.fullmatch(name))

    def land(self, api: Downloading, attachment: AttachmentRecord, max_bytes: int) -> Blob:
        """Download an attachment into the lake, a piece at a time; bytes that are there already stay as they are.

        Where the stream breaks off it is opened again from there on, a few times; a server that cannot resume
        begins anew. Nothing shows in the lake before all bytes are there, and nothing stays if they do not come.

        Args:
            api: The site.
            attachment: Whose bytes; what it says of its size is not believed.
            max_bytes: The most bytes to take.

        Returns:
            What landed, with its true size.

        Raises:
            TooLargeError: There are more bytes than that.
            NotFoundError: The attachment is gone.
            ServerError: The stream broke off again and again.
            ConfluenceError: The bytes cannot be had.
            LakeError: The lake cannot be written.
        """
        if (attachment.file_size or 0) > max_bytes:
            raise _too_large(max_bytes)
        with self._lake.stream_writer(_INCOMING) as writer:
            sha256 = _fetch(api, attachment.download_url, writer, max_bytes)
            blob = Blob(sha256, writer.size)
            self._write_note(attachment, blob)
            if self.has(sha256):
                writer.discard()
            else:
                writer.publish_as(self.path(sha256))
        return blob

    def noted(self, attachments: Iterable[AttachmentRecord]) -> dict[str, Blob]:
        """Return what came of these attachments, in just these versions, before their records landed, by id."""
        paths = set(self._lake.list_files(_NOTES))
        found = {}
        for attachment in attachments:
            path = _note_path(attachment)
            if path in paths:
                note = self._read_note(path)
                found[attachment.attachment_id] = Blob(note.sha256, note.size)
        return found

    def forget_notes(self, attachments: Iterable[AttachmentRecord]) -> None:
        """Drop the notes of these attachments, whose records have landed."""
        for path in sorted({_note_path(attachment) for attachment in attachments} & set(self._lake.list_files(_NOTES))):
            self._lake.remove(path)

    def drop(self, referenced: Iterable[str]) -> list[str]:
        """Remove the blobs that neither ``referenced`` nor a download of the last seven days names.

        Returns:
            The digests of what was removed, sorted.
        """
        candidates = self.present() - set(referenced)  # before the notes are read, so that none is missed
        dropped = sorted(candidates - self._recently_noted(datetime.now(UTC) - _AN_UNFINISHED_SYNC_LIVES))
        for sha256 in dropped:
            self._lake.remove(self.path(sha256))
        return dropped

    def _recently_noted(self, since: datetime) -> set[str]:
        """Return the digests that notes name, and drop those of syncs that nobody has continued for long."""
        found = set()
        for path in self._lake.list_files(_NOTES):
            note = self._read_note(path)
            if note.landed_at < since:
                self._lake.remove(path)
            else:
                found.add(note.sha256)
        return found

    def _write_note(self, attachment: AttachmentRecord, blob: Blob) -> None:
        note = _Note(attachment.attachment_id, attachment.version_number, blob.sha256, blob.size, datetime.now(UTC))
        self._lake.write_bytes(_note_path(attachment), encode(note).encode())

    def _read_note(self, path: str) -> _Note:
        return decode(_Note, self._lake.read_bytes(path).decode())


def _note_path(attachment: AttachmentRecord) -> str:
    name = f"{attachment.attachment_id}\x1f{attachment.version_number}"
    return f"{_NOTES}/{hashlib.sha256(name.encode()).hexdigest()[:32]}.json"


class _Arriving:
    """Bytes on their way into a file, with their digest so far."""

    def __init__(self, writer: StreamWriter, max_bytes: int) -> None:
        self.digest = hashlib.sha256()
        self._writer = writer
        self._max_bytes = max_bytes

    def begin(self, start: int) -> None:
        """Say from which byte on bytes come now."""
        if start not in (0, self._writer.size):
            raise ServerError(f"The site gave bytes from {start} on where those from {self._writer.size} were wanted")
        if start != self._writer.size:
            self._writer.restart()
            self.digest = hashlib.sha256()

    def add(self, piece: bytes) -> None:
        """Write the next bytes."""
        if self._writer.size + len(piece) > self._max_bytes:
            raise _too_large(self._max_bytes)
        self._writer.write(piece)
        self.digest.update(piece)


def _fetch(api: Downloading, url: str, writer: StreamWriter, max_bytes: int) -> str:
    """Write the bytes behind ``url``; return their SHA-256."""
    arriving = _Arriving(writer, max_bytes)
    for opening in range(1, _MOST_OPENINGS + 1):
        with api.download(url, writer.size) as download:
            arriving.begin(download.start)
            try:
                for piece in download.chunks:
                    arriving.add(piece)
            except ServerError:
                if opening == _MOST_OPENINGS:
                    raise
            else:
                break
    return arriving.digest.hexdigest()


def _too_large(max_bytes: int) -> TooLargeError:
    return TooLargeError(
        f"it is larger than {max_bytes / _MEGABYTE:g} MB; set {SETTING} higher to download it", setting=SETTING
    )
