import dataclasses
import re
from html.entities import html5

import pytest

import confluence_pipeline.content
from confluence_pipeline.content import Content, Link, MacroUse, TableCell, convert
from confluence_pipeline_tests.shared import shared_dir


def test_public_names_are_pinned() -> None:
    """What the package offers changes only on purpose."""
    assert confluence_pipeline.content.__all__ == [
        "CONVERTER_VERSION", "CodeBlock", "Content", "ConversionContext", "Date", "Excerpt", "Heading", "Image",
        "Link", "Loss",
        "MacroUse", "Mention", "Property", "Representation", "Table", "TableCell", "Target", "Task", "convert",
        "kept_share",
    ]  # fmt: skip


def test_records_cannot_be_changed() -> None:
    """Content and its records are frozen."""
    content = convert("<p>a</p>")
    with pytest.raises(dataclasses.FrozenInstanceError):
        content.text = "b"  # type: ignore[misc]


def test_an_unknown_representation_is_refused() -> None:
    """A representation that is neither of the two is an error that names both."""
    with pytest.raises(ValueError, match="'storage' or 'atlas_doc_format'"):
        convert("", representation="view")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "columns"),
    [
        (Link, "kind target_id target_space_key target_title target_url anchor text resolved broken"),
        (MacroUse, "name schema_version macro_id parameters body_kind parent_ordinal outcome"),
        (TableCell, "table_ordinal row column is_header row_span column_span text markdown"),
        (Content, "markdown text links mentions macros headings code_blocks tables tasks images dates excerpts losses"),
    ],
)
def test_records_have_the_columns_of_their_tables(record: type, columns: str) -> None:
    """Each record has what its table needs."""
    names = {field.name for field in dataclasses.fields(record)}
    assert set(columns.split()) <= names


def test_every_entity_of_the_official_list_is_known() -> None:
    """Each named entity that Confluence's own document type declares becomes its character."""
    declared = dict(
        re.findall(
            r'<!ENTITY\s+(\w+)\s+"&(?:#38;)?#(\d+);"',
            shared_dir("specs/storage-format-html-entities.dtd").read_text(encoding="utf-8"),
        )
    )
    assert len(declared) > 240
    for name, number in declared.items():
        assert html5[f"{name};"] in (chr(int(number)), "\u27e8", "\u27e9"), name  # HTML 5 moved two brackets
        content = convert(f'<p>x&{name};y</p><p><a href="#&{name};">z</a></p>')
        assert content.text.startswith("x" + html5[f"{name};"].replace("\xa0", " "))
        assert content.links[0].anchor == html5[f"{name};"]
        assert not content.losses
