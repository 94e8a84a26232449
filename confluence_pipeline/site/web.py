"""The site as a person sees it in a browser: what it is, its spaces, and a plain view of each page.

These pages need no login and show what the default caller may see: they are for looking around, and no part of
the API. Storage format is shown roughly: text, tables, code and pictures are there, macros are boxes.
"""

import html
import re
from collections.abc import Iterator

from confluence_pipeline.site import shapes_v2
from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.errors import not_found
from confluence_pipeline.site.model import Content, Space
from confluence_pipeline.site.routing import Routes
from confluence_pipeline.site.visibility import Viewer, may_see, may_see_attachment, may_see_space, viewer_of

ROUTES = Routes("")

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }
nav, small { color: #6b778c } a { color: #2a6edb } table { border-collapse: collapse }
td, th { border: 1px solid #8884; padding: .3rem .6rem; vertical-align: top } img { max-width: 100% }
pre { background: #8881; padding: .8rem; overflow: auto } .macro { border-left: 3px solid #8886; padding-left: .8rem }
"""
_HEADERS = {"Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'"}
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_PARAMETER = re.compile(r"<ac:(parameter|task-id|task-uuid|adf-attribute)\b[^>]*(?:/>|>.*?</ac:\1>)", re.DOTALL)
_IMAGE = re.compile(r'<ac:image\b[^>]*>.*?ri:filename="([^"]*)".*?</ac:image>', re.DOTALL)
_MENTION = re.compile(r'<ri:user\b[^>]*ri:account-id="([^"]*)"[^>]*/>')
_TITLE = re.compile(r'<ri:(?:page|blog-post)\b[^>]*ri:content-title="([^"]*)"[^>]*/>')
_OTHER = re.compile(r"</?(?:ac|ri|at):[^>]*>|<script\b.*?</script>", re.DOTALL)


def _viewer(call: Call) -> Viewer:
    return viewer_of(call.world.store, call.world.caller_id)


def _page(title: str, body: str) -> Answer:
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )
    return Answer(text.encode(), headers=_HEADERS, media_type="text/html")


@ROUTES.get("/")
def front(call: Call) -> Answer:
    """What this is, and the way to its spaces."""
    store, viewer = call.world.store, _viewer(call)
    caller = store.users.get(call.world.caller_id)
    known = sorted(filter(lambda space: may_see_space(viewer, space), store.spaces.values()), key=_by_name)
    rows = "".join(
        f'<tr><td><a href="/wiki/spaces/{space.key}">{html.escape(space.name)}</a></td><td>{space.key}</td>'
        f"<td>{html.escape(space.description)}</td></tr>"
        for space in known
    )
    login = f"Log in as <code>{caller.email}</code> with the token <code>{caller.api_token}</code>." if caller else ""
    return _page(
        store.title,
        f"<h1>{html.escape(store.title)}</h1><p>A local Confluence site: its REST API answers at "
        f"<code>{call.world.base_url}</code> as Confluence Cloud's does. {login}</p><table>{rows}</table>",
    )


def _by_name(space: Space) -> str:
    return space.name.lower()


@ROUTES.get("/wiki/spaces/{key}")
def space_view(call: Call) -> Answer:
    """A space and its page tree."""
    store, viewer = call.world.store, _viewer(call)
    space = store.space_by_key(call.path_params["key"])
    if space is None or not may_see_space(viewer, space):
        raise not_found()
    roots = [
        content
        for content in sorted(store.contents_in(space.space_id), key=lambda known: known.content_id)
        if content.parent_id is None and content.status == "current" and may_see(store, viewer, content)
    ]
    tree = "".join(_branch(call, viewer, root) for root in roots)
    head = f'<nav><a href="/">{html.escape(store.title)}</a></nav><h1>{html.escape(space.name)}</h1>'
    return _page(space.name, f"{head}<p>{html.escape(space.description)}</p><ul>{tree}</ul>")


def _branch(call: Call, viewer: Viewer, content: Content) -> str:
    store = call.world.store
    below = "".join(
        _branch(call, viewer, child)
        for child in store.children(content.content_id)
        if child.status == "current" and may_see(store, viewer, child)
    )
    return f"<li>{_link(call, content)}{f'<ul>{below}</ul>' if below else ''}</li>"


def _link(call: Call, content: Content) -> str:
    address = "/wiki" + shapes_v2.web_path(call.world.store, content)
    return f'<a href="{html.escape(address)}">{html.escape(content.title)}</a>'


@ROUTES.get("/wiki/spaces/{key}/pages/{id}/{title:path}")
def page_view(call: Call) -> Answer:
    """A page."""
    return _content_view(call)


@ROUTES.get("/wiki/spaces/{key}/blog/{year}/{month}/{day}/{id}/{title:path}")
def blog_post_view(call: Call) -> Answer:
    """A blog post."""
    return _content_view(call)


def _content_view(call: Call) -> Answer:
    store, viewer = call.world.store, _viewer(call)
    content = store.contents.get(call.path_id())
    if content is None or not may_see(store, viewer, content):
        raise not_found()
    space = store.spaces[content.space_id]
    trail = "".join(f" / {_link(call, node)}" for node in store.ancestors(content))
    author = store.users.get(content.current.author_id)
    by = html.escape(author.display_name if author else content.current.author_id)
    return _page(
        content.title,
        f'<nav><a href="/">{html.escape(store.title)}</a> / <a href="/wiki/spaces/{space.key}">'
        f"{html.escape(space.name)}</a>{trail}</nav><h1>{html.escape(content.title)}</h1>"
        f"<small>Version {content.current.number} by {by}, {content.current.created_at[:10]}"
        f"{''.join(_labels(content))}</small>{_readable(call, content)}",
    )


def _labels(content: Content) -> Iterator[str]:
    for label in content.labels:
        yield f" · {html.escape(label.name)}"


def _readable(call: Call, content: Content) -> str:
    store = call.world.store
    files = {store.attachments[number].title: store.attachments[number] for number in content.attachments}
    body = _PARAMETER.sub("", content.current.body)
    body = _IMAGE.sub(
        lambda match: (
            f'<img src="/_site/files/{files[name].wire_id}" alt="{html.escape(name)}">'
            if (name := html.unescape(match[1])) in files
            else ""
        ),
        body,
    )
    body = _CDATA.sub(lambda match: f"<pre>{html.escape(match[1])}</pre>", body)
    body = _MENTION.sub(lambda match: f"@{_name(call, match[1])}", body)
    body = _TITLE.sub(lambda match: f"<em>{match[1]}</em>", body)
    body = re.sub(r"<ac:(?:structured-)?macro\b[^>]*[^/]>", '<div class="macro">', body)
    return _OTHER.sub("", re.sub(r"</ac:(?:structured-)?macro>", "</div>", body))


def _name(call: Call, account_id: str) -> str:
    user = call.world.store.users.get(account_id)
    return html.escape(user.display_name if user else "Former user")


@ROUTES.get("/_site/files/{id}")
def file_view(call: Call) -> Answer:
    """An attachment's bytes, for the pictures of these pages."""
    store = call.world.store
    number = call.path_params["id"].removeprefix("att")
    attachment = store.attachments.get(int(number)) if number.isdecimal() else None
    if attachment is None or not may_see_attachment(store, _viewer(call), attachment):
        raise not_found()
    return Answer(attachment.files[-1].loader.read(), media_type=attachment.media_type)
