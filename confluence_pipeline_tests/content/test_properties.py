import re
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from confluence_pipeline.content import convert
from confluence_pipeline.content.escape import code_fence, code_span, destination, escape_line_start, escape_text
from confluence_pipeline_tests.content.documents import CODE, DOCUMENTS, TEXT
from confluence_pipeline_tests.content.oracle import facts, parse
from confluence_pipeline_tests.content.reading import parser, read, squeezed
from confluence_pipeline_tests.content.test_corpus import missing_in_order

FEW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@FEW
@given(DOCUMENTS)
def test_any_document_reads_back_as_its_text(body: str) -> None:
    """Whatever the document, a CommonMark parser sees in the Markdown the words of ``text``, in order."""
    content = convert(body)
    assert squeezed(read(content.markdown).text) == squeezed(content.text)


@FEW
@given(DOCUMENTS)
def test_any_document_keeps_all_that_it_holds(body: str) -> None:
    """Whatever the document, its texts, code bodies, targets and cells are all in the content."""
    known, content = facts(parse(body)), convert(body)
    assert missing_in_order(known.texts, squeezed(content.text)) == []
    codes = Counter(code + "\n" for code in known.codes if code)
    assert codes - Counter(read(content.markdown).fences) == Counter()
    linked: Counter[str] = Counter()
    for link in content.links:
        linked.update({str(link.target_id), str(link.target_title), str(link.target_url)})
    assert Counter(known.targets) - linked == Counter()
    assert sum(len(table.cells) for table in content.tables) == len(known.cells)
    assert not content.repaired


@FEW
@given(DOCUMENTS)
def test_converting_twice_gives_the_same(body: str) -> None:
    """A conversion depends on nothing but the body."""
    assert convert(body) == convert(body)


@FEW
@given(DOCUMENTS, st.data())
def test_a_cut_document_keeps_the_text_before_the_cut(body: str, data: st.DataObject) -> None:
    """A body cut off in the middle still gives its text up to there, and says that it was mended."""
    cut = data.draw(st.integers(0, len(body)))
    content = convert("<p>first words</p>" + body[:cut])
    assert content.text.startswith("first words")
    assert squeezed(read(content.markdown).text) == squeezed(content.text)


@given(TEXT)
def test_escaped_text_reads_back(text: str) -> None:
    """Escaped running text, as a paragraph, reads back as the same words."""
    line = " ".join(text.split())
    source = escape_line_start(escape_text(line))
    assert squeezed(read(source).text) == squeezed(line)


@given(CODE)
def test_a_fence_holds_any_code_byte_for_byte(code: str) -> None:
    """A fenced block reads back as its code and a newline."""
    assert read(code_fence(code, "python")).fences == [code + "\n"]


@given(st.text("ab `|\\*<", max_size=12))
def test_a_code_span_holds_any_code(code: str) -> None:
    """A code span reads back as its content, byte for byte, unless that is only blanks."""
    tokens = parser().parse("x" + code_span(code) + "x")
    contents = [child.content for child in tokens[1].children or () if child.type == "code_inline"]
    assert contents == ([code] if code.strip(" ") else [])


@given(st.text('ab ()<>\\`|"&;#/é%', min_size=1, max_size=12))
def test_a_destination_never_ends_its_link_early(url: str) -> None:
    """Any URL between round brackets gives one link, and nothing of it spills into the text."""
    reading = read(f"[x]({destination(url)})")
    assert reading.text == "x"
    assert len(reading.destinations) == 1
    assert not re.search(r"\s", reading.destinations[0])
