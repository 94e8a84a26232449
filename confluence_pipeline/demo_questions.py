"""What a person might ask of the tables: in words of each table, and in SQL that answers."""

from dataclasses import dataclass
from textwrap import dedent

ASKED: tuple[tuple[tuple[str, ...], str], ...] = (
    (("spaces", "pages", "blog_posts", "page_versions"), "what changed lately, by whom, and what it was before"),
    (("tree_nodes", "labels", "properties"), "how it is ordered, and what is filed under what"),
    (("comments",), "which remarks are still open, and on which words"),
    (("attachments",), "which files mention something, and which are there twice"),
    (("tasks",), "what is overdue, and whose it is"),
    (("likes", "views"), "what is read and liked, and what by nobody"),
    (("links", "mentions"), "what leads nowhere, and who is called upon"),
    (("macros", "headings", "code_blocks", "page_tables"), "what is inside a page, down to a cell"),
    (("users", "groups", "group_members"), "who is still here, and in which groups"),
    (("space_permissions", "restrictions", "effective_access"), "who may view what, and why"),
    (("removals", "ledger", "sync_runs"), "what is gone, what is missing, and what it cost"),
)
"""What each table answers."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question in words, and the SQL that answers it in the warehouse."""

    words: str
    query: str


def _question(words: str, query: str) -> Question:
    return Question(words, dedent(query).strip())


WIKI_QUESTIONS = (
    _question(
        "Which pages are still argued about?",
        """
        select p.title, count(*) as threads, max(c.created_at)::date as latest
        from comments c join pages p on p.page_id = c.content_id
        where c.depth = 0 and c.resolution_status in ('open', 'reopened')
        group by all order by threads desc, p.title limit 5
        """,
    ),
    _question(
        "Who has to do what, and by when?",
        """
        select t.due_at::date as due, u.display_name, split_part(t.body_text, chr(10), 1) as task
        from tasks t join users u on u.account_id = t.assigned_to
        where t.status = 'incomplete' order by t.due_at, task limit 5
        """,
    ),
    _question(
        "Who may view the pages that are restricted, and through what?",
        """
        select p.title, u.display_name, a.via
        from effective_user_access a join pages p on p.page_id = a.content_id join users u using (account_id)
        where p.page_id in (select content_id from restrictions where operation = 'read')
        order by p.title, u.display_name limit 8
        """,
    ),
)
"""Questions to the built-in wiki."""

CORPUS_QUESTIONS = (
    _question(
        "Which spaces are large?",
        """
        select space_key, count(*) as pages, sum(word_count) as words
        from pages group by all order by words desc
        """,
    ),
    _question(
        "Which macros are used, and what became of them?",
        """
        select name, outcome, count(*) as used
        from macros group by all order by used desc limit 5
        """,
    ),
    _question(
        "Which pages do others lead to?",
        """
        select target_title, count(*) as links
        from links where kind = 'page' group by all order by links desc limit 5
        """,
    ),
)
"""Questions to any folder of spaces, which has pages and what is inside their bodies."""
