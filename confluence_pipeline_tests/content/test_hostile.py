import json
import time

import pytest

from confluence_pipeline.content import convert
from confluence_pipeline.content.writer import MAX_DEPTH

DEEP = 100_000
MANY = 10_000
SECONDS = 60  # far above what any of these costs on a slow and busy machine; quadratic time would take hours

NESTED = {
    "paragraphs": ("<p>", "</p>"),
    "divisions": ("<div>", "</div>"),
    "quotes": ("<blockquote>", "</blockquote>"),
    "lists": ("<ul><li>x", "</li></ul>"),
    "tables": ("<table><tr><td>x", "</td></tr></table>"),
    "emphasis": ("<em><strong>", "</strong></em>"),
    "links": ('<a href="u">', "</a>"),
    "code": ("<code>", "</code>"),
    "macros": (
        '<ac:structured-macro ac:name="info"><ac:rich-text-body>',
        "</ac:rich-text-body></ac:structured-macro>",
    ),
    "parameters": (
        '<ac:structured-macro ac:name="q"><ac:parameter ac:name="a">',
        "</ac:parameter></ac:structured-macro>",
    ),
    "images": ("<ac:image><ac:caption>", "</ac:caption></ac:image>"),
    "extensions": ('<ac:adf-extension><ac:adf-node type="panel">', "</ac:adf-node></ac:adf-extension>"),
    "fallbacks": ("<ac:adf-extension><ac:adf-fallback>", "</ac:adf-fallback></ac:adf-extension>"),
    "definitions": ("<dl><dt>x</dt><dd>", "</dd></dl>"),
    "tasks": ("<ac:task-list><ac:task><ac:task-body>", "</ac:task-body></ac:task></ac:task-list>"),
    "unknown elements": ("<zz>", "</zz>"),
}
REPEATED = {
    "emphasis": "<em>a</em><strong>b</strong>",
    "empty emphasis": "<em></em>",
    "broken emphasis": "<strong><br/></strong>",
    "code": "<code>`</code>",
    "breaks": "- - -<br/>",
    "lists": "<ul><li>a</li></ul>",
    "images": "<ac:image/>",
    "open elements": "<p>",
    "open items": "<ul><li>",
    "open attributes": '<a b="',
    "open comments": "<!--",
    "open instructions": "<?x",
    "open sections": "<![CDATA[",
    "declarations": "<!x>",
    "less-than signs": "< ",
    "ampersands": "&",
    "stray ends": "</q>",
    "styles": '<p style="colour:red">x</p>',
    "wide cells": '<td colspan="1000" rowspan="1000">x</td>',
}


def seconds(body: str, *, representation: str = "storage") -> tuple[float, str]:
    """Convert a body; return the time it took and its text."""
    start = time.perf_counter()
    content = convert(body, representation=representation)  # type: ignore[arg-type]
    return time.perf_counter() - start, content.text


@pytest.mark.parametrize(
    ("name", "depth"),
    [("divisions", DEEP), ("lists", DEEP)]
    + [(name, MANY) for name in NESTED]
    + [pytest.param(name, DEEP, marks=pytest.mark.slow) for name in NESTED],
)
def test_deep_nesting_costs_bounded_time_and_no_text(name: str, depth: int) -> None:
    """Tens of thousands of nested elements of any kind convert, and what is innermost is kept."""
    opening, closing = NESTED[name]
    spent, text = seconds(opening * depth + "innermost" + closing * depth)
    assert "innermost" in text
    assert spent < SECONDS


