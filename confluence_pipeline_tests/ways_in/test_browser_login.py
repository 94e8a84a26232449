"""``confluence-pipeline login`` as a person goes through it, with a real browser that the command itself opens."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from confluence_pipeline.exit_status import WRONG_SETTING
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.chromium import Chromium
from confluence_pipeline_tests.site.conftest import SMALL
from confluence_pipeline_tests.ways_in.conftest import STORE, pipeline_to

COMMAND = [sys.executable, "-m", "confluence_pipeline.cli"]
_OWN_GROUPS = "/ex/confluence/{cloudId}/wiki/rest/api/user/memberof"
"""Which groups the account is in helps to tell lost rights from removals; it is not needed, and no scope is for it."""


@pytest.fixture(scope="module")
def site() -> Iterator[SiteProcess]:
    """The small site."""
    with SiteProcess(SMALL) as running:
        yield running


@pytest.fixture
def chromium(tmp_path: Path) -> Iterator[Chromium]:
    """A browser that is closed again."""
    folder = tmp_path / "chromium"
    folder.mkdir()
    browser = Chromium(folder)
    yield browser
    browser.close()


def _settings(site: SiteProcess, folder: Path) -> dict[str, str]:
    """Return the settings of an app whose callback URL is free, for a login that is kept in a folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        callback = f"http://localhost:{free.getsockname()[1]}/callback"
    site.control.set_app(site.logins.oauth_client_id, callbacks=[callback])
    return {
        "CONFLUENCE_AUTH": "oauth",
        "CONFLUENCE_OAUTH_CLIENT_ID": site.logins.oauth_client_id,
        "CONFLUENCE_OAUTH_CLIENT_SECRET": site.logins.oauth_client_secret,
        "CONFLUENCE_OAUTH_CALLBACK_URL": callback,
        "CONFLUENCE_TOKEN_STORE": str(folder / STORE),
        "CONFLUENCE_TABLES": "pages,tasks",
    }


@contextmanager
def _login(environment: Mapping[str, str], chromium: Chromium, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run ``login`` with this browser; it is ended with the block, if it did not end by itself."""
    with subprocess.Popen(
        [*COMMAND, "login"],
        env={**environment, "BROWSER": f"{chromium.command()} %s &"},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as login:
        try:
            yield login
        finally:
            login.terminate()


def test_a_person_logs_in_and_a_sync_runs_with_it(site: SiteProcess, chromium: Chromium, tmp_path: Path) -> None:
    """The command opens the consent page, a click on Accept brings the browser back, and the stored login reads."""
    with pipeline_to(site, tmp_path, _settings(site, tmp_path)) as pipeline:
        with _login(os.environ, chromium, tmp_path) as login:
            asked = chromium.wait_for_text("wants access")
            chromium.press("button[value=accept]")
            chromium.wait_for_text("You can close this window")
            said, complaints = login.communicate(timeout=60)
        assert (login.returncode, complaints) == (0, "")
        assert "read:task:confluence" in asked
        assert "read:analytics.content:confluence" not in asked, "what the tables do not need is not asked for"
        assert "Logged in to Lighthouse" in said
        assert "read:task:confluence" in said
        assert "Missing" not in said
        site.control.reset_requests()
        assert pipeline.sync().complete
        assert {row["title"] for row in pipeline.rows("pages")} >= {"Lamps", "Trim the wick"}
        assert pipeline.rows("tasks")
    refused = {request["template"] for request in site.control.recent_requests() if request["status"] != 200}
    assert refused <= {_OWN_GROUPS}


def test_a_person_who_refuses_is_told_so(site: SiteProcess, chromium: Chromium, tmp_path: Path) -> None:
    """A click on Cancel ends the command with a sentence, and nothing is stored."""
    with pipeline_to(site, tmp_path, _settings(site, tmp_path)), _login(os.environ, chromium, tmp_path) as login:
        chromium.wait_for_text("wants access")
        chromium.press("button[value=cancel]")
        _, complaints = login.communicate(timeout=60)
    assert login.returncode == WRONG_SETTING
    assert "The login server refused the login (access_denied)" in complaints
    assert not (tmp_path / STORE).exists()
