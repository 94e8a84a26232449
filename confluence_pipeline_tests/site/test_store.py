"""The site's memory: orderings, ids, and seeds that contradict themselves."""

import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.site.clock import epoch_milliseconds, wire_time
from confluence_pipeline.site.cursors import CursorSigner, fingerprint
from confluence_pipeline.site.loading import load
from confluence_pipeline.site.markup import text_of
from confluence_pipeline.site.seed import Seed, SeedContent, SeedRestriction, SeedSpace
from confluence_pipeline.site.shapes_v2 import tiny_link
from confluence_pipeline.site.store import Ordering, Store
from confluence_pipeline.site.tasks import tasks_in
from confluence_pipeline.site.wire import as_json
from confluence_pipeline_tests.site.seeds import ADA, NOW, people

entries = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 50)), unique_by=lambda entry: entry[1])


@given(entries, st.integers(1, 5), st.booleans())
def test_a_walk_in_steps_is_the_walk_in_one(known: list[tuple[int, int]], step: int, descending: bool) -> None:
    """Going on from the last entry of each step gives every entry once, in order, either way."""
    ordering = Ordering(known)
    walked: list[tuple[int, int]] = []
    while part := list(ordering.walk(after=walked[-1] if walked else None, descending=descending))[:step]:
        walked += part
    assert walked == sorted(known, reverse=descending)


@given(entries, st.tuples(st.integers(0, 5), st.integers(0, 50)), st.booleans())
def test_a_walk_goes_on_after_an_entry_that_is_gone(
    known: list[tuple[int, int]], gone: tuple[int, int], descending: bool
) -> None:
    """An entry need not be there any more for a walk to go on from where it was."""
    walked = list(Ordering(known).walk(after=gone, descending=descending))
    beyond = [entry for entry in known if (entry < gone if descending else entry > gone)]
    assert walked == sorted(beyond, reverse=descending)


@given(st.text(), st.none() | st.tuples(st.text() | st.integers(), st.integers(0)), st.integers(0, 9))
def test_cursors_are_read_back_by_their_own_query_only(
    query: str, position: tuple[object, int] | None, salt: int
) -> None:
    """A cursor gives back its position for its query, and is refused for another, by another site, or changed."""
    signer = CursorSigner(b"secret")
    cursor = signer.write(query, position, salt)
    assert signer.read(query, cursor) == (position, salt)
    for reader, of in ((signer, query + "x"), (CursorSigner(b"other"), query)):
        with pytest.raises(ValueError, match=r"of another query|not written by this site"):
            reader.read(of, cursor)
    with pytest.raises(ValueError, match="not"):
        signer.read(query, cursor[:5] + ("A" if cursor[5] != "A" else "B") + cursor[6:])


@given(st.text())
def test_text_that_is_no_cursor_is_refused(text: str) -> None:
    """Any text that the site did not write is refused, and never breaks it."""
    with pytest.raises(ValueError, match="not"):
        CursorSigner(b"secret").read("query", text)


def test_paging_does_not_make_another_query() -> None:
    """The limit and the cursor are not part of what a cursor is bound to; filters and the path are."""
    one = fingerprint("/pages", [("limit", "1"), ("status", "current"), ("cursor", "x")])
    assert one == fingerprint("/pages", [("status", "current"), ("limit", "9")])
    assert one != fingerprint("/pages", [("status", "archived")])
    assert one != fingerprint("/blogposts", [("status", "current")])


@given(st.datetimes(timezones=st.timezones()))
def test_times_sort_as_they_are_written(moment: object) -> None:
    """A time is written in UTC to the millisecond, so that text order is time order."""
    from datetime import UTC, datetime

    assert isinstance(moment, datetime)
    if 1900 < moment.year < 9000:
        text = wire_time(moment)
        assert len(text) == 24
        back = datetime.fromisoformat(text)
        assert back == moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
        assert epoch_milliseconds(text) == round(back.timestamp() * 1000)


