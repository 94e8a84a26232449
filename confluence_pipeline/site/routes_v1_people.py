"""v1: users, groups and who is in them, and how often contents are viewed."""

from collections.abc import Iterable, Sequence

from confluence_pipeline.site import shapes_v1
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.errors import ApiError, bad_request, not_found
from confluence_pipeline.site.model import Group
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.shapes_v1 import Json
from confluence_pipeline.site.visibility import may_see

ROUTES = Routes("/wiki/rest/api")

_MOST_USERS = 100
_MOST_MEMBERS = 200
_ANY = 2**31 - 1


def demand_user(call: Call) -> str:
    """Return the caller's account id; 403 for the anonymous visitor."""
    if call.viewer.account_id is None:
        raise ApiError(403, "Current user not permitted to use Confluence")
    return call.viewer.account_id


def offset_page(call: Call, items: Sequence[Json], *, default: int, most: int = _ANY) -> Json:
    """Return the page of a v1 list that ``start`` and ``limit`` ask for, with its links."""
    start = call.integer("start", 0, low=0, high=_ANY) or 0
    limit = min(call.limit(default, low=0, high=_ANY), most)
    results = list(items[start : start + limit])
    path = call.path.removeprefix("/wiki")
    links = {"base": call.world.base_url, "context": "/wiki", "self": call.world.base_url + path}
    if start + limit < len(items) and results:
        kept = [f"&{key}={value}" for key, value in call.pairs if key not in ("start", "limit")]
        links["next"] = f"{path}?start={start + limit}&limit={limit}{''.join(kept)}"
    page = {"results": results, "start": start, "limit": limit, "size": len(results), "_links": links}
    if call.flag("shouldReturnTotalSize"):
        page["totalSize"] = len(items)
    return page


@ROUTES.get("/user")
def user(call: Call) -> Answer:
    """One user; 404 for an account that there is not."""
    demand_user(call)
    account_id = call.one("accountId")
    if account_id is None:
        raise bad_request("Required parameter 'accountId' is missing.")
    if account_id not in call.world.store.users:
        raise not_found(f"No user found with account id {account_id}")
    return Answer(shapes_v1.user(call.world.store, account_id))


@ROUTES.get("/user/bulk")
def users(call: Call) -> Answer:
    """Users by account id, of which only the first 100 are looked at."""
    demand_user(call)
    asked = [value for key, value in call.pairs if key == "accountId"][:_MOST_USERS]
    known = call.world.store.users
    items = [shapes_v1.user(call.world.store, account) for account in asked if account in known]
    return Answer(offset_page(call, items, default=_MOST_USERS))


@ROUTES.get("/user/memberof")
def memberships(call: Call) -> Answer:
    """The groups that a user is in."""
    demand_user(call)
    account_id = call.one("accountId") or ""
    groups = _sorted(group for group in call.world.store.groups.values() if account_id in group.members)
    return Answer(offset_page(call, [shapes_v1.group(group) for group in groups], default=200))


def _sorted(groups: Iterable[Group]) -> list[Group]:
    return sorted(groups, key=lambda group: group.name)


@ROUTES.get("/group")
def groups(call: Call) -> Answer:
    """All groups."""
    demand_user(call)
    known = _sorted(call.world.store.groups.values())
    return Answer(offset_page(call, [shapes_v1.group(group) for group in known], default=200))


@ROUTES.get("/group/by-id")
def group_by_id(call: Call) -> Answer:
    """One group."""
    demand_user(call)
    group = call.world.store.groups.get(call.one("id") or "")
    if group is None:
        raise not_found("No group found")
    return Answer(shapes_v1.group(group))


@ROUTES.get("/group/picker")
def group_picker(call: Call) -> Answer:
    """Groups whose name holds the query."""
    demand_user(call)
    query = (call.one("query") or "").lower()
    found = _sorted(group for group in call.world.store.groups.values() if query in group.name.lower())
    return Answer(offset_page(call, [shapes_v1.group(group) for group in found], default=200))


@ROUTES.get("/group/{groupId}/membersByGroupId")
def group_members(call: Call) -> Answer:
    """A group's members; of a group that there is not, none. More than 200 at a time is refused."""
    demand_user(call)
    if (call.integer("limit", 200, low=0, high=_ANY) or 0) > _MOST_MEMBERS:
        raise bad_request(f"limit must be at most {_MOST_MEMBERS}")
    group = call.world.store.groups.get(call.path_params["groupId"])
    members = [] if group is None else group.members
    items = [shapes_v1.user(call.world.store, account) for account in members]
    return Answer(offset_page(call, items, default=_MOST_MEMBERS))


@ROUTES.get("/analytics/content/{contentId}/views")
def views(call: Call) -> Answer:
    """How often a content was viewed."""
    number = _viewed(call)
    return Answer({"id": number, "count": call.world.store.views.get(number, (0, 0))[0]})


@ROUTES.get("/analytics/content/{contentId}/viewers")
def viewers(call: Call) -> Answer:
    """How many people viewed a content."""
    number = _viewed(call)
    return Answer({"id": number, "count": call.world.store.views.get(number, (0, 0))[1]})


def _viewed(call: Call) -> int:
    number = call.path_id("contentId")
    content = call.world.store.contents.get(number)
    if content is None or not may_see(call.world.store, call.viewer, content):
        raise not_found()
    return number
