"""What one space's tables are built from, each part of it read when it is first asked for."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from confluence_pipeline.confluence import UserRecord
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import (
    LandedSpace,
    Listing,
    SpaceLanding,
    generation,
    landed_space,
    landed_users,
)
from confluence_pipeline.landing.kinds import ANCESTORS, TREE_NODES
from confluence_pipeline.normalize.context import SiteIndex, SpaceIndex, index_of
from confluence_pipeline.tables.report import Run
from confluence_pipeline.tables.rows import Stamp
from confluence_pipeline.tables.tree import InTree


class SpaceSources:
    """The landing of one space, and what the landing of the site says of it.

    Args:
        lake: Where the tables are.
        landing: The space's raw landing.
        run: The run that rows which changed are stamped with.
        site: What links to other spaces resolve to.
    """

    def __init__(self, lake: Lake, landing: SpaceLanding, run: Run, site: SiteIndex) -> None:
        self.lake = lake
        self.landing = landing
        self.run = run
        self.site = site
        self.space_key = landing.space_key

    @cached_property
    def listing(self) -> Listing:
        """The space's contents."""
        return self.landing.listing()

    @cached_property
    def space(self) -> LandedSpace | None:
        """The space itself; None where it is not in scope any more."""
        return landed_space(self.lake, self.space_key)

    @cached_property
    def index(self) -> SpaceIndex:
        """What links into the space resolve to."""
        return index_of(self.listing, self.landing.titles())

    @cached_property
    def tree(self) -> Mapping[str, InTree]:
        """Pages and blog posts, what stands between pages, and the pages above those in scope, by id."""
        tree: dict[str, InTree] = {i: landed.record for i, landed in self.landing.records(ANCESTORS).read().items()}
        tree |= {i: landed.record for i, landed in self.landing.records(TREE_NODES).read().items()}
        return tree | {i: entry.record for i, entry in self.listing.items()}

    @cached_property
    def generation(self) -> str:
        """A text that changes with every fact in the listing."""
        return generation(self.listing)

    @property
    def tree_mark(self) -> str:
        """A text that changes with all of the tree that is not in the listing."""
        nodes, ancestors = self.landing.records(TREE_NODES), self.landing.records(ANCESTORS)
        return f"{nodes.fingerprint()} {ancestors.fingerprint()}"

    @cached_property
    def sync(self) -> dict[str, Any] | None:
        """What the newest sync did; None before the first."""
        return self.landing.newest_sync()

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """The account ids that the bodies of contents mention."""
        return frozenset(account_id for entry in self.listing.values() for account_id in entry.accounts)

    def names_of(self, account_ids: Iterable[str]) -> dict[str, str]:
        """Return the display names of those among some account ids that have one."""
        wanted = set(account_ids)
        users = self._users if wanted else {}
        named = {account_id: users[account_id].display_name for account_id in sorted(wanted & users.keys())}
        return {account_id: name for account_id, name in named.items() if name}

    def usernames_of(self, account_ids: Iterable[str]) -> dict[str, str]:
        """Return the names to log in by of those among some account ids that have one."""
        wanted = set(account_ids)
        users = self._users if wanted else {}
        named = {account_id: users[account_id].username for account_id in sorted(wanted & users.keys())}
        return {account_id: name for account_id, name in named.items() if name}

    def stamp(self, landed: Run, source_url: str) -> Stamp:
        """Return what rows of facts that a run landed are stamped with."""
        return Stamp(self.run.run_id, landed.started_at, source_url)

    @cached_property
    def _users(self) -> dict[str, UserRecord]:
        return {account_id: user for account_id, (user, _) in landed_users(self.lake).items()}
