"""v1: searching for people by CQL, which has fields of its own: ``user``, ``user.fullname``, ``user.accountid``.

Unlike the other searches it pages by ``start`` and gives no next link (v1 specification).
"""

from collections.abc import Callable

from confluence_pipeline.site import shapes_v1
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.clock import wire_time
from confluence_pipeline.site.cql import Clause, CqlError, Text, Value, parse
from confluence_pipeline.site.cql_meaning import combined
from confluence_pipeline.site.cql_text import text_matcher
from confluence_pipeline.site.errors import bad_request
from confluence_pipeline.site.model import User
from confluence_pipeline.site.routes_v1_people import demand_user
from confluence_pipeline.site.routing import Routes

ROUTES = Routes("/wiki/rest/api")

_FIELDS = ("user", "user.accountid", "user.fullname", "type")
_MOST = 10_000

UserTest = Callable[[User], bool]


@ROUTES.get("/search/user")
def search_users(call: Call) -> Answer:
    """People whom a statement matches, by account id or by name."""
    account_id = demand_user(call)
    cql = call.one("cql")
    if cql is None:
        raise bad_request("Required parameter 'cql' is missing.")
    try:
        expression = parse(cql).expression
        matches = combined(expression, lambda clause: _clause(clause, account_id))
    except CqlError as error:
        raise bad_request(str(error)) from error
    found = [user for user in call.world.store.users.values() if matches(user)]
    return Answer(_page(call, cql, found[:_MOST]))


def _page(call: Call, cql: str, found: list[User]) -> shapes_v1.Json:
    start = call.integer("start", 0, low=0, high=_MOST) or 0
    limit = call.limit(low=0, high=_MOST)
    hits = [_hit(call, user) for user in found[start : start + limit]]
    return {
        "results": hits,
        "start": start,
        "limit": limit,
        "size": len(hits),
        "totalSize": len(found),
        "cqlQuery": cql,
        "searchDuration": 1,
        "_links": {"base": call.world.base_url, "context": "/wiki"},
    }


def _hit(call: Call, user: User) -> shapes_v1.Json:
    return {
        "user": shapes_v1.user(call.world.store, user.account_id),
        "title": user.display_name,
        "excerpt": "",
        "url": f"/people/{user.account_id}",
        "breadcrumbs": [],
        "entityType": "user",
        "iconCssClass": "aui-icon content-type-profile",
        "lastModified": wire_time(call.world.store.clock.now()),
        "score": 0.0,
    }


def _clause(clause: Clause, account_id: str) -> UserTest:
    if clause.field not in _FIELDS:
        raise CqlError(f"No field exists with name '{clause.field}' in a search for users")
    if clause.field == "type" and clause.values == (Text("user"),):
        return lambda _: True
    if clause.field == "user.fullname" and clause.operator in ("~", "!~"):
        matches = text_matcher(clause.field, _text(clause.field, clause.values[0], account_id))
        return lambda user: matches(user.display_name) is (clause.operator == "~")
    if clause.field in ("user", "user.accountid") and clause.operator in ("=", "!=", "in", "not in"):
        wanted = {_text(clause.field, value, account_id) for value in clause.values}
        return lambda user: (user.account_id in wanted) is (clause.operator in ("=", "in"))
    raise CqlError(f"The field '{clause.field}' does not support the operator '{clause.operator.upper()}'")


def _text(field: str, value: Value, account_id: str) -> str:
    if isinstance(value, Text):
        return value.value
    if value.name == "currentuser":
        return account_id
    raise CqlError(f"The field '{field}' is invalid: {value.name}() gives no value for it")
