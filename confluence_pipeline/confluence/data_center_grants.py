"""From what a Data Center says of the grants on a space, over REST or over JSON-RPC, to one and the same record.

A grant has no id there, so it is named by what it says: whom it lets do what, and to what.
"""

from collections.abc import Callable, Iterable, Iterator

from confluence_pipeline.confluence.answers import Json
from confluence_pipeline.confluence.calls import V1
from confluence_pipeline.confluence.records import PermissionRecord

ANYBODY = ("role", "anonymous-users")
"""How a grant to everybody, logged in or not, is told: as Cloud does."""

_MEANING = {
    "VIEWSPACE": ("read", "space"),
    "REMOVEOWNCONTENT": ("delete_own", "space"),
    "REMOVEMAIL": ("delete_mail", "space"),
    "EDITSPACE": ("create", "page"),
    "REMOVEPAGE": ("delete", "page"),
    "EDITBLOG": ("create", "blogpost"),
    "REMOVEBLOG": ("delete", "blogpost"),
    "COMMENT": ("create", "comment"),
    "REMOVECOMMENT": ("delete", "comment"),
    "CREATEATTACHMENT": ("create", "attachment"),
    "REMOVEATTACHMENT": ("delete", "attachment"),
    "SETPAGEPERMISSIONS": ("restrict_content", "space"),
    "EXPORTSPACE": ("export", "space"),
    "SETSPACEPERMISSIONS": ("administer", "space"),
}
"""Operation and target of each of the old permission types (Confluence XML-RPC and JSON-RPC documentation)."""
_LIKE_CLOUD = {"restrict": "restrict_content"}
"""What REST names otherwise than Cloud does."""


def grant_listed(base: str, space_id: str, key: str, data: Json) -> PermissionRecord:
    """Return the grant of an item of ``space/{key}/permissions``.

    Args:
        base: The site's base URL.
        space_id: The space's id.
        key: Its key.
        data: A ``SpacePermission``.
    """
    subject, operation = data.get("subject") or {}, data["operation"]
    if subject.get("userKey"):
        principal = ("user", str(subject["userKey"]))
    elif subject.get("name"):
        principal = ("group", str(subject["name"]))
    else:
        principal = ANYBODY
    named = str(operation["operationKey"])
    meant = (_LIKE_CLOUD.get(named, named), str(operation["targetType"]))
    return _grant(space_id, principal, meant, f"{base}{V1}/space/{key}/permissions")


def grants_of_sets(
    source_url: str, space_id: str, sets: Iterable[Json], key_of: Callable[[str], str]
) -> Iterator[PermissionRecord]:
    """Yield the grants of an answer to ``getSpacePermissionSets``.

    Args:
        source_url: What was called.
        space_id: The space's id.
        sets: Each a permission type with whom it is granted to.
        key_of: Returns the user key of a user name, which is all that is told of a user there.
    """
    for granted in sets:
        kind = str(granted["type"])
        meant = _MEANING.get(kind, (kind.lower(), "space"))
        for one in granted.get("spacePermissions") or granted.get("contentPermissions") or []:
            if one.get("userName"):
                principal = ("user", key_of(str(one["userName"])))
            elif one.get("groupName"):
                principal = ("group", str(one["groupName"]))
            else:
                principal = ANYBODY
            yield _grant(space_id, principal, meant, source_url)


def _grant(space_id: str, principal: tuple[str, str], meant: tuple[str, str], source_url: str) -> PermissionRecord:
    return PermissionRecord(":".join((space_id, *principal, *meant)), *principal, *meant, source_url)
