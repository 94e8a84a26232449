"""Ways to log in: each is one class that says how a request is signed, and through which door it goes.

A new way is one more class with the methods of :class:`Auth`.
"""

from confluence_pipeline.confluence.auth.api_token import ApiToken
from confluence_pipeline.confluence.auth.client_credentials import ClientCredentials
from confluence_pipeline.confluence.auth.oauth import OAuth
from confluence_pipeline.confluence.auth.personal_access_token import PersonalAccessToken
from confluence_pipeline.confluence.auth.protocol import Auth
from confluence_pipeline.confluence.auth.renewal import Renewal
from confluence_pipeline.confluence.auth.scoped_token import ScopedToken
from confluence_pipeline.confluence.auth.scopes import SCOPES, ScopeUse, missing_scopes, scopes_for
from confluence_pipeline.confluence.auth.token_endpoint import TokenEndpoint
from confluence_pipeline.confluence.auth.token_store import TokenStore, open_store

__all__ = [
    "SCOPES",
    "ApiToken",
    "Auth",
    "ClientCredentials",
    "OAuth",
    "PersonalAccessToken",
    "Renewal",
    "ScopeUse",
    "ScopedToken",
    "TokenEndpoint",
    "TokenStore",
    "missing_scopes",
    "open_store",
    "scopes_for",
]
