"""Macros that the site fills when the page is shown: the body holds no content, only what was asked for."""

from confluence_pipeline.content.drafts import LinkDraft
from confluence_pipeline.content.escape import escape_text
from confluence_pipeline.content.links import default_text, link_suffix, page_link
from confluence_pipeline.content.macros.registry import (
    DROPPED,
    MacroFunction,
    MacroTable,
    Rendered,
    placeholder,
)
from confluence_pipeline.content.recorder import MacroCall
from confluence_pipeline.content.writer import Writer


def toc(_call: MacroCall, _writer: Writer) -> Rendered:
    """A table of contents: dropped on purpose, for it repeats the headings."""
    return DROPPED


def children(call: MacroCall, _writer: Writer) -> Rendered:
    """Child pages."""
    return placeholder(f"Child pages of {_page(call, 'page', 'root')}")


def page_tree(call: MacroCall, _writer: Writer) -> Rendered:
    """A tree of pages below a root."""
    return placeholder(f"Page tree below {_page(call, 'root')}")


def include(call: MacroCall, writer: Writer) -> Rendered:
    """Another page, shown in this one."""
    return placeholder(f"Content of {_included(call, writer)}")


def excerpt_include(call: MacroCall, writer: Writer) -> Rendered:
    """Another page's excerpt."""
    name = call.get("name")
    excerpt = f"Excerpt “{name}”" if name else "Excerpt"
    return placeholder(f"{excerpt} of {_included(call, writer)}")


def properties_report(call: MacroCall, _writer: Writer) -> Rendered:
    """A report over page properties."""
    return placeholder(f"Page properties report: {_query(call)}")


def jira(call: MacroCall, writer: Writer) -> Rendered:
    """A Jira issue by key, or the issues that a JQL query finds."""
    if key := call.get("key"):
        base = call.get("baseUrl", "url").rstrip("/")
        url = f"{base}/browse/{key}" if base else None
        link = LinkDraft("jira", target_title=key, target_url=url, resolved=bool(base))
        link.text = key
        writer.records.links.append(link)
        suffix = link_suffix(link, writer)
        markdown = f"[{escape_text(key)}{suffix}" if suffix else escape_text(key)
        return Rendered("converted", markdown, key, "paragraph")
    query = call.get("jqlQuery", "jql", "")
    count = "Number of Jira issues" if call.get("count") == "true" else "Jira issues"
    return placeholder(f"{count}: {query}" if query else count)


def content_by_label(call: MacroCall, _writer: Writer) -> Rendered:
    """Contents with given labels."""
    return placeholder(f"Content by label: {_query(call)}")


def recently_updated(call: MacroCall, _writer: Writer) -> Rendered:
    """Contents that changed of late."""
    return placeholder(_scoped("Recently updated content", call))


def blog_posts(call: MacroCall, _writer: Writer) -> Rendered:
    """The latest blog posts."""
    return placeholder(_scoped("Blog posts", call))


def task_report(call: MacroCall, _writer: Writer) -> Rendered:
    """A report over inline tasks."""
    return placeholder(_scoped("Task report", call))


def attachments(call: MacroCall, _writer: Writer) -> Rendered:
    """The attachments of a page."""
    return placeholder(f"Attachments of {_page(call, 'page')}")


def profile(call: MacroCall, _writer: Writer) -> Rendered:
    """A user's profile."""
    user = call.reference("user")
    shown = default_text(user) if user else call.get("user")
    return placeholder(f"Profile of {shown}")


def contributors(call: MacroCall, _writer: Writer) -> Rendered:
    """Who worked on a page."""
    return placeholder(f"Contributors to {_page(call, 'page')}")


def live_search(call: MacroCall, _writer: Writer) -> Rendered:
    """A search box."""
    return placeholder(_scoped("Search box", call))


def roadmap(call: MacroCall, _writer: Writer) -> Rendered:
    """A road map; its plan is an encoded parameter, kept among the macro's parameters."""
    return placeholder(f"Roadmap {call.get('title')}".strip())


def described(label: str) -> MacroFunction:
    """Return a function that shows a fixed label and the parameters that narrow it."""

    def show(call: MacroCall, _writer: Writer) -> Rendered:
        return placeholder(_scoped(label, call))

    return show


def _page(call: MacroCall, *names: str) -> str:
    link = call.reference(*names)
    title = default_text(link) if link else call.get(*names)
    return f"“{title}”" if title and not title.startswith("@") else title.lstrip("@") or "this page"


def _included(call: MacroCall, writer: Writer) -> str:
    """Name the included page; a title that is plain text, as old pages have it, is a link as well."""
    link = call.reference("", "page", "pageTitle") or call.reference()
    if link is not None:
        return f"“{default_text(link)}”"
    title = call.get("", "pageTitle", "page", "pageTitle")
    if not title:
        return "an unnamed page"
    space, colon, rest = title.partition(":")
    space_key, title = (space, rest) if colon and space.isalnum() and rest else (None, title)
    writer.records.links.append(page_link(writer, title, space_key))
    return f"“{title}”"


def _query(call: MacroCall) -> str:
    return call.get("cql", "labels", "label", "") or "everything"


def _scoped(label: str, call: MacroCall) -> str:
    names = ("cql", "spaces", "space", "spaceKey", "labels", "label", "types", "assignees", "author", "query")
    values = {name: _value(call, name) for name in names}
    shown = ", ".join(f"{name} {value}" for name, value in values.items() if value)
    return f"{label}: {shown}" if shown else label


def _value(call: MacroCall, name: str) -> str:
    link = call.reference(name)
    return default_text(link) if link else call.get(name)


MACROS: MacroTable = {
    "toc": toc,
    "toc-zone": toc,
    "children": children,
    "pagetree": page_tree,
    "pagetreesearch": live_search,
    "include": include,
    "excerpt-include": excerpt_include,
    "excerptinclude": excerpt_include,
    "multiexcerpt-include-macro": excerpt_include,
    "detailssummary": properties_report,
    "jira": jira,
    "jiraissues": jira,
    "contentbylabel": content_by_label,
    "recently-updated": recently_updated,
    "recently-updated-dashboard": recently_updated,
    "blog-posts": blog_posts,
    "tasks-report-macro": task_report,
    "attachments": attachments,
    "space-attachments": attachments,
    "profile": profile,
    "profile-picture": profile,
    "contributors": contributors,
    "contributors-summary": contributors,
    "livesearch": live_search,
    "roadmap": roadmap,
    "change-history": described("Change history of this page"),
    "content-report-table": described("Content report"),
    "create-from-template": described("Button that creates a page from a template"),
    "create-space-button": described("Button that creates a space"),
    "favpages": described("Favourite pages"),
    "global-reports": described("Global reports"),
    "index": described("Index of the space"),
    "jirachart": described("Jira chart"),
    "labels-list": described("Labels"),
    "listlabels": described("Labels"),
    "navmap": described("Pages by label"),
    "popular-labels": described("Popular labels"),
    "recently-used-labels": described("Recently used labels"),
    "related-labels": described("Related labels"),
    "spaces": described("Spaces"),
    "spaces-list": described("Spaces"),
    "space-details": described("Space details"),
    "status-list": described("Statuses"),
    "team-calendar": described("Calendar"),
    "userlister": described("Users"),
}
