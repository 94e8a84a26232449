"""Lists what is in scope in one space, without bodies: the truth that everything else is compared with."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from confluence_pipeline.confluence import (
    CONTENT_TYPES,
    ConfluenceClient,
    ContentRecord,
    ContentType,
    Label,
    NotFoundError,
    RestrictionRecord,
    Scope,
    SearchHit,
    SpaceHits,
    missing_from,
)
from confluence_pipeline.confluence.cql import IDS_IN_A_QUERY, all_of, any_of, groups
from confluence_pipeline.landing.codec import shared
from confluence_pipeline.landing.matching import has_any


@dataclass(frozen=True, slots=True)
class Listed:
    """What a space holds in scope.

    Attributes:
        contents: What is listed, by id.
        labels: The labels of each, in the order of prefix and name.
        restrictions: What is restricted on each itself; empty where it was not asked for.
        excluded: Ids of what the scope's exclusions leave out.
        outside: What was listed and is not in scope, with what is restricted on each as far as that was told.
        is_whole: Whether that is everything in the space that the caller can see.
        short: How many more contents the site counts than any of its answers gave.
        hits: What one search found of all kinds in the space; None where each kind is to be searched for by itself.
    """

    contents: dict[str, ContentRecord] = field(default_factory=dict)
    labels: dict[str, tuple[Label, ...]] = field(default_factory=dict)
    restrictions: dict[str, tuple[RestrictionRecord, ...]] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    outside: dict[str, "Outside"] = field(default_factory=dict)
    is_whole: bool = False
    short: int = 0
    hits: SpaceHits | None = None


@dataclass(frozen=True, slots=True)
class Outside:
    """A content that was listed and is not in scope; ``restrictions`` is None where they were not told."""

    record: ContentRecord
    restrictions: tuple[RestrictionRecord, ...] | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which facts about contents are asked for beside the contents themselves."""

    labels: bool = True
    restrictions: bool = False


def list_space(
    client: ConfluenceClient,
    scope: Scope,
    space_key: str,
    space_id: str,
    wanted: Wanted | None = None,
    *,
    together: bool = False,
) -> Listed:
    """List the contents of a space that are in scope, with their labels and restrictions.

    A scope of whole spaces walks the space's listing; page ids, labels and CQL ask for just those contents.
    Labels and restrictions come 250 contents a request from the search, whose hits may lag but whose facts are
    read from the database; a content that the search does not know (yet) is asked for by itself.

    Args:
        client: The site.
        scope: What is asked for.
        space_key: The space's key.
        space_id: Its id.
        wanted: Which facts are asked for; labels are in any case where the scope depends on them.
        together: Whether to search for all that stands on contents in the same breath, for a space so small that
            one answer holds it all.

    Raises:
        ConfluenceError: The site could not be asked, or the listing cannot be trusted.
    """
    wanted = wanted or Wanted()
    if scope.labels or scope.exclude_labels:
        wanted = replace(wanted, labels=True)
    lister = _Lister(client, wanted, together=together and scope.lists_whole_spaces)
    if scope.lists_whole_spaces:
        contents, hits = lister.whole_space(space_key, space_id)
    else:
        contents, hits = lister.narrowed(scope, space_key, space_id)
    unwanted = set(scope.exclude_page_ids)
    facts = lister.complete(hits, [record for i, record in contents.items() if i not in unwanted])
    labels = {i: found.labels for i, found in facts.items()}
    unwanted |= _excluded_by_label(client, scope, space_key, labels)
    kept = [i for i in labels if i not in unwanted and (not scope.labels or has_any(labels[i], scope.labels))]
    short = lister.short(contents, hits)
    return Listed(
        {i: contents[i] for i in kept},
        {i: tuple(sorted(labels[i], key=lambda label: (label.prefix, label.name))) for i in kept},
        {i: facts[i].restrictions for i in kept if facts[i].restrictions},
        frozenset(unwanted),
        {
            i: Outside(contents[i], hits[i].restrictions if wanted.restrictions and i in hits else None)
            for i in sorted(contents.keys() - set(kept))
        },
        is_whole=scope.lists_whole_spaces and not unwanted and not short,
        short=short,
        hits=lister.found,
    )


@dataclass(frozen=True, slots=True)
class _Facts:
    labels: tuple[Label, ...] = ()
    restrictions: tuple[RestrictionRecord, ...] = ()


Hits = dict[str, _Facts]


def _facts_of(found: Iterable[SearchHit]) -> Hits:
    return {hit.content_id: _Facts(hit.labels or (), hit.restrictions or ()) for hit in found}


