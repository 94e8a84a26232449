"""v2: what hangs on a content, comment or attachment: versions, properties, likes, permitted operations."""

from collections.abc import Callable, Sequence
from typing import Union

from confluence_pipeline.site import shapes_v2
from confluence_pipeline.site.bodies import text_field, version_field
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.clock import wire_time
from confluence_pipeline.site.errors import bad_request, conflict, not_found
from confluence_pipeline.site.listing import list_answer, sort_of
from confluence_pipeline.site.model import NODE_TYPES, Attachment, Comment, Content, Property, Version
from confluence_pipeline.site.routes_v2_attachments import visible_attachment
from confluence_pipeline.site.routes_v2_comments import comment_operations, visible_comment
from confluence_pipeline.site.routes_v2_contents import operations, visible_content
from confluence_pipeline.site.routes_v2_writes import editor
from confluence_pipeline.site.routing import Handler, Routes
from confluence_pipeline.site.shapes_v2 import Json
from confluence_pipeline.site.store import Ordering

ROUTES = Routes("/wiki/api/v2")

Record = Union[Content, Comment, Attachment]  # noqa: UP007
Finder = Callable[[Call], Record]


def _content(node_type: str) -> Finder:
    return lambda call: visible_content(call, call.path_id(), node_type)


def _comment(location: str | None) -> Finder:
    return lambda call: visible_comment(call, location)


def _listed(call: Call, shapes: Sequence[Json], *, low: int = 1) -> Answer:
    """Return a page of something short that has its order already."""
    return list_answer(
        call,
        Ordering([(at, at) for at in range(len(shapes))]),
        lambda _: True,
        lambda at: shapes[at],
        limit=call.limit(low=low),
    )


# -- versions ------------------------------------------------------------------------------------------------


def _versions(find: Finder, field: str) -> Handler:
    def handler(call: Call) -> Answer:
        record = find(call)
        _, descending = sort_of(call, ("modified-date",), "-modified-date")
        body_format = call.choice("body-format", shapes_v2.BULK_FORMATS)
        known = record.versions[::-1] if descending else record.versions
        return _listed(call, [_version(record, version, field, body_format) for version in known])

    return handler


def _version(record: Record, version: Version, field: str, body_format: str | None) -> Json:
    item = shapes_v2.version(version)
    entity: Json = {"title": version.title, "id": _wire_id(record)}
    if not isinstance(record, Attachment):
        entity["body"] = shapes_v2.body(version.body, body_format)
    return {**item, field: entity}


def _wire_id(record: Record) -> str:
    if isinstance(record, Attachment):
        return record.wire_id
    return str(record.content_id if isinstance(record, Content) else record.comment_id)


def _version_details(find: Finder) -> Handler:
    def handler(call: Call) -> Answer:
        record = find(call)
        number = call.path_id("version-number", "Integer")
        known = {version.number: version for version in record.versions}
        if number not in known:
            raise not_found()
        item: Json = shapes_v2.version(known[number])
        item |= {"contentTypeModified": False, "collaborators": [known[number].author_id]}
        for name, neighbour in (("prevVersion", number - 1), ("nextVersion", number + 1)):
            if neighbour in known:
                item[name] = neighbour
        return Answer(item)

    return handler


# -- properties ----------------------------------------------------------------------------------------------


def _properties(find: Finder) -> Handler:
    def handler(call: Call) -> Answer:
        key = call.one("key")
        _, descending = sort_of(call, ("key",), "key")
        known = [held for held in find(call).properties if key in (None, held.key)]
        known.sort(key=lambda held: held.key, reverse=descending)
        return _listed(call, [shapes_v2.content_property(held) for held in known])

    return handler


def _held(call: Call, record: Record) -> Property:
    number = call.path_id("property-id", "Long")
    held = next((known for known in record.properties if known.property_id == number), None)
    if held is None:
        raise not_found()
    return held


