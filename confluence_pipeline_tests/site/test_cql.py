"""CQL: what is read, what is refused, and what it means."""

import itertools
import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from confluence_pipeline.site.cql import (
    And,
    Clause,
    CqlError,
    Expression,
    Function,
    Not,
    Or,
    Order,
    Query,
    Text,
    parse,
)
from confluence_pipeline.site.cql_dates import DateContext, read_date
from confluence_pipeline.site.cql_meaning import Context, plan
from confluence_pipeline.site.cql_text import text_matcher
from confluence_pipeline.site.model import Label, Space
from confluence_pipeline.site.search_index import Document

NOON = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)


def clause(field: str, operator: str, *values: str) -> Clause:
    """Return a clause of written values."""
    return Clause(field, operator, tuple(Text(value) for value in values))


# -- reading -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cql", "expected"),
    [
        ("type = page", Query(clause("type", "=", "page"))),
        ("type=page", Query(clause("type", "=", "page"))),
        ("TYPE = page AND space='~a b'", Query(And(clause("type", "=", "page"), clause("space", "=", "~a b")))),
        ("space in (A, \"B\")", Query(clause("space", "in", "A", "B"))),
        ("type=page and space not in (A)", Query(And(clause("type", "=", "page"), clause("space", "not in", "A")))),
        (r'title ~ "a \"b\" \\ c"', Query(clause("title", "~", 'a "b" \\ c'))),
        (r"title ~ 'it\'s'", Query(clause("title", "~", "it's"))),
        ("created >= now('-4h')", Query(Clause("created", ">=", (Function("now", ("-4h",)),)))),
        ("creator = currentUser()", Query(Clause("creator", "=", (Function("currentuser"),)))),
        ("type=page order by created desc, title",
         Query(clause("type", "=", "page"), (Order("created", descending=True), Order("title")))),
        ("order by title asc", Query(None, (Order("title"),))),
        ("type=page and not label=x", Query(And(clause("type", "=", "page"), Not(clause("label", "=", "x"))))),
    ],
)  # fmt: skip
def test_statements_are_read(cql: str, expected: Query) -> None:
    """Keywords in any case, both kinds of quotes with escapes, lists, functions and order are understood."""
    assert parse(cql) == expected


def test_and_and_or_are_taken_from_left_to_right() -> None:
    """Without parentheses neither binds tighter; parentheses do."""
    a, b, c = (clause("label", "=", name) for name in "abc")
    assert parse("label=a or label=b and label=c") == Query(And(Or(a, b), c))
    assert parse("label=a and label=b or label=c") == Query(Or(And(a, b), c))
    assert parse("label=a or (label=b and label=c)") == Query(Or(a, And(b, c)))


@pytest.mark.parametrize(
    ("cql", "said"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("type", "operator after the field 'type'"),
        ("type =", "position 7, found the end"),
        ("type = page and", "position 16"),
        ("type = page space = A", "position 13, found 'space'"),
        ("type = and", "position 8, found 'and'"),
        ("type = (page)", "a value at position 8"),
        ("space in A, B", "position 11"),
        ("space in (A, B", "',' or ')'"),
        ("space in ()", "a value"),
        ("(type = page", "')'"),
        ("type = page)", "AND, OR"),
        ('title = "open', "quote at position 9 is not closed"),
        ("space = ~me", "position 9"),
        ("title = a.b", "'.', a reserved character"),
        ("title = a+b", "'+'"),
        ("not type = page", "negative clause"),
        ("type != page", "negative clause"),
        ("(space not in (A)) and type = page", "negative clause"),
        ("title !~ x", "negative clause"),
        ("type = page order created", "expected BY"),
        ("type = page order by", "a field"),
        ("(" * 300 + "type = page" + ")" * 300, "levels of nesting"),
    ],
)
def test_malformed_statements_are_refused_with_the_place(cql: str, said: str) -> None:
    """What cannot be read is refused, and the message says what was expected and where."""
    with pytest.raises(CqlError) as refusal:
        parse(cql)
    assert said in str(refusal.value)


words = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True).map(lambda word: f"w{word}")
anything = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
fields = st.sampled_from(["label", "title", "space", "creator", "type"])


