"""The words and storage-format blocks that generated pages are put together from.

Blocks are rendered once for a site and shared by its pages, which is what makes a site of 100,000 pages quick
and small to make; what must differ between pages (title, links, mentions, tasks) is rendered per page.
"""

from collections.abc import Callable, Sequence
from html import escape
from random import Random
from uuid import UUID

FIRST_NAMES = (
    "Amara", "Bente", "Chidi", "Dagný", "Emeka", "Farah", "Goran", "Hana", "Inês", "Jiří", "Kaya", "Lucía",
    "Mehmet", "Nadia", "Oskar", "Priya", "Quentin", "Rosa", "Søren", "Tomoko", "Umar", "Vera", "Wen", "Yusuf",
)  # fmt: skip
LAST_NAMES = (
    "Abara", "Bergström", "Castellano", "Dvořák", "Eriksen", "Fontaine", "Gallagher", "Hoshino", "Ivanova",
    "Jansen", "Kowalczyk", "Lindqvist", "Moreau", "Nakagawa", "Okafor", "Petrović", "Quispe", "Rahman",
    "Sørensen", "Takahashi", "Ulloa", "Varga", "Winter", "Yıldız", "Zamora",
)  # fmt: skip
TOPICS = (
    "Billing", "Search", "Identity", "Invoicing", "Catalogue", "Checkout", "Warehouse", "Returns", "Pricing",
    "Shipping", "Payroll", "Hiring", "Onboarding", "Security", "Backup", "Telemetry", "Mobile app",
    "Web shop", "Data platform", "Customer support", "Procurement", "Fleet", "R&D", "Partner portal",
    "Cold storage",
)  # fmt: skip
PAGE_KINDS = (
    "runbook", "design", "decision record", "meeting notes", "how-to", "post-mortem", "roadmap", "checklist",
    "requirements", "glossary", "FAQ", "test plan", "release notes", "interview notes", "capacity plan",
    "retrospective", "contract review", "migration plan",
)  # fmt: skip
_LABEL_TOPICS = ("billing", "search", "identity", "ops", "data", "mobile", "web", "people", "legal", "fleet")
_LABEL_KINDS = (
    "runbook",
    "draft",
    "howto",
    "decision",
    "faq",
    "review",
    "plan",
    "notes",
    "metrics",
    "archive",
)

_SUBJECTS = (
    "The nightly import", "Each service owner", "The on-call engineer", "A second reviewer", "The export job",
    "This team", "The customer", "Every new region", "The fallback queue", "The vendor", "Our oldest client",
    "The reporting view", "A failed delivery", "The audit trail", "The price list",
)  # fmt: skip
_VERBS = (
    "reads", "replaces", "waits for", "confirms", "keeps", "checks", "sends", "rejects", "copies", "measures",
    "closes", "reopens", "documents", "hides", "schedules",
)  # fmt: skip
_OBJECTS = (
    "the open orders", "a signed manifest", "the last known total", "every changed record",
    "the shared queue", "two weeks of history", "the agreed budget", "an older schema",
    "the missing receipts", "the daily summary", "a list of exceptions", "the regional settings",
    "the retry counter", "the &lsquo;quiet hours&rsquo; rule",
    "roughly 40&nbsp;% of the load",
)  # fmt: skip
_ENDINGS = (
    "before the morning shift.", "unless the flag is off.", "once an hour.", "after the second attempt.",
    "so that nobody has to ask.", "because the old way lost data.", "on the last working day of the month.",
    "when latency passes 300&nbsp;ms.", "as agreed with finance.", "and writes a line to the log.",
    "without touching production.", "&mdash; see the table below.",
)  # fmt: skip
_CODE = {
    "python": "def {name}(rows):\n    return sorted(row for row in rows if row[0] > {n})\n",
    "sql": "SELECT region, count(*) AS {name}\nFROM orders\nWHERE total > {n}\nGROUP BY region;\n",
    "bash": "set -eu\nfor day in $(seq 1 {n}); do\n  ./export --day \"$day\" > {name}.csv\ndone\n",
    "yaml": "{name}:\n  retries: {n}\n  hosts:\n    - alpha.internal.example\n    - beta.internal.example\n",
}  # fmt: skip
_PANELS = ("info", "note", "tip", "warning")


def label_names() -> tuple[str, ...]:
    """Return the vocabulary of labels, most used first."""
    return (
        *_LABEL_TOPICS,
        *_LABEL_KINDS,
        *(f"{topic}-{kind}" for topic in _LABEL_TOPICS for kind in _LABEL_KINDS),
    )


