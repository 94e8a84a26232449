import json
from collections import Counter

import pytest
from lxml import etree

from confluence_pipeline.content import Content, convert
from confluence_pipeline_tests.content.corpus import adf_bodies, storage_bodies
from confluence_pipeline_tests.content.oracle import Facts, facts, parse
from confluence_pipeline_tests.content.reading import read, squeezed


@pytest.fixture(scope="module")
def converted() -> dict[str, Content]:
    """Every storage body of the corpus, converted."""
    return {name: convert(body) for name, body in storage_bodies().items()}


@pytest.fixture(scope="module")
def known() -> dict[str, Facts]:
    """What a plain walk over the XML finds in every well-formed body."""
    found = {}
    for name, body in storage_bodies().items():
        try:
            found[name] = facts(parse(body))
        except etree.XMLSyntaxError:
            continue
    assert len(found) > 1000
    return found


def missing_in_order(wanted: list[str], text: str) -> list[str]:
    """Return the texts that do not follow one another in ``text``."""
    missing, position = [], 0
    for chunk in wanted:
        place = text.find(chunk, position)
        if place < 0:
            missing.append(chunk)
        else:
            position = place + len(chunk)
    return missing


def test_every_visible_text_is_in_the_text_in_order(converted: dict[str, Content], known: dict[str, Facts]) -> None:
    """Every text node and CDATA section outside parameters and ids is in ``text``, in document order."""
    missing = {
        name: lost
        for name, fact in known.items()
        if (lost := missing_in_order(fact.texts, squeezed(converted[name].text)))
    }
    assert missing == {}


def test_every_code_body_survives_byte_for_byte(converted: dict[str, Content], known: dict[str, Facts]) -> None:
    """A Markdown parser reads every plain body back as it was written, and ``code_blocks`` has it too."""
    for name, fact in known.items():
        fences = Counter(read(converted[name].markdown).fences) if fact.codes else Counter()
        codes = Counter(code + "\n" for code in fact.codes if code)
        recorded = Counter(block.code + "\n" for block in converted[name].code_blocks)
        assert codes - fences == Counter(), name
        assert codes - recorded == Counter(), name


def test_every_target_is_in_the_links(converted: dict[str, Content], known: dict[str, Facts]) -> None:
    """Every resource identifier and every ``href`` is the target of a link, as often as it occurs."""
    for name, fact in known.items():
        linked: Counter[str | None] = Counter()
        for link in converted[name].links:
            linked.update({link.target_id, link.target_title, link.target_url, link.target_space_key})
        wanted: Counter[str | None] = Counter(fact.targets)
        assert wanted - linked == Counter(), name


def test_every_table_cell_is_in_the_tables(converted: dict[str, Content], known: dict[str, Facts]) -> None:
    """Every ``td`` and ``th`` is a cell of a table, with its whole text, and maybe a macro's title in between."""
    for name, fact in known.items():
        cells = [squeezed(cell.text) for table in converted[name].tables for cell in table.cells]
        assert len(cells) == len(fact.cells), name
        for wanted in set(fact.cells) - set(cells):
            assert any(_is_subsequence(wanted, cell) for cell in cells), (name, wanted)


def _is_subsequence(wanted: str, cell: str) -> bool:
    characters = iter(cell)
    return all(character in characters for character in wanted)


@pytest.mark.parametrize("kind", ["storage", "adf"])
def test_markdown_reads_back_as_the_text(kind: str) -> None:
    """A CommonMark parser sees in the Markdown exactly the words of ``text``, in the same order."""
    if kind == "storage":
        contents = {name: convert(body) for name, body in storage_bodies().items()}
    else:
        contents = {name: convert(body, representation="atlas_doc_format") for name, body in adf_bodies().items()}
    wrong = [
        name for name, content in contents.items() if squeezed(read(content.markdown).text) != squeezed(content.text)
    ]
    assert wrong == []


def test_every_adf_text_is_in_the_text_in_order() -> None:
    """Every text node of every ADF document is in ``text``, in document order."""
    for name, body in adf_bodies().items():
        texts: list[str] = []
        _gather(json.loads(body), texts)
        text = convert(body, representation="atlas_doc_format").text
        assert missing_in_order([squeezed(chunk) for chunk in texts], squeezed(text)) == [], name


def _gather(node: object, texts: list[str]) -> None:
    if isinstance(node, dict):
        if node.get("type") == "text":
            texts.append(node["text"])
        for child in node.get("content", []):
            _gather(child, texts)


def test_well_formed_bodies_need_no_repair(converted: dict[str, Content], known: dict[str, Facts]) -> None:
    """What an XML parser accepts is never reported as mended, and what it refuses always is."""
    for name, content in converted.items():
        assert content.repaired == (name not in known), name