def test_tiny_links_are_the_documented_ones() -> None:
    """The short link of 98419 is the one that the API's own example shows."""
    assert tiny_link(98419) == "/x/c4AB"


def _seed(contents: Iterable[SeedContent], homepage: str | None = None) -> Seed:
    return Seed("T", people(), [], [SeedSpace("S", "S", ADA, NOW, homepage=homepage)], iter(contents))


def _page(key: str, **facts: object) -> SeedContent:
    known: dict[str, object] = {"key": key, "space_key": "S", "title": key, "author_id": ADA}
    return SeedContent(**known | {"created_at": NOW, "updated_at": NOW} | facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        ([_page("a"), _page("a")], "have the key 'a'"),
        ([_page("a", parent="b"), _page("b")], "parent 'b'"),
        ([_page("a", space_key="X")], "space 'X'"),
        ([_page("a", content_id="x1")], "no number"),
        ([_page("a", content_id="7"), _page("b", content_id="7")], "something else has"),
        ([_page("a", restrictions=[SeedRestriction("read", groups=["g"])])], "group 'g'"),
    ],
)
def test_a_seed_that_contradicts_itself_is_refused(contents: list[SeedContent], said: str) -> None:
    """A repeated key or id, and a parent, space or group that is not there, are named in the refusal."""
    with pytest.raises(ValueError, match=said):
        load(_seed(contents))


def test_a_homepage_must_be_there() -> None:
    """A space's homepage has to be one of the contents."""
    with pytest.raises(ValueError, match="homepage 'h'"):
        load(_seed([_page("a")], homepage="h"))


def test_ids_are_given_round_those_that_are_fixed() -> None:
    """Contents keep the ids they come with, and the others get ids that nothing has."""
    fixed = [_page(f"f{number}", content_id=str(98_310 + number)) for number in range(3)]
    store: Store = load(_seed([*fixed, *(_page(f"n{number}") for number in range(20))]))
    assert {98_310, 98_311, 98_312} <= set(store.contents)
    assert len(store.contents) == 23


@pytest.mark.parametrize(
    ("storage", "text"),
    [
        ("", ""),
        ("<p>a</p><p>b</p>", "a\nb"),
        ("<p>a<br/>b &amp; c&nbsp;d</p>", "a\nb & c d"),
        ("<table><tr><td>1</td><td>2</td></tr></table>", "1\n2"),
        ("<ac:plain-text-body><![CDATA[x < y]]]]><![CDATA[> z]]></ac:plain-text-body>", "x < y]]> z"),
        ("<ac:parameter ac:name='title'>no</ac:parameter><p>yes</p>", "yes"),
    ],
)
def test_the_text_of_a_body(storage: str, text: str) -> None:
    """A body's text has a line a block, its code and its entities, and no parameters."""
    assert text_of(storage) == text


def test_nested_tasks_are_found_with_their_own_bodies() -> None:
    """A task inside a task is a task of its own, and the outer one's body holds it."""
    inner = "<ac:task-list><ac:task><ac:task-id>2</ac:task-id><ac:task-status>complete</ac:task-status><ac:task-body>in</ac:task-body></ac:task></ac:task-list>"  # noqa: E501
    outer = f"<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-status>incomplete</ac:task-status><ac:task-body>out {inner}</ac:task-body></ac:task></ac:task-list>"  # noqa: E501
    found = [(task.local_id, task.status, task.body) for task in tasks_in(outer)]
    assert found == [("1", "incomplete", f"out {inner}"), ("2", "complete", "in")]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@given(
    json_values | st.builds(lambda results, rest: {"a": rest, "results": results}, st.lists(json_values), json_values)
)
def test_json_is_written_as_it_means(value: object) -> None:
    """Whatever the site answers reads back as the same value, lists with other members around them too."""
    assert json.loads(as_json(value)) == value
    assert json.loads(as_json({"results": [value]})) == {"results": [value]}
