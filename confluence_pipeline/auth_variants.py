"""The ways in as Dagster configuration: a tagged union whose variants name exactly what they need."""

from dataclasses import replace
from typing import Any, Literal

import dagster as dg
from pydantic import Field
from pydantic.config import JsonDict

from confluence_pipeline.auth_setting_list import AUTH_SETTINGS
from confluence_pipeline.auth_settings import AuthSettings

SECRET: JsonDict = {"dagster__is_secret": True}

_DESCRIBED = {setting.name: setting.description for setting in AUTH_SETTINGS}


class BasicAuth(dg.Config):
    """E-mail address and API token, on the site's own URL; on Data Center, user name and password."""

    variant: Literal["basic"] = "basic"
    user_name: str | None = Field(default=None, description=_DESCRIBED["CONFLUENCE_USER_NAME"])
    api_token: str | None = Field(
        default=None, description=_DESCRIBED["CONFLUENCE_API_TOKEN"], repr=False, json_schema_extra=SECRET
    )

    def added_to(self, beside: AuthSettings) -> AuthSettings:
        """Return the settings with this way in; what it does not name itself may stand beside it."""
        return replace(
            beside,
            variant=self.variant,
            user_name=self.user_name or beside.user_name,
            api_token=self.api_token or beside.api_token,
        )


class ScopedTokenAuth(dg.Config):
    """An API token with scopes, of a person or a service account, through Atlassian's gateway."""

    variant: Literal["scoped_token"] = "scoped_token"
    api_token: str = Field(description=_DESCRIBED["CONFLUENCE_API_TOKEN"], repr=False, json_schema_extra=SECRET)
    user_name: str | None = Field(default=None, description=_DESCRIBED["CONFLUENCE_USER_NAME"])

    def added_to(self, beside: AuthSettings) -> AuthSettings:
        """Return the settings with this way in."""
        return replace(beside, variant=self.variant, api_token=self.api_token, user_name=self.user_name)


class OAuthAuth(dg.Config):
    """An OAuth 2.0 app that acts for a person who logged in once (3LO); ``confluence-pipeline login`` stores that."""

    variant: Literal["oauth"] = "oauth"
    client_id: str = Field(description=_DESCRIBED["CONFLUENCE_OAUTH_CLIENT_ID"])
    client_secret: str = Field(
        description=_DESCRIBED["CONFLUENCE_OAUTH_CLIENT_SECRET"], repr=False, json_schema_extra=SECRET
    )
    refresh_token: str | None = Field(
        default=None, description=_DESCRIBED["CONFLUENCE_OAUTH_REFRESH_TOKEN"], repr=False, json_schema_extra=SECRET
    )
    token_store: str | None = Field(default=None, description=_DESCRIBED["CONFLUENCE_TOKEN_STORE"])

    def added_to(self, beside: AuthSettings) -> AuthSettings:
        """Return the settings with this way in."""
        return replace(
            beside,
            variant=self.variant,
            oauth_client_id=self.client_id,
            oauth_client_secret=self.client_secret,
            oauth_refresh_token=self.refresh_token,
            token_store=self.token_store,
        )


class OAuthClientCredentialsAuth(dg.Config):
    """An OAuth 2.0 app that acts as a service account (2LO)."""

    variant: Literal["oauth_client_credentials"] = "oauth_client_credentials"
    client_id: str = Field(description=_DESCRIBED["CONFLUENCE_OAUTH_CLIENT_ID"])
    client_secret: str = Field(
        description=_DESCRIBED["CONFLUENCE_OAUTH_CLIENT_SECRET"], repr=False, json_schema_extra=SECRET
    )

    def added_to(self, beside: AuthSettings) -> AuthSettings:
        """Return the settings with this way in."""
        return replace(
            beside,
            variant=self.variant,
            oauth_client_id=self.client_id,
            oauth_client_secret=self.client_secret,
        )


class PersonalAccessTokenAuth(dg.Config):
    """A personal access token of a Data Center site."""

    variant: Literal["personal_access_token"] = "personal_access_token"
    token: str = Field(description=_DESCRIBED["CONFLUENCE_PERSONAL_ACCESS_TOKEN"], repr=False, json_schema_extra=SECRET)

    def added_to(self, beside: AuthSettings) -> AuthSettings:
        """Return the settings with this way in."""
        return replace(beside, variant=self.variant, personal_access_token=self.token)


AuthVariant = BasicAuth | ScopedTokenAuth | OAuthAuth | OAuthClientCredentialsAuth | PersonalAccessTokenAuth


_APP: dict[str, Any] = {
    "client_id": dg.EnvVar("CONFLUENCE_OAUTH_CLIENT_ID"),
    "client_secret": dg.EnvVar("CONFLUENCE_OAUTH_CLIENT_SECRET"),
}


def credentials_by_name(settings: AuthSettings) -> dict[str, Any]:
    """Return the fields of a resource for the way in that the environment chooses, secrets as names of variables.

    They are resolved when a run starts, so that definitions load without them.

    Args:
        settings: What the environment gives.

    Raises:
        SettingError: What is given fits more than one way in.
    """
    user_name = dg.EnvVar("CONFLUENCE_USER_NAME")
    match settings.chosen():
        case "basic":
            return {"user_name": user_name, "api_token": dg.EnvVar("CONFLUENCE_API_TOKEN")}
        case "scoped_token":
            return {
                "auth": ScopedTokenAuth(
                    api_token=dg.EnvVar("CONFLUENCE_API_TOKEN"), user_name=user_name if settings.user_name else None
                )
            }
        case "oauth":
            start = dg.EnvVar("CONFLUENCE_OAUTH_REFRESH_TOKEN") if settings.oauth_refresh_token else None
            return {"auth": OAuthAuth(**_APP, refresh_token=start, token_store=settings.token_store)}
        case "oauth_client_credentials":
            return {"auth": OAuthClientCredentialsAuth(**_APP)}
        case "personal_access_token":
            return {"auth": PersonalAccessTokenAuth(token=dg.EnvVar("CONFLUENCE_PERSONAL_ACCESS_TOKEN"))}
