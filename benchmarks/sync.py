"""What a sync costs: wall time, requests and peak memory, of the real command against a local site.

Run ``python benchmarks/sync.py --pages 10000 --latency-ms 100``. The site is a process of its own on a loopback
address; the sync is ``confluence-pipeline sync`` as a person would start it, run twice: a first sync, and one where
nothing changed. Prints Markdown. Bounded by ``--timeout-seconds`` for each sync, and stops by itself.
"""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from confluence_pipeline.site.control_client import RequestCounts
from confluence_pipeline.site.generated.profiles import ProfileName
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline.site.sources import GeneratedSource

_MEGABYTE = 1024**2


@dataclass(frozen=True, slots=True)
class Measured:
    """One sync.

    Attributes:
        name: Which sync.
        status: The command's exit status.
        seconds: Wall time of the command, Dagster's start included.
        peak_bytes: The most resident memory of its process.
        counts: What the site was asked.
        lake_bytes: The size of everything in the lake afterwards.
    """

    name: str
    status: int
    seconds: float
    peak_bytes: int
    counts: RequestCounts
    lake_bytes: int


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--spaces", type=int, default=10)
    parser.add_argument(
        "--everything",
        choices=get_args(ProfileName),
        help="a site with everything on it, by the profile: budget counts requests, full has every odd case",
    )
    parser.add_argument("--tables", default="default", help="what CONFLUENCE_TABLES is set to")
    parser.add_argument("--latency-ms", type=float, default=0)
    parser.add_argument("--timeout-seconds", type=float, default=1800)
    return parser.parse_args()


def _measure(arguments: argparse.Namespace, folder: Path) -> Iterator[Measured]:
    options = SiteOptions(latency_ms=arguments.latency_ms)
    everything = arguments.everything is not None
    source = GeneratedSource(
        arguments.pages, arguments.spaces, everything=everything, profile=arguments.everything or "full"
    )
    with SiteProcess(source, options) as site:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("CONFLUENCE_", "DAGSTER_"))},
            "CONFLUENCE_SERVER_URL": site.base_url,
            "CONFLUENCE_USER_NAME": site.email,
            "CONFLUENCE_API_TOKEN": site.api_token,
            "CONFLUENCE_LAKE": str(folder / "lake"),
            "CONFLUENCE_TABLES": arguments.tables,
        }
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for name in ("first sync", "nothing changed"):
            site.control.reset_requests()
            begun = time.monotonic()
            status, peak = _sync(environment, folder, arguments.timeout_seconds)
            seconds = time.monotonic() - begun
            yield Measured(name, status, seconds, peak, site.control.request_counts(), _size(folder / "lake"))


def _sync(environment: dict[str, str], folder: Path, timeout: float) -> tuple[int, int]:
    """Run one sync; return its exit status and the peak of its resident memory in bytes."""
    command = [sys.executable, "-m", "confluence_pipeline.cli", "sync"]
    with (folder / "sync.log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
        deadline = time.monotonic() + timeout
        while True:
            pid, wait_status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(wait_status), usage.ru_maxrss * 1024
            if time.monotonic() > deadline:
                process.kill()
                raise TimeoutError(f"the sync was not done after {timeout:.0f} seconds")
            time.sleep(0.05)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _print(arguments: argparse.Namespace, results: list[Measured]) -> None:
    print(
        f"{arguments.pages:,} pages in {arguments.spaces} spaces, {arguments.latency_ms:.0f} ms a request; "
        f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}\n"
    )
    print("| sync | seconds | requests | per 1,000 pages | peak memory | lake |")
    print("|---|--:|--:|--:|--:|--:|")
    for result in results:
        print(
            f"| {result.name} | {result.seconds:.1f} | {result.counts.total:,} "
            f"| {result.counts.total * 1000 / arguments.pages:.1f} | {result.peak_bytes / _MEGABYTE:,.0f} MB "
            f"| {result.lake_bytes / _MEGABYTE:,.0f} MB |"
        )
    for result in results:
        print(f"\n{result.name}, exit status {result.status}:\n\n| requests | endpoint |\n|--:|---|")
        for endpoint, count in sorted(result.counts.requests.items(), key=lambda item: -item[1]):
            print(f"| {count:,} | `{endpoint}` |")


def main() -> int:
    """Measure and print; exit with the worst status of the syncs."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        results = list(_measure(arguments, Path(folder)))
        if any(result.status for result in results):
            print((Path(folder) / "sync.log").read_text(encoding="utf-8")[-4000:], file=sys.stderr)
    _print(arguments, results)
    return max(result.status for result in results)


if __name__ == "__main__":
    sys.exit(main())
