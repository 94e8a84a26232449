"""Listings in pages, as good, odd and broken servers cut them."""

import random
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence import ListingError, RefusedError
from confluence_pipeline.confluence.answers import Reply
from confluence_pipeline.confluence.paging import (
    MOST_EMPTY_PAGES,
    MOST_TRIES,
    MOST_WALKS,
    is_whole,
    next_cursor,
    walk_cursor,
    walk_offset,
)

Params = Sequence[tuple[str, str]]
LINKS: list[Callable[[str], str]] = [
    lambda cursor: f"/wiki/api/v2/pages?limit=5&cursor={cursor}",
    lambda cursor: f"/api/v2/pages?cursor={cursor}&limit=5",
    lambda cursor: f"/wiki/wiki/api/v2/pages?cursor={cursor}",
    lambda cursor: f"https://elsewhere.example/wiki/api/v2/pages?cursor={cursor}",
    lambda cursor: f"/rest/api/search?next=true&cursor={cursor}&limit=25&start=25&cql=type%3Dpage",
]


def items(numbers: Sequence[int]) -> list[dict[str, Any]]:
    """Return items as a listing gives them."""
    return [{"id": str(number)} for number in numbers]


def walk(fetch: Callable[[Params], Reply]) -> list[dict[str, Any]]:
    """Return everything that a walk yields."""
    return [item for page in walk_cursor(fetch, [("limit", "5")], what="things") for item in page]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=12), st.sampled_from(LINKS), st.booleans())
def test_every_item_comes_whatever_the_page_sizes_and_the_link(
    sizes: list[int], link: Callable[[str], str], in_header: bool
) -> None:
    """Only the cursor is taken from the link, from the body or the header; parameters stay as they were."""
    starts = [sum(sizes[:n]) for n in range(len(sizes))]
    asked: list[Params] = []

    def fetch(params: Params) -> Reply:
        asked.append(params)
        page = int(dict(params).get("cursor", "0"))
        data: dict[str, Any] = {"results": items(range(starts[page], starts[page] + sizes[page])), "_links": {}}
        if page == len(sizes) - 1:
            return Reply(data, {})
        following = link(str(page + 1))
        if in_header:
            return Reply(data, {"Link": f'<{following}>; rel="next", <https://site.example/wiki>; rel="base"'})
        data["_links"]["next"] = following
        return Reply(data, {})

    if _too_many_empty(sizes):
        with pytest.raises(ListingError, match="nothing new"):
            walk(fetch)
    else:
        assert walk(fetch) == items(range(sum(sizes)))
        assert all(params[0] == ("limit", "5") for params in asked)
        assert len(asked) == len(sizes)


def _too_many_empty(sizes: list[int]) -> bool:
    """Whether a stretch of empty pages that go on is longer than is followed."""
    run = longest = 0
    for size in sizes[:-1]:
        run = 0 if size else run + 1
        longest = max(longest, run)
    return longest > MOST_EMPTY_PAGES


def test_a_cursor_that_comes_twice_is_an_error_and_no_loop() -> None:
    """A listing that links back is not complete, and nothing may be concluded from it."""
    follows = {"": "a", "a": "b", "b": "c", "c": "b"}
    asked: list[Params] = []

    def fetch(params: Params) -> Reply:
        asked.append(params)
        cursor = follows[dict(params).get("cursor", "")]
        return Reply({"results": items([ord(cursor)]), "_links": {"next": f"/x?cursor={cursor}"}}, {})

    with pytest.raises(ListingError, match="repeats itself") as caught:
        walk(fetch)
    assert caught.value.retryable
    assert len(asked) <= MOST_WALKS * (3 + MOST_TRIES)


@pytest.mark.parametrize("results", [[], [{"id": "7"}], [{"content": {"id": "7"}}]])
def test_an_endless_chain_of_pages_with_nothing_new_ends(results: list[Any]) -> None:
    """Empty pages, or the same items again and again under new cursors, are followed a few times and no more."""
    asked: list[Params] = []

    def fetch(params: Params) -> Reply:
        asked.append(params)
        return Reply({"results": results, "_links": {"next": f"/x?cursor={len(asked)}"}}, {})

    with pytest.raises(ListingError, match="nothing new"):
        walk(fetch)
    assert len(asked) <= MOST_WALKS * (MOST_EMPTY_PAGES + 2)


def test_a_cursor_that_is_refused_breaks_the_listing_off() -> None:
    """A cursor that is refused in every walk is no wrong setting and no missing item."""

    def fetch(params: Params) -> Reply:
        if "cursor" in dict(params):
            raise RefusedError("the cursor is not valid", status=400)
        return Reply({"results": items([1]), "_links": {"next": "/x?cursor=a"}}, {})

    with pytest.raises(ListingError, match="broke off") as caught:
        walk(fetch)
    assert (caught.value.status, caught.value.retryable) == (400, True)


@pytest.mark.parametrize("seed", range(50))
def test_a_walk_over_faults_that_pass_gives_every_item_once(seed: int) -> None:
    """Cursors that expire or repeat, empty and odd pages: at 20 % of pages nothing is lost or comes twice."""
    chance = random.Random(seed)  # noqa: S311 - not for secrets
    size = chance.randint(1, 60)
    salts = count()

    def fetch(params: Params) -> Reply:
        cursor = dict(params).get("cursor", "0.0")
        start = int(cursor.partition(".")[0])
        fault = chance.choice(["refused", "repeated", "empty", "broken", "twice"]) if chance.random() < 0.2 else ""
        if fault == "refused" and start:
            raise RefusedError("the cursor is not valid", status=400)
        if fault == "broken":
            return Reply({"message": "try again"}, {})
        numbers = range(start, min(start + 5, size))
        following = start if fault == "empty" else start + 5 - (fault == "twice")
        to = cursor if fault == "repeated" and start else f"{following}.{next(salts) if fault == 'empty' else 0}"
        links = {"next": f"/x?cursor={to}"} if following < size else {}
        return Reply({"results": [] if fault == "empty" else items(numbers), "_links": links}, {})

    assert walk(fetch) == items(range(size))


