"""Builds the demo's seed from its index files and pages.

Each folder of ``pages`` is a space: ``index.toml`` says what there is, who wrote it and when, and
``<slug>.xhtml`` holds the body of the page with that slug, in storage format.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from typing import Any

from confluence_pipeline.site.demo import tides
from confluence_pipeline.site.demo.attached import DemoFile, WrittenFile, media_type
from confluence_pipeline.site.demo.people import CALLER, GROUPS, USERS, account_id
from confluence_pipeline.site.seed import (
    Seed,
    SeedAttachment,
    SeedComment,
    SeedContent,
    SeedFile,
    SeedRestriction,
    SeedSpace,
    SeedVersion,
)

_PAGES = files("confluence_pipeline.site.demo").joinpath("pages")
_FOLDERS = ("ENG", "TIDE", "CREW", "DOOR", "personal")
_TIDE_TABLE = "tide-table-2026"
_BODILESS = frozenset({"folder", "whiteboard", "database", "embed"})

Record = Mapping[str, Any]
"""A table of an index file."""


def demo_seed() -> Seed:
    """Return the demo wiki: four global spaces and a personal one, about seventy pages, all invented.

    One of the spaces is open to visitors who are not logged in. The caller is a service user who sees most of the
    wiki, but not the board's folder nor two private pages; one page is open to nobody else.
    """
    indexes = [(folder, tomllib.loads(_PAGES.joinpath(folder, "index.toml").read_text("utf-8"))) for folder in _FOLDERS]
    return Seed(
        title="Selkie Sound Tidal Cooperative",
        users=USERS,
        groups=GROUPS,
        spaces=[_space(index["space"]) for _, index in indexes],
        contents=_contents(indexes),
        time_zone="Europe/London",
        caller=CALLER.account_id,
    )


def _space(record: Record) -> SeedSpace:
    viewers: Record = record.get("viewers", {})
    return SeedSpace(
        key=record["key"],
        name=record["name"],
        author_id=account_id(record["by"]),
        created_at=record["at"],
        space_type=record.get("type", "global"),
        description=record.get("description", ""),
        homepage=f"{record['key']}/home",
        labels=tuple(record.get("labels", ())),
        viewer_groups=tuple(viewers.get("groups", ())),
        viewer_users=tuple(account_id(name) for name in viewers.get("users", ())),
        is_anonymous=record.get("anonymous", False),
        properties=tuple(record.get("properties", {}).items()),
    )


def _contents(indexes: Sequence[tuple[str, Record]]) -> Iterator[SeedContent]:
    for folder, index in indexes:
        space_key = index["space"]["key"]
        turns: dict[str | None, int] = {}
        for record in index["content"]:
            parent = record.get("parent")
            turns[parent] = turns.get(parent, -1) + 1
            yield _content(folder, space_key, record, turns[parent])


def _content(folder: str, space_key: str, record: Record, position: int) -> SeedContent:
    node_type, parent = record.get("type", "page"), record.get("parent")
    return SeedContent(
        key=f"{space_key}/{record['slug']}",
        space_key=space_key,
        title=record["title"],
        author_id=account_id(record["by"]),
        created_at=record["at"],
        updated_at=record.get("edited_at", record["at"]),
        node_type=node_type,
        parent=None if parent is None else f"{space_key}/{parent}",
        position=position,
        status=record.get("status", "current"),
        body_storage="" if node_type in _BODILESS else _body(folder, record["slug"]),
        version_message=record.get("message", ""),
        minor_edit=record.get("minor", False),
        labels=tuple(record.get("labels", ())),
        restrictions=_restrictions(record),
        comments=_comments(record.get("comments", ())),
        attachments=[_attachment(each) for each in record.get("files", ())],
        history=[_version(each) for each in record.get("history", ())],
        likes=[account_id(name) for name in record.get("likes", ())],
        properties=tuple(record.get("properties", {}).items()),
        embed_url=record.get("embed_url"),
        views=_views(record),
    )


def _body(folder: str, slug: str) -> str:
    if slug == _TIDE_TABLE:
        return tides.tide_table(2026)
    return _PAGES.joinpath(folder, f"{slug}.xhtml").read_text("utf-8").rstrip("\n")


def _restrictions(record: Record) -> tuple[SeedRestriction, ...]:
    return tuple(
        SeedRestriction(
            operation=operation,
            users=tuple(account_id(name) for name in only.get("users", ())),
            groups=tuple(only.get("groups", ())),
        )
        for operation, only in record.get("restrict", {}).items()
    )


def _comments(records: Sequence[Record]) -> tuple[SeedComment, ...]:
    return tuple(
        SeedComment(
            author_id=account_id(record["by"]),
            body_storage=record["body"],
            created_at=record.get("edited_at", record["at"]),
            inline_selection=record.get("on"),
            inline_marker_ref=record.get("marker"),
            resolution_status=record.get("resolution", "open"),
            replies=_comments(record.get("replies", ())),
            history=[_version(each) for each in record.get("history", ())],
            likes=[account_id(name) for name in record.get("likes", ())],
        )
        for record in records
    )


def _attachment(record: Record) -> SeedAttachment:
    load = DemoFile(record["name"])
    return SeedAttachment(
        filename=record["name"],
        media_type=media_type(record["name"]),
        size=len(load.read()),
        load=load,
        comment=record.get("comment", ""),
        labels=tuple(record.get("labels", ())),
        author_id=account_id(record["by"]) if "by" in record else None,
        created_at=record.get("edited_at", record.get("at")),
        comments=_comments(record.get("comments", ())),
        history=[_file(each) for each in record.get("history", ())],
    )


def _file(record: Record) -> SeedFile:
    load = WrittenFile(record["body"])
    return SeedFile(account_id(record["by"]), record["at"], len(load.read()), load, record.get("comment", ""))


def _views(record: Record) -> tuple[int, int]:
    views, viewers = record.get("views", (0, 0))
    return views, viewers


def _version(record: Record) -> SeedVersion:
    return SeedVersion(
        author_id=account_id(record["by"]),
        created_at=record["at"],
        body_storage=record["body"],
        message=record.get("message", ""),
        minor_edit=record.get("minor", False),
    )
