"""Who people are on a Data Center: a user name to log in with, and a user key that never changes."""

import re
import uuid

_KEYS = uuid.UUID("5d0b1c39-8a2f-4f6e-9b7d-2c4e6f8a1b3d")
_NOT_IN_A_NAME = re.compile(r"[^a-z0-9._-]+")


def user_key(account_id: str) -> str:
    """Return the key, 32 hexadecimal digits, of whoever a seed knows by an account id."""
    return uuid.uuid5(_KEYS, account_id).hex


def user_name(email: str, account_id: str) -> str:
    """Return the name that somebody logs in with: what stands before the ``@`` of the address, in lower case."""
    return _NOT_IN_A_NAME.sub("-", (email.partition("@")[0] or account_id).lower())
