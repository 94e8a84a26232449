"""How fast bodies convert: ours, markdownify, html2text, and a bare lxml parse of the same bodies as the floor.

Run ``python benchmarks/convert.py --shared ../shared``. One process, one thread, processor time; the bodies are the
spaces of the shared corpus. Each tool runs the whole set several times, in turns with the others, and its fastest run
counts; the slow ones run once. Also prints the most memory that one conversion took beside its body. Prints Markdown.
"""

import argparse
import json
import os
import platform
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import html2text
import markdownify
from lxml import etree

from confluence_pipeline.content import convert

Tool = Callable[[str], object]
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Speed:
    """One tool's fastest run over all bodies."""

    name: str
    seconds: float


def bare_parse(body: str) -> object:
    """Parse a body into a tree and do nothing with it: the floor for anything built on lxml."""
    parser = etree.XMLParser(recover=True, huge_tree=True, resolve_entities=False, no_network=True)
    return etree.fromstring(f'<body xmlns:ac="ac" xmlns:ri="ri" xmlns:at="at">{body}</body>', parser)


def main() -> int:
    """Measure and print; return 1 where the corpus is not found."""
    arguments = _arguments()
    bodies = _bodies(arguments.shared)
    if not bodies:
        sys.stderr.write(f"No bodies in {arguments.shared}/corpus/spaces: give the shared data with --shared.\n")
        return 1
    warnings.simplefilter("ignore")  # BeautifulSoup warns that storage format is not HTML
    size = sum(len(body.encode()) for body in bodies)
    fast = _fastest({"bare lxml parse": bare_parse, "convert": convert}, bodies, arguments.runs)
    slow = _fastest({"markdownify": markdownify.markdownify, "html2text": html2text.html2text}, bodies, 1)
    _report([*fast, *slow], len(bodies), size)
    _report_memory(bodies)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--shared", type=Path, default=Path("../shared"), metavar="DIR", help="the shared data")
    parser.add_argument("--runs", type=int, default=7, help="runs of the fast tools over all bodies")
    return parser.parse_args()


def _bodies(shared: Path) -> list[str]:
    return [
        json.loads(line)["body_storage"]
        for path in sorted((shared / "corpus" / "spaces").glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def _fastest(tools: dict[str, Tool], bodies: list[str], runs: int) -> list[Speed]:
    best = dict.fromkeys(tools, float("inf"))
    for _ in range(runs):
        for name, tool in tools.items():
            start = time.process_time()
            for body in bodies:
                tool(body)
            best[name] = min(best[name], time.process_time() - start)
    return [Speed(name, seconds) for name, seconds in best.items()]


def _report(speeds: list[Speed], pages: int, size: int) -> None:
    seconds = {speed.name: speed.seconds for speed in speeds}
    print(f"{pages} bodies, {size / _MEGABYTE:.1f} MB; Python {platform.python_version()}, {os.cpu_count()} cores\n")
    print("| tool | seconds | MB/s per core | pages/s per core | against the bare parse |")
    print("| --- | --- | --- | --- | --- |")
    for speed in speeds:
        ratio = speed.seconds / seconds["bare lxml parse"]
        rate = f"{size / speed.seconds / _MEGABYTE:.1f} | {pages / speed.seconds:,.0f}"
        print(f"| {speed.name} | {speed.seconds:.2f} | {rate} | {ratio:.1f} × |")
    for name in ("markdownify", "html2text"):
        print(f"\nconvert is {seconds[name] / seconds['convert']:.1f} times as fast as {name}.")


def _report_memory(bodies: list[str]) -> None:
    """Print the most memory a conversion of one of the ten largest bodies took, against the body's size."""
    worst = 0.0
    for body in sorted(bodies, key=len)[-10:]:
        tracemalloc.start()
        convert(body)
        worst = max(worst, tracemalloc.get_traced_memory()[1] / len(body.encode()))
        tracemalloc.stop()
    print(f"\nThe largest bodies took at most {worst:.1f} times their size in memory, all results included.")


if __name__ == "__main__":
    sys.exit(main())
