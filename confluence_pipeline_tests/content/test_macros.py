import pytest

from confluence_pipeline.content import ConversionContext, Excerpt, Property, Target, convert
from confluence_pipeline.content.macros import MACROS
from confluence_pipeline_tests.content.reading import read, squeezed

PAGE = '<ac:link><ri:page ri:content-title="Home" ri:space-key="ENG"/></ac:link>'
FILE = '<ri:attachment ri:filename="plan.pdf"/>'
TABLE = "<table><tbody><tr><th>Owner</th><td>Ann</td></tr></tbody></table>"
BODY = "<p>Body</p>"


def macro(name: str, body: str = "", /, **parameters: str) -> str:
    """Return a macro in storage format."""
    written = "".join(f'<ac:parameter ac:name="{key}">{value}</ac:parameter>' for key, value in parameters.items())
    return f'<ac:structured-macro ac:name="{name}">{written}{body}</ac:structured-macro>'


def rich(content: str) -> str:
    """Return a rich body."""
    return f"<ac:rich-text-body>{content}</ac:rich-text-body>"


def plain(text: str) -> str:
    """Return a plain body."""
    return f"<ac:plain-text-body><![CDATA[{text}]]></ac:plain-text-body>"


CONVERTED = {
    "code": (macro("code", plain("x = 1"), language="python", title="Main"), "**Main**\n\n```python\nx = 1\n```"),
    "code in old pages": (macro("code", plain("x"), **{"": "xml"}), "```xml\nx\n```"),
    "code without language": (macro("code", plain("x"), language="none"), "```\nx\n```"),
    "noformat": (macro("noformat", plain("a  b")), "```\na  b\n```"),
    "info": (macro("info", rich(BODY), title="T"), "> [!NOTE]\n> **T**\n>\n> Body"),
    "tip": (macro("tip", rich(BODY)), "> [!TIP]\n> Body"),
    "note": (macro("note", rich(BODY)), "> [!WARNING]\n> Body"),
    "warning": (macro("warning", rich(BODY)), "> [!CAUTION]\n> Body"),
    "info with a list": (macro("info", rich("<ul><li>a</li></ul>")), "> [!NOTE]\n>\n> - a"),
    "info with a list from 1": (macro("info", rich("<ol><li>a</li></ol>")), "> [!NOTE]\n> 1. a"),
    "info with a list from 3": (macro("info", rich('<ol start="3"><li>c</li></ol>')), "> [!NOTE]\n>\n> 3. c"),
    "info with an empty item": (macro("info", rich("<ol><li></li></ol>")), "> [!NOTE]\n>\n> 1."),
    "panel": (macro("panel", rich(BODY), title="T", panelIconText="🙂"), "> **🙂 T**\n>\n> Body"),
    "expand": (
        macro("expand", rich(BODY), title="A &lt; B"),
        "<details>\n<summary>A &lt; B</summary>\n\nBody\n\n</details>",
    ),
    "status": (f"<p>Is {macro('status', title='DONE', colour='Green')}.</p>", "Is **DONE**."),
    "anchor": (f"<h2>{macro('anchor', **{'': 'here'})}Title</h2>", '## <a id="here"></a>Title'),
    "excerpt": (macro("excerpt", rich(BODY)), "Body"),
    "excerpt in a line": (f"<p>a {macro('excerpt', rich('<p>b</p>'))} c</p>", "a b c"),
    "details": (macro("details", rich(TABLE)), "|  |  |\n| --- | --- |\n| **Owner** | Ann |"),
    "jira issue": (macro("jira", key="AB-1"), "AB-1"),
    "view-file": (macro("view-file", name=FILE), "[plan.pdf](plan.pdf)"),
    "viewpdf": (macro("viewpdf", name=FILE), "[plan.pdf](plan.pdf)"),
    "multimedia": (macro("multimedia", name=FILE), "[plan.pdf](plan.pdf)"),
    "widget": (macro("widget", url='<ri:url ri:value="https://e.org/v"/>'), "<https://e.org/v>"),
    "iframe": (macro("iframe", src="https://e.org/"), "<https://e.org/>"),
    "plantuml": (macro("plantuml", plain("@startuml")), "```plantuml\n@startuml\n```"),
    "mermaid": (macro("mermaid", plain("graph TD")), "```mermaid\ngraph TD\n```"),
    "math block": (macro("mathblock", plain("a^2")), "```math\na^2\n```"),
    "math block in a parameter": (macro("easy-math-block", body="a^2"), "```math\na^2\n```"),
    "math in a line": (f"<p>So {macro('mathinline', body='a_1')}.</p>", "So $`a_1`$."),
    "section and column": (macro("section", rich(macro("column", rich(BODY)))), "Body"),
    "localtab": (macro("localtabgroup", rich(macro("localtab", rich(BODY), title="One"))), "**One**\n\nBody"),
    "markdown": (macro("markdown", plain("# x")), "```markdown\n# x\n```"),
    "html": (macro("html", plain("<b>x</b>")), "```html\n<b>x</b>\n```"),
    "chart": (macro("chart", rich(TABLE), title="C"), "**C**\n\n|  |  |\n| --- | --- |\n| **Owner** | Ann |"),
    "sv-translation": (macro("sv-translation", rich(BODY), language="de"), "**de**\n\nBody"),
}
PLACEHOLDERS = {
    "children": (macro("children", page=PAGE), "Child pages of “Home”"),
    "children here": (macro("children"), "Child pages of this page"),
    "pagetree": (macro("pagetree", root=PAGE), "Page tree below “Home”"),
    "include": (macro("include", **{"": PAGE}), "Content of “Home”"),
    "include in old pages": (macro("include", **{"": "ENG:Home"}), "Content of “Home”"),
    "excerpt-include": (macro("excerpt-include", **{"": PAGE, "name": "e"}), "Excerpt “e” of “Home”"),
    "detailssummary": (macro("detailssummary", cql='label = "x"'), 'Page properties report: label = "x"'),
    "jira query": (macro("jira", jqlQuery="project = AB"), "Jira issues: project = AB"),
    "jira count": (macro("jira", jqlQuery="a = 1", count="true"), "Number of Jira issues: a = 1"),
    "attachments": (macro("attachments"), "Attachments of this page"),
    "gallery": (macro("gallery", title="Pics"), "Gallery of images attached to this page: Pics"),
    "drawio": (macro("drawio", diagramName="net"), "draw.io diagram net"),
    "gliffy": (macro("gliffy", name="net"), "Gliffy diagram net"),
    "plantuml in a file": (macro("plantumlcloud", filename="d.puml"), "PlantUML diagram d.puml"),
    "mermaid in a file": (macro("mermaid-cloud", filename="d"), "Mermaid diagram d"),
    "contentbylabel": (macro("contentbylabel", cql='label = "x"'), 'Content by label: label = "x"'),
    "recently-updated": (macro("recently-updated", spaces="ENG"), "Recently updated content: spaces ENG"),
    "blog-posts": (macro("blog-posts", spaces="ENG"), "Blog posts: spaces ENG"),
    "tasks-report-macro": (macro("tasks-report-macro", spaces="ENG"), "Task report: spaces ENG"),
    "profile": (macro("profile", user='<ri:user ri:account-id="1:a"/>'), "Profile of @1:a"),
    "roadmap": (macro("roadmap", title="R"), "Roadmap R"),
    "contributors": (macro("contributors"), "Contributors to this page"),
    "livesearch": (macro("livesearch"), "Search box"),
    "unknown": (macro("vendor", size="3", kind="a"), "vendor: size=3, kind=a"),
}