@dataclass(slots=True)
class _Lister:
    client: ConfluenceClient
    wanted: Wanted
    together: bool = False
    left_out: int = 0
    """How many more hits the searches counted than they gave."""
    found: SpaceHits | None = None
    """What one search found of all kinds."""

    def whole_space(self, space_key: str, space_id: str) -> tuple[dict[str, ContentRecord], Hits]:
        """List a space and search it, side by side; what only the search knows is asked for by id.

        A listing that is walked while things move in it, or that a server cuts short, leaves contents out without a
        word; the search answers the same question from another source.
        """
        query = all_of(any_of("space", [space_key]), "type in (page, blogpost)")

        def walk(part: ContentType | None) -> tuple[list[ContentRecord], Hits]:
            if part is None:
                return [], self._search_space(space_key, query) if self._needs_facts else {}
            return [shared(record) for record in self.client.api.contents(part, space_id)], {}

        told = 0 if self._needs_facts else self.client.api.count(query)

        contents: dict[str, ContentRecord] = {}
        hits: Hits = {}
        for records, found in self.client.in_parallel(walk, (None, *CONTENT_TYPES)):
            contents |= {record.content_id: record for record in records}
            hits |= found
        if told > sum(record.status == "current" for record in contents.values()):
            hits = self._search(query)
        left_out = [i for i in hits if i not in contents]
        return contents | self._by_id(left_out, space_id), hits

    def narrowed(self, scope: Scope, space_key: str, space_id: str) -> tuple[dict[str, ContentRecord], Hits]:
        """Ask for just the contents that the scope names or finds."""
        if scope.needs_search:
            queries = scope.queries(space_key)
        else:
            space = any_of("space", [space_key])
            queries = [all_of(space, any_of("id", some)) for some in groups(scope.page_ids, IDS_IN_A_QUERY)]
        hits = {i: found for query in queries for i, found in self._search(query).items()}
        ids = sorted(hits) if scope.needs_search else list(scope.page_ids)
        return self._by_id(ids, space_id), hits

    def _by_id(self, ids: list[str], space_id: str) -> dict[str, ContentRecord]:
        """Return those of the ids that are current or archived contents of the space."""
        contents: dict[str, ContentRecord] = {}
        for content_type in CONTENT_TYPES:
            missing = [i for i in ids if i not in contents]
            for batch in groups(missing, self.client.api.batch_size):
                contents |= {
                    record.content_id: record for record in self.client.api.contents_by_id(content_type, batch)
                }
        return {i: record for i, record in contents.items() if record.space_id == space_id}

    def complete(self, hits: Hits, records: list[ContentRecord]) -> Hits:
        """Return the facts of every record, asked for one by one where the search did not tell them."""
        if not self._needs_facts:
            return {record.content_id: _Facts() for record in records}
        missing = [record for record in records if record.content_id not in hits]
        found = dict(zip((record.content_id for record in missing), self._ask_each(missing), strict=True))
        facts = {record.content_id: hits.get(record.content_id) or found[record.content_id] for record in records}
        return {i: known for i, known in facts.items() if known is not None}

    @property
    def _needs_facts(self) -> bool:
        return self.wanted.labels or self.wanted.restrictions

    def _search_space(self, space_key: str, query: str) -> Hits:
        """Search for everything at once if that is wanted and can be had, else for contents alone."""
        wanted = self.wanted
        if self.together:
            api = self.client.api
            self.found = api.space_hits(space_key, labels=wanted.labels, restrictions=wanted.restrictions)
        return _facts_of(self.found.contents) if self.found is not None else self._search(query)

    def short(self, contents: Collection[str], hits: Collection[str]) -> int:
        """Return how many contents are missing, though the searches count them, and were not listed either."""
        return max(0, self.left_out - len(set(contents).difference(hits)))

    def _search(self, query: str) -> Hits:
        walk = self.client.api.search_facts(query, labels=self.wanted.labels, restrictions=self.wanted.restrictions)
        found = list(walk)
        self.left_out += missing_from(walk)
        return _facts_of(found)

    def _ask_each(self, records: list[ContentRecord]) -> Iterator[_Facts | None]:
        return self.client.in_parallel(self._ask, records)

    def _ask(self, record: ContentRecord) -> _Facts | None:
        api = self.client.api
        try:
            labels = api.content_labels(record.content_type, record.content_id) if self.wanted.labels else []
            restrictions = api.restrictions(record.content_id) if self.wanted.restrictions else []
        except NotFoundError:
            return None  # gone since it was listed, so it is treated as not listed
        return _Facts(tuple(labels), tuple(restrictions))


def _excluded_by_label(
    client: ConfluenceClient, scope: Scope, space_key: str, labels: Mapping[str, tuple[Label, ...]]
) -> set[str]:
    query = scope.excluded_query(space_key)
    if query is None:
        return set()
    by_label = {i for i, found in labels.items() if has_any(found, scope.exclude_labels)}
    return by_label | {i for i, _ in client.api.search(query)}
