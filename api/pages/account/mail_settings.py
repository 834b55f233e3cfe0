"""When somebody wants their mail, and who reads it while they are away."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Response
from pydantic import ValidationError

from api.pages.kit.fields import Choice, Field
from api.pages.kit.forms import FormWriter, list_wrong
from api.pages.kit.page import SignedInPage
from api.pages.kit.rendering import see_other
from api.use_cases.errors import Invalid
from api.use_cases.mail_preferences import PreferencesForm, save_preferences
from api.use_cases.shortcuts import set_shortcuts
from api.web.routers import page_router
from models.i18n import Texts
from models.queries.account_names import Person
from models.queries.notice_settings import NoticePreferences, list_deputies, read_preferences
from models.rules.days import read_day
from models.vocabulary import NoticeGroup, Rhythm

router = page_router()

DEPUTY_FIELDS = {"vertretung": "deputy_id", "von": "deputy_from", "bis": "deputy_until"}
FIELDS = {**{str(group): str(group) for group in NoticeGroup}, **DEPUTY_FIELDS}
"""Name on the page → name of the field."""


@dataclass(frozen=True)
class Refused:
    """What was entered, and the field that is wrong."""

    values: Mapping[str, str] = field(default_factory=dict)
    wrong: str = ""


@router.get("/einstellungen")
async def show_settings(page: SignedInPage) -> Response:
    return await render_settings(page, Refused())


@router.post("/einstellungen")
async def save_settings(page: SignedInPage) -> Response:
    entered = {name: str(value) for name, value in (await page.form()).items() if name in FIELDS}
    values = {FIELDS[name]: read_value(name, value) for name, value in entered.items() if value}
    try:
        await save_preferences(page.services, page.person, PreferencesForm.model_validate(values))
    except ValidationError as error:
        refused = Refused(entered, next(iter(list_wrong(error))))
        return await render_settings(page, refused, status=422)
    except Invalid as wrong:
        refused = Refused(entered, wrong.field or "")
        return await render_settings(page, refused, status=422)
    return see_other("/einstellungen", meldung="settings_saved")


@router.post("/einstellungen/tasten")
async def choose_shortcuts(page: SignedInPage) -> Response:
    await set_shortcuts(page.services, page.person, is_on="tasten" in await page.form())
    return see_other("/einstellungen", meldung="settings_saved")


def read_value(name: str, value: str) -> str:
    """A day as the form of preferences reads it; what is none is refused there."""
    day = read_day(value) if name in ("von", "bis") else None
    return value if day is None else day.isoformat()


async def render_settings(page: SignedInPage, refused: Refused, *, status: int = 200) -> Response:
    t, today = page.t, page.services.today()
    async with page.services.database.reading() as session:
        preferences = await read_preferences(session, page.person, today)
        deputies = await list_deputies(session, page.person, today)
    return page.render(
        "notices/settings.html",
        status,
        told=page.flash({"settings_saved"}),
        rhythms=rhythm_fields(t, preferences, refused),
        deputy=deputy_fields(t, preferences, deputies, refused, today.isoformat()) if deputies else [],
        reads_today=preferences.reads_today,
        keys=Field(
            "tasten",
            "check",
            t("page.settings.keys"),
            t("page.settings.keys.help"),
            value="true" if page.person.shortcuts else "",
        ),
        errors={name: t(f"page.settings.wrong.{name}") for name in [refused.wrong] if name},
    )


def rhythm_fields(t: Texts, preferences: NoticePreferences, refused: Refused) -> list[Field]:
    """One question a group. The usual answer stands first."""

    def offer(rhythm: Rhythm) -> Choice:
        return Choice(rhythm, t(f"rhythm.{rhythm}"), t(f"rhythm.{rhythm}.help"))

    form = FormWriter(t, {one.group: one.rhythm for one in preferences.rhythms} | dict(refused.values))
    return [
        form.write(
            one.group, "radio", t(f"group.{one.group}"), t(f"group.{one.group}.help"), True, map(offer, one.choices)
        )
        for one in preferences.rhythms
    ]


def deputy_fields(
    t: Texts, preferences: NoticePreferences, deputies: list[Person], refused: Refused, today: str
) -> list[Field]:
    first, last = preferences.deputy_from, preferences.deputy_until
    known = {
        "vertretung": preferences.deputy.id if preferences.deputy else "",
        "von": first.isoformat() if first else "",
        "bis": last.isoformat() if last else "",
    }
    wrong = {name: t(f"page.settings.wrong.{field}") for name, field in DEPUTY_FIELDS.items() if field == refused.wrong}
    form = FormWriter(t, known | dict(refused.values), wrong)
    people = tuple(Choice(person.id, person.name) for person in deputies)
    labels = {name: t(f"field.{field}") for name, field in DEPUTY_FIELDS.items()}
    return [
        form.write("vertretung", "select", labels["vertretung"], choices=people),
        form.write("von", "date", labels["von"]),
        form.write("bis", "date", labels["bis"], least=today),
    ]
