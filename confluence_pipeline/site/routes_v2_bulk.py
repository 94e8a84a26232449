"""v2: the two lookups of many ids at once, users and content types."""

from confluence_pipeline.site import shapes_v2
from confluence_pipeline.site.call import Answer, Call, read_id
from confluence_pipeline.site.errors import bad_request
from confluence_pipeline.site.model import Space
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.store import Store
from confluence_pipeline.site.visibility import may_see, may_see_attachment, may_see_comment

ROUTES = Routes("/wiki/api/v2")

_MOST = 250


@ROUTES.post("/users-bulk")
def users_bulk(call: Call) -> Answer:
    """Users by account id; unknown ids are left out without a word."""
    accounts = _list_of(call, "accountIds")
    store = call.world.store
    known = [store.users[account] for account in dict.fromkeys(accounts) if account in store.users]
    return Answer({"results": [shapes_v2.user(user, personal_space(store, user.account_id)) for user in known]})


def personal_space(store: Store, account_id: str) -> Space | None:
    """Return a person's own space, if they have one."""
    spaces = store.spaces.values()
    return next((space for space in spaces if space.space_type == "personal" and space.author_id == account_id), None)


@ROUTES.post("/content/convert-ids-to-types")
def convert_ids_to_types(call: Call) -> Answer:
    """The type of each id; null where there is nothing, or nothing that the caller may see."""
    ids = [str(value) for value in _list_of(call, "contentIds")]
    return Answer({"results": {value: _type_of(call, value) for value in ids}})


def _list_of(call: Call, field: str) -> list[str]:
    values = call.json().get(field)
    if not isinstance(values, list) or not 1 <= len(values) <= _MOST:
        raise bad_request(f"'{field}' must be a list of 1 to {_MOST} ids.")
    return values


def _type_of(call: Call, value: str) -> str | None:
    store, viewer = call.world.store, call.viewer
    number = read_id(value.removeprefix("att"), "contentIds")
    content = store.contents.get(number)
    if content is not None:
        return content.node_type if may_see(store, viewer, content) else None
    comment = store.comments.get(number)
    if comment is not None:
        return f"{comment.location}-comment" if may_see_comment(store, viewer, comment) else None
    attachment = store.attachments.get(number)
    if attachment is not None and may_see_attachment(store, viewer, attachment):
        return "attachment"
    return None
