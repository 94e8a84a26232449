"""Endpoints that only the local site has, under ``/_site/``: to change what the API cannot, and to look behind it.

They ask for no login: the site listens on a loopback address and holds nothing of value.
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from itertools import islice
from types import NoneType
from typing import Any, get_args
from zoneinfo import available_timezones

from confluence_pipeline.site.bodies import title_field
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.clock import SiteClock, wire_time
from confluence_pipeline.site.editing import Editor
from confluence_pipeline.site.errors import bad_request, not_found
from confluence_pipeline.site.faults import FaultPlan, FaultRule
from confluence_pipeline.site.granting import everyone, open_to
from confluence_pipeline.site.model import Content, Group, Space, User
from confluence_pipeline.site.rate_limit import RateLimiter
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.truth import KINDS, truth_lines
from confluence_pipeline.site.world import V1Removed, World

ROUTES = Routes("/_site")

_USER_FIELDS: dict[str, tuple[type, ...]] = {
    "display_name": (str,),
    "email": (str,),
    "time_zone": (str,),
    "account_type": (str,),
    "account_status": (str,),
    "api_token": (str, NoneType),
    "is_admin": (bool,),
    "can_use": (bool,),
    "email_visible": (bool,),
}
_SPACE_FIELDS: dict[str, tuple[type, ...]] = {
    "name": (str,),
    "status": (str,),
    "viewer_groups": (list,),
    "viewer_users": (list,),
    "is_anonymous": (bool,),
}
_LINES_AT_ONCE = 100
_VIEWER_FIELDS = ("viewer_groups", "viewer_users", "is_anonymous")


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
        call.world.faults = FaultPlan([FaultRule(**rule) for rule in body.get("rules", [])], int(body.get("seed", 1)))
    except (TypeError, ValueError) as error:
        raise bad_request(f"These are no fault rules: {error}") from error
    return Answer(status=204)


@ROUTES.put("/settings")
def set_settings(call: Call) -> Answer:
    """Change ``latency_ms``, ``index_lag_seconds``, ``v1_removed`` or ``rate_limit`` (``per_second``, ``burst``).

    At the gateway: ``token_seconds`` and ``grace_seconds``.
    """
    for name, value in call.json().items():
        try:
            _set(call.world, name, value)
        except (TypeError, ValueError) as error:
            raise bad_request(f"The setting '{name}' cannot be {value!r}: {error}") from error
    return Answer(status=204)


def _set(world: World, name: str, value: Any) -> None:
    match name:
        case "latency_ms":
            world.latency_ms = float(value)
        case "index_lag_seconds":
            world.index.lag_seconds = float(value)
        case "v1_removed":
            if value not in get_args(V1Removed):
                raise ValueError(f"it is one of {', '.join(get_args(V1Removed))}")
            world.v1_removed = value
        case "token_seconds":
            world.logins.token_seconds = float(value)
        case "grace_seconds":
            world.logins.grace_seconds = float(value)
        case "rate_limit":
            world.limiter = RateLimiter(**value)
        case _:
            raise ValueError("there is no such setting")


@ROUTES.put("/clock")
def set_clock(call: Call) -> Answer:
    """Move the clock: ``{"freeze": "2026-01-01T00:00:00Z" | true}``, ``{"advance": seconds}``, ``{"resume": true}``."""
    try:
        _move(call.world.store.clock, call.json())
    except (TypeError, ValueError, OverflowError) as error:
        raise bad_request(f"The clock cannot be moved so: {error}") from error
    return Answer({"now": wire_time(call.world.store.clock.now())})


def _move(clock: SiteClock, body: dict[str, Any]) -> None:
    freeze = body.get("freeze")
    if freeze:
        clock.freeze(None if freeze is True else _moment(freeze))
    if "advance" in body:
        clock.advance(float(body["advance"]))
    if body.get("resume"):
        clock.resume()


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"'{text}' has no time zone")
    return moment


@ROUTES.put("/users/{id}")
def set_user(call: Call) -> Answer:
    """Change a user's facts, or add a user: token, status, product access, zone and so on."""
    store, account_id, body = call.world.store, call.path_params["id"], call.json()
    _only_known(body, _USER_FIELDS)
    if "time_zone" in body and body["time_zone"] not in available_timezones():
        raise bad_request(f"There is no time zone '{body['time_zone']}'.")
    store.changing()
    user = store.users.get(account_id)
    if user is None:
        email = f"{account_id.replace(':', '-')}@users.example"
        user = User(account_id, account_id, email, store.time_zone, "atlassian", "active", None, False)
        store.users[account_id] = user
        everyone(store).members.append(account_id)
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
        group = store.add_group(name)
    group.members = _strings(call.json(), "members")
    return Answer({"id": group.group_id})


