"""Every fault that a sync must survive: how the local site was told to make it, and what the sync did.

Run ``python benchmarks/faults.py --pages 3000 > docs/faults.md``. The site is a process of its own on a loopback
address with everything on its pages; each fault gets a first sync into an empty lake, whose tables are then compared
with what the site says that it holds, row by row. The client repeats as often as by default, but its own pauses are
milliseconds. Prints Markdown, a row as soon as it is known, and stops by itself.
"""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from confluence_pipeline.confluence import ApiToken, ConfluenceClient, Connection
from confluence_pipeline.lake import Lake
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.sources import GeneratedSource
from confluence_pipeline_tests.endurance.comparing import Truth, differences, whole_truth
from confluence_pipeline_tests.endurance.matrix import (
    PASSING,
    PATIENCE,
    TIMEOUTS,
    Case,
    Survived,
    lasting,
    survive,
    together,
)
from confluence_pipeline_tests.laboratory import Editor, Laboratory

_ABOUT = """\
# Faults

What a sync does when the network, a proxy or the site fails it. The local site makes each fault on the requests
named, at the rate given (1 is all of them; `count` limits how many, `skip` lets so many through first), the same way
every time. Each row is a first sync of the default tables into an empty lake. Afterwards every
row of every table is compared with what the site says that it holds. _Requests_ includes _repeats_; _waited_ adds up
the seconds of all threads; _ledger_ counts the rows that say what is missing.

This page is the output of `python benchmarks/faults.py --pages {pages} --spaces {spaces}`: {pages:,} pages with
everything on them in {spaces} spaces, on {date}, {cores} cores, Python {python}. The client repeats as often as by
default; its own pauses before a repeat are shortened to milliseconds.
"""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=3000)
    parser.add_argument("--spaces", type=int, default=6)
    return parser.parse_args()


def _client(site: SiteProcess) -> ConfluenceClient:
    login = ApiToken(site.email, site.api_token)
    return ConfluenceClient(Connection(site.base_url, login, product="cloud", retries=PATIENCE, timeouts=TIMEOUTS))


def _all_survived(source: GeneratedSource) -> Iterator[tuple[Survived, str]]:
    """Yield what came of every fault; the last one changes the site for good."""
    with SiteProcess(source) as site:
        page = next(row for row in site.control.truth("pages") if row["status"] == "current")
        with _client(site) as client:
            truth = whole_truth(Laboratory(site, Lake(tempfile.gettempdir()), client, Editor(site)))
        for case in PASSING:
            if not _slows(case):
                yield _survived(site, case, truth)
        *others, last = lasting(page["page_id"], page["space_key"])
        for case in others:
            yield _survived(site, case, truth)
        yield _survived(site, last)
    for case in (*filter(_slows, PASSING), together()):
        with SiteProcess(source) as site:  # what the client learns of a site's limits would slow the next case
            yield _survived(site, case)


def _slows(case: Case) -> bool:
    return any(rule.kind in ("rate_limited", "quota_spent", "quota_near") for rule in case.rules)


def _survived(site: SiteProcess, case: Case, truth: Truth | None = None) -> tuple[Survived, str]:
    """Return what a sync under a fault did, and what the next one did if the fault had stopped it."""
    with tempfile.TemporaryDirectory() as folder:
        lake = Lake(str(Path(folder, "lake")))
        with _client(site) as client:
            caller = client.log_in().account_id
            assert caller is not None
            survived = survive(Laboratory(site, lake, client, Editor(site)), case, truth)
        if survived.error is None:
            return survived, ""
        site.control.set_user(caller, api_token=site.api_token)  # if it was revoked
        with _client(site) as client:
            lab = Laboratory(site, lake, client, Editor(site))
            lab.sync()
            left = differences(lab, truth)
            went_on = f"{client.cost.requests:,} requests, " + (f"{len(left)} rows differ" if left else "equal")
            return survived, f"; the next sync: {went_on}"


def _row(survived: Survived, afterwards: str) -> str:
    case, cost = survived.case, survived.cost
    return (
        f"| {case.name} | {case.how} | {case.where} | {cost.requests:,} | {cost.retries:,} "
        f"| {cost.throttled_seconds:,.1f} | {len(survived.ledger)} | {survived.outcome}{afterwards} |"
    )


def main() -> int:
    """Inject, sync, compare and print; exit with 1 if any table differs from the truth without the ledger's word."""
    arguments = _arguments()
    facts = {"date": datetime.now(UTC).date(), "cores": os.cpu_count(), "python": platform.python_version()}
    print(_ABOUT.format(pages=arguments.pages, spaces=arguments.spaces, **facts))
    print("| fault | injected | where | requests | repeats | waited s | ledger | tables |")
    print("|---|---|---|--:|--:|--:|--:|---|", flush=True)
    failed = False
    for survived, afterwards in _all_survived(GeneratedSource(arguments.pages, arguments.spaces, everything=True)):
        print(_row(survived, afterwards), flush=True)
        failed |= "differ" in survived.outcome + afterwards
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
