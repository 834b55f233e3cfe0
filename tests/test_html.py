"""The strict reader finds what it is there for, and lets a clean page pass."""

import pytest

from tests.html import mistakes_in

CLEAN = """<!doctype html><html lang="de"><head><title>Ideen · Ideenweg</title></head><body><main><h1 id="a">Ideen</h1>
<ul><li><a href="#a">Zur Überschrift</a></li></ul><label for="b">Name</label><input id="b"></main></body></html>"""


def test_a_clean_page_has_no_mistakes() -> None:
    assert mistakes_in(CLEAN) == []


@pytest.mark.parametrize(
    ("instead_of", "there_is", "told"),
    [
        ("<li>", "<li><p><ul><li>tief</li></ul></p>", "<ul> stands among the words of <p>"),
        ("</li>", "", "</ul> ends what is not open here"),
        ("<li>", "<b>fett</b><li>", "<ul> holds <b>"),
        ('id="b"', 'id="a"', "id 'a' is there twice"),
        ('for="b"', 'for="c"', "nothing has the id 'c'"),
        ('href="#a"', 'href="#a" href="#b"', "has an attribute twice"),
        ("Zur Überschrift", "<button>Los</button>", "<button> stands in <a>"),
        ("<h1 ", "<h1>Noch eine</h1><h1 ", "<h1> is there 2 times"),
        ("<input ", "<img src='x'><input ", "an <img> has no alt"),
        (' lang="de"', "", "the page has no language"),
        ("Ideen ·", " ·", "the page has no title"),
    ],
)
def test_a_mistake_is_found(instead_of: str, there_is: str, told: str) -> None:
    assert instead_of in CLEAN
    found = mistakes_in(CLEAN.replace(instead_of, there_is, 1))
    assert any(told in mistake for mistake in found), found
