"""``confluence-pipeline``: the commands, each a thin door to what does the work.

Exit status: 0 for success, 1 if something failed or is in the ledger, 2 for a wrong setting or option.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from confluence_pipeline import __version__
from confluence_pipeline.content.command import convert_command
from confluence_pipeline.exit_status import FAILED, WRONG_SETTING

if TYPE_CHECKING:
    from confluence_pipeline.settings import Settings


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="confluence-pipeline")
def main() -> None:
    """Confluence spaces as clean Parquet tables and a warehouse, through Dagster.

    Settings are environment variables, also from a file .env in the working folder; the README lists them.
    """
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "1"


@main.command()
def check() -> None:
    """Prove that the settings lead to a site, and say what a sync will cost."""
    settings = _settings()
    from confluence_pipeline.check import check as look
    from confluence_pipeline.console import print_findings

    all_good, setting_fault = print_findings(look(settings))
    if not all_good:
        sys.exit(WRONG_SETTING if setting_fault else FAILED)


@main.command()
@click.option("--space", "spaces", multiple=True, metavar="KEY", help="Only this space of the scope; repeatable.")
@click.option("--full", is_flag=True, help="Fetch every body again, not only what changed.")
@click.option(
    "--accept-removals", is_flag=True, help="Remove what is gone, however much that is and whatever speaks against it."
)
def sync(spaces: tuple[str, ...], full: bool, accept_removals: bool) -> None:
    """Bring every space in scope up to date, as the daily schedule does."""
    settings = _settings()  # first: a wrong one is told before what a sync needs is imported
    from confluence_pipeline.commands import sync_command

    sys.exit(sync_command(settings, spaces, full=full, accept_removals=accept_removals))


@main.command()
@click.option("--space", "spaces", multiple=True, metavar="KEY", help="Only this space of the scope; repeatable.")
def retry(spaces: tuple[str, ...]) -> None:
    """Fetch just what the ledger names as missing, and nothing else."""
    settings = _settings()
    from confluence_pipeline.commands import retry_command

    sys.exit(retry_command(settings, spaces))


@main.command()
@click.option("--ui", is_flag=True, help="Then open the Dagster web UI on what was made.")
@click.option(
    "--corpus",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="DIR",
    help="Serve the spaces of a folder (one JSON Lines file each) instead of the built-in wiki.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("confluence-demo"),
    show_default=True,
    help="Where the demo keeps what it makes.",
)
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True, help="The web UI's port.")
def demo(ui: bool, corpus: Path | None, folder: Path, port: int) -> None:
    """Pull a local Confluence site into tables: no account and no network needed."""
    from confluence_pipeline.commands import demo_command

    sys.exit(demo_command(folder, corpus, ui_port=port if ui else None))


@main.command()
@click.argument("query")
def sql(query: str) -> None:
    """Ask the warehouse a question in SQL and print the answer."""
    from confluence_pipeline.commands import sql_command

    sys.exit(sql_command(_settings(), query))


@main.command()
@click.option(
    "--no-browser", is_flag=True, help="Print the address to open, and take the one that the browser ends at."
)
@click.option("--site", metavar="URL", help="The site to log in to, instead of CONFLUENCE_SERVER_URL.")
@click.option(
    "--timeout",
    type=click.FloatRange(1, 3600),
    default=300,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for the browser to come back.",
)
def login(no_browser: bool, site: str | None, timeout: float) -> None:
    """Log in with an OAuth 2.0 app, once; runs renew the login by themselves."""
    from confluence_pipeline.login.command import login_command

    sys.exit(login_command(_settings(), site_url=site, use_browser=not no_browser, seconds=timeout))


@main.command()
def logout() -> None:
    """Forget the stored login."""
    from confluence_pipeline.login.command import logout_command

    sys.exit(logout_command(_settings()))


main.add_command(convert_command)


def _settings() -> "Settings":
    """Return the settings of the environment and ``.env``, or exit with what is wrong with them."""
    from confluence_pipeline.confluence import SettingError
    from confluence_pipeline.settings import Settings, load_env_file

    try:
        load_env_file()
        return Settings.from_environment()
    except SettingError as error:
        _refuse(error)


def _refuse(error: Exception) -> NoReturn:
    click.echo(f"Error: {error}", err=True)
    sys.exit(WRONG_SETTING)


if __name__ == "__main__":
    main()
