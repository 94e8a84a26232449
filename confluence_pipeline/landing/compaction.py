"""Small files of bodies put together, so that years of small syncs do not leave a file for each of them.

A file of bodies is immutable. So the bodies that are still referred to are copied into new files; whoever refers to
them commits the new places, and drops the old files after that. A crash in between leaves a file that nobody refers
to, which the next sync drops.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from confluence_pipeline.landing.bodies import BodyFiles, LandedBody

MOST_SMALL_FILES = 32
"""How many small files there may be before they are put together."""

_SMALL_BODIES = 32
_SMALL_BYTES = 4 * 1024**2
_BODIES_IN_FILE = 250
_BYTES_IN_FILE = 8 * 1024**2
_BYTES_AT_ONCE = 64 * 1024**2  # the work of one sync stays bounded; the next one goes on


@dataclass(frozen=True, slots=True)
class _File:
    """What is still referred to in a file: the ids of bodies, and their bytes."""

    name: str
    ids: tuple[str, ...]
    size: int

    @property
    def is_small(self) -> bool:
        return len(self.ids) < _SMALL_BODIES and self.size < _SMALL_BYTES


def compact(files: BodyFiles, landed: Mapping[str, LandedBody]) -> dict[str, LandedBody]:
    """Copy what small files hold into fewer ones, if there are more than :data:`MOST_SMALL_FILES`.

    What a file holds that nothing refers to is not copied; so a file of which little is left counts as small, too.

    Args:
        files: The files.
        landed: Every body that is referred to, by its id.

    Returns:
        The bodies that lie elsewhere now, by id. The old files are still there.

    Raises:
        LakeError: The lake cannot be read or written; every body lies where it lay.
    """
    moved: dict[str, LandedBody] = {}
    for group in merges(landed):
        name, copied = files.merge({file.name: file.ids for file in group})
        moved |= {body_id: replace(landed[body_id], file=name) for body_id in copied}
    return moved


def merges(landed: Mapping[str, LandedBody]) -> Iterator[Sequence[_File]]:
    """Yield the groups of files that are to become one each; none where there are few small files. Pure.

    Args:
        landed: Every body that is referred to, by its id.
    """
    held: dict[str, list[str]] = {}
    for body_id in sorted(landed):
        held.setdefault(landed[body_id].file, []).append(body_id)
    files = [_File(name, tuple(ids), sum(landed[i].size for i in ids)) for name, ids in held.items()]
    small = sorted((file for file in files if file.is_small), key=lambda file: (file.size, file.name))
    if len(small) > MOST_SMALL_FILES:
        yield from (group for group in _groups(small) if len(group) > 1)


def _groups(small: Sequence[_File]) -> Iterator[Sequence[_File]]:
    group: list[_File] = []
    taken = 0
    for file in small:
        taken += file.size
        if taken > _BYTES_AT_ONCE:
            break
        bodies, size = len(file.ids), file.size
        if group and (
            sum(len(each.ids) for each in group) + bodies > _BODIES_IN_FILE
            or sum(each.size for each in group) + size > _BYTES_IN_FILE
        ):
            yield group
            group = []
        group.append(file)
    if group:
        yield group
