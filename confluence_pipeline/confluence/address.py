"""From what a person pastes as the site's address to the base that every request is joined to."""

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

import requests

from confluence_pipeline.confluence.errors import AddressError

SETTING = "CONFLUENCE_SERVER_URL"
_EXAMPLE = "https://your-site.atlassian.net/wiki"
_CLOUD_CONTEXT = "/wiki"
_CLOUD_DOMAINS = (".atlassian.net", ".jira.com", ".atlassian-us-gov-mod.net")
_USUAL_CONTEXTS = ("/confluence", "/wiki")
_BELOW_THE_CONTEXT = re.compile(
    r"/+(?:display|spaces|pages|x|rest|rpc|download|label|users|people|admin|plugins|login|dashboard|questions|s"
    r"|collector|[\w-]+\.(?:action|jsp))(?:/.*)?$",
    re.IGNORECASE | re.DOTALL,
)


def site_base(server_url: str) -> str:
    """Return the base URL of a Cloud site, without a trailing slash: ``https://host/wiki``.

    The address may come without ``/wiki``, with it, or with any path behind it (a page copied from the
    browser's address bar); query and fragment are ignored.

    Args:
        server_url: What the setting holds.

    Returns:
        Scheme, host, port and ``/wiki``.

    Raises:
        AddressError: It is empty or no URL, holds credentials, or is plain ``http`` to another machine.
    """
    return _as_sent(_checked(server_url), _CLOUD_CONTEXT)


def data_center_bases(server_url: str) -> list[str]:
    """Return the bases that an address of a Data Center may mean, the likeliest first, without a trailing slash.

    A Data Center is at its host's root or below a context path that its owner chose. What people copy from the
    address bar goes on behind that, with words that every Confluence uses (``/display``, ``/pages``, ``/spaces``,
    ``/x``, ``*.action`` ...), so what stands before the first of them is the context path. A path without such a word
    may be the context path or go on behind it, and without any path the usual context paths are worth a try.

    Args:
        server_url: What the setting holds.

    Returns:
        Scheme, host, port and context path of each.

    Raises:
        AddressError: As :func:`site_base`.
    """
    parts = _checked(server_url)
    path = parts.path.rstrip("/")
    found = _BELOW_THE_CONTEXT.search(path)
    if found:
        contexts = [path[: found.start()]]
    elif path:
        contexts = [path.rsplit("/", cut)[0] for cut in range(path.count("/") + 1)]
    else:
        contexts = ["", *_USUAL_CONTEXTS]
    return list(dict.fromkeys(_as_sent(parts, context.rstrip("/")) for context in contexts))


def is_cloud_host(server_url: str) -> bool:
    """Return whether an address is on a domain that only Confluence Cloud is on.

    Raises:
        AddressError: As :func:`site_base`.
    """
    return (_checked(server_url).hostname or "").endswith(_CLOUD_DOMAINS)


def _checked(server_url: str) -> SplitResult:
    parts = _split(server_url.strip())
    host = parts.hostname or ""
    if parts.username is not None or parts.password is not None:
        raise AddressError(
            f"{SETTING} holds a user name or password; put them in CONFLUENCE_USER_NAME and "
            f"CONFLUENCE_API_TOKEN and leave only the address, for example {_EXAMPLE}",
            setting=SETTING,
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise AddressError(
            f"{SETTING} is plain http to {host}, which would send the API token unencrypted; use https",
            setting=SETTING,
        )
    return parts


def _split(text: str) -> SplitResult:
    if not text:
        raise AddressError(f"{SETTING} is empty; set it to your site, for example {_EXAMPLE}", setting=SETTING)
    try:
        parts = urlsplit(text if re.match(r"[a-z]+:/", text, re.IGNORECASE) else f"https://{text}")
    except ValueError:
        raise _not_an_address() from None
    if parts.scheme not in {"https", "http"} or not parts.hostname or re.search(r"\s", text):
        raise _not_an_address()
    return parts


def _as_sent(parts: SplitResult, context: str) -> str:
    """Return the base with the host as it goes over the wire, so that it can be compared with a request's."""
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    request = requests.PreparedRequest()
    try:
        port = f":{parts.port}" if parts.port else ""
        request.prepare_url(f"{parts.scheme}://{host}{port}{context}", None)
        base = str(request.url).rstrip("/")
        (urlsplit(base).hostname or "").encode("idna")
    except ValueError:  # a port that is no number, a part of the name that is too long
        raise _not_an_address() from None
    return base


def _not_an_address() -> AddressError:
    return AddressError(f"{SETTING} is not a web address; set it to your site, for example {_EXAMPLE}", setting=SETTING)


def is_loopback(host: str) -> bool:
    """Return whether a host name or literal address is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def origin(url: str) -> tuple[str, str, int | None]:
    """Return scheme, host and port of a URL: credentials go to one origin only."""
    parts = urlsplit(url)
    default = {"https": 443, "http": 80}.get(parts.scheme)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or default
