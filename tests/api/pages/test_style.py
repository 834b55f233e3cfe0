"""The stylesheets keep their promises: contrast in light and dark, size, and no template breaks the strict policy."""

import gzip
import re
from pathlib import Path

import pytest

from models.i18n import texts_in
from models.settings import TEMPLATES

STYLE = (TEMPLATES / "static" / "app.css").read_text(encoding="utf-8")
OFFICE = (TEMPLATES / "static" / "office.css").read_text(encoding="utf-8")
"""On top of it, for whoever is signed in."""
STANDING_ALONE = ("emails", "package")
PAGES = sorted(page for page in TEMPLATES.rglob("*.html") if page.relative_to(TEMPLATES).parts[0] not in STANDING_ALONE)
"""Mails and the files of a package stand alone, without our stylesheet; they have tests of their own."""
CODE = sorted((TEMPLATES.parent / "api" / "pages").rglob("*.py"))

TEXT_ON = [
    ("ink", "paper"), ("ink", "card"), ("muted", "paper"), ("muted", "card"), ("brand", "paper"), ("brand", "card"),
    ("brand-strong", "brand-soft"), ("on-brand", "brand"), ("on-brand", "brand-strong"), ("late", "card"),
    ("late", "late-soft"), ("soon", "soon-soft"), ("good", "good-soft"), ("ink", "soon-soft"), ("brand", "brand-soft"),
]  # fmt: skip
EDGES_ON = [("edge", "card"), ("edge", "paper"), ("late", "card"), ("brand", "paper"), ("brand", "card")]


def colours(dark: bool) -> dict[str, str]:
    blocks = re.findall(r":root \{(.*?)\}", STYLE, re.DOTALL)
    light = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", blocks[0]))
    return light | dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", blocks[1])) if dark else light


def luminance(colour: str) -> float:
    """Relative luminance as of WCAG 2.2."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_text_and_edges_stand_out(dark: bool) -> None:
    found = colours(dark)
    assert [pair for pair in TEXT_ON if contrast(found[pair[0]], found[pair[1]]) < 4.5] == []
    assert [pair for pair in EDGES_ON if contrast(found[pair[0]], found[pair[1]]) < 3] == []


@pytest.mark.parametrize(("style", "most"), [(STYLE, 9_500), (OFFICE, 5_000)], ids=["everybody", "office"])
def test_each_stylesheet_stays_small(style: str, most: int) -> None:
    assert len(gzip.compress(style.encode())) < most
    assert not re.search(r"https?:|@import", style)


FOR_ANYBODY = (
    *("answers/", "errors/", "hand_in/", "home/", "mailbox/", "public/", "contributions/form", "contributions/mine"),
    *("contributions/over", "contributions/report", "openings/list", "openings/opening.", "replication/start"),
    *(
        "sign_in/code",
        "sign_in/dead",
        "sign_in/demo",
        "sign_in/from",
        "sign_in/link",
        "sign_in/second",
        "sign_in/start",
    ),
    *("staff/join", "staff/set_up", "stories/embed", "stories/list", "stories/story", "team/invitation", "team/over"),
)
"""Where pages begin that need no account."""


def named_for_anybody() -> set[str]:
    """Classes and ids of these pages and of whatever they are put together from."""
    names = {str(page.relative_to(TEMPLATES)) for page in PAGES}
    found, ahead = set[str](), {name for name in names if name.startswith(FOR_ANYBODY)}
    while ahead - found:
        found |= ahead
        written = "".join((TEMPLATES / name).read_text(encoding="utf-8") for name in found)
        ahead = set(re.findall(r'{%-? *(?:extends|include|from|import) "([^"]+)"', written))
    return {name for told in re.findall(r'(?:class|id)="([^"]*)"', written) for name in re.findall(r"[\w-]+", told)}


def test_what_everybody_sees_needs_the_first_stylesheet_alone() -> None:
    plain = re.sub(r"/\*.*?\*/|@[^{]+\{|:not\([^)]*\)", "", OFFICE, flags=re.DOTALL)
    named, selectors = named_for_anybody(), re.findall(r"([^{}]+)\{", plain)
    each = [one.strip() for selector in selectors for one in re.split(r",(?![^(]*\))", selector)]
    assert [one for one in each if set(re.findall(r"[.#]([\w-]+)", one)) <= named] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(TEMPLATES)))
def test_no_template_needs_scripts_or_inline_style(page: Path) -> None:
    written = page.read_text(encoding="utf-8")
    # A few scripts, from our own folder; what they improve stands in attributes.
    for script in ("htmx.min.js", "kept.js", "keys.js", "menus.js", "sign-in.js"):
        written = written.replace(f"""<script src="{{{{ asset('{script}') }}}}" defer></script>""", "")
    # Linked data is read by search engines, and run by nobody.
    written = written.replace('<script type="application/ld+json">', "")
    assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|\|\s*safe", written)


def test_every_text_that_pages_name_exists() -> None:
    texts = texts_in("de")
    written = "".join(path.read_text(encoding="utf-8") for path in (*PAGES, *CODE))
    named = set(re.findall(r"""["'](page(?:\.[a-z_0-9]+)+)["']""", written))
    assert sorted(key for key in named if not texts.has(key) and not _is_beginning(key)) == []


COMPLETED = r"""f["'](page\.[a-z_0-9.]+)\{|["'](page\.[a-z_0-9.]+\.)["']|["'](page\.[a-z_0-9.]+)["'] ?~"""
"""The beginning of a key that code or a template completes."""


def test_no_text_of_the_pages_is_left_over() -> None:
    written = "".join(path.read_text(encoding="utf-8") for path in (*PAGES, *CODE))
    beginnings = {"page.words.", *("".join(found) for found in re.findall(COMPLETED, written))}
    keys = [key for key in texts_in("de").catalogue if key.startswith("page.")]
    named = set(re.findall(r"""["'](page(?:\.[a-z_0-9]+)+)["']""", written))
    # A count that is one of a page's lines: see `count_list`.
    named |= {f"{key}.{part}" for key in named if key.endswith(".count") for part in ("page", "of", "of_many")}
    assert [key for key in keys if key not in named and not key.startswith(tuple(beginnings))] == []


def _is_beginning(key: str) -> bool:
    """A key that code completes, such as the page of a form."""
    return any(known.startswith(f"{key}.") for known in texts_in("de").catalogue)
