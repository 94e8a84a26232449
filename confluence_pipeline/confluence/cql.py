"""Builds CQL from values, with the quoting that the grammar wants.

Rules: Atlassian's "Advanced searching using CQL" (a negative clause cannot stand first; a quote and a backslash
inside a string are escaped with a backslash; keys that are digits, reserved words or begin with ``~`` are quoted,
so everything is).
"""

import re
from collections.abc import Iterable, Iterator, Sequence

_ORDER_BY = re.compile(r"\border\s+by\b", re.IGNORECASE)


IDS_IN_A_QUERY = 100
"""The most ids that are named in one query, so that its address stays well below what servers take."""


def groups(values: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """Yield values in stretches of at most ``size``."""
    for start in range(0, len(values), size):
        yield values[start : start + size]


def quoted(value: str) -> str:
    """Return ``value`` as a CQL string in double quotes."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def any_of(name: str, values: Iterable[str]) -> str:
    """Return the clause that ``name`` is one of ``values``; with one value, a plain comparison."""
    texts = [quoted(value) for value in values]
    if not texts:
        raise ValueError(f"a clause on {name} needs at least one value")
    return f"{name} = {texts[0]}" if len(texts) == 1 else f"{name} in ({', '.join(texts)})"


def all_of(*clauses: str | None) -> str:
    """Return the conjunction of the clauses that are not empty; one with an ``or`` in it must be in parentheses."""
    present = [clause for clause in clauses if clause]
    return " and ".join(present)


def without_order(cql: str) -> str:
    """Return ``cql`` without its trailing ``order by``, which cannot stand inside parentheses.

    Quoted strings are skipped, so a title that says "order by" stays.
    """
    quote_mark = ""
    index = 0
    while index < len(cql):
        letter = cql[index]
        if quote_mark:
            index += 2 if letter == "\\" else 1
            quote_mark = "" if letter == quote_mark else quote_mark
            continue
        if letter in "\"'":
            quote_mark = letter
        elif _ORDER_BY.match(cql, index):
            return cql[:index].rstrip()
        index += 1
    return cql.strip()
