from collections.abc import Iterator
from pathlib import Path

import pytest

from confluence_pipeline.content import ConversionContext, convert
from confluence_pipeline_tests.content.differences import EXPECTED
from confluence_pipeline_tests.content.trees import tree
from confluence_pipeline_tests.shared import shared_dir

CONTEXT = ConversionContext(site_url="https://confluence.example.com", space_key="ENG")
# What one of the tools puts before every body it publishes; it is not in the Markdown of the pair.
GENERATED = "> [!NOTE]\n> This page has been generated with a tool.\n\n"


def pairs() -> Iterator[tuple[str, Path, Path]]:
    """Yield every pair: its name, the body, and the Markdown."""
    corpus = shared_dir("corpus")
    obsidian = corpus / "pairs/codewithelvin_confluence-for-obsidian/tests/fixtures/storage"
    for folder in sorted(obsidian.iterdir()):
        yield f"obsidian/{folder.name}", folder / "input.xml", folder / "expected.md"
    target, source = (corpus / "pairs/hunyadi_md2conf/tests" / name for name in ("target", "source"))
    for body in sorted(target.rglob("*.xml")):
        part = body.relative_to(target).with_suffix("")
        yield f"md2conf/{part}", body, source / f"{part}.md"
    for body in sorted((corpus / "pairs/kovetskiy_mark/testdata").glob("*.html")):
        yield f"mark/{body.stem}", body, body.with_suffix(".md")
    for body in sorted((corpus / "real_storage/jsonix-wiki").glob("*.xml")):
        yield f"jsonix-wiki/{body.stem}", body, body.with_suffix(".md")
    functional = corpus / "pairs/iamjackg_md2cf/test_package/functional"
    yield "md2cf/test", functional / "result.xml", functional / "test.md"


@pytest.fixture(scope="module")
def different() -> set[str]:
    """The names of the pairs whose Markdown has another tree than ours."""
    found, count = set(), 0
    for name, body, markdown in pairs():
        if not markdown.exists():
            continue
        count += 1
        ours = convert(body.read_text(encoding="utf-8"), context=CONTEXT).markdown.replace(GENERATED, "", 1)
        if tree(ours) != tree(markdown.read_text(encoding="utf-8")):
            found.add(name)
    assert count > 140
    return found


def test_bodies_convert_back_to_the_tree_of_their_markdown(different: set[str]) -> None:
    """A body converts to the document tree of the Markdown it came from, but for differences with a reason."""
    assert different - EXPECTED == set()


def test_every_expected_difference_is_there(different: set[str]) -> None:
    """The list of differences names no pair that converts back exactly."""
    assert EXPECTED - different == set()
