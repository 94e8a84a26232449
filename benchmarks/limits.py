"""How much of a site's rate limit the client uses, and how often it is refused, as the site counts it.

Run ``python benchmarks/limits.py --requests-per-second 50 --seconds 60``. The site is a process of its own on a
loopback address with a token bucket of that rate; clients in one or more processes ask it as fast as they may. The
first second includes finding out that there is a limit at all. Prints a row of Markdown for each number of
processes, and stops by itself.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from itertools import takewhile
from typing import Any

from confluence_pipeline.confluence import ApiToken, ConfluenceClient, Connection, Cost
from confluence_pipeline.site.control_client import RequestCounts
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions

_STARTING_SECONDS = 30


@dataclass(frozen=True, slots=True)
class Worked:
    """What one process did: when it began and ended, by the machine's monotonic clock, and its cost."""

    began: float
    ended: float
    cost: Cost


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests-per-second", type=float, default=50)
    parser.add_argument("--burst", type=int, default=10)
    parser.add_argument("--latency-ms", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 3])
    parser.add_argument("--work-on", metavar="JSON", help=argparse.SUPPRESS)
    return parser.parse_args()


def _work(task: dict[str, str], seconds: float) -> Worked:
    """Ask who we are, again and again, on all threads of a client."""
    connection = Connection(task["base_url"], ApiToken(task["email"], task["api_token"]))
    with ConfluenceClient(connection) as client:
        began = time.monotonic()
        moments = takewhile(lambda moment: moment < began + seconds, iter(time.monotonic, None))
        for _ in client.in_parallel(lambda _: client.log_in(), moments):
            pass
        return Worked(began, time.monotonic(), client.cost)


def _measure(arguments: argparse.Namespace, processes: int) -> tuple[list[Worked], RequestCounts]:
    options = SiteOptions(
        latency_ms=arguments.latency_ms,
        requests_per_second=arguments.requests_per_second,
        burst=arguments.burst,
    )
    with SiteProcess(options=options) as site, tempfile.TemporaryDirectory() as fresh:
        task = json.dumps({"base_url": site.base_url, "email": site.email, "api_token": site.api_token})
        command = [sys.executable, __file__, "--seconds", str(arguments.seconds), "--work-on", task]
        environment = {**os.environ, "TMPDIR": fresh}  # nothing is known of the site yet
        workers = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE) for _ in range(processes)]
        try:
            said = [worker.communicate(timeout=arguments.seconds + _STARTING_SECONDS)[0] for worker in workers]
        finally:
            for worker in workers:
                worker.kill()
        return [_worked(json.loads(line)) for line in said], site.control.request_counts()


def _worked(data: dict[str, Any]) -> Worked:
    return Worked(data["began"], data["ended"], Cost(**data["cost"]))


def _row(limit: float, workers: list[Worked], counts: RequestCounts) -> str:
    seconds = max(worker.ended for worker in workers) - min(worker.began for worker in workers)
    refused = counts.statuses.get("429", 0)
    rate = (counts.total - refused) / seconds
    cost = sum((worker.cost for worker in workers), Cost())
    return (
        f"| {len(workers)} | {seconds:.0f} | {counts.total:,} | {rate:.1f} | {rate / limit:.1%} | {refused} "
        f"| {refused / counts.total:.2%} | {cost.asked_seconds:.0f} | {cost.pace_seconds:.0f} |"
    )


def main() -> int:
    """Measure, or be one of the processes that are measured."""
    arguments = _arguments()
    if arguments.work_on:
        print(json.dumps(asdict(_work(json.loads(arguments.work_on), arguments.seconds))))
        return 0
    limit = arguments.requests_per_second
    print(f"{limit:g} requests a second, bursts of {arguments.burst}, {arguments.latency_ms:g} ms a request\n")
    print("| processes | seconds | requests | a second | of the limit | refused | of all | paused s | paced s |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for processes in arguments.processes:
        print(_row(limit, *_measure(arguments, processes)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
