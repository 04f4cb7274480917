"""argparse without translations: its own words stay English, as ours are.

Importing gettext takes 1.4 ms, looking for translations another one, of every command that somebody types.
"""

from __future__ import annotations

import sys
from types import ModuleType


def _number(one: str, many: str, number: int) -> str:
    return one if number == 1 else many


_english = ModuleType("gettext")
_english.__dict__.update(gettext=str, ngettext=_number)
_found = sys.modules.setdefault("gettext", _english)

import argparse  # noqa: E402  with what it finds as gettext

if _found is _english:
    del sys.modules["gettext"]  # whoever else imports it gets the real one
argparse.__dict__.update(_=str, ngettext=_number)

__all__ = ["argparse"]
