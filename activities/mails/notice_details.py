"""What notices say beyond two sentences: words that were written with a step, a task, answers to choose from.

A new one is a function here or beside its own activities, a line in `SECTIONS`, and a pair of templates.
"""

from collections.abc import Mapping
from datetime import date

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.appointment import find_appointment, tell_start
from activities.mails.content import Reader, Section, SectionWriter
from activities.mails.links import Question
from activities.upkeep.lead_digest import write_digest_section
from models.case_names import page_of
from models.lifecycles.events import REOPEN
from models.messages.idea import Standing
from models.queries.check_in_replies import is_question_open
from models.queries.drafts import find_incomplete_drafts
from models.queries.idea import read_idea, read_question
from models.rules.holders import person_for
from models.rules.permissions import coaches_of, is_own
from models.rules.plans import read_said
from models.tables import Account, CoachProfile, Contribution, Note, NoticeRow, StandingRow, Task, TimelineEntry
from models.tables.notice import read_case_key
from models.vocabulary import NoticeKind, Role
from models.workflow_ids import CONTRIBUTION

FIRST_LINE = 160

UUID_LENGTH = 36

MOST_DRAFTS = 20
"""More make a mail too long; the page of one's ideas lists all."""


async def ask_how_it_goes(session: AsyncSession, notice: NoticeRow, reader: Reader) -> Section | None:
    """The answers to a check-in, where the question is still open. Only the asked person may answer, no deputy."""
    if notice.idea_id is None or notice.version is None or notice.account_id != reader.account.id:
        return None
    if not await is_question_open(session, notice.idea_id, notice.account_id, notice.version):
        return None
    question = Question(notice.id, notice.account_id, notice.idea_id, notice.version)
    return Section("check_in", {"url": reader.letterhead.links.answer(question)})


async def list_drafts(session: AsyncSession, notice: NoticeRow, reader: Reader) -> Section | None:
    """The drafts that lack something now; by the time of sending that may be fewer than were asked about."""
    if notice.idea_id is not None:
        return None
    drafts, count = await find_incomplete_drafts(session, notice.account_id, MOST_DRAFTS)
    links = reader.letterhead.links
    items = [(draft.words["title"], links.way(reader.account.id, f"einreichen/{draft.id}")) for draft in drafts]
    return Section("drafts", {"drafts": items, "more": count - len(items)})


async def tell_task(session: AsyncSession, notice: NoticeRow, reader: Reader) -> Section | None:
    """What is new in the plan for whoever is told, and until when; with what was said of it."""
    entry = await find_entry(session, notice)
    row = await session.get(StandingRow, entry.case_id) if entry is not None else None
    if entry is None or row is None:
        return None
    standing, new = row.standing(), f"{entry.facts.get('added', '')} {entry.facts.get('changed', '')}".split()
    tasks = await session.exec(select(Task).where(col(Task.id).in_(new)).order_by(col(Task.number)))
    theirs = [task for task in tasks if concerns(standing, notice.account_id, task)]
    told = [(cut(task.title, reader), tell_due(task, reader)) for task in theirs]
    said = read_said(await read_words(session, entry.note_id, reader))
    return Section("task", {"tasks": told, "said": said}) if told else None


def concerns(standing: Standing, account_id: str, task: Task) -> bool:
    role, person = person_for(standing, Role(task.assignee or Role.INNOVATOR))
    if role is Role.LEAD:
        return not is_own(standing, account_id) and account_id not in coaches_of(standing)
    return person == account_id


def tell_due(task: Task, reader: Reader) -> str:
    return reader.texts("mail.task.until", until=reader.texts.day(task.due)) if task.due else ""


async def quote_words(session: AsyncSession, notice: NoticeRow, reader: Reader) -> Section | None:
    """What somebody wrote with the step that is told: a message, a question, a reason; as much of it as the operator
    lets stand in mails. Read now, so that words that were taken away meanwhile are told to nobody."""
    entry = await find_entry(session, notice)
    if entry is not None and notice.kind == NoticeKind.YOUR_TURN and entry.event in ("resume", REOPEN):
        # The turn comes back, and with it what was asked before.
        entry = await find_asking(session, entry) or entry
    note = await session.get(Note, entry.note_id) if entry is not None and entry.note_id else None
    if entry is None or note is None or note.internal or note.redacted_at is not None:
        return None
    author = await session.get(Account, entry.actor_id) if entry.actor_id else None
    who = author.name if author is not None and author.name else reader.texts(f"role.{entry.actor_role}")
    answer = reader.letterhead.links.way(reader.account.id, f"ideen/{entry.idea_id}/antworten")
    return Section("words", {"who": who, "words": cut(note.body, reader), "answer": answer})


