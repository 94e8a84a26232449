"""No secret of any way in is left anywhere, however things go, with every logger at its most talkative."""

import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import requests

from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline_tests.site.conftest import SMALL
from confluence_pipeline_tests.ways_in.conftest import STORE, WAYS_IN
from confluence_pipeline_tests.ways_in.in_turn import IN_TURN
from confluence_pipeline_tests.ways_in.searching import Run, forms_of, found_in, readable, surroundings, watched

COMMAND = [sys.executable, "-m", "confluence_pipeline.cli"]
SECRET_SETTINGS = ("API_TOKEN", "SECRET", "REFRESH_TOKEN", "ACCESS_TOKEN")


_ALWAYS = ("oauth",)
"""Those whose sync is searched each time by itself; the others are in one process, and by themselves if slow ones are
wanted."""


@pytest.fixture
def site() -> Iterator[SiteProcess]:
    """The small site."""
    with SiteProcess(SMALL) as running:
        yield running


def _run(
    site: SiteProcess,
    folder: Path,
    credentials: Mapping[str, str],
    *arguments: str,
    crash: Callable[[], bool] | None = None,
) -> Run:
    environment = {**surroundings(folder), **_settings(site, folder / "lake"), **credentials}
    return watched([*COMMAND, *arguments], environment, folder, crash=crash)


def _settings(site: SiteProcess, lake: Path) -> dict[str, str]:
    return {
        "CONFLUENCE_SERVER_URL": site.base_url,
        "CONFLUENCE_PRODUCT": "data_center" if site.personal_access_token else "cloud",
        "CONFLUENCE_GATEWAY_URL": site.gateway_url,
        "CONFLUENCE_LOGIN_URL": site.login_url,
        "CONFLUENCE_LAKE": str(lake),
        "CONFLUENCE_TABLES": "pages,comments,tasks,users",
        "CONFLUENCE_SPACE_KEY": "LAMP",
    }


def _in_turn(command: str, site: SiteProcess, folder: Path, ways: Sequence[Mapping[str, str]]) -> Run:
    """Run a command by several ways in, each with a lake of its own, in one process: starting one takes its time."""
    turns = [{**_settings(site, folder / f"lake-{number}"), **ways[number]} for number in range(len(ways))]
    told = {IN_TURN: json.dumps(turns), "PYTHONPATH": str(Path(__file__).parents[2])}
    module = "confluence_pipeline_tests.ways_in.in_turn"
    return watched([sys.executable, "-m", module, command], {**surroundings(folder), **told}, folder)


def _leaks(site: SiteProcess, folder: Path, credentials: Mapping[str, str], run: Run) -> list[str]:
    """Return where a secret was found: in a file, in what was said, or among the arguments."""
    issued = [] if site.personal_access_token else site.control.issued_secrets()  # a Data Center gives out none
    given = [value for name, value in credentials.items() if name.endswith(SECRET_SETTINGS)]
    users = [site.email, site.user_name, site.logins.oauth_client_id, site.logins.service_client_id]
    secrets = [form for secret in [*given, *issued] for form in forms_of(secret, users)]
    places = {"what was said": run.said, "the arguments": "\n".join(run.arguments)}
    places |= {str(path): text for path, text in readable(folder, besides=[folder / STORE])}
    assert len(places) > 2
    return [place for place, text in places.items() if found_in(text, secrets)]


def test_the_search_finds_what_is_there(site: SiteProcess, tmp_path: Path) -> None:
    """A secret that is put into the lake, the event storage or the arguments by hand is found there."""
    credentials = WAYS_IN["basic"](site, tmp_path)
    run = _run(site, tmp_path, credentials, "sync")
    assert run.status == 0, run.said
    assert any("confluence_pipeline.cli" in arguments for arguments in run.arguments)
    texts = dict(readable(tmp_path))
    assert any("Trim the wick" in text for path, text in texts.items() if path.suffix == ".parquet")
    assert any("Trim the wick" in text for path, text in texts.items() if path.suffix == ".duckdb")
    assert any("/api/v2/pages" in text for path, text in texts.items() if "dagster" in path.parts), "no debug log"
    (tmp_path / "log").write_text(f"Authorization: Bearer {credentials['CONFLUENCE_API_TOKEN']}")
    assert _leaks(site, tmp_path, credentials, run) == [str(tmp_path / "log")]


@pytest.mark.parametrize(
    "way_in", [way if way in _ALWAYS else pytest.param(way, marks=pytest.mark.slow) for way in WAYS_IN]
)
def test_a_sync_that_meets_failures_leaves_no_secret(site: SiteProcess, tmp_path: Path, way_in: str) -> None:
    """Errors that repeat the credentials, once or for good, leave neither them nor their base64 forms anywhere."""
    credentials = WAYS_IN[way_in](site, tmp_path)
    site.control.set_faults(
        FaultRule("echo", status=500, path=r"/oauth/token\?", count=1),
        FaultRule("echo", status=500, path="/api/v2/spaces", count=1),
        FaultRule("echo", status=400, path="/api/v2/tasks"),
        FaultRule("echo", status=403, path="/api/v2/footer-comments"),
    )
    run = _run(site, tmp_path, credentials, "sync")
    assert run.status != 0, "what cannot be read is told"
    assert any("could not be listed" in text for _, text in readable(tmp_path / "lake"))
    assert _leaks(site, tmp_path, credentials, run) == []


