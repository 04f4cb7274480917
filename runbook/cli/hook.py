"""``runbook hook``: prints the recorder for somebody's own shell. Runs at the start of every shell: imports little."""

from __future__ import annotations

from runbook.cli.output import parser
from runbook.flow.hook import SHELLS, hook


def run(argv: list[str]) -> int:
    """Print shell code."""
    arguments = parser(
        "hook",
        "Record what you do in your own shell while an incident is open: command, folder, start, duration,\n"
        "exit status. No output, and nothing at all when no incident is open. A command typed with a leading\n"
        "blank stays off the record.",
        epilog='~/.bashrc                    eval "$(runbook hook bash)"\n'
        '~/.zshrc                     eval "$(runbook hook zsh --strict)"\n'
        "~/.config/fish/config.fish   runbook hook fish | source",
    )
    arguments.add_argument("shell", choices=SHELLS)
    arguments.add_argument(
        "--strict", action="store_true", help="ask before a destructive command, as `runbook run` does; always"
    )
    options = arguments.parse_args(argv)
    print(hook(options.shell, strict=options.strict), end="")
    return 0
