"""What has to be fetched and what is gone, given what landed and what the listing says. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from confluence_pipeline.confluence import ContentRecord
from confluence_pipeline.landing.entries import Entry


@dataclass(frozen=True, slots=True)
class Diff:
    """The difference between what landed and what is listed.

    Attributes:
        fetch: Contents whose bodies must be fetched: new ones, and those with another version.
        reuse: Contents whose body landed already, by id.
        gone: Contents that landed and are not listed, by id.
    """

    fetch: tuple[ContentRecord, ...]
    reuse: dict[str, Entry]
    gone: dict[str, Entry]


def diff(
    landed: Mapping[str, Entry],
    listed: Mapping[str, ContentRecord],
    body_files: Collection[str],
    *,
    full: bool = False,
) -> Diff:
    """Compare what landed with a listing.

    A body is only as old as its version: Confluence makes a new version for every edit and for nothing else
    (API document, "Ids, time"), so an equal number means an equal body.

    Args:
        landed: What the last sync committed, by id.
        listed: What the site lists now, by id.
        body_files: The body files that are there; a body whose file was lost is fetched again.
        full: Fetch every body again, whatever landed.
    """
    fetch = []
    reuse = {}
    for content_id in sorted(listed):
        record, entry = listed[content_id], landed.get(content_id)
        same = entry is not None and entry.record.version_number == record.version_number
        if entry is not None and same and entry.body_file in body_files and not full:
            reuse[content_id] = entry
        else:
            fetch.append(record)
    gone = {content_id: entry for content_id, entry in landed.items() if content_id not in listed}
    return Diff(tuple(fetch), reuse, gone)
