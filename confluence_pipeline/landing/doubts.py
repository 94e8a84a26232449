"""What speaks against removing what a listing does not have any more."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from confluence_pipeline.confluence import ConfluenceClient, Scope
from confluence_pipeline.landing.entries import Entry
from confluence_pipeline.landing.rights import Callers, proof_of_lost_access, unseen_space
from confluence_pipeline.landing.store import SpaceLanding

INVISIBLE = frozenset({"unknown", "access_lost"})
"""Reasons of removals that rest on nothing but that the caller cannot see a content."""


@dataclass(frozen=True, slots=True)
class RemovalGuard:
    """How much of a space may vanish at once, whatever the site says became of it.

    Attributes:
        most_share: The largest share of a space's contents, from 0 to 1.
        fewest: So many are removed in any case, whatever share they are, unless they are all there was.
    """

    most_share: float = 0.2
    fewest: int = 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something is not removed until a person says so.

    Attributes:
        reason: A word, for the ledger.
        because: A sentence without its full stop.
        of_all: Whether it is about everything that would vanish, and not only about what cannot be seen.
    """

    reason: str
    because: str
    of_all: bool = False

    def told(self, what: str) -> str:
        """Return the message for the ledger; ``what`` is a sentence that says what would vanish."""
        return (
            f"{what} {self.because}, so nothing of it was removed. Check the account's access and what became of the "
            "space, or run the sync with --accept-removals"
        )


def _nothing_lost() -> str | None:
    return None


def _nothing_proven(_content_id: str) -> str | None:
    return None


def _has_landed(_space_key: str, _content_id: str) -> bool:
    return True


@dataclass(frozen=True)
class Doubts:
    """What speaks against removing what is not listed any more.

    Attributes:
        guard: How much may vanish at once.
        rights_lost: Returns in words what the caller may not do any more; None if nothing is known to be lost.
        unseen: Returns in words what the site answered about a space that the caller does not see any more; None
            while it does.
        is_whole: Whether a whole space is asked for and is still there, so that all of it cannot well be gone.
        access_lost: Returns what proves that the caller lost access to a content, given its id, or None.
        has_landed: Whether a content is in another space's landing, given that space's key and the content's id.
        short: How many more contents the site counts than it listed.
        accepted: Whether a person said that whatever is gone may be removed.
    """

    guard: RemovalGuard = field(default_factory=RemovalGuard)
    rights_lost: Callable[[], str | None] = _nothing_lost
    unseen: Callable[[], str | None] = _nothing_lost
    is_whole: bool = False
    access_lost: Callable[[str], str | None] = _nothing_proven
    has_landed: Callable[[str, str], bool] = _has_landed
    short: int = 0
    accepted: bool = False

    @property
    def is_unproven(self) -> bool:
        """Whether the listing is not complete, so that absence from it counts for nothing."""
        return self.short > 0 and not self.accepted

    def of_sight(self) -> Refusal | None:
        """Return why nothing counts as gone that the caller cannot see; None if nothing speaks against it."""
        if self.accepted:
            return None
        rights_lost = self.rights_lost()
        if rights_lost is not None:
            return Refusal("rights_changed", f"The rights of the caller have changed ({rights_lost})")
        unseen = self.unseen()
        if unseen is not None:
            because = f"Nor is the space itself ({unseen}): it was deleted, or the account lost its rights"
            return Refusal("space_unseen", because)
        return None

    def against(self, reasons: Sequence[str], landed: int) -> Refusal | None:
        """Return why contents must not be removed, if that is so.

        Args:
            reasons: The reason of each that would vanish; not of those that moved, or that the settings took away.
            landed: How many contents had landed in the space.
        """
        if self.accepted or not reasons:
            return None
        invisible = sum(1 for reason in reasons if reason in INVISIBLE)
        refusal = self._against_invisible(invisible, landed) if invisible else None
        if not self._is_mass(len(reasons), landed):
            return refusal
        share = f"That is more than {self.guard.most_share:.0%} at once"
        known = refusal or Refusal("mass_removal", share)
        return Refusal(known.reason, known.because, of_all=True)

    def _is_mass(self, vanishing: int, landed: int) -> bool:
        return vanishing >= self.guard.fewest and vanishing > self.guard.most_share * landed

    def _against_invisible(self, lost: int, landed: int) -> Refusal | None:
        sight = self.of_sight()
        if sight is None and self.is_whole and lost == landed > 1:
            because = "That is all there was of a space that is still there, which looks like lost rights"
            return Refusal("mass_removal", because)
        return sight


@dataclass
class Hold:
    """Tells whether nothing may be removed only because it cannot be seen, and remembers if that kept anything.

    Attributes:
        decide: Returns why; None if what cannot be seen may be removed.
        held: What anybody was told last.
    """

    decide: Callable[[], Refusal | None]
    held: Refusal | None = None

    def __call__(self) -> Refusal | None:
        """Return why what cannot be seen stays; None if it need not."""
        self.held = self.held or self.decide()
        return self.held


def doubts_about(
    client: ConfluenceClient,
    scope: Scope,
    landing: SpaceLanding,
    before: Mapping[str, Entry],
    caller: Callers,
    *,
    space_id: str | None,
    short: int,
    guard: RemovalGuard,
    accepted: bool,
) -> Doubts:
    """Return what speaks against removing contents of a space; the site is asked only once it matters.

    Args:
        client: The site.
        scope: What is asked for.
        landing: The space.
        before: What landed of it.
        caller: Who saw that, and who asks now.
        space_id: The space's id; None where the caller does not see it.
        short: How many more contents the site counts than it listed.
        guard: How much may vanish at once.
        accepted: Whether a person said that whatever is gone may be removed.
    """
    landed_ids = {entry.record.space_id for entry in before.values()}

    @cache
    def proof() -> Callable[[str], str | None]:
        return proof_of_lost_access(landing, before, caller.now)

    def access_lost(content_id: str) -> str | None:
        return proof()(content_id)

    return Doubts(
        guard=guard,
        rights_lost=lambda: caller.lost,
        unseen=cache(lambda: None if space_id else unseen_space(client, landing.space_key, landed_ids)),
        is_whole=space_id in landed_ids and scope.lists_whole_spaces,
        access_lost=access_lost,
        has_landed=_landed_in(landing),
        short=short,
        accepted=accepted,
    )


def _landed_in(landing: SpaceLanding) -> Callable[[str, str], bool]:
    @cache
    def elsewhere(key: str) -> Collection[str]:
        return SpaceLanding(landing.lake, key).content_ids()

    return lambda key, content_id: content_id in elsewhere(key)
