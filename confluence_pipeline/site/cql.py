"""The Confluence Query Language: text to a tree. What the tree means is in :mod:`~…site.cql_meaning`.

The grammar is that of "Advanced searching using CQL" (Atlassian developer documentation)::

    query  := [expression] [ORDER BY field [ASC | DESC] {"," field [ASC | DESC]}]
    expression := term {(AND | OR) term}
    term   := NOT term | "(" expression ")" | field operator operand
    operator := "=" | "!=" | ">" | ">=" | "<" | "<=" | "~" | "!~" | IN | NOT IN
    operand := value | "(" value {"," value} ")"
    value  := word | "quoted" | 'quoted' | function "(" [value {"," value}] ")"

Documented and kept here: without parentheses AND and OR are taken from left to right with equal weight; a
statement does not begin with a negative clause (NOT, ``!=``, ``!~``, NOT IN); words with reserved characters,
and reserved words, stand in quotes; inside quotes a backslash escapes the quote and itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

_RESERVED = """
after and as avg before begin by commit contains count distinct else empty end explain from having if in inner
insert into is isnull left like limit max min not null or order outer right select sum then was where update
"""
RESERVED_WORDS = frozenset(_RESERVED.split())
OPERATORS = ("!=", ">=", "<=", "!~", "=", ">", "<", "~")
NEGATIVE = frozenset({"!=", "!~", "not in"})
_WORD_ENDS = frozenset(" \t\r\n\"'()=!<>~,+;?|*/%^$#@[]&")


class CqlError(ValueError):
    """A statement that cannot be read or makes no sense; the message names the field or the position."""


@dataclass(frozen=True, slots=True)
class Text:
    """A value written out."""

    value: str


@dataclass(frozen=True, slots=True)
class Function:
    """A value that is worked out, ``now("-4h")``."""

    name: str
    arguments: tuple[str, ...] = ()


Value = Text | Function


@dataclass(frozen=True, slots=True)
class Clause:
    """A field compared with one value, or with several for IN and NOT IN."""

    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What its term does not match."""

    term: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """What both sides match."""

    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Or:
    """What either side matches."""

    left: "Expression"
    right: "Expression"


Expression = Clause | Not | And | Or


