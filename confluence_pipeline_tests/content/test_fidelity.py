"""The measure of what a conversion kept."""

import pytest

from confluence_pipeline.content import convert, kept_share


@pytest.mark.parametrize(
    ("storage", "text", "share"),
    [
        ("", "", 1.0),
        ("<p> </p>", "", 1.0),
        ("<p>hello world</p>", "hello world", 1.0),
        ("<p>hello world</p>", "hello", 0.5),
        ("<p>hello world</p>", "", 0.0),
        ("<p>R&amp;D caf&eacute;</p>", "R&D café", 1.0),
        ("<p>un<strong>break</strong>able</p>", "unbreakable", 1.0),
        ("<p>one</p><p>two</p>", "one\ntwo", 1.0),
        ("<ac:plain-text-body><![CDATA[a <b>]]></ac:plain-text-body>", "", 0.0),
    ],
)
def test_the_share_is_that_of_the_characters_in_words(storage: str, text: str, share: float) -> None:
    """Words of the visible text count with their length; mark-up, entities and white space do not."""
    assert kept_share(storage, text) == share


def test_parameters_and_ids_are_not_visible() -> None:
    """A macro's parameters and a task's id are no text that could be lost."""
    storage = (
        '<ac:structured-macro ac:name="info"><ac:parameter ac:name="icon">secretparameter</ac:parameter>'
        "<ac:rich-text-body><p>seen</p></ac:rich-text-body></ac:structured-macro>"
        "<ac:task-list><ac:task><ac:task-id>17</ac:task-id><ac:task-status>complete</ac:task-status>"
        "<ac:task-body>done</ac:task-body></ac:task></ac:task-list>"
    )
    assert kept_share(storage, "seen done") == 1.0


def test_what_the_converter_gives_is_whole() -> None:
    """The converter's own text of a body with code, a table and a link keeps every word."""
    storage = (
        "<h1>Title</h1><table><tbody><tr><th>a</th><td>b</td></tr></tbody></table>"
        '<ac:link><ri:page ri:content-title="P"/>'
        "<ac:plain-text-link-body><![CDATA[link text]]></ac:plain-text-link-body></ac:link>"
        '<ac:structured-macro ac:name="code"><ac:plain-text-body><![CDATA[x = 1]]></ac:plain-text-body>'
        "</ac:structured-macro>"
    )
    assert kept_share(storage, convert(storage).text) == 1.0
