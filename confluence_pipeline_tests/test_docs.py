"""The documentation tells what the code does today."""

import re
from pathlib import Path

import pytest

from confluence_pipeline.cli import main
from confluence_pipeline.docs import PARTS, renewed
from confluence_pipeline.settings import SETTINGS
from confluence_pipeline.tables import TABLES, description_of

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["README.md", "docs/tables.md", "docs/authentication.md"])
def test_the_parts_made_from_code_are_current(name: str) -> None:
    """Settings and tables in the documentation are what `python -m confluence_pipeline.docs` writes."""
    text = (ROOT / name).read_text(encoding="utf-8")
    assert any(f"<!-- {part} -->" in text for part in PARTS)
    assert renewed(text) == text


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_is_in_the_readme(command: str) -> None:
    """A command that the README does not show is not found."""
    assert f"confluence-pipeline {command}" in README


@pytest.mark.parametrize("setting", sorted(SETTINGS))
def test_every_setting_has_a_description_and_an_example(setting: str) -> None:
    """Each setting says what it does in a sentence, and shows a value."""
    assert re.fullmatch(r"[A-Z].*\.", SETTINGS[setting].description)
    assert SETTINGS[setting].example


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_column_has_a_description(table: str) -> None:
    """Each column says what it holds in a sentence."""
    for field in TABLES[table].schema:
        assert description_of(field).endswith("."), field.name


@pytest.mark.parametrize("path", sorted(ROOT.glob("*.md")) + sorted((ROOT / "docs").glob("*.md")), ids=lambda p: p.name)
def test_links_between_documents_lead_somewhere(path: Path) -> None:
    """Every relative link in the documentation is a file of the repository."""
    prose = re.sub(r"(`{3,}).*?\1", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose):
        if not target.startswith(("http://", "https://")):
            assert (path.parent / target).exists(), target
