"""What pages stand under: folders, whiteboards, databases, embeds, pages outside the scope; what restricts them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from confluence_pipeline.confluence import (
    ContentRecord,
    NodeHit,
    NotFoundError,
    RefusedError,
    RestrictionRecord,
    ServerError,
    TreeNodeRecord,
    missing_from,
)
from confluence_pipeline.confluence.cql import all_of, any_of
from confluence_pipeline.confluence.dialect import NODE_TYPES
from confluence_pipeline.landing.collect.gone import unproven
from confluence_pipeline.landing.collect.view import Collected, SpaceView, batches
from confluence_pipeline.landing.doubts import Refusal
from confluence_pipeline.landing.kinds import ANCESTORS, RESTRICTIONS, TREE_NODES
from confluence_pipeline.landing.ledger import ledger_entry
from confluence_pipeline.landing.record_file import Landed
from confluence_pipeline.landing.removals import Removal
from confluence_pipeline.landing.store import SpaceLanding
from confluence_pipeline.tables.report import LedgerEntry

TABLE = "tree_nodes"
_LIVE = frozenset({"current", "archived"})


@dataclass
class Tree:
    """What is above the contents of a space.

    Attributes:
        nodes: Folders, whiteboards, databases and embeds, by id.
        ancestors: Pages that are not in scope themselves, by id.
        restrictions: What is restricted on nodes and ancestors, by id, as far as it is known.
        ledger: What could not be read.
        stale: Ids of nodes that are as they were before because of an entry in the ledger.
        removals: Nodes that are gone.
        kept: Ids of nodes that stay as they landed: it is not known what became of them, or they are ``moving``.
        moving: Ids of nodes that are in another space of the scope and have not landed there, each with its key.
        short: How many more nodes the site counts than were found.
    """

    nodes: dict[str, TreeNodeRecord] = field(default_factory=dict)
    ancestors: dict[str, ContentRecord] = field(default_factory=dict)
    restrictions: dict[str, tuple[RestrictionRecord, ...]] = field(default_factory=dict)
    ledger: list[LedgerEntry] = field(default_factory=list)
    stale: set[str] = field(default_factory=set)
    removals: list[Removal] = field(default_factory=list)
    kept: set[str] = field(default_factory=set)
    moving: dict[str, str] = field(default_factory=dict)
    short: int = 0

    def keep(self, node: TreeNodeRecord, why: LedgerEntry) -> None:
        """Keep a node as it landed, and put it into the ledger why."""
        self.nodes[node.node_id] = node
        self.kept.add(node.node_id)
        self.stale.add(node.node_id)
        self.ledger.append(why)


def collect_tree(view: SpaceView) -> Tree:
    """Collect the nodes of a space's page tree, and follow every parent up to the top.

    The search lists the nodes, 250 a request, and those that are new or changed are read one by one, which is the
    only way the API has. A parent that cannot be read is left out: then access below it cannot be computed.

    Args:
        view: The space.

    Raises:
        ConfluenceError: The site could not be asked.
    """
    tree = Tree()
    before = view.landing.records(TREE_NODES).read()
    if not view.is_there:
        _leave_space(view, tree, before)
        return tree
    hits, tree.short = _hits(view)
    unchanged = {i: before[i].record for i, hit in hits.items() if not view.full and _is_same(before.get(i), hit)}
    tree.nodes |= unchanged
    _read_nodes(view, tree, before, {i: hit.type for i, hit in hits.items() if i not in unchanged})
    known_gone: set[str] = set()
    while missing := _missing_parents(view, tree, known_gone):
        known_gone |= set(missing)
        _read_pages(view, tree, [i for i, kind in missing.items() if kind not in NODE_TYPES])
        _read_nodes(view, tree, before, {i: kind for i, kind in missing.items() if kind in NODE_TYPES})
    lost = {i: old.record.type for i, old in before.items() if i not in tree.nodes and i not in known_gone}
    if view.is_whole:
        _read_nodes(view, tree, before, lost)
    tree.short = max(0, tree.short - len(tree.nodes.keys() - hits.keys()))
    _remove(view, tree, before, lost)
    _read_restrictions(view, tree, hits)
    return tree


def _leave_space(view: SpaceView, tree: Tree, before: Mapping[str, Landed[TreeNodeRecord]]) -> None:
    """Take out the nodes of a space that is out of scope or gone; if its contents stay, so do they."""
    if view.contents:
        tree.kept |= before.keys()
        tree.nodes |= {i: old.record for i, old in before.items()}
        tree.ancestors |= {i: old.record for i, old in view.landing.records(ANCESTORS).read().items()}
        tree.kept |= tree.ancestors.keys()
        return
    refusal = view.holds() if view.is_in_scope and before else None
    if refusal is not None:
        for old in before.values():
            tree.keep(old.record, _refused(old.record, refusal))
        return
    reason = "unknown" if view.is_in_scope else "filtered_out"
    evidence = "its space is not visible any more" if view.is_in_scope else "the scope does not include its space"
    tree.removals += [node_removal(old.record, reason, evidence) for old in before.values()]


def _hits(view: SpaceView) -> tuple[dict[str, NodeHit], int]:
    """Return the nodes that the search gives, and how many more it counts."""
    if not view.is_whole:
        return {}, 0  # only the parents of what is in scope are of interest
    if view.listed.hits is not None:
        return {hit.node_id: hit for hit in view.listed.hits.nodes}, 0
    query = all_of(any_of("space", [view.landing.space_key]), f"type in ({', '.join(NODE_TYPES)})")
    walk = view.client.api.tree_nodes(query)
    return {hit.node_id: hit for hit in walk}, missing_from(walk)


def _is_same(old: Landed[TreeNodeRecord] | None, hit: NodeHit) -> bool:
    if old is None:
        return False
    node = old.record
    facts = (node.type, node.status, node.title, node.parent_id, node.version_number)
    return facts == (hit.type, hit.status, hit.title, hit.parent_id, hit.version_number)


def _missing_parents(view: SpaceView, tree: Tree, known_gone: Iterable[str]) -> dict[str, str]:
    """Return the parents that nothing is known of yet, each with its type."""
    known = {*view.contents, *tree.nodes, *tree.ancestors, *known_gone}
    below: list[ContentRecord | TreeNodeRecord] = [
        *view.records.values(),
        *tree.nodes.values(),
        *tree.ancestors.values(),
    ]
    return {
        record.parent_id: record.parent_type or "page"
        for record in below
        if record.parent_id is not None and record.parent_id not in known
    }


def _read_pages(view: SpaceView, tree: Tree, ids: Sequence[str]) -> None:
    outside = view.listed.outside
    tree.ancestors |= {i: outside[i].record for i in ids if i in outside}
    for batch in batches((i for i in ids if i not in outside), view.client.api.batch_size):
        tree.ancestors |= {page.content_id: page for page in view.client.api.contents_by_id("page", batch)}


def _read_nodes(
    view: SpaceView, tree: Tree, before: Mapping[str, Landed[TreeNodeRecord]], types: Mapping[str, str]
) -> None:
    def read(node_id: str) -> TreeNodeRecord | LedgerEntry | None:
        try:
            return view.client.api.tree_node(types[node_id], node_id)
        except NotFoundError:
            return None  # gone, or hidden from the caller
        except (RefusedError, ServerError) as error:
            return ledger_entry(TABLE, "fetch", error, f"{types[node_id]} {node_id}: {error}", node_id)

    for answer in view.client.in_parallel(read, sorted(types)):
        if isinstance(answer, TreeNodeRecord):
            tree.nodes[answer.node_id] = answer
        elif isinstance(answer, LedgerEntry):
            tree.ledger.append(answer)
            if answer.content_id is not None and answer.content_id in before:
                tree.nodes[answer.content_id] = before[answer.content_id].record
                tree.stale.add(answer.content_id)


def _remove(view: SpaceView, tree: Tree, before: Mapping[str, Landed[TreeNodeRecord]], lost: Collection[str]) -> None:
    """Take out what is trashed or in another space by now, and say what became of nodes that had landed."""
    found = tree.nodes
    tree.nodes = {i: node for i, node in found.items() if is_live(node, view.space_id)}
    keys = _other_spaces(view, {found[i].space_id for i in before if i in found})
    landed = {key: _landed_nodes(view, key) for key in keys.values() if view.scope.allows_space(key)}
    for node_id, old in before.items():
        now = found.get(node_id)
        if now is None:
            _remove_unseen(view, tree, old.record, is_above_nothing=node_id in lost and not view.is_whole)
        elif now.status not in _LIVE:
            tree.removals.append(node_removal(old.record, "trashed", f"asked by id: status {now.status}"))
        elif now.space_id != view.space_id:
            _judge_moved(tree, old.record, now, keys.get(now.space_id, ""), landed)


def is_live(node: TreeNodeRecord, space_id: str) -> bool:
    """Return whether a node is there, in a space."""
    return node.status in _LIVE and node.space_id == space_id


def _other_spaces(view: SpaceView, space_ids: Collection[str]) -> dict[str, str]:
    """Return the keys of those of the spaces that are not this one, by id."""
    others = sorted({*space_ids} - {view.space_id})
    return {space.space_id: space.key for space in view.client.api.spaces(ids=others)} if others else {}


def _landed_nodes(view: SpaceView, space_key: str) -> set[str]:
    return SpaceLanding(view.landing.lake, space_key).records(TREE_NODES).read_keys()


def _judge_moved(
    tree: Tree, before: TreeNodeRecord, now: TreeNodeRecord, space_key: str, landed: Mapping[str, Collection[str]]
) -> None:
    """Let a node go that is in another space: at once if that is out of scope, else once it has landed there."""
    if space_key not in landed:
        evidence = f"asked by id: status {now.status}, space id {now.space_id}"
        tree.removals.append(node_removal(before, "moved_out_of_scope", evidence))
    elif before.node_id not in landed[space_key]:
        tree.nodes[before.node_id] = before
        tree.kept.add(before.node_id)
        tree.moving[before.node_id] = space_key


def _remove_unseen(view: SpaceView, tree: Tree, node: TreeNodeRecord, *, is_above_nothing: bool) -> None:
    """Say what became of a node that cannot be read any more, or was not asked for."""
    evidence = "asked by id: 404 (purged, or hidden)"
    refusal = None if is_above_nothing else view.holds()
    if is_above_nothing:
        evidence = "nothing in scope stands below it; no request was made"
        tree.removals.append(node_removal(node, "filtered_out", evidence))
    elif refusal is not None:
        tree.keep(node, _refused(node, refusal))
    elif tree.short and not view.accepted:
        tree.keep(node, unproven(TABLE, node.node_id, tree.short, evidence))
    else:
        tree.removals.append(node_removal(node, "unknown", evidence))


def _refused(node: TreeNodeRecord, refusal: Refusal) -> LedgerEntry:
    message = refusal.told(f"{node.type} {node.node_id} is not visible any more.")
    return LedgerEntry(TABLE, "verify", refusal.reason, message, content_id=node.node_id, retryable=False)


def node_removal(node: TreeNodeRecord, reason: str, evidence: str) -> Removal:
    """Return the removal of a node of the tree."""
    return Removal(node.node_id, node.type, node.title, node.version_number or 0, reason, evidence)


def _read_restrictions(view: SpaceView, tree: Tree, hits: Mapping[str, NodeHit]) -> None:
    if not view.selection.asks_restrictions:
        return
    told = {i: hit.restrictions for i, hit in hits.items() if hit.restrictions is not None}
    told |= {i: page.restrictions for i, page in view.listed.outside.items() if page.restrictions is not None}
    above = [i for i in (*tree.nodes, *tree.ancestors) if i not in tree.kept]
    asked = [i for i in above if i not in told]
    tree.restrictions |= {i: told[i] for i in above if i in told}

    def ask(content_id: str) -> tuple[str, tuple[RestrictionRecord, ...] | LedgerEntry]:
        try:
            return content_id, tuple(view.client.api.restrictions(content_id))
        except (RefusedError, ServerError) as error:
            message = f"the restrictions of {content_id}: {error}"
            return content_id, ledger_entry("restrictions", "fetch", error, message, content_id)

    for content_id, answer in view.client.in_parallel(ask, sorted(asked)):
        if isinstance(answer, LedgerEntry):
            tree.ledger.append(answer)
        else:
            tree.restrictions[content_id] = answer


def collected_nodes(view: SpaceView, tree: Tree) -> Collected[TreeNodeRecord]:
    """Return the nodes as they are to land."""
    ledger = tuple(entry for entry in tree.ledger if entry.table == TABLE)
    landed = view.landed(TREE_NODES, tree.nodes.values())
    short: dict[str | None, int] = {None: tree.short} if tree.short else {}
    stale = frozenset(tree.stale & landed.keys())
    return Collected(landed, ledger, tuple(tree.removals), stale, short, moving=tree.moving)


def collected_restrictions(view: SpaceView, tree: Tree) -> Collected[RestrictionRecord]:
    """Return the restrictions of contents, nodes and ancestors as they are to land.

    Those of a content that could not be verified are kept as they landed.
    """
    before = view.landing.records(RESTRICTIONS).read()
    kept = {*view.unverified, *tree.kept}
    records = [r for i in view.contents for r in view.listed.restrictions.get(i, ())]
    records += [record for found in tree.restrictions.values() for record in found]
    failed = tuple(entry for entry in tree.ledger if entry.table == RESTRICTIONS.name)
    kept |= {entry.content_id for entry in failed if entry.content_id}
    records += [old.record for old in before.values() if old.record.content_id in kept]
    return Collected(view.landed(RESTRICTIONS, records, before), failed)