@pytest.mark.timeout(600)
def test_no_other_way_in_leaves_a_secret_behind_either(site: SiteProcess, tmp_path: Path) -> None:
    """Syncs by each of them, all of whose errors repeat the credentials, are searched together."""
    ways = [WAYS_IN[way_in](site, tmp_path) for way_in in WAYS_IN if way_in not in _ALWAYS]
    site.control.set_faults(
        FaultRule("echo", status=500, path=r"/oauth/token\?", count=1),
        FaultRule("echo", status=500, path="/api/v2/spaces", count=1),
        FaultRule("echo", status=400, path="/api/v2/tasks"),
        FaultRule("echo", status=403, path="/api/v2/footer-comments"),
    )
    run = _in_turn("sync", site, tmp_path, ways)
    assert run.said.count("\nstatus 1") == len(ways), run.said
    for number, way_in in enumerate(ways):
        assert any("could not be listed" in text for _, text in readable(tmp_path / f"lake-{number}"))
        assert _leaks(site, tmp_path, way_in, run) == []


def test_a_wrong_secret_is_not_shown(site: SiteProcess, tmp_path: Path) -> None:
    """A secret with a mistake in it is as good as the secret, and the refusal does not show it, whichever way in."""
    ways = [
        {name: f"{value}-mistyped" if name.endswith(SECRET_SETTINGS) else value for name, value in settings.items()}
        for settings in (way_in(site, tmp_path) for way_in in WAYS_IN.values())
    ]
    run = _in_turn("check", site, tmp_path, ways)
    assert run.said.count("\nstatus 2") == len(ways), run.said
    assert "Traceback" not in run.said
    for way_in in ways:
        assert _leaks(site, tmp_path, way_in, run) == []


@pytest.mark.parametrize("refused", ["used", "revoked", "echo"])
def test_a_refresh_that_is_refused_shows_no_token(site: SiteProcess, tmp_path: Path, refused: str) -> None:
    """Neither where the token was used up, nor where its grant was revoked, nor where the refusal repeats it."""
    credentials = WAYS_IN["oauth"](site, tmp_path)
    match refused:
        case "used":
            used = {
                "grant_type": "refresh_token",
                "client_id": site.logins.oauth_client_id,
                "client_secret": site.logins.oauth_client_secret,
                "refresh_token": credentials["CONFLUENCE_OAUTH_REFRESH_TOKEN"],
            }
            assert requests.post(f"{site.login_url}/oauth/token", json=used, timeout=30).status_code == 200
        case "revoked":
            site.control.revoke_grants()
        case _:
            site.control.set_faults(FaultRule("echo", status=403, path=r"/oauth/token\?"))
    run = _run(site, tmp_path, credentials, "check")
    assert run.status != 0
    assert "Traceback" not in run.said
    assert _leaks(site, tmp_path, credentials, run) == []


def test_a_crash_report_shows_no_secret(site: SiteProcess, tmp_path: Path) -> None:
    """A process that is aborted while it waits for the site tells where each thread was, and no value."""
    credentials = WAYS_IN["oauth"](site, tmp_path)
    site.control.set_faults(FaultRule("slow", path="/api/v2/spaces", seconds=30))
    run = _run(
        site,
        tmp_path,
        credentials,
        "sync",
        crash=lambda: "POST /oauth/token" in site.control.request_counts().requests,
    )
    assert run.status == -signal.SIGABRT
    assert "Fatal Python error: Aborted" in run.said
    assert _leaks(site, tmp_path, credentials, run) == []


@pytest.mark.timeout(600)
def test_a_data_center_leaves_no_secret_either(tmp_path: Path) -> None:
    """Neither a personal access token nor a password, repeated by errors or with a mistake in it, is left by a sync."""
    with SiteProcess(SMALL, SiteOptions(installation=Installation())) as site:
        ways = [
            {"CONFLUENCE_USER_NAME": site.user_name, "CONFLUENCE_API_TOKEN": f"{site.password}-mistyped"},
            {"CONFLUENCE_PERSONAL_ACCESS_TOKEN": f"{site.personal_access_token}-mistyped"},
            {"CONFLUENCE_PERSONAL_ACCESS_TOKEN": site.personal_access_token},
            {"CONFLUENCE_USER_NAME": site.user_name, "CONFLUENCE_API_TOKEN": site.password},
        ]
        site.control.set_faults(
            FaultRule("echo", status=500, path=r"/rest/api/space\?", count=1),
            FaultRule("echo", status=400, path=r"/rest/api/user\?"),
        )
        run = _in_turn("sync", site, tmp_path, ways)
        assert run.said.count("\nstatus ") == len(ways), run.said
        assert "Traceback" not in run.said
        for number in (2, 3):
            texts = [text for _, text in readable(tmp_path / f"lake-{number}")]
            assert any("Trim the wick" in text for text in texts)
            assert any("The site refused /rest/api/user with status 400" in text for text in texts)
        for way_in in ways:
            assert _leaks(site, tmp_path, way_in, run) == []
