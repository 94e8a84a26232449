import json
from collections.abc import Mapping

import pytest

from confluence_pipeline.content import ConversionContext, Date, Mention, Target, convert
from confluence_pipeline.content.adf.inline_nodes import NODES as INLINE
from confluence_pipeline.content.adf.nodes import NODES
from confluence_pipeline_tests.content.reading import read, squeezed
from confluence_pipeline_tests.shared import shared_dir

Json = dict[str, object]


def node(kind: str, *content: Json, **attributes: object) -> Json:
    """Return a node."""
    return {"type": kind, "attrs": attributes, "content": list(content)}


def text(words: str, *marks: "str | Mapping[str, object]") -> Json:
    """Return a text node; a mark may be given by its name."""
    return {
        "type": "text",
        "text": words,
        "marks": [{"type": mark} if isinstance(mark, str) else mark for mark in marks],
    }


def paragraph(*content: Json) -> Json:
    """Return a paragraph."""
    return node("paragraph", *content)


def link(url: str) -> Json:
    """Return a link mark."""
    return {"type": "link", "attrs": {"href": url}}


A, B = paragraph(text("a")), paragraph(text("b"))
ITEM = node("listItem", A)
NODES_SHOWN = {
    "heading": (node("heading", text("a"), level=2), "## a"),
    "marks": (
        paragraph(text("a", "strong"), text(" "), text("b", "em"), text(" c ", "strike"), text("d", "code")),
        "**a** *b* ~~c~~ `d`",
    ),
    "underline, sub and sup": (
        paragraph(text("a", "underline"), text("b", {"type": "subsup", "attrs": {"type": "sub"}})),
        "<u>a</u><sub>b</sub>",
    ),
    "marks that go on": (
        paragraph(text("a", "strong"), text("b", "strong", "em"), text("c", "em")),
        "**a<em>b</em>**_c_",
    ),
    "a link over several texts": (paragraph(text("a", link("u")), text("b", link("u"), "strong")), "[a**b**](u)"),
    "hard break": (paragraph(text("a"), node("hardBreak"), text("b")), "a\\\nb"),
    "bullet list": (node("bulletList", ITEM, ITEM), "- a\n- a"),
    "ordered list": (node("orderedList", ITEM, order=3), "3. a"),
    "tasks": (
        node("taskList", node("taskItem", text("a"), state="DONE"), node("taskItem", text("b"), state="TODO")),
        "- [x] a\n- [ ] b",
    ),
    "block task": (node("taskList", node("blockTaskItem", A, state="DONE")), "- [x] a"),
    "decisions": (node("decisionList", node("decisionItem", text("a"))), "- a"),
    "code block": (node("codeBlock", text("x = `"), text("\ny"), language="py"), "```py\nx = `\ny\n```"),
    "quote": (node("blockquote", A), "> a"),
    "info panel": (node("panel", A, panelType="info"), "> [!NOTE]\n> a"),
    "note panel": (node("panel", A, panelType="note"), "> [!IMPORTANT]\n> a"),
    "success panel": (node("panel", A, panelType="success"), "> [!TIP]\n> a"),
    "warning panel": (node("panel", A, panelType="warning"), "> [!WARNING]\n> a"),
    "error panel": (node("panel", A, panelType="error"), "> [!CAUTION]\n> a"),
    "custom panel": (node("panel", A, panelType="custom", panelIconText="🎉"), "> **🎉**\n>\n> a"),
    "rule": (node("rule"), "---"),
    "expand": (node("expand", A, title="T"), "<details>\n<summary>T</summary>\n\na\n\n</details>"),
    "nested expand": (node("nestedExpand", A, title="T"), "<details>\n<summary>T</summary>\n\na\n\n</details>"),
    "layout": (node("layoutSection", node("layoutColumn", A, width=50), node("layoutColumn", B)), "a\n\nb"),
    "table": (
        node(
            "table",
            node("tableRow", node("tableHeader", A), node("tableHeader", B)),
            node("tableRow", node("tableCell", A), node("tableCell", B)),
        ),
        "| a | b |\n| --- | --- |\n| a | b |",
    ),
    "image from an address": (
        node("mediaSingle", node("media", type="external", url="https://e.org/i.png", alt="A")),
        "![A](https://e.org/i.png)",
    ),
    "image from a file": (node("mediaSingle", node("media", type="file", id="m1", alt="A")), "*A*"),
    "image with a caption": (
        node("mediaSingle", node("media", type="external", url="u.png", alt="A"), node("caption", text("C"))),
        "![A](u.png)\n\nC",
    ),
    "image in a link": (
        {**node("mediaSingle", node("media", type="external", url="i.png", alt="A")), "marks": [link("u")]},
        "[![A](i.png)](u)",
    ),
    "files": (
        node("mediaGroup", node("media", type="file", id="m1"), node("media", type="file", id="m2")),
        "*m1*\n\n*m2*",
    ),
    "smart links": (paragraph(node("inlineCard", url="https://e.org/")), "<https://e.org/>"),
    "cards": (node("blockCard", url="https://e.org/"), "<https://e.org/>"),
    "embeds": (node("embedCard", url="https://e.org/"), "<https://e.org/>"),
    "mention": (paragraph(node("mention", id="5:a", text="@Ann")), "@Ann"),
    "emoji": (paragraph(node("emoji", shortName=":smile:", text="😄"), node("emoji", shortName=":own:")), "😄:own:"),
    "date": (paragraph(node("date", timestamp="1777593600000")), "2026-05-01"),
    "status": (paragraph(node("status", text="DONE", color="green")), "**DONE**"),
    "placeholder": (paragraph(node("placeholder", text="Type")), "Type"),
    "synced block": (node("bodiedSyncBlock", A), "a"),
    "unknown node with content": (node("zz", A), "a"),
    "unknown node with text": (node("zz", title={"text": "T"}, url="https://e.org/"), "T https://e.org/"),
    "macro": (
        node("extension", extensionKey="jira", parameters={"macroParams": {"jqlQuery": {"value": "a = 1"}}}),
        "*\\[Jira issues: a = 1\\]*",
    ),
    "macro with a body": (
        node("bodiedExtension", A, extensionKey="expand", parameters={"macroParams": {"title": {"value": "T"}}}),
        "<details>\n<summary>T</summary>\n\na\n\n</details>",
    ),
    "macro with a source": (
        node(
            "extension",
            extensionKey="code",
            parameters={"macroParams": {"__bodyContent": {"value": "x"}, "language": {"value": "py"}}},
        ),
        "```py\nx\n```",
    ),
    "macro in a line": (
        paragraph(text("a "), node("inlineExtension", extensionKey="zz"), text(" b")),
        "a *\\[zz\\]* b",
    ),
    "macro of several bodies": (
        node("multiBodiedExtension", node("extensionFrame", A), node("extensionFrame", B), extensionKey="zz"),
        "a\n\nb",
    ),
}


