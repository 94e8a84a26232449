"""A sync in a process of its own that dies by SIGKILL at an instant of one's choice."""

import multiprocessing
import os
import signal
import sys
from dataclasses import dataclass
from itertools import count
from typing import Any

from confluence_pipeline.confluence import ApiToken, ConfluenceClient, Connection
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Selection
from confluence_pipeline.tables.report import Run
from confluence_pipeline_tests.endurance.matrix import PATIENCE
from confluence_pipeline_tests.laboratory import Laboratory, sync_everything

_INSTANTS = frozenset({"open", "os.rename", "os.remove", "os.mkdir", "os.listdir", "http.client.send"})
"""What a sync does to the world, as Python's audit events name it (PEP 578)."""
_SECONDS = 120


@dataclass(frozen=True, slots=True)
class DoomedSync:
    """What the process is told.

    Attributes:
        base_url: The site.
        email: Who logs in.
        api_token: Their token.
        lake: The lake's folder.
        selection: Which tables are filled.
        run: What its rows are stamped with.
        dies_at: How many files it opens, renames or removes, and requests it sends, before it dies.
    """

    base_url: str
    email: str
    api_token: str
    lake: str
    selection: Selection
    run: Run
    dies_at: int


def sync_and_die(lab: Laboratory, dies_at: int) -> bool:
    """Sync in another process that is killed, if it lasts that long; return whether it was.

    Args:
        lab: The site and the lake.
        dies_at: The instant, counted in what the process does to files and sends over the network.
    """
    site = lab.site
    doomed = DoomedSync(site.base_url, site.email, site.api_token, lab.lake.uri, lab.selection, lab.run(), dies_at)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=_live_and_die, args=(doomed,))
    process.start()
    process.join(_SECONDS)
    if process.is_alive():
        process.terminate()
        process.join()
    assert process.exitcode in (0, -signal.SIGKILL), f"the sync ended with {process.exitcode}"
    return process.exitcode != 0


def _live_and_die(doomed: DoomedSync) -> None:
    connection = Connection(
        doomed.base_url, ApiToken(doomed.email, doomed.api_token), product="cloud", retries=PATIENCE
    )
    with ConfluenceClient(connection) as client:
        _die_at(doomed.dies_at)
        sync_everything(client, Lake(doomed.lake), doomed.selection, doomed.run)


def _die_at(instant: int) -> None:
    instants = count(1)

    def tick(event: str, _: tuple[Any, ...]) -> None:
        if event in _INSTANTS and next(instants) == instant:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(tick)
