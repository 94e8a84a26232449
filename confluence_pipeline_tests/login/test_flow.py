"""Logging in against the local site's login server: from the address to a stored login that runs a sync's requests."""

import json
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from confluence_pipeline.auth_settings import AuthSettings
from confluence_pipeline.confluence import AuthenticationError, ConfluenceClient, Connection, SettingError
from confluence_pipeline.confluence.auth import scopes_for
from confluence_pipeline.confluence.auth.stored_login import from_text
from confluence_pipeline.login import log_in, log_out
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import DEFAULT_TABLES
from confluence_pipeline_tests.login.person import Person, free_port
from confluence_pipeline_tests.site.conftest import SMALL

NEIGHBOUR = {
    "id": "00000000-0000-4000-8000-000000000001",
    "url": "https://other.atlassian.net",
    "name": "Other",
    "scopes": ["read:page:confluence"],
}


@pytest.fixture(scope="module")
def site() -> Iterator[SiteProcess]:
    """A site with a login server."""
    with SiteProcess(SMALL) as running:
        yield running


@pytest.fixture
def settings(site: SiteProcess, tmp_path: Path) -> AuthSettings:
    """What a person has set."""
    site.control.set_neighbours()
    return AuthSettings(
        oauth_client_id=site.logins.oauth_client_id,
        oauth_client_secret=site.logins.oauth_client_secret,
        gateway_url=site.gateway_url,
        login_url=site.login_url,
        token_store=str(tmp_path / "login.json"),
        callback_url=f"http://localhost:{free_port()}/callback",
    )


def connection(site: SiteProcess, settings: AuthSettings) -> Connection:
    """Return a connection with the stored login."""
    auth = replace(settings, variant="oauth").auth()
    return Connection(site.base_url, auth, gateway_url=settings.gateway_url)


def test_a_person_logs_in_and_the_login_opens_the_site(site: SiteProcess, settings: AuthSettings) -> None:
    """The address asks for what the tables need; afterwards the login is stored and reads spaces, renewed or not."""
    person = Person()
    outcome = log_in(settings, DEFAULT_TABLES, person, site_url=site.base_url, browser=person.browse)
    query = {name: values[0] for name, values in parse_qs(urlsplit(person.shown[0].split()[0]).query).items()}
    assert set(query["scope"].split()) == scopes_for(DEFAULT_TABLES) | {"offline_access"}
    assert (query["audience"], query["response_type"], query["prompt"]) == ("api.atlassian.com", "code", "consent")
    assert query["code_challenge_method"] == "S256"
    assert len(query["state"]) >= 32
    assert person.answered == [404, 200]
    assert outcome.missing == {}
    assert outcome.granted == scopes_for(DEFAULT_TABLES)
    assert outcome.site.cloud_id == site.cloud_id
    with ConfluenceClient(connection(site, settings)) as client:
        assert not client.log_in().anonymous
        assert list(client.api.spaces())
        assert client.base_url == site.base_url
    assert Path(outcome.store).stat().st_mode & 0o777 == 0o600


def test_without_a_browser_the_address_is_shown_and_the_callback_pasted(settings: AuthSettings) -> None:
    """Nothing listens, so the browser can be on another machine."""
    person = Person()
    with socket.create_server(("127.0.0.1", urlsplit(settings.callback_url).port or 0)):
        log_in(settings, DEFAULT_TABLES, person, browser=None)
    assert person.shown[0].endswith(" False")
    assert Path(str(settings.token_store)).exists()


@pytest.mark.parametrize(
    "copied",
    ["{address}", " {address}\n", "{address}#", "{rest}", "?{query}", "{query}"],
    ids=["whole", "blanks", "hash", "no scheme", "from the question mark", "the query"],
)
def test_a_callback_is_taken_however_much_of_it_was_copied(settings: AuthSettings, copied: str) -> None:
    """What the browser shows without the scheme, or the end of it alone, is as good as the whole address."""

    class Copyist(Person):
        def pasted_callback(self) -> str:
            address = super().pasted_callback()
            rest, query = address.removeprefix("http://"), address.partition("?")[2]
            return copied.format(address=address, rest=rest, query=query)

    log_in(settings, DEFAULT_TABLES, Copyist(), browser=None)
    assert Path(str(settings.token_store)).exists()


@pytest.mark.parametrize("pasted", ["", "abc", "{callback}", "localhost:8917/callback", "{callback}?state=x&code="])
def test_what_is_no_callback_is_told_as_that(settings: AuthSettings, pasted: str) -> None:
    """Whoever pastes something else is told what to paste, and not that the login was refused."""
    with pytest.raises(AuthenticationError, match=r"no code in it.*`confluence-pipeline login`.*the whole address"):
        log_in(settings, DEFAULT_TABLES, Person(forged=pasted), browser=None)
    assert not Path(str(settings.token_store)).exists()


@pytest.mark.parametrize("browses", [True, False])
@pytest.mark.parametrize(
    ("person", "said"),
    [
        (Person(forged="{callback}?code=stolen&state=guessed"), "state is another one"),
        (Person(forged="{callback}?code=stolen"), "state is another one"),
        (Person(decision="cancel"), "access_denied"),
    ],
    ids=["another state", "no state", "cancelled"],
)
def test_a_callback_that_is_not_ours_or_says_no_stores_nothing(
    settings: AuthSettings, person: Person, said: str, *, browses: bool
) -> None:
    """A forged call-back and a refusal end the login in one sentence."""
    with pytest.raises(AuthenticationError, match=said) as caught:
        log_in(settings, DEFAULT_TABLES, replace(person), browser=person.browse if browses else None)
    assert "`confluence-pipeline login`" in str(caught.value)
    assert "stolen" not in str(caught.value)
    assert not Path(str(settings.token_store)).exists()


