"""``confluence-pipeline login`` and ``logout``, as a person runs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.login.person import pressed
from confluence_pipeline_tests.site.conftest import SMALL


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The environment of a person who has set nothing yet."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONFLUENCE_")}
    return {**kept, "CONFLUENCE_TOKEN_STORE": str(tmp_path / "login.json")}


def command(name: str, environment: dict[str, str], folder: Path, *options: str) -> "subprocess.Popen[str]":
    """Start a command."""
    return subprocess.Popen(
        [sys.executable, "-m", "confluence_pipeline.cli", name, *options],
        cwd=folder,
        env=environment,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def test_a_person_logs_in_and_out_at_the_terminal(environment: dict[str, str], tmp_path: Path) -> None:
    """The page is shown, the address taken, and what was granted, what is missing and what to set next are said."""
    with SiteProcess(SMALL) as site:
        scopes = ["read:space:confluence", "read:page:confluence"]
        neighbour = {"id": "1", "url": "https://other.atlassian.net", "name": "Other", "scopes": scopes}
        site.control.set_neighbours(neighbour)
        mine = {
            **environment,
            "CONFLUENCE_OAUTH_CLIENT_ID": site.logins.oauth_client_id,
            "CONFLUENCE_OAUTH_CLIENT_SECRET": site.logins.oauth_client_secret,
            "CONFLUENCE_GATEWAY_URL": site.gateway_url,
            "CONFLUENCE_LOGIN_URL": site.login_url,
        }
        with command("login", mine, tmp_path, "--no-browser") as login:
            assert login.stdout is not None
            url = next(line.strip() for line in login.stdout if line.strip().startswith("http"))
            said, errors = login.communicate(f"{pressed(url)}\n1\n", timeout=60)
        assert login.returncode == 0, errors
        assert "Logged in to" in said
        assert "https://other.atlassian.net" in said
        assert "Granted: read:attachment:confluence, " in said
        assert "Missing" not in said
        assert f"Now set CONFLUENCE_AUTH=oauth and CONFLUENCE_SERVER_URL={site.base_url}" in said
        checked = {**mine, "CONFLUENCE_AUTH": "oauth", "CONFLUENCE_SERVER_URL": site.base_url}
        with command("check", {**checked, "CONFLUENCE_LAKE": str(tmp_path / "lake")}, tmp_path) as check:
            found, errors = check.communicate(timeout=120)
        assert check.returncode == 0, found + errors
        with command("logout", {**mine, "CONFLUENCE_OAUTH_REFRESH_TOKEN": "used-up-5b1"}, tmp_path) as logout:
            gone, _ = logout.communicate(timeout=60)
        assert logout.returncode == 0
        assert environment["CONFLUENCE_TOKEN_STORE"] in gone
        assert "CONFLUENCE_OAUTH_REFRESH_TOKEN is still set" in gone
        secrets = ["used-up-5b1", *site.control.issued_secrets(), site.logins.oauth_client_secret]
    assert not [secret for secret in secrets if secret in said + errors + found + gone]
    assert not Path(environment["CONFLUENCE_TOKEN_STORE"]).exists()


def test_without_an_app_both_commands_say_what_to_set(environment: dict[str, str], tmp_path: Path) -> None:
    """One sentence on standard error, and the status of a wrong setting."""
    for name in ("login", "logout"):
        with command(name, environment, tmp_path) as refused:
            _, errors = refused.communicate(timeout=60)
        assert refused.returncode == 2
        assert "CONFLUENCE_OAUTH_CLIENT_ID" in errors
        assert len(errors.strip().splitlines()) == 1
