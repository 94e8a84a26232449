"""Sites with bodies, or attachments, so large that many of them would not fit in memory well."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from confluence_pipeline.site.seed import BytesLoader, Seed, SeedAttachment, SeedContent, SeedSpace, SeedUser

PAGES, BODY_BYTES = 40, 900_000
FILES, FILE_BYTES = 100, 20 * 1024**2
_PIECE = 64 * 1024
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def heavy_seed() -> Seed:
    """One space of a few very long pages."""
    return _seed(_contents())


def heavy_files_seed() -> Seed:
    """One space of ten pages with a hundred attachments of 20 MB, no two alike."""
    return _seed(_pages_with_files())


@dataclass(frozen=True, slots=True)
class MadeFile(BytesLoader):
    """A file whose bytes are made while they are sent; each piece of it begins with the file's and its own number."""

    number: int
    size: int

    def read(self) -> bytes:
        """Return the whole file."""
        return b"".join(self.stream(0))

    def stream(self, start: int) -> Iterator[bytes]:
        """Yield the file from a byte on, in pieces of at most 64 KiB."""
        for at in range(start - start % _PIECE, self.size, _PIECE):
            piece = b"%08d/%08d" % (self.number, at // _PIECE)
            yield piece.ljust(min(_PIECE, self.size - at), b".")[max(0, start - at) : self.size - at]


def _seed(contents: Iterator[SeedContent]) -> Seed:
    return Seed(
        title="Heavy",
        users=[SeedUser("u", "U", "u@example.com", api_token="t")],
        groups=[],
        spaces=[SeedSpace("HEAVY", "Heavy", "u", _NOW)],
        contents=contents,
        caller="u",
    )


def _pages_with_files() -> Iterator[SeedContent]:
    for number in range(10):
        files = [_file(at) for at in range(number * FILES // 10, (number + 1) * FILES // 10)]
        yield SeedContent(f"p{number}", "HEAVY", f"Page {number}", "u", _NOW, _NOW, attachments=files)


def _file(number: int) -> SeedAttachment:
    load = MadeFile(number, FILE_BYTES)
    return SeedAttachment(f"reading-{number:03}.bin", "application/octet-stream", FILE_BYTES, load)


def _contents() -> Iterator[SeedContent]:
    for number in range(PAGES):
        text = f"{number:09} " * (BODY_BYTES // 10)
        yield SeedContent(f"p{number}", "HEAVY", f"Page {number}", "u", _NOW, _NOW, body_storage=f"<p>{text}</p>")
