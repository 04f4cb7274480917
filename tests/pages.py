"""A page of ours, parsed strictly: the tags, attributes and addresses that it may hold, and that all of it nests."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "br", "hr", "img", "link", "input", "wbr"}
TAGS = {
    *("html", "head", "meta", "title", "style", "body", "div", "nav", "main", "section", "footer", "ol", "ul", "li"),
    *("a", "p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td", "strong", "em", "s"),
    *("code", "pre", "blockquote", "details", "summary", "br", "wbr", "hr", "span", "img", "b"),
}
"""Every tag that a page of ours may hold."""


class Page(HTMLParser):
    """Fails on a tag, an attribute or an address that a page of ours does not hold, and on what does not nest."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""
        self._header = 0
        self.seen: set[str] = set()
        self.feed(html)
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, f"<{tag}> in the page"
        self.seen.add(tag)
        for name, value in attrs:
            assert not name.startswith("on"), f"{name}={value}"
            assert name != "style", value
            if name == "href":
                assert (value or "").startswith(("#", "http://", "https://", "mailto:")), value
                self.links.append(value or "")
            if name == "src":
                assert (value or "").startswith("data:image/svg+xml;base64,"), value
            if name == "id":
                self.ids.append(value or "")
        if tag == "th":
            self._header = len(self.text)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> does not nest"
        if tag == "th":
            assert self.text[self._header :].strip(), "a column without a name"

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.text += data
