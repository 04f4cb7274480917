"""Questions about a repository, and making a new one. Nothing here runs what a repository brought along."""

from __future__ import annotations

import os
import re
from pathlib import Path, PurePosixPath

from runbook.errors import GitError, NotFoundError, RunbookError, StorageError
from runbook.model.stamp import stamped
from runbook.publish.current import Committed, commit_current
from runbook.publish.git import Git, refusal
from runbook.publish.identity import need_identity
from runbook.publish.versions import changed_paths, fork_point, revision

SETTINGS = """\
# Settings of this team's incident records. Every key is optional; what stands here are the defaults.

# zone = "UTC"                 # the one time zone in which reports show times, such as "Europe/Berlin"

# [severities]                 # the team's own names, as reports show them
# critical = "critical"        # such as "SEV1"
# high = "high"
# medium = "medium"
# low = "low"

# [people]
# on_call = ""                 # shown when a responder has failed at the same thing three times
# escalate_to = ""

# [cost]
# rate = 85.0                  # per person and hour; without it, reports leave the cost open
# people = 2.0                 # how many usually work on an incident
# currency = "EUR"
# downtime_rate = 400.0        # what an hour of downtime costs; without it, reports do not work that out

# [live]
# hints = true                 # say what is known of a failure under the command that failed

# [timeline]
# silent_minutes = 60          # an open incident without an entry for this long is a gap

# [checklists]                 # of the deployment interview; an empty list takes one away
# before = ["Which database the application really uses is known"]
# after = ["The service answers where its users reach it"]
# deployment = ["The rollback was tried"]

# [production]                 # what the guard treats as production, as shell patterns
# hosts = ["prod-*"]
# paths = []
# compose_projects = []
# contexts = []                # of docker, kubectl and helm
# branches = []                # that git push goes to

# [guard]
# mode = "ask"                 # before a destructive command: ask, warn (say it and go on) or off
# harmless = []                # commands that it leaves alone here; docs/settings.md shows their form
# destructive = []             # commands that are destructive here

# [report]
# template = "incident"        # of incidents: google-sre, pagerduty, atlassian, azure, troubleshooting or your own
# deployment_template = "deployment"
# public = []                  # addresses and hosts that a summary for outsiders may name, as shell patterns
# picture = true               # false: reports show no timeline.svg

# [rules]                      # each of the ten rules: off, warn or stop; `runbook rules` tells them
# backup = "warn"

# [backup]
# keep_days = 30               # a backup older than this goes, unless it is a path's newest
# then = ""                    # shell command after a rollback, such as "docker compose up -d"

# [verify.post]                # checks by name; `runbook verify post` runs these
# deadline = "60s"             # a failing check is tried again for so long
# [[verify.post.check]]
# name = "Health endpoint"
# http = "http://localhost:4000/health"

# [lint]
# required = ["summary"]       # sections of an incident that must be filled; without it, those of its status
# required_deployment = ["changes"]

# [lint.rules]                 # severity of a rule by its code: error, warning, info or off
# RB021 = "warning"

# [lint.words]                 # added to the words that lint looks for, which are English
# placeholder = []             # stand where something is still to be written
# blame = []                   # find fault with a person
# person = []                  # names and roles of people, beside those on record
# vague = []                   # follow-ups nobody can finish
# verb = []                    # what a follow-up may begin with

# [lint.secrets]
# files = ["*"]                # where to look besides reports; without it, here where there is little else
# [[lint.secrets.ignore]]
# files = ["docs/samples/*"]
# reason = "texts from the vendor's page"

# [commit]
# branch = false               # true: each report goes to a branch incident/<id> instead of the current one

# [publish]
# branch = "incident/{id}"     # the review branch of a report; {id} stands for its id
# remote = ""                  # where it is pushed; empty: the current branch's remote, or origin
# into = ""                    # the remote that requests go to, where people push to forks of it; such as upstream
# target = ""                  # what it shall be merged into; empty: the remote's default branch
# forge = ""                   # github, gitlab, gitea, bitbucket, bitbucket-server or azure, where the host's
#                              # name does not tell what it runs
# draft = false                # true: pull and merge requests begin as drafts

# [ci]
# install = "python -m pip install incident-runbook=={version}"     # how the job of `runbook init` gets runbook
"""

