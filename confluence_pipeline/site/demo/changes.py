"""What happens on the demo's site after the first sync, so that the second one has something to tell."""

from dataclasses import dataclass

import requests

from confluence_pipeline.site.process import SiteProcess

TRASHED = "Look back, 6 November 2026"
FURNISHED = "Spare parts (to be written)"
LARGE_FILE = "parts-catalogue.pdf"
MOST_MEGABYTES = 1
"""The largest attachment that the demo downloads; :data:`LARGE_FILE` is larger."""

_SECONDS = 30
_HAPPENED = (
    f"Then somebody puts the page “{TRASHED}” in the trash, and attaches a file to “{FURNISHED}” that is larger than "
    f"CONFLUENCE_ATTACHMENT_MAX_MB={MOST_MEGABYTES} allows. The next sync says so:"
)


@dataclass(frozen=True)
class _Person:
    """Somebody who works on the site through its API."""

    site: SiteProcess

    def ask(self, method: str, path: str, **options: object) -> dict[str, list[dict[str, str]]]:
        reply = requests.request(
            method,
            f"{self.site.base_url}{path}",
            auth=(self.site.email, self.site.api_token),
            timeout=_SECONDS,
            **options,  # type: ignore[arg-type]  # as requests takes them
        )
        reply.raise_for_status()
        return dict(reply.json()) if reply.content else {}

    def page_id(self, title: str) -> str:
        return self.ask("GET", "/api/v2/pages", params={"title": title})["results"][0]["id"]


def change_wiki(site: SiteProcess) -> str:
    """Trash a page of the built-in wiki, and attach a file that is too large for the demo's settings.

    Args:
        site: The demo's site.

    Returns:
        What happened, as a sentence for the person who watches.

    Raises:
        requests.RequestException: The site does not take it.
    """
    person = _Person(site)
    person.ask("DELETE", f"/api/v2/pages/{person.page_id(TRASHED)}")
    content = b"%PDF-1.4 " + bytes(MOST_MEGABYTES * 1024**2)
    person.ask(
        "PUT",
        f"/rest/api/content/{person.page_id(FURNISHED)}/child/attachment",
        files={"file": (LARGE_FILE, content, "application/pdf")},
        headers={"X-Atlassian-Token": "no-check"},
    )
    return _HAPPENED
