"""From a REST answer's JSON to records, whatever the product; what is not of the documented form is refused."""

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.errors import ListingError
from confluence_pipeline.confluence.paging import is_whole
from confluence_pipeline.confluence.records import Label

Record = TypeVar("Record")
Results = TypeVar("Results", list[Json], dict[str, str | None])


def moment(text: str | None) -> datetime | None:
    """Return an API time stamp, with whatever offset it carries, in UTC.

    Raises:
        ValueError: It is not ISO 8601 with an offset.
    """
    if not text:
        return None
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"the time {text!r} has no zone")
    return parsed.astimezone(UTC)


def results_of(data: Json, kind: type[Results], what: str) -> Results:
    """Return an answer's results; an answer without them says nothing about what is missing."""
    results = data.get("results")
    if not isinstance(results, kind):
        raise ListingError(f"The answer about {what} has no results; nothing can be concluded from it")
    return results


def parsed(page: Iterable[Json], parse: Callable[[Json], Record], what: str) -> Iterator[Record]:
    """Yield the records of a page's items.

    Raises:
        ListingError: An item is not of the documented form.
    """
    for data in page:
        try:
            yield parse(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            thing = data.get("content", data) if isinstance(data, dict) else None
            item = thing.get("id") if isinstance(thing, dict) else None
            raise ListingError(
                f"The listing of {what} holds an item ({item}) that is not of the documented form ({error!r})"
            ) from error


def once(
    pages: Iterable[list[Json]], parse: Callable[[Json], Record], what: str, identity: Callable[[Record], str]
) -> Iterator[Record]:
    """Yield the records of a listing's pages, each once: a listing may repeat what moves while it is walked."""
    seen: set[str] = set()
    for page in pages:
        for record in parsed(page, parse, what):
            if identity(record) not in seen:
                seen.add(identity(record))
                yield record


def optional_text(value: object) -> str | None:
    """Return an id as text, for v1 writes some as numbers."""
    return None if value is None else str(value)


def web_url(base: str, data: Json) -> str | None:
    """Return where people see a thing, from the link that v1 and v2 give relative to the base."""
    path = (data.get("_links") or {}).get("webui")
    return f"{base}{path}" if path else None


def label(data: Json) -> Label:
    """Return the label of an item of a listing of labels, v1 or v2."""
    return Label(str(data["id"]), data["prefix"], data["name"])


def labels_told(listed: object) -> tuple[Label, ...] | None:
    """Return the labels that a v1 expansion holds; None where it is missing or does not hold all there are."""
    if not isinstance(listed, dict) or "results" not in listed or not is_whole(listed):
        return None
    return tuple(label(item) for item in listed["results"])


def is_content(hit: Json) -> bool:
    """Return whether a hit of v1 ``search`` is a content, and not a space or a user."""
    return bool(hit.get("entityType", "content") == "content")


def json_text(value: object) -> str:
    """Return a JSON value as text with its keys sorted, escaped only where it could not be written in UTF-8."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, sort_keys=True)
    return text
