"""Whatever a Data Center is asked, it answers or refuses; it does not break."""

import random
import re
from collections.abc import Iterator

import requests

from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.data_center.routes import data_center_routes
from confluence_pipeline.site.process import SiteProcess
from confluence_pipeline.site.server import SiteOptions
from confluence_pipeline_tests.site.conftest import SMALL
from confluence_pipeline_tests.site.data_center.conftest import BO_KEY
from confluence_pipeline_tests.site.test_robustness import BODIES, VALUES

PARAMETERS = [
    "limit", "cursor", "start", "status", "expand", "cql", "type", "spaceKey", "ids", "version", "title", "depth",
    "postingDay", "location", "filename", "key", "username", "cqlcontext", "excerpt", "includeArchivedSpaces", "prefix",
    "labelName", "namespace", "allowDuplicated", "name",
]  # fmt: skip
MORE_VALUES = [
    *VALUES, "content:false:1", "content:false:" + "9" * 30, BO_KEY, "bo", "LAMP", "any", "trashed", "body.storage",
    "children.comment.body,ancestors.restrictions", "version.content.version.content", "folder", "footer",
]  # fmt: skip
PATHS = ["98313", "98305", "98336", "x", "0", BO_KEY, "bo", "LAMP", "read", "comment", "²", "9" * 30, "a.txt"]
MORE_BODIES = [
    *BODIES, b'{"type": "comment", "container": {"id": "98313"}, "ancestors": [{"id": "x"}]}',
    b'{"type": "page", "space": "LAMP"}', b'{"type": "page", "space": {"key": "LAMP"}, "title": "u", "ancestors": 1}',
    b'{"version": {"number": 2}, "ancestors": [{"id": 98313}], "body": 1}', b'{"version": {"number": 9}}',
    b'[{"operation": "read", "restrictions": {"user": [{"username": 1}], "group": [{"name": 1}]}}]',
    b'{"jsonrpc": "2.0", "method": "getSpacePermissionSets", "params": "LAMP"}', b'["LAMP"]', b'[["LAMP"]]',
]  # fmt: skip
REPEATS = 6


def odd_requests(rng: random.Random) -> Iterator[requests.Request]:
    """Yield requests to every endpoint of the API with paths, parameters and bodies that make little sense."""
    for route in data_center_routes("/confluence"):
        is_ruinous = (route.method, route.template.endswith("/space/{spaceKey}")) == ("DELETE", True)
        for _ in range(0 if is_ruinous or "/_site/" in route.template else REPEATS):
            path = re.sub(r"\{[^}]+\}", lambda _: rng.choice(PATHS), route.template)
            params = [(rng.choice(PARAMETERS), rng.choice(MORE_VALUES)) for _ in range(rng.randint(0, 3))]
            body = rng.choice(MORE_BODIES) if route.method in ("POST", "PUT") else None
            headers = {"X-Atlassian-Token": "no-check"}
            yield requests.Request(route.method, path, headers, data=body, params=params)


def test_no_request_breaks_the_site() -> None:
    """Odd paths, parameters and bodies to every endpoint are answered with less than 500, or 501 if not supported."""
    broken = []
    with SiteProcess(SMALL, SiteOptions(installation=Installation())) as site, requests.Session() as session:
        root = site.base_url.removesuffix("/confluence")
        for asked in odd_requests(random.Random(1)):  # noqa: S311 -- repeatable
            where = f"{asked.method} {asked.url} {asked.params} {asked.data!r}"
            asked.url, asked.auth = root + str(asked.url), (site.user_name, site.password)
            reply = session.send(session.prepare_request(asked), timeout=30)
            if reply.status_code >= 500 and reply.status_code != 501:
                broken.append(where)
    assert broken == []
