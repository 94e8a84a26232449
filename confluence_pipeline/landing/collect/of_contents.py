"""What takes a request for each content: versions, properties, likes and views."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from confluence_pipeline.confluence import (
    ContentRecord,
    ContentType,
    GoneError,
    LikeRecord,
    NotFoundError,
    PropertyRecord,
    RefusedError,
    ServerError,
    VersionRecord,
    ViewsRecord,
)
from confluence_pipeline.landing.bodies import Body, LandedBody
from confluence_pipeline.landing.collect.view import Collected, SpaceView
from confluence_pipeline.landing.kinds import LIKES, PAGE_VERSIONS, PROPERTIES, VIEWS, Kind
from confluence_pipeline.landing.ledger import ledger_entry
from confluence_pipeline.landing.record_file import Landed, carried_over
from confluence_pipeline.tables.report import LedgerEntry

Record = TypeVar("Record")
Read = Callable[[ContentRecord], Sequence[Landed[Record]]]


def collect_versions(view: SpaceView) -> Collected[VersionRecord]:
    """Collect every version of the contents in scope, a request for each content with a new version.

    A content that was never edited costs none unless bodies are asked for: the listing told its only version.

    Raises:
        ConfluenceError: The site could not be asked.
    """
    bodies = view.selection.version_bodies

    def read(content: ContentRecord) -> list[Landed[VersionRecord]]:
        if content.version_number == 1 and not bodies:
            return [Landed(_only_version(content), view.run)]
        versions = list(view.client.api.versions(content.content_type, content.content_id, bodies=bodies))
        landed = _land_bodies(view, versions) if bodies else {}
        return [
            Landed(replace(version, storage=None), view.run, body=landed.get(_body_id(version))) for version in versions
        ]

    def is_known(content: ContentRecord, known: Sequence[Landed[VersionRecord]]) -> bool:
        newest = max((landed.record.version_number for landed in known), default=0)
        has_bodies = not bodies or all(landed.body is not None for landed in known)
        return newest == content.version_number and has_bodies and not view.full

    versions = _collect(view, PAGE_VERSIONS, read, is_known)
    if bodies:
        return versions
    return replace(versions, landed={key: replace(landed, body=None) for key, landed in versions.landed.items()})


def _only_version(content: ContentRecord) -> VersionRecord:
    return VersionRecord(
        content_id=content.content_id,
        content_type=content.content_type,
        version_number=1,
        author_id=content.version_author_id,
        created_at=content.updated_at,
        message=content.version_message,
        minor_edit=content.minor_edit,
        storage=None,
        source_url=f"{content.source_url}/versions/1",
    )


def _land_bodies(view: SpaceView, versions: Iterable[VersionRecord]) -> dict[str, LandedBody]:
    return view.landing.version_bodies.land(
        [
            Body(_body_id(version), version.version_number, replace(version, storage=None), version.storage)
            for version in versions
            if version.storage is not None
        ]
    )


def _body_id(version: VersionRecord) -> str:
    return f"{version.content_id}@{version.version_number}"


def collect_properties(view: SpaceView) -> Collected[PropertyRecord]:
    """Collect the properties of the contents in scope, a request for each content.

    Raises:
        ConfluenceError: The site could not be asked.
    """
    return _collect(view, PROPERTIES, _plain(view, view.client.api.properties))


def collect_likes(view: SpaceView) -> Collected[LikeRecord]:
    """Collect who likes the contents in scope, a request for each content.

    Raises:
        ConfluenceError: The site could not be asked.
    """
    return _collect(view, LIKES, _plain(view, view.client.api.likes))


def _plain(view: SpaceView, ask: Callable[[ContentType, str], Iterable[Record]]) -> Read[Record]:
    """Return what reads records that land as the site gives them."""

    def read(content: ContentRecord) -> list[Landed[Record]]:
        return [Landed(record, view.run) for record in ask(content.content_type, content.content_id)]

    return read


def collect_views(view: SpaceView) -> Collected[ViewsRecord]:
    """Collect how often the contents in scope were viewed, two requests for each content.

    Raises:
        ConfluenceError: The site could not be asked.
    """

    def read(content: ContentRecord) -> list[Landed[ViewsRecord]]:
        return [Landed(view.client.api.views(content.content_type, content.content_id), view.run)]

    return _collect(view, VIEWS, read)


def _never(_content: ContentRecord, _known: Sequence[Landed[Record]]) -> bool:
    return False


def _collect(
    view: SpaceView,
    kind: Kind[Record],
    read: Read[Record],
    is_known: Callable[[ContentRecord, Sequence[Landed[Record]]], bool] = _never,
) -> Collected[Record]:
    """Read each content's records side by side; one that fails keeps what had landed, and goes to the ledger."""
    landed_before = view.landing.records(kind).read()
    before: dict[str | None, list[Landed[Record]]] = {}
    for old in landed_before.values():
        before.setdefault(kind.stands_on(old.record), []).append(old)

    def read_one(content: ContentRecord) -> Sequence[Landed[Record]] | LedgerEntry:
        known = before.get(content.content_id, [])
        if content.content_id in view.unverified or is_known(content, known):
            return known
        try:
            return read(content)
        except GoneError:
            raise  # the endpoint is gone, for every content alike
        except NotFoundError as error:
            message = f"{content.title!r} ({content.content_id}) was listed, but is not there: {error}"
            return ledger_entry(kind.name, "fetch", error, message, content.content_id)
        except (RefusedError, ServerError) as error:
            message = f"{content.title!r} ({content.content_id}): {error}"
            return ledger_entry(kind.name, "fetch", error, message, content.content_id)

    after: dict[str, Landed[Record]] = {}
    ledger: list[LedgerEntry] = []
    stale: set[str] = set()
    contents = list(view.records.values())
    for content, answer in zip(contents, view.client.in_parallel(read_one, contents), strict=True):
        records = before.get(content.content_id, []) if isinstance(answer, LedgerEntry) else answer
        after |= {kind.key(landed.record): landed for landed in records}
        if isinstance(answer, LedgerEntry):
            ledger.append(answer)
            stale |= {kind.key(old.record) for old in records[:1]}
    return Collected(carried_over(landed_before, after), tuple(ledger), stale=frozenset(stale))
