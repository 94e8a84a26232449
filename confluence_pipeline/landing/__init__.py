"""The raw landing: what the site answered, kept in immutable batches that tables can be rebuilt from."""

from confluence_pipeline.landing.blobs import BlobStore
from confluence_pipeline.landing.bodies import LandedBody
from confluence_pipeline.landing.doubts import RemovalGuard
from confluence_pipeline.landing.entries import Entry, Listing, Titles, generation
from confluence_pipeline.landing.files import AttachmentFileRecord, Files, land_files
from confluence_pipeline.landing.groups import drop_groups, land_groups
from confluence_pipeline.landing.ledger import UNSUPPORTED
from confluence_pipeline.landing.moves import settle_moves
from confluence_pipeline.landing.recent import RecentItems
from confluence_pipeline.landing.record_file import Landed, RecordFile, site_records
from confluence_pipeline.landing.reports import SpaceSync, land_failure
from confluence_pipeline.landing.retry import FOR_A_PERSON, open_entries, retry_space
from confluence_pipeline.landing.selection import Selection
from confluence_pipeline.landing.site_reports import site_is_short
from confluence_pipeline.landing.spaces import (
    LandedSpace,
    discover_spaces,
    land_spaces,
    landed_space,
    landed_space_records,
)
from confluence_pipeline.landing.store import SpaceLanding, landed_spaces
from confluence_pipeline.landing.sync import sync_space
from confluence_pipeline.landing.texts import TextStore
from confluence_pipeline.landing.unused import drop_unused_files
from confluence_pipeline.landing.users import land_users, landed_users

__all__ = [
    "FOR_A_PERSON",
    "UNSUPPORTED",
    "AttachmentFileRecord",
    "BlobStore",
    "Entry",
    "Files",
    "Landed",
    "LandedBody",
    "LandedSpace",
    "Listing",
    "RecentItems",
    "RecordFile",
    "RemovalGuard",
    "Selection",
    "SpaceLanding",
    "SpaceSync",
    "TextStore",
    "Titles",
    "discover_spaces",
    "drop_groups",
    "drop_unused_files",
    "generation",
    "land_failure",
    "land_files",
    "land_groups",
    "land_spaces",
    "land_users",
    "landed_space",
    "landed_space_records",
    "landed_spaces",
    "landed_users",
    "open_entries",
    "retry_space",
    "settle_moves",
    "site_is_short",
    "site_records",
    "sync_space",
]
