"""How much of a body's visible text a conversion kept, measured without the converter's own reading.

The measure knows nothing of macros or the tree: it strips tags with regular expressions and compares words, so a
fault of the converter cannot hide from it.
"""

import html
import re

_HIDDEN = re.compile(
    r"<(ac:parameter|ac:default-parameter|ac:task-id|ac:task-uuid|ac:task-status|ac:adf-attribute|ac:adf-fallback"
    r"|ac:placeholder|style)\b[^>]*(?<!/)>.*?</\1>",
    re.DOTALL,
)
_INLINE = re.compile(
    r"</?(?:a|abbr|b|big|code|del|em|font|i|ins|kbd|mark|s|small|span|strong|sub|sup|tt|u|ac:inline-comment-marker)\b[^>]*>"
)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_WORD = re.compile(r"\w+")


def kept_share(storage: str, text: str) -> float:
    """Return the share of the characters of a body's visible words that are in its plain text.

    Args:
        storage: The body in storage format.
        text: What the conversion gave as plain text.

    Returns:
        From 0 to 1; 1 for a body without visible words.
    """
    if not storage:
        return 1.0
    pieces = _CDATA.split(storage)
    marked_up = "\x00".join(pieces[::2])
    visible = html.unescape(_TAG.sub(" ", _INLINE.sub("", _HIDDEN.sub(" ", marked_up))))
    words = set(_WORD.findall(visible))
    for plain in pieces[1::2]:
        words.update(_WORD.findall(plain))
    kept = set(_WORD.findall(text))
    every = sum(map(len, words))
    return 1.0 if not every else round(1 - sum(map(len, words - kept)) / every, 4)
