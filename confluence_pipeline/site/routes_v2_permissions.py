"""v2: who may do what in a space, and the site-wide settings that go with it."""

from confluence_pipeline.site import shapes_v2
from confluence_pipeline.site.bodies import text_field
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.errors import not_found
from confluence_pipeline.site.granting import GRANTABLE
from confluence_pipeline.site.listing import linked, list_answer
from confluence_pipeline.site.routes_v2_contents import visible_content, visible_space
from confluence_pipeline.site.routes_v2_spaces import space_operations, space_permission, space_property
from confluence_pipeline.site.routes_v2_writes import editor
from confluence_pipeline.site.routing import Handler, Routes
from confluence_pipeline.site.store import Ordering

ROUTES = Routes("/wiki/api/v2")


@ROUTES.get("/spaces/{id}/permissions")
def space_permissions(call: Call) -> Answer:
    """A space's grants."""
    known = {grant.permission_id: grant for grant in visible_space(call, call.path_id(expected="SpaceId")).grants}
    ordering = Ordering([(number, number) for number in known])
    return list_answer(call, ordering, lambda _: True, lambda number: space_permission(known[number]))


@ROUTES.get("/spaces/{id}/operations")
def operations(call: Call) -> Answer:
    """What the caller may do in a space."""
    return Answer({"operations": space_operations(call, visible_space(call, call.path_id(expected="SpaceId")))})


@ROUTES.get("/spaces/{space-id}/properties")
def space_properties(call: Call) -> Answer:
    """A space's properties."""
    space = visible_space(call, call.path_id("space-id", "SpaceId"))
    key = call.one("key")
    known = {held.property_id: held for held in space.properties if key in (None, held.key)}
    ordering = Ordering([(number, number) for number in known])
    return list_answer(call, ordering, lambda _: True, lambda number: space_property(known[number]))


@ROUTES.get("/spaces/{space-id}/properties/{property-id}")
def one_space_property(call: Call) -> Answer:
    """One of a space's properties."""
    space = visible_space(call, call.path_id("space-id", "SpaceId"))
    number = call.path_id("property-id", "Long")
    held = next((known for known in space.properties if known.property_id == number), None)
    if held is None:
        raise not_found()
    return Answer(space_property(held))


@ROUTES.get("/spaces/{id}/role-assignments")
def role_assignments(call: Call) -> Answer:
    """A space's roles: none, for this site grants by permissions and not by roles."""
    visible_space(call, call.path_id(expected="SpaceId"))
    return linked(call, [], None)


@ROUTES.get("/space-roles")
def space_roles(call: Call) -> Answer:
    """The roles there are: none."""
    return linked(call, [], None)


@ROUTES.get("/space-role-mode")
def space_role_mode(_: Call) -> Answer:
    """How spaces grant: by permissions."""
    return Answer({"mode": "PRE_ROLES"})


@ROUTES.get("/space-permissions")
def all_permissions(call: Call) -> Answer:
    """The permissions that there are to grant."""
    known = [
        {
            "id": f"{operation}-{target}",
            "displayName": f"{operation.capitalize()} {target}",
            "description": f"May {operation} a {target}",
            "requiredPermissionIds": [] if (operation, target) == ("read", "space") else ["read-space"],
        }
        for operation, target in GRANTABLE
    ]
    return list_answer(call, Ordering([(at, at) for at in range(len(known))]), lambda _: True, lambda at: known[at])


@ROUTES.get("/classification-levels")
def classification_levels(_: Call) -> Answer:
    """The site's classification levels: none are set up."""
    return Answer([])


@ROUTES.get("/data-policies/metadata")
def data_policies(_: Call) -> Answer:
    """Whether a data policy blocks content from apps: none does."""
    return Answer({"anyContentBlocked": False})


def _no_level(node_type: str) -> Handler:
    def handler(call: Call) -> Answer:
        visible_content(call, call.path_id(), node_type)
        raise not_found()

    return handler


for _node_type in ("page", "blogpost", "whiteboard", "database"):
    ROUTES.get(f"/{_node_type}s/{{id}}/classification-level")(_no_level(_node_type))


@ROUTES.post("/spaces")
def create_space(call: Call) -> Answer:
    """A new space, with a home page."""
    body = call.json()
    described = body.get("description") or {}
    space = editor(call).create_space(
        text_field(body, "key"), text_field(body, "name"), str(described.get("value", ""))
    )
    return Answer(shapes_v2.space(space, "plain", icon=False), 201)
