"""What a CQL statement means: which documents it matches, and in which order.

Fields, their operators and their aliases are those of "CQL fields" (Atlassian developer documentation).
Comparisons of dates have the grain of a minute; ``=`` with a date alone means that whole day.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from confluence_pipeline.site.cql import (
    And,
    Clause,
    CqlError,
    Expression,
    Function,
    Not,
    Query,
    Value,
    conjuncts,
)
from confluence_pipeline.site.cql_dates import DateContext, Moment, read_date
from confluence_pipeline.site.cql_text import plain_words, text_matcher
from confluence_pipeline.site.markup import macros_in, mentions_in, text_of
from confluence_pipeline.site.search_index import Document

Predicate = Callable[[Document], bool]
Subject = TypeVar("Subject")
Test = Callable[[Subject], bool]

_ALIASES = {
    "lastmodified.date": "lastmodified",
    "space.key": "space",
    "content": "id",
    "favorite": "favourite",
    "sitesearch": "text",
    "creator.accountid": "creator",
    "contributor.accountid": "contributor",
}
_CONTENT_TYPES = frozenset(
    {"page", "blogpost", "comment", "attachment", "whiteboard", "database", "embed", "folder", "space", "user"}
)
_EQUALITY = frozenset({"=", "!=", "in", "not in"})
_DATE_OPERATORS = frozenset({"=", "!=", ">", ">=", "<", "<="})
_TEXT_OPERATORS = frozenset({"~", "!~"})


@dataclass(frozen=True, slots=True)
class Context:
    """Who asks, by which clock and zone dates are read, and what the product knows.

    ``names`` are what people are called besides their ids, in values of fields that take people; ``absent`` are fields
    and types that there are not, though other products have them.
    """

    account_id: str | None
    dates: DateContext
    names: Mapping[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement made ready: a test for documents, the sort key, and hints on where to look."""

    matches: Predicate
    sort_key: Callable[[Document], tuple[Any, ...]]
    directions: tuple[bool, ...]
    types: frozenset[str] | None
    space_keys: frozenset[str] | None
    ids: frozenset[int] | None


def _labels(document: Document) -> Collection[str]:
    return {f"{label.prefix}:{label.name}" for label in document.labels}


_EQUALITY_FIELDS: dict[str, Callable[[Document], Collection[str]]] = {
    "id": lambda document: (str(document.number),),
    "parent": lambda document: (str(document.parent),),
    "ancestor": lambda document: [str(ancestor) for ancestor in document.ancestors],
    "container": lambda document: (str(document.container),),
    "space": lambda document: (document.space.key,),
    "space.type": lambda document: (document.space.space_type,),
    "space.category": lambda document: [label.name for label in document.space.labels],
    "type": lambda document: (document.record_type,),
    "label": _labels,
    "creator": lambda document: (document.creator,),
    "contributor": lambda document: document.contributors,
    "owner": lambda document: (document.owner,),
    "mention": lambda document: mentions_in(document.body),
    "watcher": lambda document: (document.creator,),
    "favourite": lambda _: (),
    "macro": lambda document: macros_in(document.body),
    "pagestatus": lambda document: (document.status,),
    "subtype": lambda document: ("page",) if document.record_type == "page" else (),
    "fileextension": lambda document: (document.file_extension,),
    "title": lambda document: (document.title.lower(),),
    "space.title": lambda document: (document.space.name.lower(),),
}
_TEXT_FIELDS: dict[str, Callable[[Document], str]] = {
    "title": lambda document: document.title,
    "space.title": lambda document: document.space.name,
    "text": lambda document: f"{document.title}\n{text_of(document.body)}",
    "macro": lambda document: " ".join(macros_in(document.body)),
}
_DATE_FIELDS: dict[str, Callable[[Document], str]] = {
    "created": lambda document: document.created,
    "lastmodified": lambda document: document.modified,
}
_SORT_FIELDS: dict[str, Callable[[Document], Any]] = {
    **_DATE_FIELDS,
    "id": lambda document: document.number,
    "title": lambda document: document.title.lower(),
    "space": lambda document: document.space.key,
    "type": lambda document: document.record_type,
    "creator": lambda document: document.creator,
}
_NUMBERS = frozenset({"id", "parent", "ancestor", "container"})
_USERS = frozenset({"creator", "contributor", "owner", "mention", "watcher"})


def field_name(field: str) -> str:
    """Return a field's one name; 400 for a field that there is not."""
    name = _ALIASES.get(field, field)
    if name not in _EQUALITY_FIELDS and name not in _TEXT_FIELDS and name not in _DATE_FIELDS:
        raise CqlError(f"No field exists with name '{field}'")
    return name


def plan(query: Query, context: Context) -> Plan:
    """Make a statement ready to be matched.

    Raises:
        CqlError: A field does not exist, does not take the operator, or is given a value it cannot have.
    """
    expression = query.expression
    matches: Predicate = combined(expression, lambda clause: _clause(clause, context))
    keys = []
    for order in query.order:
        name = _ALIASES.get(order.field, order.field)
        if name not in _SORT_FIELDS:
            raise CqlError(f"The field '{order.field}' cannot be sorted by")
        keys.append(_SORT_FIELDS[name])
    numbers = _hint(expression, "id", context)
    return Plan(
        matches,
        lambda document: tuple(key(document) for key in keys),
        tuple(order.descending for order in query.order),
        _hint(expression, "type", context),
        _hint(expression, "space", context),
        None if numbers is None else frozenset(int(number) for number in numbers),
    )


