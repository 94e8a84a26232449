"""The commands ``login`` and ``logout`` at the terminal."""

import webbrowser
from collections.abc import Sequence

import click

from confluence_pipeline.confluence import ConfluenceError, SettingError
from confluence_pipeline.exit_status import FAILED, SUCCEEDED, WRONG_SETTING
from confluence_pipeline.login.flow import LoginOutcome, log_in, log_out
from confluence_pipeline.login.sites import Site
from confluence_pipeline.settings import Settings


class Terminal:
    """The person at the terminal."""

    def show_address(self, url: str, *, opened: bool) -> None:
        """Print where the login goes on."""
        said = "A browser opens this page" if opened else "Open this page in a browser"
        click.echo(f"{said}, where you let the app in:\n\n  {url}\n")

    def pasted_callback(self) -> str:
        """Ask for the address that the browser ended up at."""
        click.echo("The browser then ends up at a page that may not load. Copy its address.")
        return str(click.prompt("Address"))

    def choose(self, sites: Sequence[Site]) -> Site:
        """Ask which of several sites is meant."""
        for number, site in enumerate(sites, 1):
            click.echo(f"  {number}  {site.name} ({site.url})")
        number = click.prompt("Which site", type=click.IntRange(1, len(sites)))
        return sites[number - 1]


def login_command(settings: Settings, *, site_url: str | None, use_browser: bool, seconds: float) -> int:
    """Let a person log in, say what came of it, and return the exit status.

    Args:
        settings: The settings, read already.
        site_url: The site that is meant; that of the settings if None, else one that is asked for.
        use_browser: Whether to open a browser and wait for it to come back.
        seconds: How long.
    """
    try:
        outcome = log_in(
            settings.auth,
            settings.selection.tables,
            Terminal(),
            site_url=site_url or settings.server_url,
            seconds=seconds,
            browser=webbrowser.open if use_browser else None,
        )
    except ConfluenceError as error:
        return _failed(error)
    _print_outcome(outcome, settings)
    return SUCCEEDED


def logout_command(settings: Settings) -> int:
    """Forget the stored login, say so, and return the exit status."""
    try:
        place = log_out(settings.auth)
    except ConfluenceError as error:
        return _failed(error)
    click.echo(f"There is no login in {place} any more. To end it at Atlassian too, remove the app under")
    click.echo("https://id.atlassian.com/manage-profile/apps")
    if settings.auth.oauth_refresh_token:
        click.echo("CONFLUENCE_OAUTH_REFRESH_TOKEN is still set; unset it, or the next run begins from it again.")
    return SUCCEEDED


def _print_outcome(outcome: LoginOutcome, settings: Settings) -> None:
    click.echo(f"Logged in to {outcome.site.name} ({outcome.site.url}); kept in {outcome.store}")
    click.echo(f"Granted: {', '.join(sorted(outcome.granted))}")
    for scope, tables in outcome.missing.items():
        click.echo(f"Missing: {scope}, which these tables need: {', '.join(sorted(tables))}")
    if outcome.missing:
        click.echo("Add what is missing to the app at developer.atlassian.com under Permissions, and log in again.")
    to_set = [] if settings.auth.variant == "oauth" else ["CONFLUENCE_AUTH=oauth"]
    if not settings.server_url:
        to_set.append(f"CONFLUENCE_SERVER_URL={outcome.site.url}/wiki")
    if to_set:
        click.echo(f"Now set {' and '.join(to_set)}, and run `confluence-pipeline check`.")


def _failed(error: ConfluenceError) -> int:
    click.echo(f"Error: {error}", err=True)
    return WRONG_SETTING if isinstance(error, SettingError) else FAILED
