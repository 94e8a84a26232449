"""From landed records to rows: one pure function a table, none of which knows files or the network."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from confluence_pipeline.confluence import ContentRecord, Label, SpaceRecord, UserRecord
from confluence_pipeline.content import Content, kept_share
from confluence_pipeline.tables.merge import Row
from confluence_pipeline.tables.report import Run, TableReport
from confluence_pipeline.tables.tree import Ancestry


@dataclass(frozen=True, slots=True)
class Stamp:
    """What every row of a run carries: the run, when its facts were read, and from where."""

    run_id: str
    extracted_at: datetime
    source_url: str

    def as_columns(self) -> Row:
        """Return the three stamp columns."""
        return {"_run_id": self.run_id, "_extracted_at": self.extracted_at, "_source_url": self.source_url}


@dataclass(frozen=True, slots=True)
class Body:
    """A body's columns, alike in pages and blog posts."""

    storage: str
    content: Content

    def as_columns(self) -> Row:
        """Return the body columns."""
        losses = [asdict(loss) for loss in self.content.losses]
        return {
            "body_storage": self.storage,
            "body_markdown": self.content.markdown,
            "body_text": self.content.text,
            "word_count": len(self.content.text.split()),
            "body_sha256": sha256_of(self.storage),
            "text_kept": kept_share(self.storage, self.content.text),
            "was_repaired": self.content.repaired,
            "losses": json.dumps(losses, ensure_ascii=False),
        }


def sha256_of(storage: str) -> str:
    """Return SHA-256 of a body in UTF-8, as hex."""
    return hashlib.sha256(storage.encode()).hexdigest()


BODY_COLUMNS = (
    "body_storage",
    "body_markdown",
    "body_text",
    "word_count",
    "body_sha256",
    "text_kept",
    "was_repaired",
    "losses",
)


def space_row(space: SpaceRecord, labels: Iterable[Label], stamp: Stamp) -> Row:
    """Return the row of ``spaces`` for a space."""
    return {
        "space_id": space.space_id,
        "space_key": space.key,
        "name": space.name,
        "type": space.type,
        "status": space.status,
        "homepage_id": space.homepage_id,
        "description": space.description,
        "author_id": space.author_id,
        "owner_id": space.owner_id,
        "current_active_alias": space.current_active_alias,
        "created_at": space.created_at,
        "web_url": space.web_url,
        "labels": [f"{label.prefix}:{label.name}" for label in labels],
        **stamp.as_columns(),
    }


def user_row(user: UserRecord, stamp: Stamp) -> Row:
    """Return the row of ``users`` for a user."""
    facts = asdict(user)
    del facts["source_url"]
    return {**facts, **stamp.as_columns()}


def page_row(record: ContentRecord, space_key: str, place: Ancestry, body: Row, stamp: Stamp) -> Row:
    """Return the row of ``pages`` for a page; ``body`` holds the columns of :class:`Body`."""
    return {
        "page_id": record.content_id,
        **_shared(record, space_key),
        "subtype": record.subtype,
        "parent_id": record.parent_id,
        "parent_type": record.parent_type,
        "position": record.position,
        "depth": len(place.ids),
        "ancestor_ids": list(place.ids),
        "ancestor_titles": list(place.titles),
        **body,
        **stamp.as_columns(),
    }


def blog_post_row(record: ContentRecord, space_key: str, body: Row, stamp: Stamp) -> Row:
    """Return the row of ``blog_posts`` for a blog post; ``body`` holds the columns of :class:`Body`."""
    return {"blog_post_id": record.content_id, **_shared(record, space_key), **body, **stamp.as_columns()}


def _shared(record: ContentRecord, space_key: str) -> Row:
    return {
        "space_id": record.space_id,
        "space_key": space_key,
        "title": record.title,
        "status": record.status,
        "author_id": record.author_id,
        "owner_id": record.owner_id,
        "created_at": record.created_at,
        "version_number": record.version_number,
        "version_author_id": record.version_author_id,
        "updated_at": record.updated_at,
        "version_message": record.version_message,
        "minor_edit": record.minor_edit,
        "web_url": record.web_url,
    }


