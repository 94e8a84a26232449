"""Reading Markdown back with a parser of its own, as any consumer would."""

import html
import re
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.token import Token

_TAG = re.compile(r"<!--.*?-->|</?[A-Za-z][^<>]*>", re.DOTALL)
_ALERT = re.compile(r"\A\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\](\n|\Z)")
_CHECK_BOX = re.compile(r"\A\[[ x]\](\s|\Z)")


def parser() -> MarkdownIt:
    """Return a CommonMark parser with GitHub's tables and strikethrough."""
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    markdown.validateLink = _is_link  # type: ignore[method-assign,assignment]
    return markdown


def _is_link(_url: str) -> bool:
    """Take every destination for a link, as CommonMark does; the parser by itself refuses ``file:``."""
    return True


@dataclass
class Reading:
    """What a Markdown document holds, as its parser sees it."""

    text: str = ""
    fences: list[str] = field(default_factory=list)
    destinations: list[str] = field(default_factory=list)


def read(markdown: str) -> Reading:
    """Parse Markdown and return its text, its code blocks and its link destinations.

    Alert labels and check boxes are GitHub's mark-up, though CommonMark takes them for text; they are left out.
    """
    reading = Reading()
    parts: list[str] = []
    tokens = parser().parse(markdown)
    for position, token in enumerate(tokens):
        if token.type == "inline":
            parts.append(_inline(token, tokens[:position], reading))
        elif token.type in ("fence", "code_block"):
            reading.fences.append(token.content)
            parts.append(token.content)
        elif token.type == "html_block":
            parts.append(html.unescape(_TAG.sub(" ", token.content)))
    reading.text = "\n".join(parts)
    return reading


def _inline(token: Token, before: list[Token], reading: Reading) -> str:
    parts = []
    for child in token.children or ():
        if child.type in ("text", "code_inline", "text_special"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "image":
            parts.append(_inline(child, [], reading))
            reading.destinations.append(str(child.attrs.get("src", "")))
        elif child.type == "html_inline" and child.content.startswith("<br"):
            parts.append("\n")
        elif child.type == "link_open":
            reading.destinations.append(str(child.attrs.get("href", "")))
    text = "".join(parts)
    around = [other.type for other in before[-2:]]
    if around == ["blockquote_open", "paragraph_open"]:
        text = _ALERT.sub("", text) if _ALERT.match(token.content) else text
    if around == ["list_item_open", "paragraph_open"]:
        text = _CHECK_BOX.sub("", text) if _CHECK_BOX.match(token.content) else text
    return text


def squeezed(text: str) -> str:
    """Return text without any white space, to compare words and their order only."""
    return "".join(text.split())