@ROUTES.put("/spaces/{key}")
def set_space(call: Call) -> Answer:
    """Change a space's ``name`` or ``status``, or who sees it: ``viewer_groups``, ``viewer_users``, ``is_anonymous``.

    Of the last three, those that are not given name nobody; without any viewers all users see the space.
    """
    body = call.json()
    _only_known(body, _SPACE_FIELDS)
    space, store = _space(call), call.world.store
    store.changing(*_all_ids(call, space))
    space.name, space.status = body.get("name", space.name), body.get("status", space.status)
    if not body.keys().isdisjoint(_VIEWER_FIELDS):
        groups = [_group(call, name).group_id for name in body.get("viewer_groups", [])]
        anonymous = body.get("is_anonymous", False)
        open_to(store, space, groups=groups, users=body.get("viewer_users", []), anonymous=anonymous)
    return Answer(status=204)


def _group(call: Call, name: str) -> Group:
    group = call.world.store.group_named(name)
    if group is None:
        raise not_found(f"There is no group '{name}'.")
    return group


@ROUTES.put("/contents/{id}/title")
def rename(call: Call) -> Answer:
    """Rename any node of the page tree, which v2 can do to pages only: ``{"title": …, "account_id": …}``."""
    content, body = _content(call), call.json()
    change = Editor(call.world.store, str(body.get("account_id") or content.current.author_id))
    number = content.current.number + 1
    change.edit(content, title_field(body), content.current.body, number=number, message="")
    return Answer(status=204)


@ROUTES.put("/contents/{id}/views")
def set_views(call: Call) -> Answer:
    """Set how often a content was viewed, and by how many: ``{"view_count": …, "viewer_count": …}``."""
    content, body = _content(call), call.json()
    views, viewers = (body.get(name) for name in ("view_count", "viewer_count"))
    if not isinstance(views, int) or not isinstance(viewers, int):
        raise bad_request("'view_count' and 'viewer_count' must be whole numbers.")
    call.world.store.views[content.content_id] = (views, viewers)
    return Answer(status=204)


@ROUTES.put("/contents/{id}/likes")
def set_likes(call: Call) -> Answer:
    """Set who likes a content: ``{"accounts": […]}``."""
    content = _content(call)
    call.world.store.changing()
    content.likes = _strings(call.json(), "accounts")
    return Answer(status=204)


@ROUTES.get("/truth/{kind}")
def truth(call: Call) -> Answer:
    """What the site holds, a JSON object a line; ``as`` leaves what that account may see."""
    kind = call.path_params["kind"]
    if kind not in KINDS:
        raise not_found(f"There is no truth about '{kind}'; there is about {', '.join(KINDS)}.")
    world = call.world
    lines = truth_lines(world.store, kind, call.one("as"), world.base_url, world.installation)
    return Answer(_in_chunks(lines), media_type="application/jsonl")


def _in_chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    while chunk := b"".join(islice(lines, _LINES_AT_ONCE)):
        yield chunk


def _strings(body: dict[str, Any], name: str) -> list[str]:
    value = body.get(name)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise bad_request(f"'{name}' must be a list of strings.")
    return value


def _only_known(body: dict[str, Any], known: Mapping[str, tuple[type, ...]]) -> None:
    unknown = set(body) - set(known)
    if unknown:
        raise bad_request(f"There is no field {', '.join(sorted(unknown))}; there is {', '.join(sorted(known))}.")
    for name, value in body.items():
        if not isinstance(value, known[name]):
            raise bad_request(f"The field '{name}' cannot be {value!r}.")


def _space(call: Call) -> Space:
    space = call.world.store.space_by_key(call.path_params["key"])
    if space is None:
        raise not_found(f"There is no space '{call.path_params['key']}'.")
    return space


def _all_ids(call: Call, space: Space) -> list[int]:
    change = Editor(call.world.store, space.author_id)
    return [space.space_id, *change.with_belongings(call.world.store.contents_in(space.space_id))]


def _content(call: Call) -> Content:
    content = call.world.store.contents.get(call.path_id())
    if content is None:
        raise not_found()
    return content
