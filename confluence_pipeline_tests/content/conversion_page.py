"""The documentation page that shows ten constructs; ``python -m`` this module prints it anew."""

import sys
import warnings

import html2text
import markdownify
from bs4 import BeautifulSoup

from confluence_pipeline.content import ConversionContext, Target, convert

CONTEXT = ConversionContext(
    site_url="https://example.atlassian.net/wiki",
    space_key="ENG",
    page=lambda space, _title: Target("1042", f"https://example.atlassian.net/wiki/spaces/{space}/pages/1042"),
    user_name={"5b10ac8d": "Ann Lee"}.get,
)

CONSTRUCTS: tuple[tuple[str, str, str], ...] = (
    (
        "Code",
        "The body of a code macro is a CDATA section. HTML has none: tools drop it or lose its shape.",
        """<ac:structured-macro ac:name="code"><ac:parameter ac:name="language">python</ac:parameter>
<ac:parameter ac:name="title">hello.py</ac:parameter>
<ac:plain-text-body><![CDATA[if a < b:
    print("`a`")]]></ac:plain-text-body></ac:structured-macro>""",
    ),
    (
        "A link to a page",
        "The target is a title in a space, not an address. The context resolves it; its id is in `links`.",
        """<p>See <ac:link ac:anchor="setup"><ri:page ri:content-title="Runbook" ri:space-key="OPS"/>
<ac:plain-text-link-body><![CDATA[how to set it up]]></ac:plain-text-link-body></ac:link>.</p>""",
    ),
    (
        "A mention",
        "Only the account id is stored. The name comes from the context; the id is in `mentions`.",
        """<p>Ask <ac:link><ri:user ri:account-id="5b10ac8d"/></ac:link> first.</p>""",
    ),
    (
        "A panel",
        "The four admonitions are GitHub alerts. Parameters such as the icon stay in `macros`.",
        """<ac:structured-macro ac:name="warning"><ac:parameter ac:name="title">Careful</ac:parameter>
<ac:parameter ac:name="icon">false</ac:parameter>
<ac:rich-text-body><p>This <strong>cannot</strong> be undone.</p></ac:rich-text-body></ac:structured-macro>""",
    ),
    (
        "Tasks",
        "A task's id and state are elements of their own; they are no part of its text.",
        """<ac:task-list><ac:task><ac:task-id>7</ac:task-id><ac:task-status>complete</ac:task-status>
<ac:task-body>Order the parts by <time datetime="2026-05-01"/></ac:task-body></ac:task>
<ac:task><ac:task-id>8</ac:task-id><ac:task-status>incomplete</ac:task-status>
<ac:task-body>Fit them</ac:task-body></ac:task></ac:task-list>""",
    ),
    (
        "A table with merged cells",
        "What a Markdown table cannot hold is an HTML table with Markdown in its cells. Every cell is in `tables`.",
        """<table><tbody><tr><th colspan="2">Latency</th></tr>
<tr><td>p50</td><td><ul><li>40 ms</li><li>cached</li></ul></td></tr></tbody></table>""",
    ),
    (
        "A status label and a date",
        "A label's text is a parameter, and a date is an attribute.",
        """<p>State: <ac:structured-macro ac:name="status"><ac:parameter ac:name="colour">Green</ac:parameter>
<ac:parameter ac:name="title">DONE</ac:parameter></ac:structured-macro> on <time datetime="2026-05-01"/></p>""",
    ),
    (
        "A macro that the site fills",
        "There is no content to convert. The Markdown says what would be shown; the macro counts as a loss.",
        """<p>Open issues:</p><ac:structured-macro ac:name="jira">
<ac:parameter ac:name="serverId">f1e2</ac:parameter>
<ac:parameter ac:name="jqlQuery">project = AB AND status = Open</ac:parameter></ac:structured-macro>""",
    ),
    (
        "A purple note, stored twice",
        "What old elements cannot say is stored as nodes and as a fallback. It is written once.",
        """<ac:adf-extension><ac:adf-node type="panel"><ac:adf-attribute key="panel-type">note</ac:adf-attribute>
<ac:adf-content><p>Read this.</p></ac:adf-content></ac:adf-node>
<ac:adf-fallback><div class="panel"><p>Read this.</p></div></ac:adf-fallback></ac:adf-extension>""",
    ),
    (
        "Text that looks like mark-up",
        "Characters that Markdown would take for its own are escaped, and no others.",
        """<p>2. snake_case * 3 [x] &lt;div&gt; &amp;amp; C:\\temp</p>""",
    ),
)


INTRODUCTION = """\
Ten constructs of storage format: as Confluence stores them, as `convert` gives them, and as three common ways of
loading them do. `markdownify` and `html2text` convert HTML to Markdown; `get_text()` of BeautifulSoup, on the parser
of lxml, is what document loaders call. All get the same body; `convert` also gets a context that knows one page and
one user. A test compares this page with what they give today.
"""


def render() -> str:
    """Return the page."""
    parts = ["# Conversion by example\n", INTRODUCTION]
    for title, remark, storage in CONSTRUCTS:
        parts.append(f"## {title}\n\n{remark}\n")
        for name, language, shown in _tellings(storage):
            body = f"````{language}\n{shown}\n````" if shown else "(nothing)"
            parts.append(f"{name}:\n\n{body}\n")
    return "\n".join(parts)


def _tellings(storage: str) -> list[tuple[str, str, str]]:
    content = convert(storage, context=CONTEXT)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the parsers warn that this is not HTML, which is the point
        markdownified = markdownify.markdownify(storage)
        loaded = BeautifulSoup(storage, "lxml").get_text(" ", strip=True)
    return [
        ("Storage format", "xml", storage),
        ("`convert(…).markdown`", "markdown", content.markdown.rstrip("\n")),
        ("`convert(…).text`", "text", content.text),
        ("`markdownify`", "markdown", _tidy(markdownified)),
        ("`html2text`", "markdown", _tidy(html2text.html2text(storage))),
        ('`get_text(" ", strip=True)`', "text", _tidy(loaded)),
    ]


def _tidy(text: str) -> str:
    """Return text without blank lines around it and without white space at the ends of its lines."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


if __name__ == "__main__":
    sys.stdout.write(render())
