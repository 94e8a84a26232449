"""What a person sees in a browser."""

from urllib.parse import urljoin

import requests

from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.conftest import Caller, ada_of


def test_every_link_of_a_page_leads_to_it(ada: Caller) -> None:
    """The ``webui`` link of each page, post and space shows its title, without a login."""
    for path in ("/api/v2/pages?limit=250", "/api/v2/blogposts"):
        for item in ada.walk(path):
            shown = requests.get(ada.site.base_url + item["_links"]["webui"], timeout=10)
            assert shown.status_code == 200
            assert item["title"].replace("'", "&#x27;") in shown.text
    front = requests.get(urljoin(ada.site.base_url, "/"), timeout=10)
    assert "Fog &amp; horns" in front.text
    assert front.headers["Content-Type"].startswith("text/html")


def test_pages_show_no_more_than_the_default_caller_may_see(site: SiteProcess) -> None:
    """A page that is closed to the default caller is not shown to a browser."""
    ada = ada_of(site)
    page = ada.json("/api/v2/pages?title=Lens")["results"][0]
    link = site.base_url + page["_links"]["webui"]
    assert requests.get(link, timeout=10).status_code == 200
    at = f"/rest/api/content/{page['id']}/restriction/byOperation/read/user?accountId=712020:bo"
    assert ada.ask("PUT", at).status_code == 200
    assert requests.get(link, timeout=10).status_code == 404


def test_nothing_in_a_body_runs(site: SiteProcess) -> None:
    """A script in a body is not shown, and the page forbids scripts altogether."""
    ada = ada_of(site)
    body = {"representation": "storage", "value": "<p>Hi</p><script>alert(1)</script>"}
    document = {"spaceId": ada.space_id("LAMP"), "title": "<b>bold</b>", "body": body}
    page = ada.ask("POST", "/api/v2/pages", json=document).json()
    shown = requests.get(site.base_url + page["_links"]["webui"], timeout=10)
    assert "alert(1)" not in shown.text
    assert "<b>bold</b>" not in shown.text
    assert shown.headers["Content-Security-Policy"].startswith("default-src 'none'")
