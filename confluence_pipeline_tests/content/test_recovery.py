import pytest

from confluence_pipeline.content import convert
from confluence_pipeline_tests.content.reading import read, squeezed

MENDED = {
    "an open paragraph": ("<p>a<p>b", "a\n\nb"),
    "an open mark": ("<p>a <b>b</p><p>c</p>", "a b\n\nc"),
    "open items": ("<ul><li>a<li>b</ul><p>c</p>", "a\nb\n\nc"),
    "open cells": ("<table><tr><td>a<td>b<tr><td>c</table>", "a\tb\nc"),
    "crossed marks": ("<p><b>a <i>b</b> c</i></p>", "a b c"),
    "a stray end": ("<p>a</i> b</p></div>", "a b"),
    "an HTML break": ("<p>a<br>b</p>", "a\nb"),
    "an HTML rule": ("<p>a</p><hr><p>b</p>", "a\n\nb"),
    "a bare less-than": ("<p>1 < 2 and a<b</p>", "1 < 2 and a<b"),
    "a bare ampersand": ("<p>a & b &c; &amp;</p>", "a & b &c; &"),
    "an unquoted attribute": ("<p><a href=u>a</a></p>", "a"),
    "an open tag at the end": ("<p>a</p><p class=", "a\n\n<p class="),
    "an open section": ('<ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[a < b', "a < b"),
    "an open comment": ("<p>a</p><!-- b", "a\n\n<!-- b"),
    "an end of ours": ("<p>a</p></ac:confluence><p>b</p>", "a\n\nb"),
    "a declaration": ("<p>a</p><!DOCTYPE x [<!ENTITY b 'c'>]><p>b</p>", "a\n\nb"),
    "references": ("<p>&eacute;&#233;&#xe9;&#0;&#xD800;<i></p>", "ééé"),
    "a name space of nobody": ("<q:p q:a='1'>a</q:p><b>", "a"),
}


@pytest.mark.parametrize("name", MENDED)
def test_a_malformed_body_gives_all_its_text(name: str) -> None:
    """Whatever is wrong with a body, its text is kept, and the losses say that it was mended."""
    body, expected = MENDED[name]
    content = convert(body)
    assert content.text == expected
    assert content.repaired
    assert squeezed(read(content.markdown).text) == squeezed(content.text)


def test_code_in_a_malformed_body_survives() -> None:
    """Sections of code are understood in malformed bodies too."""
    body = (
        '<p>a<p><ac:structured-macro ac:name="code"><ac:parameter ac:name="language">sh</ac:parameter>'
        "<ac:plain-text-body><![CDATA[if a < b && c\n  <p>]]></ac:plain-text-body></ac:structured-macro>"
    )
    assert convert(body).code_blocks[0].code == "if a < b && c\n  <p>"


def test_links_in_a_malformed_body_are_found() -> None:
    """Attributes are understood in malformed bodies, quoted either way, with references resolved."""
    body = "<p><a href='https://e.org/?a=1&amp;b=2'>x</a><ac:link><ri:page ri:content-title=\"Q&amp;A\"></ac:link>"
    assert [link.target_url or link.target_title for link in convert(body).links] == ["https://e.org/?a=1&b=2", "Q%26A"]


def test_a_whole_document_is_read_like_a_fragment() -> None:
    """An XML declaration and a document type before the body are skipped, and nothing is mended."""
    body = '<?xml version="1.0"?>\n<!DOCTYPE x SYSTEM "x.dtd" [<!ENTITY nbsp "&#160;">]>\n<div><p>a&nbsp;b</p></div>'
    content = convert(body)
    assert content.text == "a b"
    assert not content.repaired


FOUND = {
    "an empty link between pieces of code": "<code>a<ac:link>b",
    "an empty mark between codes": "<p><code>a</code><em></em><code>b</code></p>",
    "loose text in a panel": '<ac:structured-macro ac:name="info">\n    # loose\n\n- text</ac:structured-macro>',
}


@pytest.mark.parametrize("name", FOUND)
def test_what_the_fuzzer_found_stays_mended(name: str) -> None:
    """Bodies that once gave Markdown with other words than the text do so no more."""
    content = convert(FOUND[name])
    assert squeezed(read(content.markdown).text) == squeezed(content.text)
