"""Looks for secrets in all that a run leaves behind: files of any kind, what it printed, and its arguments."""

import base64
import os
import signal
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import duckdb
import psutil  # type: ignore[import-untyped]
import pyarrow.parquet as pq


def forms_of(secret: str, users: Iterable[str] = ()) -> set[str]:
    """Return how a secret may be written down: as it is, for an address, and in base64 with each user's name.

    Args:
        secret: The secret.
        users: The names that it may be sent with as Basic.
    """
    plain = [secret, *(f"{user}:{secret}" for user in users)]
    return {secret, quote(secret, safe="")} | {base64.b64encode(text.encode()).decode().rstrip("=") for text in plain}


def found_in(text: str, secrets: Iterable[str]) -> list[str]:
    """Return the secrets that a text holds."""
    return [secret for secret in secrets if secret in text]


def readable(folder: Path, besides: Sequence[Path] = ()) -> Iterator[tuple[Path, str]]:
    """Yield every file below a folder with its content as text, unpacked where it is packed.

    Args:
        folder: Where to look.
        besides: Files that are left out, because secrets belong into them.
    """
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path not in besides:
            yield path, _content(path)


def _content(path: Path) -> str:
    head = path.read_bytes()[:16]
    if head.startswith(b"PAR1"):
        return str(pq.read_table(path).to_pylist()) + str(pq.read_schema(path).metadata)
    if head.startswith(b"SQLite format 3"):
        with sqlite3.connect(path) as database:
            names = [row[0] for row in database.execute("select name from sqlite_master where type = 'table'")]
            return "".join(str(database.execute(f'select * from "{name}"').fetchall()) for name in names)  # noqa: S608
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as warehouse:
            names = [f'"{row[1]}"."{row[2]}"' for row in warehouse.execute("show all tables").fetchall()]
            return "".join(str(warehouse.execute(f"select * from {name}").fetchall()) for name in names)  # noqa: S608
    return path.read_bytes().decode(errors="replace")


@dataclass(frozen=True)
class Run:
    """What a process said and how it was called.

    Attributes:
        status: Its exit status.
        said: Standard output and standard error.
        arguments: The arguments of it and of every process that it started, as seen while it ran.
    """

    status: int
    said: str
    arguments: frozenset[str]


def watched(
    command: Sequence[str], environment: Mapping[str, str], folder: Path, *, crash: Callable[[], bool] | None = None
) -> Run:
    """Run a command in a folder, and watch the arguments of it and of what it starts.

    Args:
        command: What is run.
        environment: Its whole environment.
        folder: Where.
        crash: When to make it crash, which Python reports on standard error; never by default.
    """
    seen: set[str] = set()
    with subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, seen, over))
        watcher.start()
        while crash is not None and process.poll() is None:
            if crash():
                process.send_signal(signal.SIGABRT)
                break
            time.sleep(0.05)
        said, _ = process.communicate(timeout=400)
        over.set()
        watcher.join()
    return Run(process.returncode, said, frozenset(seen))


def _watch(pid: int, seen: set[str], over: threading.Event) -> None:
    while not over.is_set():
        try:
            family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        except psutil.NoSuchProcess:
            family = []
        for member in family:
            try:
                seen.add("\0".join(member.cmdline()))
            except (psutil.NoSuchProcess, psutil.ZombieProcess):
                continue
        time.sleep(0.05)


def surroundings(folder: Path) -> dict[str, str]:
    """Return the environment of a process whose every trace is below a folder, with all loggers at debug.

    Dagster's own log settings put what any logger says into its event storage.
    """
    home = folder / "dagster"
    home.mkdir(parents=True)
    (home / "dagster.yaml").write_text(
        "telemetry: {enabled: false}\npython_logs: {python_log_level: DEBUG, managed_python_loggers: [root]}\n"
    )
    (folder / "tmp").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONFLUENCE_")}
    return {
        **kept,
        "DAGSTER_HOME": str(home),
        "HOME": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONFAULTHANDLER": "1",
        "COLUMNS": "200",
    }
