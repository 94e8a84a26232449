"""``effective_access`` in the lake: it follows whatever decides it, and what could not be read is never granted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from confluence_pipeline.lake import Lake
from confluence_pipeline.landing import kinds
from confluence_pipeline_tests.normalize.landed import LandedSpace, grant, node, page, refusal, restriction

Rows = list[tuple[str, str, str]]
STAFF: Rows = [("1", "staff", "granted"), ("2", "staff", "granted")]
UNKNOWN: Rows = [("1", "staff", "unknown"), ("2", "staff", "unknown")]


@pytest.fixture
def space(tmp_path: Path) -> LandedSpace:
    """A space that is granted to a group, with a page in a folder and a page on top."""
    space = LandedSpace(Lake(str(tmp_path / "lake")))
    space.contents(page("1", "f"), page("2"))
    space.land(kinds.TREE_NODES, node("f"))
    space.land(kinds.SPACE_PERMISSIONS, grant("group", "staff"), grant("user", "di", "create", "page"))
    space.land(kinds.RESTRICTIONS)
    space.groups({"staff": ["ann", "bo"]})
    space.sync()
    space.build()
    return space


def access(space: LandedSpace) -> Rows:
    """Build, and return who may view what."""
    space.build()
    return space.column("effective_access", "content_id", "principal_id", "verdict")


def test_a_grant_to_read_is_what_counts(space: LandedSpace) -> None:
    """Other grants do not let anybody view, and edit restrictions do not keep anybody from it."""
    assert access(space) == STAFF
    space.land(kinds.RESTRICTIONS, restriction("1", "bo", "update"))
    assert access(space) == STAFF


def grant_to_another(space: LandedSpace) -> Rows:
    """Grant the space to one user alone."""
    space.land(kinds.SPACE_PERMISSIONS, grant("user", "di"))
    return [("1", "di", "granted"), ("2", "di", "granted")]


def restrict_a_page(space: LandedSpace) -> Rows:
    """Restrict a page to a member of the group."""
    space.land(kinds.RESTRICTIONS, restriction("2", "ann"))
    return [("1", "staff", "granted"), ("2", "ann", "granted")]


def restrict_the_folder(space: LandedSpace) -> Rows:
    """Restrict the folder to a member and to somebody who is none."""
    space.land(kinds.RESTRICTIONS, restriction("f", "ann"), restriction("f", "di"))
    return [("1", "ann", "granted"), ("2", "staff", "granted")]


def move_a_page(space: LandedSpace) -> Rows:
    """Change which page is in the folder."""
    space.contents(page("1"), page("2", "f"))
    return [("1", "staff", "granted"), ("2", "bo", "granted")]


def lose_the_folder(space: LandedSpace) -> Rows:
    """Hide the folder from the account that syncs."""
    space.land(kinds.TREE_NODES)
    return [("1", "staff", "unknown"), ("2", "staff", "granted")]


def find_the_folders_parent(space: LandedSpace) -> Rows:
    """Put the folder under a page that is out of scope."""
    space.land(kinds.TREE_NODES, node("f", "out"))
    space.land(kinds.ANCESTORS, page("out"))
    return [("1", "bo", "granted"), ("2", "staff", "granted")]


def change_the_members(space: LandedSpace) -> Rows:
    """Put the one whom the folder names out of the group."""
    space.groups({"staff": ["ann"]})
    return [("2", "staff", "granted")]


def lose_the_group(space: LandedSpace) -> Rows:
    """Hide the group, so that its members are not known."""
    space.groups({"others": ["bo"]})
    return [("1", "bo", "unknown"), ("2", "staff", "granted")]


FOLDER_OF_BO = (move_a_page, lose_the_folder, find_the_folders_parent, change_the_members, lose_the_group)
"""Changes to a space of which the folder is restricted to one member of the group."""


@pytest.mark.parametrize("change", [grant_to_another, restrict_a_page, restrict_the_folder, *FOLDER_OF_BO])
def test_it_follows_whatever_decides_it(space: LandedSpace, change: Callable[[LandedSpace], Rows]) -> None:
    """Grants, restrictions, the tree and groups: a change in any of them alone is seen."""
    if change in FOLDER_OF_BO:
        space.land(kinds.RESTRICTIONS, restriction("f", "bo"))
        assert access(space) == [("1", "bo", "granted"), ("2", "staff", "granted")]
    else:
        assert access(space) == STAFF
    expected = change(space)
    assert access(space) == expected


def test_a_restriction_that_is_lifted_lets_them_in_again(space: LandedSpace) -> None:
    """What is not restricted any more is as it was before, row for row."""
    space.land(kinds.RESTRICTIONS, restriction("2", "ann"))
    assert access(space) != STAFF
    space.land(kinds.RESTRICTIONS)
    assert access(space) == STAFF


def test_a_group_that_decides_nothing_changes_nothing(space: LandedSpace) -> None:
    """Another group's members change no byte."""
    before = space.digest("effective_access")
    space.groups({"staff": ["ann", "bo"], "others": ["zoe"]})
    assert access(space) == STAFF
    assert space.digest("effective_access") == before


