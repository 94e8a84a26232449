"""Keeps a stored login good: one renewal at a time, of all threads and processes, and stored before it is used.

A refresh token dies when it is used, so the order is: take the store's lock; read, since another process may have
renewed meanwhile; note in the store that the token is about to be used, which also proves that the store can be
written; ask; store what came; only then use it. Where a process dies in between, the next one finds either the new
tokens, or the note. Then it tries the old token again, as Atlassian takes a used one once more for ten minutes; where
that is refused, the note tells why, and that a new login is needed.
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TypeVar

from confluence_pipeline.confluence.auth.stored_login import StoredLogin, digest, from_text, to_text
from confluence_pipeline.confluence.auth.token_endpoint import SECRET_SETTING, TokenEndpoint, TokenRefusedError
from confluence_pipeline.confluence.auth.token_store import TokenStore
from confluence_pipeline.confluence.errors import AuthenticationError

REFRESH_SETTING = "CONFLUENCE_OAUTH_REFRESH_TOKEN"
LOGIN_COMMAND = "`confluence-pipeline login`"
_YOUNG_SECONDS = 10.0

Result = TypeVar("Result")


@dataclass
class Renewal:
    """One app's login, as a store keeps it; shared by all threads of a client.

    Attributes:
        store: Where the login is kept.
        endpoint: Gives new tokens.
        start: A refresh token from the settings to begin with; never shown, None to need a login.
        clock: Seconds since 1970.
    """

    store: TokenStore
    endpoint: TokenEndpoint
    start: str | None = field(default=None, repr=False)
    clock: Callable[[], float] = time.time
    _known: StoredLogin | None = field(init=False, repr=False, default=None)
    _refused: AuthenticationError | None = field(init=False, repr=False, default=None)
    _lock: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)

    def login(self) -> StoredLogin:
        """Return the login with an access token that is good now.

        Raises:
            AuthenticationError: There is no login, or it is refused for good; nothing is asked again.
            SettingError: The store cannot be used.
            SiteUnavailableError: The login server gives no useful answer.
        """
        known = self._known
        if known is not None and known.is_fresh(self.clock()) and self._refused is None:
            return known
        return self._agreed(lambda login: login.is_fresh(self.clock()))

    def renew(self, access_token: str) -> bool:
        """Take other tokens after the API refused an access token that should still have been good.

        Args:
            access_token: The one that was refused.

        Returns:
            Whether there is another one now. One that came a moment ago and is refused already is not replaced: its
            age is not why.

        Raises:
            ConfluenceError: As :meth:`login`.
        """
        known = self._known
        if known is None or known.access_token != access_token:
            return True
        if known.is_fresh(self.clock()) and self.clock() - known.issued_at < _YOUNG_SECONDS:
            return False
        return self._agreed(lambda login: login.access_token != access_token).access_token != access_token

    def secrets(self) -> tuple[str, ...]:
        """Return every token that is known."""
        known = self._known
        tokens = (self.start, known.access_token if known else "", known.refresh_token if known else "")
        return tuple(token for token in tokens if token)

    def known_scopes(self) -> tuple[str, ...]:
        """Return the scopes of the login as far as they are known, without asking for it."""
        return self._known.scopes if self._known else ()

    def _agreed(self, is_good: Callable[[StoredLogin], bool]) -> StoredLogin:
        """Return the login that all threads and processes agree on, renewed unless it is good already."""
        with self._lock:
            if self._refused is not None:
                raise _again(self._refused)
            if self._known is not None and is_good(self._known) and self._known.is_fresh(self.clock()):
                return self._known
            try:
                self._known = undisturbed(lambda: self._renewed(is_good))
            except AuthenticationError as error:
                self._refused = error
                raise
            return self._known

    def _renewed(self, is_good: Callable[[StoredLogin], bool]) -> StoredLogin:
        with self.store.lock():
            login = self._stored()
            if login.is_fresh(self.clock()) and is_good(login):
                return login
            if login.refusal is not None and login.refused_by == self._credentials(login):
                raise self._lost(login.refusal)
            pending = replace(login, pending_since=login.pending_since or self.clock())
            self.store.save(to_text(pending))
            try:
                grant = self.endpoint.refresh(login.refresh_token)
            except TokenRefusedError as error:
                words = str(error) if error.is_about_the_app else self._why(login, error)
                refused_by = self._credentials(login)
                self.store.save(to_text(replace(pending, refusal=words, refused_by=refused_by)))
                raise self._lost(words) from error
            except AuthenticationError:  # whatever said so, the login is as good as before
                self.store.save(to_text(login))
                raise
            renewed = login.with_grant(grant, self.clock())
            self.store.save(to_text(renewed))
            return renewed

    def _stored(self) -> StoredLogin:
        """Return what the store holds, or what the settings say to begin with.

        A refresh token in the settings counts once: the store goes on from it, until another one stands there.
        """
        text = self.store.load()
        login = from_text(text, str(self.store)) if text is not None else None
        if login is not None and login.client_id != self.endpoint.client_id:
            login = None
        if self.start is not None and (login is None or login.seed != digest(self.start)):
            return StoredLogin(self.endpoint.client_id, self.start, seed=digest(self.start))
        if login is None:
            raise AuthenticationError(
                f"Nobody has logged in with the app yet: there is no login in {self.store}; run {LOGIN_COMMAND}, "
                f"or set {REFRESH_SETTING}",
                setting=REFRESH_SETTING,
            )
        return login

    def _credentials(self, login: StoredLogin) -> str:
        asked = self.endpoint
        return digest(asked.login_url, asked.client_id, asked.client_secret, login.refresh_token)

    def _why(self, login: StoredLogin, error: TokenRefusedError) -> str:
        if login.pending_since is not None:
            since = datetime.fromtimestamp(login.pending_since, UTC)
            return (
                f"{error}: it was sent at {since:%Y-%m-%d %H:%M:%S} UTC by a run that ended before it could store the "
                f"answer, and is used up; run {LOGIN_COMMAND} once more"
            )
        mend = f"run {LOGIN_COMMAND} once more"
        if self.start is not None and login.refresh_token == self.start:
            mend = f"{mend}, or set {REFRESH_SETTING} to one that was never used"
        return f"{error}: it was revoked, used elsewhere, or not used for too long; {mend}"

    def _lost(self, words: str) -> AuthenticationError:
        return AuthenticationError(
            words, status=401, setting=SECRET_SETTING if SECRET_SETTING in words else REFRESH_SETTING
        )


def _again(error: AuthenticationError) -> AuthenticationError:
    return AuthenticationError(str(error), status=error.status, setting=error.setting)


def undisturbed(work: Callable[[], Result]) -> Result:
    """Return what ``work`` returns, done to its end even if this thread is interrupted, as by Ctrl+C.

    Between the answer of the token endpoint and its being stored there must be no way out.
    """
    outcome: Future[Result] = Future()

    def do() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed on to the thread that waits
            outcome.set_exception(error)

    threading.Thread(target=do, name="confluence-login", daemon=False).start()
    return outcome.result()
