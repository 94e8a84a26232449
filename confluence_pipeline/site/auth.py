"""Who is asking: Basic with an email and an API token, as on the site's own URL.

A wrong, expired or revoked token is answered 401 by v2, while v1 serves such a caller as an anonymous visitor:
that is why a client should ask ``user/current`` before it trusts an empty answer. Somebody without product
access is told "Current user not permitted to use Confluence" (403).
"""

import base64
import binascii

from confluence_pipeline.site.errors import ApiError
from confluence_pipeline.site.model import User
from confluence_pipeline.site.store import Store
from confluence_pipeline.site.visibility import ANONYMOUS, Viewer, may_see_space, viewer_of


def viewer_from(store: Store, authorization: str | None) -> Viewer:
    """Return who the ``Authorization`` header proves the caller to be, else the anonymous visitor.

    Raises:
        ApiError: 403, for an account that logs in and may not use Confluence.
    """
    for account in _accounts(store, authorization):
        if not account.can_use:
            raise ApiError(403, "Current user not permitted to use Confluence")
        return viewer_of(store, account.account_id)
    return ANONYMOUS


def _accounts(store: Store, authorization: str | None) -> list[User]:
    scheme, _, credentials = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return []
    try:
        email, _, token = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return []
    return [
        user
        for user in store.users.values()
        if user.api_token
        and user.api_token == token
        and user.email.lower() == email.lower()
        and user.account_status == "active"
    ]


def demand_login(store: Store, viewer: Viewer, authorization: str | None) -> None:
    """Refuse a login that failed, and the anonymous visitor where no space is open to them, with v2's 401."""
    if not viewer.is_anonymous:
        return
    if authorization is not None or not any(may_see_space(viewer, space) for space in store.spaces.values()):
        raise ApiError(401, "Unauthorized", headers={"WWW-Authenticate": 'Basic realm="Confluence"'})
