"""Which contents are asked for: one object, made once, that every listing is narrowed by."""

import re
from dataclasses import dataclass
from urllib.parse import quote

from confluence_pipeline.confluence.cql import IDS_IN_A_QUERY, all_of, any_of, groups, without_order
from confluence_pipeline.confluence.errors import SettingError

_KEY = re.compile(r"(~|(?=[A-Za-z0-9]))[A-Za-z0-9._:@+-]+")
_LONGEST_KEY = 200  # as a folder's name, with what is not a letter or digit written as %XX
_ID = re.compile(r"[0-9]{1,19}")


@dataclass(frozen=True)
class Scope:
    """Conditions that must all hold; an empty one does not narrow.

    Attributes:
        space_keys: Only these spaces.
        page_ids: Only these pages or blog posts.
        cql: Only what this query finds.
        labels: Only contents with one of these labels.
        exclude_space_keys: None of these spaces.
        exclude_page_ids: None of these pages or blog posts.
        exclude_labels: Nothing with one of these labels.

    Raises:
        SettingError: A key or id is not of the form that Confluence uses.
    """

    space_keys: tuple[str, ...] = ()
    page_ids: tuple[str, ...] = ()
    cql: str | None = None
    labels: tuple[str, ...] = ()
    exclude_space_keys: tuple[str, ...] = ()
    exclude_page_ids: tuple[str, ...] = ()
    exclude_labels: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for setting, keys in (
            ("CONFLUENCE_SPACE_KEY", self.space_keys),
            ("CONFLUENCE_EXCLUDE_SPACE_KEY", self.exclude_space_keys),
        ):
            for key in keys:
                if not key or (setting == "CONFLUENCE_SPACE_KEY" and not is_space_key(key)):
                    raise SettingError(
                        f"{setting} holds {key!r}, which is not a space key (letters and digits, as in the space's "
                        "URL; a personal space's begins with ~)",
                        setting=setting,
                    )
        for setting, ids in (
            ("CONFLUENCE_PAGE_IDS", self.page_ids),
            ("CONFLUENCE_EXCLUDE_PAGE_IDS", self.exclude_page_ids),
        ):
            for page_id in ids:
                if not _ID.fullmatch(page_id):
                    raise SettingError(
                        f"{setting} holds {page_id!r}, which is not a page id (digits, as in the page's URL)",
                        setting=setting,
                    )

    @property
    def needs_search(self) -> bool:
        """Whether a query to the search index decides what is in scope."""
        return bool(self.cql or self.labels)

    @property
    def lists_whole_spaces(self) -> bool:
        """Whether a space in scope is in scope with (nearly) all of its contents."""
        return not (self.needs_search or self.page_ids)

    @property
    def takes_whole_site(self) -> bool:
        """Whether (nearly) everything on the site is in scope, so that walking the site's own lists is no waste."""
        return self.lists_whole_spaces and not self.space_keys

    def allows_space(self, key: str) -> bool:
        """Return whether the space may be in scope, by its key alone."""
        return (not self.space_keys or key in self.space_keys) and key not in self.exclude_space_keys

    def queries(self, space_key: str | None = None) -> list[str]:
        """Return the CQL that finds what is in scope, in one space or everywhere; many page ids take several.

        Only meaningful where :attr:`needs_search`; exclusions by id and label are applied to what is found.

        Args:
            space_key: Narrow to this space; None asks for every space in scope.
        """
        spaces = (space_key,) if space_key else self.space_keys
        return [
            all_of(
                any_of("space", spaces) if spaces else None,
                "type in (page, blogpost)",
                any_of("id", ids) if ids else None,
                any_of("label", self.labels) if self.labels else None,
                f"({without_order(self.cql)})" if self.cql else None,
            )
            for ids in list(groups(self.page_ids, IDS_IN_A_QUERY)) or [()]
        ]

    def names(self, content_id: str) -> bool:
        """Return whether a content that is in a space in scope must be in scope by its id alone."""
        if self.needs_search or content_id in self.exclude_page_ids:
            return False
        return not self.page_ids or content_id in self.page_ids

    def excluded_query(self, space_key: str) -> str | None:
        """Return the CQL that finds what ``exclude_labels`` takes out of a space, or None without any."""
        if not self.exclude_labels:
            return None
        return all_of(any_of("space", (space_key,)), any_of("label", self.exclude_labels))


def is_space_key(key: str) -> bool:
    """Return whether ``key`` has the form of a space key that is safe as a partition key and folder name."""
    return bool(_KEY.fullmatch(key)) and bool(key.strip("~.")) and ".." not in key and _length(key) <= _LONGEST_KEY


def _length(key: str) -> int:
    return len(quote(key, safe=""))
