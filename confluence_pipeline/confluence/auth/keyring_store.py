"""A login in the system's keyring: macOS Keychain, Windows Credential Locker, Secret Service."""

from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any

from confluence_pipeline.confluence.auth.file_store import FileStore, default_file
from confluence_pipeline.confluence.errors import SettingError

_SETTING = "CONFLUENCE_TOKEN_STORE"
_SERVICE = "confluence-pipeline"


class KeyringStore:
    """Keeps a login in the keyring; only the lock is a file, since keyrings have none.

    Args:
        client_id: The app that the login belongs to, under whose name it is kept.

    Raises:
        SettingError: The package ``keyring`` is not installed.
    """

    def __init__(self, client_id: str) -> None:
        try:
            self._keyring: Any = import_module("keyring")
            self._errors: Any = import_module("keyring.errors")
        except ImportError as error:
            raise SettingError(
                f"{_SETTING} is keyring, which needs a package: pip install 'confluence-pipeline[keyring]'",
                setting=_SETTING,
            ) from error
        self._client_id = client_id
        self._lock_file = FileStore(default_file(client_id))

    def __str__(self) -> str:
        return f"the system's keyring (service {_SERVICE})"

    def load(self) -> str | None:
        """Return what the keyring holds."""
        try:
            text = self._keyring.get_password(_SERVICE, self._client_id)
        except self._errors.KeyringError as error:
            raise self._unusable(error) from error
        return None if text is None else str(text)

    def save(self, text: str) -> None:
        """Put a text into the keyring."""
        try:
            self._keyring.set_password(_SERVICE, self._client_id, text)
        except self._errors.KeyringError as error:
            raise self._unusable(error) from error

    def remove(self) -> None:
        """Take the text out of the keyring."""
        try:
            if self._keyring.get_password(_SERVICE, self._client_id) is not None:
                self._keyring.delete_password(_SERVICE, self._client_id)
        except self._errors.KeyringError as error:
            raise self._unusable(error) from error

    def lock(self) -> AbstractContextManager[None]:
        """Hold the lock, a file in the user's folder for settings."""
        return self._lock_file.lock()

    def _unusable(self, error: Exception) -> SettingError:
        return SettingError(
            f"The system's keyring cannot be used ({type(error).__name__}); unlock it, or set {_SETTING} to a file's "
            "path",
            setting=_SETTING,
        )
