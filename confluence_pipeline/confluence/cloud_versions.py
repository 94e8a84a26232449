"""Confluence Cloud: who made a comment or attachment, and when, which v2 tells by its oldest version only."""

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.cloud_calls import CloudCalls
from confluence_pipeline.confluence.errors import ListingError
from confluence_pipeline.confluence.paging import walk_cursor

WITH_VERSIONS = ("include-versions", "true")
_OLDEST = [("limit", "1"), ("sort", "modified-date")]


def first_version(calls: CloudCalls, path: str, data: Json) -> Json:
    """Return the oldest version of what v2 answered with :data:`WITH_VERSIONS`.

    The answer holds at most 50 versions; where it says that there are more, or none, one more request asks for
    the oldest.

    Args:
        calls: The site.
        path: What was asked.
        data: What came.

    Raises:
        ListingError: The site knows no version of it.
    """
    if int(data["version"]["number"]) == 1:
        return dict(data["version"])
    told = data.get("versions") or {}
    versions = told.get("results") or []
    if not versions or (told.get("meta") or {}).get("hasMore", True):
        pages = walk_cursor(lambda some: calls.get(f"{path}/versions", some), _OLDEST, what=f"versions of {path}")
        versions = next(pages, [])
    if not versions:
        raise ListingError(f"The site knows no version of {path}")
    return dict(min(versions, key=lambda version: int(version["number"])))
