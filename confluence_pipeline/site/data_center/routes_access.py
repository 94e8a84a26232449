"""Who may do what on a Data Center: restrictions of contents, and permissions of spaces by version.

From 9.1 on permissions of spaces are told by REST; before, only by JSON-RPC, in words of its own (the documented
workaround of CONFSERVER-44329).
"""

import json
from collections.abc import Callable, Iterator

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.data_center.finding import administered_space, content_shapes, shapes, visible_record
from confluence_pipeline.site.data_center.paging import ANY, installation
from confluence_pipeline.site.data_center.shapes_content import number_of
from confluence_pipeline.site.errors import ApiError, bad_request, not_found
from confluence_pipeline.site.model import Content, Grant, Restriction, Space, restrictions_of
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v1 import Json
from confluence_pipeline.site.shapes_v1_content import Expand, Record, read_expand

ROUTES = Routes("/rest/api")
JSON_RPC = Routes("/rpc/json-rpc")

_AT = "/content/{id}/restriction"
_BY_OPERATION = "update.restrictions.user,read.restrictions.group,read.restrictions.user,update.restrictions.group"
_MOST_VIEW_RESTRICTIONS = 50
_REMOTE_NAMES = {
    ("read", "space"): "VIEWSPACE",
    ("administer", "space"): "SETSPACEPERMISSIONS",
    ("delete_own", "space"): "REMOVEOWNCONTENT",
    ("export", "space"): "EXPORTSPACE",
    ("restrict_content", "space"): "SETPAGEPERMISSIONS",
    ("delete_mail", "space"): "REMOVEMAIL",
    ("create", "page"): "EDITSPACE",
    ("delete", "page"): "REMOVEPAGE",
    ("create", "blogpost"): "EDITBLOG",
    ("delete", "blogpost"): "REMOVEBLOG",
    ("create", "comment"): "COMMENT",
    ("delete", "comment"): "REMOVECOMMENT",
    ("create", "attachment"): "CREATEATTACHMENT",
    ("delete", "attachment"): "REMOVEATTACHMENT",
}
"""What JSON-RPC calls a permission (Confluence developer documentation, "Remote Confluence Methods")."""
_REST_NAMES = {"restrict_content": "restrict"}
"""What REST calls an operation that Cloud calls otherwise (10.0 document, "Supported targetType and operationKey")."""


# -- restrictions --------------------------------------------------------------------------------------------


def _restricted(record: Record) -> dict[str, Restriction]:
    nothing = {"read": Restriction(), "update": Restriction()}
    return dict(restrictions_of(record)) if isinstance(record, Content) else nothing


@ROUTES.get(f"{_AT}/byOperation")
def restrictions_by_operation(call: Call) -> Answer:
    """What is restricted on a content itself, by operation; both are always there."""
    record = visible_record(call)
    asked = call.one("expand")
    expand = read_expand(_BY_OPERATION if asked is None else asked)
    shaper, number = shapes(call), number_of(record)
    shown: Json = {
        operation: shaper.restriction(operation, restriction, number, _parts(expand.get(operation, {})))
        for operation, restriction in _restricted(record).items()
    }
    return Answer({**shown, "_links": shaper.at(f"/content/{number}/restriction/byOperation")})


def _parts(expand: Expand) -> Expand:
    return expand.get("restrictions", {})


@ROUTES.get(f"{_AT}/byOperation/{{operationKey}}")
def restriction(call: Call) -> Answer:
    """What is restricted on a content itself for one operation."""
    record, operation = visible_record(call), call.path_params["operationKey"]
    known = _restricted(record)
    if operation not in known:
        raise bad_request(f"Operation key '{operation}' is not supported")
    asked = call.one("expand")
    expand = _parts(read_expand("restrictions.user,restrictions.group" if asked is None else asked))
    start = call.integer("start", 0, low=0, high=ANY) or 0
    limit = call.limit(100, low=0, high=ANY)
    return Answer(
        shapes(call).restriction(operation, known[operation], number_of(record), expand, start=start, limit=limit)
    )


@ROUTES.get(f"{_AT}/relevantViewRestrictions")
def relevant_view_restrictions(call: Call) -> Answer:
    """Every view restriction that holds for a content, its own and those above; at most 50 a page."""
    record = visible_record(call)
    expand = read_expand(call.one("expand")).get("relevantViewRestrictions", {})
    start = call.integer("start", 0, low=0, high=ANY) or 0
    limit = min(call.limit(_MOST_VIEW_RESTRICTIONS, low=0, high=ANY), _MOST_VIEW_RESTRICTIONS)
    return Answer(content_shapes(call).view_restrictions(record, expand, start=start, limit=limit))