def test_a_callback_that_never_comes_ends_in_time_and_frees_the_port(settings: AuthSettings) -> None:
    """The message says what to do, and another login can listen at once."""
    port = urlsplit(settings.callback_url).port or 0
    begun = time.monotonic()
    with pytest.raises(AuthenticationError, match=r"within 1 seconds.*--timeout.*--no-browser"):
        log_in(settings, DEFAULT_TABLES, Person(), seconds=1, browser=lambda _: True)
    assert time.monotonic() - begun < 20
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(SettingError, match="CONFLUENCE_OAUTH_CALLBACK_URL"),
    ):
        log_in(settings, DEFAULT_TABLES, Person(), seconds=1, browser=lambda _: True)


def test_one_of_several_sites_is_asked_for_and_a_doubled_one_counts_once(
    site: SiteProcess, settings: AuthSettings
) -> None:
    """Entries of another product are no choice; the same id twice is one; an address that is given is not asked for.

    What is granted and missing is told of the site that was chosen, and not of all together.
    """
    double = {"id": site.cloud_id, "url": site.base_url, "name": "Jira", "scopes": ["read:jira-work"]}
    again = {**double, "scopes": ["read:space:confluence"]}
    jira = {**NEIGHBOUR, "id": "00000000-0000-4000-8000-000000000002", "scopes": ["read:jira-work"]}
    site.control.set_neighbours(double, again, NEIGHBOUR, jira)
    person = Person(pick=1)
    outcome = log_in(settings, DEFAULT_TABLES, person, browser=None)
    assert [offered.cloud_id for offered in person.offered] == [site.cloud_id, NEIGHBOUR["id"]]
    assert outcome.site.name == "Other"
    assert outcome.granted == {"read:page:confluence"}
    assert outcome.missing.keys() == scopes_for(DEFAULT_TABLES) - outcome.granted
    stored = from_text(Path(outcome.store).read_text(), "it")
    assert set(stored.scopes) == {"read:page:confluence", "offline_access"}
    asked = Person()
    assert log_in(settings, DEFAULT_TABLES, asked, site_url=site.base_url, browser=None).site.cloud_id == site.cloud_id
    assert asked.offered == []
    with pytest.raises(SettingError, match=r"not for https://third\.example/wiki"):
        log_in(settings, DEFAULT_TABLES, Person(), site_url="third.example", browser=None)


def test_what_the_app_does_not_have_is_named_with_its_tables(site: SiteProcess, settings: AuthSettings) -> None:
    """The token tells what was granted, and which tables lack what."""
    tokens = site.control.grant(site.logins.oauth_client_id, scopes=["read:space:confluence", "offline_access"])
    begun = replace(settings, oauth_refresh_token=tokens["refresh_token"])
    with ConfluenceClient(connection(site, begun)) as client:
        assert list(client.api.spaces())
    stored = from_text(Path(str(settings.token_store)).read_text(), "it")
    assert set(stored.scopes) - {"offline_access"} == {"read:space:confluence"}


def test_a_login_replaces_what_the_settings_began_with_and_logout_removes_it(
    site: SiteProcess, settings: AuthSettings
) -> None:
    """A used refresh token that still stands in the settings does not come back; a logout wants the app's id alone."""
    tokens = site.control.grant(site.logins.oauth_client_id)
    settings = replace(settings, oauth_refresh_token=tokens["refresh_token"])
    connection(site, settings).auth.authorization()
    log_in(settings, DEFAULT_TABLES, Person(), browser=None)
    with ConfluenceClient(connection(site, settings)) as client:
        assert list(client.api.spaces())
    place = log_out(replace(settings, oauth_client_secret=None))
    assert place == settings.token_store
    assert not Path(place).exists()
    assert log_out(settings) == place
    with pytest.raises(AuthenticationError, match="`confluence-pipeline login`"):
        connection(site, replace(settings, oauth_refresh_token=None)).auth.authorization()


def test_a_login_mends_a_store_that_is_spoilt(settings: AuthSettings) -> None:
    """What is corrupt or open to others is replaced by a good one."""
    path = Path(str(settings.token_store))
    path.write_text("spoilt")
    path.chmod(0o644)
    log_in(settings, DEFAULT_TABLES, Person(), browser=None)
    assert json.loads(path.read_text())["client_id"] == settings.oauth_client_id
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("changes", "setting"),
    [
        ({"oauth_client_id": None}, "CONFLUENCE_OAUTH_CLIENT_ID"),
        ({"oauth_client_secret": "wrong"}, "CONFLUENCE_OAUTH_CLIENT_SECRET"),
        ({"login_url": "http://login.example"}, "CONFLUENCE_LOGIN_URL"),
        ({"callback_url": "http://example.com/callback"}, "CONFLUENCE_OAUTH_CALLBACK_URL"),
        ({"callback_url": "https://localhost/callback"}, "CONFLUENCE_OAUTH_CALLBACK_URL"),
        ({"token_store": f"{__file__}/login.json"}, "CONFLUENCE_TOKEN_STORE"),
    ],
)
def test_what_is_set_wrong_is_told_by_its_setting(
    settings: AuthSettings, changes: dict[str, str | None], setting: str
) -> None:
    """In one sentence, and before anybody logs in where it can be known."""
    person = Person()
    with pytest.raises(SettingError, match=setting) as caught:
        log_in(replace(settings, **changes), DEFAULT_TABLES, person, browser=None)  # type: ignore[arg-type]
    assert caught.value.setting == setting
    assert "\n" not in str(caught.value)
    assert bool(person.shown) == (setting == "CONFLUENCE_OAUTH_CLIENT_SECRET")
