"""The consent page: which app asks, as whom, for which site and which scopes, with a button for each answer."""

import html

from confluence_pipeline.site.call import Answer, Call
from confluence_pipeline.site.gateway.logins import OFFLINE, Consent

_STYLE = """
:root { color-scheme: light dark }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 3rem auto; padding: 0 1rem }
li { font-family: ui-monospace, monospace; font-size: .9rem } button { font: inherit; padding: .4rem 1.2rem }
"""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def page(call: Call, asked: Consent, ticket: str) -> Answer:
    """Return the page that asks a person for consent; ``ticket`` goes with the answer, which counts once."""
    user = call.world.store.users.get(asked.account_id)
    who = f"{user.display_name} ({user.email})" if user else "nobody"
    offline = "<p>It will keep access while you are away.</p>" if OFFLINE in asked.scopes else ""
    scopes = "".join(f"<li>{html.escape(scope)}</li>" for scope in sorted(asked.scopes - {OFFLINE}))
    return _written(
        f"{asked.app.name} wants access",
        200,
        f"<h1>{html.escape(asked.app.name)} wants access to your Atlassian account</h1>"
        f"<p>You are logged in as {html.escape(who)}. On {html.escape(call.world.store.title)} "
        f"({html.escape(call.world.base_url)}) it asks for:</p><ul>{scopes}</ul>{offline}"
        f'<form method="post" action="/authorize"><input type="hidden" name="ticket" value="{html.escape(ticket)}">'
        '<button name="decision" value="accept">Accept</button> '
        '<button name="decision" value="cancel">Cancel</button></form>',
    )


def mistake(sentence: str) -> Answer:
    """Return the page for a request that must not lead back to whoever sent it."""
    return _written("Something went wrong", 400, f"<h1>Something went wrong</h1><p>{html.escape(sentence)}</p>")


def _written(title: str, status: int, body: str) -> Answer:
    text = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head><body>{body}</body></html>"
    )
    return Answer(text.encode(), status, dict(_HEADERS), "text/html")
