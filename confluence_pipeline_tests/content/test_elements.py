import pytest

from confluence_pipeline.content import Date, Heading, Image, Task, convert
from confluence_pipeline_tests.content.reading import read, squeezed

SHOWN = {
    "paragraphs": ("<p>One</p><p>Two</p>", "One\n\nTwo"),
    "loose text": ("One<p>Two</p>three", "One\n\nTwo\n\nthree"),
    "white space": ("<p>\n  One\n  two  </p>", "One two"),
    "blank paragraphs": ("<p>&nbsp;</p><p> </p><p><br/></p><p>One</p>", "One"),
    "headings": ("<h1>One</h1><h6>Two</h6>", "# One\n\n###### Two"),
    "break in a heading": ("<h2>One<br/>two<br/></h2>", "## One<br>two"),
    "hashes at the end of a heading": ("<h2>C #</h2><h2>#</h2>", "## C \\#\n\n## \\#"),
    "emphasis": ("<p><strong>a</strong> <em>b</em> <s>c</s> <u>d</u></p>", "**a** *b* ~~c~~ <u>d</u>"),
    "sub and sup": ("<p>H<sub>2</sub>O<sup>1</sup></p>", "H<sub>2</sub>O<sup>1</sup>"),
    "space inside marks": ("<p>a<strong> b </strong>c</p>", "a **b** c"),
    "nested marks": ("<p><strong><em>a</em></strong></p>", "**_a_**"),
    "marks that touch": ("<p><strong>a</strong><strong>b</strong><em>c</em></p>", "**ab**_c_"),
    "marks where stars cannot stand": ("<p>a<strong>(b)</strong>c</p>", "a<strong>(b)</strong>c"),
    "empty marks": ("<p>a<em></em><strong> </strong>b</p>", "a b"),
    "a mark over two paragraphs": ("<strong><p>a</p><p>b</p></strong>", "**a**\n\n**b**"),
    "inline code": ("<p><code>a_b</code> <code>`x`</code></p>", "`a_b` `` `x` ``"),
    "codes that touch": ("<p><code>a</code><code>b</code></p>", "`ab`"),
    "a link in code": ('<p><code>a <a href="u">b</a></code></p>', "`a `[`b`](u)"),
    "breaks": ("<p>a<br/>- b<br/>1. c<br/># d</p>", "a\\\n\\- b\\\n1\\. c\\\n\\# d"),
    "a rule": ("<p>a</p><hr/><p>b</p>", "a\n\n---\n\nb"),
    "a quote": ("<blockquote><p>a</p><p>b</p></blockquote>", "> a\n>\n> b"),
    "preformatted": ('<pre class="language-sh">a  b\n<b>c</b></pre>', "```sh\na  b\nc\n```"),
    "line starts": (
        "<p># a</p><p>1. b</p><p>- c</p><p>&gt; d</p><p>+ e</p>",
        "\\# a\n\n1\\. b\n\n\\- c\n\n\\> d\n\n\\+ e",
    ),
    "escapes": (
        "<p>a*b_c snake_case [x] &lt;b&gt; C:\\ ~~ `</p>",
        "a\\*b_c snake_case \\[x\\] \\<b> C:\\\\ \\~\\~ \\`",
    ),
    "inert characters": ("<p>1 &lt; 2 &amp; 3 a.b (c) # d!</p>", "1 < 2 & 3 a.b (c) # d!"),
    "entities": ("<p>&eacute;&ndash;&hellip;&rsquo;&#233;&amp;lt;</p>", "é–…’é\\&lt;"),
    "tight list": ("<ul><li>a</li><li><p>b</p></li></ul>", "- a\n- b"),
    "loose list": ("<ul><li><p>a</p><p>b</p></li><li>c</li></ul>", "- a\n\n  b\n\n- c"),
    "numbered list": ('<ol start="9"><li>a</li><li><p>b</p><p>c</p></li></ol>', "9. a\n\n10. b\n\n    c"),
    "nested lists": ("<ul><li>a<ol><li>b</li></ol></li></ul>", "- a\n  1. b"),
    "a list straight in a list": ("<ul><li>a</li><ul><li>b</li></ul></ul>", "- a\n  - b"),
    "lists that follow each other": ("<ul><li>a</li></ul><ul><li>b</li></ul>", "- a\n\n* b"),
    "code in a list": ("<ul><li>a<pre>b\n\nc</pre></li></ul>", "- a\n\n  ```\n  b\n\n  c\n  ```"),
    "a nested list that starts late": ('<ul><li>a<ol start="3"><li>b</li></ol></li></ul>', "- a\n\n  3. b"),
    "definitions": ("<dl><dt>a</dt><dd>b</dd><dt>c</dt><dd>d</dd></dl>", "- a\n\n  b\n\n- c\n\n  d"),
    "layouts": (
        "<ac:layout><ac:layout-section><ac:layout-cell><p>a</p></ac:layout-cell><ac:layout-cell>b</ac:layout-cell></ac:layout-section></ac:layout>",
        "a\n\nb",
    ),
    "comment markers": ('<p>a<ac:inline-comment-marker ac:ref="r">b</ac:inline-comment-marker>c</p>', "abc"),
    "placeholders": ('<p><ac:placeholder ac:type="mention">Who?</ac:placeholder></p>', "Who?"),
    "emoticons": (
        (
            '<p><ac:emoticon ac:name="tick"/> <ac:emoticon ac:name="x" ac:emoji-fallback="🎉"/>'
            ' <ac:emoticon ac:name="own" ac:emoji-shortname=":own:"/></p>'
        ),
        "✅ 🎉 :own:",
    ),
    "template variables": ('<p>Dear <at:var at:name="who"/></p>', "Dear $who"),
    "capitals": ("<P>a <B>b</B></P>", "a **b**"),
    "unknown elements": ("<p>a <zz>b</zz></p>", "a b"),
    "styles and scripts": ("<style>p {}</style><p>a</p><script>b</script>", "a"),
    "XML comments": ("<p>a<!-- no -->b</p>", "ab"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_an_element_becomes_the_markdown_that_means_the_same(name: str) -> None:
    """Each element of storage format has its Markdown, which reads back as the text."""
    body, expected = SHOWN[name]
    content = convert(body)
    assert content.markdown == expected + "\n"
    assert squeezed(read(content.markdown).text) == squeezed(content.text)
    assert not content.repaired


@pytest.mark.parametrize("body", ["", " \n ", "<p/>", "<p></p>", "<div><p> </p></div>", "<table></table>", "<ul></ul>"])
def test_an_empty_body_gives_empty_text(body: str) -> None:
    """Nothing in, nothing out, and nothing to complain about."""
    content = convert(body)
    assert (content.markdown, content.text, content.losses) == ("", "", ())


def test_text_has_no_markup_and_keeps_blocks_apart() -> None:
    """Text has reading order and block breaks; code is kept as it is."""
    body = "<h1>T</h1><p>a <strong>b</strong><br/>c</p><ul><li>d</li><li>e</li></ul><pre>f\n  g</pre>"
    assert convert(body).text == "T\n\na b\nc\n\nd\ne\n\nf\n  g"


def test_headings_are_recorded_with_their_anchors() -> None:
    """A heading's anchor is its anchor macro's name, or its words with hyphens, as Confluence Cloud has it."""
    body = (
        '<h1>One <em>two</em></h1><h2><ac:structured-macro ac:name="anchor"><ac:parameter ac:name="">here'
        "</ac:parameter></ac:structured-macro>Three</h2>"
    )
    assert convert(body).headings == (Heading(1, "One two", "One-two"), Heading(2, "Three", "here"))


def test_tasks_are_check_boxes_and_records() -> None:
    """Tasks nest; each is recorded with its id, UUID, status and text."""
    inner = "<ac:task-list><ac:task><ac:task-id>2</ac:task-id><ac:task-body>b</ac:task-body></ac:task></ac:task-list>"
    body = (
        "<ac:task-list><ac:task><ac:task-id>1</ac:task-id><ac:task-uuid>u</ac:task-uuid>"
        f"<ac:task-status>complete</ac:task-status><ac:task-body>a{inner}</ac:task-body></ac:task></ac:task-list>"
    )
    content = convert(body)
    assert content.markdown == "- [x] a\n  - [ ] b\n"
    assert content.text == "a\nb"
    assert content.tasks == (Task("2", None, "incomplete", "b"), Task("1", "u", "complete", "a b"))


def test_dates_are_shown_and_recorded() -> None:
    """A date is its ISO form in Markdown, in text and in the records."""
    content = convert('<p>Due <time datetime="2026-05-01"/></p>')
    assert content.markdown == "Due 2026-05-01\n"
    assert content.dates == (Date("2026-05-01"),)


def test_images_keep_what_describes_them() -> None:
    """An image has its file or address, alternative text, title, caption and size; a caption follows it."""
    body = (
        '<ac:image ac:alt="A [1]" ac:title="T" ac:width="9" ac:height="8"><ri:attachment ri:filename="a b.png"/>'
        "<ac:caption><p>Cap <em>tion</em></p></ac:caption></ac:image>"
        '<ac:image><ri:url ri:value="https://e.org/x.png"/></ac:image>'
    )
    content = convert(body)
    assert content.markdown == ('![A \\[1\\]](a%20b.png "T")\n\nCap *tion*\n\n![x.png](https://e.org/x.png)\n')
    assert content.images[0] == Image("a b.png", None, "a%20b.png", "A [1]", "T", "Cap tion", "9", "8")
    assert [link.kind for link in content.links] == ["attachment", "url"]


def test_images_in_a_row_stay_apart() -> None:
    """Two images that stand alone are two paragraphs, in a line they are one."""
    image = '<ac:image><ri:attachment ri:filename="a.png"/></ac:image>'
    assert convert(image + "\n" + image).markdown == "![a.png](a.png)\n\n![a.png](a.png)\n"
    assert convert(f"<p>{image} {image}</p>").markdown == "![a.png](a.png) ![a.png](a.png)\n"


def test_an_extension_is_told_once() -> None:
    """Of nodes and fallback one is written: nodes of a known type, otherwise the fallback; records too."""
    link = '<a href="https://e.org/">x</a>'
    for node_type, expected in (("panel", "> [!IMPORTANT]\n> new <https://e.org/>"), ("zz", "old [x](https://e.org/)")):
        body = (
            f'<ac:adf-extension><ac:adf-node type="{node_type}"><ac:adf-attribute key="panel-type">note'
            '</ac:adf-attribute><ac:adf-content><p>new <a href="https://e.org/">https://e.org/</a></p></ac:adf-content>'
            f"</ac:adf-node><ac:adf-fallback><p>old {link}</p></ac:adf-fallback></ac:adf-extension>"
        )
        content = convert(body)
        assert content.markdown == expected + "\n"
        assert len(content.links) == 1


def test_an_extension_without_a_fallback_keeps_its_nodes() -> None:
    """Nodes of an unknown type are kept where there is no fallback, and counted."""
    content = convert('<ac:adf-extension><ac:adf-node type="zz"><p>a</p></ac:adf-node></ac:adf-extension>')
    assert content.text == "a"
    assert [(loss.kind, loss.name) for loss in content.losses] == [("node", "zz")]


def test_decisions_of_the_new_editor_are_a_list() -> None:
    """Decisions are items of a list."""
    items = "".join(
        f'<ac:adf-node type="decision-item"><ac:adf-content>{t}</ac:adf-content></ac:adf-node>' for t in "ab"
    )
    content = convert(f'<ac:adf-extension><ac:adf-node type="decision-list">{items}</ac:adf-node></ac:adf-extension>')
    assert content.markdown == "- a\n- b\n"


def test_losses_say_what_is_not_carried_over() -> None:
    """Looks, unknown elements and unknown entities are counted by kind and name."""
    body = '<p style="color: red; margin-left: 3px">a <zz>b</zz> <zz/>&bogus;</p>'
    content = convert(body)
    assert {(loss.kind, loss.name): loss.count for loss in content.losses} == {
        ("style", "color"): 1,
        ("style", "margin-left"): 1,
        ("element", "zz"): 2,
        ("entity", "bogus"): 1,
    }
    assert content.text == "a b &bogus;"
