"""What a query over a Compose file finds: a place, and what fills the texts of the signature."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.artefacts.yamltree import Node


class Found:
    """A place in the file, and captures such as the service's name. Never the value of a secret.

    ``certain`` is False where it depends on what the file does not show; see ``Reported``.
    """

    __slots__ = ("captures", "certain", "place")

    def __init__(self, place: Node, *, certain: bool = True, **captures: str) -> None:
        self.place = place
        self.certain = certain
        self.captures = {name: value for name, value in captures.items() if value}