def written(expression: Expression) -> str:
    """Write an expression as CQL, with parentheses round all that is joined."""
    match expression:
        case Clause(field, operator, values):
            quoted = [_quoted(value.value) for value in values if isinstance(value, Text)]
            listed = f"({', '.join(quoted)})" if operator in ("in", "not in") else quoted[0]
            return f"{field} {operator.upper()} {listed}"
        case Not(term):
            return f"NOT ({written(term)})"
        case And(left, right):
            return f"({written(left)}) and ({written(right)})"
        case Or(left, right):
            return f"({written(left)}) OR ({written(right)})"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _clauses(values: st.SearchStrategy[str], *, negative: bool) -> st.SearchStrategy[Expression]:
    operators = ["=", "~"] + (["!=", "!~"] if negative else [])
    single = st.builds(clause, fields, st.sampled_from(operators), values)
    lists = st.lists(values, min_size=1, max_size=3)
    several = st.builds(
        lambda field, operator, many: clause(field, operator, *many),
        fields,
        st.sampled_from(["in", "not in"] if negative else ["in"]),
        lists,
    )
    return single | several


def _trees(values: st.SearchStrategy[str]) -> st.SearchStrategy[Expression]:
    inner = st.recursive(
        _clauses(values, negative=True),
        lambda part: st.builds(Not, part) | st.builds(And, part, part) | st.builds(Or, part, part),
        max_leaves=8,
    )
    first = _clauses(values, negative=False)
    return first | st.builds(And, first, inner) | st.builds(Or, first, inner)


@given(_trees(anything))
@settings(max_examples=200, deadline=None)
def test_what_is_written_is_read_back(expression: Expression) -> None:
    """Any expression, with any text in quotes, is read back as it was written."""
    assert parse(written(expression)) == Query(expression)


pieces = st.sampled_from([*"abt=~!<>()\"'\\, .+-#\n", "and ", "or ", "not ", "in ", "order by ", "type = page "])


