"""What each macro means: one small function a macro, found by its name in storage format.

To add a macro, write a function that takes the :class:`~confluence_pipeline.content.recorder.MacroCall` and the
writer and returns a :class:`Rendered`, and name it in its module's ``MACROS``.
"""

from types import MappingProxyType

from confluence_pipeline.content.macros import code, dynamic, media, panels
from confluence_pipeline.content.macros.registry import MacroFunction, MacroTable, Rendered, unknown

MACROS: MacroTable = MappingProxyType({**code.MACROS, **dynamic.MACROS, **media.MACROS, **panels.MACROS})


def macro_function(name: str) -> MacroFunction:
    """Return the function for a macro's name; one that keeps what can be kept if nobody registered it."""
    return MACROS.get(name, unknown)


__all__ = ["MACROS", "MacroFunction", "MacroTable", "Rendered", "macro_function", "unknown"]
