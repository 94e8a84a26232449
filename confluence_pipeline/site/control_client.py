"""A client for the endpoints that only the local site has: to change what the API cannot, and to question it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote

import requests

from confluence_pipeline.site.faults import FaultRule
from confluence_pipeline.site.world import V1Removed

TruthKind = Literal[
    "spaces",
    "pages",
    "blog_posts",
    "page_versions",
    "tree_nodes",
    "comments",
    "attachments",
    "labels",
    "users",
    "groups",
    "group_members",
    "space_permissions",
    "restrictions",
    "effective_access",
    "tasks",
    "properties",
    "likes",
    "views",
]
_TIMEOUT_SECONDS = 60


class SiteControlError(RuntimeError):
    """The site refused a control request; the message is its own."""


@dataclass(frozen=True, slots=True)
class RequestCounts:
    """What the site was asked since the log was last reset.

    ``requests`` counts by method and endpoint template (``GET /wiki/api/v2/pages/{id}``), ``statuses`` by HTTP
    status (``"0"``: the connection was cut), ``bytes_sent`` counts bodies as sent, compressed.
    """

    total: int
    requests: Mapping[str, int]
    statuses: Mapping[str, int]
    bytes_sent: int
    peak_in_flight: int


class SiteControl:
    """Changes and questions one local site.

    Args:
        root_url: the site's address without ``/wiki``.

    Every method raises :class:`SiteControlError` when the site refuses.
    """

    def __init__(self, root_url: str) -> None:
        self._root = f"{root_url}/_site"
        self._session = requests.Session()

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        reply = self._session.request(method, self._root + path, json=body, timeout=_TIMEOUT_SECONDS)
        if not reply.ok:
            raise SiteControlError(f"{method} /_site{path}: {reply.status_code} {reply.text}")
        return reply.json() if reply.content else None

    # -- the request log ---------------------------------------------------------------------------------

    def request_counts(self) -> RequestCounts:
        """Return what was asked since the log was last reset; control requests are not counted."""
        return RequestCounts(**self._ask("GET", "/requests"))

    def recent_requests(self) -> list[dict[str, Any]]:
        """Return the latest requests (at most 5,000), oldest first, as the site logged them."""
        recent: list[dict[str, Any]] = self._ask("GET", "/requests?recent=true")["recent"]
        return recent

    def reset_requests(self) -> None:
        """Start counting anew."""
        self._ask("DELETE", "/requests")

    # -- how the site behaves ----------------------------------------------------------------------------

    def set_faults(self, *rules: FaultRule, seed: int = 1) -> None:
        """Put these fault rules in force instead of those before; without any, nothing goes wrong."""
        self._ask("PUT", "/faults", {"seed": seed, "rules": [rule.as_json() for rule in rules]})

    def set_latency(self, milliseconds: float) -> None:
        """Hold every answer back this long."""
        self._ask("PUT", "/settings", {"latency_ms": milliseconds})

    def set_index_lag(self, seconds: float) -> None:
        """Let searches lag behind changes made from now on."""
        self._ask("PUT", "/settings", {"index_lag_seconds": seconds})

    def set_rate_limit(self, per_second: float, burst: int = 1) -> None:
        """Answer 429 past so many requests a second; 0 lifts the limit."""
        self._ask("PUT", "/settings", {"rate_limit": {"per_second": per_second, "burst": burst}})

    def set_v1_removed(self, where: V1Removed) -> None:
        """Say where the v1 reads that Atlassian removed answer 410."""
        self._ask("PUT", "/settings", {"v1_removed": where})

    # -- the gateway -------------------------------------------------------------------------------------

    def set_token_life(self, seconds: float, *, grace_seconds: float = 0) -> None:
        """Let access tokens made from now on work so long, and refresh tokens so long after they were used."""
        self._ask("PUT", "/settings", {"token_seconds": seconds, "grace_seconds": grace_seconds})

    def set_app(self, client_id: str, **facts: object) -> None:
        """Change an OAuth 2.0 app, or add one.

        Args:
            client_id: which.
            facts: any of ``client_secret``, ``name``, ``scopes`` (what it may ask for), ``callbacks`` (none: any
                loopback address), ``account_id`` (the service account it acts as by client credentials), ``per_hour``
                (its points).
        """
        self._ask("PUT", f"/apps/{quote(client_id, safe='')}", facts)

    def set_scoped_token(self, token: str, **facts: object) -> None:
        """Make an API token with ``scopes`` for an ``account_id`` (the default caller's), or change one."""
        self._ask("PUT", f"/scoped-tokens/{quote(token, safe='')}", facts)

    def grant(self, client_id: str, **facts: object) -> dict[str, Any]:
        """Return the token endpoint's answer as if somebody had consented.

        Args:
            client_id: the app.
            facts: ``scopes`` (all the app's, and ``offline_access``) and ``account_id`` (the default caller's).
        """
        tokens: dict[str, Any] = self._ask("POST", "/grants", {"client_id": client_id, **facts})
        return tokens

    def revoke_grants(self) -> None:
        """Revoke all grants with their tokens, and all API tokens with scopes."""
        self._ask("DELETE", "/grants")

    def issued_secrets(self) -> list[str]:
        """Return every code and token that the login server ever gave out, to look for where none may be."""
        secrets: list[str] = self._ask("GET", "/issued")["issued"]
        return secrets

    def set_neighbours(self, *neighbours: Mapping[str, object]) -> None:
        """Set which sites ``accessible-resources`` lists besides this one, as entries of its answer."""
        self._ask("PUT", "/neighbours", {"neighbours": list(neighbours)})

    # -- the clock ---------------------------------------------------------------------------------------

    def freeze_clock(self, at: datetime | None = None) -> str:
        """Stop the site's clock, at a moment with a zone or where it stands; return the site's time."""
        return self._clock({"freeze": True if at is None else at.isoformat()})

    def advance_clock(self, seconds: float) -> str:
        """Move the site's clock forward; return the site's time."""
        return self._clock({"advance": seconds})

    def resume_clock(self) -> str:
        """Let the clock run on; return the site's time."""
        return self._clock({"resume": True})

    def _clock(self, change: Mapping[str, object]) -> str:
        now: str = self._ask("PUT", "/clock", change)["now"]
        return now

    # -- people and permissions --------------------------------------------------------------------------

    def set_user(self, account_id: str, **facts: object) -> None:
        """Change a user, or add one.

        Args:
            account_id: who.
            facts: any of ``display_name``, ``email``, ``time_zone``, ``account_type``, ``account_status``,
                ``api_token`` (None revokes it), ``is_admin``, ``can_use``, ``email_visible``.
        """
        self._ask("PUT", f"/users/{quote(account_id, safe='')}", facts)

    def delete_user(self, account_id: str) -> None:
        """Delete an account; what it wrote stays."""
        self._ask("DELETE", f"/users/{quote(account_id, safe='')}")

    def set_group(self, name: str, members: Sequence[str]) -> str:
        """Set a group's members by account id, making the group if it is new; return the group's id."""
        group_id: str = self._ask("PUT", f"/groups/{quote(name, safe='')}", {"members": list(members)})["id"]
        return group_id

    def set_space(self, key: str, **facts: object) -> None:
        """Change a space.

        Args:
            key: which.
            facts: any of ``name``, ``status``; or who sees it: ``viewer_groups`` (names), ``viewer_users`` (account
                ids), ``is_anonymous``. Of these three, what is not given names nobody; without any group or user
                named, all users see the space.
        """
        self._ask("PUT", f"/spaces/{quote(key, safe='')}", facts)

    def rename(self, content_id: str, title: str, account_id: str | None = None) -> None:
        """Rename any node of the page tree, as an account or as whoever edited it last."""
        self._ask("PUT", f"/contents/{content_id}/title", {"title": title, "account_id": account_id})

    def set_views(self, content_id: str, view_count: int, viewer_count: int) -> None:
        """Set how often a content was viewed, and by how many people."""
        self._ask("PUT", f"/contents/{content_id}/views", {"view_count": view_count, "viewer_count": viewer_count})

    def set_likes(self, content_id: str, accounts: Sequence[str]) -> None:
        """Set who likes a content."""
        self._ask("PUT", f"/contents/{content_id}/likes", {"accounts": list(accounts)})

    # -- the truth ---------------------------------------------------------------------------------------

    def truth(self, kind: TruthKind, *, as_account: str | None = None) -> Iterator[dict[str, Any]]:
        """Yield what the site holds of a kind: all of it, or what one account may see, of every status."""
        address = f"{self._root}/truth/{kind}"
        params = {} if as_account is None else {"as": as_account}
        with self._session.get(address, params=params, stream=True, timeout=_TIMEOUT_SECONDS) as reply:
            if not reply.ok:
                raise SiteControlError(f"GET /_site/truth/{kind}: {reply.status_code} {reply.text}")
            for line in reply.iter_lines(chunk_size=1 << 16):
                yield json.loads(line)
