"""What is asked of each content besides itself: the tables chosen, and their optional parts."""

from dataclasses import dataclass

from confluence_pipeline.tables import DEFAULT_TABLES, LEDGER, REMOVALS, SYNC_RUNS, TABLES

MEGABYTE = 1024**2
_LOGS = frozenset({LEDGER.name, REMOVALS.name, SYNC_RUNS.name})


@dataclass(frozen=True, slots=True)
class Selection:
    """Which tables are wanted, so that nothing is asked of the site for the others.

    Attributes:
        tables: The names of the tables.
        attachment_bodies: Whether the bytes of attachments are landed.
        attachment_text: Whether text is extracted from them, which takes their bytes.
        attachment_max_bytes: The largest attachment that is downloaded.
        version_bodies: Whether ``page_versions`` has the bodies of old versions.
    """

    tables: frozenset[str] = DEFAULT_TABLES
    attachment_bodies: bool = False
    attachment_text: bool = False
    attachment_max_bytes: int = 100 * MEGABYTE
    version_bodies: bool = False

    def has(self, *tables: str) -> bool:
        """Return whether any of the tables is wanted."""
        return not self.tables.isdisjoint(tables)

    @property
    def of_spaces(self) -> frozenset[str]:
        """The chosen tables that have a part for each space, those apart that only tell what syncs did."""
        return frozenset(name for name in self.tables - _LOGS if TABLES[name].by_space)

    @property
    def asks_restrictions(self) -> bool:
        """Whether it has to be known what is restricted on each content."""
        return self.has("restrictions", "effective_access")

    @property
    def downloads(self) -> bool:
        """Whether the bytes of attachments are needed."""
        return self.has("attachments") and (self.attachment_bodies or self.attachment_text)
