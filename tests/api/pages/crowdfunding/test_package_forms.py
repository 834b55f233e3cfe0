"""The sections of a package as forms: what goes in comes out, and what is wrong is told at its field."""

from datetime import date
from typing import Any

import pytest
from starlette.datastructures import FormData

from api.pages.crowdfunding.package_forms import (
    KINDS,
    ROWS,
    SLUGS,
    Filled,
    Rows,
    SectionWriter,
    anchor_of,
    blockers,
    read_section,
)
from models.i18n import languages, texts_in
from models.messages.package import ANSWERS, FIELDS, Package, Section
from models.rules.readiness import check
from tests.cast import POLICY
from tests.factories import IMAGE, good_package

TODAY = date(2026, 6, 1)
GERMAN = texts_in("de")


def write(section: Section, package: Package, filled: Filled | None = None, language: str = "de") -> list[Any]:
    findings = tuple(check(package, POLICY.crowdfunding, TODAY))
    return list(SectionWriter(texts_in(language), POLICY.crowdfunding, TODAY, package, findings, filled).write(section))


def values_on(section: Section, package: Package, language: str = "de") -> list[tuple[str, str]]:
    """What a browser would send for a section as it is shown."""
    sent = []
    for part in write(section, package, language=language):
        fields = [field for row in part.rows for field in row.fields] if isinstance(part, Rows) else [part]
        sent += [(field.name, field.value) for field in fields if field.kind not in ("check", "checks")]
        sent += [(field.name, "true") for field in fields if field.kind == "check" and field.value]
        sent += [("sdgs", value) for field in fields for value in field.chosen]
        if isinstance(part, Rows):
            sent += [(f"images.{row.number}.id", row.id) for row in part.rows if row.id]
    return sent


def read(section: Section, package: Package, sent: dict[str, str], language: str = "de") -> Filled:
    return read_section(FormData(list(sent.items())), section, package, texts_in(language))


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("section", Section)
def test_a_form_that_is_sent_unchanged_changes_nothing(section: Section, language: str) -> None:
    for package in (Package(), good_package(), good_package(start_level_cents=1_234_56, mode="flexible")):
        sent = FormData([*values_on(section, package, language)])
        assert read_section(sent, section, package, texts_in(language)).package == package


def test_every_field_of_the_package_is_asked_for_once() -> None:
    asked = [name for fields in FIELDS.values() for name in fields]
    assert sorted(asked) == sorted(set(Package.model_fields) - {"language"})
    plain = {name.partition(".")[0] for name in KINDS}
    assert plain | set(ROWS) == set(asked)
    for name, kinds in ROWS.items():
        annotation: Any = Package.model_fields[name].annotation
        assert set(kinds) == set(annotation.__args__[0].model_fields) - {"id"}
    assert len(set(SLUGS.values())) == len(Section)


@pytest.mark.parametrize(
    ("typed", "cents"),
    [("1.234,56", 123456), ("5000", 500000), ("12,5 €", 1250), ("", None), ("0", 0)],
)
def test_sums_are_read_as_people_write_them(typed: str, cents: int | None) -> None:
    filled = read(Section.MONEY, Package(), {"start_level_cents": typed})
    assert filled.package is not None
    assert filled.package.start_level_cents == cents


def test_what_cannot_be_read_is_told_at_its_field_and_kept() -> None:
    sent = {
        "start_level_cents": "viel",
        "duration_days": "bald",
        "start_on": "31.02.2027",
        "budget.0.label": "Tische",
        "budget.0.cents": "teuer",
    }
    filled = read(Section.MONEY, good_package(), sent)
    assert filled.package is None
    assert set(filled.errors) == {"start_level_cents", "duration_days", "start_on", "budget.0.cents"}
    shown = {part.name: part for part in write(Section.MONEY, good_package(), filled)}
    assert (shown["start_level_cents"].value, bool(shown["start_level_cents"].error)) == ("viel", True)
    row = shown["budget"].rows[0]
    assert [field.value for field in row.fields] == ["Tische", "teuer"]
    assert row.fields[1].error
    assert shown["budget"].rows[-1].is_new


