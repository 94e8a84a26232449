"""Space permissions: what may be granted, to whom, and what a space grants when nobody says otherwise.

Every site has a group of all users, ``confluence-users``; a space that names no viewers is granted to it, as new
spaces are on a site with the product's own defaults.
"""

from collections.abc import Iterable, Sequence

from confluence_pipeline.site.model import ANONYMOUS_USERS, Grant, Group, Space
from confluence_pipeline.site.store import Store

EVERYONE = "confluence-users"
GRANTABLE = (
    ("read", "space"),
    ("administer", "space"),
    ("delete", "space"),
    ("export", "space"),
    ("restrict_content", "space"),
    ("archive", "page"),
    *((verb, target) for target in ("page", "blogpost", "comment", "attachment") for verb in ("create", "delete")),
)
"""The pairs of operation and target there are (v1 specification, ``SpacePermissionRequest``)."""
VIEWERS_MAY = (
    ("read", "space"),
    ("create", "page"),
    ("create", "blogpost"),
    ("create", "comment"),
    ("create", "attachment"),
    ("delete", "page"),
    ("restrict_content", "space"),
)
"""What the viewers whom a seed or the control endpoint names may do in a space."""


def everyone(store: Store) -> Group:
    """Return the group of all users, made of all there are if the site has none of that name."""
    group = store.group_named(EVERYONE)
    if group is None:
        group = store.add_group(EVERYONE, store.users)
    return group


def grant_of(store: Store, space: Space, principal: tuple[str, str], allowed: tuple[str, str]) -> Grant:
    """Return a grant on a space; the same grant has the same id on every site of that name."""
    name = "/".join([str(space.space_id), *principal, *allowed])
    return Grant(store.stable_uuid(name).int % 10**15, *principal, *allowed)


def open_to(
    store: Store,
    space: Space,
    *,
    groups: Sequence[str] = (),
    users: Iterable[str] = (),
    anonymous: bool = False,
) -> None:
    """Grant a space to these groups (ids) and users, or to all users where none is named, and to nobody else.

    With ``anonymous``, visitors who are not logged in may see it too, and so may everybody.
    """
    principals = [*(("group", group_id) for group_id in groups), *(("user", account_id) for account_id in users)]
    if not principals:
        principals = [("group", everyone(store).group_id)]
    grants = [grant_of(store, space, principal, allowed) for principal in principals for allowed in VIEWERS_MAY]
    if anonymous:
        grants.append(grant_of(store, space, ("role", ANONYMOUS_USERS), ("read", "space")))
    space.set_grants(grants)
