"""A site with bodies so large that a batch of them would not fit in memory well."""

from collections.abc import Iterator
from datetime import UTC, datetime

from confluence_pipeline.site.seed import Seed, SeedContent, SeedSpace, SeedUser

PAGES, BODY_BYTES = 40, 900_000
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def heavy_seed() -> Seed:
    """One space of a few very long pages."""
    return Seed(
        title="Heavy",
        users=[SeedUser("u", "U", "u@example.com", api_token="t")],
        groups=[],
        spaces=[SeedSpace("HEAVY", "Heavy", "u", _NOW)],
        contents=_contents(),
        caller="u",
    )


def _contents() -> Iterator[SeedContent]:
    for number in range(PAGES):
        text = f"{number:09} " * (BODY_BYTES // 10)
        yield SeedContent(f"p{number}", "HEAVY", f"Page {number}", "u", _NOW, _NOW, body_storage=f"<p>{text}</p>")
