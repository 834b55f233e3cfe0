"""My data: everything that is kept of somebody in plain words, as a file, corrected, and the wish to be erased."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Response

from api.pages.kit.fields import tell_wrong
from api.pages.kit.forms import FormWriter, read_lines, write_choices
from api.pages.kit.page import AnyPage, FreshPage, LeadPage, SignedInPage
from api.pages.kit.rendering import environment, see_other
from api.pages.kit.timeline import TimelinePresenter, people_in, titles_of
from api.pages.kit.turns import Position, TurnPresenter
from api.pages.lead.staff_view import tell_change
from api.use_cases.address_change import ask_for_address
from api.use_cases.audit import audit
from api.use_cases.drafts import typed_words
from api.use_cases.personal_data import (
    ANSWERED_WITHIN_DAYS,
    OwnData,
    OwnIdea,
    ask_for_erasure,
    correct_account,
    gather_own_data,
    withdraw_erasure,
    write_json,
)
from api.web.rate_limits import Limited, limit_rate
from models.addresses import is_address
from models.i18n import Texts
from models.lines import is_name
from models.queries.erasure_requests import list_erasure_requests
from models.queries.idea import TimelineLine, read_idea, read_timeline
from models.queries.people import read_names
from models.vocabulary import DRAFT, AuditEvent, NoticeGroup
from workflows.client import EngineAway

router = APIRouter()

SAID = frozenset({"data_saved", "address_asked", "erasure_asked", "erasure_withdrawn"})
MOST_ENTRIES = 1000
FILE = "ideenweg"


@dataclass(frozen=True)
class Part:
    """One part of what is kept: a heading, why it is there, and lines with a label each."""

    title: str
    about: str
    lines: Sequence[tuple[str, str]]


@router.get("/meine-daten")
async def show_my_data(page: SignedInPage) -> Response:
    return await render_data(page)


@router.post("/meine-daten")
async def save_my_data(page: SignedInPage) -> Response:
    """Correct name and language."""
    sent = await page.form()
    values = read_lines(sent, ("name", "language"))
    errors = {}
    if not is_name(values["name"]):
        errors["name"] = tell_wrong(page.t, "name")
    if values["language"] not in page.services.policy.region.languages:
        errors["language"] = tell_wrong(page.t, "language")
    if errors:
        return await render_data(page, values, errors, status=422)
    await correct_account(page.services, page.person.id, values["name"], values["language"])
    return see_other("/meine-daten", meldung="data_saved")


@router.post("/meine-daten/adresse")
async def change_address(page: FreshPage) -> Response:
    """Nothing changes until the link in the letter was used."""
    email = str((await page.form()).get("email") or "").strip()
    if not is_address(email):
        errors = {"email": tell_wrong(page.t, "email")}
        return await render_data(page, {"email": email}, errors, status=422)
    await limit_rate(page.request, page.services, Limited.ADDRESS, page.visitor.id)
    try:
        await ask_for_address(page.services, page.caller, page.person, email)
    except EngineAway:
        errors = {"email": page.t("page.my_data.no_mail")}
        return await render_data(page, {"email": email}, errors, status=503)
    return see_other("/meine-daten", meldung="address_asked")


@router.get("/meine-daten/export.json")
async def export_as_json(page: FreshPage) -> Response:
    async with page.services.database.transaction() as session:
        content = write_json(await gather_own_data(session, page.person))
        await audit(session, page.caller, AuditEvent.EXPORT, what="own_data", form="json")
    return as_file(json.dumps(content, ensure_ascii=False, indent=2), "application/json", f"{FILE}.json")


@router.get("/meine-daten/export.html")
async def export_as_html(page: FreshPage) -> Response:
    """The same for reading, in a file that needs nothing else."""
    async with page.services.database.transaction() as session:
        data = await gather_own_data(session, page.person)
        await audit(session, page.caller, AuditEvent.EXPORT, what="own_data", form="html")
    known = {
        "t": page.t,
        "policy": page.services.policy,
        "parts": tell_all(page, data),
        "ideas": await tell_ideas(page, data),
    }
    written = environment().get_template("my_data/export.html").render(known | {"name": page.person.name})
    return as_file(written, "text/html; charset=utf-8", f"{FILE}.html")


@router.get("/meine-daten/loeschen")
async def show_erasure(page: FreshPage) -> Response:
    return page.render("my_data/erase.html", days=ANSWERED_WITHIN_DAYS)


@router.post("/meine-daten/loeschen")
async def want_erasure(page: FreshPage) -> Response:
    await ask_for_erasure(page.services, page.person)
    return see_other("/meine-daten", meldung="erasure_asked")


@router.post("/meine-daten/loeschen/zuruecknehmen")
async def keep_me(page: SignedInPage) -> Response:
    await withdraw_erasure(page.services, page.person.id)
    return see_other("/meine-daten", meldung="erasure_withdrawn")


@router.get("/loeschwuensche")
async def show_erasure_requests(page: LeadPage) -> Response:
    """For leads: whoever wants to be erased, and by when it has to be done."""
    async with page.services.database.reading() as session:
        wishes = await list_erasure_requests(session)
    return page.render(
        "my_data/wishes.html",
        wishes=[(wish, page.speaker.due(wish.due_on)) for wish in wishes],
        zone=page.services.policy.zone,
    )


# -- in words ----------------------------------------------------------------------------------------------------


async def render_data(
    page: SignedInPage,
    values: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Response:
    t = page.t
    async with page.services.database.reading() as session:
        data = await gather_own_data(session, page.person)
    errors = errors or {}
    person, region = page.person, page.services.policy.region
    form = FormWriter(t, {"name": person.name, "language": person.language, **(values or {})}, errors)
    languages = write_choices(t, {code: t.name_of(code) for code in region.languages})
    fields = [
        form.write("name", "line", help_=t("field.name.help"), required=True),
        form.write("language", "select", required=True, choices=languages),
    ]
    label, help_ = t("page.my_data.new_address"), t("page.my_data.new_address.help")
    address = form.write("email", "email", label, help_, True, longest=254, autocomplete="email")
    return page.render(
        "my_data/my_data.html",
        status,
        told=page.flash(SAID),
        fields=fields,
        address=address,
        errors=errors,
        email=person.email,
        parts=tell_all(page, data),
        ideas=[(own.idea, own.standing.state == DRAFT, own.is_public) for own in data.ideas],
        erasure_until=t.day(data.erasure.due_on) if data.erasure else None,
    )


def tell_all(page: AnyPage, data: OwnData) -> list[Part]:
    """Everything but the ideas, in words. What is not there is not mentioned."""
    t, person = page.speaker.t, data.account
    account = [
        (t("field.name"), person.name),
        (t("field.email"), person.email),
        (t("field.phone"), person.phone),
        (t("field.reach"), person.reach),
        (t("field.language"), page.speaker.names.language(person.language)),
        (t("page.my_data.roles"), ", ".join(t(f"role.{role}") for role in person.roles)),
        (t("field.office"), page.speaker.names.office(person.office) if person.office else ""),
        (t("page.my_data.since"), at(page.speaker, person.created_at)),
    ]
    drafts = [(at(page.speaker, draft.updated_at), typed_words(draft).title or "–") for draft in data.drafts]
    sessions = [
        (at(page.speaker, row.created_at), t("page.my_data.until", at=at(page.speaker, row.expires_at)))
        for row in data.sessions
    ]
    notices = [(at(page.speaker, one.created_at), t(f"notice.{one.kind}.subject")) for one in data.notices]
    mails = [
        (
            at(page.speaker, one.created_at),
            t(f"mail.state.{one.state}") if t.has(f"mail.state.{one.state}") else t("page.my_data.mail_sent"),
        )
        for one in data.mails
    ]
    parts = [
        ("account", account),
        ("drafts", drafts),
        ("notes", [(at(page.speaker, note.created_at), note.body) for note in data.written]),
        ("coach", tell_profile(page.speaker, data)),
        ("logged", [(t.short_day(row.day), t("page.minutes", minutes=row.minutes)) for row in data.logged]),
        ("settings", tell_settings(t, data)),
        ("notices", notices),
        ("mails", mails),
        ("sessions", sessions),
        ("passkeys", [(at(page.speaker, one.created_at), one.name or t("page.passkey")) for one in data.passkeys]),
        ("app", [(at(page.speaker, data.app.created_at), t("page.devices.app"))] if data.app else []),
        ("tokens", [(at(page.speaker, token.created_at), t("page.my_data.token")) for token in data.tokens]),
        ("feedback", [(at(page.speaker, one.created_at), one.body) for one in data.feedback]),
        ("addresses", [(at(page.speaker, one.created_at), one.email) for one in data.addresses]),
        ("teams", [(t(f"share.{row.team[person.id]}"), f"/ideen/{row.idea_id}") for row in data.teams]),
        (
            "invitations",
            [(at(page.speaker, one.created_at), one.email or t("page.team.over")) for one in data.invitations],
        ),
        ("changes", [(at(page.speaker, one.at), tell_change(page, one)) for one in data.changes]),
        ("asked_to_work", [(at(page.speaker, one.created_at), t(f"role.{one.role}")) for one in data.asked_to_work]),
        ("views", [(at(page.speaker, view.created_at), view.name) for view in data.views]),
        ("runs", [(at(page.speaker, run.created_at), run.reason or t("page.my_data.run")) for run in data.runs]),
        ("audit", [(at(page.speaker, entry.at), t(f"audit.{entry.event}")) for entry in data.audit[:MOST_ENTRIES]]),
    ]
    return [
        Part(
            t(f"page.my_data.{name}"), t(f"page.my_data.{name}.about"), [(label, text) for label, text in lines if text]
        )
        for name, lines in parts
        if any(text for _, text in lines)
    ]


def tell_profile(speaker: TurnPresenter, data: OwnData) -> list[tuple[str, str]]:
    profile, names, t = data.profile, speaker.names, speaker.t
    if profile is None:
        return []
    places = [names.district(code) for code in profile.districts]
    return [
        (t("field.districts"), ", ".join(places)),
        (t("field.themes"), names.themes(profile.themes)),
        (t("field.language"), ", ".join(names.language(code) for code in profile.languages)),
        (t("page.my_data.places"), str(profile.capacity)),
        (t("page.profile.about"), profile.about),
        (t("page.my_data.offers"), str(len(data.offers))),
    ]


def tell_settings(t: Texts, data: OwnData) -> list[tuple[str, str]]:
    chosen = data.settings
    if chosen is None:
        return []
    return [(t(f"group.{group}"), t(f"rhythm.{getattr(chosen, group)}")) for group in NoticeGroup]


async def tell_ideas(page: AnyPage, data: OwnData) -> list[dict[str, object]]:
    """Each idea with its words, where it stands and its timeline, as its own page tells them."""
    told: list[dict[str, object]] = []
    async with page.services.database.reading() as session:
        for own in data.ideas:
            view = await read_idea(session, own.idea.id)
            if view is None:
                continue
            answer = await read_timeline(
                session, own.idea.id, with_internal=False, newest_first=False, limit=MOST_ENTRIES
            )
            teller = TimelinePresenter(
                page.speaker, await read_names(session, people_in(answer.items)), titles_of(view.tasks)
            )
            told.append(
                {
                    "title": own.idea.title,
                    "words": list_words(page.speaker.t, own),
                    "turn": page.speaker.sentence(Position.of(own.standing, view.holder, view.owner)),
                    "history": [teller.tell(line) for line in answer.items if not hides(line)],
                    "tasks": [task.title for task in own.tasks],
                }
            )
    return told


def hides(line: TimelineLine) -> bool:
    return line.internal and line.note is None and line.event == "write_note"


def list_words(t: Texts, own: OwnIdea) -> list[tuple[str, str]]:
    names = ("summary", "problem", "solution", "target_group", "organisation")
    return [(t(f"field.{name}"), getattr(own.idea, name)) for name in names if getattr(own.idea, name)]


def at(speaker: TurnPresenter, when: datetime) -> str:
    return speaker.t.instant(when, speaker.zone)


def as_file(content: str, media_type: str, name: str) -> Response:
    """Saved and not opened, since it holds people's own words."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
    }
    return Response(content, media_type=media_type, headers=headers)
