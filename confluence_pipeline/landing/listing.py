"""Lists what is in scope in one space, without bodies: the truth that everything else is compared with."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from confluence_pipeline.confluence import (
    CONTENT_TYPES,
    ConfluenceClient,
    ContentRecord,
    ContentType,
    Label,
    NotFoundError,
    Scope,
)
from confluence_pipeline.confluence.cql import IDS_IN_A_QUERY, all_of, any_of, groups


@dataclass(frozen=True, slots=True)
class Listed:
    """What a space holds in scope.

    Attributes:
        contents: What is listed, by id.
        labels: The labels of each, in the order of prefix and name.
        excluded: Ids of what the scope's exclusions leave out.
        is_whole: Whether that is everything in the space that the caller can see.
    """

    contents: dict[str, ContentRecord] = field(default_factory=dict)
    labels: dict[str, tuple[Label, ...]] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    is_whole: bool = False


def list_space(client: ConfluenceClient, scope: Scope, space_key: str, space_id: str) -> Listed:
    """List the contents of a space that are in scope, with their labels.

    A scope of whole spaces walks the space's listing; page ids, labels and CQL ask for just those contents.
    Labels come 250 contents a request from the search, whose hits may lag but whose labels are read from the
    database; a content that the search does not know (yet) is asked for by itself.

    Args:
        client: The site.
        scope: What is asked for.
        space_key: The space's key.
        space_id: Its id.

    Raises:
        ConfluenceError: The site could not be asked, or the listing cannot be trusted.
    """
    if scope.lists_whole_spaces:
        contents, hits = _whole_space(client, space_key, space_id)
    else:
        contents, hits = _narrowed(client, scope, space_key, space_id)
    unwanted = set(scope.exclude_page_ids)
    wanted = [record for i, record in contents.items() if i not in unwanted]
    labels = {record.content_id: hits[record.content_id] for record in wanted if record.content_id in hits}
    labels |= _labels_by_id(client, [record for record in wanted if record.content_id not in hits])
    unwanted |= _excluded_by_label(client, scope, space_key, labels)
    kept = [i for i in labels if i not in unwanted and _is_labelled(labels[i], scope)]
    return Listed(
        {i: contents[i] for i in kept},
        {i: tuple(sorted(labels[i], key=lambda label: (label.prefix, label.name))) for i in kept},
        frozenset(unwanted),
        is_whole=scope.lists_whole_spaces and not unwanted,
    )


Hits = dict[str, list[Label]]


def _whole_space(client: ConfluenceClient, space_key: str, space_id: str) -> tuple[dict[str, ContentRecord], Hits]:
    query = all_of(any_of("space", [space_key]), "type in (page, blogpost)")

    def walk(part: ContentType | None) -> tuple[list[ContentRecord], Hits]:
        if part is None:
            return [], dict(client.api.search_labels(query))
        return list(client.api.contents(part, space_id)), {}

    contents: dict[str, ContentRecord] = {}
    hits: Hits = {}
    for records, found in client.in_parallel(walk, (None, *CONTENT_TYPES)):
        contents |= {record.content_id: record for record in records}
        hits |= found
    return contents, hits


def _narrowed(
    client: ConfluenceClient, scope: Scope, space_key: str, space_id: str
) -> tuple[dict[str, ContentRecord], Hits]:
    if scope.needs_search:
        queries = scope.queries(space_key)
    else:
        space = any_of("space", [space_key])
        queries = [all_of(space, any_of("id", some)) for some in groups(scope.page_ids, IDS_IN_A_QUERY)]
    hits = {i: labels for query in queries for i, labels in client.api.search_labels(query)}
    ids = sorted(hits) if scope.needs_search else list(scope.page_ids)
    contents: dict[str, ContentRecord] = {}
    for content_type in CONTENT_TYPES:
        missing = [i for i in ids if i not in contents]
        for batch in groups(missing, client.api.batch_size):
            contents |= {record.content_id: record for record in client.api.contents_by_id(content_type, batch)}
    return {i: record for i, record in contents.items() if record.space_id == space_id}, hits


def _labels_by_id(client: ConfluenceClient, records: list[ContentRecord]) -> Hits:
    def ask(record: ContentRecord) -> list[Label] | None:
        try:
            return client.api.content_labels(record.content_type, record.content_id)
        except NotFoundError:
            return None  # gone since it was listed, so it is treated as not listed

    found = zip(records, client.in_parallel(ask, records), strict=True)
    return {record.content_id: labels for record, labels in found if labels is not None}


def _is_labelled(labels: list[Label], scope: Scope) -> bool:
    """Return whether a content has one of the labels asked for; the index may still say so when it has not."""
    return not scope.labels or _has_any(labels, scope.labels)


def _has_any(labels: Iterable[Label], wanted: Iterable[str]) -> bool:
    """Return whether a label is one of those wanted, as CQL reads them: a bare name means a global label."""
    texts = {text.lower() if ":" in text else f"global:{text.lower()}" for text in wanted}
    return any(f"{label.prefix}:{label.name}" in texts for label in labels)


def _excluded_by_label(client: ConfluenceClient, scope: Scope, space_key: str, labels: Hits) -> set[str]:
    query = scope.excluded_query(space_key)
    if query is None:
        return set()
    by_label = {i for i, found in labels.items() if _has_any(found, scope.exclude_labels)}
    return by_label | {i for i, _ in client.api.search(query)}
