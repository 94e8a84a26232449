"""Links, mentions and images: what they point at, and how Markdown and text show them."""

import re
from urllib.parse import quote, unquote_plus

from confluence_pipeline.content.context import ConversionContext, Target
from confluence_pipeline.content.drafts import LinkDraft
from confluence_pipeline.content.escape import destination, escape_text, link_title
from confluence_pipeline.content.records import Image, Mention
from confluence_pipeline.content.writer import OpenLink, Writer

_SCRIPT = re.compile(r"[\x00-\x20]*(javascript|vbscript|data)[\s]*:", re.IGNORECASE)
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_NAMES_CONTENT = re.compile(r"/(?:spaces|display|pages|browse)/")
_PLAIN_TITLE = re.compile(r"[A-Za-z0-9_.~ -]*")  # one that an address holds as it is, but for spaces
_PAGE_ID = re.compile(r"(?:^|&)pageId=(\d+)")
_PAGE_PATH = re.compile(r"/spaces/(?P<space>[^/]+)/(?P<kind>pages|blog)/(?:\d{4}/\d{2}/\d{2}/)?(?P<id>\d+)")
_DISPLAY_PATH = re.compile(r"/display/(?P<space>[^/?#]+)(?:/(?P<title>[^/?#]+))?/?$")
_SPACE_PATH = re.compile(r"/spaces/(?P<space>[^/]+)(?:/overview)?/?$")
_JIRA_PATH = re.compile(r"/browse/(?P<key>[A-Z][A-Z0-9_]+-\d+)/?$")


def page_link(writer: Writer, title: str, space_key: str | None, *, posting_day: str | None = None) -> LinkDraft:
    """Return a link to a page, or to a blog post if a posting day is given, resolved by the context."""
    context = writer.context
    space = space_key or context.space_key
    target = context.page(space, title)
    url = target.url if target else None
    return LinkDraft(
        "page" if posting_day is None else "blog_post",
        target_id=target.id if target else None,
        target_space_key=space,
        target_title=title,
        target_url=url or _display_url(_base(context), space, title, posting_day),
        resolved=target is not None,
        broken=target is None and context.knows_space(space),
    )


def content_link(writer: Writer, content_id: str) -> LinkDraft:
    """Return a link to a content by its id."""
    context = writer.context
    target = context.content(content_id, None)
    url = target.url if target and target.url else f"{_base(context)}/pages/viewpage.action?pageId={content_id}"
    title = target.title if target else None
    return LinkDraft("page", target_id=content_id, target_title=title, target_url=url, resolved=True)


def attachment_link(writer: Writer, filename: str, owner: str | None = None) -> LinkDraft:
    """Return a link to an attachment of this page, or of the page titled ``owner``."""
    target = writer.context.attachment(filename, owner) or Target(None, None)
    return LinkDraft(
        "attachment",
        target_id=target.id,
        target_title=filename,
        target_url=target.url or quote(filename),
        resolved=target.id is not None or target.url is not None,
    )


def user_link(writer: Writer, account_id: str, name: str | None = None) -> LinkDraft:
    """Return a link to a user, and record the mention; ``name`` is a name that the body itself gives."""
    context = writer.context
    known = context.user_name(account_id) or name
    url = context.user_url(account_id)
    if url is None and context.site_url:
        url = f"{_base(context)}/people/{quote(account_id, safe=':')}"
    writer.records.mentions.append(Mention(account_id, known))
    return LinkDraft("user", target_id=account_id, target_title=known, target_url=url, resolved=known is not None)


def space_link(writer: Writer, space_key: str) -> LinkDraft:
    """Return a link to a space."""
    url = f"{_base(writer.context)}/display/{quote(space_key)}"
    return LinkDraft("space", target_space_key=space_key, target_url=url, resolved=True)


def shortcut_link(key: str, parameter: str) -> LinkDraft:
    """Return a short-cut link (``CONF-123@jira``), whose address only the site's administrators know."""
    return LinkDraft("url", target_title=f"{parameter}@{key}", target_url=f"{parameter}@{key}")


def url_link(url: str) -> LinkDraft:
    """Return a link for an ``href``, seen as a page, space or issue link where its path says so."""
    if url.startswith("#"):
        return LinkDraft("anchor", target_url=url, anchor=url[1:], resolved=True)
    link = LinkDraft("url", target_url=url)
    if _ABSOLUTE.match(url):
        link.resolved = True
        path, _hash, anchor = url.partition("#")
        link.anchor = anchor or None
        if _NAMES_CONTENT.search(path):
            path, _question, query = path.partition("?")
            _recognise(link, path, query)
    return link


def _recognise(link: LinkDraft, path: str, query: str) -> None:
    """Say what kind of thing the path of an address names, where it is Confluence's or Jira's."""
    if match := _PAGE_PATH.search(path):
        link.kind = "page" if match["kind"] == "pages" else "blog_post"
        link.target_id, link.target_space_key = match["id"], match["space"]
    elif path.endswith("/pages/viewpage.action") and (page_id := _PAGE_ID.search(query)):
        link.kind, link.target_id = "page", page_id[1]
    elif match := _DISPLAY_PATH.search(path):
        link.kind, link.target_space_key = "space", match["space"]
        if match["title"]:
            link.kind, link.target_title = "page", unquote_plus(match["title"])
    elif match := _SPACE_PATH.search(path):
        link.kind, link.target_space_key = "space", match["space"]
    elif match := _JIRA_PATH.search(path):
        link.kind, link.target_title = "jira", match["key"]


