"""Where a login is kept between runs: the interface, which a deployment can fill with its own secret store."""

from contextlib import AbstractContextManager
from importlib import import_module
from pathlib import Path
from typing import Protocol, runtime_checkable

from confluence_pipeline.confluence.auth.file_store import FileStore, default_file
from confluence_pipeline.confluence.auth.keyring_store import KeyringStore
from confluence_pipeline.confluence.errors import SettingError

STORE_SETTING = "CONFLUENCE_TOKEN_STORE"
KEYRING = "keyring"


@runtime_checkable
class TokenStore(Protocol):
    """Keeps one login, a text that is a secret and means nothing to the store; ``str()`` of it says where.

    A refresh token dies when it is used and its successor comes in the answer, so :meth:`save` must not return before
    the text would survive the end of this process and of the machine.
    """

    def load(self) -> str | None:
        """Return what was saved last, by whatever process; None if there is nothing.

        Raises:
            SettingError: It cannot be read, or others could read it.
        """
        ...

    def save(self, text: str) -> None:
        """Keep a text in place of what was kept before: afterwards there is the one or the other, whatever happens.

        Raises:
            SettingError: It cannot be written.
        """
        ...

    def remove(self) -> None:
        """Keep nothing any more; it is fine if there was nothing.

        Raises:
            SettingError: It cannot be removed.
        """
        ...

    def lock(self) -> AbstractContextManager[object]:
        """Return what only one thread of all processes that use this store can be in at a time; others wait for it.

        Raises:
            SettingError: There can be no lock.
            SiteUnavailableError: Another process has held it for too long.
        """
        ...


def open_store(setting: str | None, client_id: str) -> TokenStore:
    """Return the store that a setting names.

    Args:
        setting: A file's path, ``keyring``, or ``package.module:factory``, the name of a function that takes the
            app's client id and returns a :class:`TokenStore`; None for a file in the user's own folder.
        client_id: The app that the login belongs to.

    Raises:
        SettingError: There is no such store.
    """
    if setting is None:
        return FileStore(default_file(client_id))
    if setting == KEYRING:
        return KeyringStore(client_id)
    module, colon, name = setting.partition(":")
    if colon and all(part.isidentifier() for part in [*module.split("."), name]):
        return _made_by(module, name, client_id)
    return FileStore(Path(setting).expanduser())


def _made_by(module: str, name: str, client_id: str) -> TokenStore:
    try:
        factory = getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise SettingError(
            f"{STORE_SETTING} is {module}:{name}, which cannot be imported ({error}); set it to the function that "
            "makes your store, a file's path, or keyring",
            setting=STORE_SETTING,
        ) from error
    store = factory(client_id)
    if not isinstance(store, TokenStore):
        raise SettingError(
            f"{STORE_SETTING} is {module}:{name}, which gives no store: it needs the methods load, save, remove "
            "and lock",
            setting=STORE_SETTING,
        )
    return store
