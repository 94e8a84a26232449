"""One extractor for all tests that only read."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from confluence_pipeline.extraction import Extracted, Limits, TextExtractor, readable_as

Read = Callable[[bytes, str], Extracted]


@pytest.fixture(scope="session")
def extractor() -> Iterator[TextExtractor]:
    """The real extractor, with limits that tests can wait for."""
    with TextExtractor(Limits(seconds=20, memory_bytes=1024**3, text_bytes=100_000), workers=1) as extractor:
        yield extractor


@pytest.fixture
def read(extractor: TextExtractor, tmp_path: Path) -> Read:
    """Reads bytes under a name, from a file whose own name tells nothing."""

    def read_bytes(data: bytes, name: str) -> Extracted:
        kind = readable_as(None, name)
        assert kind is not None
        path = tmp_path / "blob"
        path.write_bytes(data)
        return extractor.extract(path, kind)

    return read_bytes
