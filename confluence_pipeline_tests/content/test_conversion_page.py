from pathlib import Path

from confluence_pipeline_tests.content.conversion_page import CONSTRUCTS, render

PAGE = Path(__file__).resolve().parents[2] / "docs" / "conversion.md"


def test_the_page_shows_what_is_true_today() -> None:
    """The documentation page is what the converter and the other tools give for its ten constructs."""
    assert len(CONSTRUCTS) == 10
    assert PAGE.read_text(encoding="utf-8") == render()