@given(st.lists(pieces, max_size=30).map("".join))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the parser fail in another way than by refusing it."""
    with suppress(CqlError):
        assert isinstance(parse(text), Query)


# -- meaning -------------------------------------------------------------------------------------------------


def space(key: str, kind: str = "global") -> Space:
    """Return a space."""
    return Space(1, key, f"Space {key}", "ada", "2026-01-01T00:00:00.000Z", kind, "current", "")


def document(number: int = 1, **facts: Any) -> Document:
    """Return a document with some facts, and plain ones for the rest."""
    known: dict[str, Any] = {
        "record_type": "page",
        "space": space("A"),
        "title": "Title",
        "status": "current",
        "creator": "ada",
        "contributors": ("ada",),
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-02T00:00:00.000Z",
        "body_source": "<p>body</p>",
    }
    return Document(number, **known | facts)


def matches(cql: str, tested: Document, zone: str = "UTC", account: str | None = "ada") -> bool:
    """Tell whether a statement matches a document, asked at noon by somebody in a zone."""
    context = Context(account, DateContext(NOON, ZoneInfo(zone)))
    return plan(parse(cql), context).matches(tested)


FACTS: dict[str, tuple[list[str], Callable[[Document], set[str]]]] = {
    "label": (["x", "y", "team:x"], lambda known: {f"{label.prefix}:{label.name}" for label in known.labels}),
    "space": (["A", "B"], lambda known: {known.space.key}),
    "type": (["page", "blogpost"], lambda known: {known.record_type}),
    "creator": (["ada", "bo"], lambda known: {known.creator}),
    "ancestor": (["7", "8"], lambda known: {str(number) for number in known.ancestors}),
}
DOCUMENTS = [
    document(
        number,
        record_type=kind,
        space=space(key),
        creator=creator,
        labels=tuple(Label(1, prefix, name) for prefix, name in labels),
        ancestors=ancestors,
    )
    for number, (kind, key, creator, labels, ancestors) in enumerate(
        itertools.product(
            ["page", "blogpost"],
            ["A", "B"],
            ["ada", "bo"],
            [(), (("global", "x"),), (("global", "x"), ("global", "y")), (("team", "x"),)],
            [(), (7,), (7, 8)],
        )
    )
]


@st.composite
def facts_trees(draw: st.DrawFn, depth: int = 3) -> tuple[str, Callable[[Document], bool]]:
    """Draw a statement together with what is true of it, worked out by plain sets and not by the site."""
    if depth == 0 or draw(st.booleans()):
        field = draw(st.sampled_from(sorted(FACTS)))
        values, held = FACTS[field]
        wanted = draw(st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True))
        names = {f"global:{value}" if field == "label" and ":" not in value else value for value in wanted}
        text = f"{field} in ({', '.join(map(_quoted, wanted))})"
        if draw(st.booleans()):
            return f"not {text}", lambda known: not names & held(known)
        return text, lambda known: bool(names & held(known))
    (left, is_left), (right, is_right) = draw(facts_trees(depth - 1)), draw(facts_trees(depth - 1))
    if draw(st.booleans()):
        return f"({left} and ({right}))", lambda known: is_left(known) and is_right(known)
    return f"({left} or ({right}))", lambda known: is_left(known) or is_right(known)


@given(facts_trees())
@settings(max_examples=200, deadline=None)
def test_statements_mean_what_sets_say(drawn: tuple[str, Callable[[Document], bool]]) -> None:
    """Over all combinations of facts, a statement matches what plain set logic says it does."""
    text, is_meant = drawn
    # A statement may not begin with a negative clause, so it begins with one that matches nothing.
    cql = f"label in ('no-such') or {text}"
    found = {known.number for known in DOCUMENTS if matches(cql, known)}
    assert found == {known.number for known in DOCUMENTS if is_meant(known)}


@pytest.mark.parametrize(
    ("cql", "said"),
    [
        ("colour = red", "No field exists with name 'colour'"),
        ("type = pages", "'type'"),
        ("type ~ page", "'type' does not support the operator '~'"),
        ("text = x", "'text' does not support the operator '='"),
        ("created ~ x", "'created' does not support"),
        ("created in (x)", "'created' does not support"),
        ("id = abc", "'abc' is not a content id"),
        ("created > yesterday", "'created' is invalid"),
        ("space = now()", "'space' is invalid"),
        ("created > currentUser()", "gives no date"),
        ("created > now('4x')", "no increment"),
        ("type = page order by label", "'label' cannot be sorted by"),
        ('text ~ "*a"', "starts with a wildcard"),
        ('text ~ "++"', "no word"),
    ],
)
def test_statements_without_meaning_are_refused(cql: str, said: str) -> None:
    """A field, operator, value or function that does not fit is refused by name."""
    with pytest.raises(CqlError, match=re.escape(said)):
        matches(cql, document())


# -- dates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "zone", "minute"),
    [
        ("2026-03-01 10:30", "UTC", "2026-03-01T10:30"),
        ("2026/03/01 10:30", "UTC", "2026-03-01T10:30"),
        ("2026-3-1", "UTC", "2026-03-01T00:00"),
        ("2026-03-01 10:30", "Australia/Brisbane", "2026-03-01T00:30"),
        ("2026-03-01", "America/New_York", "2026-03-01T05:00"),
        ("2026-07-01 10:30", "Europe/Berlin", "2026-07-01T08:30"),
    ],
)
def test_dates_are_read_in_the_callers_zone(text: str, zone: str, minute: str) -> None:
    """A date has no zone of its own: it means that local time where the caller lives."""
    assert read_date("created", Text(text), DateContext(NOON, ZoneInfo(zone))).minute == minute


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01 10:30:00",
        "2026-03-01T10:30",
        "2026-03-01 10:30Z",
        "2026-13-01",
        "2026-02-30",
        "1 March",
        "2026-03/01",
    ],
)
def test_other_dates_are_refused(text: str) -> None:
    """Seconds, a T, a zone, days that do not exist and mixed separators are refused."""
    with pytest.raises(CqlError, match="'lastmodified' is invalid"):
        read_date("lastmodified", Text(text), DateContext(NOON, ZoneInfo("UTC")))


def test_a_local_time_that_was_skipped_is_refused() -> None:
    """A time in the hour that daylight saving skips does not exist."""
    context = DateContext(NOON, ZoneInfo("Europe/Berlin"))
    with pytest.raises(CqlError, match="does not exist in Europe/Berlin"):
        read_date("created", Text("2026-03-29 02:30"), context)
    assert read_date("created", Text("2026-03-29 03:30"), context).minute == "2026-03-29T01:30"


@pytest.mark.parametrize(
    ("function", "argument", "zone", "minute"),
    [
        ("now", None, "UTC", "2026-03-01T12:00"),
        ("now", "-4h", "Asia/Tokyo", "2026-03-01T08:00"),
        ("now", "-90m", "UTC", "2026-03-01T10:30"),
        ("now", "-1M", "UTC", "2026-02-01T12:00"),
        ("now", "+1y", "UTC", "2027-03-01T12:00"),
        ("now", "2w", "UTC", "2026-03-15T12:00"),
        ("startofday", None, "UTC", "2026-03-01T00:00"),
        ("startofday", "-1d", "Asia/Tokyo", "2026-02-27T15:00"),
        ("startofday", "-1", "UTC", "2026-02-28T00:00"),
        ("startofweek", None, "UTC", "2026-03-01T00:00"),
        ("startofmonth", "-1", "UTC", "2026-02-01T00:00"),
        ("startofyear", None, "UTC", "2026-01-01T00:00"),
        ("endofday", None, "UTC", "2026-03-01T23:59"),
        ("endofmonth", None, "UTC", "2026-03-31T23:59"),
        ("endofyear", "-1", "UTC", "2025-12-31T23:59"),
    ],
)
def test_date_functions(function: str, argument: str | None, zone: str, minute: str) -> None:
    """Functions count from now, or from the edge of a day, week, month or year in the caller's zone."""
    call = Function(function, () if argument is None else (argument,))
    assert read_date("created", call, DateContext(NOON, ZoneInfo(zone))).minute == minute


