"""v1 ``Content``: a page, blog post, comment or attachment, with whatever ``expand`` asks for.

``expand`` is a comma-separated list of dotted paths, ``history.lastUpdated,body.storage``. Parts that were not
asked for are named under ``_expandable``. Expanded lists are cut: 200 labels, 100 users or groups of a restriction.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Union
from urllib.parse import quote

from confluence_pipeline.site import shapes_v1, shapes_v2
from confluence_pipeline.site.model import Attachment, Comment, Content, Label, Version, restrictions_of
from confluence_pipeline.site.store import Store
from confluence_pipeline.site.visibility import Viewer, may_see

Json = dict[str, Any]
Expand = Mapping[str, "Expand"]
Record = Union[Content, Comment, Attachment]  # noqa: UP007

_PARTS = (
    "container",
    "metadata",
    "restrictions",
    "history",
    "body",
    "version",
    "descendants",
    "space",
    "childTypes",
    "schedulePublishInfo",
    "operations",
    "schedulePublishDate",
    "children",
    "macroRenderedOutput",
    "ancestors",
)
_BODIES = ("storage", "view", "export_view", "styled_view", "editor", "anonymous_export_view", "atlas_doc_format")


def read_expand(text: str | None) -> Expand:
    """Read ``expand`` into a tree of names."""
    tree: dict[str, Any] = {}
    for path in (text or "").split(","):
        node = tree
        for name in path.strip().split("."):
            if name:
                node = node.setdefault(name, {})
    return tree


@dataclass(frozen=True, slots=True)
class ContentShaper:
    """Writes contents for one caller: children that the caller may not see are left out."""

    store: Store
    viewer: Viewer

    def content(self, record: Record, expand: Expand) -> Json:
        """Return a v1 ``Content`` with the parts in ``expand``."""
        item = self._plain(record, expand.get("extensions", {}))
        expandable = {}
        for part in _PARTS:
            build = self._builders().get(part)
            if part in expand and build is not None:
                item[part] = build(record, expand[part])
            else:
                expandable[part] = ""
        item["_expandable"] = expandable
        item["_links"] = self._links(record, item["id"])
        return item

    def _builders(self) -> dict[str, Callable[[Any, Expand], object]]:
        return {
            "space": lambda record, _: shapes_v1.space(self.store.spaces[self._owner(record).space_id]),
            "version": lambda record, _: shapes_v1.version(self.store, record.current),
            "history": self._history,
            "ancestors": self._ancestors,
            "body": self._body,
            "metadata": self._metadata,
            "restrictions": self._restrictions,
            "children": self._children,
            "container": self._container,
            "operations": lambda _, __: [{"operation": "read", "targetType": "page"}],
        }

    def _owner(self, record: Record) -> Content:
        return record if isinstance(record, Content) else self.store.contents[record.content_id]

    def _plain(self, record: Record, expand: Expand) -> Json:
        item: Json
        if isinstance(record, Content):
            item = {"id": str(record.content_id), "type": record.node_type, "status": record.status}
            item |= {"title": record.title, "extensions": {"position": record.position}}
        elif isinstance(record, Attachment):
            item = {"id": record.wire_id, "type": "attachment", "status": self.store.attachment_status(record)}
            item |= {"title": record.title, "extensions": _file_facts(record)}
        else:
            item = {"id": str(record.comment_id), "type": "comment", "status": "current"}
            item["title"] = f"Re: {self.store.commented(record).title}"
            item["extensions"] = self._comment_facts(record, expand)
        item["macroRenderedOutput"] = {}
        return item

    def _links(self, record: Record, number: str) -> Json:
        owner = self._owner(record)
        links = {"webui": shapes_v2.web_path(self.store, owner), "self": f"/wiki/rest/api/content/{number}"}
        if isinstance(record, Content):
            links["tinyui"] = shapes_v2.tiny_link(record.content_id)
            links["editui"] = f"/pages/resumedraft.action?draftId={record.content_id}"
        elif isinstance(record, Attachment):
            name = quote(record.title, safe="")
            links["webui"] = shapes_v2.attachment_path(record)
            links["download"] = f"/download/attachments/{owner.content_id}/{name}?version=1&api=v2"
        else:
            links["webui"] = shapes_v2.comment_path(self.store, record)
        return links

    def _comment_facts(self, record: Comment, expand: Expand) -> Json:
        known: Json = {}
        if record.location == "inline":
            selection, reference = record.original_selection or "", record.marker_ref or ""
            known["inlineProperties"] = {"originalSelection": selection, "markerRef": reference}
            known["resolution"] = {"status": record.resolution_status}
            if record.resolution_author_id is not None:
                known["resolution"]["lastModifier"] = shapes_v1.user(self.store, record.resolution_author_id)
                known["resolution"]["lastModifiedDate"] = record.resolution_at
        facts: Json = {"location": record.location, **{name: known[name] for name in known if name in expand}}
        names = ("inlineProperties", "resolution")
        facts["_expandable"] = {name: "" for name in names if name not in facts}
        return facts

    def _history(self, record: Record, expand: Expand) -> Json:
        first: Version = record.versions[0]
        creator = record.author_id if isinstance(record, Content) else first.author_id
        created = record.created_at if not isinstance(record, Comment) else first.created_at
        history: Json = {
            "latest": True,
            "createdBy": shapes_v1.user(self.store, creator),
            "createdDate": created,
        }
        if isinstance(record, Content) and "ownedBy" in expand:
            history["ownedBy"] = shapes_v1.user(self.store, record.owner_id)
        if "lastUpdated" in expand:
            history["lastUpdated"] = shapes_v1.version(self.store, record.current)
        if "previousVersion" in expand and len(record.versions) > 1:
            history["previousVersion"] = shapes_v1.version(self.store, record.versions[-2])
        if "contributors" in expand:
            accounts = dict.fromkeys(version.author_id for version in record.versions)
            users = [shapes_v1.user(self.store, account) for account in accounts]
            history["contributors"] = {
                "publishers": {"type": "userList", "users": users, "userAccountIds": list(accounts)}
            }
        parts = ("lastUpdated", "previousVersion", "contributors", "nextVersion", "ownedBy", "lastOwnedBy")
        history["_expandable"] = {part: "" for part in parts if part not in history}
        history["_links"] = {}
        return history

    def _ancestors(self, record: Record, expand: Expand) -> list[Json]:
        if isinstance(record, Attachment):
            return []
        if isinstance(record, Comment):
            return [self.content(above, expand) for above in self.store.comments_above(record)]
        seen = (known for known in self.store.ancestors(record) if may_see(self.store, self.viewer, known))
        return [self.content(ancestor, expand) for ancestor in seen]

    def _body(self, record: Record, expand: Expand) -> Json:
        storage = "" if isinstance(record, Attachment) else record.current.body
        body: Json = {}
        for body_format in _BODIES:
            if body_format in expand:
                body |= shapes_v2.body(storage, body_format)
                body[body_format] |= {"embeddedContent": [], "_expandable": {"content": ""}}
        body["_expandable"] = {name: "" for name in _BODIES if name not in expand}
        return body

    def _metadata(self, record: Record, expand: Expand) -> Json:
        metadata: Json = {}
        if "labels" in expand:
            labels: Sequence[Label] = [] if isinstance(record, Comment) else record.labels
            metadata["labels"] = shapes_v1.page_of([shapes_v1.label(label) for label in labels])
        if isinstance(record, Attachment):
            metadata |= {"mediaType": record.media_type, "comment": record.comment}
        parts = ("currentuser", "properties", "frontend", "labels")
        metadata["_expandable"] = {part: "" for part in parts if part not in metadata}
        return metadata

    def _restrictions(self, record: Record, expand: Expand) -> Json:
        if not isinstance(record, Content):
            return {"_expandable": {}, "_links": {}}
        shown: Json = {"_expandable": {}, "_links": {}}
        for operation, restriction in restrictions_of(record):
            if operation in expand:
                parts = expand[operation].get("restrictions", {})
                shown[operation] = shapes_v1.restriction(
                    self.store, operation, restriction, record.content_id, parts=parts
                )
            else:
                shown["_expandable"][operation] = ""
        return shown

    def _container(self, record: Record, _: Expand) -> Json:
        if isinstance(record, Content):
            return shapes_v1.space(self.store.spaces[record.space_id])
        return self.content(self.store.commented(record) if isinstance(record, Comment) else self._owner(record), {})

    def _children(self, record: Record, expand: Expand) -> Json:
        children: Json = {}
        for kind in ("attachment", "comment", "page"):
            if kind in expand:
                items = [self.content(child, expand[kind]) for child in self.child_records(record, kind)]
                children[kind] = shapes_v1.page_of(items[:25], limit=25)
        children["_expandable"] = {kind: "" for kind in ("attachment", "comment", "page") if kind not in expand}
        children["_links"] = {}
        return children

    def child_records(self, record: Record, kind: str) -> list[Record]:
        """Return what is right below a record: its ``attachment``, ``comment`` or ``page`` children."""
        store = self.store
        if isinstance(record, Comment):
            return [store.comments[child] for child in record.children] if kind == "comment" else []
        if kind == "comment":
            known = (store.comments[number] for number in record.comments)
            return [comment for comment in known if comment.parent_id is None]
        if isinstance(record, Attachment):
            return []
        if kind == "attachment":
            files = (store.attachments[number] for number in record.attachments)
            return [file for file in files if file.status == "current"]
        below = store.children(record.content_id)
        return [
            child
            for child in below
            if child.node_type == "page" and child.status == "current" and may_see(store, self.viewer, child)
        ]


def _file_facts(record: Attachment) -> Json:
    return {
        "mediaType": record.media_type,
        "fileSize": record.files[-1].reported_size,
        "comment": record.comment,
        "mediaTypeDescription": shapes_v2.media_type_description(record.media_type),
        "fileId": record.files[-1].file_id,
        "collectionName": f"contentId-{record.content_id}",
    }
