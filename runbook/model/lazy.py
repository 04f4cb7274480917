"""Regular expressions that are compiled when first used.

Python compiles a pattern in about a third of a millisecond; a module with thirty of them would cost every start ten.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, AnyStr


class _Lazy:
    """Stands in for a compiled pattern. The first use of a method compiles; from then on nothing stands in between."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(re.compile(self.pattern, self._flags), name)
        setattr(self, name, found)
        return found


def lazy(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """``pattern`` as :func:`re.compile` would give it, for module level: nothing is compiled until it is searched for.

    A mistake in the pattern shows when it is first used, so every one of them needs a test that does.
    """
    return _Lazy(pattern, flags)  # type: ignore[return-value]  # has every method of the real one
