"""One request as the handlers see it, with its parameters read and checked, and the answer they give."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from confluence_pipeline.site.cursors import Position, fingerprint
from confluence_pipeline.site.errors import bad_request, wrong_type
from confluence_pipeline.site.visibility import Viewer

if TYPE_CHECKING:
    from confluence_pipeline.site.world import World

_CURSOR_REFUSED = "The provided cursor was not valid for this query. Start again without a cursor."
_MAXIMUM_ID = 2**63 - 1


@dataclass(slots=True)
class Answer:
    """What goes back: a JSON value (or bytes, then with a ``media_type``), a status and further headers."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media_type: str = "application/json"


@dataclass(slots=True)
class PagingFaults:
    """How this one answer's paging misbehaves; see :mod:`confluence_pipeline.site.faults`."""

    page_cap: int | None = None
    empty_page: bool = False
    repeat_cursor: bool = False
    expired_cursor: bool = False
    duplicates: int = 0
    shift: int = 0
    poison_ids: frozenset[int] = frozenset()


@dataclass(slots=True)
class Call:
    """A request: who asks, for what, with which parameters."""

    world: "World"
    method: str
    path: str
    pairs: Sequence[tuple[str, str]]
    path_params: Mapping[str, str]
    headers: Mapping[str, str]
    viewer: Viewer
    body: bytes = b""
    faults: PagingFaults = field(default_factory=PagingFaults)

    # -- query parameters --------------------------------------------------------------------------------

    def one(self, name: str) -> str | None:
        """Return the parameter's first value, or None."""
        return next((value for key, value in self.pairs if key == name), None)

    def many(self, name: str, maximum: int | None = None) -> list[str]:
        """Return the parameter's values, repeated or separated by commas; 400 when over ``maximum``."""
        values = [part for key, value in self.pairs if key == name for part in value.split(",") if part]
        if maximum is not None and len(values) > maximum:
            raise bad_request(f"'{name}' takes at most {maximum} values; {len(values)} were given.")
        return values

    def choice(self, name: str, allowed: Collection[str]) -> str | None:
        """Return the parameter's value, or None when absent; 400 when not one of ``allowed``."""
        value = self.one(name)
        if value is not None and value not in allowed:
            raise wrong_type(name, "one of " + ", ".join(allowed))
        return value

    def choices(self, name: str, allowed: Collection[str], default: Collection[str]) -> frozenset[str]:
        """Return the parameter's values, or the default; 400 when one of them is not ``allowed``."""
        values = self.many(name)
        for value in values:
            if value not in allowed:
                raise wrong_type(name, "one of " + ", ".join(allowed))
        return frozenset(values or default)

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a boolean parameter."""
        value = self.one(name)
        if value is None:
            return default
        if value.lower() not in ("true", "false"):
            raise wrong_type(name, "boolean")
        return value.lower() == "true"

    def integer(self, name: str, default: int | None = None, *, low: int, high: int) -> int | None:
        """Return a whole number between ``low`` and ``high``; 400 for anything else."""
        value = self.one(name)
        if value is None:
            return default
        digits = value.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal()):
            raise wrong_type(name, "Integer")
        if not low <= int(value) <= high:
            raise bad_request(f"'{name}' must be between {low} and {high}; it is {value}.")
        return int(value)

    def limit(self, default: int = 25, *, low: int = 1, high: int = 250) -> int:
        """Return the page size, at most what a fault caps it to."""
        limit = self.integer("limit", default, low=low, high=high) or 0
        cap = self.faults.page_cap
        return limit if cap is None else min(limit, cap)

    def ids(self, name: str, maximum: int) -> list[int]:
        """Return a list of ids; 400 when one is no number or there are more than ``maximum``."""
        return [read_id(value, name) for value in self.many(name, maximum)]

    # -- path and body -----------------------------------------------------------------------------------

    def path_id(self, name: str = "id", expected: str = "ContentId") -> int:
        """Return an id from the path; 400 when it is no number."""
        return read_id(self.path_params[name], name, expected)

    def json(self) -> dict[str, Any]:
        """Return the request's body, which must be a JSON object."""
        try:
            value = json.loads(self.body)
        except ValueError as error:
            raise bad_request("The request body is not JSON.") from error
        if not isinstance(value, dict):
            raise bad_request("The request body is not a JSON object.")
        return value

    # -- cursors -----------------------------------------------------------------------------------------

    @property
    def query(self) -> str:
        """The fingerprint that this request's cursors are bound to."""
        return fingerprint(self.path, self.pairs)

    def cursor(self) -> tuple[Position | None, int]:
        """Return where the walk stands (None: at the start) and the cursor's salt; 400 when it is not ours."""
        cursor = self.one("cursor")
        if cursor is None:
            return None, 0
        if self.faults.expired_cursor:
            raise wrong_type("cursor", "Cursor", _CURSOR_REFUSED)
        try:
            return self.world.cursors.read(self.query, cursor)
        except ValueError as error:
            raise wrong_type("cursor", "Cursor", _CURSOR_REFUSED) from error


def read_id(value: str, name: str, expected: str = "ContentId") -> int:
    """Read an id as the API takes it: decimal digits that fit 64 bits; 400 for anything else."""
    if not (value.isascii() and value.isdecimal()) or int(value) > _MAXIMUM_ID:
        raise wrong_type(name, expected)
    return int(value)