@pytest.mark.parametrize("name", CONVERTED)
def test_a_macro_keeps_its_meaning(name: str) -> None:
    """A macro whose content is in the body becomes the Markdown that means the same, and counts as converted."""
    body, expected = CONVERTED[name]
    content = convert(body)
    assert content.markdown == expected + "\n"
    assert {use.outcome for use in content.macros} == {"converted"}
    assert not [loss for loss in content.losses if loss.kind == "macro"]
    assert squeezed(read(content.markdown).text) == squeezed(content.text)


@pytest.mark.parametrize("name", PLACEHOLDERS)
def test_a_macro_without_content_says_what_it_would_show(name: str) -> None:
    """A macro that only the site can fill leaves a visible note, in Markdown and text, and counts as lost."""
    body, label = PLACEHOLDERS[name]
    content = convert(body)
    assert content.text == f"[{label}]"
    assert read(content.markdown).text == f"[{label}]"
    assert [use.outcome for use in content.macros] == ["placeholder"]
    assert [loss.kind for loss in content.losses] == ["macro"]


def test_a_table_of_contents_is_dropped_on_purpose() -> None:
    """A table of contents repeats the headings: it is dropped, and counted."""
    content = convert(macro("toc", maxLevel="3"))
    assert content.markdown == ""
    assert content.macros[0].outcome == "dropped"
    assert content.losses[0].name == "toc"


