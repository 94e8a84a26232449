"""Whoever changes a store: by which account, and at which time."""

from dataclasses import dataclass

from confluence_pipeline.site.clock import wire_time
from confluence_pipeline.site.model import Version
from confluence_pipeline.site.store import Store


@dataclass(slots=True)
class Writer:
    """An account that saves versions, dated by the site's clock."""

    store: Store
    account_id: str

    def now(self) -> str:
        """Return the site's time."""
        return wire_time(self.store.clock.now())

    def version(self, number: int, title: str, body: str, message: str = "") -> Version:
        """Return a version made now."""
        return Version(number, self.account_id, self.now(), message, False, title, body)
