"""Reads a page as strictly as the HTML standard is written, where browsers forgive everything."""

import re
from html.parser import HTMLParser


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


VOID = _words("area base br col embed hr img input link meta source track wbr")
HEADINGS = _words("h1 h2 h3 h4 h5 h6")
FLOW_ONLY = HEADINGS | _words(
    "address article aside blockquote details dialog div dl fieldset figure footer form header hr main menu nav ol p"
    " pre search section table ul"
)
OTHERS = _words(
    "a abbr b bdi bdo body button caption cite code colgroup data datalist dd del dfn dt em figcaption head"
    " hgroup html i ins kbd label legend li mark meter noscript object optgroup option output picture progress q s"
    " samp script select small span strong style sub summary sup svg tbody td template textarea tfoot th thead"
    " time title tr u var video"
)
KNOWN = VOID | FLOW_ONLY | OTHERS
WORDS_ONLY = HEADINGS | _words(
    "p span a label button summary legend em strong small i b code time q cite abbr pre dt option title output"
)
"""What holds words and no blocks. An `a` is as its parent is, which in our pages is words."""
MAY_HOLD_HEADINGS = frozenset({"summary", "legend"})
INTERACTIVE = frozenset({"a", "button", "input", "select", "textarea", "label", "details"})
PARENTS = {
    "li": {"ul", "ol", "menu"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "tr": {"table", "thead", "tbody", "tfoot"},
    "td": {"tr"},
    "th": {"tr"},
    "caption": {"table"},
    "thead": {"table"},
    "tbody": {"table"},
    "option": {"select", "optgroup", "datalist"},
    "legend": {"fieldset"},
    "summary": {"details"},
    "title": {"head"},
}
CHILDREN = {
    "ul": {"li"},
    "ol": {"li"},
    "dl": {"dt", "dd", "div"},
    "select": {"option", "optgroup"},
    "tr": {"td", "th"},
    "table": {"caption", "colgroup", "thead", "tbody", "tfoot", "tr"},
}
REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "headers", "list")


def mistakes_in(page: str) -> list[str]:
    """What is wrong with a page, each with its line; empty for a page without fault."""
    reader = StrictReader()
    reader.feed(page)
    reader.close()
    return reader.finish()


class StrictReader(HTMLParser):
    """Collects what the standard forbids: nesting, ends that are missing, ids, references, landmarks."""

    def __init__(self) -> None:
        super().__init__()
        self.mistakes: list[str] = []
        self._open: list[str] = []
        self._ids: list[str] = []
        self._named: list[tuple[int, str]] = []
        self._seen: dict[str, int] = {}
        self._title = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        given = {name: value or "" for name, value in attrs}
        if len(set(names)) < len(names):
            self._complain(f"<{tag}> has an attribute twice")
        if "svg" not in self._open:
            self._check_place(tag)
        if tag == "img" and "alt" not in given:
            self._complain("an <img> has no alt")
        if tag == "html" and not given.get("lang"):
            self._complain("the page has no language")
        self._seen[tag] = self._seen.get(tag, 0) + 1
        self._note(given)
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if "svg" not in self._open and tag not in VOID:
            self._complain(f"<{tag}/> does not close itself")
        self._note({name: value or "" for name, value in attrs})

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self._complain(f"</{tag}> ends what is not open here: {' '.join(self._open[-3:])}")
            while tag in self._open and self._open.pop() != tag:
                pass
            return
        self._open.pop()

    def handle_data(self, data: str) -> None:
        inside = self._open[-1] if self._open else ""
        if inside == "title" and "svg" not in self._open:
            self._title += data
        if data.strip() and inside in CHILDREN:
            self._complain(f"words stand straight in <{inside}>")

    def finish(self) -> list[str]:
        if self._open:
            self._complain(f"never closed: {' '.join(self._open)}")
        self.mistakes += [
            f"id {its!r} is there twice" for its in sorted({i for i in self._ids if self._ids.count(i) > 1})
        ]
        self.mistakes += [
            f"line {line}: nothing has the id {its!r}" for line, its in self._named if its not in self._ids
        ]
        self.mistakes += [
            f"<{tag}> is there {self._seen.get(tag, 0)} times" for tag in ("h1", "main") if self._seen.get(tag) != 1
        ]
        if not self._title.split("·")[0].strip():
            self._complain("the page has no title")
        return self.mistakes

    def _check_place(self, tag: str) -> None:
        parent = self._open[-1] if self._open else ""
        if tag not in KNOWN:
            self._complain(f"<{tag}> is no element")
        if tag in PARENTS and parent not in PARENTS[tag]:
            self._complain(f"<{tag}> stands in <{parent}>")
        if parent in CHILDREN and tag not in CHILDREN[parent] | {"script", "template"}:
            self._complain(f"<{parent}> holds <{tag}>")
        holder = next((place for place in reversed(self._open) if place in WORDS_ONLY), None)
        if tag in FLOW_ONLY and holder and not (tag in HEADINGS and holder in MAY_HOLD_HEADINGS):
            self._complain(f"<{tag}> stands among the words of <{holder}>")
        outer = next((place for place in self._open if place in ("a", "button")), None)
        if tag in INTERACTIVE and outer:
            self._complain(f"<{tag}> stands in <{outer}>")
        if tag in ("form", "label") and tag in self._open:
            self._complain(f"<{tag}> stands in another one")

    def _note(self, given: dict[str, str]) -> None:
        line = self.getpos()[0]
        if "id" in given:
            self._ids.append(given["id"])
            if not given["id"] or re.search(r"\s", given["id"]):
                self._complain(f"{given['id']!r} is no id")
        for name in REFERENCES:
            self._named += [(line, its) for its in given.get(name, "").split()]
        if given.get("href", "").startswith("#") and len(given["href"]) > 1:
            self._named.append((line, given["href"][1:]))

    def _complain(self, what: str) -> None:
        self.mistakes.append(f"line {self.getpos()[0]}: {what}")
