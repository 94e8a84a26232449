"""How people choose a way in: the settings for each, which one is meant, and what is missing for it."""

from dataclasses import dataclass, field
from typing import cast, get_args

import requests

from confluence_pipeline.auth_setting_list import (
    AUTH_SETTINGS,
    CALLBACK_URL,
    LOGIN_URL,
    VARIANT_SETTING,
    Variant,
)
from confluence_pipeline.confluence import ApiToken, Auth, SettingError
from confluence_pipeline.confluence.auth import (
    ClientCredentials,
    OAuth,
    PersonalAccessToken,
    Renewal,
    ScopedToken,
    TokenEndpoint,
    TokenStore,
    open_store,
)
from confluence_pipeline.confluence.auth.oauth import OAUTH_POINTS_PER_HOUR
from confluence_pipeline.confluence.auth.token_store import STORE_SETTING
from confluence_pipeline.confluence.client import USER_AGENT
from confluence_pipeline.confluence.gateway import GATEWAY_URL, service_url
from confluence_pipeline.confluence.product import Product
from confluence_pipeline.confluence.sessions import Line, unsigned_session
from confluence_pipeline.environment import Environment

_APP = ("CONFLUENCE_OAUTH_CLIENT_ID", "CONFLUENCE_OAUTH_CLIENT_SECRET")
_NEEDS: dict[Variant, tuple[str, ...]] = {
    "basic": ("CONFLUENCE_USER_NAME", "CONFLUENCE_API_TOKEN"),
    "scoped_token": ("CONFLUENCE_API_TOKEN",),
    "oauth": _APP,
    "oauth_client_credentials": _APP,
    "personal_access_token": ("CONFLUENCE_PERSONAL_ACCESS_TOKEN",),
}


def product_of(text: str | None) -> Product | None:
    """Return the product that a word names; None to find out.

    Raises:
        SettingError: It names none.
    """
    if text is not None and text not in get_args(Product):
        choices = ", ".join(get_args(Product))
        raise SettingError(
            f"CONFLUENCE_PRODUCT is {text!r}; set it to one of {choices}, or unset it", setting="CONFLUENCE_PRODUCT"
        )
    return cast("Product | None", text)


