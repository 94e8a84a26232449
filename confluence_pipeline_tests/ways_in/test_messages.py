"""What docs/authentication.md says that the pipeline says is what it says."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from confluence_pipeline.confluence import ConfluenceClient, ConfluenceError
from confluence_pipeline.settings import Settings
from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline_tests.site.conftest import SMALL

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "authentication.md"
TOKEN = "a-token-without-scopes-7e1"

Situation = Callable[[SiteProcess], Mapping[str, str]]


def _basic(**changes: str) -> Situation:
    return lambda site: {"CONFLUENCE_USER_NAME": site.email, "CONFLUENCE_API_TOKEN": site.api_token, **changes}


def _scoped(**changes: str) -> Situation:
    return lambda _: {"CONFLUENCE_AUTH": "scoped_token", **changes}


def _no_access(site: SiteProcess) -> Mapping[str, str]:
    site.control.set_user("712020:bo", can_use=False)
    return {"CONFLUENCE_USER_NAME": "bo@example.com", "CONFLUENCE_API_TOKEN": "token-bo"}


def _without_tasks(site: SiteProcess) -> Mapping[str, str]:
    site.control.set_scoped_token(TOKEN, scopes=["read:content-details:confluence"])
    return {"CONFLUENCE_AUTH": "scoped_token", "CONFLUENCE_API_TOKEN": TOKEN}


CLOUD: Mapping[str, Situation] = {
    "a wrong API token": _basic(CONFLUENCE_API_TOKEN="wrong"),
    "a token with scopes on the site's own address": lambda site: {
        "CONFLUENCE_USER_NAME": site.email,
        "CONFLUENCE_API_TOKEN": site.logins.scoped_token,
    },
    "an account without Confluence": _no_access,
    "a scope that is missing": _without_tasks,
    "a wrong token with scopes": _scoped(CONFLUENCE_API_TOKEN="wrong"),
    "a cloud id that is none": _scoped(CONFLUENCE_API_TOKEN="any", CONFLUENCE_CLOUD_ID="your-site"),
    "no token": _basic(CONFLUENCE_API_TOKEN=""),
    "two ways in": _basic(CONFLUENCE_PERSONAL_ACCESS_TOKEN="another"),
}
DATA_CENTER: Mapping[str, Situation] = {
    "a wrong personal access token": lambda _: {"CONFLUENCE_PERSONAL_ACCESS_TOKEN": "wrong"},
    "a wrong password": lambda site: {"CONFLUENCE_USER_NAME": site.user_name, "CONFLUENCE_API_TOKEN": "wrong"},
}


def _said(site: SiteProcess, environment: Mapping[str, str]) -> str:
    """Return what is said of a way in that does not work, wherever it fails."""
    addresses = {"CONFLUENCE_SERVER_URL": site.base_url, "CONFLUENCE_GATEWAY_URL": site.gateway_url}
    try:
        with ConfluenceClient(Settings.from_environment({**addresses, **environment}).connection()) as client:
            client.log_in()
            list(client.api.tasks(space_id="1"))
    except ConfluenceError as error:
        return str(error)
    return "nothing"


def _documented() -> list[str]:
    """Return the messages in the first columns of the document's tables, as regular expressions."""
    rows = re.findall(r"^\| `(.+?)` \| .+ \| .+ \|$", _troubles(), re.MULTILINE)
    return [".*?".join(map(re.escape, row.replace("\\|", "|").split("…"))) for row in rows]


def _troubles() -> str:
    tables = re.findall(r"^\| it says \|.*\n(?:\|.*\n)+", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert tables
    return "".join(tables)


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """What is said in each situation."""
    with SiteProcess(SMALL) as site:
        heard = {name: _said(site, situation(site)) for name, situation in CLOUD.items()}
    with SiteProcess(SMALL, SiteOptions(installation=Installation())) as site:
        heard |= {name: _said(site, situation(site)) for name, situation in DATA_CENTER.items()}
    return heard


@pytest.mark.parametrize("situation", [*CLOUD, *DATA_CENTER])
def test_what_is_said_is_documented(said: dict[str, str], situation: str) -> None:
    """Each situation's message stands in the document, word for word but for what differs from case to case."""
    assert any(re.fullmatch(row, said[situation]) for row in _documented()), said[situation]


def test_what_is_documented_is_said(said: dict[str, str]) -> None:
    """No message of the document is one that no situation brings up."""
    silent = [row for row in _documented() if not any(re.fullmatch(row, message) for message in said.values())]
    assert silent == []


def test_every_way_in_is_documented() -> None:
    """Each value of ``CONFLUENCE_AUTH`` has its section."""
    text = DOCUMENT.read_text(encoding="utf-8")
    assert all(f"`{variant}`" in text for variant in ("basic", "scoped_token", "personal_access_token"))
