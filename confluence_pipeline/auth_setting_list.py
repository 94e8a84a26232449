"""The settings for ways in, described once."""

from typing import Literal, get_args

from confluence_pipeline.confluence.auth.token_store import STORE_SETTING
from confluence_pipeline.confluence.gateway import GATEWAY_URL
from confluence_pipeline.setting import Setting

Variant = Literal["basic", "scoped_token", "oauth", "oauth_client_credentials", "personal_access_token"]

LOGIN_URL = "https://auth.atlassian.com"
CALLBACK_URL = "http://localhost:8917/callback"
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
        "CONFLUENCE_OAUTH_CLIENT_ID",
        "The id of an OAuth 2.0 app, made at developer.atlassian.com (a service account's at admin.atlassian.com).",
        "kJ8fX…",
        default="needed for `oauth` and `oauth_client_credentials`",
    ),
    Setting(
        "CONFLUENCE_OAUTH_CLIENT_SECRET",
        "That app's secret.",
        "ATOA…",
        default="needed for `oauth` and `oauth_client_credentials`",
        secret=True,
    ),
    Setting(
        "CONFLUENCE_OAUTH_REFRESH_TOKEN",
        "A refresh token to begin with, never used before, instead of `confluence-pipeline login`.",
        "eyJraWQ…",
        default="the stored login",
        secret=True,
    ),
    Setting(
        STORE_SETTING,
        "Where the login is kept: a file, `keyring`, or `package.module:function`, which makes a TokenStore.",
        "/run/secrets/confluence-login.json",
        default="a file in your own folder",
    ),
    Setting(
        "CONFLUENCE_OAUTH_CALLBACK_URL",
        "Where the browser comes back to at a login: an address of this machine, as the app's callback URL names it.",
        "http://localhost:9000/callback",
        default=CALLBACK_URL,
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
        "CONFLUENCE_LOGIN_URL",
        "Where Atlassian's login server is, for government clouds and tests.",
        "https://auth.atlassian-us-gov-mod.com",
        default=LOGIN_URL,
    ),
    Setting(
        "CONFLUENCE_CA_BUNDLE",
        "A PEM file of certificate authorities that are trusted beside the public ones, for private ones.",
        "/etc/ssl/private-authority.pem",
    ),
)
"""The settings that lead to a site, in the order people meet them."""
