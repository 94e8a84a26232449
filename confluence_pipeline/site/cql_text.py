"""What ``~`` matches: all words of the pattern, phrases in inner quotes, ``?``/``*`` wildcards and ``word~``.

"Performing text searches using CQL" (Atlassian developer documentation): words are matched whole, whatever
their case; a wildcard does not come first; a word that ends in ``~`` also matches words one letter away.
"""

import re
from collections.abc import Callable, Sequence
from fnmatch import translate

from confluence_pipeline.site.cql import CqlError

_WORD = re.compile(r"\w+")
_PART = re.compile(r'"([^"]*)"|([^\s"]+)')
_WordTest = Callable[[str], bool]
_Test = Callable[[Sequence[str]], bool]


def text_matcher(field: str, pattern: str) -> Callable[[str], bool]:
    """Return a test for texts.

    Raises:
        CqlError: The pattern has no word in it, or starts a word with a wildcard.
    """
    tests = [_phrase(phrase) if word == "" else _bare(field, word) for phrase, word in _PART.findall(pattern)]
    if not tests or not _WORD.search(pattern):
        raise CqlError(f"The field '{field}' is invalid: '{pattern}' has no word to search for")
    return lambda text: _all(tests, _WORD.findall(text.lower()))


def plain_words(pattern: str) -> list[str]:
    """Return words that any matching text holds as they stand, to rule texts out quickly."""
    parts = [phrase or word for phrase, word in _PART.findall(pattern)]
    bare = [part for part in parts if not set(part) & set("?*~") and part.isascii()]
    return [word for part in bare for word in _WORD.findall(part.lower())]


def _all(tests: Sequence[_Test], words: Sequence[str]) -> bool:
    return all(test(words) for test in tests)


def _phrase(phrase: str) -> _Test:
    wanted = _WORD.findall(phrase.lower())
    length = len(wanted)

    def matches(words: Sequence[str]) -> bool:
        return any(list(words[at : at + length]) == wanted for at in range(len(words) - length + 1))

    return matches


def _bare(field: str, word: str) -> _Test:
    word = word.lower()
    if word[0] in "?*":
        raise CqlError(f"The field '{field}' is invalid: '{word}' starts with a wildcard")
    if word.endswith("~"):
        return _some(lambda known: _one_apart(known, word.rstrip("~")))
    if "?" in word or "*" in word:
        fits = re.compile(translate(word)).fullmatch
        return _some(lambda known: fits(known) is not None)
    return _phrase(word)


def _some(test: _WordTest) -> _Test:
    return lambda words: any(test(word) for word in words)


def _one_apart(left: str, right: str) -> bool:
    """Tell whether at most one letter is added, left out or changed between two words."""
    if abs(len(left) - len(right)) > 1:
        return False
    same = next((i for i, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), None)
    if same is None:
        return True
    rests = ((same + 1, same + 1), (same + 1, same), (same, same + 1))
    return any(left[i:] == right[j:] for i, j in rests)
