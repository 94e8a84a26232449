"""v2: pages and blog posts, listed and single."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import partial

from confluence_pipeline.site import shapes_v2
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.errors import ApiError, not_found
from confluence_pipeline.site.listing import list_answer, sort_of
from confluence_pipeline.site.model import Content, Space, Version
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v2 import Json, sublist
from confluence_pipeline.site.sorting import SortValue, content_value
from confluence_pipeline.site.store import Ordering, Store
from confluence_pipeline.site.visibility import may_edit, may_see, may_see_space

ROUTES = Routes("/wiki/api/v2")

_STATUSES = {
    "page": ("current", "archived", "deleted", "trashed"),
    "blogpost": ("current", "deleted", "trashed"),
}
_DEFAULT_STATUSES = {"page": ("current", "archived"), "blogpost": ("current",)}
_SORTS = {
    "page": ("id", "created-date", "modified-date", "title"),
    "blogpost": ("id", "created-date", "modified-date"),
}
_SINGLE_STATUSES = ("current", "archived", "trashed", "deleted", "historical", "draft")


def visible_content(call: Call, content_id: int, *node_types: str) -> Content:
    """Return a content of one of the types; 404 when there is none, or none that the caller may see."""
    content = call.world.store.contents.get(content_id)
    if content is None or content.node_type not in node_types:
        raise not_found()
    if not may_see(call.world.store, call.viewer, content):
        raise not_found()
    return content


def visible_space(call: Call, space_id: int) -> Space:
    """Return a space; 404 when there is none, or none that the caller may see."""
    space = call.world.store.spaces.get(space_id)
    if space is None or not may_see_space(call.viewer, space):
        raise not_found()
    return space


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which contents a list is about, whoever asks; hashable, so that its ordering can be kept."""

    node_type: str
    space_ids: tuple[int, ...] | None
    statuses: frozenset[str]
    sort: str

    def ordering(self, store: Store, ids: Collection[int]) -> Ordering:
        """Return the contents in order: all of them, or those with one of the ``ids`` when there are any."""
        if ids:
            known = (store.contents.get(number) for number in dict.fromkeys(ids))
            return Ordering(self._entries(store, (record for record in known if record is not None)))
        members = store.member_ids(self.node_type, self.space_ids)
        return store.ordering(self, lambda: self._entries(store, (store.contents[number] for number in members)))

    def _entries(self, store: Store, records: Iterable[Content]) -> list[tuple[SortValue, int]]:
        spaces = store.spaces if self.space_ids is None else self.space_ids
        return [
            (content_value(record, self.sort), record.content_id)
            for record in records
            if record.status in self.statuses and record.node_type == self.node_type and record.space_id in spaces
        ]


def _list(call: Call, node_type: str, space_ids: Collection[int] | None, *, roots_only: bool = False) -> Answer:
    statuses = call.choices("status", _STATUSES[node_type], _DEFAULT_STATUSES[node_type])
    sort, descending = sort_of(call, _SORTS[node_type])
    body_format = call.choice("body-format", shapes_v2.BULK_FORMATS)
    # Live docs are a subtype of their own, of which this site has none.
    live = call.choice("subtype", ("live", "page")) == "live"
    spaces = None if space_ids is None else tuple(sorted(set(space_ids)))
    store, title = call.world.store, call.one("title")

    def keep(number: int) -> bool:
        content = store.contents[number]
        return (
            title in (None, content.title)
            and not live
            and not (roots_only and content.parent_id is not None)
            and may_see(store, call.viewer, content)
        )

    return list_answer(
        call,
        _Asked(node_type, spaces, statuses, sort).ordering(store, call.ids("id", 250)),
        keep,
        partial(content_shape, call, body_format),
        descending=descending,
    )


def content_shape(call: Call, body_format: str | None, content_id: int) -> Json:
    """Return a content of a list."""
    store = call.world.store
    return shapes_v2.content(store, store.contents[content_id], body_format)


@ROUTES.get("/pages")
def pages(call: Call) -> Answer:
    """All pages, of the spaces and ids asked for."""
    return _list(call, "page", call.ids("space-id", 100) or None)


@ROUTES.get("/blogposts")
def blog_posts(call: Call) -> Answer:
    """All blog posts, of the spaces and ids asked for."""
    return _list(call, "blogpost", call.ids("space-id", 100) or None)


@ROUTES.get("/spaces/{id}/pages")
def space_pages(call: Call) -> Answer:
    """A space's pages; ``depth=root`` leaves those that have no page above them."""
    space = visible_space(call, call.path_id(expected="SpaceId"))
    roots_only = call.choice("depth", ("all", "root")) == "root"
    return _list(call, "page", [space.space_id], roots_only=roots_only)


@ROUTES.get("/spaces/{id}/blogposts")
def space_blog_posts(call: Call) -> Answer:
    """A space's blog posts."""
    return _list(call, "blogpost", [visible_space(call, call.path_id(expected="SpaceId")).space_id])


@ROUTES.get("/pages/{id}")
def page(call: Call) -> Answer:
    """One page, whatever its status."""
    return _single(call, "page")


@ROUTES.get("/blogposts/{id}")
def blog_post(call: Call) -> Answer:
    """One blog post, whatever its status."""
    return _single(call, "blogpost")


def _single(call: Call, node_type: str) -> Answer:
    body_format = call.choice("body-format", shapes_v2.SINGLE_FORMATS)
    content = visible_content(call, call.path_id(), node_type)
    if content.content_id in call.faults.poison_ids:
        raise ApiError(500, "Internal Server Error")
    shown = _shown_version(call, content)
    item = shapes_v2.content(call.world.store, content, body_format, shown)
    if shown is content.draft and shown is not None:
        item["status"] = "draft"
    item.pop("subtype", None)
    _add_includes(call, content, item)
    return Answer(item)


def _shown_version(call: Call, content: Content) -> Version | None:
    statuses = call.choices("status", _SINGLE_STATUSES, ())
    number = call.integer("version", low=1, high=2**31 - 1)
    if call.flag("get-draft") or statuses == {"draft"}:
        if content.status == "draft":
            return None
        if content.draft is None or content.author_id != call.viewer.account_id:
            if statuses == {"draft"}:
                raise not_found()
            return None
        return content.draft
    if number is not None:
        version = next((known for known in content.versions if known.number == number), None)
        if version is None:
            raise not_found()
        return version
    if statuses and content.status not in statuses and "historical" not in statuses:
        raise not_found()
    return None


def _add_includes(call: Call, content: Content, item: Json) -> None:
    parts: dict[str, list[Json]] = {
        "labels": [shapes_v2.label(label) for label in content.labels],
        "properties": [shapes_v2.content_property(known) for known in content.properties],
        "operations": operations(call, content),
        "likes": [{"accountId": account} for account in content.likes],
        "versions": [shapes_v2.version(version) for version in reversed(content.versions)],
    }
    for name, records in parts.items():
        if call.flag(f"include-{name}"):
            item[name] = sublist(records, f"{call.path}/{name}")
    if call.flag("include-favorited-by-current-user-status"):
        item["isFavoritedByCurrentUser"] = False
    if not call.flag("include-version", default=True):
        del item["version"]


def operations(call: Call, content: Content) -> list[Json]:
    """Return what the caller may do with a content; it is not the content's access list."""
    allowed = ["read"]
    if may_edit(call.world.store, call.viewer, content):
        allowed += ["update", "delete", "purge", "restore", "archive", "move", "copy", "restrict_content"]
    return [{"operation": name, "targetType": content.node_type} for name in allowed]
