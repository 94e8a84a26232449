"""What docs/authentication.md says that the pipeline says is what it says."""

import re
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from confluence_pipeline.auth_setting_list import Variant
from confluence_pipeline.confluence import ConfluenceClient, ConfluenceError
from confluence_pipeline.login import log_in
from confluence_pipeline.settings import Settings
from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline_tests.laboratory import HASTE
from confluence_pipeline_tests.login.person import Person, free_port
from confluence_pipeline_tests.site.conftest import SMALL
from confluence_pipeline_tests.ways_in.conftest import THROUGH_THE_GATEWAY
from confluence_pipeline_tests.ways_in.troubles import CLOUD, DATA_CENTER, LOGINS, MACHINE, LoginSituation

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "authentication.md"


def _settings(site: SiteProcess, environment: Mapping[str, str]) -> Settings:
    addresses = {
        "CONFLUENCE_SERVER_URL": site.base_url,
        "CONFLUENCE_GATEWAY_URL": site.gateway_url,
        "CONFLUENCE_LOGIN_URL": site.login_url,
    }
    return Settings.from_environment({**addresses, **environment})


def _said_to_a_sync(site: SiteProcess, environment: Mapping[str, str]) -> str:
    """Return what is said of a way in that does not work, wherever it fails."""
    try:
        with ConfluenceClient(replace(_settings(site, environment).connection(), retries=HASTE)) as client:
            client.log_in()
            list(client.api.tasks(space_id="1"))
    except ConfluenceError as error:
        return str(error)
    return "nothing"


def _said_to_a_person(site: SiteProcess, folder: Path, situation: LoginSituation) -> str:
    """Return what ``login`` says to a person who does not get in."""
    callback = f"http://localhost:{free_port()}/callback"
    credentials = THROUGH_THE_GATEWAY["oauth"](site, folder)
    settings = _settings(site, {**credentials, "CONFLUENCE_OAUTH_CALLBACK_URL": callback})
    with ExitStack() as machine:
        usual = {"talk": Person(), "seconds": 30, "browser": None}
        try:
            log_in(settings.auth, frozenset({"pages"}), **{**usual, **situation(callback, machine)})
        except ConfluenceError as error:
            return str(error)
    return "nothing"


def _documented() -> list[str]:
    """Return the messages in the first columns of the document's tables, as regular expressions."""
    rows = re.findall(r"^\| (`{1,2})(.+?)\1 \| .+ \| .+ \|$", _troubles(), re.MULTILINE)
    return [".*?".join(map(re.escape, row.replace("\\|", "|").split("…"))) for _, row in rows]


def _troubles() -> str:
    tables = re.findall(r"^\| it says \|.*\n(?:\|.*\n)+", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert tables
    return "".join(tables)


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What is said in each situation; what one does to the site is undone before the next."""
    heard = {}
    with SiteProcess(SMALL) as site:
        for name, situation in CLOUD.items():
            heard[name] = _said_to_a_sync(site, situation(site, tmp_path_factory.mktemp("trouble")))
            site.control.set_faults()
            site.control.set_user("712020:ada", account_status="active")
        for name, on_a_machine in MACHINE.items():
            with ExitStack() as machine:
                settings = on_a_machine(site, tmp_path_factory.mktemp("trouble"), machine)
                heard[name] = _said_to_a_sync(site, settings)
        for name, login in LOGINS.items():
            heard[name] = _said_to_a_person(site, tmp_path_factory.mktemp("trouble"), login)
    with SiteProcess(SMALL, SiteOptions(installation=Installation())) as site:
        for name, situation in DATA_CENTER.items():
            heard[name] = _said_to_a_sync(site, situation(site, tmp_path_factory.mktemp("trouble")))
    return heard


def test_what_is_said_is_documented(said: dict[str, str]) -> None:
    """Each situation's message stands in the document, word for word but for what differs from case to case."""
    rows = _documented()
    unknown = {name: message for name, message in said.items() if not any(re.fullmatch(row, message) for row in rows)}
    assert unknown == {}


def test_what_is_documented_is_said(said: dict[str, str]) -> None:
    """No message of the document is one that no situation brings up."""
    silent = [row for row in _documented() if not any(re.fullmatch(row, message) for message in said.values())]
    assert silent == []


@pytest.mark.parametrize("variant", get_args(Variant))
def test_every_way_in_is_documented(variant: str) -> None:
    """Each value of ``CONFLUENCE_AUTH`` is in the document."""
    assert f"`{variant}`" in DOCUMENT.read_text(encoding="utf-8")