@pytest.mark.parametrize("count", [MANY, pytest.param(DEEP, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", REPEATED)
def test_long_bodies_cost_linear_time_and_no_text(name: str, count: int) -> None:
    """Tens of thousands of anything in a row convert, and what stands before and after is kept."""
    spent, text = seconds("<p>before</p><p>" + REPEATED[name] * count + " after")
    assert text.startswith("before")
    assert text.rstrip().endswith(("after", "after]]>"))
    assert spent < SECONDS


def test_a_single_line_of_megabytes_converts() -> None:
    """Five megabytes on one line, plain or full of characters to escape, are no trouble."""
    for word in ("word ", "*_`[~ ", "&nbsp;", "|"):
        spent, text = seconds(f"<p>{word * (5_000_000 // len(word))}end</p>")
        assert text.endswith("end")
        assert spent < SECONDS


def test_entities_are_never_expanded() -> None:
    """A body cannot define entities: nothing grows, and the text around the attempt is kept."""
    definitions = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    for body in (
        f"<!DOCTYPE x [{definitions}]><p>before &i; after</p>",
        f"<p>before</p><!DOCTYPE x [{definitions}]><p>&i; after</p>",
    ):
        content = convert(body)
        assert len(content.text) < 1000
        assert "before" in content.text
        assert "after" in content.text


def test_no_file_or_address_is_ever_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    """An external entity is not fetched, whatever it names."""
    secret = tmp_path_factory.mktemp("files") / "secret"
    secret.write_text("canary")
    body = f'<!DOCTYPE r [<!ENTITY x SYSTEM "{secret.as_uri()}">]><p>text &x; here</p>'
    content = convert(body)
    assert "canary" not in content.markdown
    assert "here" in content.text


def test_nesting_beyond_the_limit_is_flattened_and_counted() -> None:
    """Containers deeper than the limit keep their text and show among the losses."""
    body = "<blockquote>" * (MAX_DEPTH + 5) + "<p>deep</p>" + "</blockquote>" * (MAX_DEPTH + 5)
    content = convert(body)
    assert content.text == "deep"
    assert [(loss.kind, loss.count) for loss in content.losses] == [("depth", 5)]


def test_a_deep_fallback_is_not_lost() -> None:
    """An extension at the very limit of depth keeps the text of its fallback."""
    extension = "<ac:adf-extension><ac:adf-fallback><p>kept</p></ac:adf-fallback></ac:adf-extension>"
    for depth in range(MAX_DEPTH - 3, MAX_DEPTH + 3):
        assert convert("<blockquote>" * depth + extension + "</blockquote>" * depth).text == "kept"


@pytest.mark.parametrize("opening", ['{"type":"doc","content":[', '{"type":"panel","content":['])
def test_deep_adf_keeps_its_text(opening: str) -> None:
    """ADF nested deeper than a parser's stack still gives its texts."""
    body = opening * DEEP + '{"type":"text","text":"innermost \\u00e9"}' + "]}" * DEEP
    spent, text = seconds(body, representation="atlas_doc_format")
    assert text == "innermost é"
    assert spent < SECONDS


@pytest.mark.parametrize("body", ["", " ", "null", "[]", "3", '"text"', "{", '{"type":', "not json", "{}"])
def test_anything_at_all_is_accepted_as_adf(body: str) -> None:
    """No body raises, even one that is no document."""
    content = convert(body, representation="atlas_doc_format")
    assert content.text == ""


def test_adf_of_wrong_types_is_accepted() -> None:
    """Attributes, children and marks of the wrong JSON type count as absent."""
    kinds = ["text", "heading", "table", "tableCell", "media", "mention", "date", "extension", "panel", "orderedList"]
    wrong: list[object] = [None, 7, "x", [1], {"a": []}]
    nodes = [
        {"type": kind, "attrs": value, "content": value, "marks": value, "text": value}
        for kind in kinds
        for value in wrong
    ]
    body = json.dumps({"type": "doc", "content": [*nodes, {"type": "text", "text": "end"}]})
    assert convert(body, representation="atlas_doc_format").text.endswith("end")


@pytest.mark.parametrize("character", ["\x00", "\x0b", "\ufffe", "\ud800"])
def test_characters_that_xml_forbids_do_no_harm(character: str) -> None:
    """A body with characters that no XML may hold gives its text without them."""
    content = convert(f"<p>before{character}after</p>")
    assert content.text.replace("?", "") == "beforeafter"
    assert content.repaired
