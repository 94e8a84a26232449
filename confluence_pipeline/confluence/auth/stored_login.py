"""What is kept of a login between runs: its tokens, and what is known of the refresh token; plain data.

A refresh token dies when it is used, so a record says three things of it: whether it was sent without the answer
having been stored (``pending_since``), whether it was refused for good (``refusal``), and which token from the
settings the login began with (``seed``), so that a later value there is told from the first.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from confluence_pipeline.confluence.errors import SettingError

_LONGEST_MARGIN = 60.0
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Grant:
    """What the token endpoint gives.

    Attributes:
        access_token: What requests are signed with; never shown.
        seconds: How long it is good for.
        refresh_token: What the next one is asked for with; never shown, None where none came.
        scopes: What it may be used for; empty where the server did not say.
    """

    access_token: str = field(repr=False)
    seconds: float
    refresh_token: str | None = field(default=None, repr=False)
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredLogin:
    """A login as it is kept.

    Attributes:
        client_id: The app that it belongs to.
        refresh_token: What the next access token is asked for with; never shown.
        access_token: What requests are signed with; "" where there is none yet; never shown.
        issued_at: When the access token came, in seconds since 1970.
        expires_at: Until when it is good.
        scopes: What it may be used for.
        site_url: The site that was chosen at the login; None where it began with a refresh token from the settings.
        seed: A digest of the refresh token that the settings held when the login began.
        pending_since: Since when it may be that the refresh token was used and the answer lost.
        refusal: Why the token endpoint takes the refresh token no more; None as long as it does.
        refused_by: A digest of the credentials that were refused, and of the login server that did.
    """

    client_id: str
    refresh_token: str = field(repr=False)
    access_token: str = field(default="", repr=False)
    issued_at: float = 0.0
    expires_at: float = 0.0
    scopes: tuple[str, ...] = ()
    site_url: str | None = None
    seed: str | None = None
    pending_since: float | None = None
    refusal: str | None = None
    refused_by: str | None = None

    def is_fresh(self, now: float) -> bool:
        """Return whether the access token can begin a request now.

        It is good for another minute then, or a quarter of its life where that is less.
        """
        margin = min(_LONGEST_MARGIN, (self.expires_at - self.issued_at) / 4)
        return bool(self.access_token) and self.issued_at <= now + _LONGEST_MARGIN and now < self.expires_at - margin

    def with_grant(self, grant: Grant, now: float) -> "StoredLogin":
        """Return the login after the token endpoint gave what it was asked for."""
        return replace(
            self,
            access_token=grant.access_token,
            refresh_token=grant.refresh_token or self.refresh_token,
            issued_at=now,
            expires_at=now + grant.seconds,
            scopes=_narrowed(self.scopes, grant.scopes),
            pending_since=None,
            refusal=None,
            refused_by=None,
        )


def _narrowed(before: tuple[str, ...], told: tuple[str, ...]) -> tuple[str, ...]:
    """Return what a renewed token may be used for: no more than before, as a token's scopes may be for several sites.

    Either is empty where nothing is known.
    """
    return tuple(scope for scope in told if scope in before) if before and told else told or before


def to_text(login: StoredLogin) -> str:
    """Return the login as the text that a store keeps, a secret."""
    return json.dumps({"format": _FORMAT, **asdict(login)}, indent=1)


def from_text(text: str, place: str) -> StoredLogin:
    """Return the login that :func:`to_text` gave.

    Args:
        text: What a store kept.
        place: Where it was kept, for the message.

    Raises:
        SettingError: It is not one.
    """
    try:
        return _login(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SettingError(
            f"{place} does not hold a login that this version stored; run `confluence-pipeline login` to store another",
            setting="CONFLUENCE_TOKEN_STORE",
        ) from None


def _login(data: Any) -> StoredLogin:
    if data.pop("format") != _FORMAT or not data.keys() <= {known.name for known in fields(StoredLogin)}:
        raise ValueError
    login = StoredLogin(**{**data, "scopes": tuple(map(str, data["scopes"]))})
    words = (login.client_id, login.refresh_token, login.access_token)
    numbers = (login.issued_at, login.expires_at, login.pending_since or 0)
    if not all(isinstance(word, str) for word in words) or not all(isinstance(n, int | float) for n in numbers):
        raise ValueError
    return login


def digest(*secrets: str) -> str:
    """Return what tells secrets from others without giving them away: they are too long to be guessed from it."""
    return hashlib.sha256("\0".join(secrets).encode()).hexdigest()[:32]
