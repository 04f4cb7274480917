"""Made-up secrets for the examples that stand beside the rules.

An example is a template: ``"export GITHUB_TOKEN=«ghp_{an:36}»"``. ``{an:36}`` becomes 36 random letters and digits, and
what stands between ``«`` and ``»`` is what must be taken out. So no file of this project holds anything that looks
like a real credential, and every run of the tests tries other ones.
"""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from random import Random

_LETTERS = string.ascii_letters
_ALPHABETS = {
    "an": _LETTERS + string.digits,
    "b32": string.ascii_uppercase + "234567",
    "b64": _LETTERS + string.digits + "+/",
    "dig": string.digits,
    "hex": "0123456789abcdef",
    "let": _LETTERS,
    "lo": string.ascii_lowercase + string.digits,
    "low": string.ascii_lowercase,
    "pw": _LETTERS + string.digits + "!#%*-_.^~",
    "up": string.ascii_uppercase + string.digits,
    "url": _LETTERS + string.digits + "-_",
}
_SLOT = re.compile(r"\{(" + "|".join(_ALPHABETS) + r"):(\d+)\}")


class Sample(NamedTuple):
    """A filled-in example: the text, and the secrets in it."""

    text: str
    secrets: tuple[str, ...]


def fill(template: str, random: Random) -> Sample:
    """Fill the slots of ``template``; every slot's first and last character is a letter or digit where it has any."""

    def characters(match: re.Match[str]) -> str:
        alphabet, count = _ALPHABETS[match[1]], int(match[2])
        ends = [c for c in alphabet if c.isalnum()]
        inner = "".join(random.choices(alphabet, k=max(count - 2, 0)))
        return (random.choice(ends) + inner + random.choice(ends))[:count]

    filled = _SLOT.sub(characters, template)
    secrets = tuple(re.findall("«(.*?)»", filled, re.DOTALL))
    return Sample(filled.replace("«", "").replace("»", ""), secrets)