GAPS: dict[str, tuple[Callable[[LandedSpace], None], Rows]] = {
    "restrictions could not be listed": (lambda space: space.incomplete.append("restrictions"), UNKNOWN),
    "the tree could not be listed": (lambda space: space.incomplete.append("tree_nodes"), UNKNOWN),
    "restrictions of the folder": (
        lambda space: space.ledger.append(refusal("restrictions", "f")),
        [UNKNOWN[0], STAFF[1]],
    ),
    "the folder itself": (lambda space: space.ledger.append(refusal("tree_nodes", "f")), [UNKNOWN[0], STAFF[1]]),
    "a page that may be gone": (
        lambda space: space.ledger.append(refusal("pages", "2", "verify")),
        [STAFF[0], UNKNOWN[1]],
    ),
    "a body alone does not matter": (lambda space: space.ledger.append(refusal("pages", "2")), STAFF),
    "grants could not be listed": (
        lambda space: space.incomplete.append("space_permissions"),
        [("1", "unknown", "unknown"), ("2", "unknown", "unknown")],
    ),
    "grants are in the ledger": (
        lambda space: space.ledger.append(refusal("space_permissions", None, "list")),
        [("1", "unknown", "unknown"), ("2", "unknown", "unknown")],
    ),
}


@pytest.mark.parametrize(("gap", "expected"), GAPS.values(), ids=GAPS.keys())
def test_what_the_newest_sync_could_not_read_is_not_granted(
    space: LandedSpace, gap: Callable[[LandedSpace], None], expected: Rows
) -> None:
    """Though it landed before; and once it can be read again, it is granted again."""
    gap(space)
    space.next_run()
    space.sync()
    assert access(space) == expected
    space.incomplete, space.ledger = [], []
    space.next_run()
    space.sync()
    assert access(space) == STAFF


@pytest.mark.parametrize("gap", [[], ["restrictions"]], ids=["all was known", "restrictions were not"])
def test_a_sync_that_fails_changes_nothing(space: LandedSpace, gap: list[str]) -> None:
    """It read nothing, so what was granted stays, and what was unknown is not granted for it."""
    space.incomplete = gap
    space.next_run()
    space.sync()
    before = access(space)
    assert before == (UNKNOWN if gap else STAFF)
    space.incomplete = []
    for _ in range(2):
        space.next_run()
        space.sync(failed=True)
        assert access(space) == before


def test_what_never_landed_is_not_granted(tmp_path: Path) -> None:
    """Where neither grants nor restrictions were asked for, nobody is granted anything."""
    space = LandedSpace(Lake(str(tmp_path / "lake")))
    space.contents(page("1"))
    space.sync()
    assert access(space) == [("1", "unknown", "unknown")]
