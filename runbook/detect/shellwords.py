"""Shell text into commands by one walk over its characters: what is left where the grammar cannot be had or gives up.

It knows quotes, comments, operators, redirections, here-documents and substitutions, and nothing of compound commands:
their reserved words stay words. Nothing is expanded and nothing fails.
"""

from __future__ import annotations

from runbook.detect.shelltext import CLOSE, MAX_FED, OPEN, SUBSTITUTION, Raw, Script, Word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from runbook.detect.shelltext import Event

_OPERATORS = ("&&", "||", "|&", ";;", ";", "|", "&", "\n", "(", ")")
_REDIRECTIONS = ("&>>", "<<<", "<<-", "&>", "<<", ">>", "<>", ">&", "<&", ">|", "<", ">")
MAX_NESTED = 5


def split_commands(script: Script, *, depth: int = 0) -> list[Event]:
    """The commands of ``script`` in order, as :func:`runbook.detect.shelltree.read_commands` gives them."""
    return _Splitter(script, depth).split()


class _Splitter:
    """Walks over a script once."""

    def __init__(self, script: Script, depth: int) -> None:
        self.script = script
        self.text = script.text
        self.depth = depth
        self.at = 0
        self.events: list[Event] = []
        self.raw: Raw | None = None
        self.before = ""
        self.letters: list[str] = []
        self.places: list[int] = []
        self.inner: list[list[Event]] = []
        self.begun = -1
        self.quoted = False
        self.redirection = ""
        self.heredocs: list[tuple[Raw, str]] = []

    def split(self) -> list[Event]:
        text = self.text
        while self.at < len(text):
            char = text[self.at]
            if char == "\\":
                self._escape()
            elif char in "'\"":
                self._quote(char)
            elif char == "`" or text.startswith(("$(", "<(", ">("), self.at):
                self._substitution()
            elif char == "#" and self.begun < 0:
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
            elif char in " \t\r":
                self._end_word()
                self.at += 1
            elif not self._operator():
                self._take(char, self.at)
                self.at += 1
        self._end_command("")
        return self.events

    # --- letters and words ---------------------------------------------------------------------------------------

    def _take(self, text: str, at: int) -> None:
        if self.begun < 0:
            self.begun = at
        self.letters.append(text)
        self.places.extend(self.script.places(at, len(text)))

    def _begin(self) -> None:
        self.begun = self.at if self.begun < 0 else self.begun
        self.quoted = True

    def _escape(self) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if following != "\n":
            self._begin()
            self._take(following, self.at + 1)
        self.at += 2

    def _quote(self, mark: str) -> None:
        text = self.text
        if self.letters[-1:] == ["$"]:
            self.letters.pop()
            self.places.pop()
        self._begin()
        self.at += 1
        while self.at < len(text):
            char = text[self.at]
            if char == mark:
                self.at += 1
                return
            if mark == '"' and char == "\\" and text[self.at + 1 : self.at + 2] in ('"', "\\", "$", "`", "\n"):
                self._take(text[self.at + 1].strip("\n"), self.at + 1)
                self.at += 2
            elif mark == '"' and (char == "`" or text.startswith("$(", self.at)):
                self._substitution()
            else:
                self._take(char, self.at)
                self.at += 1

    def _substitution(self) -> None:
        """Keep it as written in the word, and what it runs beside it."""
        begin, text = self.at, self.text
        if text[begin] == "`":
            end = text.find("`", begin + 1)
            end = len(text) if end < 0 else end
            first = begin + 1
        else:
            end, first = _closing(text, begin + 1), begin + 2
        self.at = min(end + 1, len(text))
        if not text.startswith("$((", begin) and self.depth < MAX_NESTED:
            events = split_commands(self.script.slice(first, end), depth=self.depth + 1)
            first_raw = next((event for event in events if isinstance(event, Raw)), None)
            if first_raw is not None:
                first_raw.before = SUBSTITUTION
            self.inner.append(events)
        self._take(text[begin : self.at], begin)

    def _end_word(self) -> None:
        if self.begun < 0:
            return
        span = self.script.span(self.begun, min(self.at, len(self.text)))
        word = Word("".join(self.letters), self.places, span, quoted=self.quoted, inner=self.inner)
        self.letters, self.places, self.inner = [], [], []
        self.begun, self.quoted = -1, False
        if self.raw is None:
            self.raw = Raw(self.before, span)
        self.raw.end = max(self.raw.end, word.end)
        way, self.redirection = self.redirection, ""
        if not way:
            self.raw.words.append(word)
        elif way == "<<<":
            self.raw.stdin = word
        elif way.startswith("<<"):
            self.heredocs.append((self.raw, word.text))
        elif not (way.endswith("&") and (word.text.isdigit() or word.text == "-")):
            (self.raw.writes if ">" in way else self.raw.reads).append(word)

    # --- operators ------------------------------------------------------------------------------------------------

    def _operator(self) -> bool:
        text = self.text
        for marks in _REDIRECTIONS:
            if text.startswith(marks, self.at):
                if not "".join(self.letters).isdigit() or self.quoted:
                    self._end_word()
                self.letters, self.places, self.begun = [], [], -1
                if self.raw is None:
                    self.raw = Raw(self.before, self.script.span(self.at, self.at + len(marks)))
                self.redirection = marks
                self.at += len(marks)
                return True
        for operator in _OPERATORS:
            if text.startswith(operator, self.at):
                self._end_command(operator)
                self.at += len(operator)
                if operator == "\n" and self.heredocs:
                    self._bodies()
                return True
        return False

    def _end_command(self, operator: str) -> None:
        self._end_word()
        raw, self.raw = self.raw, None
        self.redirection = ""
        if raw is not None:
            last = self.events[-1] if self.events else None
            if raw.before in ("|", "|&") and isinstance(last, Raw):
                raw.fed_by = [*last.fed_by, last][-MAX_FED:]
            self.events.append(raw)
        if operator in (OPEN, CLOSE):
            self.events.append(operator)
        elif operator and not (operator == "\n" and raw is None and self.before in ("|", "&&", "||")):
            self.before = operator

    def _bodies(self) -> None:
        """The here-documents of the line that just ended."""
        for raw, marker in self.heredocs:
            begin = self.at
            end = begin
            while self.at < len(self.text):
                end = self.at
                line_end = self.text.find("\n", self.at)
                line = self.text[self.at : line_end if line_end >= 0 else len(self.text)]
                self.at = len(self.text) if line_end < 0 else line_end + 1
                if line.strip() == marker:
                    break
                end = self.at
            body = self.script.slice(begin, end)
            raw.stdin = Word(body.text, list(body.at or ()), self.script.span(begin, end), quoted=True)
        self.heredocs = []


def _closing(text: str, opening: int) -> int:
    """Where the bracket opened at ``opening`` is closed, quotes respected; the end of the text if it never is."""
    depth, quote, at = 0, "", opening
    while at < len(text):
        char = text[at]
        if char == "\\" and quote != "'":
            at += 1
        elif quote:
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return len(text)
