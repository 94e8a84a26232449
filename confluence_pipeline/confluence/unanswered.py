"""What went wrong where no answer came: what passes, and what does not and is told with the setting that mends it."""

import ssl

import requests

from confluence_pipeline.confluence.address import SETTING as SERVER_SETTING
from confluence_pipeline.confluence.errors import AddressError

CA_SETTING = "CONFLUENCE_CA_BUNDLE"
_EXPIRED = 10  # X509_V_ERR_CERT_HAS_EXPIRED
_REFUSED_BY_PROXY = "Tunnel connection failed: 407"  # http.client's words; those around them hold the address


def raise_if_for_good(error: Exception, host: str) -> None:
    """Raise what another attempt would meet again; return for all else.

    Args:
        error: What a request to a host ended with.
        host: The host.

    Raises:
        AddressError: The host's certificate is not trusted, or the proxy before it wants a login.
    """
    cause = _innermost(error)
    if isinstance(error, requests.exceptions.ProxyError) and str(cause).startswith(_REFUSED_BY_PROXY):
        raise proxy_wants_login() from None
    if not isinstance(error, requests.exceptions.SSLError) or not isinstance(cause, ssl.SSLCertVerificationError):
        return
    if cause.verify_code == _EXPIRED:
        raise AddressError(
            f"The certificate of {host} has expired (or this machine's clock is wrong); whoever runs {host} has to "
            "renew it",
            setting=SERVER_SETTING,
        ) from None
    raise AddressError(
        f"The certificate of {host} is not trusted ({cause.verify_message}); for a private authority set "
        f"{CA_SETTING} to its certificate file",
        setting=CA_SETTING,
    ) from None


def proxy_wants_login() -> AddressError:
    """Return the error for a proxy that answers 407."""
    return AddressError(
        "The proxy that stands between us and the site asks for a login (407); put user name and password into "
        "HTTPS_PROXY, as in http://user:password@proxy.example:3128",
        status=407,
        setting="HTTPS_PROXY",
    )


def root_words(error: BaseException) -> str:
    """Say what the innermost cause is: the system's words for it, or its kind; other texts may hold a URL."""
    cause = _innermost(error)
    words = cause.strerror if isinstance(cause, OSError) and not isinstance(cause, ssl.SSLError) else None
    return words or type(cause).__name__


def _innermost(error: BaseException) -> BaseException:
    cause = error
    for _ in range(8):
        inner = getattr(cause, "reason", None)
        inner = inner if isinstance(inner, BaseException) else cause.__cause__ or cause.__context__
        if inner is None:
            break
        cause = inner
    return cause