def test_rows_are_added_and_removed() -> None:
    package = good_package()
    sent = dict(values_on(Section.MONEY, package))
    sent |= {"budget.0.remove": "true", "budget.2.label": "Werbung", "budget.2.cents": "99"}
    filled = read(Section.MONEY, package, sent)
    assert filled.package is not None
    assert [(line.label, line.cents) for line in filled.package.budget] == [("Telefon", 60_000), ("Werbung", 9_900)]


def test_an_error_in_a_row_is_told_where_it_stood_although_others_were_removed() -> None:
    sent = {"team.0.name": "Weg", "team.0.remove": "true", "team.2.name": "x" * 301}
    filled = read(Section.TEAM, Package(), sent)
    assert set(filled.errors) == {"team.2.name"}


def test_too_many_rows_are_told_and_not_cut_off() -> None:
    sent = {f"team.{number}.name": f"Name {number}" for number in range(31)}
    filled = read(Section.TEAM, Package(), sent)
    assert list(filled.errors) == ["team"]
    assert filled.package is None


def test_an_image_that_was_uploaded_meanwhile_stays() -> None:
    newer = {"id": IMAGE.replace("1", "2", 1), "alt": "Neu"}
    package = good_package(images=[*good_package().model_dump()["images"], newer])
    sent = {"images.0.id": IMAGE, "images.0.alt": "Drei am Tisch"}
    filled = read(Section.MEDIA, package, sent)
    assert filled.package is not None
    assert [(image.alt, image.rights_confirmed) for image in filled.package.images] == [
        ("Drei am Tisch", False),
        ("Neu", False),
    ]
    gone = read(Section.MEDIA, package, sent | {"images.0.remove": "true"})
    assert gone.package is not None
    assert [image.alt for image in gone.package.images] == ["Neu"]


def test_answers_that_were_not_given_stay_open() -> None:
    sent = {
        "eligibility.is_of_age": "yes",
        "eligibility.understands_fees": "no",
        "eligibility.accepts_contract": "maybe",
    }
    filled = read(Section.ELIGIBILITY, Package(), sent)
    assert filled.package is not None
    answers = {name: getattr(filled.package.eligibility, name) for name in ANSWERS}
    assert {name: value for name, value in answers.items() if value is not None} == {
        "is_of_age": True,
        "understands_fees": False,
    }


def test_findings_stand_at_their_fields() -> None:
    package = good_package(title="", rewards=[{"title": "Postkarte"}])
    title = next(part for part in write(Section.STORY, package) if part.name == "title")
    assert title.notes == ("Ihrer Kampagne fehlt noch ein Titel.",)
    (rewards,) = write(Section.REWARDS, package)
    notes = {field.name: field.notes for row in rewards.rows for field in row.fields if field.notes}
    assert set(notes) == {"rewards.0.text", "rewards.0.price_cents"}
    assert anchor_of("rewards.0.text") == "feld-rewards-0-text"
    findings = check(package, POLICY.crowdfunding, TODAY)
    assert (blockers(findings, Section.STORY), blockers(findings, Section.REWARDS)) == (1, 2)
    assert blockers(findings, Section.TEAM) == 0


def test_every_finding_of_an_empty_package_is_shown_somewhere() -> None:
    package = Package(rewards=[{}], budget=[{}], team=[{}], images=[{"id": IMAGE}])
    shown = set()
    for section in Section:
        for part in write(section, package):
            rows = part.rows if isinstance(part, Rows) else []
            shown |= {part.name} if part.notes else set()
            shown |= {field.name for row in rows for field in row.fields if field.notes}
    assert {finding.field for finding in check(package, POLICY.crowdfunding, TODAY)} == shown