def test_an_expired_cursor_costs_no_item_and_no_second_copy() -> None:
    """The listing is walked again from its start, and what came before does not come again."""
    expired = {"a"}

    def fetch(params: Params) -> Reply:
        cursor = dict(params).get("cursor")
        if cursor is None:
            fresh = "b" if asked else "a"
            asked.append(cursor)
            return Reply({"results": items([1, 2]), "_links": {"next": f"/x?cursor={fresh}"}}, {})
        asked.append(cursor)
        if cursor in expired:
            raise RefusedError("the cursor is not valid", status=400)
        return Reply({"results": items([3])}, {})

    asked: list[str | None] = []
    assert walk(fetch) == items([1, 2, 3])
    assert asked == [None, *["a"] * MOST_TRIES, None, "b"]


def test_a_first_page_that_is_refused_is_told_as_it_is() -> None:
    """Without a cursor the refusal is about the call."""

    def fetch(_: Params) -> Reply:
        raise RefusedError("no such sort", status=400)

    with pytest.raises(RefusedError, match="no such sort"):
        walk(fetch)


@pytest.mark.parametrize("data", [{}, {"results": None}, {"results": {}}, {"message": "hello"}])
def test_an_answer_without_results_proves_nothing(data: dict[str, Any]) -> None:
    """It is not taken for an empty listing."""
    with pytest.raises(ListingError, match="has no results"):
        walk(lambda _: Reply(data, {}))


def test_a_next_link_without_a_cursor_is_an_error() -> None:
    """The rest exists and cannot be read."""
    with pytest.raises(ListingError, match="no cursor"):
        next_cursor(Reply({"_links": {"next": "/wiki/api/v2/pages?limit=25&start=25"}}, {}), "things")


@given(st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=40))
def test_a_cursor_survives_its_encoding(cursor: str) -> None:
    """Cursors are opaque: what the server put in the link's query comes back letter for letter."""
    from urllib.parse import urlencode

    reply = Reply({"_links": {"next": f"/wiki/api/v2/pages?{urlencode({'limit': 5, 'cursor': cursor})}"}}, {})
    assert next_cursor(reply, "things") == cursor


def walk_by_start(fetch: Callable[[Params], Reply], limit: int = 200) -> list[dict[str, Any]]:
    """Return everything that a walk by offsets yields."""
    return [item for page in walk_offset(fetch, limit=limit, what="things") for item in page]


@given(st.integers(0, 30), st.integers(1, 9), st.sampled_from(["everything", "fewer", "limit", "nothing"]))
def test_a_listing_by_offset_is_walked_by_what_came(total: int, most: int, told: str) -> None:
    """Every item comes once, whatever the server's limit, what it says of it, and pages that are not full."""
    asked: list[dict[str, str]] = []

    def fetch(params: Params) -> Reply:
        asked.append(dict(params))
        start = int(dict(params)["start"])
        came = items(range(start, min(total, start + (max(1, most - 1) if told == "fewer" else most))))
        more = start + len(came) < total
        links = {"next": f"/x?start={start + len(came)}"} if more else {}
        whole: dict[str, Any] = {"limit": most, "size": len(came), "_links": links}
        said: dict[str, dict[str, Any]] = {"everything": whole, "fewer": whole, "limit": {"limit": most}, "nothing": {}}
        return Reply({"results": came, **said[told]}, {})

    assert walk_by_start(fetch) == items(range(total))
    assert all(params["limit"] == "200" for params in asked)
    assert len(asked) <= total + 1


@pytest.mark.parametrize("links", [{}, {"next": "/x?start=1"}])
def test_a_server_that_does_not_mind_the_offset_is_no_loop(links: dict[str, str]) -> None:
    """The same page again proves that the listing cannot be walked."""
    asked: list[Params] = []

    def fetch(params: Params) -> Reply:
        asked.append(params)
        return Reply({"results": items([1, 2]), "limit": 2, "_links": links}, {})

    with pytest.raises(ListingError, match="repeats itself"):
        walk_by_start(fetch)
    assert len(asked) == 2


@pytest.mark.parametrize("data", [{}, {"results": None}, {"results": {}}])
def test_an_answer_without_results_is_no_end_of_a_listing_by_offset(data: dict[str, Any]) -> None:
    """It is not taken for an empty page."""
    with pytest.raises(ListingError, match="has no results"):
        walk_by_start(lambda _: Reply(data, {}))


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ({"results": [], "limit": 200, "size": 0, "_links": {}}, True),
        ({"results": [1], "limit": 200, "size": 1, "_links": {}}, True),
        ({"results": [1], "limit": 1, "size": 1, "_links": {}}, False),
        ({"results": [1], "limit": 200, "size": 2, "_links": {}}, False),
        ({"results": [1], "limit": 200, "size": 1, "_links": {"next": "/x"}}, False),
        ({"results": [1], "_links": {}}, True),
        ({"results": [1], "size": 1}, True),
        ({"results": []}, False),
        ({"results": [1]}, False),
    ],
)
def test_a_list_inside_an_answer_says_whether_it_is_whole(listed: dict[str, Any], expected: bool) -> None:
    """By its limit, its size and its links; by none of them, it proves nothing."""
    assert is_whole(listed) is expected
