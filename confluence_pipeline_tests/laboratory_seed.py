"""The laboratory's site; a module of its own, so that the site's process starts without the pipeline."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from confluence_pipeline.site.seed import Seed, SeedContent, SeedRestriction, SeedSpace, SeedUser

BOSS, READER, GUEST = "712020:boss", "712020:reader", "712020:guest"
PERSONAL = "~712020boss"

_THEN = datetime(2026, 2, 1, 9, 0, tzinfo=UTC)


def lab_seed() -> Seed:
    """Four spaces that the reader sees and one that only the boss does; pages of every status, some restricted."""
    return _seed(pages=24)


def busy_lab_seed() -> Seed:
    """The same with more pages than are built in one stretch."""
    return _seed(pages=300)


def _seed(pages: int) -> Seed:
    return Seed(
        title="Laboratory",
        users=[
            SeedUser(READER, "Rita Reader", "reader@example.com", api_token="token-reader"),
            SeedUser(BOSS, "Bruno Boss", "boss@example.com", api_token="token-boss", is_admin=True),
            SeedUser(GUEST, "Gus Guest", "guest@example.com"),
        ],
        groups=[],
        spaces=[
            SeedSpace("LAB", "Lab", BOSS, _THEN, homepage="LAB-0", labels=["science", "blue"]),
            SeedSpace("ZOO", "Zoo", BOSS, _THEN, homepage="ZOO-0"),
            SeedSpace("ATTIC", "Attic", BOSS, _THEN, status="archived", homepage="ATTIC-0", labels=["old"]),
            SeedSpace(PERSONAL, "Bruno", BOSS, _THEN, space_type="personal", homepage=f"{PERSONAL}-0"),
            SeedSpace("VAULT", "Vault", BOSS, _THEN, viewer_users=[BOSS], homepage="VAULT-0"),
        ],
        contents=_contents(pages),
        caller=READER,
    )


def _contents(pages: int) -> Iterator[SeedContent]:
    for key, size in (("LAB", pages), ("ZOO", 9), ("ATTIC", 6), (PERSONAL, 3), ("VAULT", 3)):
        for number in range(size):
            yield _page(key, number)
    for number in range(4):
        yield SeedContent(
            f"news-{number}",
            "LAB",
            f"News {number}",
            GUEST,
            _THEN,
            _THEN + timedelta(days=number),
            node_type="blogpost",
            body_storage=f"<p>News of day {number}</p>",
            labels=["alpha"] if number % 2 else [],
        )


def _page(key: str, number: int) -> SeedContent:
    status = {5: "archived", 6: "trashed"}.get(number, "current") if key == "LAB" else "current"
    body = f"<h2>Part {number}</h2><p>Page {number} of {key}</p>"
    if number % 3 == 1:
        body += f'<p><ac:link><ri:page ri:content-title="{key} page {number - 1}" /></ac:link></p>'
    if number % 4 == 2:
        body += f'<p>Ask <ac:link><ri:user ri:account-id="{GUEST}" /></ac:link></p>'
    return SeedContent(
        f"{key}-{number}",
        key,
        f"{key} page {number}",
        BOSS,
        _THEN,
        _THEN + timedelta(hours=number),
        parent=None if number == 0 else f"{key}-{(number - 1) // 3}",
        status=status,  # type: ignore[arg-type]
        body_storage=body,
        labels=[name for name, step in (("alpha", 2), ("beta", 3), ("my-own", 7)) if number % step == 0],
        restrictions=[SeedRestriction("read", users=[BOSS])] if (key, number) == ("LAB", 4) else [],
    )
