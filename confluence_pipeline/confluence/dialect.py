"""What the pipeline asks of a Confluence product; one class for each product answers it."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from confluence_pipeline.confluence.records import (
    BodyRecord,
    Caller,
    ContentRecord,
    ContentType,
    Label,
    SiteFacts,
    SpaceRecord,
    UserRecord,
)

CONTENT_TYPES: tuple[ContentType, ...] = ("page", "blogpost")

IN_SCOPE_STATUSES = ("current", "archived")
GONE_STATUSES = ("trashed", "deleted")


class Dialect(Protocol):
    """The reading calls of one product. All raise :class:`ConfluenceError` by its subclasses."""

    product: str
    batch_size: int
    """The most ids that one request may name."""
    users_url: str
    """The REST resource that user records are read from."""

    def caller(self) -> Caller:
        """Return who the credentials log in as; never raises for an anonymous caller."""
        ...

    def site_facts(self) -> SiteFacts:
        """Return what the site says of itself, with None for what the caller may not see."""
        ...

    def spaces(self, *, keys: Sequence[str] = (), ids: Sequence[str] = ()) -> Iterator[SpaceRecord]:
        """Yield the spaces the caller can see, of every type and status, narrowed to ``keys`` or ``ids``."""
        ...

    def space_labels(self, space_id: str) -> list[Label]:
        """Return the labels (categories) of a space."""
        ...

    def contents(self, content_type: ContentType, space_id: str) -> Iterator[ContentRecord]:
        """Yield every content of a space that is current or archived, without bodies, each once."""
        ...

    def contents_by_id(
        self, content_type: ContentType, ids: Sequence[str], statuses: Sequence[str] = IN_SCOPE_STATUSES
    ) -> list[ContentRecord]:
        """Return those of at most ``batch_size`` ids that exist in one of ``statuses`` and are visible."""
        ...

    def bodies(self, content_type: ContentType, ids: Sequence[str]) -> list[BodyRecord]:
        """Return those of at most ``batch_size`` ids that are visible, with their bodies."""
        ...

    def search(self, cql: str) -> Iterator[tuple[str, str]]:
        """Yield the id and type of every content, archived ones too, that the index finds for ``cql``."""
        ...

    def search_spaces(self, cql: str) -> set[str]:
        """Return the keys of the spaces in which the index finds anything for ``cql``."""
        ...

    def search_labels(self, cql: str) -> Iterator[tuple[str, list[Label]]]:
        """Yield the id and labels of every content that the index finds for ``cql``."""
        ...

    def count(self, cql: str) -> int:
        """Return how many contents the index finds for ``cql``; costs one request."""
        ...

    def content_labels(self, content_type: ContentType, content_id: str) -> list[Label]:
        """Return the labels of one content, from the database and not the index."""
        ...

    def users(self, account_ids: Sequence[str]) -> list[UserRecord]:
        """Return those of at most ``batch_size`` account ids that the site still knows."""
        ...

    def visible_types(self, ids: Sequence[str]) -> dict[str, str | None]:
        """Return the type of each content id; None where it is missing or hidden from the caller."""
        ...
