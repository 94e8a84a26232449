"""Emoticons by the names that storage format gives them."""

from types import MappingProxyType

# Names of the classic editor; the new editor brings the character along.
EMOTICONS = MappingProxyType(
    {
        "smile": "🙂", "sad": "🙁", "cheeky": "😛", "laugh": "😀", "wink": "😉",
        "thumbs-up": "👍", "thumbs-down": "👎", "information": "ℹ️", "tick": "✅", "cross": "❌",
        "warning": "⚠️", "plus": "➕", "minus": "➖", "question": "❓", "light-on": "💡",
        "light-off": "💡", "yellow-star": "⭐", "red-star": "⭐", "green-star": "⭐", "blue-star": "⭐",
        "heart": "❤️", "broken-heart": "💔", "blue_star": "⭐", "yellow_star": "⭐",
    }
)  # fmt: skip


def emoticon(name: str, fallback: str, short_name: str) -> str:
    """Return the character for an emoticon; its short name (``:name:``) where there is none.

    Args:
        name: ``ac:name``.
        fallback: ``ac:emoji-fallback``: the character, or the short name of an emoji of the site's own.
        short_name: ``ac:emoji-shortname``.
    """
    if fallback and not fallback.startswith(":"):
        return fallback
    if name in EMOTICONS:
        return EMOTICONS[name]
    if short_name or fallback:
        return short_name or fallback
    return f":{name}:" if name else ""
