"""Atlassian's gateway: which of its addresses stands for a site."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from confluence_pipeline.confluence.address import is_loopback
from confluence_pipeline.confluence.auth.fixed import Fixed
from confluence_pipeline.confluence.budget import Budget
from confluence_pipeline.confluence.errors import AddressError, AuthenticationError, RefusedError, SettingError
from confluence_pipeline.confluence.meter import Meter
from confluence_pipeline.confluence.retries import RetryPolicy
from confluence_pipeline.confluence.transport import Timeouts, Transport

GATEWAY_URL = "https://api.atlassian.com"
CLOUD_ID_SETTING = "CONFLUENCE_CLOUD_ID"
_TENANT_INFO = "/_edge/tenant_info"
_MOST_BYTES = 64 * 1024


class _Stranger(Fixed):
    """Nobody: what is asked is public."""

    through_gateway = False
    setting = CLOUD_ID_SETTING
    account = "a visitor"

    def authorization(self) -> str:
        """Return no credentials."""
        return ""

    def secrets(self) -> tuple[str, ...]:
        """Return that there are none."""
        return ()

    def refused(self, path: str, answer: str) -> AuthenticationError:  # noqa: ARG002 - as the protocol has it
        """Return the error for a site that wants a login even for this."""
        return AuthenticationError(f"it refuses {path} without a login", status=401, setting=CLOUD_ID_SETTING)


@dataclass(frozen=True)
class CloudIdLookup:
    """Asks a site for its cloud id, without credentials.

    Attributes:
        site_url: The site's base URL.
        retries: When the request is repeated.
        timeouts: How long it may take.
        user_agent: How we introduce ourselves.
        ca_bundle: A file of further certificate authorities.
    """

    site_url: str
    retries: RetryPolicy
    timeouts: Timeouts
    user_agent: str
    ca_bundle: str | None = None

    def cloud_id(self) -> str:
        """Return the site's cloud id.

        Raises:
            AddressError: The site has none, or does not tell.
            SiteUnavailableError: It cannot be reached.
        """
        parts = urlsplit(self.site_url)
        transport = Transport(
            base=f"{parts.scheme}://{parts.netloc}",
            auth=_Stranger(),
            budget=Budget(1),
            retries=self.retries,
            timeouts=self.timeouts,
            user_agent=self.user_agent,
            connections=1,
            ca_bundle=self.ca_bundle,
        )
        try:
            told = transport.get(_TENANT_INFO, meter=Meter(), most_bytes=_MOST_BYTES).data.get("cloudId")
        except (RefusedError, SettingError) as error:
            raise _not_told(str(error)) from error
        finally:
            transport.close()
        if not isinstance(told, str) or not is_cloud_id(told):
            raise _not_told(f"its {_TENANT_INFO} names none")
        return told


def _not_told(why: str) -> AddressError:
    return AddressError(
        f"The site does not tell its cloud id ({why}); check that CONFLUENCE_SERVER_URL is a Confluence Cloud site, or "
        f"set {CLOUD_ID_SETTING}",
        setting=CLOUD_ID_SETTING,
    )


def is_cloud_id(text: str) -> bool:
    """Return whether a text has the form of a cloud id: a UUID."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def gateway_base(gateway_url: str, cloud_id: str) -> str:
    """Return the base URL of a site's API at the gateway, without a trailing slash.

    Args:
        gateway_url: The gateway, ``https://api.atlassian.com`` unless in a test or a government cloud.
        cloud_id: The site's.

    Raises:
        SettingError: One of them is not of its form.
    """
    if not is_cloud_id(cloud_id):
        raise SettingError(
            f"{CLOUD_ID_SETTING} is {cloud_id!r}, which is no cloud id; unset it to have it looked up from the site, "
            "or set it to the cloudId that https://your-site.atlassian.net/_edge/tenant_info shows",
            setting=CLOUD_ID_SETTING,
        )
    return f"{service_url(gateway_url, 'CONFLUENCE_GATEWAY_URL')}/ex/confluence/{cloud_id}/wiki"


def service_url(url: str, setting: str) -> str:
    """Return the address of one of Atlassian's services without a trailing slash, checked for form.

    Args:
        url: What the setting holds.
        setting: Its name.

    Raises:
        SettingError: It is no web address, holds credentials, or is plain ``http`` to another machine.
    """
    try:
        parts = urlsplit(url.strip())
        good = bool(parts.hostname) and not re.search(r"\s|[?#@]", url.strip()) and (parts.port is None or parts.port)
    except ValueError:
        good = False
    if not good or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))):
        raise SettingError(
            f"{setting} is not an https address without query or credentials; set it to a value such as "
            f"{GATEWAY_URL}, or unset it",
            setting=setting,
        )
    return url.strip().rstrip("/")
