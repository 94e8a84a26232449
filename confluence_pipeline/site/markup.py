"""The little the site needs to know about storage format: its text, a plain ADF of it, and its tasks."""

import html
import json
import re
from typing import Any

_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_PARAMETERS = re.compile(
    r"<ac:(parameter|task-id|task-uuid|task-status|adf-fallback)\b[^>]*(?:/>|>.*?</ac:\1>)", re.DOTALL
)
_BLOCK_END = re.compile(
    r"</(?:p|h[1-6]|li|tr|t[dh]|pre|blockquote|div|ac:(?:plain-text-body|rich-text-body|task-body|caption))>"
    r"|<(?:br|hr)\s*/?>"
)
_TAG = re.compile(r"<[^>]*>")
_MACRO = re.compile(r'<ac:(?:structured-)?macro\b[^>]*?\bac:name="([^"]+)"')
_MENTION = re.compile(r'<ri:user\b[^>]*?\bri:(?:account-id|userkey)="([^"]+)"')


def text_of(storage: str) -> str:
    """Return the visible text of a storage-format body, a line a block, for search and for excerpts."""
    storage = _PARAMETERS.sub("", storage)
    storage = _CDATA.sub(lambda match: html.escape(match[1], quote=False), storage)
    plain = html.unescape(_TAG.sub("", _BLOCK_END.sub("\n", storage)))
    return "\n".join(line for line in (" ".join(line.split()) for line in plain.split("\n")) if line)


def macros_in(storage: str) -> set[str]:
    """Return the names of the macros in a body."""
    return set(_MACRO.findall(storage))


def mentions_in(storage: str) -> list[str]:
    """Return the account ids (user keys on a Data Center) that a body mentions, in order, as often as it does."""
    return _MENTION.findall(storage)


def adf_of(storage: str) -> str:
    """Return ``atlas_doc_format`` for a body: the JSON, as a string, of a document of its paragraphs' text.

    The text is all there; headings, tables and macros come out as plain paragraphs.
    """
    paragraphs: list[dict[str, Any]] = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}]}
        for line in text_of(storage).split("\n")
        if line
    ]
    return json.dumps({"type": "doc", "content": paragraphs, "version": 1}, ensure_ascii=False)
