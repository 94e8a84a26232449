"""Confluence Cloud: the site itself, its spaces and its people."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from confluence_pipeline.confluence.calls import V1, short_enough
from confluence_pipeline.confluence.cloud_calls import LIMIT, CloudCalls
from confluence_pipeline.confluence.cloud_records import USERS, V2, CloudRecords
from confluence_pipeline.confluence.errors import AccessError, AuthenticationError, RefusedError
from confluence_pipeline.confluence.paging import walk_cursor
from confluence_pipeline.confluence.parsing import label, once, parsed, results_of
from confluence_pipeline.confluence.records import Caller, Label, SiteFacts, SpaceRecord, UserRecord

_USER_KEY = re.compile(r"[0-9a-f]{32}")
MOST_IDS = 250
"""The most ids, keys or accounts that v2 takes in one request."""


@dataclass(frozen=True)
class CloudSite:
    """Asks for what belongs to the whole site."""

    calls: CloudCalls
    records: CloudRecords

    def caller(self) -> Caller:
        """Ask v1 ``user/current``, which answers 200 with type anonymous to credentials it does not know."""
        data = self.calls.entrance(f"{V1}/user/current").data
        if "type" not in data:
            raise self.calls.elsewhere(f"{V1}/user/current was answered with something else")
        anonymous = data.get("type") == "anonymous" or not data.get("accountId")
        return Caller(data.get("accountId"), data.get("displayName"), anonymous)

    def site_facts(self) -> SiteFacts:
        """Ask v1 ``settings/systemInfo``; a caller without that right gets None for everything."""
        try:
            data = self.calls.get(f"{V1}/settings/systemInfo").data
        except (AccessError, AuthenticationError, RefusedError):
            return SiteFacts(None, None, None)
        return SiteFacts(data.get("siteTitle"), data.get("defaultTimeZone"), data.get("edition"))

    def spaces(self, *, keys: Sequence[str] = (), ids: Sequence[str] = ()) -> Iterator[SpaceRecord]:
        """Walk v2 ``/spaces``, which lists current and archived spaces of every type where not asked otherwise."""
        names = [("keys", key) for key in keys] + [("ids", space_id) for space_id in ids]
        for group in short_enough(names, MOST_IDS) or [[]]:
            params = [LIMIT, ("description-format", "plain"), *group]
            pages = walk_cursor(lambda some: self.calls.entrance(f"{V2}/spaces", some), params, what="spaces")
            yield from once(pages, self.records.space, "spaces", lambda space: space.space_id)

    def space_labels(self, space_id: str) -> list[Label]:
        """Walk v2 ``/spaces/{id}/labels``."""
        path = f"{V2}/spaces/{space_id}/labels"
        return list(self.calls.walk(path, [LIMIT], f"labels of space {space_id}", label, lambda found: found.label_id))

    def users(self, account_ids: Sequence[str]) -> list[UserRecord]:
        """Send v2 ``users-bulk``, which leaves out the ids it does not know.

        Bodies that came from a Data Center may name people by user keys, which are no account ids.
        """
        known = [account_id for account_id in account_ids if not _USER_KEY.fullmatch(account_id)]
        if not known:
            return []
        data = self.calls.post(USERS, {"accountIds": known})
        return list(parsed(results_of(data, list, "users"), self.records.user, "users"))

    def visible_types(self, ids: Sequence[str]) -> dict[str, str | None]:
        """Send v2 ``content/convert-ids-to-types``."""
        data = self.calls.post(f"{V2}/content/convert-ids-to-types", {"contentIds": list(ids)})
        results = results_of(data, dict, "content types")
        return {content_id: results.get(content_id) for content_id in ids}