def _base(context: ConversionContext) -> str:
    return (context.site_url or "").rstrip("/")


def _display_url(base: str, space: str | None, title: str, day: str | None) -> str:
    """Return the address by title, which Confluence redirects (Data Center's page URLs have this form)."""
    name = title.replace(" ", "+") if _PLAIN_TITLE.fullmatch(title) else quote(title, safe="").replace("%20", "+")
    if space is None:
        return name
    date = f"/{day}" if day else ""
    return f"{base}/display/{quote(space, safe='~')}{date}/{name}"


def link_suffix(link: LinkDraft, writer: Writer) -> str | None:
    """Return what follows a link's text in Markdown; ``None`` if there is nothing to point at."""
    url = link.target_url or ""
    if link.anchor and "#" not in url:
        url = f"{url}#{link.anchor}"
    if not url:
        return None
    if _SCRIPT.match(url):
        writer.records.lose("link", url.split(":", 1)[0].strip().lower())
        return None
    return f"]({destination(url)})"


def default_text(link: LinkDraft) -> str:
    """Return what Confluence shows for a link without a body."""
    if link.kind == "user":
        return "@" + (link.target_title or link.target_id or "")
    if link.kind == "space":
        return link.target_space_key or ""
    return link.target_title or link.anchor or link.target_url or link.target_id or ""


def refer(writer: Writer, link: LinkDraft) -> bool:
    """Give a link to the parameter it stands in; return whether there is one."""
    if writer.calls and writer.calls[-1].open_parameter is not None:
        writer.calls[-1].references.setdefault(writer.calls[-1].open_parameter, link)
        return True
    return False


def start_link(writer: Writer, link: LinkDraft | None, *, is_open: bool = False) -> None:
    """Open a link; with ``is_open``, a resource identifier inside it may say or complete its target."""
    raw = writer.raw
    mark = writer.run.mark_start("link") if raw is None else None
    words = writer.run.words if raw is None else raw
    writer.links.append(OpenLink(link, mark, is_open, raw is not None, len(words)))
    if mark is not None and not is_open:
        aim_link(writer)


def target_link(writer: Writer, link: LinkDraft) -> bool:
    """Give the innermost link its target; return whether it was waiting for one."""
    if not writer.links or not writer.links[-1].is_open:
        return False
    entry = writer.links[-1]
    if entry.link is not None and entry.link.anchor:
        link.anchor = entry.link.anchor
    entry.link, entry.is_open = link, False
    aim_link(writer)
    return True


def end_link(writer: Writer) -> None:
    """Close the link; without a text of its own, it shows what Confluence would show."""
    entry = writer.links[-1]
    mark, link = entry.mark, entry.link
    if mark is None:
        words = writer.run.words if writer.raw is None else writer.raw
        text = " ".join("".join(words[entry.words_from :]).split())
    else:
        if entry.is_open and mark.suffix is None:
            aim_link(writer)
        text = writer.run.text_of(mark)
    writer.links.pop()
    if link is not None:
        if not text and (mark is None or not any(writer.run.pieces[mark.open + 1 :])):
            text = default_text(link)
            writer.inline(escape_text(text), text)
        link.text = text
        writer.records.links.append(link)
        refer(writer, link)
    writer.mark_end("link")


def aim_link(writer: Writer) -> None:
    """Tell the mark of the innermost link where it points, once that is known."""
    entry = writer.links[-1]
    mark, link = entry.mark, entry.link
    if mark is None or link is None:
        return
    mark.suffix = link_suffix(link, writer)
    mark.url = link.target_url


def write_user(writer: Writer, account_id: str, name: str | None = None) -> None:
    """Write a mention."""
    link = user_link(writer, account_id, name)
    text = default_text(link)
    link.text = text
    writer.records.links.append(link)
    suffix = link_suffix(link, writer)
    label = escape_text(text)
    writer.inline(f"[{label}{suffix}" if suffix and not writer.open_link() else label, text)


def write_image(writer: Writer, image: Image, link: LinkDraft | None) -> None:
    """Write an image and record it; ``link`` is what it shows."""
    records = writer.records
    alt = image.alt or image.title or image.filename or _file_name(image.url) or image.media_id or ""
    alt = " ".join(alt.split())
    if link is not None:
        link.text = alt
        records.links.append(link)
    records.images.append(image)
    url = image.url or ""
    title = image.title if image.title != alt else ""
    if not writer.frame.is_inline and writer.run.ends_in_image:
        writer.boundary()
    if url and not _is_script(url):
        writer.inline(f"![{escape_text(alt)}]({destination(url)}{link_title(title)})", alt)
    elif alt:
        writer.mark_start("em")
        writer.inline(escape_text(alt), alt)
        writer.mark_end("em")


def _is_script(url: str) -> bool:
    match = _SCRIPT.match(url)
    return match is not None and match[1].lower() != "data"


def _file_name(url: str | None) -> str:
    return (url or "").split("?", 1)[0].split("#", 1)[0].rstrip("/").rsplit("/", 1)[-1]
