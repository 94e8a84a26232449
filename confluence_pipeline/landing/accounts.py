"""Finds the account ids in a body without parsing it whole, so that their names can land with it."""

import html
import re

_LITERAL = re.compile(r"<!\[CDATA\[.*?\]\]>", re.DOTALL)
_ACCOUNT_ID = re.compile(r"""\bri:account-id\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def mentioned_accounts(storage: str) -> set[str]:
    """Return the account ids that a body in storage format mentions (``ri:user ri:account-id``)."""
    if "ri:account-id" not in storage:
        return set()
    markup = _LITERAL.sub("", storage)  # code that shows how to mention somebody mentions nobody
    return {html.unescape(double or single) for double, single in _ACCOUNT_ID.findall(markup)} - {""}
