"""The command line as a process with its imports done: what a person sees, without the seconds that imports take.

Processes are forked from a server that has imported the commands, so each has an environment, a working folder and
streams of its own, as one that a shell starts. Which exit status an end without words makes is Python's own.
"""

import multiprocessing
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from confluence_pipeline.cli import main

_SECONDS = 120
_PRELOADED = [__name__, "confluence_pipeline.commands", "confluence_pipeline.check"]


def run(
    settings: Mapping[str, str], folder: Path, *arguments: str, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run the command with just these settings, in a folder.

    Args:
        settings: The environment variables of the pipeline; others are those of this process.
        folder: Where it runs.
        arguments: What stands behind ``confluence-pipeline``.
        stdin: What it reads.

    Raises:
        subprocess.TimeoutExpired: It did not end in two minutes, and was killed.
    """
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("CONFLUENCE_", "DAGSTER_HOME"))}
    environment |= {**settings, "COLUMNS": "200"}
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_PRELOADED)
    with tempfile.TemporaryDirectory() as streams:
        names = [Path(streams, name) for name in ("in", "out", "err")]
        names[0].write_text(stdin, encoding="utf-8")
        process = context.Process(target=_become, args=(environment, folder, arguments, names))
        process.start()
        process.join(_SECONDS)
        if process.is_alive():
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(arguments, _SECONDS)
        out, err = (name.read_text(encoding="utf-8") for name in names[1:])
        status = process.exitcode if process.exitcode is not None else 1
        return subprocess.CompletedProcess(arguments, status, out, err)


def _become(environment: Mapping[str, str], folder: Path, arguments: Sequence[str], streams: Sequence[Path]) -> None:
    """Be the command, in a process of its own."""
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    for stream, path in enumerate(streams):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT), stream)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it is the process's own
    main(list(arguments))
