"""Lists what is in scope in one space, without bodies: the truth that everything else is compared with."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from confluence_pipeline.confluence import CONTENT_TYPES, ConfluenceClient, ContentRecord, ContentType, Label, Scope
from confluence_pipeline.confluence.cql import all_of, any_of

_IDS_IN_A_QUERY = 100


@dataclass(frozen=True, slots=True)
class Listed:
    """What a space holds in scope: contents and their labels, by id."""

    contents: dict[str, ContentRecord]
    labels: dict[str, tuple[Label, ...]]


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
    contents = {i: record for i, record in contents.items() if i not in scope.exclude_page_ids}
    labels = {i: hits[i] for i in contents if i in hits}
    labels |= _labels_by_id(client, [record for i, record in contents.items() if i not in hits])
    excluded = _excluded(client, scope, space_key, labels)
    return Listed(
        {i: record for i, record in contents.items() if i not in excluded},
        {i: tuple(sorted(found, key=lambda label: (label.prefix, label.name))) for i, found in labels.items()},
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
        hits = dict(client.api.search_labels(scope.query(space_key)))
        ids = sorted(hits)
    else:
        ids = list(scope.page_ids)
        queries = [all_of(any_of("id", some)) for some in _groups(ids, _IDS_IN_A_QUERY)]
        hits = {i: labels for query in queries for i, labels in client.api.search_labels(query)}
    contents: dict[str, ContentRecord] = {}
    for content_type in CONTENT_TYPES:
        missing = [i for i in ids if i not in contents]
        for batch in _groups(missing, client.api.batch_size):
            contents |= {record.content_id: record for record in client.api.contents_by_id(content_type, batch)}
    return {i: record for i, record in contents.items() if record.space_id == space_id}, hits


def _labels_by_id(client: ConfluenceClient, records: list[ContentRecord]) -> Hits:
    labels = client.in_parallel(
        lambda record: client.api.content_labels(record.content_type, record.content_id), records
    )
    return {record.content_id: found for record, found in zip(records, labels, strict=True)}


def _excluded(client: ConfluenceClient, scope: Scope, space_key: str, labels: Hits) -> set[str]:
    query = scope.excluded_query(space_key)
    if query is None:
        return set()
    names = {label.lower() for label in scope.exclude_labels}
    by_label = {i for i, found in labels.items() if any(label.name.lower() in names for label in found)}
    return by_label | {i for i, _ in client.api.search(query)}


def _groups(ids: Iterable[str], size: int) -> Iterator[list[str]]:
    group = list(ids)
    for start in range(0, len(group), size):
        yield group[start : start + size]
