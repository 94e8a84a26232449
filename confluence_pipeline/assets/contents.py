"""The contents of spaces, landed from the site: the one asset with a partition a space."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import dagster as dg
from pydantic import Field

from confluence_pipeline import landing, normalize
from confluence_pipeline.assets.failures import (
    error_to_retry,
    explained,
    pause_before_retry,
    raise_if_hopeless,
    spaces_failed,
    tried_again,
)
from confluence_pipeline.assets.fan_out import Outcome, over_spaces, stopping
from confluence_pipeline.assets.markdown import markdown_table
from confluence_pipeline.assets.metadata import Metadata, cost_metadata
from confluence_pipeline.assets.policies import API_POOL, SEVERAL_SPACES, WHEN_ADDED
from confluence_pipeline.assets.runs import this_run
from confluence_pipeline.assets.specs import raw_spec, with_code
from confluence_pipeline.confluence import ConfluenceClient, Scope
from confluence_pipeline.lake import Lake, LakeBusyError
from confluence_pipeline.landing import RemovalGuard, Selection, SpaceSync
from confluence_pipeline.partitions import SPACES
from confluence_pipeline.progress import Progress, report
from confluence_pipeline.resources import (
    ConfluenceResource,
    LakeResource,
    RemovalsResource,
    ScopeResource,
    SelectionResource,
)
from confluence_pipeline.selections import require_extractor
from confluence_pipeline.tables import LEDGER
from confluence_pipeline.tables.report import Run

RAW_CONTENT = dg.AssetKey("raw_content")
EVERY_SPACE_LANDED = "every_space_landed"
_MOST_SPACES_AT_ONCE = 8
_LONGEST_WAIT_FOR_ANOTHER_RUN = 60.0  # seconds, for each space
_NOT_ASKED: Metadata = {
    "outcome": "left as it was",
    "why": "The run's range of partitions covers it, but the run is for other spaces; no request was made for it.",
}


class SyncConfig(dg.Config):
    """How to bring spaces up to date."""

    full: bool = Field(default=False, description="Fetch every body again, not only what changed.")
    accept_removals: bool = Field(
        default=False,
        description="Remove what is gone, however much that is and whatever speaks against it.",
    )
    space_keys: list[str] = Field(
        default=[],
        description="Only these of the run's spaces, where a range of partitions covers others as well; if empty, all.",
    )
    retry: bool = Field(
        default=False, description="Fetch just what the ledgers of the spaces name as missing, and nothing else."
    )


def content_assets(retries: dg.RetryPolicy) -> dg.AssetsDefinition:
    """Build the asset ``raw_content``.

    Args:
        retries: What to do when the site stays away.
    """
    spec = raw_spec(
        RAW_CONTENT,
        "A space's pages and blog posts as the site gave them, with all that is on them: the listing, the bodies of "
        "what is new or changed, one file for each kind of thing, and what each sync did.",
        {
            "content_id": "The content's id.",
            "content_type": "page or blogpost.",
            "space_key": "The key of its space.",
            "listing": "The record as the listing gave it.",
            "body": "The body in storage format.",
            "labels": "The labels, with their ids and prefixes.",
            "comments": "Comments and replies, with their bodies.",
            "attachments": "Attachments; their bytes and text, where asked for.",
            "versions": "The versions of pages and blog posts.",
            "properties": "Content properties.",
            "tasks": "Inline tasks.",
            "likes": "Who likes what.",
            "views": "How often a content was viewed.",
            "permissions": "The grants on the space.",
            "restrictions": "What is restricted on a content itself.",
            "tree_nodes": "Folders, whiteboards, databases and embeds of the page tree.",
            "sync": "What a sync did, one report each.",
        },
        deps=["raw_spaces"],
        partitions_def=SPACES,
        automation_condition=WHEN_ADDED,
    )

    @dg.multi_asset(
        name="sync_content",
        specs=[with_code(spec, landing.sync_space)],
        check_specs=[
            dg.AssetCheckSpec(EVERY_SPACE_LANDED, asset=RAW_CONTENT, description="No space of the newest run failed.")
        ],
        backfill_policy=SEVERAL_SPACES,
        pool=API_POOL,
    )
    def sync_content(
        context: dg.AssetExecutionContext,
        config: SyncConfig,
        confluence: ConfluenceResource,
        scope: ScopeResource,
        selection: SelectionResource,
        removals: RemovalsResource,
        lake: LakeResource,
    ) -> Iterator[dg.MaterializeResult[Any] | dg.AssetCheckResult]:
        """List, diff and fetch the spaces of this run, side by side.

        A space that fails goes to the ledger and does not stop the others: what is computed from them is built,
        and this step fails at its end with the list.
        """
        run = this_run(context)
        with tried_again(context, retries), explained():
            client = confluence.client()
            before = client.cost
            asked = scope.scope(), selection.selection()
            require_extractor(asked[1])
            with stopping(client.close):
                outcomes = list(_sync_spaces(context, config, run, client, *asked, removals.guard(), lake.lake()))
        failed = [outcome for outcome in outcomes if outcome.error is not None]
        error = error_to_retry(failed)
        if error is not None and pause_before_retry(context, retries, error) is not None:
            with tried_again(context, retries):
                raise spaces_failed(failed, len(outcomes), allow_retries=True) from error
        with explained():
            _land_failures(context, lake.lake(), run, failed)
        if len(failed) < len(outcomes):
            yield dg.MaterializeResult(asset_key=RAW_CONTENT)
        spent = {name: getattr(client.cost, name) - getattr(before, name) for name in ("requests", "points")}
        yield _landed_check(failed, len(outcomes), spent)
        if failed:
            raise spaces_failed(failed, len(outcomes), allow_retries=False)

    return sync_content


def _sync_spaces(
    context: dg.AssetExecutionContext,
    config: SyncConfig,
    run: Run,
    client: ConfluenceClient,
    scope: Scope,
    selection: Selection,
    guard: RemovalGuard,
    lake: Lake,
) -> Iterator[Outcome[SpaceSync]]:
    """Yield the outcome of each space of the run, and attach it to the space's partition."""
    keys = [key for key in context.partition_keys if not config.space_keys or key in config.space_keys]
    for key in set(context.partition_keys).difference(keys):
        context.add_asset_metadata(_NOT_ASKED, RAW_CONTENT, partition_key=key)
    recent = landing.RecentItems(client)

    def sync(key: str) -> SpaceSync:
        if config.retry:
            return landing.retry_space(
                client,
                scope,
                lake,
                key,
                run,
                selection=selection,
                recent=recent,
                guard=guard,
                wait_seconds=_LONGEST_WAIT_FOR_ANOTHER_RUN,
            )
        return landing.sync_space(
            client,
            scope,
            lake,
            key,
            run,
            selection=selection,
            recent=recent,
            full=config.full,
            accept_removals=config.accept_removals,
            work=context.run.root_run_id,
            wait_seconds=_LONGEST_WAIT_FOR_ANOTHER_RUN,
            guard=guard,
        )

    for done, outcome in enumerate(over_spaces(keys, sync, threads=_MOST_SPACES_AT_ONCE, stop=client.close), start=1):
        context.add_asset_metadata(_outcome_metadata(outcome), RAW_CONTENT, partition_key=outcome.space_key)
        if outcome.error is not None:
            context.log.warning("%s: %s", outcome.space_key, outcome.error)
        report(_progress(outcome, done, len(keys), client.cost.requests))
        raise_if_hopeless(outcome)
        yield outcome


