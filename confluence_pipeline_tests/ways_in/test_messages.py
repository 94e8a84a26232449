"""What docs/authentication.md says that the pipeline says is what it says."""

import re
from collections.abc import Mapping
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
from confluence_pipeline_tests.ways_in.troubles import CLOUD, DATA_CENTER

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "authentication.md"
LOGINS = ("a person who cancels", "a person who does not come back")


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


def _said_to_a_person(site: SiteProcess, folder: Path, situation: str) -> str:
    """Return what ``login`` says to a person who does not go through with it."""
    callback = {"CONFLUENCE_OAUTH_CALLBACK_URL": f"http://localhost:{free_port()}/callback"}
    settings = _settings(site, {**THROUGH_THE_GATEWAY["oauth"](site, folder), **callback})
    person = Person(decision="cancel")
    comes_back = situation == LOGINS[0]
    browser = person.browse if comes_back else lambda _: True
    try:
        log_in(settings.auth, frozenset({"pages"}), person, seconds=30 if comes_back else 0.1, browser=browser)
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
        for name in LOGINS:
            heard[name] = _said_to_a_person(site, tmp_path_factory.mktemp("trouble"), name)
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
