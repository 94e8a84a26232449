"""Which scope lets which table be filled: one list, for the login, for error messages and for the documentation.

The scopes are the granular ones that the official descriptions of REST v1 (``x-atlassian-oauth2-scopes``) and v2
(``security``) name for the calls that are made. v2 takes nothing else; where v1 takes classic ones as well, they
stand beside.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from confluence_pipeline.confluence.errors import AccessError

OFFLINE = "offline_access"
"""What makes a login come with a refresh token; it belongs to no table."""


@dataclass(frozen=True, slots=True)
class ScopeUse:
    """What one scope is for.

    Attributes:
        scope: The granular scope.
        tables: The tables that lack something without it; None for all of them.
        paths: Which calls need it: a regular expression for the beginning of a path.
        classic: The classic scopes that together do as well; none where v2 is asked.
        reads: What it lets us read, as words.
    """

    scope: str
    tables: frozenset[str] | None
    paths: str
    reads: str
    classic: frozenset[str] = frozenset()

    def serves(self, table: str) -> bool:
        """Return whether a table needs the scope."""
        return self.tables is None or table in self.tables

    def is_granted(self, granted: Collection[str]) -> bool:
        """Return whether a login may do what the scope is for."""
        return self.scope in granted or bool(self.classic and self.classic <= set(granted))


SCOPES: tuple[ScopeUse, ...] = (
    ScopeUse(
        "read:content-details:confluence",
        None,
        r"/rest/api/(search|user/current|content/[^/]+/restriction)",
        "who is logged in, what the search finds, and restrictions",
        frozenset({"search:confluence", "read:confluence-user", "read:confluence-content.all"}),
    ),
    ScopeUse("read:space:confluence", None, r"/api/v2/spaces(?!/[^/]+/(pages|blogposts))", "spaces and who may what"),
    ScopeUse(
        "read:page:confluence",
        None,
        r"/api/v2/(pages|blogposts|spaces/[^/]+/(pages|blogposts))",
        "pages and blog posts, with labels, versions, properties and likes",
    ),
    ScopeUse(
        "read:content.metadata:confluence",
        None,
        r"/api/v2/content/convert-ids-to-types",
        "whether what is missing from a listing is still there",
    ),
    ScopeUse(
        "read:folder:confluence",
        frozenset({"tree_nodes", "restrictions", "effective_access"}),
        r"/api/v2/folders",
        "folders",
    ),
    ScopeUse(
        "read:whiteboard:confluence",
        frozenset({"tree_nodes", "restrictions", "effective_access"}),
        r"/api/v2/whiteboards",
        "whiteboards' places in the tree",
    ),
    ScopeUse(
        "read:database:confluence",
        frozenset({"tree_nodes", "restrictions", "effective_access"}),
        r"/api/v2/databases",
        "databases' places in the tree",
    ),
    ScopeUse(
        "read:embed:confluence",
        frozenset({"tree_nodes", "restrictions", "effective_access"}),
        r"/api/v2/embeds",
        "Smart Links' places in the tree",
    ),
    ScopeUse("read:comment:confluence", frozenset({"comments"}), r"/api/v2/(footer|inline)-comments", "comments"),
    ScopeUse(
        "read:attachment:confluence",
        frozenset({"attachments", "comments", "labels"}),
        r"(/api/v2/attachments|/rest/api/content/[^/]+/child/attachment)",
        "attachments, their bytes, and the labels and comments on them",
    ),
    ScopeUse("read:task:confluence", frozenset({"tasks"}), r"/api/v2/tasks", "tasks"),
    ScopeUse(
        "read:user:confluence",
        None,
        r"(/api/v2/users-bulk|/rest/api/user/memberof|/rest/api/group/[^/]+/membersByGroupId)",
        "who appears anywhere, as bodies mention people by name",
    ),
    ScopeUse(
        "read:group:confluence",
        frozenset({"groups", "group_members", "effective_access"}),
        r"/rest/api/(group|user/memberof)",
        "groups and who is in them",
        frozenset({"read:confluence-groups", "read:confluence-user"}),
    ),
    ScopeUse(
        "read:analytics.content:confluence",
        frozenset({"views"}),
        r"/rest/api/analytics/content",
        "how often contents were viewed",
        frozenset({"read:confluence-content.summary"}),
    ),
)
"""Every scope that is ever needed, the general ones first."""


def scopes_for(tables: Iterable[str]) -> frozenset[str]:
    """Return the scopes that a login needs to fill some tables.

    Args:
        tables: Names of tables. What is downloaded or extracted beside them takes no further scope.
    """
    wanted = set(tables)
    return frozenset(use.scope for use in SCOPES if any(use.serves(table) for table in wanted))


def missing_scopes(granted: Collection[str], tables: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the scopes that a login lacks, each with those of some tables that need it.

    Args:
        granted: The scopes that the login has, granular or classic.
        tables: The names of the tables to fill.
    """
    wanted = set(tables)
    needed = {use.scope: frozenset(filter(use.serves, wanted)) for use in SCOPES if not use.is_granted(granted)}
    return {scope: served for scope, served in needed.items() if served}


def is_about_scope(answer: str) -> bool:
    """Return whether the gateway refused for want of a scope: 401 with "Unauthorized; scope does not match"."""
    return "scope does not match" in answer.lower()


def scope_refused(path: str, who: str, where: str, setting: str, granted: Collection[str] = ()) -> AccessError:
    """Return the error for a call that a good login lacks the scope for.

    Args:
        path: What was asked.
        who: What lacks it, as in "the scoped token".
        where: Where to add it, as half a sentence.
        setting: The environment variable to change.
        granted: The scopes that the login is known to have, so that of several that the call needs only those are
            named that are missing; none where it does not tell.
    """
    uses = [use for use in SCOPES if re.match(use.paths, path)]
    missing = [use for use in uses if not use.is_granted(granted)] or uses
    named = ", or ".join(f"{use.scope}, which {_needed_by(use)}" for use in missing)
    return AccessError(
        f"The gateway refuses {path} because {who} lacks {named or 'a scope that this call needs'}; {where}",
        status=401,
        setting=setting,
    )


def _needed_by(use: ScopeUse) -> str:
    if use.tables is None:
        return "every table needs"
    tables = sorted(use.tables)
    return f"the table {tables[0]} needs" if len(tables) == 1 else f"the tables {', '.join(tables)} need"
