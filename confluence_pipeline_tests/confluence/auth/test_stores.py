"""Where a login is kept: durable, for its owner alone, and refused in one sentence where it cannot be."""

import os
import sys
import types
from contextlib import AbstractContextManager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from confluence_pipeline.confluence import SettingError
from confluence_pipeline.confluence.auth.file_store import FileStore, default_file
from confluence_pipeline.confluence.auth.stored_login import Grant, StoredLogin, from_text, to_text
from confluence_pipeline.confluence.auth.token_store import TokenStore, open_store
from confluence_pipeline_tests.confluence.auth.renewing import renewal
from confluence_pipeline_tests.confluence.auth.token_server import FIRST, token_server

CANARY = "c4n4ry-refresh"
SETTING = "CONFLUENCE_TOKEN_STORE"


class MemoryStore:
    """A deployment's own store."""

    def __init__(self, client_id: str) -> None:
        self.client_id = client_id
        self.text: str | None = None

    def load(self) -> str | None:
        """Return the text."""
        return self.text

    def save(self, text: str) -> None:
        """Keep a text."""
        self.text = text

    def remove(self) -> None:
        """Keep none."""
        self.text = None

    def lock(self) -> AbstractContextManager[object]:
        """Return a lock for a single thread."""
        return nullcontext()


def fails_with(store: FileStore, call: str) -> str:
    """Return the one sentence that a call on a store ends with."""
    with pytest.raises(SettingError) as caught:
        store.save("x") if call == "save" else getattr(store, call)()
    assert caught.value.setting == SETTING
    assert SETTING in str(caught.value) or "chmod" in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_file_is_for_its_owner_alone_and_replaced_as_a_whole(tmp_path: Path) -> None:
    """What is saved is loaded, nothing else is left, and folder and file are private."""
    store = FileStore(tmp_path / "new" / "login.json")
    assert store.load() is None
    for text in ("one", "two ✓"):
        store.save(text)
        assert FileStore(tmp_path / "new" / "login.json").load() == text
    assert (tmp_path / "new").stat().st_mode & 0o077 == 0
    assert (tmp_path / "new" / "login.json").stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path / "new") == ["login.json"]
    store.remove()
    store.remove()
    assert store.load() is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622])
def test_a_file_that_others_can_read_or_write_is_refused(tmp_path: Path, mode: int) -> None:
    """The command that mends it is named, and nothing is read."""
    store = FileStore(tmp_path / "login.json")
    store.save(CANARY)
    (tmp_path / "login.json").chmod(mode)
    said = fails_with(store, "load")
    assert "can be read by others" in said
    assert "chmod 600" in said
    assert CANARY not in said


def test_what_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    """A folder in the file's place, a file in the folder's place, a link, and bytes that are no text."""
    (tmp_path / "login.json").mkdir()
    for call in ("load", "save", "remove"):
        assert "cannot be" in fails_with(FileStore(tmp_path / "login.json"), call)
    (tmp_path / "plain").write_text("x")
    assert "cannot be written" in fails_with(FileStore(tmp_path / "plain" / "login.json"), "save")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert "cannot be read" in fails_with(FileStore(tmp_path / "link"), "load")
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    (tmp_path / "bytes").chmod(0o600)
    assert "it is not text" in fails_with(FileStore(tmp_path / "bytes"), "load")


def test_a_folder_that_is_read_only_is_told_before_anything_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, where waiting for a lock would be in vain, and before a refresh token is used."""
    store = FileStore(tmp_path / "login.json")
    store.save("old")
    before = sorted(os.listdir(tmp_path))
    monkeypatch.setattr(os, "access", lambda *_: False)  # as root may write everywhere
    with pytest.raises(SettingError, match=rf"cannot be written.*{SETTING}") as caught, store.lock():
        pytest.fail("there is no lock without a file for it")
    assert caught.value.setting == SETTING
    assert (store.load(), sorted(os.listdir(tmp_path))) == ("old", before)
    with token_server() as server:
        with pytest.raises(SettingError, match="cannot be written"):
            renewal(server.url, tmp_path / "login.json", FIRST).login()
        assert server.asked == []


def test_a_file_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who owns it could change it."""
    store = FileStore(tmp_path / "login.json")
    store.save(CANARY)
    monkeypatch.setattr(os, "getuid", lambda: -1)
    with pytest.raises(SettingError, match=rf"belongs to another user.*{SETTING}") as caught:
        store.load()
    assert CANARY not in str(caught.value)


