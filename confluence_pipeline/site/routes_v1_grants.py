"""v1: granting a space to people and groups, and putting people into groups; administrators alone may."""

from confluence_pipeline.site import shapes_v1
from confluence_pipeline.site.bodies import text_field
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.errors import ApiError, bad_request, not_found
from confluence_pipeline.site.granting import GRANTABLE, grant_of
from confluence_pipeline.site.model import ANONYMOUS_USERS, Grant, Group
from confluence_pipeline.site.routes_v1_writes import own_space
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v1 import Json

ROUTES = Routes("/wiki/rest/api")

_VIEW = ("read", "space")
_ANONYMOUS = "anonymous"


# -- spaces --------------------------------------------------------------------------------------------------


@ROUTES.post("/space/{spaceKey}/permission")
def grant(call: Call) -> Answer:
    """One more grant on a space; whoever may do something there must be granted to view it first."""
    space, body = own_space(call), call.json()
    principal, allowed = _principal(call, body.get("subject")), _allowed(body.get("operation"))
    held = [known.allowed for known in space.grants if known.principal == principal]
    if allowed in held:
        raise bad_request("Permission already exists")
    if allowed != _VIEW and _VIEW not in held:
        raise bad_request("'read space' permission does not exist for this user or group")
    call.world.store.changing()
    added = grant_of(call.world.store, space, principal, allowed)
    space.set_grants([*space.grants, added])
    return Answer(_permission(added))


@ROUTES.delete("/space/{spaceKey}/permission/{id}")
def revoke(call: Call) -> Answer:
    """One grant less; without the grant to view the space, all others of that user or group go too."""
    space, number = own_space(call), call.path_id(expected="Long")
    gone = next((known for known in space.grants if known.permission_id == number), None)
    if gone is None:
        raise not_found("No permission found")
    call.world.store.changing()
    kept = [
        known
        for known in space.grants
        if known is not gone and (gone.allowed != _VIEW or known.principal != gone.principal)
    ]
    space.set_grants(kept)
    return Answer(status=204)


def _principal(call: Call, subject: object) -> tuple[str, str]:
    held = subject if isinstance(subject, dict) else {}
    identifier = text_field(held, "identifier")
    if held.get("type") == "user":
        return ("role", ANONYMOUS_USERS) if identifier == _ANONYMOUS else ("user", identifier)
    store = call.world.store
    group = store.groups.get(identifier) or store.group_named(identifier)
    if held.get("type") != "group" or group is None:
        raise bad_request("No group found with the given groupName or groupId")
    return "group", group.group_id


def _allowed(operation: object) -> tuple[str, str]:
    held = operation if isinstance(operation, dict) else {}
    allowed = text_field(held, "key"), text_field(held, "target")
    if allowed not in GRANTABLE:
        raise bad_request(f"There is no permission to {' '.join(allowed)}.")
    return allowed


def _permission(record: Grant) -> Json:
    is_anonymous = record.principal == ("role", ANONYMOUS_USERS)
    subject = {"type": "user", "identifier": _ANONYMOUS}
    if not is_anonymous:
        subject = {"type": record.principal_type, "identifier": record.principal_id}
    operation = {"key": record.operation, "target": record.target_type}
    return {"id": record.permission_id, "subject": subject, "operation": operation, "_links": {}}


# -- groups --------------------------------------------------------------------------------------------------


def _demand_admin(call: Call) -> None:
    if not call.viewer.is_admin:
        raise ApiError(403, "Current user not permitted to administer groups")


def _group(call: Call) -> Group:
    _demand_admin(call)
    group = call.world.store.groups.get(call.one("groupId") or "")
    if group is None:
        raise not_found("No group found")
    return group


@ROUTES.post("/group")
def create_group(call: Call) -> Answer:
    """A new group, with nobody in it."""
    _demand_admin(call)
    store, name = call.world.store, text_field(call.json(), "name")
    if store.group_named(name) is not None:
        raise bad_request(f"A group with the name '{name}' exists already.")
    store.changing()
    return Answer(shapes_v1.group(store.add_group(name)), 201)


@ROUTES.post("/group/userByGroupId")
def add_member(call: Call) -> Answer:
    """A user into a group."""
    group, account_id = _group(call), text_field(call.json(), "accountId")
    if account_id not in call.world.store.users:
        raise bad_request(f"No user found with account id {account_id}")
    call.world.store.changing()
    if account_id not in group.members:
        group.members.append(account_id)
    return Answer(status=201)


@ROUTES.delete("/group/userByGroupId")
def remove_member(call: Call) -> Answer:
    """A user out of a group, who need not be in it."""
    group, account_id = _group(call), call.one("accountId") or ""
    if account_id not in call.world.store.users and account_id not in group.members:
        raise not_found(f"No user found with account id {account_id}")
    call.world.store.changing()
    group.members = [member for member in group.members if member != account_id]
    return Answer(status=204)
