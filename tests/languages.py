"""Catalogues compared, and a language that nobody speaks: the German texts, marked, with the three forms of Polish."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from models import i18n
from models.i18n import LOCALES, PluralForms, Texts

MARKED = "pl"
NOT_FOR_READERS = ("format.", "package.copy.file")
"""A pattern of dates, and the name of a file."""
NUMBERS = range(1001)


def forms_of(text: str | PluralForms) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else text.forms


def places(text: str | PluralForms) -> set[str]:
    """The {places} of a text in all of its forms."""
    return set(re.findall(r"\{(\w+)\}", " ".join(forms_of(text))))


def compare(texts: Texts, like: Texts) -> list[str]:
    """What a catalogue lacks or has too much beside another one, and what is wrong with its forms."""
    own, other = texts.catalogue, like.catalogue
    found = [f"{key}: only in one of them" for key in sorted(own.keys() ^ other.keys())]
    both = [key for key in own if key in other]
    found += [f"{key}: other places" for key in both if places(own[key]) != places(other[key])]
    return found + [f"{key}: {fault}" for key, text in own.items() for fault in faults_of_forms(text)]


def faults_of_forms(text: str | PluralForms) -> Iterator[str]:
    """A form for one single number may leave the count out; every other tells it, and all of them tell the rest."""
    if isinstance(text, str):
        return
    chosen = [text.rule(number) for number in NUMBERS]
    if set(chosen) != set(range(len(text.forms))):
        yield "not one form for each kind of number"
    for at, form in enumerate(text.forms):
        optional = {"count"} if chosen.count(at) == 1 else set()
        if places(text) - places(form) - optional:
            yield f"form {at} lacks a place"
    if "count" not in places(text):
        yield "forms without a count"


def write_marked(folder: Path) -> Path:
    """A catalogue in which every text is ⟦marked⟧, and whatever counts has three forms that say which they are."""
    with (LOCALES / "de.po").open("rb") as file:
        german = read_po(file)
    marked = Catalog(locale=MARKED)
    for message in german:
        key = message.id[0] if message.pluralizable else str(message.id)
        text = message.string[-1] if message.pluralizable and message.string else str(message.string)
        if "{count}" in text:
            marked.add((key, key), tuple(f"⟦{form}: {text}⟧" for form in ("one", "few", "many")))
        elif key:
            marked.add(key, text if key.startswith(NOT_FOR_READERS) else f"⟦{text}⟧")
    path = folder / f"{MARKED}.po"
    with path.open("wb") as file:
        write_po(file, marked, width=0)
    return path


def unmarked(text: str) -> set[str]:
    """The lines that are not of the catalogue; without numbers, addresses and rulers. Marked texts may be nested."""
    while (plain := re.sub(r"⟦[^⟦⟧]*⟧", "", text)) != text:
        text = plain
    lines = {line.strip(" :·,.–()#*0123456789") for line in text.splitlines()}
    return {line for line in lines if re.search(r"[^\W\d]", line) and not re.search(r"@|://", line)}


@contextmanager
def one_more_language(folder: Path) -> Iterator[Texts]:
    """An installation that has it: one catalogue more and nothing else."""
    for path in LOCALES.glob("*.po"):
        (folder / path.name).write_bytes(path.read_bytes())
    path = write_marked(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(i18n, "LOCALES", folder)
        _forget()
        yield i18n.texts_in(path.stem)
    _forget()


def _forget() -> None:
    i18n.languages.cache_clear()
    i18n.texts_in.cache_clear()
