"""Finds out which scopes a login lacks, by asking: tokens do not tell, and what a login was granted may be old."""

from collections.abc import Iterable

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.auth.scopes import SCOPES
from confluence_pipeline.confluence.errors import AccessError, RefusedError, ServerError
from confluence_pipeline.confluence.meter import Meter
from confluence_pipeline.confluence.transport import Transport

_ONE = (("limit", "1"),)
_ASKED: dict[str, tuple[str, Json | None]] = {
    "read:content-details:confluence": ("/rest/api/user/current", None),
    "read:space:confluence": ("/api/v2/spaces", None),
    "read:page:confluence": ("/api/v2/pages", None),
    "read:content.metadata:confluence": ("/api/v2/content/convert-ids-to-types", {"contentIds": ["1"]}),
    "read:folder:confluence": ("/api/v2/folders/1", None),
    "read:whiteboard:confluence": ("/api/v2/whiteboards/1", None),
    "read:database:confluence": ("/api/v2/databases/1", None),
    "read:embed:confluence": ("/api/v2/embeds/1", None),
    "read:comment:confluence": ("/api/v2/footer-comments", None),
    "read:attachment:confluence": ("/api/v2/attachments", None),
    "read:task:confluence": ("/api/v2/tasks", None),
    "read:user:confluence": ("/api/v2/users-bulk", {"accountIds": ["1"]}),
    "read:group:confluence": ("/rest/api/group", None),
    "read:analytics.content:confluence": ("/rest/api/analytics/content/1/views", None),
}
"""For each scope the cheapest call that needs it and no other, with what to send; what it asks for need not exist."""


def lacking_scopes(transport: Transport, meter: Meter, tables: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the scopes that a login through the gateway lacks, each with those of some tables that need it.

    One request for each scope that is needed; where the site's own URL is asked there are no scopes, and no requests.

    Args:
        transport: Sends the requests.
        meter: Counts them.
        tables: The names of the tables to fill.

    Raises:
        AuthenticationError: The login is refused as a whole.
        SiteUnavailableError: The gateway cannot be reached.
    """
    wanted = frozenset(tables)
    if not transport.auth.through_gateway:
        return {}
    needed = {use.scope: frozenset(filter(use.serves, wanted)) for use in SCOPES}
    return {scope: served for scope, served in needed.items() if served and not _is_granted(transport, meter, scope)}


def _is_granted(transport: Transport, meter: Meter, scope: str) -> bool:
    path, body = _ASKED[scope]
    try:
        if body is None:
            transport.get(path, () if path.endswith(("/1", "/current", "/views")) else _ONE, meter=meter, attempts=2)
        else:
            transport.post(path, body, meter=meter)
    except AccessError as error:
        return error.status != 401  # 403 is about the account, and told by what meets it
    except (RefusedError, ServerError):
        return True  # whether there is such a thing is asked after the scope
    return True
