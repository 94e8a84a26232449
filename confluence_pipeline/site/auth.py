"""Who is asking: Basic with an email and an API token, as on the site's own URL.

A token with scopes and an access token of OAuth 2.0 work through the gateway only; here they are refused with 401 by v1
too (CLOUD-12617).

A wrong, expired or revoked token is answered 401 by v2, while v1 serves such a caller as an anonymous visitor:
that is why a client should ask ``user/current`` before it trusts an empty answer. Somebody without product
access is told "Current user not permitted to use Confluence" (403).
"""

import base64
import binascii
from typing import TYPE_CHECKING

from confluence_pipeline.site.errors import ApiError
from confluence_pipeline.site.model import User
from confluence_pipeline.site.store import Store
from confluence_pipeline.site.visibility import ANONYMOUS, Viewer, may_see_space, viewer_of

if TYPE_CHECKING:
    from confluence_pipeline.site.world import World


def viewer_from(world: "World", authorization: str | None) -> Viewer:
    """Return who the ``Authorization`` header proves the caller to be, else the anonymous visitor.

    Raises:
        ApiError: 403, for an account that logs in and may not use Confluence; 401, for a token of the gateway.
    """
    store = world.store
    _, token = basic_credentials(authorization) or ("", (authorization or "").partition(" ")[2])
    if world.logins.bearer(token) is not None:
        raise ApiError(401, "Unauthorized")
    for account in _accounts(store, authorization):
        if not account.can_use:
            raise ApiError(403, "Current user not permitted to use Confluence")
        return viewer_of(store, account.account_id)
    return ANONYMOUS


def _accounts(store: Store, authorization: str | None) -> list[User]:
    known = basic_credentials(authorization)
    if known is None:
        return []
    email, token = known
    return [
        user
        for user in store.users.values()
        if user.api_token
        and user.api_token == token
        and user.email.lower() == email.lower()
        and user.account_status == "active"
    ]


def basic_credentials(authorization: str | None) -> tuple[str, str] | None:
    """Return the name and the password of a Basic header, or None when it is none."""
    scheme, _, credentials = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return name, password


def demand_login(store: Store, viewer: Viewer, authorization: str | None) -> None:
    """Refuse a login that failed, and the anonymous visitor where no space is open to them, with v2's 401."""
    if not viewer.is_anonymous:
        return
    if authorization is not None or not any(may_see_space(viewer, space) for space in store.spaces.values()):
        raise ApiError(401, "Unauthorized", headers={"WWW-Authenticate": 'Basic realm="Confluence"'})
