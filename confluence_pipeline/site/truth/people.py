"""The truth about users: everybody who appears anywhere, whether their account is still there or not."""

import re
from collections import defaultdict
from collections.abc import Iterator

from confluence_pipeline.site.truth import access, contents, talk, tasks
from confluence_pipeline.site.truth.eyes import IN_TABLES, Eyes, Row

_MENTIONED = re.compile(r"<ri:user\s[^>]*?ri:(?:account-id|userkey)\s*=\s*[\"']([^\"']+)[\"']")


def users(eyes: Eyes) -> Iterator[Row]:
    """Yield the rows of ``users``.

    ``appears_as`` tells, sorted, where each is named: as space_author, author, editor, owner, mention,
    version_author, comment_author, comment_editor, attachment_author, attachment_editor, assignee, task_creator,
    task_completer, liker, member, granted or restricted. Of an account that is gone nothing else is known.
    """
    appearances: dict[str, set[str]] = defaultdict(set)
    for role, account_id in _appearances(eyes):
        if account_id is not None:
            appearances[account_id].add(role)
    for account_id, roles in sorted(appearances.items()):
        yield {"account_id": account_id, **_facts(eyes, account_id), "appears_as": sorted(roles)}


def _facts(eyes: Eyes, account_id: str) -> Row:
    user = eyes.store.users.get(account_id)
    if user is None:
        unknown = ("display_name", "username", "public_name", "email", "time_zone", "is_external_collaborator")
        return {**dict.fromkeys(unknown), "account_type": "unknown", "account_status": "unknown"}
    return {
        "display_name": user.display_name,
        "public_name": user.display_name,
        "username": user.user_name or None,
        "account_type": user.account_type,
        "account_status": user.account_status,
        "email": user.email if user.email_visible else None,
        "time_zone": user.time_zone,
        "is_external_collaborator": user.account_type == "customer",
    }


def _appearances(eyes: Eyes) -> Iterator[tuple[str, str | None]]:
    for space in contents.spaces(eyes):
        yield "space_author", space["author_id"]
    yield from _in_contents(eyes)
    yield from _in_talk(eyes)
    for task in tasks.tasks(eyes):
        yield "assignee", task["assigned_to"]
        yield "task_creator", task["created_by"]
        yield "task_completer", task["completed_by"]
    for member in access.group_members(eyes):
        yield "member", member["account_id"]
    for role, named in (("granted", access.space_permissions(eyes)), ("restricted", access.restrictions(eyes))):
        yield from ((role, row["principal_id"]) for row in named if row["principal_type"] == "user")


def _in_contents(eyes: Eyes) -> Iterator[tuple[str, str | None]]:
    for kind in (contents.pages, contents.blog_posts, contents.tree_nodes):
        for row in kind(eyes):
            if row["status"] in IN_TABLES:
                yield "author", row["author_id"]
                yield "editor", row["version_author_id"]
                yield "owner", row["owner_id"]
                yield from (("mention", account_id) for account_id in _MENTIONED.findall(row.get("body_storage", "")))
    for version in contents.page_versions(eyes):
        yield "version_author", version["author_id"]
    for like in contents.likes(eyes):
        yield "liker", like["account_id"]


def _in_talk(eyes: Eyes) -> Iterator[tuple[str, str | None]]:
    for comment in talk.comments(eyes):
        yield "comment_author", comment["author_id"]
        yield "comment_editor", comment["version_author_id"]
        yield from (("mention", account_id) for account_id in _MENTIONED.findall(comment["body_storage"]))
    for file in talk.attachments(eyes):
        if file["status"] in IN_TABLES:
            yield "attachment_author", file["author_id"]
            yield "attachment_editor", file["version_author_id"]
