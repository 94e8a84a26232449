"""What has to be fetched and what is gone, given what landed and what the listing says. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from confluence_pipeline.confluence import ContentRecord
from confluence_pipeline.landing.store import Entry


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


def diff(landed: Mapping[str, Entry], listed: Mapping[str, ContentRecord], *, full: bool = False) -> Diff:
    """Compare what landed with a listing.

    A body is only as old as its version: Confluence makes a new version for every edit and for nothing else
    (API document, "Ids, time"), so an equal number means an equal body.

    Args:
        landed: What the last sync committed, by id.
        listed: What the site lists now, by id.
        full: Fetch every body again, whatever landed.
    """
    fetch = []
    reuse = {}
    for content_id in sorted(listed):
        record, entry = listed[content_id], landed.get(content_id)
        if not full and entry is not None and entry.body_file and entry.record.version_number == record.version_number:
            reuse[content_id] = entry
        else:
            fetch.append(record)
    gone = {content_id: entry for content_id, entry in landed.items() if content_id not in listed}
    return Diff(tuple(fetch), reuse, gone)
