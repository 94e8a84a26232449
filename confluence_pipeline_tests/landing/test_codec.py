"""Records in memory: equal texts that repeat are one object."""

from confluence_pipeline.confluence import ContentRecord
from confluence_pipeline.landing.codec import decode, encode, shared
from confluence_pipeline_tests.normalize.landed import page

REPEATED = ("content_id", "content_type", "space_id", "status", "parent_id")


def fresh(text: str) -> str:
    """Return an equal text that is another object, as one that was just read is."""
    return "".join(list(text))


def test_what_many_records_have_in_common_is_held_once() -> None:
    """Shared records, and decoded ones, are equal to what they were and have the same ids and states as objects."""
    facts = [page(fresh("1000001"), fresh("2000002"), kind=fresh("page")) for _ in range(2)]
    assert facts[0].parent_id is not facts[1].parent_id
    records = [*map(shared, facts), *(decode(ContentRecord, encode(record)) for record in facts)]
    assert records == facts * 2
    for name in REPEATED:
        assert len({id(getattr(record, name)) for record in records}) == 1, name
