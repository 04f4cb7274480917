"""A record as people outside the team may read it: what is left of it, and with which words in place of the rest.

It is a list of what may be told, not of what may not: a field that nobody named here stays inside.
"""

from __future__ import annotations

from html import unescape
from typing import TYPE_CHECKING

from runbook.model.marks import MARK
from runbook.model.private import person_at, private_passages
from runbook.model.record import Action, Cause, Deployment, Impact, Incident, Item, PreventionItem
from runbook.render.environment import SUFFIX, render
from runbook.render.prose_tree import Node, clean, joined, read
from runbook.render.prose_write import write_blocks
from runbook.render.report import tidy
from runbook.render.values import Line
from runbook.render.view import view_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from runbook.model.private import Inside
    from runbook.model.record import AnyDocument
    from runbook.model.settings import Settings

IN_PLACE = {
    "address": "(internal address)",
    "e-mail": "(e-mail address)",
    "host": "(internal host)",
    "path": "(internal path)",
    "account": "(internal account)",
    "ticket": "(ticket)",
    "chat": "(chat handle)",
    "phone": "(phone number)",
}
"""What stands where something was left out."""

LEFT_OUT = "(left out)"


def render_summary(
    document: AnyDocument,
    *,
    settings: Settings,
    inside: Inside,
    names: Mapping[str, str],
    templates: Path | None = None,
) -> str:
    """One page for people outside the team, ending in a newline.

    Args:
        document: the record.
        settings: the team's settings.
        inside: who and what must not be named.
        names: pseudonyms by the first name of each group of ``inside.people``.
        templates: the team's ``templates/`` folder; a ``summary.md.j2`` in it wins.
    """
    told = outside(document, inside, names)
    view = view_of(told, settings)
    view["told"] = [fact for fact in view["head"] if fact["name"] in _TOLD]
    for fact in view["told"]:
        if fact["name"] == "Date" and document.started is not None:  # nobody outside counts as our ids do, in UTC
            fact["value"] = Line(view["started"], " ", view["zone"])
    return tidy(render(f"summary{SUFFIX}", view, templates))


_TOLD = {"Incident", "Deployment", "Date", "Duration", "Severity", "Status"}
"""What of the table below the title may be told."""


def outside(document: AnyDocument, inside: Inside, names: Mapping[str, str]) -> AnyDocument:
    """A record that holds only what may be told."""
    scrub = _Scrub(inside, names)
    if isinstance(document, Incident):
        return _incident(document, scrub)
    return Deployment(
        id=document.id,
        title=scrub.line(document.title) or LEFT_OUT,
        zone=document.zone,
        milestones=document.milestones,
        status=document.status,
        changes=scrub.prose(document.changes),
        verification=scrub.prose(document.verification),
        issues=[Item(id=item.id, text=scrub.prose(item.text)) for item in document.issues],
    )


def _incident(document: Incident, scrub: _Scrub) -> Incident:
    impact = document.impact
    return Incident(
        id=document.id,
        title=scrub.line(document.title) or LEFT_OUT,
        zone=document.zone,
        milestones=document.milestones,
        severity=document.severity,
        status=document.status,
        lead=scrub.line(document.lead),
        responders=list(dict.fromkeys(scrub.line(name) for name in document.responders)),
        summary=scrub.prose(document.summary),
        impact=Impact(
            systems=[scrub.line(name) for name in impact.systems],
            users=scrub.prose(impact.users),
            data_loss=scrub.prose(impact.data_loss),
            description=scrub.prose(impact.description),
        ),
        causes=[Cause(id=c.id, title=scrub.prose(c.title), proven=c.proven) for c in document.causes],
        resolution=scrub.prose(document.resolution),
        prevention=[
            PreventionItem(id=item.id, text=scrub.prose(item.text), done=item.done) for item in document.prevention
        ],
        actions=[
            Action(id=action.id, text=scrub.prose(action.text), due=action.due, done=action.done)
            for action in document.actions
        ],
    )


class _Scrub:
    """Puts other words in place of what must not be named."""

    def __init__(self, inside: Inside, names: Mapping[str, str]) -> None:
        self._inside = inside
        self._names = names

    def line(self, text: str) -> str:
        """Captured text."""
        text = MARK.sub(LEFT_OUT, text)
        parts: list[str] = []
        position = 0
        for passage in private_passages(text, self._inside):
            parts += [text[position : passage.start], self._instead(passage.kind, passage.text)]
            position = passage.end
        return "".join([*parts, text[position:]])

    def _instead(self, kind: str, text: str) -> str:
        if kind != "name":
            return IN_PLACE[kind]
        group = person_at(text, self._inside.people)
        return self._names.get(group[0], "a responder") if group else "a responder"

    def prose(self, text: str) -> str:
        """Markdown: marks and lists stay, links stay where anybody may follow them, blocks of commands go."""
        tree = clean(read(MARK.sub(LEFT_OUT, text), everything=False))
        return write_blocks(self._blocks(tree), careful=False)

    def _blocks(self, nodes: Iterable[Node]) -> Iterator[Node]:
        for node in nodes:
            if node.kind == "fence":
                yield Node("paragraph", children=(Node("text", "(commands left out)"),))
            elif node.kind == "paragraph":
                yield Node(node.kind, children=joined(self._inline(node.children)), tight=node.tight)
            else:
                yield Node(node.kind, node.text, node.mark, tuple(self._blocks(node.children)), node.tight)

    def _inline(self, nodes: Iterable[Node]) -> Iterator[Node]:
        for node in nodes:
            if node.kind == "text":
                yield Node("text", self.line(node.text))
            elif node.kind in {"code", "auto"}:
                shown = self.line(node.text)
                plain = unescape(node.text)  # code may hold `kim@db&lt;`, which a reader sees through
                if plain != node.text and self.line(plain) != plain:
                    shown = self.line(plain)
                yield node if shown == node.text else Node("text", shown)
            elif node.kind in {"link", "image"}:
                public = node.kind == "link" and self.line(node.text) == node.text and "://" in node.text
                children = joined(self._inline(node.children))
                yield from [Node("link", node.text, "", children)] if public else children
            else:
                yield Node(node.kind, node.text, node.mark, joined(self._inline(node.children)))
