"""People and groups of a Data Center; who is in a group, and who there is at all, is for administrators."""

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.data_center.finding import demand_user, shapes
from confluence_pipeline.site.data_center.paging import listed, page_size
from confluence_pipeline.site.errors import ApiError, bad_request, not_found
from confluence_pipeline.site.model import Group, User
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v1_content import read_expand

ROUTES = Routes("/rest/api")


def _demand_admin(call: Call) -> None:
    demand_user(call)
    if not call.viewer.is_admin:
        raise ApiError(403, "User is not permitted to administer Confluence")


def _asked_user(call: Call) -> User:
    """Return the user whom ``key`` or ``username`` names."""
    key, name = call.one("key"), call.one("username")
    if key is None and name is None:
        raise bad_request("Either 'key' or 'username' is needed.")
    users = call.world.store.users.values()
    found = next((user for user in users if user.account_id == key or (key is None and user.login_name == name)), None)
    if found is None:
        raise not_found(f"No user found with {f'key : {key}' if key else f'username : {name}'}")
    return found


@ROUTES.get("/user")
def user(call: Call) -> Answer:
    """One user, by user key or user name; 404 for one that there is not."""
    demand_user(call)
    return Answer(shapes(call).user(_asked_user(call).account_id, read_expand(call.one("expand"))))


@ROUTES.get("/user/anonymous")
def anonymous(call: Call) -> Answer:
    """How a visitor is shown."""
    return Answer(shapes(call).anonymous())


@ROUTES.get("/user/list")
def users(call: Call) -> Answer:
    """Everybody there is, disabled ones too, for administrators."""
    _demand_admin(call)
    expand = read_expand(call.one("expand"))
    known = sorted(call.world.store.users.values(), key=lambda user: user.login_name)
    shaper, limit = shapes(call), page_size(call, expand, 100)
    return listed(call, known, lambda user: shaper.user(user.account_id, expand), limit=limit)


@ROUTES.get("/user/memberof")
def memberships(call: Call) -> Answer:
    """The groups that a user is in."""
    demand_user(call)
    key = _asked_user(call).account_id
    known = [group for group in _groups(call) if key in group.members]
    return listed(call, known, shapes(call).group, limit=page_size(call, {}, 200))


# -- groups --------------------------------------------------------------------------------------------------


def _groups(call: Call) -> list[Group]:
    return sorted(call.world.store.groups.values(), key=lambda group: group.name)


def _group(call: Call) -> Group:
    name = call.path_params["groupName"]
    group = call.world.store.groups.get(name)
    if group is None:
        raise not_found(f"No group found with name : {name}")
    return group


@ROUTES.get("/group")
def groups(call: Call) -> Answer:
    """All groups, by name."""
    demand_user(call)
    return listed(call, _groups(call), shapes(call).group, limit=page_size(call, {}, 200))


@ROUTES.get("/group/{groupName}")
def group(call: Call) -> Answer:
    """One group."""
    demand_user(call)
    return Answer(shapes(call).group(_group(call)))


@ROUTES.get("/group/{groupName}/member")
def members(call: Call) -> Answer:
    """Who is in a group, for administrators."""
    _demand_admin(call)
    expand, shaper = read_expand(call.one("expand")), shapes(call)
    return listed(call, _group(call).members, lambda key: shaper.user(key, expand), limit=page_size(call, expand, 200))
