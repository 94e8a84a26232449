"""A Confluence site as plain typed records: login, retries, paging and one dialect for each product."""

from confluence_pipeline.confluence.address import site_base
from confluence_pipeline.confluence.auth import ApiToken, Auth
from confluence_pipeline.confluence.client import ConfluenceClient, Connection
from confluence_pipeline.confluence.dialect import CONTENT_TYPES, Dialect
from confluence_pipeline.confluence.errors import (
    AccessError,
    AddressError,
    AuthenticationError,
    ConfluenceError,
    GoneError,
    ListingError,
    NotFoundError,
    QueryError,
    RefusedError,
    ServerError,
    SettingError,
    SiteUnavailableError,
    TooLargeError,
)
from confluence_pipeline.confluence.records import (
    BodyRecord,
    Caller,
    ContentRecord,
    ContentType,
    Label,
    SiteFacts,
    SpaceRecord,
    UserRecord,
)
from confluence_pipeline.confluence.retries import RetryPolicy
from confluence_pipeline.confluence.scope import Scope, is_space_key
from confluence_pipeline.confluence.transport import Timeouts
from confluence_pipeline.cost import Cost

__all__ = [
    "CONTENT_TYPES",
    "AccessError",
    "AddressError",
    "ApiToken",
    "Auth",
    "AuthenticationError",
    "BodyRecord",
    "Caller",
    "ConfluenceClient",
    "ConfluenceError",
    "Connection",
    "ContentRecord",
    "ContentType",
    "Cost",
    "Dialect",
    "GoneError",
    "Label",
    "ListingError",
    "NotFoundError",
    "QueryError",
    "RefusedError",
    "RetryPolicy",
    "Scope",
    "ServerError",
    "SettingError",
    "SiteFacts",
    "SiteUnavailableError",
    "SpaceRecord",
    "Timeouts",
    "TooLargeError",
    "UserRecord",
    "is_space_key",
    "site_base",
]
