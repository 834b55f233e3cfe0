"""Every word of the vocabulary has its text in every language, and the languages say the same."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from models.case_names import PAGES
from models.i18n import LOCALES, languages, read_texts, texts_in
from models.lifecycles import LIFECYCLES
from models.lifecycles.event_spec import FILLED_IN
from models.lifecycles.events import EVENTS
from models.messages.coaching import OfferVerdict
from models.messages.commands import RefusalCode
from models.vocabulary import (
    Answer,
    DeclineReason,
    NoticeKind,
    OfferStatus,
    Outcome,
    RankReason,
    Role,
    SignInMethod,
    Stage,
    StuckCause,
    WakeUpKind,
    Why,
)
from tests.languages import compare, forms_of, places, write_marked

IDEA_FIELDS = ("title", "summary", "problem", "solution", "target_group", "district", "themes", "language")
BODY_PLACES = {"name", "title", "state", "until"}
FAMILIAR = re.compile(r"\b(du|dich|dir|deine?[mnrs]?|euch|eure?[mnrs]?)\b", re.IGNORECASE)
NAMED_BY: dict[str, type[StrEnum]] = {
    "role": Role,
    "outcome": Outcome,
    "answer": Answer,
    "why": Why,
    "wakeup": WakeUpKind,
    "offer": OfferStatus,
    "decline": DeclineReason,
    "rank": RankReason,
    "stuck": StuckCause,
    "verdict": OfferVerdict,
    "refusal": RefusalCode,
    "sign_in.method": SignInMethod,
}


def needed_keys() -> Iterator[str]:
    """What the vocabulary, the machines and the fields of the events ask for."""
    yield from (f"{prefix}.{word}" for prefix, words in NAMED_BY.items() for word in words)
    yield from (f"mail.{part}" for part in ("greeting", "link", "closing", "no_deadline"))
    for kind in NoticeKind:
        yield from (f"notice.{kind}.subject", f"notice.{kind}.body")
    for stage in Stage:
        yield from (f"stage.{stage}", f"stage.{stage}.about")
        yield from _state_keys(stage)
    for event in EVENTS:
        yield from (f"event.{event}", f"done.{event}")
    for case in PAGES:
        yield from (f"case.{case}", f"case.{case}.open", f"calendar.{case}")
    for field in _command_fields():
        yield from (f"field.{field}", f"refusal.field.{field}")
    for field in IDEA_FIELDS:
        yield from (f"field.{field}", f"field.{field}.help", f"refusal.field.{field}")


def _state_keys(stage: Stage) -> Iterator[str]:
    lifecycle = LIFECYCLES[stage]
    for state in lifecycle.open_states():
        yield from (f"state.{stage}.{state}", f"state.{stage}.{state}.why")
    yield from (f"state.{stage}.{state}" for state in (*lifecycle.leads_to, *Outcome))


def _command_fields() -> set[str]:
    return {field for spec in EVENTS.values() for field in spec.fields} - FILLED_IN


@pytest.mark.parametrize("language", languages())
def test_every_word_of_the_vocabulary_has_a_text(language: str) -> None:
    texts = texts_in(language)
    assert sorted(key for key in set(needed_keys()) if not texts.has(key)) == []


def test_there_are_german_and_english() -> None:
    assert languages() == ("de", "en")


@pytest.mark.parametrize("language", languages())
def test_all_languages_have_the_same_keys_and_places(language: str) -> None:
    assert compare(texts_in(language), texts_in("de")) == []


@pytest.mark.parametrize("language", languages())
def test_no_text_is_empty_or_given_twice(language: str) -> None:
    written = (LOCALES / f"{language}.po").read_text(encoding="utf-8")
    counted = Counter(re.findall(r'^msgid "(.+)"$', written, re.MULTILINE))
    assert [key for key, times in counted.items() if times > 1] == []
    assert set(counted) == set(texts_in(language).catalogue)
    assert "fuzzy" not in written
    assert "Plural-Forms: " in written
    assert re.findall(r'^msgid "(.+)"\nmsgid_plural "(?!\1")', written, re.MULTILINE) == []


@pytest.mark.parametrize("language", languages())
def test_every_place_can_be_filled(language: str) -> None:
    texts = texts_in(language)
    for key, text in texts.catalogue.items():
        for count in (1, 2):
            filled = texts(key, **dict.fromkeys(places(text), "X") | {"count": count})
            assert "{" not in filled, key
            assert filled.strip() == filled, key


@pytest.mark.parametrize("language", languages())
def test_subjects_name_nobody_and_nothing(language: str) -> None:
    texts = texts_in(language)
    for kind in NoticeKind:
        assert places(texts(f"notice.{kind}.subject")) == set()
        assert places(texts(f"notice.{kind}.body")) <= BODY_PLACES
        assert texts(f"notice.{kind}.body")[0].isupper() or texts(f"notice.{kind}.body")[0] in "„“", kind


def test_german_says_sie() -> None:
    assert [key for key, text in texts_in("de").catalogue.items() if FAMILIAR.search(" ".join(forms_of(text)))] == []


def test_a_missing_key_is_an_error_and_a_missing_language_speaks_german() -> None:
    with pytest.raises(KeyError):
        texts_in("de")("no.such.key")
    assert texts_in("xx") is texts_in("de")


def test_days_and_instants_are_written_as_people_write_them() -> None:
    day, at, zone = date(2026, 12, 4), datetime(2026, 12, 4, 7, 0, tzinfo=UTC), ZoneInfo("Europe/Berlin")
    assert texts_in("de").day(day) == "Freitag, 4. Dezember 2026"
    assert texts_in("de").short_day(day) == "04.12.2026"
    assert texts_in("de").instant(at, zone) == "04.12.2026, 08:00"
    assert texts_in("en").day(day) == "Friday, 4 December 2026"
    assert texts_in("en").instant(at, zone) == "4 December 2026, 08:00"
    for language in ("de", "en"):
        assert (texts_in(language).time(at, zone), texts_in(language).clock(at, zone)) == ("08:00", "08:00:00")


def test_a_count_chooses_the_form_and_is_written_as_people_write_it() -> None:
    german, english = texts_in("de"), texts_in("en")
    assert [german("page.places", count=n) for n in (0, 1, 2)] == ["0 freie Plätze", "1 freier Platz", "2 freie Plätze"]
    assert (german("page.lead.count", count=1), english("page.lead.count", count=1)) == ("Eine Idee", "One idea")
    assert german("page.lead.count", count=12_345) == "12.345 Ideen"
    assert english("page.lead.count", count=12_345) == "12,345 ideas"
    for nothing in ({}, {"place": "Bautzen"}):
        with pytest.raises(KeyError):
            german("page.alike.here", **nothing)


# -- a language with three plural forms ------------------------------------------------------------------------


def test_three_forms_are_chosen_as_the_language_counts(tmp_path: Path) -> None:
    texts = read_texts(write_marked(tmp_path))
    assert compare(texts, texts_in("de")) == []
    said = {n: texts("page.lead.count", count=n) for n in (1, 2, 5, 12, 22, 1112)}
    assert said == {
        1: "⟦one: 1 Ideen⟧",
        2: "⟦few: 2 Ideen⟧",
        5: "⟦many: 5 Ideen⟧",
        12: "⟦many: 12 Ideen⟧",
        22: "⟦few: 22 Ideen⟧",
        1112: "⟦many: 1\u00a0112 Ideen⟧",
    }
    assert texts.day(date(2026, 12, 4)) == "piątek, 4 grudnia 2026"
    assert (texts.name_of("de"), texts.name_of("pl")) == ("niemiecki", "polski")


@pytest.mark.parametrize(
    ("written", "instead", "fault"),
    [
        ('msgstr[2] "⟦many: {count} freie Plätze⟧"\n', "", "page.places: only in one of them"),
        ('msgstr[2] "⟦many: {count} freie Plätze⟧"', 'msgstr[2] ""', "page.places: only in one of them"),
        ("⟦few: {count} freie Plätze⟧", "freie Plätze", "page.places: form 1 lacks a place"),
        ("⟦few: {count} weitere Ideen in {place}", "{count} weitere Ideen", "page.alike.here: form 1 lacks a place"),
        ("n==1 ? 0 : ", "n==1 ? 0 : n==0 ? 3 : ", "page.places: not one form for each kind of number"),
    ],
)
def test_a_form_that_is_missing_or_wrong_is_found(tmp_path: Path, written: str, instead: str, fault: str) -> None:
    path = write_marked(tmp_path)
    whole = path.read_text(encoding="utf-8")
    assert written in whole
    path.write_text(whole.replace(written, instead), encoding="utf-8")
    assert fault in compare(read_texts(path), texts_in("de"))


def test_a_form_for_one_single_number_may_leave_it_out(tmp_path: Path) -> None:
    path = write_marked(tmp_path)
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole.replace("⟦one: {count} freie Plätze⟧", "jedno wolne miejsce"), encoding="utf-8")
    assert compare(texts := read_texts(path), texts_in("de")) == []
    assert texts("page.places", count=1) == "jedno wolne miejsce"
