"""Ways to log in: each is one class that says how a request is signed, and through which door it goes.

A new way is one more class with the methods of :class:`Auth`.
"""

from confluence_pipeline.confluence.auth.api_token import ApiToken
from confluence_pipeline.confluence.auth.personal_access_token import PersonalAccessToken
from confluence_pipeline.confluence.auth.protocol import Auth
from confluence_pipeline.confluence.auth.scoped_token import ScopedToken
from confluence_pipeline.confluence.auth.scopes import SCOPES, ScopeUse, missing_scopes, scopes_for

__all__ = [
    "SCOPES",
    "ApiToken",
    "Auth",
    "PersonalAccessToken",
    "ScopeUse",
    "ScopedToken",
    "missing_scopes",
    "scopes_for",
]