async def quote_question(session: AsyncSession, notice: NoticeRow, reader: Reader) -> Section | None:
    """What is asked, by whom, until when; also where it is only reminded of."""
    entry = await find_entry(session, notice)
    asked = await read_question(session, entry.idea_id, str(entry.facts.get("task"))) if entry is not None else None
    if entry is None or asked is None:
        return None
    who = asked.actor.name if asked.actor is not None and asked.actor.name else reader.texts(f"role.{asked.actor_role}")
    words = "" if asked.internal or asked.note is None else cut(asked.note, reader)
    until = reader.texts.day(date.fromisoformat(str(asked.facts["until"])))
    answer = link_to_answer(notice, reader, entry, is_quoted=words == asked.note)
    return Section("question", {"who": who, "words": words, "until": until, "answer": answer})


def link_to_answer(notice: NoticeRow, reader: Reader, entry: TimelineEntry, *, is_quoted: bool) -> str:
    """Where the whole question stands in the mail, whoever was asked answers by its link alone; others sign in."""
    links, is_own = reader.letterhead.links, notice.account_id == reader.account.id
    if is_quoted and is_own and notice.kind != NoticeKind.UNANSWERED:
        return links.answer(Question(notice.id, notice.account_id, entry.idea_id, entry.version))
    return links.way(reader.account.id, f"ideen/{entry.idea_id}/antworten?frage={entry.facts['task']}")


async def find_asking(session: AsyncSession, entry: TimelineEntry) -> TimelineEntry | None:
    """The step that has brought an idea to where it stands again, with its words; None where it had none."""
    there = (TimelineEntry.case_id == entry.idea_id, TimelineEntry.stage == entry.stage)
    came = (TimelineEntry.state == entry.state, TimelineEntry.from_state != entry.state)
    before = (col(TimelineEntry.version) < entry.version, col(TimelineEntry.note_id).is_not(None))
    last = select(TimelineEntry).where(*there, *came, *before).order_by(col(TimelineEntry.version).desc()).limit(1)
    return (await session.exec(last)).first()


async def find_entry(session: AsyncSession, notice: NoticeRow) -> TimelineEntry | None:
    """The step of an idea that a notice tells of; None where it tells of something else."""
    if notice.idea_id is None or notice.version is None or notice.key != f"v{notice.version}":
        return None
    return await session.get(TimelineEntry, (notice.idea_id, notice.version))


def cut(words: str, reader: Reader) -> str:
    match reader.letterhead.policy.notices.words:
        case "full":
            return words
        case "first_line":
            return shorten(words)
    return ""


def shorten(words: str) -> str:
    """The first line, as far as it fits.

    >>> shorten("Guten Tag,\\nwann passt es Ihnen?")
    'Guten Tag, …'
    """
    first, _, rest = words.strip().partition("\n")
    fits = first[:FIRST_LINE].rstrip()
    return f"{fits} …" if rest.strip() or fits != first.rstrip() else fits


async def tell_appointment(session: AsyncSession, notice: NoticeRow, reader: Reader) -> Section | None:
    """When and how one meets; of times that are offered, each with the way to choose it."""
    standing = await find_appointment(session, notice)
    if standing is None:
        return None
    t, zone, links = reader.texts, reader.letterhead.policy.zone, reader.letterhead.links
    is_offer = standing.state == "choosing" and notice.kind == NoticeKind.APPOINTMENT_PROPOSED
    url = links.answer(Question(notice.id, notice.account_id, standing.idea_id, 0))
    slots = [(tell_start(t, slot, zone), f"{url}?wahl={n}") for n, slot in enumerate(standing.slots, start=1)]
    told = {
        "when": tell_start(t, standing.start, zone) if standing.is_agreed and standing.start is not None else "",
        "slots": slots if is_offer and notice.account_id == reader.account.id else [],
        "place": t("page.appointment.place", place=t(f"session.kind.{standing.place}"), minutes=standing.minutes),
        "where": await read_words(session, standing.where_id, reader),
        "said": await read_words(session, standing.said_id, reader),
    }
    return Section("appointment", told)