def test_a_failed_save_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk costs neither the old login nor leaves half of the new one."""
    store = FileStore(tmp_path / "login.json")
    store.save("old")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in fails_with(store, "save")
    monkeypatch.undo()
    assert store.load() == "old"
    assert os.listdir(tmp_path) == ["login.json"]


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", "not json", '{"format": 2}', '{"format": 1, "client_id": 7, "refresh_token": "x"}']
)
def test_a_store_with_something_else_in_it_is_refused(text: str) -> None:
    """The place and the command are named, and the content is not repeated."""
    with pytest.raises(SettingError, match=r"the place does not hold a login.*`confluence-pipeline login`"):
        from_text(text, "the place")


@given(
    st.builds(
        StoredLogin,
        client_id=st.text(),
        refresh_token=st.text(),
        access_token=st.text(),
        scopes=st.lists(st.text()).map(tuple),
        pending_since=st.none() | st.floats(0, 1e10),
        refusal=st.none() | st.text(),
    )
)
def test_a_login_survives_being_stored(login: StoredLogin) -> None:
    """What comes out of a store is what went in, and does not show its tokens."""
    assert from_text(to_text(login), "it") == login
    assert CANARY not in repr(StoredLogin("app", CANARY, CANARY))


@pytest.mark.parametrize(
    ("before", "told", "after"),
    [(("a",), ("a", "b"), ("a",)), (("a", "b"), ("a",), ("a",)), ((), ("a",), ("a",)), (("a",), (), ("a",))],
)
def test_a_renewed_login_may_do_no_more_than_before(
    before: tuple[str, ...], told: tuple[str, ...], after: tuple[str, ...]
) -> None:
    """The scopes of a token that is good for several sites do not widen what is known of the one that was chosen."""
    login = StoredLogin("app", "old", scopes=before)
    assert login.with_grant(Grant("token", 60, "new", told), 0).scopes == after


def test_the_setting_names_a_file_the_keyring_or_a_function(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each form leads to its store; each app has a file of its own by default."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    assert str(open_store(None, "app/1")) == str(default_file("app/1"))
    assert default_file("a") != default_file("b")
    assert str(open_store("~/login.json", "app")) == str(tmp_path / "login.json")
    module = types.ModuleType("deployment_store")
    vars(module).update(made=MemoryStore, wrong=lambda _: object())
    monkeypatch.setitem(sys.modules, "deployment_store", module)
    store = open_store("deployment_store:made", "app")
    assert isinstance(store, MemoryStore)
    assert isinstance(store, TokenStore)
    assert store.client_id == "app"
    for wrong in ("deployment_store:wrong", "deployment_store:missing", "no_such_module:made"):
        with pytest.raises(SettingError, match=SETTING):
            open_store(wrong, "app")


@pytest.fixture
def keyring_double(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """A keyring that keeps what it is given, under the name of the real package."""
    kept: dict[tuple[str, str], str] = {}
    package, errors = types.ModuleType("keyring"), types.ModuleType("keyring.errors")
    vars(errors)["KeyringError"] = type("KeyringError", (Exception,), {})

    def delete(service: str, name: str) -> None:
        del kept[service, name]

    def get(service: str, name: str) -> str | None:
        if name == "locked":
            raise vars(errors)["KeyringError"]
        return kept.get((service, name))

    def put(service: str, name: str, text: str) -> None:
        kept[service, name] = text

    functions: dict[str, Any] = {"get_password": get, "set_password": put, "delete_password": delete}
    vars(package).update(functions)
    monkeypatch.setitem(sys.modules, "keyring", package)
    monkeypatch.setitem(sys.modules, "keyring.errors", errors)
    return kept


def test_the_keyring_keeps_a_login(keyring_double: dict[tuple[str, str], str]) -> None:
    """Save, load and remove; one that is locked is told in one sentence."""
    store = open_store("keyring", "app")
    assert store.load() is None
    store.save("text")
    assert (store.load(), keyring_double) == ("text", {("confluence-pipeline", "app"): "text"})
    store.remove()
    store.remove()
    assert keyring_double == {}
    with pytest.raises(SettingError, match=rf"cannot be used.*{SETTING}"):
        open_store("keyring", "locked").load()


def test_the_real_package_is_spoken_to_as_it_wants() -> None:
    """With a keyring of its own that keeps nothing on this machine; without any, the way out is named."""
    keyring = pytest.importorskip("keyring", reason="the extra keyring is not installed")
    fail, backend = import_module("keyring.backends.fail"), import_module("keyring.backend")
    kept: dict[tuple[str, str], str] = {}

    class Memory(backend.KeyringBackend):  # type: ignore[misc,name-defined]
        priority = 1

        def get_password(self, service: str, username: str) -> str | None:
            return kept.get((service, username))

        def set_password(self, service: str, username: str, password: str) -> None:
            kept[service, username] = password

        def delete_password(self, service: str, username: str) -> None:
            del kept[service, username]

    before = keyring.get_keyring()
    try:
        keyring.set_keyring(Memory())
        store = open_store("keyring", "app")
        store.save(CANARY)
        assert store.load() == CANARY
        store.remove()
        assert (store.load(), kept) == (None, {})
        keyring.set_keyring(fail.Keyring())
        with pytest.raises(SettingError, match=SETTING):
            store.load()
    finally:
        keyring.set_keyring(before)


def test_without_the_package_the_keyring_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(SettingError, match=r"keyring.*pip install"):
        open_store("keyring", "app")
