"""Document trees of Markdown, as its parser sees them, for comparing two ways to write the same document."""

import re
from urllib.parse import unquote

from markdown_it.token import Token

from confluence_pipeline_tests.content.reading import parser

Tree = list[tuple[str, ...]]
_FRONT_MATTER = re.compile(r"\A\s*---\n.*?\n---\n", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->\n?", re.DOTALL)
_ALERT = re.compile(r"\A\[!\w+\]\s*")


def tree(markdown: str) -> Tree:
    """Return a document as a flat list of what opens and closes, and of the texts in between.

    Left out is what has no meaning in the other document: comments, front matter, the label of an alert (each
    tool has words of its own) and how white space and soft breaks are written.
    """
    markdown = _COMMENT.sub("", _FRONT_MATTER.sub("", markdown))
    found: Tree = []
    for token in parser().parse(markdown):
        if token.type == "inline":
            _add_inline(token, found)
        elif token.type in ("fence", "code_block"):
            found.append(("code", token.content.strip("\n"), (token.info.split() or [""])[0]))
        elif token.type == "html_block":
            found.append(("html", " ".join(token.content.split())))
        elif not token.hidden:
            found.append((token.type, token.tag))
    return _joined(found)


def _add_inline(token: Token, found: Tree) -> None:
    for child in token.children or ():
        if child.type in ("text", "text_special", "softbreak"):
            found.append(("text", child.content or " "))
        elif child.type == "link_open":
            found.append(("link", unquote(str(child.attrs.get("href", "")))))
        elif child.type == "image":
            found.append(("image", child.content, unquote(str(child.attrs.get("src", "")))))
        else:
            found.append((child.type, child.content.replace("/>", ">")))


def _joined(found: Tree) -> Tree:
    """Join texts that follow each other, collapse their white space, and drop what is blank."""
    joined: Tree = []
    for item in found:
        if item[0] == "text" and joined and joined[-1][0] == "text":
            joined[-1] = ("text", joined[-1][1] + item[1])
        else:
            joined.append(item)
    cleaned: Tree = []
    for item in joined:
        if item[0] == "text":
            text = " ".join(item[1].split())
            if cleaned and cleaned[-1][0] == "paragraph_open":
                text = _ALERT.sub("", text)
            if not text:
                continue
            cleaned.append(("text", text))
        else:
            cleaned.append(item)
    return [item for position, item in enumerate(cleaned) if not _is_empty_paragraph(cleaned, position)]


def _is_empty_paragraph(items: Tree, position: int) -> bool:
    around = (
        items[position - 1][0] if position else "",
        items[position][0],
        *(item[0] for item in items[position + 1 : position + 2]),
    )
    return around[1:] == ("paragraph_open", "paragraph_close") or around[:2] == ("paragraph_open", "paragraph_close")
