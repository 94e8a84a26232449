import pytest

from confluence_pipeline.content import Content, ConversionContext, Link, Mention, Target, convert
from confluence_pipeline_tests.content.reading import read

SITE = "https://example.atlassian.net/wiki"
PAGES = {("OPS", "Run book"): Target("7", f"{SITE}/spaces/OPS/pages/7"), ("ENG", "Home"): Target("1", None)}
CONTEXT = ConversionContext(
    site_url=SITE + "/",
    space_key="ENG",
    page=lambda space, title: PAGES.get((str(space), str(title))),
    content=lambda content_id, _none: Target(content_id, f"{SITE}/c/{content_id}", "Title"),
    attachment=lambda name, owner: Target("att1", f"{SITE}/a/{name}") if owner is None else None,
    user_name={"5:a": "Ann Lee"}.get,
    knows_space=lambda space: space == "ENG",
)


def link(resource: str, body: str = "", anchor: str = "") -> str:
    """Return a link in storage format."""
    attribute = f' ac:anchor="{anchor}"' if anchor else ""
    return f"<p><ac:link{attribute}>{resource}{body}</ac:link></p>"


def only_link(content: Content) -> Link:
    """Return the one link of the content."""
    (found,) = content.links
    return found


PAGE = '<ri:page ri:content-title="Run book" ri:space-key="OPS"/>'
RICH = "<ac:link-body>the <em>book</em></ac:link-body>"
PLAIN = "<ac:plain-text-link-body><![CDATA[the *book*]]></ac:plain-text-link-body>"
WITHOUT_CONTEXT = {
    "page": (link(PAGE), "[Run book](/display/OPS/Run+book)"),
    "page of this space": (link('<ri:page ri:content-title="A/B"/>'), "[A/B](A%2FB)"),
    "rich body": (link(PAGE, RICH), "[the *book*](/display/OPS/Run+book)"),
    "plain body": (link(PAGE, PLAIN), "[the \\*book\\*](/display/OPS/Run+book)"),
    "page and anchor": (link(PAGE, RICH, "x y"), "[the *book*](/display/OPS/Run+book#x%20y)"),
    "anchor": (link("", RICH, "here"), "[the *book*](#here)"),
    "anchor without a body": (link("", "", "here"), "[here](#here)"),
    "blog post": (
        link('<ri:blog-post ri:content-title="News" ri:space-key="OPS" ri:posting-day="2026/05/01"/>'),
        "[News](/display/OPS/2026/05/01/News)",
    ),
    "attachment": (link('<ri:attachment ri:filename="a b.pdf"/>'), "[a b.pdf](a%20b.pdf)"),
    "user": (link('<ri:user ri:account-id="5:a"/>'), "@5:a"),
    "user key": (link('<ri:user ri:userkey="ff80"/>'), "@ff80"),
    "space": (link('<ri:space ri:space-key="OPS"/>'), "[OPS](/display/OPS)"),
    "short-cut": (link('<ri:shortcut ri:key="jira" ri:parameter="AB-1"/>'), "[AB-1@jira](AB-1@jira)"),
    "content entity": (
        link('<ri:content-entity ri:content-id="9"/>', RICH),
        "[the *book*](/pages/viewpage.action?pageId=9)",
    ),
    "nothing": (link("", RICH), "the *book*"),
    "web address": ('<p><a href="https://e.org/a_(b)">x</a></p>', "[x](https://e.org/a_%28b%29)"),
    "bare web address": ('<p><a href="https://e.org/a_b">https://e.org/a_b</a></p>', "<https://e.org/a_b>"),
    "smart link": (
        '<p><a href="https://e.org/" data-card-appearance="inline">https://e.org/</a></p>',
        "<https://e.org/>",
    ),
    "link without a text": ('<p><a href="https://e.org/"></a></p>', "<https://e.org/>"),
    "link around an image": ('<p><a href="u"><img src="i.png" alt="A"/></a></p>', "[![A](i.png)](u)"),
    "link after an exclamation": ('<p>Wow!<a href="u">x</a></p>', "Wow\\![x](u)"),
    "link in a link": ('<p><a href="u">a <a href="v">b</a></a></p>', "[a b](u)"),
    "script": ('<p><a href="javascript:alert(1)">x</a></p>', "x"),
    "place": ('<p><a name="here">x</a></p>', '<a id="here"></a>x'),
}


@pytest.mark.parametrize("name", WITHOUT_CONTEXT)
def test_a_link_reads_well_without_a_context(name: str) -> None:
    """Every kind of link has Markdown that reads well, and text, with nobody to resolve it."""
    body, expected = WITHOUT_CONTEXT[name]
    content = convert(body)
    assert content.markdown == expected + "\n"
    assert read(content.markdown).text.strip() == content.text