COMPARE: dict[str, Callable[[datetime, datetime], bool]] = {
    "=": lambda left, right: left == right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
}


@given(
    st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 -- local times, as CQL has them
    st.integers(-3 * 60, 3 * 60),
    st.sampled_from(["UTC", "Australia/Brisbane", "Asia/Kolkata"]),
    st.sampled_from(sorted(COMPARE)),
)
@settings(max_examples=200, deadline=None)
def test_dates_are_compared_by_the_minute(local: datetime, seconds: int, zone: str, operator: str) -> None:
    """A stored time is compared with its minute: seconds make no difference."""
    asked = local.replace(second=0, microsecond=0, tzinfo=ZoneInfo(zone))
    stored = asked.astimezone(UTC) + timedelta(seconds=seconds)
    known = document(modified=stored.strftime("%Y-%m-%dT%H:%M:%S.000Z"))
    expected = COMPARE[operator](stored.replace(second=0), asked)
    assert matches(f'lastmodified {operator} "{local:%Y-%m-%d %H:%M}"', known, zone) is expected


def test_a_date_alone_equals_its_whole_day() -> None:
    """``=`` with a date means from midnight to midnight in the caller's zone."""
    known = document(created="2026-02-28T14:30:00.000Z")
    assert matches('created = "2026-03-01"', known, "Australia/Brisbane")
    assert not matches('created = "2026-03-01"', known, "UTC")
    assert not matches('type = page and created != "2026-02-28"', known, "UTC")


# -- text ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("lamp", "The Lamp is lit", True),
        ("lamp", "Lamps are lit", False),
        ("lamp*", "Lamps are lit", True),
        ("l?mp", "a lump", True),
        ("lit lamp", "The lamp is lit", True),
        ("lamp oil", "The lamp is lit", False),
        ('"lamp is"', "The lamp is lit", True),
        ('"is lamp"', "The lamp is lit", False),
        ("roam~", "foam on the water", True),
        ("roam~", "rome", False),
        ("roam~", "roams", True),
        ("naïve", "A naïve idea", True),
    ],
)
def test_text_is_matched_by_words(pattern: str, text: str, found: bool) -> None:
    """Words match whole and in any case; wildcards, phrases and near words as documented."""
    assert text_matcher("text", pattern)(text) is found


def test_text_looks_into_code_and_not_into_markup() -> None:
    """The text of a body holds its code and its entities, and neither its tags nor its macros' parameters."""
    known = document(
        body_source='<p>Caf&eacute; <strong>au</strong> lait</p><ac:structured-macro ac:name="code">'
        '<ac:parameter ac:name="language">python</ac:parameter>'
        "<ac:plain-text-body><![CDATA[if a < b: brew()]]></ac:plain-text-body></ac:structured-macro>"
    )
    for word in ("café", "au", "brew"):
        assert matches(f'text ~ "{word}"', known), word
    for word in ("strong", "python", "parameter", "cdata"):
        assert not matches(f'text ~ "{word}"', known), word
