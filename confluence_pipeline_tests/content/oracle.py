"""What a storage-format body holds, found by a plain walk over its XML that shares nothing with the converter."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5

from lxml import etree

AC, RI = "urn:ac", "urn:ri"
_HIDDEN = {
    f"{{{AC}}}{name}"
    for name in (
        "parameter", "default-parameter", "task-id", "task-uuid", "task-status", "adf-attribute",
    )
} | {"style", "script"}  # fmt: skip
_SECTIONS = re.compile(r"(<!\[CDATA\[.*?\]\]>)", re.DOTALL)
_REFERENCE = re.compile(r"&(?!(?:lt|gt|amp|quot|apos|#\d+|#[xX][0-9a-fA-F]+);)([A-Za-z]\w*);")
_NAME_SPACE = re.compile(r"\sxmlns(?::ac|:ri)?=\"[^\"]*\"")
_PROLOG = re.compile(r"\A\s*<\?xml.*?\?>\s*<!DOCTYPE.*?\]>", re.DOTALL)


@dataclass
class Facts:
    """What must not be lost from a body.

    Attributes:
        texts: Visible text nodes, white space removed, in document order.
        codes: Code bodies, byte for byte.
        targets: Titles, file names, ids, keys and addresses that something refers to.
        cells: Texts of table cells, white space removed.
    """

    texts: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    targets: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)


def parse(body: str) -> etree._Element:
    """Return the body as the root of a tree; entities of HTML become characters outside CDATA."""
    prolog = _PROLOG.match(body)
    if prolog:
        body = _NAME_SPACE.sub("", body[prolog.end() :], count=3)
    parts = [
        part if part.startswith("<![CDATA[") else _REFERENCE.sub(_character, part) for part in _SECTIONS.split(body)
    ]
    source = f'<body xmlns:ac="{AC}" xmlns:ri="{RI}" xmlns:at="urn:at">{"".join(parts)}</body>'
    return etree.fromstring(source, etree.XMLParser(resolve_entities=False, huge_tree=True, no_network=True))


def facts(root: etree._Element) -> Facts:
    """Gather what a body holds."""
    found = Facts()
    for text in _visible(root):
        if squeezed := "".join(text.split()):
            found.texts.append(squeezed)
    for element in root.iter(etree.Element):
        if not _is_fallback(element):
            _element_facts(element, found)
    return found


def _element_facts(element: etree._Element, found: Facts) -> None:
    name = str(element.tag)
    if name == f"{{{AC}}}plain-text-body":
        found.codes.append("".join(map(str, element.itertext())))
    elif name in ("td", "th"):
        found.cells.append("".join("".join(_visible(element)).split()))
    if name == "a" and element.get("href") is not None:
        found.targets.append(element.get("href", ""))
    if name.startswith(f"{{{RI}}}"):
        for attribute in ("content-title", "filename", "account-id", "userkey", "username", "value", "content-id"):
            if value := element.get(f"{{{RI}}}{attribute}"):
                found.targets.append(value)
        if name == f"{{{RI}}}space":
            found.targets.append(element.get(f"{{{RI}}}space-key", ""))


def _visible(root: etree._Element) -> Iterator[str]:
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start":
            if element.text and not _is_hidden(element):
                yield element.text
        elif element is not root and element.tail:
            parent = element.getparent()
            if parent is not None and not _is_hidden(parent):
                yield element.tail


def _is_hidden(element: etree._Element) -> bool:
    around = [element, *element.iterancestors()]
    return any(other.tag in _HIDDEN for other in around) or _is_fallback(element)


def _is_fallback(element: etree._Element) -> bool:
    """Whether an element is in the second telling of something that its nodes tell already."""
    for other in (element, *element.iterancestors()):
        if other.tag == f"{{{AC}}}adf-fallback":
            parent = other.getparent()
            nodes = [] if parent is None else parent.findall(f"{{{AC}}}adf-node")
            return any("".join(map(str, node.itertext())).strip() for node in nodes)
    return False


def _character(match: re.Match[str]) -> str:
    character = html5.get(f"{match[1]};", match[0])
    return character.replace("&", "&amp;").replace("<", "&lt;")
