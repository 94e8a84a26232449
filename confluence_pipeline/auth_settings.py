"""How people choose a way in: the settings for each, which one is meant, and what is missing for it."""

from dataclasses import dataclass, field
from typing import Literal, cast, get_args

from confluence_pipeline.confluence import ApiToken, Auth, SettingError
from confluence_pipeline.confluence.auth import PersonalAccessToken, ScopedToken
from confluence_pipeline.confluence.gateway import GATEWAY_URL
from confluence_pipeline.confluence.product import Product
from confluence_pipeline.environment import Environment
from confluence_pipeline.setting import Setting

Variant = Literal["basic", "scoped_token", "personal_access_token"]

VARIANT_SETTING = "CONFLUENCE_AUTH"
_CHOICES = ", ".join(get_args(Variant))

AUTH_SETTINGS = (
    Setting("CONFLUENCE_SERVER_URL", "The site's address.", "https://your-site.atlassian.net/wiki", required=True),
    Setting(
        VARIANT_SETTING,
        f"The way in: {_CHOICES}; needed only where the credentials given fit more than one.",
        "scoped_token",
        default="what the credentials given fit",
    ),
    Setting(
        "CONFLUENCE_USER_NAME",
        "The e-mail address of the Atlassian account to read as (on Data Center, the user name).",
        "you@example.com",
        default="needed for `basic`; a service account's token goes without",
    ),
    Setting(
        "CONFLUENCE_API_TOKEN",
        "That account's API token, made at id.atlassian.com under Security (on Data Center, the password).",
        "ATATT3x…",
        default="needed for `basic` and `scoped_token`",
        secret=True,
    ),
    Setting(
        "CONFLUENCE_PERSONAL_ACCESS_TOKEN",
        "A personal access token of a Data Center site.",
        "MDM4NTk…",
        default="needed for `personal_access_token`",
        secret=True,
    ),
    Setting(
        "CONFLUENCE_PRODUCT",
        "What the site runs: cloud or data_center.",
        "data_center",
        default="found out from the site",
    ),
    Setting(
        "CONFLUENCE_CLOUD_ID",
        "The site's cloud id, for ways in through Atlassian's gateway.",
        "7d5b1e6c-3f0e-4f53-9a41-0c6f3fb6f7aa",
        default="looked up from the site",
    ),
    Setting(
        "CONFLUENCE_GATEWAY_URL",
        "Where Atlassian's gateway is, for government clouds and tests.",
        "https://api.atlassian-us-gov-mod.com",
        default=GATEWAY_URL,
    ),
    Setting(
        "CONFLUENCE_CA_BUNDLE",
        "A PEM file of certificate authorities that are trusted beside the public ones, for private ones.",
        "/etc/ssl/private-authority.pem",
    ),
)
"""The settings that lead to a site, in the order people meet them."""

_NEEDS: dict[Variant, tuple[str, ...]] = {
    "basic": ("CONFLUENCE_USER_NAME", "CONFLUENCE_API_TOKEN"),
    "scoped_token": ("CONFLUENCE_API_TOKEN",),
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
        personal_access_token: A Data Center token; never shown.
        cloud_id: The site's cloud id.
        gateway_url: Where the gateway is.
        ca_bundle: A file of certificate authorities.
    """

    variant: Variant | None = None
    user_name: str | None = None
    api_token: str | None = field(default=None, repr=False)
    personal_access_token: str | None = field(default=None, repr=False)
    cloud_id: str | None = None
    gateway_url: str = GATEWAY_URL
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
            personal_access_token=given.text("CONFLUENCE_PERSONAL_ACCESS_TOKEN"),
            cloud_id=given.text("CONFLUENCE_CLOUD_ID"),
            gateway_url=given.text("CONFLUENCE_GATEWAY_URL") or cls.gateway_url,
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
            fitting.append("scoped_token" if self.cloud_id and self.api_token else "basic")
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
            "CONFLUENCE_PERSONAL_ACCESS_TOKEN": self.personal_access_token or "",
        }

    def auth(self) -> Auth:
        """Return how requests are signed.

        Raises:
            SettingError: What is given fits more than one way in, or is not enough for it, or not of its form.
        """
        missing = self.missing()
        if missing:
            raise not_set(missing, self.chosen())
        values = self._values()
        match self.chosen():
            case "basic":
                return ApiToken(values["CONFLUENCE_USER_NAME"], values["CONFLUENCE_API_TOKEN"])
            case "scoped_token":
                return ScopedToken(values["CONFLUENCE_API_TOKEN"], self.user_name)
            case "personal_access_token":
                return PersonalAccessToken(values["CONFLUENCE_PERSONAL_ACCESS_TOKEN"])


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
