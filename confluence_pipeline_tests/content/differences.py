"""Where our Markdown differs in its tree from that of a publishing tool's pair, and why.

A publishing tool reads its own Markdown; what its Markdown says beyond the body that it publishes cannot be read
back from that body, and what it has in a dialect of its own we say in CommonMark, GitHub's tables and alerts.
"""

REASONS: dict[str, tuple[str, ...]] = {
    "the tool hides what it cannot convert behind a code of its own; we convert it": (
        "obsidian/ac-link-with-content-entity-anchor", "obsidian/adjacent-inline-placeholders",
        "obsidian/attachment-image", "obsidian/attachment-image-with-sizing", "obsidian/heading-with-attributes",
        "obsidian/image-placeholder-unknown-attachment", "obsidian/image-thumbnail-attachment",
        "obsidian/image-with-external-url", "obsidian/inline-comment-marker", "obsidian/macro-drawio-diagrams",
        "obsidian/macro-excerpt", "obsidian/macro-include", "obsidian/macro-jira", "obsidian/macro-third-party-unknown",
        "obsidian/macro-toc", "obsidian/panel-with-unsupported-parameter", "obsidian/single-macro-only",
        "obsidian/time-element", "obsidian/toc-macro-with-ids-inside-span", "obsidian/user-mention",
    ),
    "the tool keeps HTML for links, colours and bold; we write links and bold as Markdown and count the colours": (
        "obsidian/ac-link-and-anchor-to-same-page", "obsidian/anchor-to-a-confluence-page",
        "obsidian/heading-with-trailing-break", "obsidian/links-external-and-anchor",
        "obsidian/nested-colour-spans-around-links", "obsidian/styled-span", "mark/tags", "mark/macro-include",
        "md2conf/tags", "md2conf/basic",
    ),
    "the tool keeps such tables as one line of HTML; we put Markdown in the cells, or write a Markdown table": (
        "obsidian/table-block-content-in-cell", "obsidian/table-colspan", "obsidian/table-no-header",
        "obsidian/table-rowspan", "obsidian/table-with-local-id", "md2conf/table",
    ),
    "an expandable section is HTML details with Markdown inside, as GitHub shows it": (
        "obsidian/expand-macro", "obsidian/macro-nested-deeply", "md2conf/collapsed",
    ),
    "a panel's title is bold, below the alert's label": ("obsidian/panel-note-with-title",),
    "an anchor is kept, so that links to it work": ("obsidian/anchor-macro", "md2conf/anchors"),
    "the tool's own mark at the end of a task swallows the line's end": ("obsidian/task-list",),
    "admonitions have a syntax of the tool's own; ours are alerts": (
        "md2conf/admonition", "md2conf/alert", "mark/admonitions", "mark/quotes", "md2conf/macro",
    ),
    "the file was renamed when it was attached, or lay in another folder": (
        "md2conf/alignment", "md2conf/images", "md2conf/images/images",
    ),
    "the body names the language in the macro's words, or does not have it": (
        "md2conf/code", "md2conf/unknown_code_language",
    ),
    "the source was replaced when it was published: by a picture, a list, a number or a name": (
        "md2conf/extension", "md2conf/footnote", "md2conf/math", "md2conf/mermaid", "md2conf/plantuml",
        "md2conf/status", "md2conf/toc", "mark/mention", "mark/links", "mark/heading-anchor-custom-ids",
        "mark/heading-anchor-links", "mark/pagelayout", "md2conf/missing", "md2conf/skip_nodes",
    ),
    "an item is tight or loose by what it holds, not by blank lines that the body does not have": (
        "md2conf/fenced", "md2conf/tasklist", "md2cf/test",
    ),
    "a code block's title is a bold line above it": ("mark/codes",),
    "a bare address is a link": ("mark/inline-link-card", "mark/tasklists"),
    "the wiki's Markdown was written by hand after the page": (
        "jsonix-wiki/Compact-Naming", "jsonix-wiki/Element-Declarations", "jsonix-wiki/Features",
        "jsonix-wiki/Generating-Mappings-from-XML-Schemas", "jsonix-wiki/Introduction",
        "jsonix-wiki/Mapping-XML-to-JavaScript-Objects", "jsonix-wiki/Modules-and-Mappings", "jsonix-wiki/Properties",
        "jsonix-wiki/Types", "jsonix-wiki/Using-Jsonix-in-Your-JavaScript-Program", "jsonix-wiki/Working-Example",
    ),
}  # fmt: skip
EXPECTED = frozenset(name for names in REASONS.values() for name in names)
