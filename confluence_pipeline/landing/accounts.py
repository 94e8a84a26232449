"""Finds the account ids, or user keys, in a body without parsing it whole, so that their names can land with it."""

import html
import re

_LITERAL = re.compile(r"<!\[CDATA\[.*?\]\]>", re.DOTALL)
_ACCOUNT_ID = re.compile(r"""\bri:(?:account-id|userkey)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


def mentioned_accounts(storage: str) -> set[str]:
    """Return whom a body in storage format mentions: ``ri:user`` with ``ri:account-id``, or ``ri:userkey``.

    User keys are how a Data Center names people, and bodies that were brought to Cloud from there may still do.
    """
    if "ri:account-id" not in storage and "ri:userkey" not in storage:
        return set()
    markup = _LITERAL.sub("", storage)  # code that shows how to mention somebody mentions nobody
    return {html.unescape(double or single) for double, single in _ACCOUNT_ID.findall(markup)} - {""}
