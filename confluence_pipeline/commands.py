"""What the commands of the command line do, and what they say about it."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import duckdb

from confluence_pipeline.confluence import ConfluenceError, SettingError
from confluence_pipeline.console import print_answer, print_outcome, showing_progress
from confluence_pipeline.demo import DemoFolder, demo_environment, demo_site, environment
from confluence_pipeline.demo_questions import ASKED, CORPUS_QUESTIONS, WIKI_QUESTIONS
from confluence_pipeline.exit_status import FAILED, SUCCEEDED, WRONG_SETTING
from confluence_pipeline.lake import Lake, LakeBusyError, LakeError
from confluence_pipeline.landing import FOR_A_PERSON, open_entries
from confluence_pipeline.runs import SyncOutcome, open_instance, run_sync
from confluence_pipeline.settings import Settings
from confluence_pipeline.site.corpus_lines import CorpusError
from confluence_pipeline.site.demo.changes import change_wiki
from confluence_pipeline.site.process import SiteProcessError
from confluence_pipeline.tables import REMOVALS
from confluence_pipeline.tables.report import LedgerEntry
from confluence_pipeline.warehouse import WarehouseError, default_warehouse_uri

_NOT_FOR_US = "ignore:Function `dev_command` is superseded"  # its successor needs a project folder


def sync_command(settings: Settings, spaces: Sequence[str], *, full: bool, accept_removals: bool) -> int:
    """Sync, show progress and a summary, and return the exit status.

    Args:
        settings: The settings, read already.
        spaces: Only these; every space in scope if empty.
        full: Fetch every body again.
        accept_removals: Remove what is gone, however much that is.
    """
    try:
        outcome = _sync(settings, spaces, full=full, accept_removals=accept_removals)
    except (ConfluenceError, LakeError, WarehouseError) as error:
        return _failed(error)
    print_outcome(outcome)
    return _status(outcome)


def retry_command(settings: Settings, spaces: Sequence[str]) -> int:
    """Fetch what the ledgers name as missing, show progress and a summary, and return the exit status.

    Args:
        settings: The settings, read already.
        spaces: Only these; every space in scope if empty.
    """
    try:
        outcome = _sync(settings, spaces, retry=True)
    except (ConfluenceError, LakeError, WarehouseError) as error:
        return _failed(error)
    if not outcome.run_ids:
        click.echo("Nothing is missing: the ledger of the newest sync of every space is empty")
        return SUCCEEDED
    print_outcome(outcome)
    lake = Lake(settings.lake)
    for key in outcome.spaces:
        _say_what_waits(key, [entry for entry in open_entries(lake, key) if entry.reason in FOR_A_PERSON])
    return _status(outcome)


def _say_what_waits(space_key: str, entries: Sequence[LedgerEntry]) -> None:
    """Say what no retry can settle, since only a person knows whether contents are gone or hidden."""
    if not entries:
        return
    reasons = ", ".join(sorted({entry.reason for entry in entries}))
    click.echo(
        f"{space_key}: {len(entries)} contents stay though the account cannot see them any more, or so many went at "
        f"once ({reasons}); asking again cannot tell whether that is right. Give the account back its access, put back "
        "what went by mistake, or remove them: "
        f"confluence-pipeline sync --space {space_key} --accept-removals"
    )


def demo_command(folder: Path, corpus: Path | None, *, ui_port: int | None) -> int:
    """Pull the local site into tables, say what came of it, and return the exit status.

    Args:
        folder: Where the demo keeps what it makes.
        corpus: A folder of spaces to serve; the built-in wiki if None.
        ui_port: Open the web UI there afterwards, until interrupted; None for no UI.
    """
    kept = DemoFolder(folder)
    try:
        kept.prepare()
        with demo_site(corpus) as site, environment(demo_environment(site, kept, everything=corpus is None)):
            click.echo(f"A local Confluence site is at {site.base_url} ({site.email}, token {site.api_token})")
            outcome = _sync(Settings.from_environment(), ())
            print_outcome(outcome)
            if corpus is None:
                click.echo(f"\n{change_wiki(site)}")
                _print_changes(_sync(Settings.from_environment(), ()), kept)
            _print_next_steps(kept, corpus, ui_port)
            if ui_port is not None:
                _serve_ui(kept, ui_port)
    except (ConfluenceError, LakeError, WarehouseError) as error:
        return _failed(error)
    except (SiteProcessError, CorpusError) as error:
        click.echo(f"Error: the local site did not start: {error}", err=True)
        return FAILED
    except OSError as error:
        click.echo(f"Error: {folder} cannot be written ({error.strerror}); choose another with --folder", err=True)
        return WRONG_SETTING
    return _status(outcome)


def sql_command(settings: Settings, query: str) -> int:
    """Print what the embedded warehouse answers to ``query``, and return the exit status."""
    path = (settings.warehouse or default_warehouse_uri(Lake(settings.lake).uri)).removeprefix("duckdb://")
    if not Path(path).is_file():
        click.echo(f"Error: there is no warehouse at {path} yet; run `confluence-pipeline sync` first", err=True)
        return WRONG_SETTING
    try:
        with duckdb.connect(path, read_only=True) as connection:
            answer = connection.execute(query)
            print_answer([column[0] for column in answer.description or ()], answer.fetchall())
    except duckdb.Error as error:
        click.echo(f"Error: {error}", err=True)
        return FAILED
    return SUCCEEDED


def _sync(
    settings: Settings,
    spaces: Sequence[str],
    *,
    full: bool = False,
    accept_removals: bool = False,
    retry: bool = False,
) -> SyncOutcome:
    lake = Lake(settings.lake)
    with lake.lock("sync"), open_instance() as instance, showing_progress() as listener:
        return run_sync(
            instance, only=spaces, full=full, accept_removals=accept_removals, retry=retry, listener=listener
        )


def _status(outcome: SyncOutcome) -> int:
    if outcome.setting_fault:
        return WRONG_SETTING
    return SUCCEEDED if outcome.complete else FAILED


def _failed(error: Exception) -> int:
    click.echo(f"Error: {error}", err=True)
    if isinstance(error, LakeBusyError):
        return FAILED
    wrong = isinstance(error, SettingError | LakeError | WarehouseError)
    return WRONG_SETTING if wrong else FAILED


def _print_changes(outcome: SyncOutcome, folder: DemoFolder) -> None:
    """Print what a second sync found gone, and what it could not get."""
    for row in Lake(str(folder.lake)).table(REMOVALS).to_pylist():
        click.echo(f"  removals: {row['content_type']} {row['title']!r} is {row['reason']} ({row['evidence']})")
    for entry in outcome.ledger:
        click.echo(f"  ledger: {entry['table']}: {entry['message']}")


def _print_next_steps(folder: DemoFolder, corpus: Path | None, ui_port: int | None) -> None:
    click.echo("\nWhat the tables answer:")
    for tables, words in ASKED:
        click.echo(f"  {' · '.join(tables)}: {words}")
    lake = os.path.relpath(folder.lake)
    click.echo("\nAsk them something:")
    for question in CORPUS_QUESTIONS if corpus else WIKI_QUESTIONS:
        query = question.query.replace("\n", "\n    ")
        click.echo(f'\n  # {question.words}\n  CONFLUENCE_LAKE={lake} confluence-pipeline sql "\n    {query}"')
    if ui_port is None:
        again = f" --corpus {corpus}" if corpus else ""
        click.echo(f"\nSee the runs and assets in Dagster:\n  confluence-pipeline demo --ui{again}")
    click.echo(
        "\nThen your own site: set CONFLUENCE_SERVER_URL, CONFLUENCE_USER_NAME and CONFLUENCE_API_TOKEN, and run"
    )
    click.echo("  confluence-pipeline check")


def _serve_ui(folder: DemoFolder, port: int) -> None:
    """Serve Dagster's web UI and daemon on the instance of the environment until interrupted."""
    click.echo(f"\nDagster's web UI is at http://127.0.0.1:{port} in a moment; stop it with Ctrl+C")
    command = [sys.executable, "-W", _NOT_FOR_US, "-m", "dagster", "dev"]
    command += ["-w", str(folder.workspace), "-p", str(port)]
    with subprocess.Popen(command) as process:  # noqa: S603 - our own interpreter and arguments
        signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
        try:
            process.wait()
        except KeyboardInterrupt:
            process.send_signal(signal.SIGINT)
