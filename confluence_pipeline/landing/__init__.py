"""The raw landing: what the site answered, kept in immutable batches that tables can be rebuilt from."""

from confluence_pipeline.landing.entries import Entry, Listing, Titles, generation
from confluence_pipeline.landing.reports import SpaceSync, land_failure
from confluence_pipeline.landing.spaces import LandedSpace, discover_spaces, land_spaces, landed_space_records
from confluence_pipeline.landing.store import SpaceLanding, landed_spaces
from confluence_pipeline.landing.sync import sync_space
from confluence_pipeline.landing.users import land_users, landed_users

__all__ = [
    "Entry",
    "LandedSpace",
    "Listing",
    "SpaceLanding",
    "SpaceSync",
    "Titles",
    "discover_spaces",
    "generation",
    "land_failure",
    "land_spaces",
    "land_users",
    "landed_space_records",
    "landed_spaces",
    "landed_users",
    "sync_space",
]