# -- permissions of spaces -----------------------------------------------------------------------------------


def _demand_version(call: Call) -> None:
    if not installation(call).tells_permissions:
        raise not_found("null for uri")
    if call.viewer.is_anonymous:
        raise ApiError(401, "Client must be authenticated to access this resource.")


@ROUTES.get("/space/{spaceKey}/permissions")
def permissions(call: Call) -> Answer:
    """All that is granted in a space, for those who may administer it; 404 before 9.1."""
    return _granted(call, lambda _: True)


@ROUTES.get("/space/{spaceKey}/permissions/anonymous")
def anonymous_permissions(call: Call) -> Answer:
    """What is granted to visitors in a space."""
    return _granted(call, lambda grant: grant.principal_type == "role")


@ROUTES.get("/space/{spaceKey}/permissions/group/{groupName}")
def group_permissions(call: Call) -> Answer:
    """What is granted to a group in a space."""
    principal = ("group", call.path_params["groupName"])
    return _granted(call, lambda grant: grant.principal == principal)


@ROUTES.get("/space/{spaceKey}/permissions/user/{userKey}")
def user_permissions(call: Call) -> Answer:
    """What is granted to a user, and not to a group that the user is in, in a space."""
    principal = ("user", call.path_params["userKey"])
    return _granted(call, lambda grant: grant.principal == principal)


def _granted(call: Call, keep: Callable[[Grant], bool]) -> Answer:
    _demand_version(call)
    space = administered_space(call)
    return Answer([_permission(call, space, grant) for grant in space.grants if keep(grant)])


def _permission(call: Call, space: Space, grant: Grant) -> Json:
    return {
        "operation": {
            "targetType": grant.target_type,
            "operationKey": _REST_NAMES.get(grant.operation, grant.operation),
        },
        "subject": _subject(call, grant),
        "spaceKey": space.key,
        "spaceId": space.space_id,
    }


def _subject(call: Call, grant: Grant) -> Json:
    shaper = shapes(call)
    if grant.principal_type == "role":
        return shaper.anonymous()
    if grant.principal_type == "user":
        return shaper.user(grant.principal_id)
    return {**shaper.group(call.world.store.groups[grant.principal_id]), "displayName": grant.principal_id}


@JSON_RPC.post("/confluenceservice-v2/getSpacePermissionSets")
def permission_sets(call: Call) -> Answer:
    """What is granted in the space whose key is the only parameter, by JSON-RPC's own words."""
    return Answer(_sets(call, _arguments(call)))


@JSON_RPC.post("/confluenceservice-v2")
def remote_call(call: Call) -> Answer:
    """The same as a call of JSON-RPC 2.0, where the method stands in the body."""
    body = call.json()
    known = {"jsonrpc": "2.0", "id": body.get("id")}
    if body.get("method") != "getSpacePermissionSets":
        return Answer({**known, "error": {"code": -32601, "message": "Method not found"}})
    return Answer({**known, "result": _sets(call, body.get("params"))})


def _arguments(call: Call) -> object:
    try:
        value: object = json.loads(call.body)
    except ValueError as error:
        raise bad_request("The request body is not JSON.") from error
    return value


def _sets(call: Call, arguments: object) -> list[Json]:
    if not isinstance(arguments, list) or len(arguments) != 1:
        raise bad_request("getSpacePermissionSets takes the key of a space.")
    call.path_params = {"spaceKey": str(arguments[0])}
    return list(_by_name(call, administered_space(call)))


def _by_name(call: Call, space: Space) -> Iterator[Json]:
    for allowed, name in _REMOTE_NAMES.items():
        granted = [_remote(call, name, grant) for grant in space.grants if grant.allowed == allowed]
        if granted:
            yield {"type": name, "spacePermissions": granted}


def _remote(call: Call, name: str, grant: Grant) -> Json:
    """Return one grant; both names are null where it is granted to visitors."""
    user = call.world.store.users.get(grant.principal_id)
    known = user.login_name if user else grant.principal_id
    return {
        "type": name,
        "userName": known if grant.principal_type == "user" else None,
        "groupName": grant.principal_id if grant.principal_type == "group" else None,
    }
