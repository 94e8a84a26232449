"""Where a page stands in its tree."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence import ContentRecord
from confluence_pipeline.tables.tree import ancestry

BLANK = ContentRecord(
    "0", "page", "1", "current", "", None, None, None, None, None, None, None, 1, None, None, None, None, None, "u"
)
IDS = st.sampled_from([str(number) for number in range(8)])


def page(content_id: str, parent_id: str | None) -> ContentRecord:
    """Return a page."""
    return replace(BLANK, content_id=content_id, parent_id=parent_id, title=f"Page {content_id}")


@st.composite
def forests(draw: st.DrawFn) -> dict[str, ContentRecord]:
    """Draw pages, each with a parent among those before it, one that is not readable, or none."""
    contents: dict[str, ContentRecord] = {}
    for number in range(draw(st.integers(1, 12))):
        parents = [None, "folder", *contents]
        contents[str(number)] = page(str(number), draw(st.sampled_from(parents)))
    return contents


def above(record: ContentRecord, contents: dict[str, ContentRecord]) -> list[tuple[str, str | None]]:
    """Say what an ancestor is, by its definition: the parent, and whatever is above the parent."""
    if record.parent_id is None:
        return []
    parent = contents.get(record.parent_id)
    if parent is None:
        return [(record.parent_id, None)]
    return [*above(parent, contents), (parent.content_id, parent.title)]


@given(forests())
def test_ancestors_are_those_of_the_definition(contents: dict[str, ContentRecord]) -> None:
    """Topmost first; one that cannot be read ends the chain, with its id and no title."""
    for record in contents.values():
        place = ancestry(record.content_id, record.parent_id, contents)
        assert list(zip(place.ids, place.titles, strict=True)) == above(record, contents)


@given(st.dictionaries(IDS, IDS | st.none(), min_size=1))
def test_circles_end(parents: dict[str, str | None]) -> None:
    """Whatever parents a listing names, nobody is their own ancestor or comes twice."""
    contents = {content_id: page(content_id, parent_id) for content_id, parent_id in parents.items()}
    for record in contents.values():
        ids = ancestry(record.content_id, record.parent_id, contents).ids
        assert len(set(ids)) == len(ids)
        assert record.content_id not in ids
        assert ids[-1:] == ((record.parent_id,) if record.parent_id not in (None, record.content_id) else ())


def test_a_very_deep_tree_is_walked() -> None:
    """Depth costs no stack."""
    contents = {str(n): page(str(n), str(n - 1) if n else None) for n in range(5000)}
    place = ancestry("4999", "4998", contents)
    assert place.ids[:2] == ("0", "1")
    assert len(place.ids) == 4999
