"""What people may write as the lake's address, and what is shown of it."""

import traceback
from pathlib import Path

import fsspec
import pytest

from confluence_pipeline.lake import Lake, LakeError
from confluence_pipeline_tests.lake.file_systems import ObjectStore

CANARY = "c4n4ry/S3cret"


def test_a_local_address_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative path counts from the working folder, ~ is the home, file:// is a plain path; no slash at the end."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert Lake("lake/").uri == str(tmp_path / "lake")
    assert Lake("~/lake").uri == str(tmp_path / "home/lake")
    assert Lake(f"file://{tmp_path}/lake/").uri == str(tmp_path / "lake")
    assert Lake(str(tmp_path)).local_root == tmp_path


@pytest.mark.parametrize("name", ["with space", "ünïcode", "a@b?c=d#e", "per%20cent", "[x]*"])
def test_a_local_folder_may_have_any_name(tmp_path: Path, name: str) -> None:
    """Signs that mean something in a URI mean nothing in a path."""
    lake = Lake(str(tmp_path / name))
    lake.write_bytes("raw/a", b"x")
    assert (tmp_path / name / "raw/a").read_bytes() == b"x"
    assert lake.list_files("raw") == ["raw/a"]


def test_a_remote_address_is_shown_without_a_slash_at_the_end() -> None:
    """The address of a remote lake is the URI as it was given."""
    lake = Lake("memory://bucket/lake/")
    assert lake.uri == "memory://bucket/lake"
    assert lake.local_root is None


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("teststore://user:c4n4ry%2FS3cret@bucket/lake", "teststore://***:***@bucket/lake"),
        ("teststore://c4n4ry%2FS3cret@bucket/lake", "teststore://***@bucket/lake"),
        ("teststore://bucket/lake?sig=c4n4ry%2FS3cret&v=c4n4ry%2FS3cret", "teststore://bucket/lake?sig=***&v=***"),
        ("teststore://bucket/lake?c4n4ry%2FS3cret", "teststore://bucket/lake?***"),
    ],
)
def test_secrets_in_an_address_are_not_shown(stores: None, address: str, shown: str) -> None:
    """Passwords, tokens and signatures show neither in the address nor in an error, even if the store repeats them."""
    lake = Lake(address)
    assert lake.uri == shown
    ObjectStore.full = True
    with pytest.raises(LakeError) as caught:
        lake.write_bytes("raw/a", b"x")
    said = "".join(traceback.format_exception(caught.value)) + repr(lake) + repr(caught.value)
    assert "c4n4ry" not in said


def test_a_container_before_the_at_sign_is_no_secret() -> None:
    """In an Azure address what stands before @ is the container, which people need to see."""
    if "abfs" in fsspec.available_protocols():
        with pytest.raises(LakeError) as caught:
            Lake("abfs://pages@account.dfs.core.windows.net/lake")
        assert "abfs://pages@account.dfs.core.windows.net/lake" in str(caught.value)


class _Chatty(ObjectStore):
    """A store whose errors repeat its credentials."""

    protocol = "chatty"

    def __init__(self, token: str = "", client_options: dict[str, str] | None = None, **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.token = token
        self.client_options = client_options or {}

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.removeprefix("chatty://").strip("/")

    def pipe_file(self, *_arguments: object, **_options: object) -> None:
        raise RuntimeError(f"403 for token {self.token} and {self.client_options}")


def test_secrets_in_options_are_not_shown_even_if_the_store_repeats_them() -> None:
    """A store's error that repeats a credential reaches neither the message nor the traceback."""
    fsspec.register_implementation("chatty", _Chatty, clobber=True)
    options = {"token": CANARY, "client_options": {"aws_secret": f"2{CANARY}"}}
    with pytest.raises(LakeError, match="403 for token") as caught:
        Lake("chatty://bucket/lake", options).write_bytes("a", b"x")
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_a_harmless_cause_is_kept(stores: None) -> None:
    """Where it tells no secret, the store's own error is the cause, for who has to look closer."""
    ObjectStore.full = True
    with pytest.raises(LakeError) as caught:
        Lake("teststore://bucket/lake").write_bytes("a", b"x")
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize("address", ["", "  ", "nosuch://bucket/x", "a\0b"])
def test_an_address_that_cannot_be_is_refused_with_the_setting(address: str) -> None:
    """An empty address and an unknown scheme name the setting."""
    with pytest.raises(LakeError, match="CONFLUENCE_LAKE"):
        Lake(address)


@pytest.mark.parametrize(("scheme", "extra"), [("s3", "s3"), ("gs", "gcs"), ("abfs", "azure")])
def test_a_missing_package_is_named_by_our_extra(scheme: str, extra: str) -> None:
    """A store whose package is not installed says which extra brings it; one that is installed opens."""
    try:
        fsspec.get_filesystem_class(scheme)
    except ImportError:
        with pytest.raises(LakeError, match=rf"CONFLUENCE_LAKE .*confluence-pipeline\[{extra}\]"):
            Lake(f"{scheme}://bucket/lake")
    else:
        pytest.skip(f"the package for {scheme} is installed")
