"""What the landing knows for the conversion of bodies: the addresses of pages and people's names."""

import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from confluence_pipeline.content import ConversionContext, Target
from confluence_pipeline.lake import Lake, is_valid_space_key
from confluence_pipeline.landing import Listing, SpaceLanding, Titles

_MOST_SPACES_HELD = 16
_API = re.compile(r"/(?:api/v2|rest/api)/")


@dataclass(frozen=True)
class SpaceIndex:
    """What links into one space can resolve to.

    Attributes:
        by_title: Pages, and blog posts whose title no page has.
        by_id: The same by content id.
        titles: The fingerprint of all that, and whether it is whole.
    """

    by_title: Mapping[str, Target]
    by_id: Mapping[str, Target]
    titles: Titles

    @property
    def mark(self) -> str:
        """A text that changes with whatever changes how a link resolves."""
        return mark_of(self.titles)


def mark_of(titles: Titles) -> str:
    """Return a text that changes with whatever changes how a link into a space resolves; "" if it never landed."""
    if not titles.fingerprint:
        return ""
    return titles.fingerprint if titles.is_whole else f"{titles.fingerprint} in part"


def index_of(listing: Listing, titles: Titles) -> SpaceIndex:
    """Return the index of a space's landing."""
    by_title: dict[str, Target] = {}
    by_id: dict[str, Target] = {}
    for entry in listing.values():
        record = entry.record
        target = Target(record.content_id, record.web_url, record.title)
        by_id[record.content_id] = target
        if record.content_type == "page" or record.title not in by_title:
            by_title[record.title] = target
    return SpaceIndex(by_title, by_id, titles)


class SiteIndex:
    """The indexes of all landed spaces, each read when a link first leads there; a few are held at a time.

    May be shared by the threads that build several spaces.

    Args:
        lake: Where the landing is.
    """

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._held: OrderedDict[str, SpaceIndex] = OrderedDict()
        self._lock = threading.Lock()

    def space(self, space_key: str) -> SpaceIndex:
        """Return the index of a space; an empty one that is not whole where it never landed."""
        with self._lock:
            if space_key not in self._held:
                self._held[space_key] = self._read(space_key)
            self._held.move_to_end(space_key)
            while len(self._held) > _MOST_SPACES_HELD:
                self._held.popitem(last=False)
            return self._held[space_key]

    def fingerprint(self, space_key: str) -> str:
        """Return the fingerprint of a space's index without reading the index; "" where it never landed."""
        if not is_valid_space_key(space_key):
            return ""
        return mark_of(SpaceLanding(self._lake, space_key).titles())

    def _read(self, space_key: str) -> SpaceIndex:
        if not is_valid_space_key(space_key):
            return SpaceIndex({}, {}, Titles("", is_whole=False))
        landing = SpaceLanding(self._lake, space_key)
        titles = landing.titles()  # first, so that a sync in between shows as a change the next time
        return index_of(landing.listing(), titles)


class LinkTargets:
    """Resolves the links of one space's bodies, and notes which other spaces they lead to, with their marks.

    Args:
        space_key: The space.
        own: Its index.
        site: The other spaces'.
    """

    def __init__(self, space_key: str, own: SpaceIndex, site: SiteIndex) -> None:
        self._space_key = space_key
        self._own = own
        self._site = site
        self.other_spaces: dict[str, str] = {}

    def have_moved(self, linked: Mapping[str, str]) -> bool:
        """Return whether links that led to other spaces may lead elsewhere now; those count as linked to again.

        Args:
            linked: The other spaces, each with the mark it had.
        """
        now = {key: self._site.fingerprint(key) for key in linked}
        self.other_spaces |= now
        return now != linked

    def page(self, space_key: str | None, title: str | None) -> Target | None:
        """Return the page or blog post with a title; a title alone is one of this space."""
        return self._index(space_key).by_title.get(title or "")

    def content(self, content_id: str | None, _: str | None) -> Target | None:
        """Return a content of this space by its id."""
        return self._own.by_id.get(content_id or "")

    def knows_space(self, space_key: str | None) -> bool:
        """Return whether a title that is not found in a space does not exist."""
        return self._index(space_key).titles.is_whole

    def _index(self, space_key: str | None) -> SpaceIndex:
        if space_key is None or space_key == self._space_key:
            return self._own
        index = self._site.space(space_key)
        self.other_spaces.setdefault(space_key, index.mark)
        return index


def conversion_context(
    space_key: str,
    site_url: str | None,
    targets: LinkTargets,
    names: Mapping[str, str],
    usernames: Mapping[str, str],
) -> ConversionContext:
    """Return the look-ups for the bodies of one space.

    Args:
        space_key: The space.
        site_url: The base of the site's addresses.
        targets: Resolves links.
        names: Display names by account id.
        usernames: The names that people log in by, by account id, where the site's addresses have them in.
    """

    def user_url(account_id: str) -> str | None:
        username = usernames.get(account_id)
        return None if username is None or site_url is None else f"{site_url}/display/~{quote(username, safe='')}"

    return ConversionContext(
        site_url=site_url,
        space_key=space_key,
        page=targets.page,
        content=targets.content,
        knows_space=targets.knows_space,
        user_name=names.get,
        user_url=user_url,
    )


def site_url_of(listing: Listing) -> str | None:
    """Return the base of the site's addresses, as the landed records carry it."""
    for entry in listing.values():
        return _API.split(entry.record.source_url, maxsplit=1)[0]
    return None
