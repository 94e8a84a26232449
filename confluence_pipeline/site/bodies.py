"""Request bodies of writes, read and checked field by field."""

import json
from typing import Any

from confluence_pipeline.site.call import Call, read_id
from confluence_pipeline.site.errors import ApiError, bad_request

_LARGEST_BODY = 5 * 1024 * 1024
_LONGEST_TITLE = 255


def text_field(body: dict[str, Any], name: str) -> str:
    """Return a field that must be a string with something in it."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise bad_request(f"'{name}' must be a string that is not blank.")
    return value


def title_field(body: dict[str, Any]) -> str:
    """Return the title, which is at most 255 characters long."""
    title = text_field(body, "title")
    if len(title) > _LONGEST_TITLE:
        raise bad_request(f"Title is too long: at most {_LONGEST_TITLE} characters; it has {len(title)}.")
    return title


def id_field(body: dict[str, Any], name: str) -> int | None:
    """Return an id written as a string or a number, or None when it is not there."""
    value = body.get(name)
    return None if value is None else read_id(str(value), name)


def storage_field(body: dict[str, Any], *, largest: int = _LARGEST_BODY) -> str:
    """Return the storage format of a ``body``; 413 when it is over 5 MB (v2 specification, POST /pages).

    Both forms are taken: ``{"representation": "storage", "value": …}`` and ``{"storage": {"value": …}}``. ADF
    is kept as its text in paragraphs.
    """
    held = body.get("body")
    if held is None:
        return ""
    if not isinstance(held, dict):
        raise bad_request("'body' must be an object.")
    if "representation" not in held:
        held = next((part for part in held.values() if isinstance(part, dict)), {})
    value, representation = held.get("value", ""), held.get("representation", "storage")
    if not isinstance(value, str):
        raise bad_request("'body.value' must be a string.")
    if len(value.encode()) > largest:
        raise ApiError(413, "The body is over 5 MB.")
    if representation == "storage":
        return value
    if representation == "atlas_doc_format":
        return _paragraphs(value)
    raise bad_request(f"'body.representation' cannot be '{representation}'.")


def _paragraphs(value: str) -> str:
    try:
        document = json.loads(value)
    except ValueError as error:
        raise bad_request("'body.value' is not an ADF document.") from error
    return "".join(f"<p>{_escaped(_adf_text(block))}</p>" for block in _adf_content(document))


def _adf_content(node: object) -> list[Any]:
    inner = node.get("content") if isinstance(node, dict) else None
    return inner if isinstance(inner, list) else []


def _adf_text(node: object) -> str:
    own = str(node.get("text", "")) if isinstance(node, dict) else ""
    return own + "".join(_adf_text(child) for child in _adf_content(node))


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def version_field(body: dict[str, Any]) -> tuple[int, str]:
    """Return the number and the message of the version to be saved."""
    version = body.get("version")
    number = version.get("number") if isinstance(version, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        raise bad_request("'version.number' must be a whole number.")
    return number, str(version.get("message") or "") if isinstance(version, dict) else ""


def json_value(call: Call) -> Any:
    """Return the request's body, any JSON value."""
    try:
        return json.loads(call.body)
    except ValueError as error:
        raise bad_request("The request body is not JSON.") from error
