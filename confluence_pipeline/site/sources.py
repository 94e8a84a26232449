"""Where a site's content comes from, as an option names it."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol

from confluence_pipeline.site.generated import PROFILES, ProfileName, everything_seed, generated_seed
from confluence_pipeline.site.seed import Seed


class SeedSource(Protocol):
    """Something a site can be filled from."""

    def load(self) -> Seed:
        """Return the seed."""

    def arguments(self) -> list[str]:
        """Return the options of ``python -m confluence_pipeline.site`` that name this source."""


@dataclass(frozen=True, slots=True)
class DemoSource:
    """The project's own demo wiki."""

    def load(self) -> Seed:
        """Return the demo wiki."""
        return FunctionSource("confluence_pipeline.site.demo:demo_seed").load()

    def arguments(self) -> list[str]:
        """Return ``--seed demo``."""
        return ["--seed", "demo"]


@dataclass(frozen=True, slots=True)
class CorpusSource:
    """A folder of spaces, one JSON Lines file each."""

    folder: Path

    def load(self) -> Seed:
        """Return the folder's spaces."""
        from confluence_pipeline.site.corpus import corpus_seed

        return corpus_seed(self.folder)

    def arguments(self) -> list[str]:
        """Return ``--corpus FOLDER``."""
        return ["--corpus", str(self.folder)]


@dataclass(frozen=True, slots=True)
class GeneratedSource:
    """A made-up site of any size; the same values give the same site.

    With ``everything``, it has all that a Confluence site can have, in the amounts of the ``profile``.
    """

    pages: int
    spaces: int = 10
    random_seed: int = 1
    everything: bool = False
    profile: ProfileName = "full"

    def load(self) -> Seed:
        """Return the generated site."""
        if self.everything:
            return everything_seed(self.pages, self.spaces, seed=self.random_seed, profile=PROFILES[self.profile])
        return generated_seed(self.pages, self.spaces, seed=self.random_seed)

    def arguments(self) -> list[str]:
        """Return ``--pages N --spaces M --random-seed S``, and ``--everything PROFILE`` if it has everything."""
        return [
            f"--pages={self.pages}",
            f"--spaces={self.spaces}",
            f"--random-seed={self.random_seed}",
            *([f"--everything={self.profile}"] if self.everything else []),
        ]


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """A function without arguments that returns a seed, named ``package.module:function``."""

    name: str

    def load(self) -> Seed:
        """Call the function.

        Raises:
            ValueError: There is no such function.
            TypeError: It returns something else.
        """
        module, _, function = self.name.partition(":")
        try:
            make: object = getattr(import_module(module), function)
        except (ImportError, AttributeError, ValueError) as error:
            raise ValueError(f"no seed function {self.name!r} (expected package.module:function)") from error
        seed = make() if callable(make) else make
        if not isinstance(seed, Seed):
            raise TypeError(f"{self.name} returned {type(seed).__name__}, not a Seed")
        return seed

    def arguments(self) -> list[str]:
        """Return ``--seed package.module:function``."""
        return ["--seed", self.name]
