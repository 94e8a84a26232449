"""Finding out which scopes a login lacks, by asking the gateway."""

import pytest

from confluence_pipeline.confluence import AuthenticationError, ConfluenceClient, Connection
from confluence_pipeline.confluence.auth import ApiToken, ScopedToken, scopes_for
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.tables import DEFAULT_TABLES, TABLES
from confluence_pipeline_tests.site.conftest import SMALL

TOKEN = "probing-token-41c"


def client_of(site: SiteProcess, token: str) -> ConfluenceClient:
    """Return a client with a scoped token."""
    return ConfluenceClient(Connection(site.base_url, ScopedToken(token), gateway_url=site.gateway_url))


def test_each_scope_that_is_missing_is_found_and_no_other() -> None:
    """With all scopes but one, that one is named with just the tables that need it; without any, all are."""
    with SiteProcess(SMALL) as site:
        for missing in sorted(scopes_for(TABLES)):
            site.control.set_scoped_token(TOKEN, scopes=sorted(scopes_for(TABLES) - {missing}))
            with client_of(site, TOKEN) as client:
                lacking = client.lacking_scopes(TABLES)
            assert set(lacking) == {missing}
            assert all(missing in scopes_for([table]) for table in lacking[missing])
            assert not [table for table in TABLES.keys() - lacking[missing] if missing in scopes_for([table])]
        site.control.set_scoped_token(TOKEN, scopes=["read:jira-work"])
        with client_of(site, TOKEN) as client:
            assert set(client.lacking_scopes(DEFAULT_TABLES)) == scopes_for(DEFAULT_TABLES)
            assert client.cost.requests == len(scopes_for(DEFAULT_TABLES))


def test_where_there_are_no_scopes_nothing_is_asked_and_a_wrong_token_is_told() -> None:
    """The site's own address has none; a token that is no good at all is no matter of scopes."""
    with SiteProcess(SMALL) as site:
        with ConfluenceClient(Connection(site.base_url, ApiToken(site.email, site.api_token))) as client:
            before = client.cost.requests
            assert client.lacking_scopes(TABLES) == {}
            assert client.cost.requests == before
        with client_of(site, "wrong") as client, pytest.raises(AuthenticationError):
            client.lacking_scopes(TABLES)
