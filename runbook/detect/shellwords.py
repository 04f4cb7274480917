"""A shell line into words and operators, by one walk over its characters. Nothing is expanded and nothing fails."""

from __future__ import annotations

_OPERATORS = ("&&", "||", "|&", ";;", ";", "|", "&", "\n", "(", ")")


class Word:
    """A word of a line.

    Attributes:
        text: without its quotes; substitutions as written.
        operator: whether it is one of ``&& || ; | & ( )`` or a line's end.
        quoted: whether any of it stood in quotes or behind a backslash.
        inner: texts of its command substitutions, which run as well.
    """

    __slots__ = ("inner", "operator", "quoted", "text")

    def __init__(self, text: str, *, operator: bool = False, quoted: bool = False, inner: tuple[str, ...] = ()) -> None:
        self.text = text
        self.operator = operator
        self.quoted = quoted
        self.inner = inner


def split_words(text: str) -> list[Word]:
    """The words and operators of ``text``; comments and the bodies of here-documents are left out."""
    return _Splitter(text).split()


class _Splitter:
    """Walks over a line once, character by character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.words: list[Word] = []
        self.now: list[str] = []
        self.inner: list[str] = []
        self.started = self.quoted = False
        self.heredocs: list[str] = []

    def split(self) -> list[Word]:
        text = self.text
        while self.at < len(text):
            char = text[self.at]
            if char == "\\":
                self._escape()
            elif char in "'\"":
                self._quote(char)
            elif char == "`" or text.startswith("$(", self.at):
                self._substitution()
            elif char == "#" and not self.started:
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
            elif char in " \t\r":
                self._end_word()
                self.at += 1
            elif char in "<>":
                self._redirection()
            else:
                self._operator_or_letter(char)
        self._end_word()
        return self.words

    def _escape(self) -> None:
        following = self.text[self.at + 1 : self.at + 2]
        if following != "\n":
            self.now.append(following)
            self.started = self.quoted = True
        self.at += 2

    def _quote(self, mark: str) -> None:
        self.started = self.quoted = True
        self.at += 1
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == mark:
                self.at += 1
                return
            if mark == '"' and char == "\\" and self.text[self.at + 1 : self.at + 2] in ('"', "\\", "$", "`"):
                self.now.append(self.text[self.at + 1])
                self.at += 2
            elif mark == '"' and (char == "`" or self.text.startswith("$(", self.at)):
                self._substitution()
            else:
                self.now.append(char)
                self.at += 1

    def _substitution(self) -> None:
        """Keep it as written in the word, and its text as a command of its own."""
        begin = self.at
        if self.text[begin] == "`":
            end = self.text.find("`", begin + 1)
            inner = self.text[begin + 1 : end if end >= 0 else len(self.text)]
            self.at = len(self.text) if end < 0 else end + 1
        else:
            end = _closing(self.text, begin + 1)
            inner = self.text[begin + 2 : end]
            self.at = min(end + 1, len(self.text))
        if not self.text.startswith("$((", begin):
            self.inner.append(inner)
        self.now.append(self.text[begin : self.at])
        self.started = True

    def _redirection(self) -> None:
        digits = "".join(self.now)
        if self.started and not (digits.isdigit() or digits == "&") and not self.quoted:
            self._end_word()
        begin = self.at
        while self.at < len(self.text) and self.text[self.at] in "<>":
            self.at += 1
        marks = self.text[begin : self.at]
        if self.text[self.at : self.at + 1] in ("&", "|"):
            marks += self.text[self.at]
            self.at += 1
        if marks == "<<":
            self._heredoc()
            return
        self.now.append(marks)
        self.started = True

    def _heredoc(self) -> None:
        """Note the word that ends the here-document; its body follows after the line."""
        text = self.text
        while text[self.at : self.at + 1] in ("-", " ", "\t"):
            self.at += 1
        begin = self.at
        while self.at < len(text) and (text[self.at].isalnum() or text[self.at] in "_'\"\\.-"):
            self.at += 1
        self.heredocs.append(text[begin : self.at].strip("'\"\\"))

    def _operator_or_letter(self, char: str) -> None:
        for operator in _OPERATORS:
            if self.text.startswith(operator, self.at):
                if operator == "&" and self.text.startswith("&>", self.at):
                    break
                self._end_word()
                self.words.append(Word(operator, operator=True))
                self.at += len(operator)
                if operator == "\n" and self.heredocs:
                    self._skip_heredocs()
                return
        self.now.append(char)
        self.started = True
        self.at += 1

    def _skip_heredocs(self) -> None:
        for marker in self.heredocs:
            while self.at < len(self.text):
                end = self.text.find("\n", self.at)
                line = self.text[self.at : end if end >= 0 else len(self.text)]
                self.at = len(self.text) if end < 0 else end + 1
                if line.strip() == marker:
                    break
        self.heredocs = []

    def _end_word(self) -> None:
        if self.started:
            self.words.append(Word("".join(self.now), quoted=self.quoted, inner=tuple(self.inner)))
        self.now, self.inner = [], []
        self.started = self.quoted = False


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