def _property(find: Finder) -> Handler:
    return lambda call: Answer(shapes_v2.content_property(_held(call, find(call))))


def _create_property(find: Finder) -> Handler:
    def handler(call: Call) -> Answer:
        record, body = find(call), call.json()
        key = text_field(body, "key")
        if any(held.key == key for held in record.properties):
            raise bad_request(f"A property with the key '{key}' exists already.")
        version = _new_version(call, 1, key, "")
        held = Property(call.world.store.new_id(), key, body.get("value"), version)
        record.properties.append(held)
        return Answer(shapes_v2.content_property(held))

    return handler


def _edit_property(find: Finder) -> Handler:
    def handler(call: Call) -> Answer:
        held, body = _held(call, find(call)), call.json()
        number, message = version_field(body)
        if number != held.version.number + 1:
            raise conflict(f"Version must be incremented when updating: it is {held.version.number}.")
        held.version = _new_version(call, number, held.key, message)
        held.key, held.value = text_field(body, "key"), body.get("value")
        return Answer(shapes_v2.content_property(held))

    return handler


def _delete_property(find: Finder) -> Handler:
    def handler(call: Call) -> Answer:
        record = find(call)
        held = _held(call, record)
        call.world.store.changing()
        record.properties.remove(held)
        return Answer(status=204)

    return handler


def _new_version(call: Call, number: int, key: str, message: str) -> Version:
    call.world.store.changing()
    author = editor(call).account_id
    return Version(number, author, wire_time(call.world.store.clock.now()), message, False, key, "")


# -- likes and operations ------------------------------------------------------------------------------------


def _likers(record: Record) -> list[str]:
    return [] if isinstance(record, Attachment) else record.likes


def _like_count(find: Finder) -> Handler:
    return lambda call: Answer({"count": len(_likers(find(call)))})


def _like_users(find: Finder) -> Handler:
    return lambda call: _listed(call, [{"accountId": account} for account in _likers(find(call))], low=0)


def _operations(find: Finder) -> Handler:
    def handler(call: Call) -> Answer:
        record = find(call)
        if isinstance(record, Content):
            allowed = operations(call, record)
        elif isinstance(record, Comment):
            allowed = comment_operations(call, record)
        else:
            allowed = [{"operation": "read", "targetType": "attachment"}]
        return Answer({"operations": allowed})

    return handler


def _register(path: str, find: Finder, field: str) -> None:
    at = f"/{path}/{{id}}"
    ROUTES.get(f"{at}/versions")(_versions(find, field))
    ROUTES.get(f"{at}/versions/{{version-number}}")(_version_details(find))
    ROUTES.get(f"{at}/operations")(_operations(find))
    if path != "attachments":
        ROUTES.get(f"{at}/likes/count")(_like_count(find))
        ROUTES.get(f"{at}/likes/users")(_like_users(find))


def _register_properties(path: str, find: Finder) -> None:
    at = f"/{path}/{{id}}/properties"
    ROUTES.get(at)(_properties(find))
    ROUTES.post(at)(_create_property(find))
    ROUTES.get(f"{at}/{{property-id}}")(_property(find))
    ROUTES.put(f"{at}/{{property-id}}")(_edit_property(find))
    ROUTES.delete(f"{at}/{{property-id}}")(_delete_property(find))


_register("pages", _content("page"), "page")
_register("blogposts", _content("blogpost"), "blogpost")
_register("attachments", visible_attachment, "attachment")
_register("footer-comments", _comment("footer"), "comment")
_register("inline-comments", _comment("inline"), "comment")
_register_properties("pages", _content("page"))
_register_properties("blogposts", _content("blogpost"))
_register_properties("attachments", visible_attachment)
_register_properties("comments", _comment(None))
for _node_type in NODE_TYPES[2:]:
    _register_properties(f"{_node_type}s", _content(_node_type))
    ROUTES.get(f"/{_node_type}s/{{id}}/operations")(_operations(_content(_node_type)))
