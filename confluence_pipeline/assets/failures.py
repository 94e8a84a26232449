"""From what went wrong to how Dagster shows it: one sentence, and whether trying again can help."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import dagster as dg

from confluence_pipeline.assets.fan_out import Outcome, is_site_wide
from confluence_pipeline.assets.markdown import markdown_table
from confluence_pipeline.confluence import ConfluenceError, SettingError, SiteUnavailableError
from confluence_pipeline.lake import LakeError
from confluence_pipeline.warehouse import WarehouseError

_MOST_NAMED = 20
_LONGEST_PAUSE_SECONDS = 3660.0  # a spent quota is full again within the hour
_MARGIN_SECONDS = 1.0


@contextmanager
def explained() -> Iterator[None]:
    """Turn the pipeline's own errors into a :class:`dagster.Failure` that says what to do.

    A wrong setting, a lake or a warehouse that cannot be written fail at once; only what may pass by itself is
    tried again.
    """
    try:
        yield
    except ConfluenceError as error:
        raise failure(error) from error
    except (LakeError, WarehouseError) as error:
        raise dg.Failure(str(error), allow_retries=False) from error


@contextmanager
def tried_again(context: dg.OpExecutionContext | dg.AssetExecutionContext, retries: dg.RetryPolicy) -> Iterator[None]:
    """Have Dagster try the step again if it fails for a reason that may pass by itself.

    A policy given to the step itself would do so as well, but Dagster heeds that also for steps that are interrupted
    (dagster 1.13, ``op_execution_error_boundary``), so that a run that somebody terminates would begin anew. The pause
    before is waited for in the step, since Dagster's executor is deaf to being terminated while it waits.

    A site that asked to be left alone until some moment is left alone until then, for an hour at most; where it asks
    for more, the step fails at once.

    Args:
        context: The step's.
        retries: How often, and after how long.
    """
    try:
        yield
    except dg.Failure as failed:
        pause = pause_before_retry(context, retries, failed.__cause__) if failed.allow_retries else None
        if pause is None:
            raise
        context.log.warning("Tried again in %.0f seconds: %s", pause, failed.description)
        time.sleep(pause)
        raise dg.RetryRequested(max_retries=retries.max_retries, seconds_to_wait=0) from failed


def pause_before_retry(
    context: dg.OpExecutionContext | dg.AssetExecutionContext, retries: dg.RetryPolicy, error: BaseException | None
) -> float | None:
    """Return after how many seconds a step is tried again, or None if it is not.

    Args:
        context: The step's.
        retries: How often, and after how long.
        error: What it failed with, if that may pass by itself.
    """
    until = error.until if isinstance(error, SiteUnavailableError) else None
    asked = (until - datetime.now(UTC)).total_seconds() + _MARGIN_SECONDS if until else 0.0
    if context.retry_number >= retries.max_retries or asked > _LONGEST_PAUSE_SECONDS:
        return None
    return max(asked, retries.calculate_delay(context.retry_number + 1))


def failure(error: ConfluenceError | LakeError, *, allow_retries: bool | None = None) -> dg.Failure:
    """Return how Dagster shows one error.

    Args:
        error: What went wrong.
        allow_retries: Whether the step may be tried again; by default if the error may pass by itself.
    """
    retryable = isinstance(error, ConfluenceError) and error.retryable
    setting = error.setting if isinstance(error, ConfluenceError) else None
    return dg.Failure(
        str(error),
        metadata={"setting": setting} if setting else None,
        allow_retries=retryable if allow_retries is None else allow_retries,
    )


def raise_if_hopeless(outcome: Outcome[object]) -> None:
    """Raise at once an error that every space would meet and that only a person can mend."""
    error = outcome.error
    if error is not None and is_site_wide(error) and isinstance(error, SettingError | LakeError):
        raise failure(error) from error


def spaces_failed(failed: Sequence[Outcome[object]], total: int, *, allow_retries: bool) -> dg.Failure:
    """Return the failure of a step that dealt with several spaces, of which some failed.

    Args:
        failed: The spaces that failed.
        total: How many spaces the step dealt with.
        allow_retries: Whether the whole step should be tried again.
    """
    named = "; ".join(f"{outcome.space_key}: {outcome.error}" for outcome in failed[:_MOST_NAMED])
    more = f"; and {len(failed) - _MOST_NAMED} more" if len(failed) > _MOST_NAMED else ""
    rows = [(outcome.space_key, outcome.error) for outcome in failed]
    return dg.Failure(
        f"{len(failed)} of {total} spaces failed. {named}{more}",
        metadata={"failed_spaces": dg.MetadataValue.md(markdown_table(("space", "what happened"), rows, longest=500))},
        allow_retries=allow_retries,
    )


def error_to_retry(failed: Sequence[Outcome[object]]) -> ConfluenceError | None:
    """Return the error of a failed space against which trying again may help, or None if it cannot help any.

    One that tells until when the site wants to be left alone comes first.
    """
    errors = [out.error for out in failed if isinstance(out.error, ConfluenceError) and out.error.retryable]
    errors.sort(key=lambda error: not (isinstance(error, SiteUnavailableError) and error.until))
    return errors[0] if errors else None
