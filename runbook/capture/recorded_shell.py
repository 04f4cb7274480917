"""How a shell is started so that it reads its user's own files first and our marks after them.

bash gets another ``--rcfile``, zsh another ``ZDOTDIR``, which it has back before the user's own files are read, fish a
command that it runs after its configuration. What is injected is the hook (``runbook/capture/hooks/``), told to print
marks and to leave what it saw in the session's own folder.
"""

from __future__ import annotations

import os
import shlex

from runbook.capture.hooks import SHELLS, hook_text
from runbook.errors import BadInputError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_BASH = """\
__runbook_recorded=1 # the hook in your own files leaves this shell to its recorder
if [[ -f ~/.bashrc ]]; then source ~/.bashrc; fi
unset __runbook_recorded
__runbook_session={session} __runbook_nonce={nonce}
{hook}
__runbook_recorded=1
"""
_ZSHENV = """\
if (( {had} )); then export ZDOTDIR={zdotdir}; else unset ZDOTDIR; fi
if [[ -f ${{ZDOTDIR:-$HOME}}/.zshenv ]]; then source ${{ZDOTDIR:-$HOME}}/.zshenv; fi
typeset -g __runbook_zdotdir=${{ZDOTDIR-}}
ZDOTDIR={ours}
"""
_ZSHRC = """\
if [[ -n $__runbook_zdotdir ]]; then ZDOTDIR=$__runbook_zdotdir; else unset ZDOTDIR; fi
if [[ ${{HISTFILE-}} == {ours}/* ]]; then HISTFILE=${{ZDOTDIR:-$HOME}}/.zsh_history; fi
typeset -g __runbook_recorded=1 # the hook in your own files leaves this shell to its recorder
if [[ -f ${{ZDOTDIR:-$HOME}}/.zshrc ]]; then source ${{ZDOTDIR:-$HOME}}/.zshrc; fi
unset __runbook_recorded
typeset -g __runbook_session={session} __runbook_nonce={nonce}
{hook}
typeset -g __runbook_recorded=1
"""
_FISH = """\
set -e __runbook_recorded
set -g __runbook_session {session}
set -g __runbook_nonce {nonce}
{hook}
set -g __runbook_recorded 1
"""


class Start:
    """How to start it.

    Attributes:
        argv: the program and its arguments.
        environ: what is added to the environment.
        files: what has to lie in the session's folder first, by name.
        shell: ``bash``, ``zsh`` or ``fish``.
    """

    __slots__ = ("argv", "environ", "files", "shell")

    def __init__(self, shell: str, argv: list[str], environ: dict[str, str], files: dict[str, str]) -> None:
        self.shell = shell
        self.argv = argv
        self.environ = environ
        self.files = files


def choose(wanted: str, environ: Mapping[str, str] = os.environ) -> str:
    """The program to start: ``wanted``, else the user's own shell, else bash.

    Raises:
        BadInputError: it is none that we know.
        NotFoundError: it is not there.
    """
    import shutil  # noqa: PLC0415  once a session

    program = wanted or environ.get("SHELL", "") or "bash"
    if os.path.basename(program) not in SHELLS:
        if wanted:
            raise BadInputError(f"{wanted} is no shell that can be recorded", hint=f"one of {', '.join(SHELLS)}")
        program = "bash"
    found = shutil.which(program)
    if found is None:
        raise NotFoundError(f"{program} is not installed", hint="name another one: runbook shell bash|zsh|fish")
    return found


def plan(program: str, session: str, nonce: str, environ: Mapping[str, str] = os.environ, *, guard: str = "") -> Start:
    """How to start ``program`` as the recorded shell of ``session``, a folder.

    Args:
        program: path of the shell.
        session: the session's folder.
        nonce: what tells our marks from others.
        environ: the environment in which it is started.
        guard: shell code that asks before a destructive command; empty: none does.
    """
    shell = os.path.basename(program)
    folder = f"{session}/rc"
    words = {"session": shlex.quote(session), "nonce": nonce, "hook": hook_text(shell) + guard}
    if shell == "bash":
        return Start(shell, [program, "--rcfile", f"{folder}/bashrc", "-i"], {}, {"bashrc": _BASH.format(**words)})
    if shell == "fish":
        argv = [program, "--init-command", f"source {shlex.quote(folder)}/init.fish", "-i"]
        return Start(shell, argv, {"__runbook_recorded": "1"}, {"init.fish": _FISH.format(**words)})
    mine = {
        **words,
        "had": int("ZDOTDIR" in environ),
        "zdotdir": shlex.quote(environ.get("ZDOTDIR", "")),
        "ours": shlex.quote(folder),
    }
    files = {".zshenv": _ZSHENV.format(**mine), ".zshrc": _ZSHRC.format(**mine)}
    return Start(shell, [program, "-i"], {"ZDOTDIR": folder}, files)
