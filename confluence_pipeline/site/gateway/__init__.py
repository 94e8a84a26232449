"""The other door of a site: what stands for ``api.atlassian.com`` and ``auth.atlassian.com``, on an origin of its own.

Whoever comes through it brings a token with scopes: an access token of an OAuth 2.0 app, for a person (3LO) or for the
app's own service account (2LO), or an API token with scopes. What is behind the door is the same site.
"""
