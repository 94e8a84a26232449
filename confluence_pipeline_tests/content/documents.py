"""Random storage-format documents, drawn from its grammar.

Texts favour what Markdown could mistake for mark-up. Every document is well-formed, so an XML parser can say what
it holds.
"""

from xml.sax.saxutils import escape, quoteattr

from hypothesis import strategies as st

_TRICKY = (
    "*", "_", "`", "``", "```", "[", "]", "(", ")", "<", ">", "&", "&amp;", "#", "## ", "- ", "+ ", "1. ", "2) ",
    "|", "~", "~~", "!", "![", "\\", "\\*", "$", "=", "==", "---", "***", "<b>", "</p>", "<!--", "&copy;", "[x] ",
    "[!NOTE]", "http://a.b/c_d", "> ", ": ", "|---|", "\t", "  ", "\n", "\u00a0", "é", "日本", "“", "”", "—", "😀", "a",
    "word", "B2",
)  # fmt: skip
TEXT = st.lists(st.sampled_from(_TRICKY) | st.sampled_from(["a", " ", "one", " two "]), min_size=1, max_size=6).map(
    "".join
)
NAME = st.text("abcXYZ 09_-*[](){}.", min_size=1, max_size=8).filter(lambda name: bool(name.strip()))
CODE = st.text("ab \n`~*<>&|\t]\\#-", max_size=30)


def _element(name: str, content: str, **attributes: str) -> str:
    written = "".join(
        f" {key.replace('__', ':').replace('_', '-')}={quoteattr(value)}" for key, value in attributes.items()
    )
    return f"<{name}{written}>{content}</{name}>"


def _cdata(text: str) -> str:
    return "<![CDATA[" + text.replace("]]>", "]]]]><![CDATA[>") + "]]>"


def _macro(name: str, body: str, **parameters: str) -> str:
    written = "".join(_element("ac:parameter", escape(value), ac__name=key) for key, value in parameters.items())
    return _element("ac:structured-macro", written + body, ac__name=name)


def _plain(text: str) -> str:
    return _element("ac:plain-text-body", _cdata(text))


def _rich(content: str) -> str:
    return _element("ac:rich-text-body", content)


def _link(title: str, body: str) -> str:
    return _element("ac:link", f"<ri:page ri:content-title={quoteattr(title)}/>" + body)


_BREAK = st.just("<br/>")
_RUN = TEXT.map(escape)


def _marked(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    content = st.lists(inner, max_size=3).map("".join)
    return st.one_of(
        st.builds(_element, st.sampled_from(["strong", "em", "del", "u", "sup", "sub", "span", "code"]), content),
        st.builds(
            lambda text, url: _element("a", text, href=url),
            content,
            st.sampled_from(["https://e.org/a_b", "#x", "a b(c)"]),
        ),
        st.builds(lambda title, text: _link(title, _element("ac:link-body", text)), NAME, content),
        st.builds(lambda title, text: _link(title, _element("ac:plain-text-link-body", _cdata(text))), NAME, TEXT),
        st.builds(lambda ref, text: _element("ac:inline-comment-marker", text, ac__ref=ref), NAME, content),
    )


_LEAVES = st.one_of(
    _RUN,
    _RUN,
    _BREAK,
    TEXT.map(lambda text: _element("code", escape(text))),
    NAME.map(lambda name: _link(name, "")),
    NAME.map(lambda name: f"<ac:link><ri:user ri:account-id={quoteattr(name)}/></ac:link>"),
    NAME.map(
        lambda name: f"<ac:image ac:alt={quoteattr(name)}><ri:attachment ri:filename={quoteattr(name)}/></ac:image>"
    ),
    NAME.map(lambda name: _macro("status", "", title=name)),
    NAME.map(lambda name: _macro("vendor-widget", "", size=name)),
    NAME.map(lambda name: _macro("anchor", "", **{"": name})),
    st.just('<time datetime="2026-05-01"/>'),
    st.just('<ac:emoticon ac:name="tick"/>'),
)
INLINE = st.lists(st.recursive(_LEAVES, _marked, max_leaves=6), max_size=5).map("".join)


def _tasks(bodies: list[str]) -> str:
    tasks = (
        f"<ac:task><ac:task-id>{number}</ac:task-id><ac:task-status>complete</ac:task-status>"
        f"<ac:task-body>{body}</ac:task-body></ac:task>"
        for number, body in enumerate(bodies)
    )
    return _element("ac:task-list", "".join(tasks))


def _table(rows: list[list[tuple[str, str, str]]]) -> str:
    written = ("".join(_element(name, content, colspan=span) for name, span, content in row) for row in rows)
    return _element("table", "<tbody>" + "".join(_element("tr", row) for row in written) + "</tbody>")


def _blocks(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    flow = st.lists(inner, max_size=3).map("".join)
    content = INLINE | flow
    cell = st.tuples(st.sampled_from(["td", "th"]), st.sampled_from(["1", "1", "1", "2"]), content)
    items = st.lists(content, min_size=1, max_size=3)
    return st.one_of(
        st.builds(_element, st.sampled_from(["div", "blockquote", "ac:layout", "center"]), content),
        st.builds(
            lambda name, items: _element(name, "".join(_element("li", item) for item in items)),
            st.sampled_from(["ul", "ol"]),
            items,
        ),
        items.map(lambda items: _element("dl", "".join(_element("dt", "t") + _element("dd", item) for item in items))),
        items.map(_tasks),
        st.lists(st.lists(cell, min_size=1, max_size=3), min_size=1, max_size=3).map(_table),
        st.builds(
            lambda name, title, body: _macro(name, _rich(body), title=title),
            st.sampled_from(["info", "panel", "expand"]),
            NAME,
            content,
        ),
        st.builds(
            lambda name, body: _macro(name, _rich(body)),
            st.sampled_from(["note", "excerpt", "details", "vendor"]),
            content,
        ),
    )


_BLOCK_LEAVES = st.one_of(
    INLINE.map(lambda content: _element("p", content)),
    INLINE.map(lambda content: _element("p", content)),
    st.builds(_element, st.sampled_from(["h1", "h3", "h6"]), INLINE),
    CODE.map(lambda code: _macro("code", _plain(code), language="python")),
    CODE.map(lambda code: _macro("vendor", _plain(code))),
    TEXT.map(lambda text: _element("pre", escape(text))),
    st.just("<hr/>"),
    st.just(_macro("children", "")),
    INLINE,
)
FLOW = st.recursive(_BLOCK_LEAVES, _blocks, max_leaves=8)
DOCUMENTS = st.lists(FLOW, max_size=4).map("".join)
