"""What the search index knows to have changed lately: a hint at which spaces to look at, never the truth.

The index lags behind, and it knows nothing of labels, restrictions, moves and removals, which leave the date of a
content alone. So this only makes syncs come sooner; a sync itself lists everything, and so does the daily one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from confluence_pipeline.confluence import ChangeHit, ConfluenceClient, QueryError, Scope
from confluence_pipeline.confluence.cql import all_of, any_of
from confluence_pipeline.confluence.dialect import NODE_TYPES

MOST_CHANGES = 5_000
"""The most hits that are read at a time: twenty requests."""

_TYPES = ("page", "blogpost", "comment", "attachment")
_MOST_KEYS_NAMED = 50


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed lately.

    Attributes:
        marks: By space key, a short text for each thing in it that changed; another version has another text.
        is_cut: Whether more changed than was read, so that any space may be among the changed ones.
    """

    marks: dict[str, frozenset[str]]
    is_cut: bool = False

    def since(self, seen: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
        """Return what is not in ``seen``, which has the form of :attr:`marks`; spaces with nothing new are left out."""
        new = {key: marks - seen.get(key, frozenset()) for key, marks in self.marks.items()}
        return {key: marks for key, marks in new.items() if marks}


def recent_changes(client: ConfluenceClient, scope: Scope, minutes: int, *, most: int = MOST_CHANGES) -> Changes:
    """Ask the site what was modified lately, of every type and in archived spaces, too: a request per 250 hits.

    A scope is heeded by its spaces alone: a change to anything in a space may be what moves a content in or out of
    a narrower one.

    Args:
        client: The site.
        scope: What is asked for.
        minutes: How far to look back, by the site's own clock, so that neither ours nor a time zone matters.
        most: How many hits to read at most, the newest first.

    Raises:
        ConfluenceError: The site could not be asked.
    """
    try:
        hits = _newest(client, scope, minutes, (*_TYPES, *NODE_TYPES), most)
    except QueryError:  # a site whose search does not know the nodes of the tree
        hits = _newest(client, scope, minutes, _TYPES, most)
    marks: dict[str, set[str]] = {}
    for hit in hits[:most]:
        if scope.allows_space(hit.space_key):
            marks.setdefault(hit.space_key, set()).add(f"{hit.item_id}@{_version(hit)}")
    return Changes({key: frozenset(found) for key, found in sorted(marks.items())}, is_cut=len(hits) > most)


def _newest(client: ConfluenceClient, scope: Scope, minutes: int, types: tuple[str, ...], most: int) -> list[ChangeHit]:
    """Return the newest hits, one more than ``most`` if there are that many."""
    keys = scope.space_keys if len(scope.space_keys) <= _MOST_KEYS_NAMED else ()
    query = all_of(
        f'lastmodified >= now("-{minutes}m")', f"type in ({', '.join(types)})", any_of("space", keys) if keys else None
    )
    hits: Iterator[ChangeHit] = client.api.search_changes(f"{query} order by lastmodified desc")
    return list(islice(hits, most + 1))


def _version(hit: ChangeHit) -> str:
    if hit.version_number is not None:
        return str(hit.version_number)
    return hit.modified_at.isoformat() if hit.modified_at else ""