README = """\
# Incidents and deployments

What went wrong here and what was rolled out, one folder each, by year. `INC-` is an incident, `DEP-` a deployment;
the date is the UTC day on which it began.

    2026/INC-2026-02-11-001/
      report.md      read this one, and review it in a pull request
      record.yaml    the same facts as data; report.md is made from it
      timeline.svg   the timeline as a picture; report.md shows it
      journal/       every entry as it was recorded at the time; never edited
      evidence/      what commands printed, and files that were attached; never edited

Passwords, tokens and keys were replaced by marks such as `[redacted:github-token#1]` before anything was stored.

To correct a report, edit `report.md` and run `runbook sync ID`, which brings it into `record.yaml`, or answer again
with `runbook resume ID`.

    runbook start "What is wrong"     begin to record
    runbook log "What I saw or did"   add to it; `runbook run -- CMD` records a command and its output
    runbook resolve                   end it, and write the report
    runbook list                      what is here
"""

ATTRIBUTES = """\
# Review reads report.md. The rest is written by the program: pull requests show it folded (the first name is GitHub's,
# the second GitLab's), and it stays text, so that `git diff`, `git log -p` and `git grep` still see it.
report.md       text eol=lf
record.yaml     text eol=lf linguist-generated gitlab-generated
*.svg           text eol=lf linguist-generated gitlab-generated
# Kept byte for byte: their digests stand in the record. Captured output may end lines in blanks.
**/evidence/**  -text -whitespace linguist-generated gitlab-generated
# Journals only grow, a line an entry: where two branches both added, both additions are right.
**/journal/**   -text -whitespace linguist-generated gitlab-generated merge=union
"""

FIRST_FILES = {"runbook.toml": SETTINGS, "incidents/README.md": README, "incidents/.gitattributes": ATTRIBUTES}
"""What a new repository starts with."""


def find_repository(path: Path) -> Path | None:
    """The root of the work tree that holds ``path``, as git sees it; None where there is none.

    Args:
        path: a file or folder; it need not exist yet.

    Raises:
        GitError: there is a repository, but no work tree one could write to (bare, somebody else's, or one whose
            configuration puts its files somewhere else).
    """
    start = path.absolute()
    while not start.is_dir() and start != start.parent:
        start = start.parent
    output = Git(start).read("rev-parse", "--show-toplevel")
    if output.ok:
        root = Path(output.text)
        if not Path(os.path.realpath(start)).is_relative_to(os.path.realpath(root)):
            raise GitError(
                "the repository's configuration says that its files are somewhere else",
                file=os.fspath(start),
                hint=f"core.worktree points to {root}; name the folder you mean with --repo",
            )
        return root
    if "bare repository" in output.stderr or "must be run in a work tree" in output.stderr:
        raise GitError(
            "this repository has no work tree (it is bare, or this is the inside of a .git folder)",
            file=os.fspath(path),
            hint="clone it, and work in the clone",
        )
    if "not a git repository" in output.stderr:
        return None
    raise refusal(output, "look into the repository", path)