async def quote_contribution(session: AsyncSession, notice: NoticeRow, reader: Reader) -> Section | None:
    """What somebody has written to a story; a lead has read it before."""
    _, number = read_case_key(notice.key)
    those = select(Contribution).where(Contribution.idea_id == notice.idea_id, Contribution.number == number)
    words = (await session.exec(those)).one_or_none()
    if words is None or not words.body or words.taken_away_at is not None:
        return None
    answer = reader.letterhead.links.way(reader.account.id, page_of(CONTRIBUTION, words.idea_id))
    who = words.name or reader.texts("page.contribution.nameless")
    return Section("words", {"who": who, "words": cut(words.body, reader), "answer": answer})


async def read_words(session: AsyncSession, note_id: str | None, reader: Reader) -> str:
    """The words of a note, as much of them as the operator lets stand in mails."""
    note = await session.get(Note, note_id) if note_id is not None else None
    return cut(note.body, reader) if note is not None and note.redacted_at is None else ""


async def point_to_twin(session: AsyncSession, notice: NoticeRow, reader: Reader) -> Section | None:
    """Where an idea has ended because there was one like it: the way there, for whoever may read of that. Otherwise the
    reason, as it was written."""
    view = await read_idea(session, notice.idea_id) if notice.idea_id is not None else None
    if view is None or view.twin is None:
        return await quote_words(session, notice, reader)
    person = await session.get_one(Account, notice.account_id)
    path = view.twin.path_for(person.id, [Role(role) for role in person.roles])
    return Section("twin", {"url": reader.letterhead.links.way(reader.account.id, path) if path else ""})


async def tell_absence(session: AsyncSession, notice: NoticeRow, reader: Reader) -> Section | None:
    """Who is away, and when; by the time of sending that may have changed, or be over. `who` is empty where it is the
    reader."""
    coach_id = notice.key.removeprefix(f"{notice.kind}-")[:UUID_LENGTH]
    profile, coach = await session.get(CoachProfile, coach_id), await session.get(Account, coach_id)
    if profile is None or coach is None or profile.absent_from is None or profile.absent_until is None:
        return None
    day = reader.texts.day
    who = "" if coach_id == reader.account.id else coach.name
    told = {"who": who, "first": day(profile.absent_from), "last": day(profile.absent_until)}
    return Section("absence", told)


SECTIONS: Mapping[str, SectionWriter] = {
    NoticeKind.CHECK_IN: ask_how_it_goes,
    NoticeKind.OVERDUE: ask_how_it_goes,
    NoticeKind.DRAFT_INCOMPLETE: list_drafts,
    NoticeKind.ENDED: point_to_twin,
    NoticeKind.STAND_IN_ASKED: tell_absence,
    NoticeKind.STAND_IN_REFUSED: tell_absence,
    NoticeKind.LEAD_DIGEST: write_digest_section,
    NoticeKind.TASK_ADDED: tell_task,
    NoticeKind.ASKED: quote_question,
    NoticeKind.ASKED_AGAIN: quote_question,
    NoticeKind.UNANSWERED: quote_question,
    NoticeKind.CONTRIBUTION_ASKED: quote_contribution,
    NoticeKind.CONTRIBUTION_PASSED_ON: quote_contribution,
    NoticeKind.APPOINTMENT_PROPOSED: tell_appointment,
    NoticeKind.APPOINTMENT_DECLINED: tell_appointment,
    NoticeKind.APPOINTMENT_AGREED: tell_appointment,
    NoticeKind.APPOINTMENT_CANCELLED: tell_appointment,
    NoticeKind.APPOINTMENT_SOON: tell_appointment,
    NoticeKind.APPOINTMENT_OVER: tell_appointment,
}
"""All others quote what was written with their step."""
