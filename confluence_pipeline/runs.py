"""Starts the sync in this process: what the schedule does, for a shell and for scripts."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from os import environ
from typing import Any
from uuid import uuid4

import dagster as dg

from confluence_pipeline.assets.contents import EVERY_SPACE_LANDED, RAW_CONTENT
from confluence_pipeline.assets.spaces import RAW_SPACES
from confluence_pipeline.assets.specs import table_key
from confluence_pipeline.confluence import ConfluenceClient, SettingError
from confluence_pipeline.cost import Cost
from confluence_pipeline.definitions import PipelineConfig, build_definitions
from confluence_pipeline.jobs import SYNC
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import UNSUPPORTED, discover_spaces, landed_spaces, open_entries, site_is_short
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.partitions import PARTITIONS_NAME, contiguous_ranges, range_tags, space_keys
from confluence_pipeline.progress import Listener, listening
from confluence_pipeline.selections import require_extractor
from confluence_pipeline.sensors import holds_rows, partition_changes
from confluence_pipeline.settings import Settings
from confluence_pipeline.tables import LEDGER, SITE_PART, SPACES, TABLES
from confluence_pipeline.warehouse import default_warehouse_uri, open_warehouse

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@dataclass(frozen=True, slots=True)
class TableSummary:
    """What a sync did to one table.

    Attributes:
        table: The table.
        rows: Rows it has now, in the spaces of this sync.
        inserted: Rows that are new.
        updated: Rows that changed.
        removed: Rows that went.
        ledger_rows: Rows that are in the ledger instead.
        complete: Whether every space's part is complete.
        size: Bytes of its files.
    """

    table: str
    rows: int
    inserted: int
    updated: int
    removed: int
    ledger_rows: int
    complete: bool
    size: int


@dataclass(frozen=True, slots=True)
class SyncOutcome:
    """What a sync did.

    Attributes:
        run_ids: The Dagster runs, in order.
        succeeded: Whether every run did.
        spaces: The spaces that were synced.
        tables: What was done to each table that was reached, in the order people read them.
        ledger: The rows these runs added to the ledger.
        failures: What stopped a step, one sentence each.
        setting_fault: Whether one of them is for a person to mend in a setting.
        requests: Requests made of the site.
        points: What they cost by Atlassian's points; None where it does not count them for the way in.
        seconds: How long it took.
        lake_uri: Where the Parquet files lie.
        warehouse_uri: Where the tables were loaded to.
    """

    run_ids: tuple[str, ...]
    succeeded: bool
    spaces: tuple[str, ...]
    tables: tuple[TableSummary, ...]
    ledger: tuple[Mapping[str, Any], ...]
    failures: tuple[str, ...]
    setting_fault: bool
    requests: int
    points: int | None
    seconds: float
    lake_uri: str
    warehouse_uri: str

    @property
    def complete(self) -> bool:
        """Whether every table of every space is complete, with nothing in the ledger that there could be elsewhere."""
        lacking = any(entry["reason"] != UNSUPPORTED for entry in self.ledger)
        return self.succeeded and not lacking and all(table.complete for table in self.tables)


@contextmanager
def open_instance() -> Iterator[dg.DagsterInstance]:
    """Open the instance that ``DAGSTER_HOME`` names, or one that is gone afterwards if it names none."""
    if environ.get("DAGSTER_HOME"):
        with dg.DagsterInstance.get() as instance:
            yield instance
    else:
        with dg.DagsterInstance.ephemeral(settings={"telemetry": {"enabled": False}}) as instance:
            yield instance


def run_sync(
    instance: dg.DagsterInstance,
    *,
    only: Sequence[str] = (),
    full: bool = False,
    accept_removals: bool = False,
    retry: bool = False,
    listener: Listener | None = None,
    job: str = "confluence_pipeline.runs:sync_job",
) -> SyncOutcome:
    """Bring the lake and the warehouse up to date with the site that the environment names.

    Spaces in scope are found first and become partitions; those that are gone are synced once more, so that
    their rows leave with a reason. One run covers all of them; a choice of spaces that is not contiguous in
    Dagster's order takes a run for each stretch, and one for what follows.

    Args:
        instance: Where Dagster keeps the runs; see :func:`open_instance`.
        only: Only these spaces; every space in scope if empty.
        full: Fetch every body again.
        accept_removals: Remove what is gone, however much that is and whatever speaks against it.
        retry: Fetch just what the ledgers of the spaces name as missing; spaces that lack nothing are left alone.
        listener: Told of each space that is done, from this thread.
        job: The function that makes the job, as ``"module:function"``; it takes no arguments that matter.

    Raises:
        SettingError: A setting is wrong, or a space asked for is not in scope.
        ConfluenceError: The site could not be asked which spaces there are.
        LakeError: The lake cannot be written.
        WarehouseError: The warehouse's address is not supported.
    """
    began = time.monotonic()
    settings = Settings.from_environment()
    require_extractor(settings.selection)
    lake = Lake(settings.lake)
    lake.check_writable()
    warehouse = open_warehouse(settings.warehouse or default_warehouse_uri(lake.uri))
    found, begun = _find_spaces(settings)
    keys = _spaces_to_sync(instance, lake, found, only)
    if retry:
        keys = [key for key in keys if any(entry.reason != UNSUPPORTED for entry in open_entries(lake, key))]
    config = {"sync_content": {"full": full, "accept_removals": accept_removals, "retry": retry}}
    runs = (
        _plan(space_keys(instance), keys, settings.selection, retry=retry)
        if keys or not retry or site_is_short(lake)
        else []
    )
    with listening(listener):
        results = [_execute(instance, job, config, run) for run in runs]
    cost = sum((result.cost for result in results), begun)
    if not only and not retry:
        _forget_emptied(instance, lake, found)
    return SyncOutcome(
        run_ids=tuple(result.run_id for result in results),
        succeeded=all(result.succeeded for result in results),
        spaces=tuple(keys),
        tables=tuple(summary for result in results for summary in result.tables),
        ledger=tuple(_ledger(lake, keys, {result.run_id for result in results})),
        failures=tuple(dict.fromkeys(text for result in results for text in result.failures)),
        setting_fault=any(result.setting_fault for result in results),
        requests=cost.requests,
        points=cost.points if settings.auth.points_per_hour() else None,
        seconds=time.monotonic() - began,
        lake_uri=lake.uri,
        warehouse_uri=warehouse.uri,
    )


def sync_job(loaded: str) -> dg.JobDefinition:  # noqa: ARG001 - a new value makes Dagster read the environment anew
    """Return the sync job of the pipeline that the environment configures."""
    return build_definitions(PipelineConfig.from_environment()).resolve_job_def(SYNC)


@dataclass(frozen=True)
class _Run:
    """A run to start: its partitions, its assets (None for all), and the spaces whose tables it builds."""

    keys: Sequence[str] = ()
    assets: tuple[dg.AssetKey, ...] | None = None
    build: Sequence[str] = ()


@dataclass(frozen=True)
class _Result:
    run_id: str
    succeeded: bool
    tables: tuple[TableSummary, ...]
    failures: tuple[str, ...]
    setting_fault: bool
    cost: Cost


def _find_spaces(settings: Settings) -> tuple[list[str], Cost]:
    with ConfluenceClient(settings.connection()) as client:
        found = [space.key for space in discover_spaces(client, settings.scope)]
        return found, client.cost


def _spaces_to_sync(instance: dg.DagsterInstance, lake: Lake, found: Sequence[str], only: Collection[str]) -> list[str]:
    """Return the spaces to sync, all of them partitions now."""
    known = set(space_keys(instance))
    leaving = [key for key in sorted(known.union(landed_spaces(lake)).difference(found)) if holds_rows(lake, key)]
    candidates = [*found, *leaving]
    unknown = sorted(set(only).difference(candidates))
    if unknown:
        raise SettingError(
            f"No space in scope has the key {', '.join(unknown)}; check the spelling (keys are case-sensitive) and "
            "whether this account may see it"
        )
    keys = [key for key in candidates if not only or key in set(only)]
    new = [key for key in keys if key not in known]
    if new:
        instance.add_dynamic_partitions(PARTITIONS_NAME, new)
    return keys


def _plan(known: Sequence[str], keys: Sequence[str], selection: Selection, *, retry: bool) -> list[_Run]:
    """Return the fewest runs that sync exactly ``keys``; a retry asks for no spaces anew."""
    ranges = list(contiguous_ranges(known, keys))
    if len(ranges) == 1 and not retry:
        return [_Run(keys=ranges[0])]
    spaces = (RAW_SPACES, table_key(SPACES))
    first = [] if retry else [_Run(assets=spaces)]
    middle = [_Run(keys=stretch, assets=(RAW_CONTENT,)) for stretch in ranges]
    rest = [key for key in _every_asset(selection) if key not in {*spaces, RAW_CONTENT}]
    return [*first, *middle, _Run(assets=tuple(rest), build=keys)]


def _every_asset(selection: Selection) -> list[dg.AssetKey]:
    from confluence_pipeline.assets import all_assets

    return [key for asset in all_assets(selection) for key in asset.keys]


def _execute(instance: dg.DagsterInstance, job: str, config: Mapping[str, Mapping[str, Any]], run: _Run) -> _Result:
    module, _, function = job.partition(":")
    ops = dict(config) if run.assets is None or RAW_CONTENT in run.assets else {}
    if run.build:
        ops["build_tables"] = {"space_keys": list(run.build)}
    with dg.execute_job(
        dg.build_reconstructable_job(module, function, reconstructable_kwargs={"loaded": uuid4().hex}),
        instance=instance,
        run_config={**_QUIET, "ops": {name: {"config": dict(values)} for name, values in ops.items()}},
        tags=range_tags(run.keys) if run.keys else {},
        asset_selection=list(run.assets) if run.assets is not None else None,
        raise_on_error=False,
    ) as result:
        return _read(result.run_id, result.success, result.all_events)


def _read(run_id: str, succeeded: bool, events: Sequence[dg.DagsterEvent]) -> _Result:
    tables, failures, cost, fault = [], [], Cost(), False
    for event in events:
        if event.is_step_materialization and event.asset_key is not None:
            facts: dict[str, Any] = {name: value.value for name, value in event.materialization.metadata.items()}
            if event.asset_key != RAW_CONTENT:  # its spaces share requests, which its check counts
                cost += _cost(facts)
            if len(event.asset_key.path) == 1 and event.asset_key.path[0] in TABLES:
                tables.append(_summary(event.asset_key.path[0], facts))
        elif isinstance(event.event_specific_data, dg.AssetCheckEvaluation):
            if event.event_specific_data.check_name == EVERY_SPACE_LANDED:
                cost += _cost({name: told.value for name, told in event.event_specific_data.metadata.items()})
        elif event.is_step_failure:
            data = event.step_failure_data
            said = data.user_failure_data
            failures.append((said and said.description) or _root_cause(data.error))
            fault |= bool(said and "setting" in said.metadata)
    order = list(TABLES)
    tables.sort(key=lambda summary: order.index(summary.table))
    return _Result(run_id, succeeded, tuple(tables), tuple(failures), fault, cost)


def _cost(facts: Mapping[str, Any]) -> Cost:
    return Cost(requests=int(facts.get("requests", 0)), points=int(facts.get("points", 0)))


def _root_cause(error: Any) -> str:
    """Return the message of what an error that nobody foresaw goes back to."""
    while error is not None and error.cause is not None:
        error = error.cause
    return str(error.message).strip() if error is not None else "A step failed"


def _summary(table: str, facts: Mapping[str, Any]) -> TableSummary:
    return TableSummary(
        table=table,
        rows=facts["rows"],
        inserted=facts["inserted"],
        updated=facts["updated"],
        removed=facts["removed"],
        ledger_rows=facts["ledger_rows"],
        complete=facts["complete"],
        size=facts["file_size_bytes"],
    )


def _ledger(lake: Lake, keys: Sequence[str], run_ids: Collection[str]) -> Iterator[Mapping[str, Any]]:
    for key in (*keys, SITE_PART):
        for batch in lake.scan_part(LEDGER, key):
            yield from (row for row in batch.to_pylist() if row["_run_id"] in run_ids)


def _forget_emptied(instance: dg.DagsterInstance, lake: Lake, found: Sequence[str]) -> None:
    _, gone = partition_changes(found, space_keys(instance), lake)
    for key in gone:
        instance.delete_dynamic_partition(PARTITIONS_NAME, key)
