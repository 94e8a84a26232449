"""From what a person wrote as the lake's address to the storage behind it, and to what may be shown of it."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from fsspec.core import url_to_fs

from confluence_pipeline.lake.errors import HIDDEN, SETTING, LakeError, explained, scrub
from confluence_pipeline.lake.local import LocalStorage
from confluence_pipeline.lake.remote import RemoteStorage
from confluence_pipeline.lake.storage import Storage

_SCHEME = re.compile(r"([a-z][a-z0-9+.-]+)(?:::|://)", re.IGNORECASE)
_LOCAL_SCHEME = re.compile(r"(?:file|local)://", re.IGNORECASE)
_USER_INFO = re.compile(r"([a-z][a-z0-9+.-]+)://([^/@?#]*(?:@[^/@?#]*)*)@", re.IGNORECASE)
_QUERY_VALUE = re.compile(r"(?<=[=?&])([^=?&]+)(?=&|$)")
_SECRET_OPTION = re.compile(r"secret|token|key|pass|sas|credential|connection|auth", re.IGNORECASE)

_NAME_BEFORE_AT = frozenset(
    {"abfs", "abfss", "az", "adl", "wasb", "wasbs", "ftp", "hdfs", "sftp", "smb", "ssh", "webhdfs"}
)
"""Schemes where a word before ``@`` is a container or a user, and no secret; a password after ``:`` always is."""

_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gcs", "gcs": "gcs"} | dict.fromkeys(("abfs", "abfss", "az"), "azure")


def _secrets_in_uri(uri: str) -> Iterator[str]:
    for scheme, user_info in _USER_INFO.findall(uri):
        name, _, password = user_info.partition(":")
        yield password
        if scheme.lower() not in _NAME_BEFORE_AT:
            yield name
    _, _, query = uri.partition("?")
    yield from _QUERY_VALUE.findall(f"?{query}" if query else "")


def _secrets_in_options(options: Mapping[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        if isinstance(value, Mapping):
            yield from _secrets_in_options(value)
        elif isinstance(value, str) and _SECRET_OPTION.search(name):
            yield value


def _secrets(uri: str, options: Mapping[str, Any]) -> frozenset[str]:
    found = {*_secrets_in_uri(uri), *_secrets_in_options(options)}
    return frozenset((found | {unquote(secret) for secret in found}) - {""})


def redacted(uri: str) -> str:
    """Return an address that may be shown: passwords, tokens and the values of a query are hidden.

    A local path comes back as it is.
    """
    if not _SCHEME.match(uri):
        return uri
    shown = _USER_INFO.sub(_hide_user_info, uri)
    base, mark, query = shown.partition("?")
    return base + mark + _QUERY_VALUE.sub(HIDDEN, f"?{query}")[1:] if mark else base


def _hide_user_info(match: re.Match[str]) -> str:
    scheme, user_info = match.groups()
    name, colon, _ = user_info.partition(":")
    shown = name if scheme.lower() in _NAME_BEFORE_AT else HIDDEN
    return f"{scheme}://{shown}{colon and ':' + HIDDEN}@"


def _local_root(path: str) -> Path:
    try:
        return Path(path).expanduser().absolute()
    except (RuntimeError, ValueError) as error:
        raise LakeError(f"{SETTING} is {path!r}, which is not a path: {error}.") from error


def open_storage(uri: str, options: Mapping[str, Any]) -> Storage:
    """Open the storage at an address, without touching it yet.

    Args:
        uri: A path (relative to the working folder, ``~`` allowed), or any URI that fsspec knows.
        options: What fsspec's file system takes, such as ``key`` and ``secret`` for S3.

    Raises:
        LakeError: If the address is empty or of an unknown kind, or needs a package that is not installed.
    """
    address = uri.strip()
    if not address or "\0" in address:
        raise LakeError(f"{SETTING} is empty: give a folder, or a URI such as s3://bucket/folder.")
    scheme = _SCHEME.match(address)
    if not scheme or _LOCAL_SCHEME.match(address):
        return LocalStorage(_local_root(_LOCAL_SCHEME.sub("", address)))
    shown = redacted(address).rstrip("/")
    secrets = _secrets(address, options)
    with explained(shown, "open it", secrets):
        try:
            file_system, root = url_to_fs(address, **options)
        except ImportError as error:
            raise LakeError(_needed(shown, scheme[1].lower(), scrub(str(error), secrets))) from None
    return RemoteStorage(file_system, root.rstrip("/"), shown, secrets)


def _needed(shown: str, scheme: str, reason: str) -> str:
    extra = _EXTRAS.get(scheme)
    advice = f"pip install 'confluence-pipeline[{extra}]'" if extra else reason
    return f"{SETTING} ({shown}) needs a package that is not installed: {advice}."