def _landed_check(failed: Sequence[Outcome[SpaceSync]], total: int, spent: Mapping[str, int]) -> dg.AssetCheckResult:
    """Return the check that tells which spaces failed: Dagster shows all partitions of a run alike.

    What is spent are the requests and points of the whole step, those that spaces share included.
    """
    rows = [(outcome.space_key, outcome.error) for outcome in failed]
    shown = {"failed_spaces": dg.MetadataValue.md(markdown_table(("space", "what happened"), rows, longest=500))}
    return dg.AssetCheckResult(
        passed=not failed,
        check_name=EVERY_SPACE_LANDED,
        asset_key=RAW_CONTENT,
        metadata={"spaces": total, "failed": len(failed), **spent, **(shown if failed else {})},
    )


def _land_failures(
    context: dg.AssetExecutionContext, lake: Lake, run: Run, failed: Iterable[Outcome[SpaceSync]]
) -> None:
    """Put failed spaces into the ledger at once: nothing follows a step in which every space failed.

    A space that another run is writing by now is left to that run, which tells what came of it.
    """
    for outcome in failed:
        if outcome.error is None or isinstance(outcome.error, LakeBusyError):
            continue
        try:
            landing.land_failure(lake, outcome.space_key, run, outcome.error, run.started_at)
            normalize.build_space_tables(lake, outcome.space_key, run, {LEDGER.name})
        except LakeBusyError as busy:
            context.log.warning("%s failed, and is left to the run that is writing it: %s", outcome.space_key, busy)


def _outcome_metadata(outcome: Outcome[SpaceSync]) -> Metadata:
    sync = outcome.result
    if sync is None:
        return {"outcome": "failed", "error": str(outcome.error)}
    return {
        "outcome": "landed",
        "mode": sync.mode,
        "contents": sync.listed,
        "fetched": sync.fetched,
        "unchanged": sync.unchanged,
        "removed": sync.removed,
        "ledger_rows": len(sync.ledger),
        **cost_metadata(sync.cost),
        "seconds": round((sync.finished_at - sync.started_at).total_seconds(), 3),
    }


def _progress(outcome: Outcome[SpaceSync], done: int, total: int, requests: int) -> Progress:
    sync = outcome.result
    return Progress(
        step="sync",
        space_key=outcome.space_key,
        done=done,
        total=total,
        contents=sync.listed if sync else 0,
        fetched=sync.fetched if sync else 0,
        requests=requests,
        error=str(outcome.error) if outcome.error else None,
    )
