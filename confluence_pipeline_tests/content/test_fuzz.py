import random
import time

import pytest

from confluence_pipeline.content import convert
from confluence_pipeline_tests.content.corpus import adf_bodies, storage_bodies
from confluence_pipeline_tests.content.reading import read, squeezed

FRAGMENTS = (
    "<",
    ">",
    "&",
    "</p>",
    "<td>",
    "]]>",
    "<![CDATA[",
    '"',
    "<ac:link>",
    "</ac:structured-macro>",
    "\x00",
    "|",
    "`",
)
WORD = "unmistakable"


def mutated(body: str, source: random.Random) -> str:
    """Return a body with pieces cut, doubled, swapped or put in at random."""
    for _ in range(source.randint(1, 4)):
        start = source.randrange(len(body) + 1)
        end = min(len(body), start + source.randint(0, 200))
        action = source.randrange(3)
        if action == 0:
            body = body[:start] + body[end:]
        elif action == 1:
            body = body[:end] + body[start:end] + body[end:]
        else:
            body = body[:start] + source.choice(FRAGMENTS) + body[start:]
    return body


def check(body: str, representation: str) -> None:
    """Convert a mutated body: no crash, no hang, and Markdown that reads back as the text."""
    start = time.perf_counter()
    content = convert(body, representation=representation)  # type: ignore[arg-type]
    assert time.perf_counter() - start < 20
    assert squeezed(read(content.markdown).text) == squeezed(content.text), body[:2000]


@pytest.mark.parametrize("rounds", [400, pytest.param(40_000, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_mutated_storage_bodies_convert(rounds: int) -> None:
    """Bodies of the corpus, damaged at random, convert, and keep a paragraph put before them."""
    source = random.Random(20261123)  # noqa: S311 - the same damage every time
    bodies = [body for body in storage_bodies().values() if body and len(body) < 20_000]
    for _ in range(rounds):
        body = f"<p>{WORD}</p>" + mutated(source.choice(bodies), source)
        check(body, "storage")
        assert convert(body).text.startswith(WORD)


@pytest.mark.parametrize("rounds", [300, pytest.param(20_000, marks=[pytest.mark.slow, pytest.mark.timeout(3600)])])
def test_mutated_adf_documents_convert(rounds: int) -> None:
    """ADF documents of the corpus, damaged at random, convert."""
    source = random.Random(20261123)  # noqa: S311 - the same damage every time
    bodies = list(adf_bodies().values())
    for _ in range(rounds):
        check(mutated(source.choice(bodies), source), "atlas_doc_format")
