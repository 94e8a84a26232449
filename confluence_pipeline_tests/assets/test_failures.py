"""Failures as Dagster shows them: one sentence, the setting, and whether trying again can help."""

import time
from collections.abc import Callable

import dagster as dg
import pytest

from confluence_pipeline.assets.failures import explained, spaces_failed, tried_again
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


def test_what_may_pass_is_tried_again_as_often_and_as_late_as_the_policy_says() -> None:
    """Dagster begins the step anew until the last time, whose failure is the run's; other failures come once."""
    attempts: list[bool] = []

    def step(*, hopeless: bool) -> dg.JobDefinition:
        @dg.op
        def ask(context: dg.OpExecutionContext) -> None:
            attempts.append(hopeless)
            with tried_again(context, dg.RetryPolicy(max_retries=2, delay=0)), explained():
                raise LakeError("full") if hopeless else SiteUnavailableError("away")

        @dg.job
        def work() -> None:
            ask()

        return work

    for hopeless, times in ((False, 3), (True, 1)):
        attempts.clear()
        result = step(hopeless=hopeless).execute_in_process(raise_on_error=False)
        assert not result.success
        assert len(attempts) == times
        (failure,) = (event.step_failure_data for event in result.all_events if event.is_step_failure)
        assert failure.user_failure_data is not None
        assert failure.user_failure_data.description == ("full" if hopeless else "away")


@pytest.mark.parametrize(("seconds", "attempts"), [(1.0, 2), (5000.0, 1)])
def test_a_site_that_asks_to_be_left_alone_is(seconds: float, attempts: int) -> None:
    """The step comes again once the pause is over, or not at all if that takes more than an hour; it says when."""
    began: list[float] = []

    @dg.op
    def ask(context: dg.OpExecutionContext) -> None:
        began.append(time.monotonic())
        if len(began) == 1:
            with tried_again(context, dg.RetryPolicy(max_retries=2, delay=0)), explained():
                raise SiteUnavailableError.left_alone(seconds)

    @dg.job
    def work() -> None:
        ask()

    result = work.execute_in_process(raise_on_error=False)
    assert result.success is (attempts == 2)
    assert len(began) == attempts
    assert began[-1] - began[0] >= (seconds if attempts == 2 else 0)
    said = [event.step_failure_data.user_failure_data for event in result.all_events if event.is_step_failure]
    assert all(one is not None and "left alone until" in str(one.description) for one in said)


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
