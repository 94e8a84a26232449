"""Endpoints that only the local site has, under ``/_site/``: to change what the API cannot, and to look behind it.

They ask for no login: the site listens on a loopback address and holds nothing of value.
"""

from dataclasses import fields
from datetime import datetime
from typing import Any

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.clock import wire_time
from confluence_pipeline.site.errors import bad_request, not_found
from confluence_pipeline.site.faults import FaultPlan, FaultRule
from confluence_pipeline.site.model import Content, Group, Space, User
from confluence_pipeline.site.rate_limit import RateLimiter
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.truth import KINDS, truth_lines

ROUTES = Routes("/_site")

_USER_FIELDS = {
    "display_name",
    "email",
    "time_zone",
    "account_type",
    "account_status",
    "api_token",
    "is_admin",
    "can_use",
    "email_visible",
}
_SPACE_FIELDS = {"name", "status", "viewer_groups", "viewer_users"}


@ROUTES.get("/requests")
def requests(call: Call) -> Answer:
    """The request log; with ``recent=true`` the latest requests too."""
    body = call.world.log.summary()
    if call.flag("recent"):
        body["recent"] = [
            {field.name: getattr(request, field.name) for field in fields(request)} for request in call.world.log.recent
        ]
    return Answer(body)


@ROUTES.delete("/requests")
def reset_requests(call: Call) -> Answer:
    """Start counting anew."""
    call.world.log.reset()
    return Answer(status=204)


@ROUTES.put("/faults")
def set_faults(call: Call) -> Answer:
    """Put fault rules in force instead of those before: ``{"seed": 1, "rules": [{"kind": …}]}``."""
    body = call.json()
    try:
        rules = [FaultRule(**rule) for rule in body.get("rules", [])]
    except (TypeError, ValueError) as error:
        raise bad_request(f"This is no fault rule: {error}") from error
    call.world.faults = FaultPlan(rules, int(body.get("seed", 1)))
    return Answer(status=204)


@ROUTES.put("/settings")
def set_settings(call: Call) -> Answer:
    """Change ``latency_ms``, ``index_lag_seconds``, ``v1_removed`` or ``rate_limit`` (``per_second``, ``burst``)."""
    body, world = call.json(), call.world
    for name, value in body.items():
        match name:
            case "latency_ms":
                world.latency_ms = float(value)
            case "index_lag_seconds":
                world.index.lag_seconds = float(value)
            case "v1_removed":
                world.v1_removed = value
            case "rate_limit":
                world.limiter = RateLimiter(**value)
            case _:
                raise bad_request(f"There is no setting '{name}'.")
    return Answer(status=204)


@ROUTES.put("/clock")
def set_clock(call: Call) -> Answer:
    """Move the clock: ``{"freeze": "2026-01-01T00:00:00Z" | true}``, ``{"advance": seconds}``, ``{"resume": true}``."""
    body, clock = call.json(), call.world.store.clock
    freeze = body.get("freeze")
    if freeze:
        clock.freeze(None if freeze is True else _moment(freeze))
    if "advance" in body:
        clock.advance(float(body["advance"]))
    if body.get("resume"):
        clock.resume()
    return Answer({"now": wire_time(clock.now())})


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise bad_request(f"'{text}' has no time zone.")
    return moment


@ROUTES.put("/users/{id}")
def set_user(call: Call) -> Answer:
    """Change a user's facts, or add a user: token, status, product access, zone and so on."""
    store, account_id, body = call.world.store, call.path_params["id"], call.json()
    _only_known(body, _USER_FIELDS)
    store.changing()
    user = store.users.get(account_id)
    if user is None:
        email = f"{account_id.replace(':', '-')}@users.example"
        user = User(account_id, account_id, email, store.time_zone, "atlassian", "active", None, False)
        store.users[account_id] = user
    for name, value in body.items():
        setattr(user, name, value)
    return Answer(status=204)


@ROUTES.delete("/users/{id}")
def delete_user(call: Call) -> Answer:
    """Delete an account, as an organisation does; contents keep the account's id."""
    store, account_id = call.world.store, call.path_params["id"]
    if account_id not in store.users:
        raise not_found()
    store.changing()
    del store.users[account_id]
    for group in store.groups.values():
        group.members = [member for member in group.members if member != account_id]
    return Answer(status=204)


@ROUTES.put("/groups/{name}")
def set_group(call: Call) -> Answer:
    """Set a group's members, making the group if it is new: ``{"members": […]}``."""
    store, name = call.world.store, call.path_params["name"]
    store.changing()
    group = store.group_named(name)
    if group is None:
        group_id = str(store.stable_uuid(f"group/{name}"))
        group = store.groups[group_id] = Group(group_id, name, [])
    group.members = list(call.json().get("members", group.members))
    return Answer({"id": group.group_id})


@ROUTES.put("/spaces/{key}")
def set_space(call: Call) -> Answer:
    """Change a space's facts: ``name``, ``status``, ``viewer_groups``, ``viewer_users``."""
    body = call.json()
    _only_known(body, _SPACE_FIELDS)
    space = _space(call)
    call.world.store.changing(*_all_ids(call, space))
    for name, value in body.items():
        setattr(space, name, value)
    return Answer(status=204)


@ROUTES.put("/contents/{id}/views")
def set_views(call: Call) -> Answer:
    """Set how often each account viewed a content: ``{"account id": views}``."""
    content = _content(call)
    call.world.store.views[content.content_id] = {key: int(value) for key, value in call.json().items()}
    return Answer(status=204)


@ROUTES.put("/contents/{id}/likes")
def set_likes(call: Call) -> Answer:
    """Set who likes a content: ``{"accounts": […]}``."""
    content = _content(call)
    call.world.store.changing()
    content.likes = list(call.json()["accounts"])
    return Answer(status=204)


@ROUTES.get("/truth/{kind}")
def truth(call: Call) -> Answer:
    """What the site holds, a JSON object a line; ``as`` leaves what that account may see."""
    kind = call.path_params["kind"]
    if kind not in KINDS:
        raise not_found(f"There is no truth about '{kind}'; there is about {', '.join(KINDS)}.")
    lines = truth_lines(call.world.store, kind, call.one("as"))
    return Answer(lines, media_type="application/jsonl")


def _only_known(body: dict[str, Any], known: set[str]) -> None:
    unknown = set(body) - known
    if unknown:
        raise bad_request(f"There is no field {', '.join(sorted(unknown))}; there is {', '.join(sorted(known))}.")


def _space(call: Call) -> Space:
    space = call.world.store.space_by_key(call.path_params["key"])
    if space is None:
        raise not_found(f"There is no space '{call.path_params['key']}'.")
    return space


def _all_ids(call: Call, space: Space) -> list[int]:
    return [space.space_id, *(content.content_id for content in call.world.store.contents_in(space.space_id))]


def _content(call: Call) -> Content:
    content = call.world.store.contents.get(call.path_id())
    if content is None:
        raise not_found()
    return content
