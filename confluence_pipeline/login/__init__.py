"""The login of a person with an OAuth 2.0 app: what ``confluence-pipeline login`` and ``logout`` do."""

from confluence_pipeline.login.flow import Conversation, LoginOutcome, log_in, log_out
from confluence_pipeline.login.sites import Site

__all__ = ["Conversation", "LoginOutcome", "Site", "log_in", "log_out"]
