"""From what people write of tables and bodies to the selection that a sync works by."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from confluence_pipeline.confluence import SettingError
from confluence_pipeline.extraction import MissingPackageError
from confluence_pipeline.extraction.extractor import installed_extractor
from confluence_pipeline.landing.selection import MEGABYTE, Selection
from confluence_pipeline.tables import DEFAULT_TABLES, LEDGER, REMOVALS, SPACES, SYNC_RUNS, TABLES, Table

TABLES_SETTING = "CONFLUENCE_TABLES"
DEFAULT, ALL = "default", "all"
ALWAYS_CHOSEN = frozenset(table.name for table in (SPACES, REMOVALS, LEDGER, SYNC_RUNS))
"""The tables that say what there is and what is missing, whatever else is chosen."""

ATTACHMENT_MAX_MB = Selection().attachment_max_bytes // MEGABYTE
"""The largest attachment that is downloaded unless said otherwise."""

_LIKENESS = 0.7


def chosen_names(words: Sequence[str]) -> frozenset[str]:
    """Return the names of the tables that words choose, with those that are always there.

    Args:
        words: Names of tables, ``default`` or ``all``, in any mixture; none is the same as ``default``.

    Raises:
        SettingError: A word is neither; the message lists the tables there are, and what may have been meant.
    """
    groups = {DEFAULT: DEFAULT_TABLES, ALL: frozenset(TABLES)}
    unknown = [word for word in words if word not in groups and word not in TABLES]
    if unknown:
        raise SettingError(_unknown(unknown), setting=TABLES_SETTING)
    chosen = (groups.get(word, frozenset({word})) for word in words or (DEFAULT,))
    return ALWAYS_CHOSEN.union(*chosen)


def _unknown(words: Sequence[str]) -> str:
    known = [DEFAULT, ALL, *TABLES]
    near = {word: get_close_matches(word.lower(), known, n=1, cutoff=_LIKENESS) for word in words}
    named = ", ".join(f"{word!r} (did you mean {near[word][0]}?)" if near[word] else repr(word) for word in words)
    return (
        f"{TABLES_SETTING} names {named}, which is no table; set it to {DEFAULT}, {ALL}, or names with commas: "
        f"{', '.join(TABLES)}"
    )


def selection_of(
    words: Sequence[str] = (),
    *,
    attachment_bodies: bool = False,
    attachment_text: bool = False,
    attachment_max_mb: int = ATTACHMENT_MAX_MB,
    version_bodies: bool = False,
) -> Selection:
    """Return the selection that words and switches make.

    Args:
        words: See :func:`chosen_names`.
        attachment_bodies: Whether the bytes of attachments are landed.
        attachment_text: Whether their text is extracted, which takes their bytes.
        attachment_max_mb: The largest attachment that is downloaded, in units of 1,048,576 bytes.
        version_bodies: Whether old versions come with their bodies.

    Raises:
        SettingError: A word is no table, or a switch asks for a part of a table that is not chosen.
    """
    tables = chosen_names(words)
    needs = {
        "CONFLUENCE_ATTACHMENT_BODIES": (attachment_bodies, "attachments"),
        "CONFLUENCE_ATTACHMENT_TEXT": (attachment_text, "attachments"),
        "CONFLUENCE_VERSION_BODIES": (version_bodies, "page_versions"),
    }
    for setting, (asked, table) in needs.items():
        if asked and table not in tables:
            raise SettingError(
                f"{setting} asks for a part of the table {table}, which {TABLES_SETTING} does not choose; add "
                f"{table} there, for example {DEFAULT},{table}, or unset {setting}",
                setting=setting,
            )
    return Selection(
        tables=tables,
        attachment_bodies=attachment_bodies or attachment_text,
        attachment_text=attachment_text,
        attachment_max_bytes=attachment_max_mb * MEGABYTE,
        version_bodies=version_bodies,
    )


def require_extractor(selection: Selection) -> None:
    """Make sure that text can be extracted if it is asked for.

    Raises:
        SettingError: It is, and the library that reads files is not installed; the message says how to install it.
    """
    if not selection.attachment_text:
        return
    try:
        installed_extractor()
    except MissingPackageError as error:
        setting = "CONFLUENCE_ATTACHMENT_TEXT"
        raise SettingError(f"{setting} is on. {error} Or unset {setting}", setting=setting) from error


def reads_files() -> bool:
    """Return whether the library that reads text out of files is installed."""
    try:
        installed_extractor()
    except MissingPackageError:
        return False
    return True


def default_selection() -> Selection:
    """Return what holds where nothing is chosen."""
    return selection_of()


def tables_of(selection: Selection) -> tuple[Table, ...]:
    """Return the chosen tables, in the order people read them."""
    return named(selection.tables)


def named(names: Iterable[str]) -> tuple[Table, ...]:
    """Return tables by name, in the order people read them."""
    wanted = set(names)
    return tuple(table for table in TABLES.values() if table.name in wanted)
