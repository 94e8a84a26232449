"""Writing text so that a CommonMark parser reads it back as the same text.

Rules are those of CommonMark 0.31 and GitHub Flavored Markdown; each function covers one place where text can
stand.
"""

import re

# Characters that may start markup in running text; the rest only matter at the start of a line.
SPECIAL = re.compile(r"[\\`*_\[\]<&~]")
# That set comes first here too, for a pattern that starts with a set is searched many times faster;
# so does the set of _DESTINATION.
_ESCAPED = re.compile(
    r"[\\`*_\[\]<&~](?:"
    r"(?<=[\\`*\[\]~])"  # always
    r"|(?<=<)(?![\s=\d])"  # may open a tag or an autolink
    r"|(?<=&)(?=[#\w]|$)"  # may open an entity
    r"|(?<=_)(?:(?<![^\W_]_)|(?![^\W_]))"  # an underscore inside a word is inert
    r")"
)
LINE_START_CHARACTERS = frozenset("#>-+=|:0123456789")
_LINE_START = re.compile(
    r"#{1,6}(?=\s|$)"  # heading
    r"|>"  # block quote
    r"|[-+](?=\s|$)"  # bullet
    r"|-(?=[-\s]*$)"  # thematic break, setext underline
    r"|=(?==*\s*$)"  # setext underline
    r"|[|:-](?=[-:|\s]*$)"  # delimiter row of a table
    r"|(?<=\d)[.)](?=\s|$)"  # placed by _ORDERED
)
_ORDERED = re.compile(r"(\d{1,9})([.)])(?=\s|$)")
_BACKTICKS = re.compile(r"`+")
_AFTER_NEWLINE = re.compile(r"\n(?=[^\n])")
_DESTINATION = re.compile(r"[\s()<>\\`\x00-\x1f\"|&](?:(?<!&)|(?=[#\w]))")
_NOT_HTML_TEXT = re.compile(r"[\s&<>\"]")
_AUTOLINK = re.compile(r"https?://[^\s<>\x00-\x1f\x7f\\`]+")


def escape_text(text: str) -> str:
    """Return running text with every character escaped that could start inline markup."""
    return _ESCAPED.sub(_with_backslash, text)


def _with_backslash(match: re.Match[str]) -> str:
    return "\\" + match[0]


def escape_line_start(line: str) -> str:
    """Return an escaped line so that its start is not read as a heading, list, quote, rule or table."""
    if not line or line[0] not in LINE_START_CHARACTERS:
        return line
    if ordered := _ORDERED.match(line):
        number, mark = ordered.groups()
        return f"{number}\\{mark}{line[ordered.end() :]}"
    return "\\" + line if _LINE_START.match(line) else line


def escape_heading_end(line: str) -> str:
    """Return heading content whose trailing ``#`` are not read as the optional closing sequence."""
    if not line.endswith("#"):
        return line
    body = line.rstrip("#")
    return body + "\\" + line[len(body) :] if not body or body[-1].isspace() else line


def code_span(code: str) -> str:
    """Return an inline code span whose content reads back as ``code`` (newlines as spaces)."""
    if not code.strip(" \n"):
        return code.replace("\n", " ")
    code = code.replace("\n", " ")
    if "`" in code:
        longest = max(map(len, _BACKTICKS.findall(code)))
        runs = {len(run) for run in _BACKTICKS.findall(code)}
        length = next(n for n in range(1, longest + 2) if n not in runs)
        fence = "`" * length
    else:
        fence = "`"
    pad = " " if "`" in (code[0], code[-1]) or code[0] == code[-1] == " " else ""
    return f"{fence}{pad}{code}{pad}{fence}"


def code_fence(code: str, language: str = "") -> str:
    """Return a fenced code block whose content is ``code`` and a newline, byte for byte."""
    fence = "```"
    if "```" in code:
        fence = "`" * (max(map(len, _BACKTICKS.findall(code))) + 1)
    info = re.sub(r"[`\s]+", "-", language.strip()) if language else ""
    return f"{fence}{info}\n{code}\n{fence}"


def indent(block: str, prefix: str) -> str:
    """Return a block with every line but the first, and no blank one, moved right by ``prefix``."""
    return _AFTER_NEWLINE.sub("\n" + prefix, block) if "\n" in block else block


def quote(block: str) -> str:
    """Return a block as a block quote."""
    return "\n".join([f"> {line}" if line else ">" for line in block.split("\n")])


def destination(url: str) -> str:
    """Return a URL fit for the round brackets of a link: nothing in it ends the link early."""
    return _DESTINATION.sub(_encode, url) if _DESTINATION.search(url) else url


def is_autolink(url: str) -> bool:
    """Return whether an address may be written ``<address>``."""
    return _AUTOLINK.fullmatch(url) is not None


def _encode(match: re.Match[str]) -> str:
    character = match[0]
    return "&amp;" if character == "&" else f"%{ord(character):02X}"


def link_title(title: str) -> str:
    """Return a link's or image's title with its quotes, led by a space; nothing for an empty title."""
    title = " ".join(title.split())
    if not title:
        return ""
    return ' "' + escape_text(title).replace('"', '\\"') + '"'


def html_text(text: str) -> str:
    """Return text fit for HTML inside Markdown, content or attribute, on one line."""
    if not _NOT_HTML_TEXT.search(text):  # as in nearly every anchor's name
        return text
    text = " ".join(text.split())
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
