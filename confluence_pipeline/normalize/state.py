"""From what a part of a table was built, so that one that would come out the same is not built again."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from confluence_pipeline.content import CONVERTER_VERSION
from confluence_pipeline.landing import LandedSpace, Listing, generation
from confluence_pipeline.normalize.context import SiteIndex
from confluence_pipeline.tables import BLOG_POSTS, LABELS, PAGES, TABLES
from confluence_pipeline.tables.rows import STRUCTURE_TABLES

CONTENT_TABLES = (PAGES.name, BLOG_POSTS.name, LABELS.name, *STRUCTURE_TABLES)
LINKED = "linked"
"""Beside a part's state: the other spaces that its links lead to, each with its mark."""


@dataclass(frozen=True)
class BuildState:
    """From what a part was built; equal states give equal rows.

    Attributes:
        generation: The fingerprint of the landing.
        converter: The fingerprint of what makes rows: the version of the conversion, and the columns.
        titles: The fingerprint of what links within the space can resolve to.
        names: The fingerprint of the names of everybody who is mentioned.
        space: The fingerprint of the space's own facts.
    """

    generation: str
    converter: str
    titles: str
    names: str
    space: str


def state_of(listing: Listing, titles: str, names: Mapping[str, str], space: LandedSpace | None) -> BuildState:
    """Return the state that parts would be built from now.

    Args:
        listing: What landed of the space.
        titles: The mark of what links within it resolve to.
        names: The display names of everybody who is mentioned.
        space: The space itself; None where it is not in scope any more.
    """
    return BuildState(generation(listing), _converter(), titles, _fingerprint(names), _space_mark(space))


def is_current(built: Mapping[str, Any], state: BuildState, site: SiteIndex) -> bool:
    """Return whether a part that was built so would be built the same now."""
    linked: dict[str, str] = built.get(LINKED, {})
    return built == asdict(state) | {LINKED: linked} and linked == {key: site.fingerprint(key) for key in linked}


def _converter() -> str:
    return _fingerprint([CONVERTER_VERSION, {name: TABLES[name].schema.names for name in CONTENT_TABLES}])


def _fingerprint(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _space_mark(space: LandedSpace | None) -> str:
    if space is None:
        return ""
    return _fingerprint([space.record.source_url, [[label.prefix, label.name] for label in space.labels]])
