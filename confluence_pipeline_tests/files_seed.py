"""A site whose attachments are of every kind, well and badly behaved."""

from dataclasses import dataclass
from datetime import UTC, datetime

from confluence_pipeline.site.seed import BytesLoader, Seed, SeedAttachment, SeedContent, SeedSpace, SeedUser
from confluence_pipeline_tests.extraction.samples import SENTENCE, docx, encrypted_pdf, looping_pdf, pdf_page

LIMIT = 50_000
LONG_NAME = "x" * 296 + ".txt"
HOSTILE_NAMES = ("../../etc/passwd", LONG_NAME, "two\nlines.txt", "Case.txt", "case.TXT")
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Bytes(BytesLoader):
    """Bytes at hand."""

    data: bytes

    def read(self) -> bytes:
        """Return them."""
        return self.data


def _file(name: str, data: bytes, media_type: str = "text/plain", reported: int | None = None) -> SeedAttachment:
    return SeedAttachment(name, media_type, len(data), Bytes(data), reported_size=reported)


def files_seed() -> Seed:
    """One page with every kind of attachment."""
    files = [
        *(_file(name, f"{SENTENCE} in {number}".encode()) for number, name in enumerate(HOSTILE_NAMES)),
        _file("empty.bin", b"", "application/octet-stream"),
        _file("says little.txt", b"a" * 5000, reported=10),
        _file("says much.txt", b"b", reported=10**12),
        _file("large.bin", bytes(LIMIT + 1), "application/octet-stream"),
        _file("lies and is large.bin", bytes(LIMIT + 1), "application/octet-stream", reported=3),
        _file("plan.pdf", pdf_page(SENTENCE), "application/pdf"),
        _file("plan.docx", docx(SENTENCE), "application/octet-stream"),
        _file("looping.pdf", looping_pdf(), "application/pdf"),
        _file("encrypted.pdf", encrypted_pdf(), "application/pdf"),
        _file("picture.png", b"\x89PNG\r\n\x1a\n", "image/png"),
        _file("twin a.txt", b"twins"),
        _file("twin b.txt", b"twins"),
    ]
    return Seed(
        title="Files",
        users=[SeedUser("u", "U", "boss@example.com", api_token="token-boss", is_admin=True)],
        groups=[],
        spaces=[SeedSpace("FILES", "Files", "u", _NOW)],
        contents=iter([SeedContent("p", "FILES", "Page", "u", _NOW, _NOW, attachments=files)]),
        caller="u",
    )
