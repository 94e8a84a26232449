"""``Content`` of a Data Center: a page, blog post, comment or attachment, with whatever ``expand`` asks for.

What was not asked for is named under ``_expandable``, with the path that has it where there is one.
"""

from collections.abc import Callable
from typing import Any

from confluence_pipeline.site import shapes_v1, shapes_v2
from confluence_pipeline.site.data_center.addresses import (
    attachment_path,
    comment_path,
    content_path,
    download_path,
)
from confluence_pipeline.site.data_center.shapes import Shapes
from confluence_pipeline.site.model import Attachment, Comment, Content, Restriction, Version, restrictions_of
from confluence_pipeline.site.shapes_v1 import Json
from confluence_pipeline.site.shapes_v1_content import ContentShaper, Expand, Record
from confluence_pipeline.site.visibility import Viewer, may_edit, may_see

BODIES = ("storage", "view", "export_view", "styled_view", "editor", "anonymous_export_view")
_CHILD_TYPES = ("attachment", "comment", "page")
_REST = "/rest/api"
_SPACE_PARTS = ("homepage", "description", "metadata")


def number_of(record: Record) -> int:
    """Return the id of a content, comment or attachment; here all of them are plain numbers."""
    if isinstance(record, Content):
        return record.content_id
    return record.comment_id if isinstance(record, Comment) else record.attachment_id


