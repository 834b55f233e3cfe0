"""What is kept of somebody, in words: by part, and each of their ideas as its own page tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from api.pages.kit.page import AnyPage
from api.pages.kit.timeline_presenter import TimelinePresenter, people_in, titles_of
from api.pages.kit.turn_presenter import Position, TurnPresenter
from api.pages.lead.staff_view import tell_change
from api.use_cases.drafts import typed_words
from api.use_cases.personal_data import (
    OwnData,
    OwnIdea,
)
from models.i18n import Texts
from models.queries.account_names import read_names
from models.queries.idea import read_idea, read_timeline
from models.vocabulary import ConceptField, DocumentKind, NoticeGroup, StoryField

MOST_ENTRIES = 1000


@dataclass(frozen=True)
class Part:
    """One part of what is kept: a heading, why it is there, and lines with a label each."""

    title: str
    about: str
    lines: Sequence[tuple[str, str]]


def tell_all(page: AnyPage, data: OwnData) -> list[Part]:
    """Everything but the ideas, in words. What is not there is not mentioned."""
    t, person = page.speaker.t, data.account
    account = [
        (t("field.name"), person.name),
        (t("field.email"), person.email),
        (t("field.phone"), person.phone),
        (t("field.reach"), person.reach),
        *([(t("field.post"), person.post)] if person.post else ()),
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
        ("files", [(at(page.speaker, file.created_at), file.name) for file in data.files]),
        ("pictures", [(at(page.speaker, one.created_at), f"/ideen/{one.idea_id}") for one in data.pictures]),
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
        ("contributions", [(at(page.speaker, one.created_at), one.body) for one in data.contributions]),
        ("reports", [(at(page.speaker, one.created_at), one.body) for one in data.reports]),
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
                    "history": [teller.tell(line) for line in answer.items],
                    "tasks": [task.title for task in own.tasks if task.title],
                }
            )
    return told


def list_words(t: Texts, own: OwnIdea) -> list[tuple[str, str]]:
    names = ("summary", "problem", "solution", "target_group", "organisation")
    said = [(t(f"field.{name}"), getattr(own.idea, name)) for name in names]
    for document in own.documents:
        title = t(f"document.{document.kind}", number=document.version)
        fields = ConceptField if document.kind == DocumentKind.CONCEPT else StoryField
        said += [(f"{title}: {t(f'{document.kind}.{name}')}", document.words.get(name, "")) for name in fields]
    return [(label, text) for label, text in said if text]


def at(speaker: TurnPresenter, when: datetime) -> str:
    return speaker.t.instant(when, speaker.zone)
