"""The conversion of a space's bodies, and which bodies would come out as they did before."""

from collections.abc import Collection, Mapping
from typing import Any

from confluence_pipeline.content import CONVERTER_VERSION, Content, convert
from confluence_pipeline.normalize.context import LinkTargets, conversion_context, site_url_of
from confluence_pipeline.normalize.sources import SpaceSources
from confluence_pipeline.normalize.state import LINKED, fingerprint

_LINK_MARKS = ("<ri:page", "<ri:blog-post", "<ri:content-entity", "pageId=", "/pages/")
_USER_MARK = "<ri:user"


class Conversion:
    """Converts the bodies of one table's part.

    Args:
        sources: What is known of the space.
        mentioned: The account ids whose names bodies may show.
        before: From which state the part was built; empty if that is not known.
    """

    def __init__(self, sources: SpaceSources, mentioned: Collection[str], before: Mapping[str, Any]) -> None:
        names, usernames = sources.names_of(mentioned), sources.usernames_of(mentioned)
        self._targets = LinkTargets(sources.space_key, sources.index, sources.site)
        site_url = site_url_of(sources.listing)
        self._context = conversion_context(sources.space_key, site_url, self._targets, names, usernames)
        self._before = before
        self.state = {"converter": CONVERTER_VERSION, "titles": sources.index.mark, "names": _mark(names, usernames)}
        self._links_moved = self._targets.have_moved(before.get(LINKED, {}))

    @property
    def linked(self) -> dict[str, str]:
        """The other spaces that links lead to, each with its mark."""
        return self._targets.other_spaces

    def convert(self, storage: str) -> Content:
        """Convert a body in storage format."""
        return convert(storage, context=self._context)

    def stands(self, storage: str) -> bool:
        """Return whether a body that has not changed would be converted as it was."""
        if self._before.get("converter") != self.state["converter"]:
            return False
        titles_changed = self._before.get("titles") != self.state["titles"] or self._links_moved
        names_changed = self._before.get("names") != self.state["names"]
        return not (titles_changed and any(mark in storage for mark in _LINK_MARKS)) and not (
            names_changed and _USER_MARK in storage
        )


def _mark(names: Mapping[str, str], usernames: Mapping[str, str]) -> str:
    """Return a text that changes with whatever bodies show of people."""
    return fingerprint([names, usernames] if usernames else names)
