"""The truth about who may do what: grants, restrictions, and who may really view what, account by account."""

from collections.abc import Iterator

from confluence_pipeline.site.model import Content
from confluence_pipeline.site.store import Store
from confluence_pipeline.site.truth.data_center import permission_id
from confluence_pipeline.site.truth.eyes import Eyes, Row, group_ids_of, is_let_into, is_named, lineage

_GONE = "Former user (Deleted)"
_NODE_TYPES = ("page", "blogpost", "folder", "whiteboard", "database", "embed")


def groups(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``groups``, which everybody who is logged in may list."""
    for group in eyes.store.groups.values():
        yield {"group_id": group.group_id, "name": group.name}


def group_members(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``group_members``."""
    for group in eyes.store.groups.values():
        for account_id in group.members:
            yield {"group_id": group.group_id, "account_id": account_id, "group_name": group.name}


def space_permissions(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``space_permissions``."""
    for space in eyes.spaces():
        for grant in space.grants:
            yield {
                "permission_id": permission_id(space, grant) if eyes.installation else str(grant.permission_id),
                "space_key": space.key,
                "principal_type": grant.principal_type,
                "principal_id": grant.principal_id,
                "operation": grant.operation,
                "target_type": grant.target_type,
            }


def restrictions(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``restrictions``: what is set on pages, blog posts and tree nodes themselves."""
    for content in eyes.table_contents(*_NODE_TYPES):
        for operation, principal_type, principal_id in _named(content):
            yield {
                "content_id": str(content.content_id),
                "content_type": content.node_type,
                "space_key": eyes.key_of(content),
                "operation": operation,
                "principal_type": principal_type,
                "principal_id": principal_id,
                "principal_name": _name(eyes.store, principal_type, principal_id),
            }


def _name(store: Store, principal_type: str, principal_id: str) -> str:
    if principal_type == "group":
        return store.groups[principal_id].name
    user = store.users.get(principal_id)
    return user.display_name if user else _GONE


def _named(content: Content) -> Iterator[tuple[str, str, str]]:
    for operation, restriction in (("read", content.read), ("update", content.update)):
        if restriction is not None:
            yield from ((operation, "user", account_id) for account_id in restriction.users)
            yield from ((operation, "group", group_id) for group_id in restriction.groups)


def effective_access(eyes: Eyes) -> Iterator[Row]:
    """Yield who may view each page and blog post that tables hold: a row for each account, and none who may not.

    Every account that anything names is tried against every content. ``account_id`` None is the visitor who is not
    logged in.
    """
    store = eyes.store
    callers = [(account, group_ids_of(store, account)) for account in [*named_accounts(store), None]]
    let_in = {
        space.space_id: [caller for caller in callers if is_let_into(space, *caller)] for space in store.spaces.values()
    }
    for content in eyes.table_contents("page", "blogpost"):
        restricted = [node.read for node in lineage(store, content) if node.read]
        for account, group_ids in let_in[content.space_id]:
            if all(is_named(restriction, account, group_ids) for restriction in restricted):
                yield {
                    "content_id": str(content.content_id),
                    "content_type": content.node_type,
                    "space_key": eyes.key_of(content),
                    "account_id": account,
                    "verdict": "granted",
                }


def named_accounts(store: Store) -> list[str]:
    """Return every account that exists or that a group, grant or restriction names, sorted."""
    accounts = set(store.users)
    for group in store.groups.values():
        accounts |= set(group.members)
    for space in store.spaces.values():
        accounts |= {grant.principal_id for grant in space.grants if grant.principal_type == "user"}
    for content in store.contents.values():
        accounts |= {principal_id for _, kind, principal_id in _named(content) if kind == "user"}
    return sorted(accounts)