@pytest.mark.parametrize(("body", "expected"), [(rich(BODY), "Body\n"), (plain("a *b*"), "```\na *b*\n```\n")])
def test_an_unknown_macro_keeps_its_body(body: str, expected: str) -> None:
    """A macro nobody knows keeps its body's text, its name and its parameters."""
    content = convert(macro("vendor", body, size="3"))
    assert content.markdown == expected
    assert content.macros[0].name == "vendor"
    assert content.macros[0].parameters == {"size": "3"}
    assert content.macros[0].outcome == "kept_text"


def test_macros_are_recorded_with_their_place_and_attributes() -> None:
    """A macro inside another names it as its parent; ids, versions and kinds of body are kept."""
    body = (
        '<ac:structured-macro ac:name="info" ac:schema-version="1" ac:macro-id="m-1"><ac:rich-text-body>'
        + macro("code", plain("x"))
        + macro("toc")
        + "</ac:rich-text-body></ac:structured-macro>"
    )
    info, code, toc = convert(body).macros
    assert (info.schema_version, info.macro_id, info.body_kind, info.parent_ordinal) == ("1", "m-1", "rich", None)
    assert (code.body_kind, code.parent_ordinal) == ("plain", 0)
    assert (toc.body_kind, toc.parent_ordinal) == ("none", 0)


def test_legacy_macros_are_macros() -> None:
    """``ac:macro`` and ``ac:default-parameter``, which old pages have, mean what their successors mean."""
    body = '<ac:macro ac:name="code"><ac:default-parameter>java</ac:default-parameter>' + plain("x") + "</ac:macro>"
    content = convert(body)
    assert content.markdown == "```java\nx\n```\n"
    assert content.code_blocks[0].language == "java"


def test_split_cdata_is_one_code_body() -> None:
    """Code that holds ``]]>`` is stored in two CDATA sections and read as one."""
    content = convert(macro("code", "<ac:plain-text-body><![CDATA[a]]]]><![CDATA[>b]]></ac:plain-text-body>"))
    assert content.code_blocks[0].code == "a]]>b"


def test_links_in_parameters_are_links() -> None:
    """A page or file named in a macro's parameter is a link, once, and the parameter's text is its title."""
    content = convert(macro("include", **{"": PAGE}) + macro("view-file", name=FILE))
    assert [(link.kind, link.target_title) for link in content.links] == [("page", "Home"), ("attachment", "plan.pdf")]
    assert content.macros[0].parameters[""] == "Home"
    assert content.macros[1].parameters["name"] == "plan.pdf"


def test_excerpts_and_page_properties_are_records() -> None:
    """An excerpt is recorded by name; each key and value row of page properties is recorded by group."""
    content = convert(macro("excerpt", rich(BODY), name="e") + macro("details", rich(TABLE), id="g"))
    assert content.excerpts == (Excerpt("e", "Body", "Body"),)
    assert content.properties == (Property("g", "Owner", "Ann"),)


def test_an_inline_placeholder_stays_in_its_line() -> None:
    """A macro in the middle of a word leaves its note there, even where asterisks could not."""
    content = convert(f"<p>x{macro('vendor')}y</p>")
    assert content.text == "x[vendor]y"
    assert read(content.markdown).text == "x[vendor]y"


def test_a_jira_issue_with_an_address_is_a_link() -> None:
    """An issue macro that says its server's address links to the issue."""
    content = convert(macro("jira", key="AB-1", baseUrl="https://jira.example.org/"))
    assert content.markdown == "[AB-1](https://jira.example.org/browse/AB-1)\n"
    assert content.links[0].target_title == "AB-1"


def test_a_file_macro_uses_the_context() -> None:
    """A file macro links where the context says the attachment is."""
    context = ConversionContext(attachment=lambda name, owner: Target("att1", f"https://e.org/{name}?{owner}"))
    content = convert(macro("view-file", name=FILE), context=context)
    assert content.markdown == "[plan.pdf](https://e.org/plan.pdf?None)\n"
    assert content.links[0].target_id == "att1"


@pytest.mark.parametrize("name", sorted(MACROS))
@pytest.mark.parametrize(
    "body",
    [
        "",
        rich(""),
        rich(BODY),
        rich("<ul><li>Body</li></ul>"),
        plain(""),
        plain("Body"),
        rich("<p>x</p>") + plain("Body"),
        plain("x") + rich(BODY),
    ],
)
def test_no_macro_loses_a_body_or_fails_without_parameters(name: str, body: str) -> None:
    """Every registered macro converts with any body and no parameter, and never drops the body's text."""
    content = convert(f"<p>before</p>{macro(name, body)}<p>after</p>")
    assert content.text.startswith("before")
    assert content.text.endswith("after")
    if "Body" in body:
        assert "Body" in content.text
    assert squeezed(read(content.markdown).text) == squeezed(content.text)
