"""v2: spaces, single and listed, and who may do what in them."""

from confluence_pipeline.site import shapes_v2
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.listing import list_answer, ordering_of, sort_of
from confluence_pipeline.site.model import Grant, Property, Space
from confluence_pipeline.site.routes_v2_contents import visible_space
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v2 import Json, sublist
from confluence_pipeline.site.store import Ordering
from confluence_pipeline.site.visibility import may_see_space

ROUTES = Routes("/wiki/api/v2")

_TYPES = (
    "global",
    "collaboration",
    "knowledge_base",
    "personal",
    "system",
    "onboarding",
    "xflow_sample_space",
)


@ROUTES.get("/spaces")
def spaces(call: Call) -> Answer:
    """All spaces, current and archived ones unless a status is asked for."""
    sort, descending = sort_of(call, ("id", "key", "name"))
    call.choice("type", _TYPES)
    call.choice("status", ("current", "archived"))
    icon = call.flag("include-icon")
    described = call.choice("description-format", ("plain", "view"))
    ids = call.ids("ids", 250)
    keys = call.many("keys", 250)
    store = call.world.store

    def keep(space_id: int) -> bool:
        space = store.spaces[space_id]
        return (
            (not ids or space_id in ids)
            and (not keys or space.key in keys)
            and _has(call, space)
            and may_see_space(call.viewer, space)
        )

    return list_answer(
        call,
        _ordering(call, sort),
        keep,
        lambda space_id: shapes_v2.space(store.spaces[space_id], described, icon=icon),
        descending=descending,
    )


def _has(call: Call, space: Space) -> bool:
    labels = call.many("labels")
    return (
        call.one("type") in (None, space.space_type)
        and call.one("status") in (None, space.status)
        and (not labels or any(label.name in labels for label in space.labels))
        and call.one("favorited-by") is None
    )


def _ordering(call: Call, sort: str) -> Ordering:
    known = call.world.store.spaces

    def value(space_id: int) -> str | int:
        space = known[space_id]
        if sort == "id":
            return space_id
        return space.key if sort == "key" else space.name.lower()

    return ordering_of(call, ("spaces", sort), known, value)


@ROUTES.get("/spaces/{id}")
def space(call: Call) -> Answer:
    """One space."""
    record = visible_space(call, call.path_id(expected="SpaceId"))
    described = call.choice("description-format", ("plain", "view"))
    item = shapes_v2.space(record, described, icon=call.flag("include-icon"))
    parts = {
        "labels": [shapes_v2.label(label) for label in record.labels],
        "properties": [space_property(known) for known in record.properties],
        "operations": space_operations(call, record),
        "permissions": [space_permission(grant) for grant in record.grants],
        "role-assignments": [],
    }
    for name, records in parts.items():
        if call.flag(f"include-{name}"):
            field = "roleAssignments" if name == "role-assignments" else name
            item[field] = sublist(records, f"{call.path}/{name}")
    return Answer(item)


def space_property(record: Property) -> Json:
    """Return a ``SpaceProperty``."""
    at = record.version
    return {
        "id": str(record.property_id),
        "key": record.key,
        "value": record.value,
        "createdAt": at.created_at,
        "createdBy": at.author_id,
        "version": {
            "number": at.number,
            "message": at.message,
            "createdAt": at.created_at,
            "createdBy": at.author_id,
        },
    }


def space_operations(call: Call, space: Space) -> list[Json]:
    """Return what the caller may do in a space."""
    granted = [grant.allowed for grant in space.grants if grant.principal in call.viewer.principals]
    return [{"operation": operation, "targetType": target} for operation, target in dict.fromkeys(granted)]


def space_permission(grant: Grant) -> Json:
    """Return a ``SpacePermissionAssignment``."""
    return {
        "id": str(grant.permission_id),
        "principal": {"type": grant.principal_type, "id": grant.principal_id},
        "operation": {"key": grant.operation, "targetType": grant.target_type},
    }
