"""Who commits, asked for where git does not know: on a fresh host nobody has set ``user.name``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from runbook.errors import NoIdentityError

if TYPE_CHECKING:
    from runbook.capture.prompter import Prompter
    from runbook.flow.desk import Desk


def committer(desk: Desk, prompter: Prompter | None = None) -> tuple[str, str] | None:
    """Name and e-mail for the commits of this run, asked for if git has none; nothing is written to git's settings.

    Args:
        desk: the document; its repository's own settings count, if it has a repository.
        prompter: asks; plain lines if absent. The caller knows that somebody is there to answer.

    Returns:
        None where git knows already.

    Raises:
        NoIdentityError: the person did not want to say; its hint names the commands that settle it for good.
        GitError: git cannot work there at all.
        InterruptedByUserError: Ctrl-C.
    """
    from runbook.capture.prompter import Field, GoBack
    from runbook.publish.identity import check_identity

    try:
        check_identity(Path(desk.place.repository or os.path.expanduser("~")))
    except NoIdentityError as unknown:
        from runbook.capture.prompter_plain import PlainPrompter

        prompter = prompter or PlainPrompter()
        try:
            answer = prompter.form(
                "committer",
                "Git does not know you: in whose name is the report committed?",
                [
                    Field("name", "Name", default=_full_name(), validate=_name_problem),
                    Field("email", "E-mail", validate=_email_problem),
                ],
                help="Used for this commit only; git config --global user.name settles it for good.",
            )
        except GoBack:
            raise unknown from None
        return answer["name"].strip(), answer["email"].strip()
    return None


def _full_name() -> str:
    """What the system's user list calls whoever is at the keyboard."""
    import pwd

    try:
        entry = pwd.getpwuid(os.getuid())
    except KeyError:
        return ""
    full = entry.pw_gecos.split(",")[0].strip()
    return full if full and entry.pw_uid else ""


def _name_problem(answer: str) -> str | None:
    usable = answer.strip(" .,:;<>\"'")  # git takes these signs off, and refuses what is left of nothing
    return None if usable and answer.isprintable() else "a name that stands in the history"


def _email_problem(answer: str) -> str | None:
    address = answer.strip()
    name, _, host = address.partition("@")
    wrong = not name or not host or any(sign in address for sign in " <>\n") or not address.isprintable()
    return "an e-mail address, such as kim@example.org" if wrong else None
