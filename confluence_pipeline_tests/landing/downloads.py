"""Attachments as records, and a site that gives their bytes as a test says, with no network between."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from confluence_pipeline.confluence import AttachmentRecord, NotFoundError, ServerError
from confluence_pipeline.confluence.dialect import Download

URL = "https://wiki.example.com/wiki/rest/api/content/1/child/attachment"


def sha256_of(data: bytes) -> str:
    """Return the digest of bytes, as hex."""
    return hashlib.sha256(data).hexdigest()


def attachment(
    attachment_id: str = "att1",
    *,
    title: str = "reading.bin",
    version: int = 1,
    size: int | None = None,
    media_type: str | None = "application/octet-stream",
) -> AttachmentRecord:
    """Return the record of an attachment."""
    return AttachmentRecord(
        attachment_id=attachment_id,
        container_id="7",
        container_type="page",
        status="current",
        title=title,
        media_type=media_type,
        file_size=size,
        file_id=None,
        version_number=version,
        version_author_id=None,
        author_id=None,
        created_at=None,
        updated_at=None,
        comment=None,
        download_url=f"{URL}/{attachment_id}/download",
        web_url=None,
        source_url="test",
    )


@dataclass
class Source:
    """A site with one file.

    Attributes:
        data: The file's bytes.
        breaks: After how many bytes each opening breaks off; the openings after these go through.
        resumes: Whether it can give the rest of a file; else it begins anew.
        gone: Whether the file is there no more.
        piece: How many bytes come at once.
        asked: From which byte on each opening was asked for.
    """

    data: bytes
    breaks: list[int] = field(default_factory=list)
    resumes: bool = True
    gone: bool = False
    piece: int = 1000
    asked: list[int] = field(default_factory=list)

    @contextmanager
    def download(self, url: str, start: int = 0) -> Iterator[Download]:
        """Open the file."""
        assert url.startswith(URL)
        if self.gone:
            raise NotFoundError("it is not there", status=404)
        opening = len(self.asked)
        self.asked.append(start)
        first = start if self.resumes else 0
        stop = self.breaks[opening] if opening < len(self.breaks) else None
        yield Download(first, self._pieces(first, stop))

    def _pieces(self, first: int, stop: int | None) -> Iterator[bytes]:
        end = len(self.data) if stop is None else first + stop
        for at in range(first, end, self.piece):
            yield self.data[at : min(at + self.piece, end)]
        if stop is not None:
            raise ServerError("the bytes broke off", status=200)
