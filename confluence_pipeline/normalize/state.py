"""From what a part of a table was built, so that one that would come out the same is not built again."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from confluence_pipeline.normalize.context import SiteIndex

LINKED = "linked"
"""Beside a part's state: the other spaces that its links lead to, each with its mark."""

State = dict[str, Any]
"""From what a part was built, as JSON: equal states, and equal marks of what is linked to, give equal rows."""


def is_current(built: Mapping[str, Any], state: State, site: SiteIndex) -> bool:
    """Return whether a part that was built so would be built the same now."""
    linked: dict[str, str] = built.get(LINKED, {})
    return built == state | {LINKED: linked} and linked == {key: site.fingerprint(key) for key in linked}


def fingerprint(value: object) -> str:
    """Return a short text that differs for values that differ as JSON."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()
