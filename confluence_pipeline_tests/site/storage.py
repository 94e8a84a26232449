"""Reads storage format strictly, as XML: a body that is not well-formed fails the test that reads it."""

from html.entities import name2codepoint
from typing import cast

from lxml import etree
from lxml.etree import _Element as Element

AC, RI = "urn:test:ac", "urn:test:ri"
NAMESPACES = {"ac": AC, "ri": RI}
_ENTITIES = "".join(
    f'<!ENTITY {name} "&#{code};">' for name, code in name2codepoint.items() if name not in {"lt", "gt", "amp", "quot"}
)


def parse(body: str) -> Element:
    """Return the root of ``body``, wrapped in an element that declares the namespaces and HTML entities."""
    document = f'<!DOCTYPE root [{_ENTITIES}]><root xmlns:ac="{AC}" xmlns:ri="{RI}">{body}</root>'
    return etree.fromstring(document.encode(), etree.XMLParser(resolve_entities=True, huge_tree=True))


def select(body: str, path: str) -> list[Element]:
    """Return the elements of ``body`` that an XPath with the prefixes ``ac`` and ``ri`` finds."""
    return cast("list[Element]", parse(body).xpath(path, namespaces=NAMESPACES))


def values(body: str, path: str) -> list[str]:
    """Return the attribute values or texts of ``body`` that an XPath finds."""
    found = parse(body).xpath(path, namespaces=NAMESPACES)
    assert isinstance(found, list)
    return [str(value) for value in found]
