"""What commands say: rich on a terminal, plain lines in a log."""

import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.padding import Padding
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Table as Grid

from confluence_pipeline.check import Finding
from confluence_pipeline.prices import Price
from confluence_pipeline.progress import Listener, Progress
from confluence_pipeline.tables import TABLES

if TYPE_CHECKING:
    from confluence_pipeline.runs import SyncOutcome

_MOST_SHOWN = 10
_STEPS = {"sync": "Fetching spaces", "tables": "Building tables"}


def print_findings(findings: Iterable[Finding]) -> tuple[bool, bool]:
    """Print findings as they come.

    Returns:
        Whether all are good, and whether a setting is at fault.
    """
    console = Console(highlight=False)
    all_good, setting_fault = True, False
    for finding in findings:
        mark = "[green]ok[/]   " if finding.good else "[red]wrong[/]"
        console.print(f"{mark} {finding.what:<11}", end="")
        console.print(finding.said, markup=False, soft_wrap=True)
        if finding.prices:
            console.print(_prices(finding.prices))
        all_good &= finding.good
        setting_fault |= finding.setting_fault
    return all_good, setting_fault


def _prices(prices: Collection[Price]) -> Padding:
    """Return what each table takes, on or off, and how to have those that are off."""
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    grid.add_column("")
    grid.add_column("requests for")
    grid.add_column("first sync", justify="right")
    grid.add_column("nothing changed", justify="right")
    grid.add_column("")
    for price in prices:
        plus = "" if price.chosen else "+"
        numbers = (f"{plus}{number:,}" if number else "·" for number in (price.first, price.unchanged))
        mark, style = ("[green]on[/]", "") if price.chosen else ("off", "dim")
        grid.add_row(mark, price.name, *numbers, price.note, style=style)
    named = {price.name for price in prices}
    free = ", ".join(name for name in TABLES if name not in named)
    notes = (
        f"Without requests of their own: {free}.",
        "Estimated from what the search counts, which leaves out archived pages.",
    )
    return Padding(Group(grid, *("", *notes)), (1, 0, 1, 6), expand=False)


@contextmanager
def showing_progress() -> Iterator[Listener]:
    """Show progress while the block runs: bars on a terminal, else one line for each space."""
    if not sys.stdout.isatty():
        yield _say_plainly
        return
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description:<16}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[detail]}"),
    )
    with Bars(*columns) as bars:
        tasks: dict[str, TaskID] = {"sync": bars.add_task(_STEPS["sync"], total=None, detail="asking for the spaces")}

        def show(progress: Progress) -> None:
            if progress.step not in tasks:
                tasks[progress.step] = bars.add_task(_STEPS[progress.step], total=progress.total, detail="")
            bars.update(tasks[progress.step], completed=progress.done, total=progress.total, detail=_detail(progress))
            if progress.error:
                bars.console.print(f"{progress.space_key}: {progress.error}", style="red", markup=False)

        yield show


def print_outcome(outcome: "SyncOutcome") -> None:
    """Print what a sync did: tables, ledger, failures, cost, and where everything is."""
    console = Console(highlight=False, soft_wrap=True)
    console.print()
    console.print(_tables(outcome))
    told = list(dict.fromkeys(f"ledger: {entry['table']}: {entry['message']}" for entry in outcome.ledger))
    for line in told[:_MOST_SHOWN]:
        console.print(line, style="yellow", markup=False)
    if len(told) > _MOST_SHOWN:
        console.print(f"ledger: and {len(told) - _MOST_SHOWN} more; see the table ledger", style="yellow")
    for failure in outcome.failures:
        console.print(f"failed: {failure}", style="red", markup=False)
    spaces = f"{len(outcome.spaces)} space{'s' if len(outcome.spaces) != 1 else ''}"
    verdict = "complete" if outcome.complete else "not complete"
    cost = f"{outcome.requests:,} requests" + ("" if outcome.points is None else f", {outcome.points:,} points")
    console.print(f"\n{spaces}, {cost}, {outcome.seconds:.1f} seconds: {verdict}", markup=False)
    console.print(f"Parquet files  {outcome.lake_uri}/tables", markup=False)
    console.print(f"DuckDB file    {outcome.warehouse_uri}", markup=False)


def print_answer(columns: Iterable[str], rows: Iterable[tuple[object, ...]]) -> None:
    """Print the answer to a query as a table."""
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        grid.add_column(name, overflow="fold")
    for row in rows:
        grid.add_row(*("" if value is None else str(value) for value in row))
    Console(highlight=False, markup=False).print(grid)


def _tables(outcome: "SyncOutcome") -> Grid:
    grid = Grid(box=None, pad_edge=False, header_style="bold")
    grid.add_column("table")
    for name in ("rows", "new", "changed", "removed"):
        grid.add_column(name, justify="right")
    grid.add_column("")
    for table in outcome.tables:
        note = "" if table.complete else "[red]incomplete: see the table ledger[/]"
        counts = (f"{count:,}" if count else "·" for count in (table.inserted, table.updated, table.removed))
        grid.add_row(table.table, f"{table.rows:,}", *counts, note)
    return grid


def _say_plainly(progress: Progress) -> None:
    print(f"{_STEPS[progress.step]}: {progress.done}/{progress.total} {_detail(progress)}", flush=True)


def _detail(progress: Progress) -> str:
    if progress.error:
        return f"{progress.space_key}: {progress.error}"
    if progress.step == "tables":
        return progress.space_key
    return (
        f"{progress.space_key}: {progress.contents:,} contents, {progress.fetched:,} fetched, "
        f"{progress.requests:,} requests in all"
    )
