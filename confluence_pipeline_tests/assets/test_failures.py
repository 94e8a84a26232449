"""Failures as Dagster shows them: one sentence, the setting, and whether trying again can help."""

from collections.abc import Callable

import dagster as dg
import pytest

from confluence_pipeline.assets.failures import explained, spaces_failed
from confluence_pipeline.assets.fan_out import Outcome
from confluence_pipeline.confluence import AuthenticationError, NotFoundError, SiteUnavailableError
from confluence_pipeline.lake import LakeError
from confluence_pipeline.warehouse import WarehouseError


@pytest.mark.parametrize(
    ("make", "retried"),
    [
        (lambda: AuthenticationError("no", setting="CONFLUENCE_API_TOKEN"), False),
        (lambda: SiteUnavailableError("no"), True),
        (lambda: LakeError("no"), False),
        (lambda: WarehouseError("no"), False),
    ],
)
def test_our_errors_become_failures_that_keep_their_words(make: Callable[[], Exception], retried: bool) -> None:
    """The message stays, only what may pass is tried again, and a wrong setting is named."""
    error = make()
    with pytest.raises(dg.Failure) as failed, explained():
        raise error
    assert failed.value.description == "no"
    assert failed.value.allow_retries is retried
    assert ("setting" in failed.value.metadata) is (getattr(error, "setting", None) is not None)


def test_other_errors_pass_through() -> None:
    """A fault of the program stays what it is."""
    with pytest.raises(ZeroDivisionError), explained():
        raise ZeroDivisionError


def test_failed_spaces_are_named_and_all_listed() -> None:
    """The sentence names the first spaces and counts the rest; the metadata lists every one."""
    failed: list[Outcome[object]] = [Outcome(f"S{number}", error=NotFoundError("gone")) for number in range(30)]
    failure = spaces_failed(failed, 100, allow_retries=False)
    assert str(failure.description).startswith("30 of 100 spaces failed. S0: gone; S1: gone")
    assert "and 10 more" in str(failure.description)
    assert str(failure.metadata["failed_spaces"].value).count("gone") == 30
