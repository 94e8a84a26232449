"""One running site: the store and all that goes with it, handed to every handler."""

import secrets
from dataclasses import dataclass, field
from typing import Literal

from confluence_pipeline.site.cursors import CursorSigner
from confluence_pipeline.site.data_center.installation import Installation
from confluence_pipeline.site.faults import FaultPlan
from confluence_pipeline.site.gateway.logins import Logins
from confluence_pipeline.site.rate_limit import RateLimiter
from confluence_pipeline.site.request_log import RequestLog
from confluence_pipeline.site.search import ResultCache
from confluence_pipeline.site.search_index import SearchIndex
from confluence_pipeline.site.store import Store
from confluence_pipeline.site.tasks import TaskIndex

V1Removed = Literal["gateway", "always", "never"]


@dataclass(slots=True)
class World:
    """The state and settings of one running site; base URLs have no trailing slash.

    ``v1_removed`` says where the v1 reads that Atlassian took out answer 410: on the gateway only (what is
    observed), always, or never. ``installation`` is what a Data Center is; None is Cloud.
    """

    store: Store
    index: SearchIndex
    base_url: str = "http://127.0.0.1/wiki"
    media_url: str = "http://127.0.0.1"
    gateway_url: str = "http://127.0.0.1"
    v1_removed: V1Removed = "gateway"
    caller_id: str = ""
    installation: Installation | None = None
    latency_ms: float = 0
    faults: FaultPlan = field(default_factory=FaultPlan)
    limiter: RateLimiter = field(default_factory=RateLimiter)
    log: RequestLog = field(default_factory=RequestLog)
    logins: Logins = field(init=False)
    tasks: TaskIndex = field(init=False)
    results: ResultCache = field(default_factory=ResultCache)
    cursors: CursorSigner = field(default_factory=lambda: CursorSigner(secrets.token_bytes(16)))

    def __post_init__(self) -> None:
        self.tasks = TaskIndex(self.store)
        self.logins = Logins(self.store.clock)
