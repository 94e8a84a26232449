"""What was modified last on the site, from the database: finds what the search index does not know yet."""

import threading
from collections.abc import Callable, Iterator

from confluence_pipeline.confluence import ConfluenceClient, RecentItem

_WALKS = ("footer", "inline", "attachment")


class RecentItems:
    """The site's comments and attachments, newest first, read as far as anybody asks and shared by all spaces.

    Args:
        client: The site.
    """

    def __init__(self, client: ConfluenceClient) -> None:
        self._walks = {location: _Walk(_pages(client, location)) for location in _WALKS}

    def unknown(
        self, location: str, is_unknown: Callable[[RecentItem], bool], *, everything: bool = False
    ) -> Iterator[RecentItem]:
        """Yield the items that are not known, each once, as far back as one page of the listing has any.

        Args:
            location: footer or inline for comments, or attachment.
            is_unknown: Tells an item that belongs to the asker and that the asker does not know as it is now.
            everything: Go on to the end of the listing, so that nothing is missed that the index lost.

        Raises:
            ConfluenceError: The site could not be asked.
        """
        seen: set[str] = set()
        for page in self._walks[location]:
            unknown = [item for item in page if item.item_id not in seen and is_unknown(item)]
            seen |= {item.item_id for item in unknown}
            yield from unknown
            if not unknown and not everything:
                return


class _Walk:
    """A listing that is read once, page by page, by several threads."""

    def __init__(self, pages: Iterator[list[RecentItem]]) -> None:
        self._pages = pages
        self._read: list[list[RecentItem]] = []
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[list[RecentItem]]:
        at = 0
        while True:
            with self._lock:
                if at == len(self._read):
                    page = next(self._pages, None)
                    if page is None:
                        return
                    self._read.append(page)
                page = self._read[at]
            yield page
            at += 1


def _pages(client: ConfluenceClient, location: str) -> Iterator[list[RecentItem]]:
    if location == "attachment":
        yield from client.api.recent_attachments()
    else:
        yield from client.api.recent_comments(location)
