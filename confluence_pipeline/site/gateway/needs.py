"""Which scopes an endpoint asks for: the facts of the official documents, for all that this site serves.

Written down from ``x-atlassian-oauth2-scopes`` of the Confluence Cloud documents (v2 and v1 of 2026-07-21; for the v1
reads that were removed since, v1 of 2024-10-02). Each group is one line of alternatives, separated by ``|``: any of
them opens the endpoints below it, and each needs all of its scopes. Where v1 has two, the first are classic scopes and
the second granular ones; v2 knows granular ones only.
"""

from collections.abc import Iterator, Mapping

Need = tuple[frozenset[str], ...]

_TABLE = """
read:attachment:confluence
    GET /api/v2/labels/{id}/attachments
    GET /api/v2/attachments
    GET /api/v2/pages/{id}/attachments
    GET /api/v2/blogposts/{id}/attachments
    GET /api/v2/attachments/{id}
    GET /api/v2/attachments/{id}/labels
    GET /api/v2/attachments/{id}/thumbnail/download
    GET /api/v2/attachments/{id}/versions
    GET /api/v2/attachments/{id}/versions/{version-number}
    GET /api/v2/attachments/{id}/operations
    GET /api/v2/attachments/{id}/properties
    GET /api/v2/attachments/{id}/properties/{property-id}
read:attachment:confluence write:attachment:confluence
    POST /api/v2/attachments/{id}/properties
    PUT,DELETE /api/v2/attachments/{id}/properties/{property-id}
read:comment:confluence
    GET /api/v2/attachments/{id}/footer-comments
    GET /api/v2/footer-comments
    GET /api/v2/pages/{id}/footer-comments
    GET /api/v2/blogposts/{id}/footer-comments
    GET /api/v2/footer-comments/{comment-id}
    GET /api/v2/footer-comments/{id}/children
    GET /api/v2/inline-comments
    GET /api/v2/pages/{id}/inline-comments
    GET /api/v2/blogposts/{id}/inline-comments
    GET /api/v2/inline-comments/{comment-id}
    GET /api/v2/inline-comments/{id}/children
    GET /api/v2/footer-comments/{id}/versions
    GET /api/v2/footer-comments/{id}/versions/{version-number}
    GET /api/v2/footer-comments/{id}/operations
    GET /api/v2/footer-comments/{id}/likes/count
    GET /api/v2/footer-comments/{id}/likes/users
    GET /api/v2/inline-comments/{id}/versions
    GET /api/v2/inline-comments/{id}/versions/{version-number}
    GET /api/v2/inline-comments/{id}/operations
    GET /api/v2/inline-comments/{id}/likes/count
    GET /api/v2/inline-comments/{id}/likes/users
    GET /api/v2/comments/{id}/properties
    GET /api/v2/comments/{id}/properties/{property-id}
read:comment:confluence write:comment:confluence
    POST /api/v2/comments/{id}/properties
    PUT,DELETE /api/v2/comments/{id}/properties/{property-id}
read:configuration:confluence
    GET /api/v2/space-role-mode
    GET /api/v2/classification-levels
    GET /api/v2/data-policies/metadata
read:confluence-content.all | read:content-details:confluence
    GET /rest/api/content/{id}/restriction
    GET /rest/api/content/{id}/restriction/byOperation
    GET /rest/api/content/{id}/restriction/byOperation/{operationKey}
read:confluence-content.all | read:content.restriction:confluence
    GET /rest/api/content/{id}/restriction/byOperation/{operationKey}/user
    GET /rest/api/content/{id}/restriction/byOperation/{operationKey}/byGroupId/{groupId}
read:confluence-content.summary | read:analytics.content:confluence
    GET /rest/api/analytics/content/{contentId}/views
    GET /rest/api/analytics/content/{contentId}/viewers
read:confluence-content.summary | read:content-details:confluence
    GET /rest/api/content
    GET /rest/api/content/{id}
    GET /rest/api/content/{id}/child
    GET /rest/api/content/{id}/child/{type}
    GET /rest/api/content/{id}/version
    GET /rest/api/space/{spaceKey}/content/{type}
read:confluence-content.summary | read:content.metadata:confluence read:user:confluence
    GET /rest/api/content/{id}/history
read:confluence-content.summary | read:label:confluence
    GET /rest/api/content/{id}/label
read:confluence-groups | read:group:confluence
    GET /rest/api/group
    GET /rest/api/group/by-id
    GET /rest/api/group/picker
read:confluence-groups | read:group:confluence read:user:confluence
    GET /rest/api/group/{groupId}/membersByGroupId
read:confluence-space.summary | read:content-details:confluence
    GET /rest/api/space
    GET /rest/api/space/{spaceKey}
read:confluence-space.summary | read:content.metadata:confluence
    GET /rest/api/longtask/{id}
read:confluence-space.summary | read:label:confluence
    GET /rest/api/space/{spaceKey}/label
read:confluence-user | read:content-details:confluence
    GET /rest/api/user/current
    GET /rest/api/user
    GET /rest/api/user/bulk
read:confluence-user | read:user:confluence read:group:confluence
    GET /rest/api/user/memberof
read:content-details:confluence
    GET /rest/api/search/user
read:content.metadata:confluence
    POST /api/v2/content/convert-ids-to-types
    GET /api/v2/pages/{id}/ancestors
    GET /api/v2/folders/{id}/ancestors
    GET /api/v2/whiteboards/{id}/ancestors
    GET /api/v2/databases/{id}/ancestors
    GET /api/v2/embeds/{id}/ancestors
read:custom-content:confluence
    GET /api/v2/custom-content
    GET /api/v2/custom-content/{id}
    GET /api/v2/spaces/{id}/custom-content
    GET /api/v2/pages/{id}/custom-content
    GET /api/v2/blogposts/{id}/custom-content
read:database:confluence
    GET /api/v2/databases/{id}/properties
    GET /api/v2/databases/{id}/properties/{property-id}
    GET /api/v2/databases/{id}/operations
    GET /api/v2/databases/{id}
    GET /api/v2/databases/{id}/classification-level
read:database:confluence write:database:confluence
    POST /api/v2/databases/{id}/properties
    PUT,DELETE /api/v2/databases/{id}/properties/{property-id}
read:embed:confluence
    GET /api/v2/embeds/{id}/properties
    GET /api/v2/embeds/{id}/properties/{property-id}
    GET /api/v2/embeds/{id}/operations
    GET /api/v2/embeds/{id}
read:embed:confluence write:embed:confluence
    POST /api/v2/embeds/{id}/properties
    PUT,DELETE /api/v2/embeds/{id}/properties/{property-id}
read:folder:confluence
    GET /api/v2/folders/{id}/properties
    GET /api/v2/folders/{id}/properties/{property-id}
    GET /api/v2/folders/{id}/operations
    GET /api/v2/folders/{id}
read:folder:confluence write:folder:confluence
    POST /api/v2/folders/{id}/properties
    PUT,DELETE /api/v2/folders/{id}/properties/{property-id}
read:hierarchical-content:confluence
    GET /api/v2/pages/{id}/direct-children
    GET /api/v2/pages/{id}/descendants
    GET /api/v2/folders/{id}/direct-children
    GET /api/v2/folders/{id}/descendants
    GET /api/v2/whiteboards/{id}/direct-children
    GET /api/v2/whiteboards/{id}/descendants
    GET /api/v2/databases/{id}/direct-children
    GET /api/v2/databases/{id}/descendants
    GET /api/v2/embeds/{id}/direct-children
    GET /api/v2/embeds/{id}/descendants
read:label:confluence
    GET /api/v2/labels
read:page:confluence
    GET /api/v2/pages
    GET /api/v2/blogposts
    GET /api/v2/spaces/{id}/pages
    GET /api/v2/spaces/{id}/blogposts
    GET /api/v2/pages/{id}
    GET /api/v2/blogposts/{id}
    GET /api/v2/pages/{id}/labels
    GET /api/v2/blogposts/{id}/labels
    GET /api/v2/labels/{id}/pages
    GET /api/v2/labels/{id}/blogposts
    GET /api/v2/pages/{id}/versions
    GET /api/v2/pages/{id}/versions/{version-number}
    GET /api/v2/pages/{id}/operations
    GET /api/v2/pages/{id}/likes/count
    GET /api/v2/pages/{id}/likes/users
    GET /api/v2/blogposts/{id}/versions
    GET /api/v2/blogposts/{id}/versions/{version-number}
    GET /api/v2/blogposts/{id}/operations
    GET /api/v2/blogposts/{id}/likes/count
    GET /api/v2/blogposts/{id}/likes/users
    GET /api/v2/pages/{id}/properties
    GET /api/v2/pages/{id}/properties/{property-id}
    GET /api/v2/blogposts/{id}/properties
    GET /api/v2/blogposts/{id}/properties/{property-id}
    GET /api/v2/pages/{id}/children
read:page:confluence write:page:confluence
    POST /api/v2/pages/{id}/properties
    PUT,DELETE /api/v2/pages/{id}/properties/{property-id}
    POST /api/v2/blogposts/{id}/properties
    PUT,DELETE /api/v2/blogposts/{id}/properties/{property-id}
    GET /api/v2/pages/{id}/classification-level
    GET /api/v2/blogposts/{id}/classification-level
read:space.permission:confluence
    GET /api/v2/spaces/{id}/role-assignments
    GET /api/v2/space-roles
    GET /api/v2/space-permissions
read:space.permission:confluence write:space.permission:confluence
    POST /rest/api/space/{spaceKey}/permission
read:space:confluence
    GET /api/v2/spaces
    GET /api/v2/spaces/{id}
    GET /api/v2/spaces/{id}/labels
    GET /api/v2/spaces/{id}/content/labels
    GET /api/v2/spaces/{id}/permissions
    GET /api/v2/spaces/{id}/operations
    GET /api/v2/spaces/{space-id}/properties
    GET /api/v2/spaces/{space-id}/properties/{property-id}
read:task:confluence
    GET /api/v2/tasks
    GET /api/v2/tasks/{id}
read:user:confluence
    POST /api/v2/users-bulk
read:whiteboard:confluence
    GET /api/v2/whiteboards/{id}/properties
    GET /api/v2/whiteboards/{id}/properties/{property-id}
    GET /api/v2/whiteboards/{id}/operations
    GET /api/v2/whiteboards/{id}
    GET /api/v2/whiteboards/{id}/classification-level
read:whiteboard:confluence write:whiteboard:confluence
    POST /api/v2/whiteboards/{id}/properties
    PUT,DELETE /api/v2/whiteboards/{id}/properties/{property-id}
readonly:content.attachment:confluence | read:attachment:confluence
    GET /rest/api/content/{id}/child/attachment/{attachmentId}/download
delete:attachment:confluence
    DELETE /api/v2/attachments/{id}
delete:comment:confluence
    DELETE /api/v2/footer-comments/{comment-id}
    DELETE /api/v2/inline-comments/{comment-id}
delete:database:confluence
    DELETE /api/v2/databases/{id}
delete:embed:confluence
    DELETE /api/v2/embeds/{id}
delete:folder:confluence
    DELETE /api/v2/folders/{id}
delete:page:confluence
    DELETE /api/v2/pages/{id}
    DELETE /api/v2/blogposts/{id}
delete:whiteboard:confluence
    DELETE /api/v2/whiteboards/{id}
manage:confluence-configuration | read:configuration:confluence
    GET /rest/api/settings/systemInfo
search:confluence | read:content-details:confluence
    GET /rest/api/content/search
    GET /rest/api/search
write:comment:confluence
    POST /api/v2/footer-comments
    PUT /api/v2/footer-comments/{comment-id}
    POST /api/v2/inline-comments
    PUT /api/v2/inline-comments/{comment-id}
write:confluence-content | read:content-details:confluence write:content.restriction:confluence
    PUT,POST,DELETE /rest/api/content/{id}/restriction
write:confluence-content | read:content.metadata:confluence write:page:confluence
    POST /rest/api/content/archive
write:confluence-content | read:label:confluence write:label:confluence
    POST /rest/api/content/{id}/label
write:confluence-content | write:content.restriction:confluence
    PUT,DELETE /rest/api/content/{id}/restriction/byOperation/{operationKey}/user
    PUT,DELETE /rest/api/content/{id}/restriction/byOperation/{operationKey}/byGroupId/{groupId}
write:confluence-content | write:label:confluence
    DELETE /rest/api/content/{id}/label
    DELETE /rest/api/content/{id}/label/{label}
write:confluence-content | write:page:confluence
    PUT /rest/api/content/{pageId}/move/{position}/{targetId}
write:confluence-file | read:content-details:confluence write:attachment:confluence
    POST,PUT /rest/api/content/{id}/child/attachment
    POST /rest/api/content/{id}/child/attachment/{attachmentId}/data
write:confluence-groups | read:group:confluence write:group:confluence
    POST /rest/api/group
write:confluence-groups | write:group:confluence
    POST,DELETE /rest/api/group/userByGroupId
write:confluence-space | read:content.metadata:confluence delete:space:confluence
    DELETE /rest/api/space/{spaceKey}
write:confluence-space | read:label:confluence write:label:confluence
    POST /rest/api/space/{spaceKey}/label
write:confluence-space | read:space-details:confluence write:space:confluence write:space.permission:confluence
    POST /rest/api/space
    PUT /rest/api/space/{spaceKey}
write:confluence-space | write:label:confluence
    DELETE /rest/api/space/{spaceKey}/label
write:database:confluence
    POST /api/v2/databases
write:embed:confluence
    POST /api/v2/embeds
write:folder:confluence
    POST /api/v2/folders
write:page:confluence
    POST /api/v2/pages
    POST /api/v2/blogposts
    PUT /api/v2/pages/{id}
    PUT /api/v2/blogposts/{id}
    PUT /api/v2/pages/{id}/title
write:space.permission:confluence
    DELETE /rest/api/space/{spaceKey}/permission/{id}
write:space:confluence
    POST /api/v2/spaces
write:task:confluence
    PUT /api/v2/tasks/{id}
write:whiteboard:confluence
    POST /api/v2/whiteboards
"""


def _needs() -> Iterator[tuple[str, Need]]:
    need: Need = ()
    for line in _TABLE.strip().splitlines():
        if line.startswith(" "):
            methods, path = line.split()
            for method in methods.split(","):
                yield f"{method} /wiki{path}", need
        else:
            need = tuple(frozenset(alternative.split()) for alternative in line.split("|"))


NEEDS: Mapping[str, Need] = dict(_needs())
"""What each endpoint (``GET /wiki/api/v2/pages``) asks for, as alternatives; what is not here opens to nobody."""

ALL_SCOPES = frozenset(scope for need in NEEDS.values() for scopes in need for scope in scopes)
"""Every scope that opens anything."""

READ_SCOPES = frozenset(scope for scope in ALL_SCOPES if scope.startswith(("read", "search")))
"""Those that change nothing."""


def opens(scopes: frozenset[str], endpoint: str) -> bool:
    """Tell whether somebody with these scopes may ask an endpoint, such as ``GET /wiki/api/v2/pages``."""
    return any(alternative <= scopes for alternative in NEEDS.get(endpoint, ()))
