"""What takes a request for each content: versions, properties, likes and views."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
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
from confluence_pipeline.landing.answers import Answers
from confluence_pipeline.landing.bodies import Body, LandedBody
from confluence_pipeline.landing.collect.view import Collected, SpaceView
from confluence_pipeline.landing.kinds import LIKES, PAGE_VERSIONS, PROPERTIES, VIEWS, Kind
from confluence_pipeline.landing.ledger import ledger_entry
from confluence_pipeline.landing.record_file import Landed, carried_over
from confluence_pipeline.tables.report import LedgerEntry

Record = TypeVar("Record")
Read = Callable[[ContentRecord], Sequence[Landed[Record]]]
Stands = Callable[[ContentRecord, Sequence[Landed[Record]]], bool]


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
        return newest == content.version_number == len(known) and has_bodies and not view.full

    @cache
    def body_files() -> frozenset[str]:
        return view.landing.version_bodies.names()

    def is_usable(content: ContentRecord, taken: Sequence[Landed[VersionRecord]]) -> bool:
        return is_known(content, taken) and all(item.body is None or item.body.file in body_files() for item in taken)

    versions = _collect(view, PAGE_VERSIONS, read, is_known, is_usable)
    versions = replace(versions, short=_short_of_versions(view, versions))
    if bodies:
        return versions
    return replace(versions, landed={key: replace(landed, body=None) for key, landed in versions.landed.items()})


def _short_of_versions(view: SpaceView, versions: Collected[VersionRecord]) -> dict[str | None, int]:
    """Return how many versions were not listed of the contents whose versions could be read.

    They are numbered from 1 without gaps, so the number of the newest, which the listing of contents told, is how many
    there are.
    """
    came = Counter(landed.record.content_id for landed in versions.landed.values())
    failed = {entry.content_id for entry in versions.ledger}
    told = {i: content.version_number for i, content in view.records.items() if i not in failed | view.unverified}
    return {i: number - came[i] for i, number in told.items() if number > came[i]}


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


def _never(_content: ContentRecord, _records: Sequence[Landed[Record]]) -> bool:
    return False


def _always(_content: ContentRecord, _records: Sequence[Landed[Record]]) -> bool:
    return True


def _collect(
    view: SpaceView,
    kind: Kind[Record],
    read: Read[Record],
    is_known: Stands[Record] = _never,
    is_usable: Stands[Record] = _always,
) -> Collected[Record]:
    """Read each content's records side by side; one that fails keeps what had landed, and goes to the ledger.

    Args:
        view: The space.
        kind: The kind.
        read: Asks for a content's records.
        is_known: Tells of a content and its records as they landed whether they need not be asked for.
        is_usable: Tells the same of records that a sync which died was given for the same version of the content.
    """
    answers = Answers(view.landing, kind, view.run, view.work or view.run.run_id)
    given = {} if view.full else answers.given(by_version=kind is PAGE_VERSIONS)
    landed_before = view.landing.records(kind).read()
    before: dict[str | None, list[Landed[Record]]] = {}
    for old in landed_before.values():
        before.setdefault(kind.stands_on(old.record), []).append(old)
    known: dict[str, Sequence[Landed[Record]]] = {}
    for content_id, content in view.records.items():
        old_records, taken = before.get(content_id, []), given.get((content_id, content.version_number))
        if content_id in view.unverified or is_known(content, old_records):
            known[content_id] = old_records
        elif taken is not None and is_usable(content, taken):
            known[content_id] = taken
    after = {kind.key(landed.record): landed for records in known.values() for landed in records}
    ledger: list[LedgerEntry] = []
    stale: set[str] = set()
    asked = [content for content_id, content in view.records.items() if content_id not in known]
    for content, answer in zip(asked, view.client.in_parallel(_telling(kind, read), asked), strict=True):
        if isinstance(answer, LedgerEntry):
            records: Sequence[Landed[Record]] = before.get(content.content_id, [])
            ledger.append(answer)
            stale |= {kind.key(old.record) for old in records[:1]}
        else:
            records = answer
            answers.keep(content, answer)
        after |= {kind.key(landed.record): landed for landed in records}
    return Collected(carried_over(landed_before, after), tuple(ledger), stale=frozenset(stale))


def _telling(
    kind: Kind[Record], read: Read[Record]
) -> Callable[[ContentRecord], Sequence[Landed[Record]] | LedgerEntry]:
    """Return what reads a content's records, or tells why they could not be read."""

    def read_one(content: ContentRecord) -> Sequence[Landed[Record]] | LedgerEntry:
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

    return read_one