class ContentShapes:
    """Writes contents for one caller: what the caller may not see is left out of lists inside them.

    Args:
        shapes: writes people, spaces and versions of the same site.
        viewer: who asks.
    """

    def __init__(self, shapes: Shapes, viewer: Viewer) -> None:
        self.shapes = shapes
        self.store = shapes.store
        self.viewer = viewer
        self.tree = ContentShaper(shapes.store, viewer)
        self._builders: dict[str, Callable[[Any, Expand, Version], object]] = {
            "space": lambda record, expand, _: self._space(record, expand),
            "version": self._version,
            "history": self.history,
            "ancestors": self._ancestors,
            "body": self._body,
            "metadata": self._metadata,
            "restrictions": self._restrictions,
            "relevantViewRestrictions": lambda record, expand, _: self.view_restrictions(record, expand),
            "children": lambda record, expand, _: self.children(record, expand),
            "descendants": lambda record, expand, _: self.descendants(record, expand),
            "container": lambda record, expand, _: self._container(record, expand),
            "operations": lambda record, _, __: self._operations(record),
        }

    def content(self, record: Record, expand: Expand, shown: Version | None = None) -> Json:
        """Return a ``Content`` with the parts in ``expand``, in its newest version or the one to be ``shown``."""
        version = shown or record.current
        item = self._plain(record, expand.get("extensions", {}), version)
        for part, build in self._builders.items():
            if part in expand:
                item[part] = build(record, expand[part], version)
        item["_links"] = {**self._web_links(record, version), **self.shapes.at(f"/content/{item['id']}")}
        paths = self._expandable(record, item["id"])
        item["_expandable"] = {part: paths.get(part, "") for part in self._builders if part not in expand}
        return item

    def _plain(self, record: Record, expand: Expand, version: Version) -> Json:
        position = record.position if isinstance(record, Content) and record.node_type == "page" else -1
        kind, status, title = self._kind(record, version)
        if version is not record.current:
            status = "historical"
        extensions: Json = {"position": position}
        if isinstance(record, Attachment):
            extensions = _file_facts(record, version)
        elif isinstance(record, Comment):
            extensions = self._comment_facts(record, expand)
        item = {"id": str(number_of(record)), "type": kind, "status": status, "title": title}
        return {**item, "position": position, "extensions": extensions}

    def _kind(self, record: Record, version: Version) -> tuple[str, str, str]:
        if isinstance(record, Content):
            return record.node_type, record.status, version.title
        if isinstance(record, Attachment):
            return "attachment", self.store.attachment_status(record), version.title
        return "comment", "current", f"Re: {self.store.commented(record).title}"

    def _owner(self, record: Record) -> Content:
        return record if isinstance(record, Content) else self.store.contents[record.content_id]

    def _web_links(self, record: Record, version: Version) -> Json:
        store, installation = self.store, self.shapes.installation
        if isinstance(record, Attachment):
            download = download_path(record, version)
            return {"webui": attachment_path(store, installation, record), "download": download}
        if isinstance(record, Comment):
            return {"webui": comment_path(store, installation, record)}
        return {
            "webui": content_path(store, installation, record),
            "edit": f"/pages/resumedraft.action?draftId={record.content_id}",
            "tinyui": shapes_v2.tiny_link(record.content_id),
        }

    def _expandable(self, record: Record, number: str) -> dict[str, str]:
        at = f"{_REST}/content/{number}"
        space = f"{_REST}/space/{self.store.spaces[self._owner(record).space_id].key}"
        return {
            "space": space,
            "container": space if isinstance(record, Content) else f"{_REST}/content/{record.content_id}",
            "history": f"{at}/history",
            "restrictions": f"{at}/restriction/byOperation",
            "relevantViewRestrictions": f"{at}/restriction/relevantViewRestrictions",
            "children": f"{at}/child",
            "descendants": f"{at}/descendant",
        }

    # -- the parts -----------------------------------------------------------------------------------------------

    def _comment_facts(self, record: Comment, expand: Expand) -> Json:
        """Return where a comment stands: ``footer``, ``inline``, or ``resolved`` for an inline one that is."""
        resolved = record.location == "inline" and record.resolution_status == "resolved"
        facts: Json = {"location": "resolved" if resolved else record.location}
        if record.location == "inline" and "inlineProperties" in expand:
            selection, reference = record.original_selection or "", record.marker_ref or ""
            facts["inlineProperties"] = {"originalSelection": selection, "markerRef": reference}
        if record.location == "inline" and "resolution" in expand:
            facts["resolution"] = self._resolution(record)
        names = ("inlineProperties", "resolution")
        facts["_expandable"] = {name: "" for name in names if name not in facts}
        return facts

    def _resolution(self, record: Comment) -> Json:
        resolution: Json = {"status": record.resolution_status}
        if record.resolution_author_id is not None:
            resolution["lastModifier"] = self.shapes.user(record.resolution_author_id)
        if record.resolution_at is not None:
            resolution["lastModifiedDate"] = self.shapes.time(record.resolution_at)
        return resolution

    def _space(self, record: Record, expand: Expand) -> Json:
        return self.space_of(self._owner(record).space_id, expand)

    def space_of(self, space_id: int, expand: Expand) -> Json:
        """Return a space, its home page too where ``expand`` asks for it and the caller may see it."""
        space = self.store.spaces[space_id]
        homepage = None
        if "homepage" in expand and space.homepage_id is not None:
            page = self.store.contents.get(space.homepage_id)
            if page is not None and may_see(self.store, self.viewer, page):
                homepage = self.content(page, expand["homepage"])
        return self.shapes.space(space, expand, homepage)

    def _version(self, record: Record, expand: Expand, version: Version) -> Json:
        content = self.content(record, expand["content"], version) if "content" in expand else None
        return self.shapes.version(version, number_of(record), content=content)

    def history(self, record: Record, expand: Expand, version: Version) -> Json:
        """Return who made a record and when, with ``lastUpdated``, its neighbours and contributors if expanded."""
        first, at = record.versions[0], record.versions.index(version)
        creator = record.author_id if isinstance(record, Content) else first.author_id
        created = first.created_at if isinstance(record, Comment) else record.created_at
        shown: Json = {"latest": version is record.current, "createdBy": self.shapes.user(creator)}
        shown["createdDate"] = self.shapes.time(created)
        neighbours = {
            "lastUpdated": record.current,
            "previousVersion": record.versions[at - 1] if at else None,
            "nextVersion": record.versions[at + 1] if at + 1 < len(record.versions) else None,
        }
        for part, neighbour in neighbours.items():
            if part in expand and neighbour is not None:
                shown[part] = self.shapes.version(neighbour, number_of(record))
        if "contributors" in expand:
            people = dict.fromkeys(known.author_id for known in record.versions)
            users = [self.shapes.user(key) for key in people]
            shown["contributors"] = {"publishers": {"users": users, "userKeys": list(people)}}
        shown["_links"] = self.shapes.at(f"/content/{number_of(record)}/history")
        shown["_expandable"] = {part: "" for part in (*neighbours, "contributors") if part not in expand}
        return shown

    def _ancestors(self, record: Record, expand: Expand, _: Version) -> list[Json]:
        if isinstance(record, Attachment):
            return []
        if isinstance(record, Comment):
            return [self.content(above, expand) for above in self.store.comments_above(record)]
        seen = (known for known in self.store.ancestors(record) if may_see(self.store, self.viewer, known))
        return [self.content(ancestor, expand) for ancestor in seen]

    def _body(self, record: Record, expand: Expand, version: Version) -> Json:
        storage = "" if isinstance(record, Attachment) else version.body
        body: Json = {}
        for form in (form for form in BODIES if form in expand):
            at = f"{_REST}/content/{number_of(record)}"
            body |= shapes_v2.body(storage, form)
            body[form] |= {"_expandable": {"content": at}}
        body["_expandable"] = {name: "" for name in BODIES if name not in expand}
        return body

    def _metadata(self, record: Record, expand: Expand, _: Version) -> Json:
        metadata: Json = {}
        if "labels" in expand:
            labels = [] if isinstance(record, Comment) else record.labels
            metadata["labels"] = _page([self.shapes.label(label) for label in labels], 200)
        if "properties" in expand:
            wanted = expand["properties"]
            known = [held for held in record.properties if held.key in wanted]
            metadata["properties"] = {held.key: {"key": held.key, "value": held.value} for held in known}
        if isinstance(record, Attachment):
            metadata |= {"mediaType": record.media_type, "comment": record.comment}
        parts = ("currentuser", "properties", "frontend", "labels")
        metadata["_expandable"] = {part: "" for part in parts if part not in metadata}
        return metadata

    def _restrictions(self, record: Record, expand: Expand, _: Version) -> Json:
        shown: Json = {
            "_expandable": {},
            "_links": self.shapes.at(f"/content/{number_of(record)}/restriction/byOperation"),
        }
        for operation, restriction in restrictions_of(record) if isinstance(record, Content) else ():
            if operation in expand:
                parts = expand[operation].get("restrictions", {})
                shown[operation] = self.shapes.restriction(operation, restriction, number_of(record), parts)
            else:
                shown["_expandable"][operation] = ""
        return shown

    def view_restrictions(self, record: Record, expand: Expand, *, start: int = 0, limit: int = 50) -> Json:
        """Return every view restriction that holds for a record: its own and those above, the topmost first."""
        owner = self._owner(record)
        chain = [known for known in (*self.store.ancestors(owner), owner) if known.read]
        results = []
        for known in chain[start : start + limit]:
            item = self.shapes.restriction("read", known.read or _NOBODY, known.content_id, _BOTH)
            if "content" in expand.get("viewContentRestrictions", {}):
                item = {**item, "content": self.content(known, {}), "_expandable": {}}
            results.append(item)
        page = {"results": results, "start": start, "limit": limit, "size": len(results)}
        return {"viewContentRestrictions": page}

    def children(self, record: Record, expand: Expand) -> Json:
        """Return what is right below a record, by type, at most 25 of each."""
        shown: Json = {}
        for kind in (kind for kind in _CHILD_TYPES if kind in expand):
            items = self.tree.child_records(record, kind)[:25]
            shown[kind] = _page([self.content(child, expand[kind]) for child in items], 25)
        at = f"{_REST}/content/{number_of(record)}/child"
        shown["_expandable"] = {kind: f"{at}/{kind}" for kind in _CHILD_TYPES if kind not in expand}
        shown["_links"] = self.shapes.at(f"/content/{number_of(record)}/child")
        return shown

    def descendants(self, record: Record, expand: Expand) -> Json:
        """Return the comments on a record at every depth; nothing else has descendants by this API."""
        at = f"/content/{number_of(record)}/descendant"
        shown: Json = {"_links": self.shapes.at(at), "_expandable": {}}
        if "comment" in expand:
            items = [self.content(known, expand["comment"]) for known in self.comments_on(record)[:25]]
            return {**shown, "comment": _page(items, 25)}
        return {**shown, "_expandable": {"comment": f"{_REST}{at}/comment"}}

    def comments_on(self, record: Record) -> list[Comment]:
        """Return the comments on a content or attachment at every depth, or the replies below a comment."""
        waiting = [child for child in self.tree.child_records(record, "comment") if isinstance(child, Comment)][::-1]
        found: list[Comment] = []
        while waiting:
            comment = waiting.pop()
            found.append(comment)
            waiting += [self.store.comments[child] for child in reversed(comment.children)]
        return found

    def _container(self, record: Record, expand: Expand) -> Json:
        if isinstance(record, Content):
            return self._space(record, {part: expand[part] for part in _SPACE_PARTS if part in expand})
        target = self.store.commented(record) if isinstance(record, Comment) else self._owner(record)
        return self.content(target, expand)

    def _operations(self, record: Record) -> list[Json]:
        owner = self._owner(record)
        names = ["read", "update", "delete"] if may_edit(self.store, self.viewer, owner) else ["read"]
        kind = self._kind(record, record.current)[0]
        return [{"operation": name, "targetType": kind, "_expandable": {}} for name in names]


_BOTH: Expand = {"user": {}, "group": {}}
_NOBODY = Restriction()


def _file_facts(record: Attachment, version: Version) -> Json:
    file = record.files[version.number - 1]
    return {"mediaType": record.media_type, "fileSize": file.reported_size, "comment": record.comment}


def _page(results: list[Json], limit: int) -> Json:
    page = shapes_v1.page_of(results, limit=limit)
    page.pop("_links")
    return page