def label_rows(content_id: str, content_type: str, space_key: str, labels: Iterable[Label], stamp: Stamp) -> list[Row]:
    """Return the rows of ``labels`` for what carries them."""
    return [
        {
            "content_id": content_id,
            "prefix": label.prefix,
            "name": label.name,
            "label_id": label.label_id,
            "content_type": content_type,
            "space_key": space_key,
            **stamp.as_columns(),
        }
        for label in labels
    ]


def structure_rows(table: str, record: ContentRecord, space_key: str, content: Content, stamp: Stamp) -> list[Row]:
    """Return the rows of one of the tables of what is inside a body.

    Args:
        table: ``links``, ``mentions``, ``macros``, ``headings``, ``code_blocks`` or ``page_tables``.
        record: The page or blog post.
        space_key: Its space.
        content: Its converted body.
        stamp: What the rows carry.
    """
    shared = {
        "content_id": record.content_id,
        "content_type": record.content_type,
        "space_key": space_key,
        **stamp.as_columns(),
    }
    return [{**shared, **facts} for facts in _STRUCTURES[table](content)]


def _cells(content: Content) -> Iterator[Row]:
    for grid in content.tables:
        for cell in grid.cells:
            yield asdict(cell)


def _macros(content: Content) -> Iterator[Row]:
    for ordinal, macro in enumerate(content.macros):
        parameters = json.dumps(dict(macro.parameters), ensure_ascii=False, sort_keys=True)
        yield {
            "ordinal": ordinal,
            "name": macro.name,
            "schema_version": macro.schema_version,
            "macro_id": macro.macro_id,
            "parameters": parameters,
            "body_kind": macro.body_kind,
            "parent_ordinal": macro.parent_ordinal,
            "outcome": macro.outcome,
        }


def _numbered(facts: Iterable[Any]) -> Iterator[Row]:
    for ordinal, fact in enumerate(facts):
        yield {"ordinal": ordinal, **asdict(fact)}


def _mentions(content: Content) -> Iterator[Row]:
    for ordinal, mention in enumerate(content.mentions):
        yield {"ordinal": ordinal, "account_id": mention.account_id}


_STRUCTURES = {
    "links": lambda content: _numbered(content.links),
    "mentions": _mentions,
    "macros": _macros,
    "headings": lambda content: _numbered(content.headings),
    "code_blocks": lambda content: _numbered(content.code_blocks),
    "page_tables": _cells,
}
STRUCTURE_TABLES = tuple(_STRUCTURES)


def removal_rows(sync: Row, stamp: Stamp) -> list[Row]:
    """Return the rows of ``removals`` for a landed sync."""
    removed_at = datetime.fromisoformat(sync["finished_at"])
    return [
        {**removal, "removed_at": removed_at, "space_key": sync["space_key"], **stamp.as_columns()}
        for removal in sync["removals"]
    ]


def ledger_rows(sync: Row, stamp: Stamp) -> list[Row]:
    """Return the rows of ``ledger`` for a landed sync, numbered so that no two syncs of a run collide."""
    name = f"{sync['space_key']} {sync['started_at']}"
    first = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=5).digest(), "big") << 20
    return [
        {**entry, "ordinal": first + n, "space_key": sync["space_key"], **stamp.as_columns()}
        for n, entry in enumerate(sync["ledger"])
    ]


def sync_run_row(report: TableReport, run: Run, source_url: str) -> Row:
    """Return the row of ``sync_runs`` for what a run did to one table's part."""
    facts = asdict(report)
    for name in ("file", "cost"):
        del facts[name]
    stamp = Stamp(run.run_id, run.started_at, source_url)
    cost = {name: getattr(report.cost, name) for name in ("requests", "retries", "throttled_seconds", "bytes_received")}
    return {**facts, **cost, **stamp.as_columns()}
