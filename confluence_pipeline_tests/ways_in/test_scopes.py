"""The scopes that are asked for are enough for the tables they are asked for, and a missing one is named."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_pipeline.confluence import AccessError, ApiToken, ConfluenceClient, Connection, Scope
from confluence_pipeline.confluence.auth import Auth, ClientCredentials, ScopedToken, TokenEndpoint, scopes_for
from confluence_pipeline.confluence.sessions import Line, unsigned_session
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Selection
from confluence_pipeline.selections import selection_of
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import TABLES
from confluence_pipeline_tests.laboratory import CONTENT_TABLES, HASTE, Editor, Laboratory
from confluence_pipeline_tests.site.conftest import SMALL, ada_of

TOKEN = "narrow-token-5d1c"
_NAMED = re.compile(r"read:[\w.-]+:confluence")
_NOT_COMPARED = {"views": {"as_of"}, "pages": {"depth", "ancestor_ids", "ancestor_titles"}}
"""What the clock tells, and what is known of folders only where the table of them is chosen."""
_PEOPLE = {"groups", "group_members"}
LAMP = Scope(space_keys=("LAMP",))


@pytest.fixture(scope="module")
def site() -> Iterator[SiteProcess]:
    """The small site, which has one of everything; its token's scopes are set by each test."""
    with SiteProcess(SMALL) as running:
        yield running


def _laboratory(site: SiteProcess, folder: Path, auth: Auth, selection: Selection) -> Laboratory:
    connection = Connection(site.base_url, auth, retries=HASTE, gateway_url=site.gateway_url)
    return Laboratory(site, Lake(str(folder)), ConfluenceClient(connection), Editor(site), selection)


def _narrow(site: SiteProcess, folder: Path, scopes: frozenset[str], *tables: str) -> Laboratory:
    site.control.set_scoped_token(TOKEN, scopes=sorted(scopes))
    return _laboratory(site, folder, ScopedToken(TOKEN), selection_of(tables))


def _facts(laboratory: Laboratory, table: str) -> list[dict[str, object]]:
    left_out = _NOT_COMPARED.get(table, set())
    return [{name: value for name, value in row.items() if name not in left_out} for row in laboratory.facts()[table]]


def test_tables_are_filled_with_no_more_than_their_scopes(site: SiteProcess, tmp_path: Path) -> None:
    """Tables that need the same scopes, read with just these, hold what a token without scopes reads."""
    whole = _laboratory(site, tmp_path / "all", ApiToken(site.email, site.api_token), selection_of(["all"]))
    whole.sync(LAMP)
    wrong = {}
    for number, (scopes, tables) in enumerate(_by_scopes().items()):
        alone = _narrow(site, tmp_path / str(number), scopes, *tables)
        try:
            alone.sync(LAMP)
        except AccessError as error:
            wrong[tables] = [str(error)]
            continue
        wrong[tables] = [row["message"] for row in alone.rows("ledger") if row["http_status"] == 401]
        wrong[tables] += [table for table in tables if _facts(alone, table) != _facts(whole, table)]
    assert {tables: found for tables, found in wrong.items() if found} == {}


def _by_scopes() -> dict[frozenset[str], tuple[str, ...]]:
    """Return the tables by the scopes they need; who appears in ``users`` depends on all other tables."""
    groups: dict[frozenset[str], tuple[str, ...]] = {}
    for table in CONTENT_TABLES:
        if table != "users":
            scopes = scopes_for(_PEOPLE if table in _PEOPLE else [table])
            groups[scopes] = (*groups.get(scopes, ()), table)
    return groups


@pytest.mark.parametrize("scope", sorted(scopes_for(TABLES) - {"read:content.metadata:confluence"}))
def test_a_scope_that_is_missing_is_named_with_its_tables(site: SiteProcess, tmp_path: Path, scope: str) -> None:
    """Whatever the sync asks for without it, the refusal or the ledger names that scope alone and what needs it."""
    site.control.set_app(site.logins.service_client_id, scopes=sorted(scopes_for(TABLES) - {scope}))
    laboratory = _laboratory(site, tmp_path, _service_account(site), selection_of(["all"]))
    try:
        laboratory.sync(LAMP)
    except AccessError as error:
        said = [str(error)]
    else:
        said = [row["message"] for row in laboratory.rows("ledger") if row["http_status"] == 401]
    assert said
    assert {named for message in said for named in _NAMED.findall(message)} == {scope}
    needed = {table for table in TABLES if scope in scopes_for([table])}
    words = ", ".join(sorted(needed))
    told = f"the table {words} needs" if len(needed) == 1 else f"the tables {words} need"
    assert all(("every table needs" if needed == set(TABLES) else told) in message for message in said)


def _service_account(site: SiteProcess) -> Auth:
    app = site.logins.service_client_id, site.logins.service_client_secret
    return ClientCredentials(TokenEndpoint(site.login_url, *app, lambda: unsigned_session(Line("test"))))


def test_what_is_verified_when_it_vanished_needs_its_scope(site: SiteProcess, tmp_path: Path) -> None:
    """Only when something is missing from a listing is the call made that tells why, and refused by name."""
    ada = ada_of(site)
    space = {"spaceId": ada.space_id("LAMP"), "title": "Short-lived"}
    page = ada.ask("POST", "/api/v2/pages", json=space | {"body": {"representation": "storage", "value": ""}}).json()
    laboratory = _narrow(site, tmp_path, scopes_for(TABLES) - {"read:content.metadata:confluence"}, "pages")
    laboratory.sync(LAMP)
    assert "Short-lived" in {row["title"] for row in laboratory.rows("pages")}
    for purge in ("", "?purge=true"):
        assert ada.ask("DELETE", f"/api/v2/pages/{page['id']}{purge}").status_code == 204
    with pytest.raises(AccessError, match=r"lacks read:content\.metadata:confluence, which every table needs"):
        laboratory.sync(LAMP)