def page_title(index: int) -> str:
    """Return the title of a space's page number ``index``; unique in its space."""
    topic = TOPICS[index % len(TOPICS)]
    kind = PAGE_KINDS[(index // len(TOPICS) + index) % len(PAGE_KINDS)]
    return f"{topic} {kind} {index}"


def sentence(rng: Random) -> str:
    """Return one sentence as storage-format text."""
    return " ".join(rng.choice(words) for words in (_SUBJECTS, _VERBS, _OBJECTS, _ENDINGS))


def _prose(rng: Random, least: int, most: int) -> str:
    return " ".join(sentence(rng) for _ in range(rng.randint(least, most)))


def paragraph(rng: Random) -> str:
    """Return a paragraph of two to six sentences."""
    return f"<p>{_prose(rng, 2, 6)}</p>"


def _section(rng: Random) -> str:
    level = rng.choice((2, 2, 3))
    heading = f"{rng.choice(TOPICS)}: {rng.choice(PAGE_KINDS)}"
    return f"<h{level}>{escape(heading)}</h{level}>{paragraph(rng)}"


def _bullets(rng: Random) -> str:
    tag = rng.choice(("ul", "ol"))
    items = "".join(f"<li><p>{sentence(rng)}</p></li>" for _ in range(rng.randint(3, 7)))
    return f"<{tag}>{items}</{tag}>"


def _macro(rng: Random, name: str, inner: str) -> str:
    macro_id = UUID(int=rng.getrandbits(128), version=4)
    return (
        f'<ac:structured-macro ac:name="{name}" ac:schema-version="1" ac:macro-id="{macro_id}">'
        f"{inner}</ac:structured-macro>"
    )


def _code(rng: Random) -> str:
    language = rng.choice(tuple(_CODE))
    code = "".join(
        _CODE[language].format(name=f"step_{part}", n=rng.randint(2, 400)) for part in range(rng.randint(1, 4))
    )
    return _macro(
        rng,
        "code",
        f'<ac:parameter ac:name="language">{language}</ac:parameter>'
        f"<ac:plain-text-body><![CDATA[{code}]]></ac:plain-text-body>",
    )


def _panel(rng: Random) -> str:
    return _macro(rng, rng.choice(_PANELS), f"<ac:rich-text-body>{paragraph(rng)}</ac:rich-text-body>")


def _expand(rng: Random) -> str:
    inner = '<ac:parameter ac:name="title">Details</ac:parameter>'
    return _macro(rng, "expand", f"{inner}<ac:rich-text-body>{_bullets(rng)}{paragraph(rng)}</ac:rich-text-body>")


def _table(rng: Random) -> str:
    head = "".join(f"<th><p>{name}</p></th>" for name in ("Item", "Owner", "Amount", "Remark"))
    rows = "".join(
        f"<tr><td><p>{escape(rng.choice(TOPICS))}</p></td><td><p>{rng.choice(LAST_NAMES)}</p></td>"
        f"<td><p>{rng.randint(1, 99_999)}</p></td><td><p>{sentence(rng)}</p></td></tr>"
        for _ in range(rng.randint(3, 12))
    )
    return f"<table><tbody><tr>{head}</tr>{rows}</tbody></table>"


def shared_blocks(rng: Random, count: int) -> tuple[str, ...]:
    """Return ``count`` rendered blocks: half prose, the rest lists, tables, code, panels and expands."""
    kinds: tuple[Callable[[Random], str], ...] = (
        paragraph, paragraph, paragraph, paragraph,
        _section, _section, _bullets, _code, _table, _panel, _expand,
    )  # fmt: skip
    return tuple(rng.choice(kinds)(rng) for _ in range(count))


def page_link(title: str, text: str) -> str:
    """Return a link to the page ``title`` of the same space."""
    return (
        f'<ac:link><ri:page ri:content-title="{escape(title)}" /><ac:link-body>{escape(text)}</ac:link-body></ac:link>'
    )


def mention(account_id: str) -> str:
    """Return a mention of a user."""
    return f'<ac:link><ri:user ri:account-id="{account_id}" /></ac:link>'


def marked(marker_ref: str, text: str) -> str:
    """Return text that an inline comment is anchored to."""
    return f'<ac:inline-comment-marker ac:ref="{marker_ref}">{text}</ac:inline-comment-marker>'


def task_list(rng: Random, assignees: Sequence[str]) -> str:
    """Return a task list with a task for each assignee, about a third of them done."""
    tasks = "".join(
        f"<ac:task><ac:task-id>{number}</ac:task-id>"
        f"<ac:task-uuid>{UUID(int=rng.getrandbits(128), version=4)}</ac:task-uuid>"
        f"<ac:task-status>{'complete' if rng.random() < 1 / 3 else 'incomplete'}</ac:task-status>"
        f"<ac:task-body>{mention(account_id)} {sentence(rng)}</ac:task-body></ac:task>"
        for number, account_id in enumerate(assignees, 1)
    )
    return f"<ac:task-list>{tasks}</ac:task-list>"