def test_a_page_link_is_resolved_by_the_context() -> None:
    """The context gives a page's id and address; the link keeps its anchor, text and target."""
    content = convert(link(PAGE, RICH, "x"), context=CONTEXT)
    assert content.markdown == f"[the *book*]({SITE}/spaces/OPS/pages/7#x)\n"
    assert only_link(content) == Link(
        "page", "7", "OPS", "Run book", f"{SITE}/spaces/OPS/pages/7", "x", "the book", resolved=True
    )


def test_a_page_without_an_address_has_one_by_its_title() -> None:
    """Where the context knows only an id, the address is the one by title, in the space of the body."""
    content = convert(link('<ri:page ri:content-title="Home"/>'), context=CONTEXT)
    assert only_link(content).target_id == "1"
    assert only_link(content).target_url == f"{SITE}/display/ENG/Home"


def test_a_link_is_broken_only_where_the_context_is_sure() -> None:
    """A page missing from a space that the context knows whole is broken; elsewhere it is just unresolved."""
    gone = only_link(convert(link('<ri:page ri:content-title="Gone"/>'), context=CONTEXT))
    elsewhere = only_link(convert(link('<ri:page ri:content-title="Gone" ri:space-key="OPS"/>'), context=CONTEXT))
    assert (gone.resolved, gone.broken) == (False, True)
    assert (elsewhere.resolved, elsewhere.broken) == (False, False)


def test_mentions_are_names_where_the_context_knows_them() -> None:
    """A known user is a name that links to the profile; an unknown one keeps the id; both are mentions."""
    body = '<p><ac:link><ri:user ri:account-id="5:a"/></ac:link> <ac:link><ri:user ri:account-id="6:b"/></ac:link></p>'
    content = convert(body, context=CONTEXT)
    assert content.text == "@Ann Lee @6:b"
    assert content.markdown == f"[@Ann Lee]({SITE}/people/5:a) [@6:b]({SITE}/people/6:b)\n"
    assert content.mentions == (Mention("5:a", "Ann Lee"), Mention("6:b", None))
    assert [link.resolved for link in content.links] == [True, False]


def test_attachments_and_contents_are_resolved() -> None:
    """The context gives addresses of attachments by name and of contents by id."""
    content = convert(link('<ri:attachment ri:filename="a.pdf"/>'), context=CONTEXT)
    assert (only_link(content).target_id, only_link(content).target_url) == ("att1", f"{SITE}/a/a.pdf")
    content = convert(link('<ri:content-entity ri:content-id="9"/>'), context=CONTEXT)
    assert content.markdown == f"[Title]({SITE}/c/9)\n"


def test_an_attachment_of_another_page_names_its_page() -> None:
    """An attachment with an owner asks the context for that owner's, and the owner is a link as well."""
    body = link('<ri:attachment ri:filename="a.pdf"><ri:page ri:content-title="Home"/></ri:attachment>')
    content = convert(body, context=CONTEXT)
    assert [(found.kind, found.target_title) for found in content.links] == [("page", "Home"), ("attachment", "a.pdf")]
    assert content.links[1].resolved is False


ADDRESSES = {
    f"{SITE}/spaces/OPS/pages/123/Title": Link("page", "123", "OPS"),
    f"{SITE}/spaces/OPS/blog/2026/05/01/5/T": Link("blog_post", "5", "OPS"),
    "https://c.example.org/pages/viewpage.action?pageId=42#x": Link("page", "42", anchor="x"),
    "https://c.example.org/display/OPS/Run+book": Link("page", None, "OPS", "Run book"),
    "https://c.example.org/display/OPS": Link("space", None, "OPS"),
    f"{SITE}/spaces/OPS/overview": Link("space", None, "OPS"),
    "https://jira.example.org/browse/AB-12": Link("jira", None, None, "AB-12"),
    "https://e.org/x#y": Link("url", anchor="y"),
    "mailto:a@e.org": Link("url"),
    "#here": Link("anchor", anchor="here"),
}


@pytest.mark.parametrize("url", ADDRESSES)
def test_addresses_tell_what_they_point_at(url: str) -> None:
    """The path of a web address says whether it is a page, a blog post, a space or an issue."""
    found = only_link(convert(f'<p><a href="{url}">x</a></p>'))
    expected = ADDRESSES[url]
    assert found.target_url == url
    for attribute in ("kind", "target_id", "target_space_key", "target_title", "anchor"):
        assert getattr(found, attribute) == getattr(expected, attribute), attribute


def test_a_script_is_recorded_but_never_a_link() -> None:
    """An address that would run a script stays out of the Markdown, is recorded, and counts as a loss."""
    content = convert('<p><a href=" JavaScript:alert(1)">x</a></p>')
    assert only_link(content).target_url == " JavaScript:alert(1)"
    assert [(loss.kind, loss.name) for loss in content.losses] == [("link", "javascript")]


def test_a_link_over_blocks_is_a_link_in_each() -> None:
    """A link around paragraphs, which Markdown cannot have, is a link in each, and one record with all its text."""
    content = convert('<a href="u"><p>a</p><p>b</p></a>')
    assert content.markdown == "[a](u)\n\n[b](u)\n"
    assert only_link(content).text == "ab"
