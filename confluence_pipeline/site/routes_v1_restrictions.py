"""v1: who alone may view or edit a content, as it stands on that content; what is inherited is not shown.

Both operations are always answered; empty lists mean that nothing is restricted at this level.
"""

import hashlib
import json
from collections.abc import Iterable

from confluence_pipeline.site import shapes_v1
from confluence_pipeline.site.bodies import json_value
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.errors import bad_request, not_found
from confluence_pipeline.site.model import NODE_TYPES, Content, Restriction, restrictions_of
from confluence_pipeline.site.routes_v2_contents import visible_content
from confluence_pipeline.site.routes_v2_writes import editable_content, editor
from confluence_pipeline.site.routing import Handler, Routes
from confluence_pipeline.site.shapes_v1 import MOST_PRINCIPALS, Json

ROUTES = Routes("/wiki/rest/api")

_OPERATIONS = ("read", "update")
_AT = "/content/{id}/restriction"
_MOST_SHOWN = 200


def _seen(call: Call) -> Content:
    return visible_content(call, call.path_id(), *NODE_TYPES)


def _editable(call: Call) -> Content:
    return editable_content(call, call.path_id(), *NODE_TYPES)


def _window(call: Call) -> tuple[int, int]:
    start = call.integer("start", 0, low=0, high=2**31 - 1) or 0
    return start, min(call.limit(MOST_PRINCIPALS, low=0, high=2**31 - 1), _MOST_SHOWN)


def _operation(call: Call) -> str:
    operation = call.path_params["operationKey"]
    if operation not in _OPERATIONS:
        raise bad_request(f"Operation key '{operation}' is not supported")
    return operation


def _restriction(content: Content, operation: str) -> Restriction:
    return dict(restrictions_of(content))[operation]


def _array(call: Call, content: Content) -> Answer:
    store = call.world.store
    start, limit = _window(call)
    results = list(shapes_v1.restrictions_by_operation(store, content, start=start, limit=limit).values())
    digest = hashlib.blake2s(json.dumps(results, sort_keys=True).encode(), digest_size=8).hexdigest()
    page = {**shapes_v1.page_of(results), "start": start, "limit": limit, "restrictionsHash": digest}
    page["_links"] = {"base": call.world.base_url, "context": "/wiki"}
    return Answer(page)


@ROUTES.get(_AT)
def restrictions(call: Call) -> Answer:
    """A content's restrictions as a list."""
    return _array(call, _seen(call))


@ROUTES.get(f"{_AT}/byOperation")
def restrictions_by_operation(call: Call) -> Answer:
    """A content's restrictions by operation."""
    return Answer(shapes_v1.restrictions_by_operation(call.world.store, _seen(call)))


@ROUTES.get(f"{_AT}/byOperation/{{operationKey}}")
def restriction(call: Call) -> Answer:
    """A content's restriction of one operation."""
    content, operation = _seen(call), _operation(call)
    record, (start, limit) = _restriction(content, operation), _window(call)
    store, number = call.world.store, content.content_id
    return Answer(shapes_v1.restriction(store, operation, record, number, start=start, limit=limit))


@ROUTES.put(_AT)
def replace_restrictions(call: Call) -> Answer:
    """Put these restrictions in the place of all that were there."""
    content, wanted = _editable(call), _read(call)
    for operation in _OPERATIONS:
        editor(call).restrict(content, operation, wanted.get(operation, Restriction()))
    return _array(call, content)


@ROUTES.post(_AT)
def add_restrictions(call: Call) -> Answer:
    """Add people and groups to restrictions."""
    content = _editable(call)
    for operation, more in _read(call).items():
        known = _restriction(content, operation)
        merged = Restriction(_merged(known.users, more.users), _merged(known.groups, more.groups))
        editor(call).restrict(content, operation, merged)
    return _array(call, content)


@ROUTES.delete(_AT)
def delete_restrictions(call: Call) -> Answer:
    """Lift all restrictions."""
    content = _editable(call)
    for operation in _OPERATIONS:
        editor(call).restrict(content, operation, Restriction())
    return _array(call, content)


def _merged(known: Iterable[str], more: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*known, *more]))


def _read(call: Call) -> dict[str, Restriction]:
    body = json_value(call)
    items = body.get("results") if isinstance(body, dict) else body
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise bad_request("A list of restrictions is needed.")
    return dict(_read_one(call, item) for item in items)


def _read_one(call: Call, item: Json) -> tuple[str, Restriction]:
    operation, held = item.get("operation"), item.get("restrictions")
    if operation not in _OPERATIONS or not isinstance(held, dict):
        raise bad_request(f"Operation '{operation}' is not supported")
    users = [user.get("accountId") for user in _results(held.get("user"))]
    groups = [_group_id(call, group) for group in _results(held.get("group"))]
    if None in users:
        raise bad_request("A user of a restriction needs an accountId.")
    return operation, Restriction([str(user) for user in users], groups)


def _results(part: object) -> list[Json]:
    if isinstance(part, dict):
        part = part.get("results")
    if not isinstance(part, list):
        return []
    if not all(isinstance(item, dict) for item in part):
        raise bad_request("Users and groups of a restriction must be objects.")
    return part


def _group_id(call: Call, group: Json) -> str:
    store = call.world.store
    if group.get("id") in store.groups:
        return str(group["id"])
    named = store.group_named(str(group.get("name")))
    if named is None:
        raise not_found("No group found")
    return named.group_id


# -- one person or group at a time: 200 means listed, 404 means not --------------------------------------------


def _principal(call: Call) -> tuple[str, str]:
    if "groupId" in call.path_params:
        return "groups", call.path_params["groupId"]
    return "users", call.one("accountId") or ""


def is_listed(call: Call) -> Answer:
    """Whether a person or group is named: 200 or 404 is the answer."""
    kind, principal = _principal(call)
    if principal not in getattr(_restriction(_seen(call), _operation(call)), kind):
        raise not_found()
    return Answer({})


def _change(*, listed: bool) -> Handler:
    def handler(call: Call) -> Answer:
        content, operation = _editable(call), _operation(call)
        kind, principal = _principal(call)
        known = _restriction(content, operation)
        changed = Restriction(list(known.users), list(known.groups))
        names = [name for name in getattr(known, kind) if name != principal]
        setattr(changed, kind, [*names, principal] if listed else names)
        editor(call).restrict(content, operation, changed)
        return Answer({})

    return handler


for _tail in ("user", "byGroupId/{groupId}"):
    _path = f"{_AT}/byOperation/{{operationKey}}/{_tail}"
    ROUTES.get(_path)(is_listed)
    ROUTES.put(_path)(_change(listed=True))
    ROUTES.delete(_path)(_change(listed=False))
