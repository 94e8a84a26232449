"""What a space's own landing knows for the conversion of its bodies: page addresses and people's names."""

import hashlib
from collections.abc import Mapping

from confluence_pipeline.content import ConversionContext, Target
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Listing, landed_users


def conversion_context(space_key: str, listing: Listing, names: Mapping[str, str]) -> ConversionContext:
    """Return the look-ups for the bodies of one space.

    Args:
        space_key: The space.
        listing: Its contents.
        names: Display names by account id.
    """
    by_title: dict[str, Target] = {}
    by_id: dict[str, Target] = {}
    for entry in listing.values():
        record = entry.record
        target = Target(record.content_id, record.web_url, record.title)
        by_id[record.content_id] = target
        if record.content_type == "page" or record.title not in by_title:
            by_title[record.title] = target

    def page(space: str | None, title: str | None) -> Target | None:
        return by_title.get(title or "") if space in (None, space_key) else None

    def content(content_id: str | None, _: str | None) -> Target | None:
        return by_id.get(content_id or "")

    return ConversionContext(
        site_url=site_url(listing), space_key=space_key, page=page, content=content, user_name=names.get
    )


def site_url(listing: Listing) -> str | None:
    """Return the base of the site's addresses, as the landed records carry it."""
    for entry in listing.values():
        return entry.record.source_url.partition("/api/v2/")[0]
    return None


def names_of(lake: Lake, listing: Listing) -> dict[str, str]:
    """Return the display name of everybody whom a space's bodies mention."""
    mentioned = {account_id for entry in listing.values() for account_id in entry.accounts}
    if not mentioned:
        return {}
    users = landed_users(lake)
    found = ((account_id, users[account_id][0].display_name) for account_id in mentioned if account_id in users)
    return {account_id: name for account_id, name in found if name}


def titles_of(listing: Listing) -> str:
    """Return a fingerprint of everything a link within the space can resolve to."""
    digest = hashlib.sha256()
    for content_id, entry in listing.items():
        record = entry.record
        digest.update(f"{content_id}\x1f{record.content_type}\x1f{record.title}\x1f{record.web_url}\n".encode())
    return digest.hexdigest()
