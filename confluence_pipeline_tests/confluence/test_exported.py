"""The client's public names."""

import pytest

import confluence_pipeline.confluence as room
from confluence_pipeline.confluence import ConfluenceError


def test_public_names_are_there_and_sorted() -> None:
    """What the room exports exists, once, and classes of errors are all among it."""
    assert sorted(set(room.__all__), key=str) == sorted(room.__all__, key=str)
    assert all(hasattr(room, name) for name in room.__all__)
    errors = {kind.__name__ for kind in _below(ConfluenceError)}
    assert errors <= set(room.__all__)


def _below(kind: type[ConfluenceError]) -> set[type[ConfluenceError]]:
    """An error and those under it, but for what a part of the room keeps to itself."""
    found = {kind}
    for child in kind.__subclasses__():
        if child.__module__ == ConfluenceError.__module__:
            found |= _below(child)
    return found


@pytest.mark.parametrize("kind", sorted(_below(ConfluenceError), key=str))
def test_every_error_has_a_word_for_the_ledger(kind: type[ConfluenceError]) -> None:
    """Snake case, without the suffix, and no setting is ever retried."""
    error = kind("what happened", status=418, attempts=3, setting="CONFLUENCE_CQL")
    assert error.reason.replace("_", "").isalpha()
    assert error.reason == error.reason.lower()
    assert (str(error), error.status, error.attempts, error.setting) == ("what happened", 418, 3, "CONFLUENCE_CQL")
    assert not (isinstance(error, room.SettingError) and error.retryable)