def converted(*content: Json) -> str:
    """Return a document as JSON."""
    return json.dumps({"type": "doc", "version": 1, "content": content})


@pytest.mark.parametrize("name", NODES_SHOWN)
def test_a_node_becomes_the_markdown_that_means_the_same(name: str) -> None:
    """Each ADF node and mark has its Markdown, which reads back as the text."""
    source, expected = NODES_SHOWN[name]
    content = convert(converted(source), representation="atlas_doc_format")
    assert content.markdown == expected + "\n"
    assert squeezed(read(content.markdown).text) == squeezed(content.text)


def test_every_node_of_the_schema_is_known() -> None:
    """The official schema has no node that counts as unknown."""
    schema = json.loads(shared_dir("specs/adf-schema.full.json").read_text(encoding="utf-8"))
    kinds = {
        kind
        for definition in schema["definitions"].values()
        if definition.get("properties", {}).get("content") or definition.get("properties", {}).get("attrs")
        for kind in definition["properties"].get("type", {}).get("enum", [])
        if "marks" in definition["properties"] or "content" in definition["properties"]
    }
    assert len(kinds) > 25
    assert kinds - set(NODES) - set(INLINE) == set()


def test_records_come_from_nodes() -> None:
    """Mentions, dates, tasks, links, macros and images are recorded as those of storage format are."""
    source = [
        paragraph(
            node("mention", id="5:a", text="@Ann"), node("date", timestamp="1777593600000"), text("x", link("u"))
        ),
        node("taskList", node("taskItem", text("t"), state="DONE", localId="9")),
        node("mediaSingle", node("media", type="file", id="m1", alt="plan.png", width=3, height=4)),
        node("extension", extensionKey="toc", parameters={"macroMetadata": {"macroId": {"value": "id1"}}}),
    ]
    context = ConversionContext(attachment=lambda name, _owner: Target("att7", f"https://e.org/{name}"))
    content = convert(converted(*source), representation="atlas_doc_format", context=context)
    assert content.mentions == (Mention("5:a", "Ann"),)
    assert content.dates == (Date("2026-05-01"),)
    assert (content.tasks[0].local_id, content.tasks[0].status) == ("9", "complete")
    assert [link.kind for link in content.links] == ["user", "url", "attachment"]
    assert (content.images[0].filename, content.images[0].media_id, content.images[0].width) == ("plan.png", "m1", "3")
    assert (content.macros[0].name, content.macros[0].macro_id, content.macros[0].outcome) == ("toc", "id1", "dropped")


def test_marks_without_words_in_markdown_are_counted() -> None:
    """Colours and alignments are losses; comment marks are not, for they point outside the text."""
    colour = {"type": "textColor", "attrs": {"color": "#f00"}}
    comment = {"type": "annotation", "attrs": {"id": "x", "annotationType": "inlineComment"}}
    source = {**paragraph(text("a", colour, comment)), "marks": [{"type": "alignment"}]}
    losses = convert(converted(source), representation="atlas_doc_format").losses
    assert {(loss.kind, loss.name) for loss in losses} == {("mark", "textColor"), ("mark", "alignment")}


def test_characters_that_no_text_may_hold_are_left_out() -> None:
    """Control characters and half surrogates, which JSON can name, do not reach the text."""
    content = convert(converted(paragraph(text("a\x00b\ud800c\x0bd"))), representation="atlas_doc_format")
    assert content.text == "abcd"
