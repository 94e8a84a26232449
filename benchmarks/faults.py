"""Every fault that a sync must survive: how the local site was told to make it, and what the sync did.

Run ``python benchmarks/faults.py --pages 3000 > docs/faults.md``. The site is a process of its own on a loopback
address with everything on its pages. It is synced once and then changed, a change of every kind in each space. Each
fault gets a first sync into an empty lake and, in a copy of the lake of before the changes, a sync of these; the tables
of both are compared with what the site says that it holds, row by row. The client repeats as often as by default, but
its own pauses are milliseconds. Two processes share the faults, each with a site of its own. Prints Markdown, a row as
soon as it is known, and stops by itself.
"""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from confluence_pipeline.cost import Cost
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline_tests.endurance.comparing import whole_truth
from confluence_pipeline_tests.endurance.grounds import Disturbed, Grounds, make_grounds
from confluence_pipeline_tests.endurance.matrix import NOTHING, PASSING, TIMEOUTS, Case, lasting, together
from confluence_pipeline_tests.endurance.surviving import Survived
from confluence_pipeline_tests.laboratory import reader_of

_ABOUT = """\
# Faults

What a sync does when the network, a proxy or the site fails it. The local site makes each fault on the requests
named, at the rate given (1 is all of them; `count` limits how many, `skip` lets so many through first), the same way
every time. Each row is two syncs of the default tables: a _first_ one into an empty lake, and a _later_ one of {edits}
changes of every kind to what had been synced before. Afterwards every row of every table is compared with what the
site says that it holds. _Requests_ includes _repeats_; _waited_ adds up the seconds of all threads; _ledger_ counts the
rows that say what is missing, of both.

This page is the output of `python benchmarks/faults.py --pages {pages} --spaces {spaces}`: {pages:,} pages with
everything on them in {spaces} spaces, on {date}, {cores} cores, Python {python}. The client repeats as often as by
default; its own pauses before a repeat are shortened to milliseconds, and it gives up an answer that drips after
{whole:g} s.
"""
_COLUMNS = (
    ("fault", "injected", "where"),
    ("first: requests", "repeats", "waited s", "later: requests", "repeats", "waited s", "ledger"),
    ("first: tables", "later: tables"),
)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=3000)
    parser.add_argument("--spaces", type=int, default=6)
    return parser.parse_args()


class _Worker:
    """What a process of the pool has: the grounds on which it tries faults."""

    grounds: Grounds


def _open(pages: int, spaces: int, folder: str) -> None:
    """Start a site, which ends with this process."""
    site = SiteProcess(GeneratedSource(pages, spaces, everything=True)).start()
    _Worker.grounds = make_grounds(site, Path(tempfile.mkdtemp(dir=folder)))


def _edits() -> int:
    return _Worker.grounds.edits


def _undisturbed() -> str:
    grounds = _Worker.grounds
    return _row(NOTHING, NOTHING.how, (grounds.first, grounds.later))


def _passed(case: Case) -> str:
    return _row(case, case.how, _Worker.grounds.try_out(case))


def _lasted() -> list[str]:
    """Return the rows of the faults that do not pass; the last of them changes the site for good."""
    grounds = _Worker.grounds
    page = next(row for row in grounds.truth["pages"] if row["status"] == "current")
    middles = (grounds.first_middle, grounds.later_middle)
    cases = [lasting(page["page_id"], middle.space_key, middle.requests)[:2] for middle in middles]
    rows = [
        _disturbed(first, later, [grounds.disturb(first, changes=False), grounds.disturb(later, changes=True)])
        for first, later in zip(*cases, strict=True)
    ]
    first, later = (lasting(page["page_id"], middle.space_key, middle.in_space)[2] for middle in middles)
    without = grounds.disturb(first, changes=False)
    grounds.site.control.set_space(grounds.first_middle.space_key)
    with reader_of(grounds.site) as client, grounds.lake() as lake:
        truth = whole_truth(grounds.laboratory(client, lake))
    return [*rows, _disturbed(first, later, [without, grounds.disturb(later, changes=True, truth=truth)])]


def _disturbed(first: Case, later: Case, found: list[Disturbed]) -> str:
    how = first.how if first == later else f"{first.how}; later: {later.how}"
    return _row(first, how, [one.survived for one in found], [one.outcome for one in found])


def _row(case: Case, how: str, survived: Sequence[Survived], outcomes: Sequence[str] = ()) -> str:
    costs = " | ".join(_told(one.cost) for one in survived)
    ledger = sum(len(one.ledger) for one in survived)
    tables = " | ".join(outcomes or [one.outcome for one in survived])
    return f"| {case.name} | {how} | {case.where} | {costs} | {ledger} | {tables} |"


def _told(cost: Cost) -> str:
    return f"{cost.requests:,} | {cost.retries:,} | {cost.throttled_seconds:,.1f}"


def _rows(pages: int, spaces: int) -> Iterator[str]:
    """Yield the number of changes, and then the row of every fault, as soon as it and those before it are known."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ProcessPoolExecutor(2, initializer=_open, initargs=(pages, spaces, folder)) as pool,
    ):
        edits, undisturbed = pool.submit(_edits), pool.submit(_undisturbed)
        passed = [pool.submit(_passed, case) for case in (*PASSING, together())]
        lasted = pool.submit(_lasted)  # nothing may follow on a site that was changed
        yield str(edits.result())
        yield undisturbed.result()
        for row in passed:
            yield row.result()
        yield from lasted.result()


def main() -> int:
    """Inject, sync, compare and print; exit with 1 if any table differs from the truth without the ledger's word."""
    arguments = _arguments()
    facts = {"date": datetime.now(UTC).date(), "cores": os.cpu_count(), "python": platform.python_version()}
    rows = _rows(arguments.pages, arguments.spaces)
    known = {"pages": arguments.pages, "spaces": arguments.spaces, "whole": TIMEOUTS.whole}
    print(_ABOUT.format(edits=next(rows), **known, **facts))
    print(f"| {' | '.join(name for names in _COLUMNS for name in names)} |")
    aligned = [mark for mark, names in zip(("---", "--:", "---"), _COLUMNS, strict=True) for _ in names]
    print(f"|{'|'.join(aligned)}|", flush=True)
    failed = False
    for row in rows:
        print(row, flush=True)
        failed |= "differ" in row
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
