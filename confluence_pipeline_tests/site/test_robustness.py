"""Whatever is asked, the site answers or refuses; it does not break."""

import random
import re
from collections.abc import Iterator

import requests

from confluence_pipeline.site.app import all_routes
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline_tests.site.conftest import SMALL, ada_of

PARAMETERS = [
    "limit", "cursor", "sort", "status", "id", "space-id", "body-format", "expand", "cql", "start", "key", "keys",
    "ids", "labels", "version", "depth", "title", "accountId", "cqlcontext", "prefix", "created-at-from", "query",
    "name", "as", "type", "property-id", "resolution-status",
]  # fmt: skip
VALUES = [
    "", "x", "0", "-1", "1", "9" * 30, "98313", "att98319", "null", "true", "[]", "..", "\x00", "é", "a b", "1,2",
    "current", "2026-01-01", "712020:bo", "{}", '"', "type=page", "²",
]  # fmt: skip
PATHS = ["98313", "98305", "98336", "98315", "att98319", "x", "0", "712020:bo", "LAMP", "read", "page", "²", "9" * 30]
BODIES = [
    b"", b"null", b"1", b'"x"', b"[]", b"[1]", b"[null]", b"{}", b"\xff\xfe", b"{",
    b'{"version": 1}', b'{"results": [1]}', b'{"pages": [{}]}', b'{"pages": [98313]}', b'{"rules": [1]}',
    b'{"spaceId": "98305", "title": "t", "parentId": [], "body": {"storage": 1}}',
    b'{"spaceId": 98305, "title": "q", "body": {"representation": "atlas_doc_format", "value": "[]"}}',
    b'{"spaceId": 98305, "title": "r", "body": {"representation": "atlas_doc_format", "value": "{\\"content\\":[1]}"}}',
    b'{"id": 1, "status": "current", "title": "t", "version": {"number": "x"}}',
    b'{"id": 1, "status": "current", "title": "t", "version": {"number": 3}}',
    b'{"accountIds": [1, null, {}]}', b'{"contentIds": ["x"]}', b'{"contentIds": [null]}',
    b'[{"operation": "read", "restrictions": {"user": [1]}}]', b'[{"operation": "read", "restrictions": []}]',
    b'[{"prefix": 1, "name": "a b"}]', b'{"accounts": 1}', b'{"members": 1}', b'{"latency_ms": "x"}',
    b'{"freeze": "x"}', b'{"advance": "x"}', b'{"advance": 1e300}', b'{"rate_limit": 1}', b'{"v1_removed": 1}',
    b'{"status": "complete"}', b'{"description": 1, "key": "K", "name": "n"}', b'{"key": "k", "value": 1}',
    b'{"pageId": "98313", "inlineCommentProperties": {"textSelection": "Trim it"}, "body": 1}',
    b'{"viewer_users": 1}', b'{"is_admin": "x"}',
]  # fmt: skip


RUINOUS = {"/wiki/rest/api/space/{spaceKey}", "/_site/users/{id}", "/_site/clock"}
"""Endpoints that could leave nothing to ask for; their refusals have tests of their own."""


def odd_requests(rng: random.Random) -> Iterator[requests.Request]:
    """Yield requests to every endpoint with paths, parameters and bodies that make little sense."""
    for route in all_routes():
        for _ in range(0 if route.template in RUINOUS else 8):
            path = re.sub(r"\{[^}]+\}", lambda _: rng.choice(PATHS), route.template)
            params = [(rng.choice(PARAMETERS), rng.choice(VALUES)) for _ in range(rng.randint(0, 3))]
            body = rng.choice(BODIES) if route.method in ("POST", "PUT") else None
            headers = {"X-Atlassian-Token": "no-check"}
            yield requests.Request(route.method, path, headers, data=body, params=params)


def test_no_request_breaks_the_site() -> None:
    """Odd paths, parameters and bodies to every endpoint are answered with less than 500, every time."""
    broken = []
    with SiteProcess(SMALL) as site, requests.Session() as session:
        root, auth = site.base_url.removesuffix("/wiki"), ada_of(site).auth
        for asked in odd_requests(random.Random(1)):  # noqa: S311 -- repeatable
            where = f"{asked.method} {asked.url} {asked.params} {asked.data!r}"
            asked.url, asked.auth = root + str(asked.url), auth
            reply = session.send(session.prepare_request(asked), allow_redirects=False, timeout=30)
            if reply.status_code >= 500:
                broken.append(where)
            if "/_site/" in where:
                site.control.set_faults()
                site.control.set_latency(0)
    assert broken == []
