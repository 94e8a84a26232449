"""Selections: from the words people write to the tables that are filled."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence import SettingError
from confluence_pipeline.selections import ALWAYS_CHOSEN, chosen_names, selection_of, tables_of
from confluence_pipeline.tables import DEFAULT_TABLES, TABLES

NAMES = st.lists(st.sampled_from(sorted(TABLES)), unique=True)


def test_nothing_and_default_are_the_same() -> None:
    """No word at all chooses what the word ``default`` does, and that costs nothing for each page."""
    assert chosen_names([]) == chosen_names(["default"]) == DEFAULT_TABLES
    assert not any(TABLES[name].per_content for name in DEFAULT_TABLES)


def test_all_is_every_table() -> None:
    """The word ``all`` leaves nothing out, whatever stands beside it."""
    assert chosen_names(["all"]) == chosen_names(["likes", "all", "default"]) == set(TABLES)


@given(NAMES.filter(bool))
def test_names_choose_themselves_and_what_is_always_there(names: list[str]) -> None:
    """Tables by name are chosen, with those that tell what there is, and no other."""
    assert chosen_names(names) == {*names, "spaces", "removals", "ledger", "sync_runs"}
    assert set(names) <= {table.name for table in tables_of(selection_of(names))}


@given(NAMES)
def test_names_add_to_the_default(names: list[str]) -> None:
    """Beside ``default``, names add what it leaves out."""
    assert chosen_names(["default", *names]) == DEFAULT_TABLES | set(names)


@given(NAMES)
def test_tables_come_in_the_order_people_read_them(names: list[str]) -> None:
    """However they are written, tables come in one order."""
    order = list(TABLES)
    found = [table.name for table in tables_of(selection_of(names))]
    assert found == sorted(found, key=order.index)


@pytest.mark.parametrize(
    ("word", "meant"), [("page", "pages"), ("Comments", "comments"), ("page-versions", "page_versions"), ("ALL", "all")]
)
def test_a_near_miss_is_told_what_was_meant(word: str, meant: str) -> None:
    """A word that is nearly a table is refused with the table that it is nearly."""
    with pytest.raises(SettingError, match=f"did you mean {meant}"):
        chosen_names(["pages", word])


def test_an_unknown_word_is_told_what_there_is() -> None:
    """A word that is like no table is refused with the list of all, and the setting's name."""
    with pytest.raises(SettingError) as refused:
        chosen_names(["xyzzy"])
    assert refused.value.setting == "CONFLUENCE_TABLES"
    assert all(name in str(refused.value) for name in TABLES)
    assert "did you mean" not in str(refused.value)


@pytest.mark.parametrize(
    ("switch", "setting"),
    [
        ("attachment_bodies", "CONFLUENCE_ATTACHMENT_BODIES"),
        ("attachment_text", "CONFLUENCE_ATTACHMENT_TEXT"),
        ("version_bodies", "CONFLUENCE_VERSION_BODIES"),
    ],
)
def test_a_part_of_a_table_that_is_not_chosen_is_refused(switch: str, setting: str) -> None:
    """A switch for a table that is off would do nothing, so it is refused with both settings' names."""
    with pytest.raises(SettingError, match=f"{setting}.*CONFLUENCE_TABLES"):
        selection_of(["pages"], **{switch: True})
    assert selection_of(["all"], **{switch: True}) != selection_of(["all"])


def test_what_is_always_there_costs_nothing_much() -> None:
    """Nothing that is always chosen is filled by requests for each page."""
    assert not any(TABLES[name].per_content for name in ALWAYS_CHOSEN)