@dataclass(frozen=True)
class AuthSettings:
    """What is given for a way in.

    Attributes:
        variant: The way in that was named; None to take the one that what is given fits.
        user_name: An account's e-mail address; None where not given, as for all that follow.
        api_token: Its token; never shown.
        oauth_client_id: An OAuth app's id.
        oauth_client_secret: Its secret; never shown.
        oauth_refresh_token: A refresh token to begin with; never shown.
        token_store: Where the login is kept.
        callback_url: Where the browser comes back to at a login.
        personal_access_token: A Data Center token; never shown.
        cloud_id: The site's cloud id.
        gateway_url: Where the gateway is.
        login_url: Where the login server is.
        ca_bundle: A file of certificate authorities.
    """

    variant: Variant | None = None
    user_name: str | None = None
    api_token: str | None = field(default=None, repr=False)
    oauth_client_id: str | None = None
    oauth_client_secret: str | None = field(default=None, repr=False)
    oauth_refresh_token: str | None = field(default=None, repr=False)
    token_store: str | None = None
    callback_url: str = CALLBACK_URL
    personal_access_token: str | None = field(default=None, repr=False)
    cloud_id: str | None = None
    gateway_url: str = GATEWAY_URL
    login_url: str = LOGIN_URL
    ca_bundle: str | None = None

    @classmethod
    def from_environment(cls, given: Environment) -> "AuthSettings":
        """Read what the environment gives.

        Raises:
            SettingError: ``CONFLUENCE_AUTH`` names no way in.
        """
        variant = given.choice(VARIANT_SETTING, get_args(Variant))
        return cls(
            variant=cast("Variant | None", variant),
            user_name=given.text("CONFLUENCE_USER_NAME"),
            api_token=given.text("CONFLUENCE_API_TOKEN"),
            oauth_client_id=given.text("CONFLUENCE_OAUTH_CLIENT_ID"),
            oauth_client_secret=given.text("CONFLUENCE_OAUTH_CLIENT_SECRET"),
            oauth_refresh_token=given.text("CONFLUENCE_OAUTH_REFRESH_TOKEN"),
            token_store=given.text(STORE_SETTING),
            callback_url=given.text("CONFLUENCE_OAUTH_CALLBACK_URL") or cls.callback_url,
            personal_access_token=given.text("CONFLUENCE_PERSONAL_ACCESS_TOKEN"),
            cloud_id=given.text("CONFLUENCE_CLOUD_ID"),
            gateway_url=given.text("CONFLUENCE_GATEWAY_URL") or cls.gateway_url,
            login_url=given.text("CONFLUENCE_LOGIN_URL") or cls.login_url,
            ca_bundle=given.text("CONFLUENCE_CA_BUNDLE"),
        )

    def chosen(self) -> Variant:
        """Return the way in: the one named, else the one that what is given fits, ``basic`` if nothing is.

        Raises:
            SettingError: What is given fits more than one.
        """
        if self.variant is not None:
            return self.variant
        fitting = self._fitting()
        if len(fitting) > 1:
            raise SettingError(
                f"The credentials given fit more than one way in: {' and '.join(fitting)}; set {VARIANT_SETTING} to "
                "one of them, or unset what belongs to the others",
                setting=VARIANT_SETTING,
            )
        return fitting[0] if fitting else "basic"

    def _fitting(self) -> list[Variant]:
        fitting: list[Variant] = []
        if self.user_name or self.api_token:
            by_itself = self.api_token and not self.user_name  # as a service account's, which can only have scopes
            fitting.append("scoped_token" if by_itself or (self.cloud_id and self.api_token) else "basic")
        if self.oauth_refresh_token:
            fitting.append("oauth")
        elif self.oauth_client_id or self.oauth_client_secret:
            fitting += ["oauth", "oauth_client_credentials"]
        if self.personal_access_token:
            fitting.append("personal_access_token")
        return fitting

    def missing(self) -> list[str]:
        """Return the variables that the way in still needs.

        Raises:
            SettingError: What is given fits more than one.
        """
        values = self._values()
        return [name for name in _NEEDS[self.chosen()] if not values[name]]

    def _values(self) -> dict[str, str]:
        """Return what variables hold, and "" where nothing."""
        return {
            "CONFLUENCE_USER_NAME": self.user_name or "",
            "CONFLUENCE_API_TOKEN": self.api_token or "",
            "CONFLUENCE_OAUTH_CLIENT_ID": self.oauth_client_id or "",
            "CONFLUENCE_OAUTH_CLIENT_SECRET": self.oauth_client_secret or "",
            "CONFLUENCE_PERSONAL_ACCESS_TOKEN": self.personal_access_token or "",
        }

    def auth(self) -> Auth:
        """Return how requests are signed.

        Raises:
            SettingError: What is given fits more than one way in, or is not enough for it, or not of its form.
        """
        values = self._complete()
        match self.chosen():
            case "basic":
                return ApiToken(values["CONFLUENCE_USER_NAME"], values["CONFLUENCE_API_TOKEN"])
            case "scoped_token":
                return ScopedToken(values["CONFLUENCE_API_TOKEN"], self.user_name)
            case "oauth":
                return OAuth(Renewal(self.store(), self.token_endpoint(), self.oauth_refresh_token))
            case "oauth_client_credentials":
                return ClientCredentials(self.token_endpoint())
            case "personal_access_token":
                return PersonalAccessToken(values["CONFLUENCE_PERSONAL_ACCESS_TOKEN"])

    def points_per_hour(self) -> float | None:
        """Return the points an hour that Atlassian grants to the way in; None where it does not count them.

        Raises:
            SettingError: What is given fits more than one way in.
        """
        return OAUTH_POINTS_PER_HOUR if self.chosen() in {"oauth", "oauth_client_credentials"} else None

    def _complete(self) -> dict[str, str]:
        missing = self.missing()
        if missing:
            raise not_set(missing, self.chosen())
        return self._values()

    def token_endpoint(self) -> TokenEndpoint:
        """Return what gives tokens to the OAuth app.

        Raises:
            SettingError: The app's id or secret is missing, or the login server's address is none.
        """
        values = self._complete()
        return TokenEndpoint(
            service_url(self.login_url, "CONFLUENCE_LOGIN_URL"),
            values["CONFLUENCE_OAUTH_CLIENT_ID"],
            values["CONFLUENCE_OAUTH_CLIENT_SECRET"],
            self.session,
        )

    def store(self) -> TokenStore:
        """Return where the login is kept.

        Raises:
            SettingError: There is no such store.
        """
        return open_store(self.token_store, self.oauth_client_id or "")

    def session(self) -> requests.Session:
        """Return a session without credentials, for what is not the site's API.

        Raises:
            SettingError: The file of certificate authorities cannot be read.
        """
        return unsigned_session(Line(USER_AGENT, ca_bundle=self.ca_bundle))


def not_set(names: list[str], variant: Variant) -> SettingError:
    """Return the error for variables that a way in needs.

    Args:
        names: The variables, at least one.
        variant: The way in.
    """
    examples = {setting.name: setting.example for setting in AUTH_SETTINGS}
    said = "; ".join(f"{name} (for example {examples[name]})" for name in names)
    return SettingError(
        f"Not set, and needed for {VARIANT_SETTING}={variant}: {said}; set them in the environment or in .env",
        setting=names[0],
    )
