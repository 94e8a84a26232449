"""The command line as a process against the site as a process: what people see, and the exit status."""

import hashlib
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
import requests

from confluence_pipeline import __version__
from confluence_pipeline.lake import Lake
from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.command_line import run
from confluence_pipeline_tests.pipeline import SMALL, SMALL_SPACES

COMMAND = [sys.executable, "-m", "confluence_pipeline.cli"]
MIRRORS = [table.name for table in TABLES.values() if not table.log]


@pytest.fixture(scope="module")
def site() -> Iterator[SiteProcess]:
    """Serve the small site."""
    with SiteProcess(SMALL) as running:
        yield running


@pytest.fixture
def settings(site: SiteProcess, tmp_path: Path) -> dict[str, str]:
    """Return settings that lead to the small site and a new lake."""
    return {
        "CONFLUENCE_SERVER_URL": site.base_url,
        "CONFLUENCE_USER_NAME": site.email,
        "CONFLUENCE_API_TOKEN": site.api_token,
        "CONFLUENCE_LAKE": str(tmp_path / "lake"),
    }


@pytest.fixture(scope="module")
def synced(site: SiteProcess, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Sync the small site once, for tests that only look at what came of it."""
    folder = tmp_path_factory.mktemp("synced")
    settings = {
        "CONFLUENCE_SERVER_URL": site.base_url,
        "CONFLUENCE_USER_NAME": site.email,
        "CONFLUENCE_API_TOKEN": site.api_token,
        "CONFLUENCE_LAKE": str(folder / "lake"),
    }
    assert run(settings, folder, "sync").returncode == 0
    return settings


def digests(lake: str) -> dict[str, str]:
    """Return the SHA-256 of every file of the tables that mirror the site."""
    return {
        str(path.relative_to(lake)): hashlib.sha256(path.read_bytes()).hexdigest()
        for name in MIRRORS
        for path in Path(lake, "tables", name).rglob("*.parquet")
    }


def one_sentence(result: subprocess.CompletedProcess[str]) -> str:
    """Return what was said on standard error, which must be one line and no traceback."""
    lines = [line for line in result.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, result.stderr
    assert "Traceback" not in result.stderr
    return lines[0]


def test_version_and_help_need_no_settings(tmp_path: Path) -> None:
    """--version and --help work anywhere, and help names every command."""
    assert __version__ in run({}, tmp_path, "--version").stdout
    shown = run({}, tmp_path, "--help").stdout
    assert {"check", "sync", "demo", "sql", "convert"} <= set(re.findall(r"^  (\w+)", shown, re.MULTILINE))


def test_check_says_who_where_which_and_how_much(settings: dict[str, str], tmp_path: Path) -> None:
    """Check names the account, the product, the time zone, the spaces and the cost, and succeeds."""
    result = run(settings, tmp_path, "check")
    assert result.returncode == 0, result.stderr
    for said in ("Confluence Cloud", "time zone", "requests for a first sync", *SMALL_SPACES):
        assert said in result.stdout


def test_a_sync_is_complete_and_a_second_changes_no_byte(settings: dict[str, str], tmp_path: Path) -> None:
    """The first sync exits 0 and says so; the second leaves every mirroring file as it was."""
    first = run(settings, tmp_path, "sync")
    assert first.returncode == 0, first.stderr + first.stdout
    assert "complete" in first.stdout
    before = digests(settings["CONFLUENCE_LAKE"])
    assert before
    assert run(settings, tmp_path, "sync").returncode == 0
    assert digests(settings["CONFLUENCE_LAKE"]) == before


def test_a_log_gets_plain_lines(synced: dict[str, str], tmp_path: Path) -> None:
    """Where output is no terminal, progress is a line for each space, without control characters."""
    shown = run(synced, tmp_path, "sync").stdout
    assert f"Fetching spaces: {len(SMALL_SPACES)}/{len(SMALL_SPACES)}" in shown
    assert "\x1b" not in shown


def test_sync_can_be_narrowed_to_a_space(settings: dict[str, str], tmp_path: Path) -> None:
    """--space syncs that space alone, and may be repeated."""
    result = run(settings, tmp_path, "sync", "--space", "FOG", "--space", "SAFE")
    assert result.returncode == 0, result.stderr
    assert set(Lake(settings["CONFLUENCE_LAKE"]).parts(TABLES["pages"])) == {"FOG", "SAFE"}


def test_sql_asks_the_warehouse(synced: dict[str, str], tmp_path: Path) -> None:
    """Sql prints column names and rows; a bad query is one sentence and status 1."""
    good = run(synced, tmp_path, "sql", "select count(*) as how_many from spaces")
    assert good.returncode == 0, good.stderr
    assert good.stdout.split() == ["how_many", str(len(SMALL_SPACES))]
    bad = run(synced, tmp_path, "sql", "select nothing from nowhere")
    assert bad.returncode == 1
    assert "nowhere" in bad.stderr
    assert "Traceback" not in bad.stderr


def test_a_content_that_always_fails_is_in_the_ledger_and_the_rest_lands(
    settings: dict[str, str], tmp_path: Path
) -> None:
    """A body that spoils its batch costs one ledger row and status 1; a retry brings just it once it is well."""
    with SiteProcess(SMALL) as site:
        listing = requests.get(
            f"{site.base_url}/api/v2/pages?limit=250", auth=(site.email, site.api_token), timeout=10
        ).json()["results"]
        bad = listing[0]["id"]
        with_it = rf"(?=.*body-format)(?=.*\b{bad}\b)"
        site.control.set_faults(FaultRule("error", path=with_it, status=400))
        mine = {**settings, "CONFLUENCE_SERVER_URL": site.base_url, "CONFLUENCE_API_TOKEN": site.api_token}
        result = run(mine, tmp_path, "sync")
        assert result.returncode == 1, result.stdout
        lake = Lake(settings["CONFLUENCE_LAKE"])
        assert [row["content_id"] for row in lake.table(TABLES["ledger"]).to_pylist()] == [bad]
        assert set(lake.table(TABLES["pages"])["page_id"].to_pylist()) == {page["id"] for page in listing} - {bad}
        site.control.set_faults()
        site.control.reset_requests()
        healed = run(mine, tmp_path, "retry")
        asked = site.control.request_counts().requests
        again = run(mine, tmp_path, "retry")
    assert healed.returncode == 0, healed.stdout + healed.stderr
    assert set(lake.table(TABLES["pages"])["page_id"].to_pylist()) == {page["id"] for page in listing}
    assert not [template for template in asked if template.endswith("/spaces/{id}/pages")]
    assert (again.returncode, again.stdout.split(":")[0]) == (0, "Nothing is missing")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"CONFLUENCE_API_TOKEN": "wrong"}, "CONFLUENCE_API_TOKEN"),
        ({"CONFLUENCE_API_TOKEN": ""}, "CONFLUENCE_API_TOKEN"),
        ({"CONFLUENCE_USER_NAME": "nobody@example.com"}, "CONFLUENCE_USER_NAME"),
        ({"CONFLUENCE_SERVER_URL": "not a url"}, "CONFLUENCE_SERVER_URL"),
        ({"CONFLUENCE_SERVER_URL": "http://confluence.example.com"}, "CONFLUENCE_SERVER_URL"),
        ({"CONFLUENCE_SPACE_KEY": "NOWHERE"}, "CONFLUENCE_SPACE_KEY"),
        ({"CONFLUENCE_SPACE_KEY": "a/b"}, "CONFLUENCE_SPACE_KEY"),
        ({"CONFLUENCE_PAGE_IDS": "999999999"}, "CONFLUENCE_PAGE_IDS"),
        ({"CONFLUENCE_PAGE_IDS": "twelve"}, "CONFLUENCE_PAGE_IDS"),
        ({"CONFLUENCE_CQL": "colour = blue"}, "colour"),
        ({"CONFLUENCE_CQL": "type = "}, "CONFLUENCE_CQL"),
        ({"CONFLUENCE_LAKE": "nothing://here"}, "CONFLUENCE_LAKE"),
        ({"CONFLUENCE_WAREHOUSE": "oracle://db"}, "CONFLUENCE_WAREHOUSE"),
        ({"CONFLUENCE_MAX_CONCURRENCY": "many"}, "CONFLUENCE_MAX_CONCURRENCY"),
    ],
)
def test_a_wrong_setting_is_one_sentence_and_harms_nothing(
    synced: dict[str, str], tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    """A wrong setting ends with status 2 and one sentence that names it, and what is in the lake stays."""
    before = digests(synced["CONFLUENCE_LAKE"])
    result = run({**synced, **changed}, tmp_path, "sync")
    assert result.returncode == 2, result.stdout + result.stderr
    assert said in one_sentence(result)
    assert synced["CONFLUENCE_API_TOKEN"] not in result.stdout + result.stderr
    assert digests(synced["CONFLUENCE_LAKE"]) == before


@pytest.mark.parametrize("tail", ["", "/", "/wiki", "/wiki/", "/wiki/spaces/FOG/overview", "/wiki/rest/api?x=1#y"])
def test_every_pasted_form_of_the_address_works(settings: dict[str, str], tmp_path: Path, tail: str) -> None:
    """The address may lack /wiki, have it, or go on with any path."""
    root = settings["CONFLUENCE_SERVER_URL"].removesuffix("/wiki")
    result = run({**settings, "CONFLUENCE_SERVER_URL": root + tail}, tmp_path, "check")
    assert result.returncode == 0, result.stdout + result.stderr


def test_check_names_each_thing_that_is_wrong(settings: dict[str, str], tmp_path: Path) -> None:
    """A lake that cannot be reached and a wrong token are both said, each with its setting; status 2."""
    wrong = {**settings, "CONFLUENCE_LAKE": "nothing://here", "CONFLUENCE_API_TOKEN": "wrong"}
    result = run(wrong, tmp_path, "check")
    assert result.returncode == 2
    assert "CONFLUENCE_LAKE" in result.stdout
    assert "CONFLUENCE_API_TOKEN" in result.stdout


class _SomethingElse(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        """Answer any path as some other web server would."""
        body = b"<html><body>It works!</body></html>"
        self.send_response(404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
        """Stay quiet."""


def test_a_server_that_is_not_confluence_is_named(settings: dict[str, str], tmp_path: Path) -> None:
    """Another web server at the address is one sentence with the setting, status 2."""
    with HTTPServer(("127.0.0.1", 0), _SomethingElse) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        result = run({**settings, "CONFLUENCE_SERVER_URL": address}, tmp_path, "sync")
        server.shutdown()
    assert result.returncode == 2, result.stdout + result.stderr
    assert "CONFLUENCE_SERVER_URL" in one_sentence(result)


def test_a_site_that_is_down_is_said_so(settings: dict[str, str], tmp_path: Path) -> None:
    """Where nothing listens, check fails with status 1 or 2 and names the address's setting."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    result = run({**settings, "CONFLUENCE_SERVER_URL": address}, tmp_path, "check")
    assert result.returncode in {1, 2}
    assert "CONFLUENCE_SERVER_URL" in result.stdout or "127.0.0.1" in result.stdout


@pytest.mark.skipif(os.name != "posix", reason="a file where a folder should be is tested the POSIX way")
def test_an_unwritable_lake_is_one_sentence(settings: dict[str, str], tmp_path: Path) -> None:
    """A lake below a file cannot be made: status 2, and the setting is named."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    result = run({**settings, "CONFLUENCE_LAKE": str(tmp_path / "file" / "lake")}, tmp_path, "sync")
    assert result.returncode == 2
    assert "CONFLUENCE_LAKE" in one_sentence(result)


def test_what_only_a_person_can_settle_is_said_so(tmp_path: Path) -> None:
    """A space that went out of sight stays: sync and retry end with status 1, and name the way to remove it."""
    with SiteProcess(SMALL) as site:
        mine = {
            "CONFLUENCE_SERVER_URL": site.base_url,
            "CONFLUENCE_USER_NAME": site.email,
            "CONFLUENCE_API_TOKEN": site.api_token,
            "CONFLUENCE_LAKE": str(tmp_path / "lake"),
            "CONFLUENCE_TABLES": "pages",
        }
        assert run(mine, tmp_path, "sync").returncode == 0
        lake = Lake(str(tmp_path / "lake"))
        before = lake.table(TABLES["pages"]).num_rows
        site.control.set_space("LAMP", viewer_users=["712020:nobody-here"])
        assert run(mine, tmp_path, "sync").returncode == 1
        retried = run(mine, tmp_path, "retry")
        assert retried.returncode == 1
        assert "confluence-pipeline sync --space LAMP --accept-removals" in retried.stdout
        assert lake.table(TABLES["pages"]).num_rows == before
        accepted = run(mine, tmp_path, "sync", "--accept-removals")
        assert accepted.returncode == 0, accepted.stdout + accepted.stderr
        assert lake.table(TABLES["pages"]).num_rows < before


def test_two_syncs_at_once_do_not_meet(settings: dict[str, str], tmp_path: Path) -> None:
    """While one sync writes a lake, a second one refuses with one sentence and status 1, and the first is complete."""
    with SiteProcess(SMALL) as site:
        site.control.set_latency(3000)
        mine = {**settings, "CONFLUENCE_SERVER_URL": site.base_url, "CONFLUENCE_API_TOKEN": site.api_token}
        environment = {k: v for k, v in os.environ.items() if not k.startswith("CONFLUENCE_")}
        with subprocess.Popen(
            [*COMMAND, "sync"], env={**environment, **mine}, cwd=tmp_path, stdout=subprocess.PIPE
        ) as first:
            deadline = time.monotonic() + 30
            while site.control.request_counts().total == 0 and time.monotonic() < deadline:
                time.sleep(0.05)
            second = run(mine, tmp_path, "sync")
            site.control.set_latency(0)
            first.communicate(timeout=60)
    assert second.returncode == 1
    assert settings["CONFLUENCE_LAKE"] in one_sentence(second)
    assert first.returncode == 0


def test_a_dotenv_file_sets_what_the_environment_does_not(settings: dict[str, str], tmp_path: Path) -> None:
    """Settings may come from .env in the working folder, and the environment wins over it."""
    lines = [f"{name}={value}" for name, value in settings.items()]
    (tmp_path / ".env").write_text("\n".join([*lines, "CONFLUENCE_SPACE_KEY=NOWHERE"]), encoding="utf-8")
    assert run({}, tmp_path, "check").returncode == 2
    assert run({"CONFLUENCE_SPACE_KEY": "FOG"}, tmp_path, "check").returncode == 0
