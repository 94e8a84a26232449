"""A space that lands without a site: the test says what a sync would have found."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from confluence_pipeline.confluence import (
    AttachmentRecord,
    BodyRecord,
    Caller,
    CommentRecord,
    ContentRecord,
    Cost,
    GroupRecord,
    Label,
    MemberRecord,
    PermissionRecord,
    RestrictionRecord,
    SpaceRecord,
    TaskRecord,
    TreeNodeRecord,
    UserRecord,
)
from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import Landed, RecordFile, SpaceLanding, site_records
from confluence_pipeline.landing.bodies import Body
from confluence_pipeline.landing.entries import SyncReport
from confluence_pipeline.landing.kinds import COMMENTS, GROUP_MEMBERS, GROUPS, Kind
from confluence_pipeline.landing.record_file import carried_over
from confluence_pipeline.normalize import build_space_tables
from confluence_pipeline.tables import TABLES
from confluence_pipeline.tables.report import Run, TableReport

KEY = "ENG"
SITE = "https://site.example/wiki"
SOME_TIME = datetime(2026, 1, 5, 9, 30, tzinfo=UTC)
_FIRST_RUN = datetime(2026, 3, 1, tzinfo=UTC)

Row = dict[str, Any]
Record = TypeVar("Record")


def page(
    content_id: str, parent_id: str | None = None, *, kind: str = "page", title: str | None = None
) -> ContentRecord:
    """Return a page, or a blog post."""
    url = f"{SITE}/api/v2/{kind}s/{content_id}"
    facts: Row = {"content_id": content_id, "content_type": kind, "space_id": "9", "status": "current"}
    facts |= {"title": title or f"Page {content_id}", "parent_id": parent_id, "version_number": 1, "source_url": url}
    return _filled(ContentRecord, facts)


def node(node_id: str, parent_id: str | None = None, *, kind: str = "folder", title: str = "Folder") -> TreeNodeRecord:
    """Return a folder, or another node of the tree."""
    facts = {"node_id": node_id, "type": kind, "space_id": "9", "status": "current", "title": title}
    return _filled(TreeNodeRecord, facts | {"parent_id": parent_id, "source_url": f"{SITE}/api/v2/{kind}s/{node_id}"})


def comment(comment_id: str, content_id: str = "1", parent: str | None = None) -> CommentRecord:
    """Return a footer comment, or a reply."""
    facts = {"comment_id": comment_id, "container_id": content_id, "container_type": "page", "location": "footer"}
    facts |= {"status": "current", "source_url": f"{SITE}/api/v2/footer-comments/{comment_id}"}
    return _filled(CommentRecord, facts | {"parent_comment_id": parent, "version_number": 1})


def attachment(attachment_id: str, content_id: str = "1", *, version: int = 1) -> AttachmentRecord:
    """Return an attachment."""
    facts: Row = {
        "attachment_id": attachment_id,
        "container_id": content_id,
        "container_type": "page",
        "status": "current",
    }
    facts |= {"title": "a.txt", "version_number": version, "download_url": f"{SITE}/x", "source_url": f"{SITE}/y"}
    return _filled(AttachmentRecord, facts)


def task(task_id: str, content_id: str = "1", *, storage: str | None = None, local_id: str = "1") -> TaskRecord:
    """Return an open task."""
    facts = {"task_id": task_id, "content_id": content_id, "content_type": "page", "status": "incomplete"}
    return _filled(TaskRecord, facts | {"local_id": local_id, "storage": storage, "source_url": f"{SITE}/tasks"})


def grant(principal_type: str, principal_id: str, operation: str = "read", target: str = "space") -> PermissionRecord:
    """Return a grant on the space."""
    named = f"{principal_type}-{principal_id}-{operation}-{target}"
    return PermissionRecord(named, principal_type, principal_id, operation, target, f"{SITE}/permissions")


def restriction(
    content_id: str, principal_id: str, operation: str = "read", principal_type: str = "user"
) -> RestrictionRecord:
    """Return a restriction to a user or group."""
    return RestrictionRecord(content_id, operation, principal_type, principal_id, None, f"{SITE}/restrictions")


def _filled(record: type[Record], facts: Mapping[str, Any]) -> Record:
    """Return a record of which other fields are None."""
    names = (field.name for field in fields(record))  # type: ignore[arg-type]  # records are dataclasses
    return record(**{name: facts.get(name) for name in names})


@dataclass
class LandedSpace:
    """A space in a lake, landed by hand.

    Attributes:
        lake: The lake.
        stale: By table, how many rows the newest sync said are out of date.
        incomplete: The tables it could not list.
        ledger: What it could not read.
    """

    lake: Lake
    stale: dict[str, int] = field(default_factory=dict)
    incomplete: list[str] = field(default_factory=list)
    ledger: list[Row] = field(default_factory=list)
    _syncs: int = 0
    _reports: int = 0

    @property
    def landing(self) -> SpaceLanding:
        """The space's raw landing."""
        return SpaceLanding(self.lake, KEY)

    @property
    def run(self) -> Run:
        """The run of the newest sync: each is an hour after the one before."""
        return Run(f"run-{self._syncs}", _FIRST_RUN + timedelta(hours=self._syncs))

    def next_run(self) -> None:
        """Begin another sync."""
        self._syncs += 1

    def contents(
        self,
        *records: ContentRecord,
        bodies: Mapping[str, str] | None = None,
        labels: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Land what is in the space; a content whose body is not given has an empty one."""
        bodies, labels = bodies or {}, labels or {}
        before = self.landing.listing()
        found = [BodyRecord(record, bodies.get(record.content_id, "<p />")) for record in records]
        entries = {}
        for entry in self.landing.land_bodies(found, self.run):
            content_id = entry.record.content_id
            named = tuple(Label(f"l-{name}", "global", name) for name in labels.get(content_id, ()))
            new = replace(entry, labels=named)
            old = before.get(content_id)
            entries[content_id] = replace(new, run=old.run) if old and old.same_facts(new) else new
        self.landing.commit(dict(sorted(entries.items())), self._report(), is_whole=True)

    def land(self, kind: Kind[Any], *records: Any, labels: Mapping[str, Sequence[str]] | None = None) -> None:
        """Land all records of one kind, with labels by the record's key."""
        named = {key: tuple(Label(f"l-{n}", "global", n) for n in names) for key, names in (labels or {}).items()}
        after = {kind.key(r): Landed(r, self.run, named.get(kind.key(r), ())) for r in records}
        self._replace(self.landing.records(kind), after)

    def comments(self, bodies: Mapping[str, str], records: Iterable[CommentRecord]) -> None:
        """Land all comments; one whose body is not given has none."""
        found = list(records)
        landed = self.landing.comment_bodies.land(
            [Body(r.comment_id, 1, r, bodies[r.comment_id]) for r in found if r.comment_id in bodies]
        )
        after = {r.comment_id: Landed(r, self.run, (), landed.get(r.comment_id)) for r in found}
        self._replace(self.landing.records(COMMENTS), after)

    def groups(self, members: Mapping[str, Sequence[str]]) -> None:
        """Land the groups of the site with their members."""
        groups = [GroupRecord(name, name.upper(), f"{SITE}/group") for name in sorted(members)]
        listed = [MemberRecord(group, account, f"{SITE}/member") for group in members for account in members[group]]
        self._replace(site_records(self.lake, GROUPS), {GROUPS.key(r): Landed(r, self.run) for r in groups})
        members_file = site_records(self.lake, GROUP_MEMBERS)
        self._replace(members_file, {GROUP_MEMBERS.key(r): Landed(r, self.run) for r in listed})

    def sync(self, expected: Mapping[str, int] | None = None, *, failed: bool = False) -> None:
        """Tell how many rows the newest sync expects of tables, what it could not list, and could not read."""
        self.landing.write_sync(self._report(expected, failed=failed))

    def build(self, *tables: str) -> dict[str, TableReport]:
        """Build tables; all if none are named."""
        return build_space_tables(self.lake, KEY, self.run, tables or tuple(TABLES))

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table."""
        rows: list[Row] = self.lake.table(TABLES[table]).to_pylist()
        return rows

    def column(self, table: str, *names: str) -> list[Any]:
        """Return columns of a table: values, or tuples of several."""
        rows = self.rows(table)
        return [row[names[0]] if len(names) == 1 else tuple(row[name] for name in names) for row in rows]

    def digest(self, table: str) -> str:
        """Return a digest of the bytes of a table."""
        paths = (path for files in self.lake.parts(TABLES[table]).values() for path in files)
        data = b"".join(map(self.lake.read_bytes, paths))
        return hashlib.sha256(data).hexdigest()

    @staticmethod
    def _replace(file: RecordFile[Any], after: Mapping[str, Landed[Any]]) -> None:
        file.replace(carried_over(file.read(), after))

    def _report(self, expected: Mapping[str, int] | None = None, *, failed: bool = False) -> SyncReport:
        started = self.run.started_at.isoformat()
        facts: Row = {"run_id": self.run.run_id, "run_started_at": started, "space_key": KEY, "mode": "incremental"}
        facts |= {"started_at": started, "finished_at": started, "failed": failed, "expected": dict(expected or {})}
        facts |= {"stale": self.stale, "incomplete": self.incomplete, "ledger": self.ledger, "removals": []}
        self._reports += 1
        return SyncReport(f"{started}-{self._reports:04}", facts | {"cost": asdict(Cost())})


def refusal(table: str, content_id: str | None, operation: str = "fetch") -> Row:
    """Return an entry of the ledger."""
    facts = {"table": table, "operation": operation, "reason": "server", "message": "m", "content_id": content_id}
    return facts | {"http_status": 500, "attempts": 5, "retryable": True}


class People:
    """A client that knows one space, and the users of a site."""

    cost = Cost()
    batch_size = 250
    users_url = f"{SITE}/users"

    def __init__(self, names: Mapping[str, str], labels: Sequence[str] = ()) -> None:
        self._names = names
        self._labels = labels

    @property
    def api(self) -> "People":
        """What it asks."""
        return self

    def api_for(self, _items: int) -> "People":
        """Return whom to ask for so many at once."""
        return self

    def metered(self) -> "People":
        """Return itself."""
        return self

    def log_in(self) -> Caller:
        """Return who is always logged in."""
        return Caller("712020:reader", "Rita Reader", anonymous=False)

    def in_parallel(self, work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """Do one after the other."""
        return [work(item) for item in items]

    def users(self, account_ids: Sequence[str]) -> list[UserRecord]:
        """Return the users it knows."""
        return [
            _filled(UserRecord, {"account_id": i, "display_name": self._names[i], "source_url": self.users_url})
            for i in account_ids
            if i in self._names
        ]

    def spaces(self) -> list[SpaceRecord]:
        """Return the one space."""
        return [_filled(SpaceRecord, {"space_id": "9", "key": KEY, "name": "Eng", "source_url": f"{SITE}/spaces/9"})]

    def space_labels(self, _space_id: str) -> list[Label]:
        """Return the labels of the space."""
        return [Label(f"l-{name}", "team", name) for name in self._labels]
