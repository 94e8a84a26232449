"""Whether contents match a scope, judged by what the database says of them where the index may be out of date."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from confluence_pipeline.confluence import ConfluenceClient, Label, Scope


def still_matching(client: ConfluenceClient, scope: Scope, ids: Sequence[str]) -> set[str]:
    """Return those of some contents, all in spaces of the scope, that its other conditions take in.

    A scope by label or query is searched for these ids alone, so that a search that was cut short before does not
    prove anything: one request for each 100 ids. Other scopes cost none.

    Args:
        client: The site.
        scope: What is asked for.
        ids: The contents, which are there.

    Raises:
        ConfluenceError: The site could not be asked.
    """
    if not scope.needs_search:
        return {content_id for content_id in ids if scope.names(content_id)}
    named = [i for i in ids if (not scope.page_ids or i in scope.page_ids) and i not in scope.exclude_page_ids]
    if not named:
        return set()
    queries = replace(scope, page_ids=tuple(sorted(named))).queries()
    hits = (hit for query in queries for hit in client.api.search_facts(query, labels=True, restrictions=False))
    return {hit.content_id for hit in hits if is_labelled(hit.labels or (), scope)}


def is_labelled(labels: Sequence[Label], scope: Scope) -> bool:
    """Return whether labels satisfy a scope: one of those asked for is among them, and none of those excluded."""
    wanted = not scope.labels or has_any(labels, scope.labels)
    return wanted and not has_any(labels, scope.exclude_labels)


def has_any(labels: Iterable[Label], wanted: Iterable[str]) -> bool:
    """Return whether a label is one of those wanted, as CQL reads them: a bare name means a global label."""
    texts = {text.lower() if ":" in text else f"global:{text.lower()}" for text in wanted}
    return any(f"{label.prefix}:{label.name}" in texts for label in labels)
