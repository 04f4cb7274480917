"""Chooses the prefilter by how much there is to look at, and changes it while the text goes by.

Little text is searched literal by literal, which needs no preparation. Much text goes through hyperscan if its
automaton is in the cache; until it is there (the first large scan has it made, beside itself), the words of each block
say what to search for. All lead to the same findings, so it makes no difference where the change falls.
"""

from __future__ import annotations

from runbook.detect.prefilter import LiteralEngine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from runbook.detect.prefilter import Engine
    from runbook.detect.table import Condensed

MUCH = 64 * 1024
"""Bytes from which on preparation pays: loading an automaton, or making RE2's."""

LARGE = 8 * 1024 * 1024
"""Bytes from which on it is worth having the automaton made, if it is not in the cache."""

_LOOK_AGAIN = 8 * 1024 * 1024  # bytes between two looks at the cache while it is being made


class AdaptiveEngine:
    """An :class:`runbook.detect.prefilter.Engine` that becomes the right one.

    Args:
        needs: (slot, condition) pairs.
        cache: folder of compiled automata; None: do without hyperscan.
        order: has an automaton made beside us, once it is missed; None: nobody does.
    """

    __slots__ = ("_cache", "_engine", "_needs", "_next", "_order", "_path", "_seen")

    def __init__(
        self,
        needs: list[tuple[int, Condensed]],
        cache: str | None = None,
        order: Callable[[], None] | None = None,
    ) -> None:
        self._needs = needs
        self._cache = cache
        self._order = order
        self._path: str | None = None
        self._engine: Engine = LiteralEngine(needs)
        self._seen = 0
        self._next: int | None = MUCH

    def candidates(self, block: bytes) -> list[tuple[int, int, tuple[int, ...]]]:
        """See :class:`runbook.detect.prefilter.Engine`."""
        self._seen += len(block)
        if self._next is not None and self._seen > self._next:
            self._change()
        return self._engine.candidates(block)

    def _change(self) -> None:
        first = type(self._engine) is LiteralEngine
        automaton = self._automaton()
        if automaton is not None:
            self._engine, self._next = automaton, None
            return
        if first:
            from runbook.detect.words import WordEngine  # noqa: PLC0415  only for much text

            self._engine = WordEngine(self._needs)
        if self._path is None:
            self._next = None  # no hyperscan here: this is as good as it gets
        elif self._seen <= LARGE:
            self._next = LARGE
        else:
            if self._order is not None:
                self._order()
                self._order = None
            self._next = self._seen + _LOOK_AGAIN

    def _automaton(self) -> Engine | None:
        if self._cache is None:
            return None
        from runbook.detect import hyper  # noqa: PLC0415  only for much text

        if self._path is None:
            if not hyper.installed():
                return None
            self._path = hyper.cache_path(self._needs, self._cache)
        return hyper.load_engine(self._path)
