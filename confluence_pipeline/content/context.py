"""What a conversion may know about the world outside the body."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """Something a link resolved to.

    Attributes:
        id: Its id in Confluence; ``None`` if only its address is known.
        url: Its address; ``None`` if only its id is known.
        title: Its present title, where that may differ from the one in the body.
    """

    id: str | None
    url: str | None
    title: str | None = None


def _no_target(_first: str | None, _second: str | None) -> Target | None:
    return None


def _no_name(_account_id: str) -> str | None:
    return None


def _no_space(_space_key: str | None) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class ConversionContext:
    """Look-ups and settings for one body; every one has a default that knows nothing.

    Attributes:
        site_url: Base of the site's web addresses, such as ``https://example.atlassian.net/wiki``; without
            it, links to pages stay relative.
        space_key: Space of the body; a page link without a space key means this space.
        page: ``(space key or None, page or blog post title)`` to the page, or ``None`` if unknown.
        content: ``(content id, None)`` to the page, or ``None`` if unknown.
        attachment: ``(file name, title of the owner page or None for this page)`` to the attachment.
        user_name: Account id, user key or user name to the display name.
        user_url: The same to the address of the profile, where that is not Cloud's ``/people/`` with the account id.
        knows_space: Whether ``page`` knows every page of that space, so that a miss is a broken link.
    """

    site_url: str | None = None
    space_key: str | None = None
    page: Callable[[str | None, str | None], Target | None] = _no_target
    content: Callable[[str | None, str | None], Target | None] = _no_target
    attachment: Callable[[str | None, str | None], Target | None] = _no_target
    user_name: Callable[[str], str | None] = _no_name
    user_url: Callable[[str], str | None] = _no_name
    knows_space: Callable[[str | None], bool] = _no_space


NO_CONTEXT = ConversionContext()
