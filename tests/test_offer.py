"""The offer of a repository: whom it is made to, what is proposed, what becomes of the answer."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest
from ptydriver import Terminal, ctrl
from publishing import Repo, new_repo

from runbook.errors import GitError
from runbook.flow.desk import find_place, open_document
from runbook.flow.offer import PROPOSED, problem, remember, settle

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Runbook

NO_REPOSITORY = "has no repository for its report"


@pytest.fixture
def config(home: Path) -> Path:
    return home / ".config/runbook/config.toml"


@pytest.fixture
def begun(home: Path, runbook: Runbook) -> str:
    """An incident that was begun where there is no repository."""
    return runbook("start", "Checkout answers 502", check=True).stdout.split()[0]


def terminal(*arguments: str) -> Terminal:
    return Terminal([sys.executable, "-m", "runbook", *arguments])


def test_start_and_log_never_ask(home: Path) -> None:
    """A responder is not kept waiting, even at a terminal."""
    for arguments in (["start", "Checkout answers 502"], ["log", "restarted the proxy"]):
        with terminal(*arguments) as screen:
            screen.ends()
            assert NO_REPOSITORY not in screen.text
            assert "Folder" not in screen.text


def test_enter_makes_the_proposed_one_files_the_report_there_and_remembers_it(
    begun: str, home: Path, config: Path, runbook: Runbook
) -> None:
    with terminal("render") as screen:
        screen.sees(f"{begun} {NO_REPOSITORY}", f"Enter for {PROPOSED}")
        screen.type("\r")
        screen.sees("Made ~/incidents", "Your default from now on: ~/.config/runbook/config.toml", "committed on main")
    repo = Repo(home / "incidents")
    assert repo.status() == []
    assert repo.log() == [f"incident: {begun} Checkout answers 502", "Keep incident records here"]
    assert tomllib.loads(config.read_text()) == {"repository": str(repo.root)}
    assert find_place().repository == str(repo.root)
    runbook("start", "the next one needs no answer", check=True)
    runbook("render", check=True)
    assert len(repo.log()) == 3


def test_resolve_marks_first_then_offers_then_goes_on_to_the_interview(begun: str, home: Path) -> None:
    with terminal("resolve") as screen:
        screen.sees("Resolved at", "Enter for ~/incidents")
        screen.type("~/team-reports\r")
        screen.sees("Made ~/team-reports", "(1/", "What happened")
        screen.type(ctrl("c"))
        screen.sees(f"`runbook resume {begun}` goes on")
    assert open_document(begun).place.repository == str(home / "team-reports")


@pytest.mark.parametrize("verb", [["resume"], ["new", "incident", "Disk full"]])
def test_the_other_ways_into_the_interview_offer_it_too(begun: str, home: Path, verb: list[str]) -> None:
    with terminal(*verb, "--plain") as screen:
        screen.sees(NO_REPOSITORY)
        screen.type("\r")
        screen.sees("Made ~/incidents", "What happened")
    assert (home / "incidents/.git").is_dir()
    desk = open_document(begun) if verb == ["resume"] else open_document()
    assert desk.place.repository == str(home / "incidents")


def test_left_for_later_nothing_is_made_and_nothing_is_lost(begun: str, home: Path, config: Path) -> None:
    with terminal("render") as screen:
        screen.sees(NO_REPOSITORY)
        screen.type("<\r")
        screen.sees("Later, then", "has no repository to file its report in", "--repo")
        assert screen.ends() == 2
    with terminal("render") as screen:
        screen.sees(NO_REPOSITORY)
        screen.type(ctrl("c"))
        assert screen.ends() == 130
    assert not (home / "incidents").exists()
    assert not config.exists()
    assert open_document().id == begun


def test_without_a_terminal_nobody_is_asked(begun: str, home: Path, runbook: Runbook) -> None:
    for arguments in (["render"], ["resume", "--no-input"]):
        done = runbook(*arguments, check=2)
        assert f"{begun} has no repository to file its report in" in done.stderr
        assert "--repo" in done.stderr
        assert "Folder" not in done.stdout
    assert not (home / "incidents").exists()


def test_what_cannot_be_used_is_said_and_asked_again(begun: str, home: Path) -> None:
    repo = new_repo(home / "shop")
    (home / "full").mkdir()
    (home / "full/letter.txt").touch()
    with terminal("render") as screen:
        for answer, reason in (
            ("~/full", "there are files in it"),
            ("~/full/letter.txt", "that is a file"),
            ("~/shop/reports", "inside the repository ~/shop"),
            ("~nobody-here/x", "name a folder"),
        ):
            screen.sees("Folder")
            screen.type(answer + "\r")
            screen.sees(reason)
        screen.type("~/shop\r")
        screen.sees("Reports go to ~/shop", "committed on main")
    assert len(repo.log()) == 2
    assert not (repo.root / "runbook.toml").exists(), "a repository that is there is used as it is"
    assert os.listdir(home / "full") == ["letter.txt"]


def test_a_repository_that_is_known_by_now_is_proposed_and_the_default_stays(
    begun: str, home: Path, config: Path
) -> None:
    created = settle("~/first")
    assert created.made
    remember(created.root)
    with terminal("render") as screen:
        screen.sees("Enter for ~/first")
        screen.type("~/second\r")
        screen.sees("Made ~/second.", "committed on main")
        assert "default" not in screen.text
    assert tomllib.loads(config.read_text()) == {"repository": str(home / "first")}


def test_the_default_joins_a_file_that_is_there_and_a_link_stays_a_link(home: Path, config: Path) -> None:
    dotfiles = home / "dotfiles.toml"
    dotfiles.write_text("# mine\n[prompt]\nplain = true\n", encoding="utf-8")
    dotfiles.chmod(0o600)
    config.parent.mkdir()
    config.symlink_to(dotfiles)
    awkward = str(home / 'a "quoted" \\ folder \u00e4')
    assert remember(awkward) == str(dotfiles)
    assert tomllib.loads(config.read_text()) == {"repository": awkward, "prompt": {"plain": True}}
    assert "# mine" in dotfiles.read_text()
    assert config.is_symlink()
    assert dotfiles.stat().st_mode & 0o777 == 0o600
    assert remember("/somewhere/else") is None
    assert tomllib.loads(config.read_text())["repository"] == awkward


def test_without_an_identity_the_two_commands_are_said_and_the_same_command_works_afterwards(
    begun: str, home: Path
) -> None:
    before = (home / ".gitconfig").read_text()
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n", encoding="utf-8")
    with terminal("render") as screen:
        screen.sees("Git does not know you")
        screen.type("<\r")
        screen.sees("git config --global user.name", "git config --global user.email")
        assert screen.ends() == 2
    (home / ".gitconfig").write_text(before)
    with terminal("render") as screen:
        screen.sees(NO_REPOSITORY)
        screen.type("\r")
        screen.sees("committed on main")


def test_an_identity_that_is_missing_is_asked_for_after_the_first_answer(repository: Path, runbook: Runbook) -> None:
    """Not after twenty answers."""
    identifier = runbook("start", "Checkout answers 502", "--repo", repository, check=True).stdout.split()[0]
    Repo(repository).git("config", "user.useConfigOnly", "true")
    Repo(repository).git("config", "--global", "--remove-section", "user")
    with terminal("resolve", "--plain") as screen:
        screen.sees("Resolved at", "What happened")
        screen.type("Nobody could pay.\r", ".\r", "\r", "\r", "\r", "\r", "\r")
        screen.sees("Git does not know you")
        screen.type("<\r")
        screen.sees("git config --global user.name", "git config --global user.email")
        assert screen.ends() == 2
    Repo(repository).git("config", "--global", "user.name", "Robin Tester")
    Repo(repository).git("config", "--global", "user.email", "robin@example.org")
    with terminal("resume", "--plain") as screen:
        screen.sees("(2/", "When?")
    assert open_document().id == identifier


def test_a_repository_without_a_commit_is_begun_and_a_bare_one_is_refused(home: Path) -> None:
    subprocess.run(["git", "init", "-q", home / "fresh"], check=True)
    assert problem("~/fresh") is None
    assert settle("~/fresh") == (str(home / "fresh"), True)
    assert Repo(home / "fresh").log() == ["Keep incident records here"]
    assert settle("~/fresh") == (str(home / "fresh"), False)
    subprocess.run(["git", "init", "-q", "--bare", home / "bare"], check=True)
    assert problem("~/bare") is not None
    with pytest.raises(GitError, match="no work tree"):
        settle("~/bare")


@pytest.fixture
def nobody(home: Path) -> None:
    """A host on which nobody has told git who they are."""
    (home / ".gitconfig").write_text("[user]\n\tuseConfigOnly = true\n[init]\n\tdefaultBranch = main\n")


@pytest.mark.usefixtures("nobody")
def test_whom_git_does_not_know_is_asked_once_and_git_s_settings_stay_as_they_were(begun: str, home: Path) -> None:
    """Before the folder and the questions; what is no address is asked again."""
    settings = (home / ".gitconfig").read_text()
    with terminal("render") as screen:
        screen.sees("Git does not know you", "Name")
        screen.type("Kim Responder\r")
        screen.sees("E-mail")
        screen.type("kim at example\r")
        screen.sees("an e-mail address, such as")
        screen.type("kim@example.org\r")
        screen.sees("Enter for ~/incidents")
        screen.type("\r")
        screen.sees("committed on main")
        assert screen.ends() == 0
    repo = Repo(home / "incidents")
    who = repo.git("log", "--format=%an <%ae> %cn <%ce>").splitlines()
    assert set(who) == {"Kim Responder <kim@example.org> Kim Responder <kim@example.org>"}
    assert len(who) == 2
    assert (home / ".gitconfig").read_text() == settings
    assert "user" not in (home / "incidents/.git/config").read_text()


@pytest.mark.usefixtures("nobody")
def test_who_does_not_want_to_say_is_told_the_commands_and_asked_nothing_more(begun: str, home: Path) -> None:
    with terminal("resume") as screen:
        screen.sees("Git does not know you")
        screen.type("<\r")
        assert screen.ends() == 2
        assert "git config --global user.name" in screen.text
        assert "What happened" not in screen.text
    assert not (home / "incidents").exists()
    assert open_document().id == begun


@pytest.mark.parametrize("answer", ["y", "Yes", "n", "q"])
def test_yes_is_no_folder(home: Path, answer: str) -> None:
    assert "Enter alone" in (problem(answer) or "")
    assert not (home / answer).exists()