@dataclass(frozen=True, slots=True)
class Order:
    """One field to sort by."""

    field: str
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A whole statement; without an expression it matches everything."""

    expression: Expression | None
    order: tuple[Order, ...] = ()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    """``word``, ``quoted``, ``symbol`` or ``end``."""
    text: str
    position: int

    @property
    def keyword(self) -> str:
        """The word in lower case when it is bare, so that keywords may be written either way."""
        return self.text.lower() if self.kind == "word" else ""

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else f"'{self.text}'"


def parse(cql: str) -> Query:
    """Read a statement.

    Raises:
        CqlError: It is not CQL; the message says at which position (from 1) and what was expected.
    """
    if not cql.strip():
        raise CqlError("Could not parse cql : the statement is empty")
    return _Parser(list(_tokens(cql))).query()


def first_clause(expression: Expression) -> Expression:
    """Return the leftmost clause or NOT of an expression."""
    while isinstance(expression, And | Or):
        expression = expression.left
    return expression


def conjuncts(expression: Expression | None) -> Iterator[Expression]:
    """Yield the parts that must all hold."""
    if isinstance(expression, And):
        yield from conjuncts(expression.left)
        yield from conjuncts(expression.right)
    elif expression is not None:
        yield expression


def _tokens(cql: str) -> Iterator[_Token]:
    index = 0
    while index < len(cql):
        character = cql[index]
        if character.isspace():
            index += 1
        elif character in "\"'":
            text, end = _quoted(cql, index)
            yield _Token("quoted", text, index + 1)
            index = end
        elif symbol := _symbol(cql, index):
            yield _Token("symbol", symbol, index + 1)
            index += len(symbol)
        else:
            word = _word(cql, index)
            yield _Token("word", word, index + 1)
            index += len(word)
    yield _Token("end", "", len(cql) + 1)


def _symbol(cql: str, index: int) -> str:
    return next((symbol for symbol in (*OPERATORS, "(", ")", ",") if cql.startswith(symbol, index)), "")


def _word(cql: str, start: int) -> str:
    end = start
    while end < len(cql) and cql[end] not in _WORD_ENDS:
        end += 1
    if end == start:
        raise CqlError(
            f"Could not parse cql : the character '{cql[start]}' at position {start + 1} is reserved;"
            " put the value in quotes"
        )
    return cql[start:end]


def _quoted(cql: str, start: int) -> tuple[str, int]:
    quote, index = cql[start], start + 1
    text: list[str] = []
    while index < len(cql):
        character = cql[index]
        if character == quote:
            return "".join(text), index + 1
        if character == "\\" and index + 1 < len(cql) and cql[index + 1] in "\"'\\":
            index += 1
            character = cql[index]
        text.append(character)
        index += 1
    raise CqlError(f"Could not parse cql : the quote at position {start + 1} is not closed")


class _Parser:
    """Recursive descent over the tokens; each method reads one rule of the grammar."""

    _DEEPEST = 200

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._index = 0
        self._depth = 0

    @property
    def _next(self) -> _Token:
        return self._tokens[self._index]

    def _take(self) -> _Token:
        token = self._next
        self._index = min(self._index + 1, len(self._tokens) - 1)
        return token

    def _fail(self, expected: str) -> CqlError:
        return CqlError(
            f"Could not parse cql : expected {expected} at position {self._next.position}, found {self._next}"
        )

    def _symbol(self, symbol: str) -> bool:
        if self._next.kind == "symbol" and self._next.text == symbol:
            self._take()
            return True
        return False

    def query(self) -> Query:
        expression = None
        if self._next.keyword != "order":
            expression = self._expression()
            self._refuse_negative_start(expression)
        order = self._order()
        if self._next.kind != "end":
            raise self._fail("AND, OR, ORDER BY or the end")
        return Query(expression, order)

    def _refuse_negative_start(self, expression: Expression) -> None:
        first = first_clause(expression)
        if isinstance(first, Not) or (isinstance(first, Clause) and first.operator in NEGATIVE):
            raise CqlError("Could not parse cql : a negative clause cannot be the first clause of a statement")

    def _expression(self) -> Expression:
        left = self._term()
        while self._next.keyword in ("and", "or"):
            joined = And if self._take().keyword == "and" else Or
            left = joined(left, self._term())
        return left

    def _term(self) -> Expression:
        self._depth += 1
        if self._depth > self._DEEPEST:
            raise CqlError(f"Could not parse cql : more than {self._DEEPEST} levels of nesting")
        try:
            if self._next.keyword == "not":
                self._take()
                return Not(self._term())
            if self._symbol("("):
                expression = self._expression()
                if not self._symbol(")"):
                    raise self._fail("')'")
                return expression
            return self._clause()
        finally:
            self._depth -= 1

    def _clause(self) -> Clause:
        field = self._field()
        operator = self._operator(field)
        if operator in ("in", "not in"):
            return Clause(field, operator, self._list())
        return Clause(field, operator, (self._value(),))

    def _field(self) -> str:
        if self._next.kind != "word" or self._next.keyword in RESERVED_WORDS:
            raise self._fail("a field")
        return self._take().text.lower()

    def _operator(self, field: str) -> str:
        if self._next.kind == "symbol" and self._next.text in OPERATORS:
            return self._take().text
        if self._next.keyword == "in":
            return self._take().keyword
        if self._next.keyword == "not" and self._tokens[self._index + 1].keyword == "in":
            self._index += 2
            return "not in"
        raise self._fail(f"an operator after the field '{field}'")

    def _list(self) -> tuple[Value, ...]:
        if not self._symbol("("):
            if self._next.kind == "word":
                return (self._value(),)
            raise self._fail("'('")
        values = [self._value()]
        while self._symbol(","):
            values.append(self._value())
        if not self._symbol(")"):
            raise self._fail("',' or ')'")
        return tuple(values)

    def _value(self) -> Value:
        token = self._next
        if token.kind == "quoted":
            return Text(self._take().text)
        if token.kind != "word" or token.keyword in RESERVED_WORDS:
            raise self._fail("a value")
        self._take()
        if self._symbol("("):
            return Function(token.text.lower(), self._arguments())
        if "." in token.text:
            raise CqlError(
                f"Could not parse cql : the value at position {token.position} holds '.', a reserved character;"
                " put it in quotes"
            )
        return Text(token.text)

    def _arguments(self) -> tuple[str, ...]:
        arguments: list[str] = []
        while not self._symbol(")"):
            if arguments and not self._symbol(","):
                raise self._fail("',' or ')'")
            if self._next.kind not in ("word", "quoted"):
                raise self._fail("an argument")
            arguments.append(self._take().text)
        return tuple(arguments)

    def _order(self) -> tuple[Order, ...]:
        if self._next.keyword != "order":
            return ()
        self._take()
        if self._next.keyword != "by":
            raise self._fail("BY")
        self._take()
        order = [self._order_field()]
        while self._symbol(","):
            order.append(self._order_field())
        return tuple(order)

    def _order_field(self) -> Order:
        field = self._field()
        if self._next.keyword in ("asc", "desc"):
            return Order(field, self._take().keyword == "desc")
        return Order(field)
