"""Whichever the way in, a sync gives the same tables."""

import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from confluence_pipeline.confluence.auth import client_credentials, renewal
from confluence_pipeline.console import print_outcome
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.conftest import SMALL
from confluence_pipeline_tests.ways_in.conftest import BASIC, STORE, THROUGH_THE_GATEWAY, charged, pipeline_to, synced

_PUBLIC = {"GET /_edge/tenant_info"}
_GOOD = {"200", "206", "302"}


@pytest.fixture(scope="module")
def site() -> Iterator[SiteProcess]:
    """The small site."""
    with SiteProcess(SMALL) as running:
        yield running


@pytest.fixture(scope="module")
def by_basic(site: SiteProcess, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Any]]:
    """The tables that e-mail address and API token give."""
    outcome, tables = synced(site, tmp_path_factory.mktemp("basic"), BASIC(site, Path()))
    assert outcome.complete
    assert outcome.points is None, "which Atlassian does not count here"
    assert all(tables[name] for name in ("pages", "comments", "attachments", "tasks", "users", "effective_access"))
    return tables


@pytest.mark.parametrize("way_in", ["scoped_token", pytest.param("service_account", marks=pytest.mark.slow)])
def test_the_tables_are_those_that_basic_gives(
    site: SiteProcess, by_basic: dict[str, list[Any]], tmp_path: Path, way_in: str
) -> None:
    """Row for row, links to the site included; and all was asked through the gateway, nothing of it refused."""
    credentials = THROUGH_THE_GATEWAY[way_in](site, tmp_path)
    site.control.reset_requests()
    outcome, tables = synced(site, tmp_path, credentials)
    counts = site.control.request_counts()
    assert outcome.complete
    for name, rows in by_basic.items():
        assert tables[name] == rows, name
    straight = {endpoint for endpoint in counts.requests if endpoint.split(" ")[1].startswith(("/wiki", "/_edge"))}
    assert straight <= _PUBLIC
    assert set(counts.statuses) <= _GOOD


@pytest.mark.parametrize("way_in", ["oauth", "oauth_client_credentials"])
def test_a_token_that_expires_in_the_middle_of_a_run_is_renewed(
    site: SiteProcess, by_basic: dict[str, list[Any]], tmp_path: Path, way_in: str
) -> None:
    """With tokens that live for a second the tables are the same; each renewal is one request, and none is refused."""
    credentials = THROUGH_THE_GATEWAY[way_in](site, tmp_path)
    site.control.set_token_life(1)
    site.control.reset_requests()
    try:
        outcome, tables = synced(site, tmp_path, credentials)
    finally:
        site.control.set_token_life(3600)
    assert outcome.complete
    assert tables == by_basic
    renewals = [request for request in site.control.recent_requests() if request["path"] == "/oauth/token"]
    assert len(renewals) > 1
    assert {request["status"] for request in renewals} == {200}
    assert set(site.control.request_counts().statuses) <= _GOOD


@pytest.mark.parametrize("way_in", ["oauth", pytest.param("oauth_client_credentials", marks=pytest.mark.slow)])
def test_a_token_that_expires_before_its_time_is_renewed_too(
    site: SiteProcess,
    by_basic: dict[str, list[Any]],
    tmp_path: Path,
    way_in: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """By the site's clock tokens run out twice in a run, not by ours: the gateway's 401 costs a renewal and no row."""
    for module in (renewal, client_credentials):
        monkeypatch.setattr(module, "_YOUNG_SECONDS", 0.0)  # the run is over before a token is older than that
    credentials = THROUGH_THE_GATEWAY[way_in](site, tmp_path)
    site.control.set_token_life(60)
    site.control.reset_requests()
    over = threading.Event()
    clock = threading.Thread(target=_let_tokens_expire, args=(site, (8, 24), over))
    clock.start()
    try:
        outcome, tables = synced(site, tmp_path, credentials)
    finally:
        over.set()
        clock.join()
        site.control.set_token_life(3600)
    assert outcome.complete
    assert tables == by_basic
    counts = site.control.request_counts()
    assert counts.statuses["401"] >= 2
    assert set(counts.statuses) <= {*_GOOD, "401"}
    assert counts.requests["POST /oauth/token"] == 3


def _let_tokens_expire(site: SiteProcess, after: Sequence[int], over: threading.Event) -> None:
    """Move the site's clock on by more than a token's life, each time that so many requests were answered."""
    for number in after:
        while site.control.request_counts().total < number and not over.wait(0.01):
            pass
        site.control.advance_clock(61)


def test_a_login_goes_on_from_run_to_run(site: SiteProcess, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A token that is good still is not renewed by the next run; the refresh token in the settings counts once.

    What the site charged for both runs is what they say that they spent.
    """
    credentials = THROUGH_THE_GATEWAY["oauth"](site, tmp_path)
    site.control.reset_requests()
    before, spent = charged(site), 0
    for number in range(2):
        with pipeline_to(site, tmp_path / str(number), {**credentials, "CONFLUENCE_TABLES": "pages"}) as pipeline:
            outcome = pipeline.sync()
        assert outcome.complete
        print_outcome(outcome)
        assert f" requests, {outcome.points:,} points, " in capsys.readouterr().out
        spent += outcome.points or 0
    assert charged(site) - before - 1 == spent > 0
    assert site.control.request_counts().requests["POST /oauth/token"] == 1
    assert (tmp_path / STORE).stat().st_mode & 0o777 == 0o600
