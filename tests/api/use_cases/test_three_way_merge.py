"""Two windows on the same words: nothing that somebody has not seen is written over."""

from typing import Any

import pytest

from api.use_cases.three_way_merge import Window, merge

LOADED = {"title": "Dorfladen", "summary": "Alter Text.", "themes": ["care", "youth"]}
NEWER = LOADED | {"summary": "Alter Text. Drei neue Absätze."}


@pytest.mark.parametrize(
    ("stored", "typed", "kept", "clashes"),
    [
        # Only the title was touched here: the other window's paragraphs stay.
        (NEWER, {"title": "Dorfladen!", "summary": "Alter Text."}, {"title": "Dorfladen!"}, []),
        (NEWER, {"summary": "Ganz anders."}, {}, ["summary"]),
        (NEWER, {"summary": NEWER["summary"]}, {"summary": NEWER["summary"]}, []),
        (LOADED, {"summary": ""}, {"summary": ""}, []),
        (NEWER, {"themes": ["youth", "care"]}, {"themes": ["youth", "care"]}, []),
        # The same choice in another order is no change.
        (LOADED | {"themes": []}, {"themes": ["youth", "care"]}, {}, []),
    ],
)
def test_what_was_changed_here_is_kept_and_what_was_changed_elsewhere_stays(
    stored: dict[str, Any], typed: dict[str, Any], kept: dict[str, Any], clashes: list[str]
) -> None:
    assert merge(stored, typed, Window.of(LOADED)) == (kept, clashes)


def test_a_window_that_has_not_heard_the_answer_goes_on_from_what_it_has_sent() -> None:
    window = Window.of(LOADED, "5")
    sent = LOADED | {"summary": "Satz eins."}
    assert merge(sent, {"summary": "Satz eins. Satz zwei."}, window, {"summary": "5"}).kept
    assert merge(sent, {"summary": LOADED["summary"]}, window, {"summary": "5"}).kept, "taken back is a change, too"
    assert merge(sent, {"summary": "Satz eins. Satz zwei."}, window, {"summary": "6"}).clashes == ["summary"]


def test_a_kept_window_has_seen_its_own_words_and_not_what_clashes() -> None:
    window = Window.of(LOADED).go_on(NEWER | {"title": "Neu"}, ["summary"])
    assert merge(NEWER | {"title": "Neu"}, {"title": "Neuer", "summary": "Ganz anders."}, window) == (
        {"title": "Neuer"},
        ["summary"],
    )


@pytest.mark.parametrize("sent", [None, "", "x y:z", "' OR 1", "5 title", "5 " + "a:b " * 5000])
def test_a_form_that_says_nothing_of_use_is_taken_as_it_is(sent: str | None) -> None:
    window = Window.read(sent)
    assert merge(NEWER, {"summary": "Neu."}, window).kept == {"summary": "Neu."}
