"""Who is asking a Data Center: Basic with user name and password, or a personal access token.

A login that fails is refused with 401 and a page of HTML, unlike on Cloud, where v1 would take the caller for a
visitor. Whoever sends no login is a visitor, whom the site lets in only where some space is open to visitors.
"""

import base64
import binascii
from collections.abc import Iterator
from uuid import NAMESPACE_OID, uuid5

from confluence_pipeline.site.errors import ApiError
from confluence_pipeline.site.model import User
from confluence_pipeline.site.store import Store
from confluence_pipeline.site.visibility import ANONYMOUS, Viewer, may_see_space, viewer_of

_FAILED = "AUTHENTICATED_FAILED"


def personal_access_token(user: User) -> str:
    """Return a user's personal access token, "" for somebody who cannot log in; it dies with the password."""
    if not user.api_token:
        return ""
    number = uuid5(NAMESPACE_OID, user.account_id).int % 10**12
    return base64.b64encode(f"{number:012d}:{user.api_token}".encode()).decode()


def viewer_from(store: Store, authorization: str | None, *, takes_tokens: bool) -> Viewer:
    """Return who the ``Authorization`` header proves the caller to be, the visitor without one.

    Args:
        store: knows the users.
        authorization: the header.
        takes_tokens: whether the version knows personal access tokens.

    Raises:
        ApiError: 401 for a login that fails; 403 for an account that may not use Confluence.
    """
    if authorization is None:
        return ANONYMOUS
    scheme, _, credentials = authorization.partition(" ")
    is_known = scheme.lower() == "basic" or (scheme.lower() == "bearer" and takes_tokens)
    account = next(_accounts(store, scheme.lower(), credentials.strip()), None) if is_known else None
    if account is None:
        headers = {"WWW-Authenticate": 'OAuth realm="Confluence"', "X-Seraph-LoginReason": _FAILED}
        raise ApiError(401, f"Basic Authentication Failure - Reason : {_FAILED}", headers=headers)
    if not account.can_use:
        raise ApiError(403, "User is not permitted to use Confluence")
    return viewer_of(store, account.account_id)


def _accounts(store: Store, scheme: str, credentials: str) -> Iterator[User]:
    active = [user for user in store.users.values() if user.account_status == "active" and user.api_token]
    if scheme == "bearer":
        yield from (user for user in active if personal_access_token(user) == credentials)
    else:
        name, password = _name_and_password(credentials)
        yield from (user for user in active if (user.login_name.lower(), user.api_token) == (name.lower(), password))


def _name_and_password(credentials: str) -> tuple[str, str]:
    try:
        name, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, password


def demand_access(store: Store, viewer: Viewer) -> None:
    """Refuse visitors, where no space is open to them, with 403."""
    if viewer.is_anonymous and not any(may_see_space(viewer, space) for space in store.spaces.values()):
        raise ApiError(403, "Anonymous users are not permitted to use Confluence")