def create_repository(path: Path, *, identity: tuple[str, str] | None = None) -> Committed:
    """Make a repository for incident records: ``git init`` and a first commit of commented settings.

    Files that are there already stay as they are and are not committed. If the first commit is refused (by a hook,
    by signing), running it again goes on from there.

    Args:
        path: the folder; it and its parents are made.
        identity: name and e-mail for this commit only.

    Raises:
        GitError: the folder is part of a repository already, or git refused.
        StorageError: the folder cannot be written.
    """
    found = find_repository(path)
    unfinished = found is not None and found.resolve() == path.resolve() and not has_commits(found)
    if found is not None and not unfinished:
        raise GitError(
            "this is part of a git repository already",
            file=os.fspath(found),
            hint="an empty runbook.toml makes it a repository of reports",
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
        git = Git(path, identity=identity)
        need_identity(git)
        output = git.write("init", "--quiet", "--", os.fspath(path.absolute()))
        if not output.ok:
            raise refusal(output, "make a repository", path)
        for name, text in FIRST_FILES.items():
            target = path / name
            target.parent.mkdir(exist_ok=True)
            if not target.exists():
                target.write_text(stamped(name, text), encoding="utf-8")
    except OSError as error:
        raise StorageError(f"the repository could not be made: {error.strerror}", file=error.filename) from None
    return commit_current(git, list(FIRST_FILES), "Keep incident records here\n")


def head_branch(root: Path) -> str | None:
    """The branch that is checked out (also one without a commit yet), or None on a detached HEAD."""
    output = Git(root).read("symbolic-ref", "--quiet", "--short", "HEAD")
    if output.status == 1:
        return None
    if not output.ok:
        raise refusal(output, "tell the current branch", root)
    return output.text


def is_clean(root: Path) -> bool:
    """Whether nothing is changed, staged or untracked. Changes within a submodule's own work tree do not count."""
    options = ("--porcelain=v2", "-z", "--untracked-files=normal", "--ignore-submodules=dirty", "--no-renames")
    output = Git(root).read("status", *options, compares_files=True)
    if not output.ok:
        raise refusal(output, "tell what has changed", root)
    return not output.stdout


def file_at(root: Path, rev: str, path: PurePosixPath) -> bytes | None:
    """The bytes of a file as of a revision, without filters; None if that revision has no such file.

    Args:
        root: the work tree.
        rev: a commit id, branch or tag.
        path: relative to the root.

    Raises:
        NotFoundError: there is no such revision.
    """
    git = Git(root)
    commit = git.read("rev-parse", "--verify", "--quiet", "--end-of-options", rev + "^{commit}")
    if not commit.ok:
        _raise_unless_quiet(commit.stderr, refusal(commit, "read the history", root))
        raise NotFoundError(f"there is no revision {rev!r} in the repository", file=os.fspath(root))
    listed = git.read("ls-tree", "-z", "--full-tree", commit.text, "--", os.fspath(path))
    if not listed.ok:
        raise refusal(listed, "read the history", root)
    for entry in listed.fields:
        about, _, name = entry.partition("\t")
        mode, _, object_id = about.split(" ")
        if name == os.fspath(path) and mode.startswith("100"):
            content = git.read("cat-file", "blob", object_id)
            if not content.ok:
                raise refusal(content, f"read {path} of {rev}", root)
            return content.stdout
    return None


def changed_since(root: Path, rev: str, below: PurePosixPath, *, unrelated: bool = False) -> list[str]:
    """Files below a folder that differ from where this branch left ``rev``: committed, staged, changed or untracked.

    Args:
        root: the work tree.
        rev: a commit id, branch or tag, such as ``origin/main``.
        below: the folder, relative to the root.
        unrelated: where both have nothing in common (a shallow clone), compare with ``rev`` itself.

    Returns:
        Paths relative to the root; a file that was removed is among them.

    Raises:
        NotFoundError: there is no such revision, or nothing that both have in common (a shallow clone).
    """
    newer = revision(root, rev)
    try:
        base = fork_point(root, newer, revision(root, "HEAD"))
    except NotFoundError:
        if not unrelated:
            raise
        base = newer
    return [os.fspath(path) for path in changed_paths(root, base, None, os.fspath(below))]


def files_that_say(root: Path, text: str, *, under: str) -> list[str]:
    """Tracked and untracked text files below a folder that hold ``text``, relative to the root.

    Raises:
        GitError: git refused to look.
    """
    options = ("--untracked", "--name-only", "-z", "-I", "--fixed-strings", "--no-textconv", "--no-color")
    output = Git(root).read("grep", *options, "-e", text, "--", f":(top,literal){under}")
    if output.status > 1:
        raise refusal(output, "look for a text", root)
    return output.fields


def files_to_keep(root: Path) -> list[str]:
    """Every file that git tracks, or would with ``git add``, relative to the root; in no order.

    Left out is what ``.gitignore`` names, and what git-crypt or transcrypt encrypt on the way in.

    Raises:
        GitError: there is no repository, or git refused to look.
    """
    encrypted = [f":(top,exclude,attr:filter={name})" for name in ("git-crypt", "crypt")]
    options = ("-z", "--cached", "--others", "--exclude-standard", "--full-name")
    output = Git(root).read("ls-files", *options, "--", ":(top)", *encrypted)
    if not output.ok:
        raise refusal(output, "list its files", root)
    return list(set(output.fields))


def origin_url(root: Path) -> str | None:
    """Where ``origin`` is, without a user name or token that the address may carry; None without an origin."""
    output = Git(root).read("config", "--get", "remote.origin.url")
    if output.status == 1:
        return None
    if not output.ok:
        raise refusal(output, "read the remote's address", root)
    return re.sub(r"^(https?://)[^/@]*@", r"\1", output.text) or None


def has_commits(root: Path) -> bool:
    """Whether the branch that is checked out has a commit."""
    return Git(root).read("rev-parse", "--verify", "--quiet", "HEAD").ok


def _raise_unless_quiet(said: str, error: RunbookError) -> None:
    """``rev-parse --quiet`` is silent about an unknown revision; anything it does say is another kind of failure."""
    if said.strip():
        raise error
