"""The scope: what it refuses, and the queries it asks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence import Scope, SettingError, is_space_key
from confluence_pipeline.lake import is_valid_space_key
from confluence_pipeline.site.cql import parse

KEYS = st.from_regex(r"~?[A-Za-z0-9._:@+-]{1,30}", fullmatch=True)


@pytest.mark.parametrize("key", ["ENG", "eng2", "~712020:ab-cd", "~ann.lee", "~ann@example.com", "0815", "A" * 200])
def test_keys_that_confluence_makes_are_accepted(key: str) -> None:
    """Global, personal, old and long keys."""
    assert is_space_key(key)
    assert Scope(space_keys=(key,)).allows_space(key)


@pytest.mark.parametrize(
    "key", ["", ".", "..", "~", "~.", "a/b", "a b", "_site", "_users", "a..b", "ä", "A" * 201, "%41"]
)
def test_keys_that_cannot_be_partitions_or_folders_are_refused(key: str) -> None:
    """The error names the setting and shows what it holds."""
    assert not is_space_key(key)
    with pytest.raises(SettingError, match="CONFLUENCE_SPACE_KEY holds") as caught:
        Scope(space_keys=(key,))
    assert caught.value.setting == "CONFLUENCE_SPACE_KEY"


@given(KEYS | st.text(max_size=10))
def test_every_key_that_is_accepted_has_a_place_in_the_lake(key: str) -> None:
    """Both rules for keys agree in this direction."""
    assert not is_space_key(key) or is_valid_space_key(key)


def test_any_space_can_be_excluded_however_odd_its_key() -> None:
    """Else a site with one odd key could not be synced at all."""
    assert not Scope(exclude_space_keys=("a b/c",)).allows_space("a b/c")


@pytest.mark.parametrize("page_id", ["", "abc", "12x", "-1", "1" * 20, "१२"])
def test_page_ids_are_digits(page_id: str) -> None:
    """What is no id is refused before anything is asked, for both settings."""
    with pytest.raises(SettingError, match="CONFLUENCE_PAGE_IDS holds"):
        Scope(page_ids=(page_id,))
    with pytest.raises(SettingError, match="CONFLUENCE_EXCLUDE_PAGE_IDS holds"):
        Scope(exclude_page_ids=(page_id,))


@given(
    st.lists(KEYS, max_size=3).filter(lambda keys: all(map(is_space_key, keys))),
    st.lists(st.integers(1, 10**18).map(str), max_size=250, unique=True),
    st.lists(st.text(st.characters(blacklist_categories=["Cs"]), min_size=1, max_size=10), max_size=3),
    st.sampled_from([None, "title ~ 'x' or text ~ 'y' order by created", 'creator = "a\\"b"']),
)
def test_queries_can_be_read_and_name_every_page_once(
    keys: list[str], ids: list[str], labels: list[str], cql: str | None
) -> None:
    """Any combination gives queries in the grammar, short enough to send."""
    scope = Scope(space_keys=tuple(keys), page_ids=tuple(ids), labels=tuple(labels), cql=cql)
    queries = scope.queries()
    for query in queries:
        assert parse(query).order == ()
        assert len(query) < 4000
    assert all(sum(f'"{page_id}"' in query for query in queries) >= 1 for page_id in ids)
    assert len(queries) == max(1, -(-len(ids) // 100))


def test_a_content_is_named_by_id_only_where_no_search_decides() -> None:
    """Then its absence from a listing is odd; else the search may just not match any more."""
    assert Scope().names("1")
    assert Scope(exclude_labels=("x",)).names("1")
    assert Scope(page_ids=("1",)).names("1")
    assert not Scope(page_ids=("2",)).names("1")
    assert not Scope(exclude_page_ids=("1",)).names("1")
    assert not Scope(labels=("x",)).names("1")
    assert not Scope(cql="type = page").names("1")
