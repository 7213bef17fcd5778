"""What the markup of a page holds, as a browser would read it."""

from html.parser import HTMLParser


class Ids(HTMLParser):
    """Collects ids, links, and what a page would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [given["id"] or ""] if "id" in given else []
        if tag == "a":
            self.links.append(given["href"] or "")
        self.loaded += [given[name] or "" for name in ("src", "srcset", "data") if name in given]
        if tag in ("link", "iframe", "img", "object", "embed"):
            self.loaded.append(tag)
