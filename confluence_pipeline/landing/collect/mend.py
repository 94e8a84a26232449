"""Reads again just what an earlier sync could not read of what stands on contents."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from confluence_pipeline.confluence import (
    AttachmentRecord,
    CommentBody,
    CommentRecord,
    NotFoundError,
    RecentItem,
    RefusedError,
    RestrictionRecord,
    ServerError,
    TreeNodeRecord,
)
from confluence_pipeline.landing.collect.attachments import TRASHED, as_landed
from confluence_pipeline.landing.collect.attachments import read_each as read_attachments
from confluence_pipeline.landing.collect.comments import (
    LOCATIONS,
    ReadComments,
    item_of,
    read_each,
    read_in_batches,
)
from confluence_pipeline.landing.collect.of_contents import (
    collect_likes,
    collect_properties,
    collect_versions,
    collect_views,
)
from confluence_pipeline.landing.collect.tree import is_live
from confluence_pipeline.landing.collect.view import Collected, SpaceView
from confluence_pipeline.landing.files import AttachmentFileRecord, land_files
from confluence_pipeline.landing.kinds import (
    ATTACHMENT_FILES,
    ATTACHMENTS,
    COMMENTS,
    LIKES,
    PAGE_VERSIONS,
    PROPERTIES,
    RESTRICTIONS,
    TREE_NODES,
    VIEWS,
    Kind,
)
from confluence_pipeline.landing.ledger import ledger_entry
from confluence_pipeline.landing.record_file import Landed, carried_over
from confluence_pipeline.landing.removals import visible_types
from confluence_pipeline.tables.report import LedgerEntry

Record = TypeVar("Record")
Mend = Callable[[SpaceView, Collection[str]], Collected[Any]]


class GoneMeanwhileError(Exception):
    """Something that had landed, and was asked for again, is not in the space any more: a sync is to say why."""


def mend_comments(view: SpaceView, ids: Collection[str]) -> Collected[CommentRecord]:
    """Read some comments again.

    Raises:
        GoneMeanwhileError: One that had landed is not there any more.
    """
    before = view.landing.records(COMMENTS).read()
    read = read_in_batches(view, ids)
    told = {entry.content_id for entry in read.ledger}
    silent = sorted(i for i in ids if i not in read.bodies and i not in told)
    read.add(read_each(view, [item_of(before[i].record) for i in silent if i in before]))
    read.add(_found_anywhere(view, [i for i in silent if i not in before]))
    failed = {entry.content_id for entry in read.ledger}
    after = before | {i: Landed(comment, view.run, body=read.bodies[i]) for i, comment in read.listed.items()}
    if any(i in before and i not in read.bodies and i not in failed for i in silent):
        raise GoneMeanwhileError
    stale = frozenset(i for i in failed if i in before)
    return Collected(carried_over(before, after), tuple(read.ledger), stale=stale)


def _found_anywhere(view: SpaceView, ids: Collection[str]) -> ReadComments:
    """Read comments of which nothing but the id is known: they are in the footer, or in a text, or gone."""

    def find(comment_id: str) -> CommentBody | LedgerEntry | None:
        for location in LOCATIONS:
            try:
                return view.client.api.comment(RecentItem(comment_id, None, location, 0))
            except NotFoundError:
                continue
            except (RefusedError, ServerError) as error:
                return ledger_entry(COMMENTS.name, "fetch", error, f"comment {comment_id}: {error}", comment_id)
        return None

    outcome = ReadComments()
    answers = list(view.client.in_parallel(find, ids))
    outcome.land(view, [answer for answer in answers if isinstance(answer, CommentBody)])
    outcome.ledger += [answer for answer in answers if isinstance(answer, LedgerEntry)]
    return outcome


def mend_attachments(view: SpaceView, ids: Collection[str]) -> Collected[AttachmentRecord]:
    """Read some attachments again.

    Raises:
        GoneMeanwhileError: One that had landed is in the trash, or not there any more.
    """
    before = view.landing.records(ATTACHMENTS).read()
    found, ledger = read_attachments(view, [RecentItem(i, None, "attachment", 0) for i in sorted(ids)])
    failed = {entry.content_id for entry in ledger}
    live = {i: file for i, file in found.items() if file.attachment.status != TRASHED}
    here = {i: as_landed(view, file) for i, file in live.items() if file.attachment.container_id in view.contents}
    if any(i in before and i not in here and i not in failed for i in ids):
        raise GoneMeanwhileError
    stale = frozenset(i for i in failed if i in before)
    return Collected(carried_over(before, before | here), tuple(ledger), stale=stale)


def mend_files(
    view: SpaceView, ids: Collection[str], attachments: Mapping[str, Landed[AttachmentRecord]]
) -> Collected[AttachmentFileRecord]:
    """Download the bytes of some attachments again, as far as those are still there."""
    before = view.landing.records(ATTACHMENT_FILES).read()
    wanted = [attachments[i].record for i in sorted(ids) if i in attachments]
    known = {i: landed.record for i, landed in before.items()}
    files = land_files(view.client, view.landing.lake, wanted, known, view.selection)
    after = {i: landed for i, landed in before.items() if i in attachments}
    after |= {i: Landed(record, view.run) for i, record in files.records.items()}
    stale = frozenset(entry.content_id for entry in files.ledger if entry.content_id is not None)
    return Collected(carried_over(before, after), tuple(files.ledger), stale=stale)


def _of_contents(kind: Kind[Record], collect: Callable[[SpaceView], Collected[Record]]) -> Mend:
    """Return what collects a kind for some contents, and leaves what landed of the others."""

    def mend(view: SpaceView, ids: Collection[str]) -> Collected[Record]:
        some = {content_id: entry for content_id, entry in view.contents.items() if content_id in ids}
        collected = collect(replace(view, contents=some))
        others = view.landing.records(kind).read()
        landed = {key: old for key, old in others.items() if kind.stands_on(old.record) not in ids}
        return replace(collected, landed=landed | dict(collected.landed))

    return mend


def mend_restrictions(view: SpaceView, ids: Collection[str]) -> Collected[RestrictionRecord]:
    """Ask again for what is restricted on some contents, nodes and ancestors."""

    def ask(content_id: str) -> list[RestrictionRecord] | LedgerEntry:
        try:
            return view.client.api.restrictions(content_id)
        except NotFoundError:
            return []  # gone, and what was restricted on it with it
        except (RefusedError, ServerError) as error:
            message = f"the restrictions of {content_id}: {error}"
            return ledger_entry(RESTRICTIONS.name, "fetch", error, message, content_id)

    answers = list(view.client.in_parallel(ask, sorted(ids)))
    ledger = tuple(answer for answer in answers if isinstance(answer, LedgerEntry))
    failed = {entry.content_id for entry in ledger}
    before = view.landing.records(RESTRICTIONS).read().values()
    kept = [old.record for old in before if old.record.content_id not in ids or old.record.content_id in failed]
    told = [named for answer in answers if not isinstance(answer, LedgerEntry) for named in answer]
    return Collected(view.landed(RESTRICTIONS, [*kept, *told]), ledger)


def mend_nodes(view: SpaceView, ids: Collection[str]) -> Collected[TreeNodeRecord]:
    """Read some nodes of the page tree again.

    Raises:
        GoneMeanwhileError: One that had landed is not in the space any more.
    """
    before = view.landing.records(TREE_NODES).read()
    types = {i: before[i].record.type for i in ids if i in before}
    types |= {
        i: kind
        for i, kind in visible_types(view.client, [i for i in ids if i not in before]).items()
        if kind is not None
    }

    def read(node_id: str) -> TreeNodeRecord | LedgerEntry | None:
        try:
            return view.client.api.tree_node(types[node_id], node_id)
        except NotFoundError:
            return None  # gone, or hidden
        except (RefusedError, ServerError) as error:
            return ledger_entry(TREE_NODES.name, "fetch", error, f"{types[node_id]} {node_id}: {error}", node_id)

    answers = list(view.client.in_parallel(read, sorted(types)))
    ledger = tuple(answer for answer in answers if isinstance(answer, LedgerEntry))
    failed = {entry.content_id for entry in ledger}
    nodes = [node for node in answers if isinstance(node, TreeNodeRecord)]
    here = {node.node_id: Landed(node, view.run) for node in nodes if is_live(node, view.space_id)}
    if any(i in before and i not in here and i not in failed for i in ids):
        raise GoneMeanwhileError
    stale = frozenset(i for i in failed if i in before)
    return Collected(carried_over(before, before | here), ledger, stale=stale)


MENDS: dict[Kind[Any], Mend] = {
    COMMENTS: mend_comments,
    PAGE_VERSIONS: _of_contents(PAGE_VERSIONS, collect_versions),
    PROPERTIES: _of_contents(PROPERTIES, collect_properties),
    LIKES: _of_contents(LIKES, collect_likes),
    VIEWS: _of_contents(VIEWS, collect_views),
    RESTRICTIONS: mend_restrictions,
    TREE_NODES: mend_nodes,
}
"""How each kind whose records are read one by one is read again; attachments, of two parts, have their own."""
