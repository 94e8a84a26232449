"""v2: the page tree: folders, whiteboards, databases and embeds, and what is above and below a node.

Quirks kept: ``ancestors`` has a limit and no cursor, goes from the top down and names only id and type;
``descendants`` goes two levels deep unless told otherwise, and ten at most.
"""

from collections.abc import Iterator

from confluence_pipeline.site import shapes_v2
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.listing import list_answer, sort_of
from confluence_pipeline.site.model import NODE_TYPES, Content
from confluence_pipeline.site.routes_v2_contents import operations, visible_content
from confluence_pipeline.site.routing import Handler, Routes
from confluence_pipeline.site.shapes_v2 import Json, sublist
from confluence_pipeline.site.sorting import content_value
from confluence_pipeline.site.store import Ordering
from confluence_pipeline.site.visibility import may_see

ROUTES = Routes("/wiki/api/v2")

_DEEPEST = 10
_SHOWN = ("current", "archived")
_SORTS = ("created-date", "id", "modified-date", "child-position", "title")


def _node(node_type: str) -> Handler:
    def handler(call: Call) -> Answer:
        node = visible_content(call, call.path_id(), node_type)
        item = shapes_v2.tree_node(call.world.store, node)
        parts = {
            "operations": operations(call, node),
            "properties": [shapes_v2.content_property(known) for known in node.properties],
            "direct-children": [_child(child) for child in _shown_children(call, node)],
        }
        for name, records in parts.items():
            if call.flag(f"include-{name}"):
                field = "directChildren" if name == "direct-children" else name
                item[field] = sublist(records, f"{call.path}/{name}")
        return Answer(item)

    return handler


def _shown_children(call: Call, node: Content) -> list[Content]:
    store = call.world.store
    return [
        child
        for child in store.children(node.content_id)
        if child.status in _SHOWN and may_see(store, call.viewer, child)
    ]


def _child(record: Content) -> Json:
    return {
        "id": str(record.content_id),
        "status": record.status,
        "title": record.title,
        "type": record.node_type,
        "spaceId": str(record.space_id),
        "childPosition": record.position,
    }


def _direct_children(node_type: str, *, pages_only: bool = False) -> Handler:
    def handler(call: Call) -> Answer:
        node = visible_content(call, call.path_id(), node_type)
        sort, descending = sort_of(call, _SORTS, "child-position")
        children = {
            child.content_id: child
            for child in _shown_children(call, node)
            if not pages_only or child.node_type == "page"
        }

        def shape(number: int) -> Json:
            item = _child(children[number])
            if pages_only:
                del item["type"]
            return item

        ordering = Ordering([(content_value(child, sort), number) for number, child in children.items()])
        return list_answer(call, ordering, lambda _: True, shape, descending=descending)

    return handler


def _ancestors(node_type: str) -> Handler:
    def handler(call: Call) -> Answer:
        node = visible_content(call, call.path_id(), node_type)
        limit = call.limit()
        nearest = call.world.store.ancestors(node)[-limit:]
        results = [{"id": str(known.content_id), "type": known.node_type} for known in nearest]
        return Answer({"results": results, "_links": {"base": call.world.base_url}})

    return handler


def _descendants(node_type: str) -> Handler:
    def handler(call: Call) -> Answer:
        node = visible_content(call, call.path_id(), node_type)
        deepest = call.integer("depth", 2, low=1, high=_DEEPEST) or 2
        found = list(_below(call, node, 1, deepest))
        return list_answer(call, Ordering([(at, at) for at in range(len(found))]), lambda _: True, lambda at: found[at])

    return handler


def _below(call: Call, node: Content, depth: int, deepest: int) -> Iterator[Json]:
    for child in _shown_children(call, node):
        yield {
            "id": str(child.content_id),
            "status": child.status,
            "title": child.title,
            "type": child.node_type,
            "parentId": str(node.content_id),
            "depth": depth,
            "childPosition": child.position,
        }
        if depth < deepest:
            yield from _below(call, child, depth + 1, deepest)


ROUTES.get("/pages/{id}/children")(_direct_children("page", pages_only=True))
for _node_type in NODE_TYPES:
    if _node_type == "blogpost":
        continue
    _at = f"/{_node_type}s/{{id}}"
    if _node_type != "page":
        ROUTES.get(_at)(_node(_node_type))
    ROUTES.get(f"{_at}/direct-children")(_direct_children(_node_type))
    ROUTES.get(f"{_at}/ancestors")(_ancestors(_node_type))
    ROUTES.get(f"{_at}/descendants")(_descendants(_node_type))
