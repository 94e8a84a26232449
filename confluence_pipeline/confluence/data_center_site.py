"""Confluence Data Center: the site itself, its spaces and its people."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from confluence_pipeline.confluence.calls import V1, short_enough
from confluence_pipeline.confluence.data_center_calls import DataCenterCalls
from confluence_pipeline.confluence.data_center_contents import MOST_IDS
from confluence_pipeline.confluence.data_center_records import (
    SPACE_PARTS,
    USERS,
    DataCenterRecords,
    content_path,
)
from confluence_pipeline.confluence.errors import AccessError, ListingError, NotFoundError, RefusedError
from confluence_pipeline.confluence.parsing import labels_told
from confluence_pipeline.confluence.records import Caller, Label, SiteFacts, SpaceRecord, UserRecord

_EXPANDED = ("expand", ",".join(SPACE_PARTS))
_WITH_LABELS = ("expand", "metadata.labels")
_WITH_STATUS = ("expand", "status")


@dataclass(frozen=True)
class DataCenterSite:
    """Asks for what belongs to the whole site."""

    calls: DataCenterCalls
    records: DataCenterRecords

    def caller(self) -> Caller:
        """Ask ``user/current``, which answers 200 with type anonymous to a stranger."""
        data = self.calls.entrance(f"{V1}/user/current").data
        if "type" not in data:
            raise self.calls.elsewhere(f"{V1}/user/current was answered with something else")
        return Caller(data.get("userKey"), data.get("displayName"), anonymous=not data.get("userKey"))

    def site_facts(self) -> SiteFacts:
        """Return the version as the edition, which was asked for when the line was opened; REST tells no more."""
        return SiteFacts(None, None, self.calls.version.text)

    def spaces(self, *, keys: Sequence[str] = (), ids: Sequence[str] = ()) -> Iterator[SpaceRecord]:
        """Walk ``space``, which lists current and archived spaces of every type where not asked otherwise.

        By id, spaces are chosen from all there are: only the newest versions can be asked so.
        """
        wanted = frozenset(ids)
        for group in short_enough([("spaceKey", key) for key in keys], len(keys)) or [[]]:
            found = self.calls.walk(
                f"{V1}/space", [_EXPANDED, *group], "spaces", self.records.space, lambda space: space.space_id
            )
            for space in found:
                self.calls.memory.note(space.space_id, space.key)
                if not wanted or space.space_id in wanted:
                    yield space

    def space_labels(self, space_id: str) -> list[Label]:
        """Ask ``space/{key}`` for its labels (categories); ``space/{key}/labels`` tells those of its contents."""
        path = f"{V1}/space/{self.calls.space_key(space_id)}"
        what = f"labels of space {space_id}"

        def read(data: dict[str, dict[str, object]]) -> list[Label]:
            told = labels_told((data.get("metadata") or {}).get("labels"))
            if told is None:
                raise KeyError("metadata.labels")
            return list(told)

        return self.calls.single(path, [_WITH_LABELS], read, what)

    def users(self, account_ids: Sequence[str]) -> list[UserRecord]:
        """Ask ``user`` for each user key; many are looked up in ``user/list``, if an administrator asks.

        That list is read once for all threads. Whoever is not in it is asked for, too.
        """
        listed = self.calls.memory.people(self._everybody) if len(account_ids) == MOST_IDS else {}
        found = (listed.get(key) or self._user(key) for key in account_ids)
        return [user for user in found if user is not None]

    def _everybody(self) -> dict[str, UserRecord]:
        """Walk ``user/list``, which only administrators may; nobody where it cannot be had."""
        users = self.calls.walk(
            f"{USERS}/list", [_WITH_STATUS], "users", self.records.user, lambda user: user.account_id
        )
        try:
            with self.calls.for_administrators("the list of users"):
                return {user.account_id: user for user in users}
        except (AccessError, RefusedError, ListingError):
            return {}

    def _user(self, key: str) -> UserRecord | None:
        try:
            return self.calls.single(USERS, [("key", key), _WITH_STATUS], self.records.user, f"user {key}")
        except NotFoundError:
            return None

    def visible_types(self, ids: Sequence[str]) -> dict[str, str | None]:
        """Ask ``content/{id}`` for each id, in whatever status it is: the search does not know what was trashed."""
        return {content_id: self._type(content_id) for content_id in ids}

    def _type(self, content_id: str) -> str | None:
        try:
            return self.calls.single(
                content_path(content_id),
                [("status", "any")],
                lambda data: str(data["type"]),
                f"content {content_id}",
            )
        except NotFoundError:
            return None