def _hint(expression: Expression | None, field: str, context: Context) -> frozenset[str] | None:
    for part in conjuncts(expression):
        if isinstance(part, Clause) and field_name(part.field) == field and part.operator in ("=", "in"):
            return frozenset(_equality_values(part, field, context))
    return None


def combined(expression: Expression | None, test_of: Callable[[Clause], Test[Subject]]) -> Test[Subject]:
    """Return the test that an expression makes of those that ``test_of`` gives for clauses; all pass without one."""
    if expression is None:
        return lambda _: True
    if isinstance(expression, Clause):
        return test_of(expression)
    if isinstance(expression, Not):
        term = combined(expression.term, test_of)
        return lambda subject: not term(subject)
    left, right = combined(expression.left, test_of), combined(expression.right, test_of)
    if isinstance(expression, And):
        return lambda subject: left(subject) and right(subject)
    return lambda subject: left(subject) or right(subject)


def _clause(clause: Clause, context: Context) -> Predicate:
    field = field_name(clause.field)
    if clause.field in context.absent:
        raise CqlError(f"No field exists with name '{clause.field}'")
    if field in _DATE_FIELDS:
        return _date_clause(clause, _DATE_FIELDS[field], context)
    if clause.operator in _TEXT_OPERATORS and field in _TEXT_FIELDS:
        return _text_clause(clause, _TEXT_FIELDS[field])
    if clause.operator in _EQUALITY and field in _EQUALITY_FIELDS:
        return _equality_clause(clause, field, context)
    raise CqlError(f"The field '{clause.field}' does not support the operator '{clause.operator.upper()}'")


def _equality_clause(clause: Clause, field: str, context: Context) -> Predicate:
    values = _equality_values(clause, field, context)
    held = _EQUALITY_FIELDS[field]
    if clause.operator in ("=", "in"):
        return lambda document: not values.isdisjoint(held(document))
    return lambda document: values.isdisjoint(held(document))


def _equality_values(clause: Clause, field: str, context: Context) -> frozenset[str]:
    return frozenset(_equality_value(clause.field, field, value, context) for value in clause.values)


def _equality_value(written: str, field: str, value: Value, context: Context) -> str:
    if isinstance(value, Function):
        if value.name == "currentuser" and field in _USERS:
            return context.account_id or ""
        raise CqlError(f"The field '{written}' is invalid: {value.name}() gives no value for it")
    if field == "type" and value.value.lower() in context.absent:
        raise CqlError(f"The field '{written}' is invalid: there is no content type '{value.value}'")
    text = context.names.get(value.value, value.value) if field in _USERS else value.value
    return _checked(written, field, text)


def _checked(written: str, field: str, text: str) -> str:
    if field in _NUMBERS:
        digits = text.removeprefix("att") if field in ("id", "container") else text
        if not (digits.isascii() and digits.isdecimal()):
            raise CqlError(f"The field '{written}' is invalid: '{text}' is not a content id")
        return str(int(digits))
    if field == "type" and text.lower() not in _CONTENT_TYPES:
        raise CqlError(f"The field '{written}' is invalid: there is no content type '{text}'")
    if field == "label":
        prefix, colon, name = text.lower().rpartition(":")
        return f"{prefix if colon else 'global'}:{name}"
    keeps_case = field in ("space", "macro", "subtype") or field in _USERS
    return text if keeps_case else text.lower()


def _text_clause(clause: Clause, held: Callable[[Document], str]) -> Predicate:
    value = clause.values[0]
    if isinstance(value, Function):
        raise CqlError(f"The field '{clause.field}' is invalid: {value.name}() gives no text")
    matches = text_matcher(clause.field, value.value)
    words = plain_words(value.value)

    def found(document: Document) -> bool:
        # Taking the text out of a body is slow, and most bodies lack one of the words altogether.
        raw = f"{document.title} {document.space.name} {document.body}".lower()
        return all(word in raw for word in words) and matches(held(document))

    return found if clause.operator == "~" else lambda document: not found(document)


def _date_clause(clause: Clause, held: Callable[[Document], str], context: Context) -> Predicate:
    if clause.operator not in _DATE_OPERATORS:
        raise CqlError(f"The field '{clause.field}' does not support the operator '{clause.operator.upper()}'")
    moment = read_date(clause.field, clause.values[0], context.dates)
    compare = _comparison(clause.operator, moment)
    return lambda document: compare(held(document)[:16])


def _comparison(operator: str, moment: Moment) -> Callable[[str], bool]:
    start, day_end = moment.minute, moment.day_end
    if day_end is not None and operator in ("=", "!="):
        inside = operator == "="
        return lambda minute: (start <= minute < day_end) is inside
    comparisons: dict[str, Callable[[str], bool]] = {
        "=": lambda minute: minute == start,
        "!=": lambda minute: minute != start,
        ">": lambda minute: minute > start,
        ">=": lambda minute: minute >= start,
        "<": lambda minute: minute < start,
        "<=": lambda minute: minute <= start,
    }
    return comparisons[operator]
