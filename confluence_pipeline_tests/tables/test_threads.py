"""Where a comment stands in its thread."""

from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.tables.threads import place_in_thread

IDS = st.sampled_from([f"c{number}" for number in range(8)])


@st.composite
def threads(draw: st.DrawFn) -> dict[str, str]:
    """Draw replies, each to one before it, to a comment at the top, or to one that is gone."""
    parents: dict[str, str] = {}
    for number in range(draw(st.integers(1, 12))):
        parents[f"r{number}"] = draw(st.sampled_from(["top", "gone", *parents]))
    return parents


def above(comment_id: str, parents: dict[str, str]) -> list[str]:
    """Say what is above a comment, by the definition: what it replies to, and whatever is above that."""
    return [*above(parents[comment_id], parents), parents[comment_id]] if comment_id in parents else []


@given(threads())
def test_root_and_depth_are_those_of_the_definition(parents: dict[str, str]) -> None:
    """The root is the topmost comment that a parent names, and the depth is how many are above."""
    for comment_id in [*parents, "top"]:
        place = place_in_thread(comment_id, parents)
        expected = above(comment_id, parents)
        assert (place.root_id, place.depth) == ((expected or [comment_id])[0], len(expected))


@given(st.dictionaries(IDS, IDS, min_size=1))
def test_circles_end(parents: dict[str, str]) -> None:
    """Whatever parents a site names, nobody is above themselves and the depth is bounded."""
    for comment_id in parents:
        assert place_in_thread(comment_id, parents).depth <= len(parents)


def test_a_very_long_chain_is_walked() -> None:
    """Depth costs no stack."""
    parents = {str(number): str(number - 1) for number in range(1, 5000)}
    assert (place_in_thread("4999", parents).root_id, place_in_thread("4999", parents).depth) == ("0", 4999)
