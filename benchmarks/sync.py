"""What a sync costs: wall time, requests, memory and bytes written, of the real command against a local site.

Run ``python benchmarks/sync.py --pages 100000 --spaces 50 --latency-ms 0 100``. The site is a process of its own on a
loopback address; the sync is ``confluence-pipeline sync`` as a person would start it, run three times for each latency,
into a new lake: a first sync, one where nothing changed, and one after ``--edits`` pages were edited, which are spread
over all spaces. Prints Markdown. Each sync is bounded by ``--timeout-seconds``, and the command stops by itself.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import requests

from confluence_pipeline.site.control_client import RequestCounts
from confluence_pipeline.site.generated.profiles import ProfileName
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline.site.sources import GeneratedSource

_MEGABYTE = 1024**2
_SITE_STARTS_IN_SECONDS = 1800
_HEADER = (
    "| ms | sync | seconds | of a core | requests | per 1,000 pages | peak memory | tables | landing | warehouse "
    "| written: tables | landing | warehouse |"
)

Files = Mapping[Path, tuple[int, int, int]]
"""The inode, time and size of each file below a folder."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One sync.

    Attributes:
        latency_ms: How long the site held each answer back.
        name: Which sync.
        status: The command's exit status.
        seconds: Wall time of the command, Dagster's start included.
        core_seconds: Processor time of its process, which other work on the machine stretches less.
        peak_bytes: The most resident memory of its process.
        site_peak_bytes: The most resident memory of the site's process so far; None where the system does not tell.
        counts: What the site was asked.
        sizes: The bytes in the lake afterwards: of the tables, of the raw landing, of the warehouse.
        written: The bytes of those files that were written by this sync, in the same order.
    """

    latency_ms: float
    name: str
    status: int
    seconds: float
    core_seconds: float
    peak_bytes: int
    site_peak_bytes: int | None
    counts: RequestCounts
    sizes: tuple[int, ...]
    written: tuple[int, ...]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--spaces", type=int, default=10)
    parser.add_argument("--edits", type=int, default=10, help="how many pages are edited before the last sync")
    parser.add_argument(
        "--everything",
        choices=get_args(ProfileName),
        help="a site with everything on it, by the profile: budget counts requests, full has every odd case",
    )
    parser.add_argument("--tables", default="default", help="what CONFLUENCE_TABLES is set to")
    parser.add_argument("--latency-ms", type=float, nargs="+", default=[0])
    parser.add_argument("--timeout-seconds", type=float, default=7200)
    return parser.parse_args()


def _measure(arguments: argparse.Namespace, latency_ms: float, folder: Path) -> Iterator[Measured]:
    everything = arguments.everything is not None
    source = GeneratedSource(
        arguments.pages, arguments.spaces, everything=everything, profile=arguments.everything or "full"
    )
    options = SiteOptions(latency_ms=latency_ms)
    with SiteProcess(source, options, timeout_seconds=_SITE_STARTS_IN_SECONDS) as site:
        environment = _environment(site, folder / "lake", arguments.tables)
        for name in ("first sync", "nothing changed", f"{arguments.edits:,} edits"):
            if name.endswith("edits"):
                _edit_pages(site, arguments.edits)
            site.control.reset_requests()
            before, begun = _files(folder / "lake"), time.monotonic()
            status, peak, core_seconds = _sync(environment, folder, arguments.timeout_seconds)
            seconds, after = time.monotonic() - begun, _files(folder / "lake")
            fresh = {path: facts for path, facts in after.items() if before.get(path) != facts}
            counts, sizes = site.control.request_counts(), _sizes(folder / "lake", after)
            written, site_peak = _sizes(folder / "lake", fresh), _peak_of(site.pid)
            yield Measured(latency_ms, name, status, seconds, core_seconds, peak, site_peak, counts, sizes, written)


def _environment(site: SiteProcess, lake: Path, tables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CONFLUENCE_", "DAGSTER_"))}
    kept.pop("PYTHONDONTWRITEBYTECODE", None)
    return {
        **kept,
        "CONFLUENCE_SERVER_URL": site.base_url,
        "CONFLUENCE_PRODUCT": "cloud",  # as the domain of a real one tells; else each step asks
        "CONFLUENCE_USER_NAME": site.email,
        "CONFLUENCE_API_TOKEN": site.api_token,
        "CONFLUENCE_LAKE": str(lake),
        "CONFLUENCE_TABLES": tables,
    }


def _edit_pages(site: SiteProcess, edits: int) -> None:
    """Add a paragraph to so many pages, as evenly over all spaces as can be, by the site's REST API."""
    with requests.Session() as session:
        session.auth = (site.email, site.api_token)
        spaces = _asked(session, f"{site.base_url}/api/v2/spaces?limit=250&type=global")["results"]
        for number, space in enumerate(spaces):
            query = "limit=250&body-format=storage&status=current"
            pages = iter(_asked(session, f"{site.base_url}/api/v2/spaces/{space['id']}/pages?{query}")["results"])
            for _ in range(edits // len(spaces) + (number < edits % len(spaces))):
                while not _edit_page(session, site, next(pages)):
                    pass


def _edit_page(session: requests.Session, site: SiteProcess, page: dict[str, Any]) -> bool:
    """Add a paragraph to a page; return whether the account may."""
    body = f"{page['body']['storage']['value']}<p>One more paragraph.</p>"
    change = {
        "id": page["id"],
        "status": "current",
        "title": page["title"],
        "body": {"representation": "storage", "value": body},
        "version": {"number": page["version"]["number"] + 1},
    }
    reply = session.put(f"{site.base_url}/api/v2/pages/{page['id']}", json=change, timeout=60)
    if reply.status_code == requests.codes.forbidden:
        return False
    reply.raise_for_status()
    return True


def _asked(session: requests.Session, url: str) -> Any:
    reply = session.get(url, timeout=60)
    reply.raise_for_status()
    return reply.json()


def _sync(environment: dict[str, str], folder: Path, timeout: float) -> tuple[int, int, float]:
    """Run one sync; return its exit status, the peak of its resident memory in bytes, and its processor seconds."""
    command = [sys.executable, "-m", "confluence_pipeline.cli", "sync"]
    with (folder / "sync.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
        deadline = time.monotonic() + timeout
        while True:
            pid, wait_status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(wait_status), usage.ru_maxrss * 1024, usage.ru_utime + usage.ru_stime
            if time.monotonic() > deadline:
                process.kill()
                raise TimeoutError(f"the sync was not done after {timeout:.0f} seconds")
            time.sleep(0.05)


def _peak_of(pid: int) -> int | None:
    """Return the peak of another process's resident memory in bytes, where the system has ``/proc``."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return None
    lines = status.read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def _files(folder: Path) -> Files:
    status = {path: path.stat() for path in folder.rglob("*") if path.is_file()}
    return {path: (facts.st_ino, facts.st_mtime_ns, facts.st_size) for path, facts in status.items()}


def _sizes(lake: Path, files: Files) -> tuple[int, ...]:
    """Return the bytes of files by their place: those of tables, of the raw landing, and the rest: the warehouse."""
    sizes = {"tables": 0, "raw": 0, "warehouse": 0}
    for path, (_, _, size) in files.items():
        place = path.relative_to(lake).parts[0]
        sizes[place if place in sizes else "warehouse"] += size
    return tuple(sizes.values())


def _row(result: Measured, pages: int) -> str:
    megabytes = [f"{size / _MEGABYTE:,.1f} MB" for size in (*result.sizes, *result.written)]
    requests_made = result.counts.total
    return (
        f"| {result.latency_ms:g} | {result.name} | {result.seconds:,.0f} | {result.core_seconds:,.0f} "
        f"| {requests_made:,} | {requests_made * 1000 / pages:.1f} | {result.peak_bytes / _MEGABYTE:,.0f} MB "
        f"| {' | '.join(megabytes)} |"
    )


def _print_endpoints(results: list[Measured]) -> None:
    for result in results:
        print(f"\n{result.latency_ms:g} ms, {result.name}, exit status {result.status}:\n")
        print("| requests | endpoint |\n|--:|---|")
        for endpoint, count in sorted(result.counts.requests.items(), key=lambda item: -item[1]):
            print(f"| {count:,} | `{endpoint}` |")


def main() -> int:
    """Measure and print, each line as soon as it is known; exit with the worst status of the syncs."""
    arguments = _arguments()
    print(
        f"{arguments.pages:,} pages in {arguments.spaces} spaces; {os.cpu_count()} cores, "
        f"Python {platform.python_version()}, {platform.system()}\n\n{_HEADER}\n|--:|---|{'--:|' * 11}",
        flush=True,
    )
    results = []
    for latency_ms in arguments.latency_ms:
        with tempfile.TemporaryDirectory() as folder:
            for result in _measure(arguments, latency_ms, Path(folder)):
                results.append(result)
                print(_row(result, arguments.pages), flush=True)
                if result.status:
                    print((Path(folder) / "sync.log").read_text(encoding="utf-8")[-4000:], file=sys.stderr)
    peaks = [result.site_peak_bytes for result in results if result.site_peak_bytes is not None]
    if peaks:
        print(f"\nThe site's own process had {max(peaks) / _MEGABYTE:,.0f} MB at most.")
    _print_endpoints(results)
    return max(result.status for result in results)


if __name__ == "__main__":
    sys.exit(main())
