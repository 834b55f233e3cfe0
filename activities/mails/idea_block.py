"""One block of a mail: what there is to tell of one idea, and where it goes on."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from activities.mails.appointment import find_appointment, is_about_appointment, write_entry
from activities.mails.content import Block, CalendarEntry, Fact, Link, Message, Reader
from activities.mails.notice_details import SECTIONS, find_entry, quote_words, read_words
from activities.mails.turn import Turn, turn_of_campaign, turn_of_idea, turn_of_offer
from models.case_names import page_of
from models.cases.plain_case import PlainKind
from models.region_names import RegionNames
from models.rules.holders import count_questions_to
from models.rules.kinds import PLAIN
from models.rules.notice_timing import ABOUT_OFFERS
from models.rules.permissions import may_view
from models.tables import Account, Idea, NoticeRow, StandingRow
from models.tables.notice import read_case_key
from models.vocabulary import NoticeKind, Role
from models.workflow_ids import case_id

WITHOUT_IDEA = {
    NoticeKind.MAIL_FAILED: ("zustellung", "mail.open.deliveries"),
    NoticeKind.ERASURE_ASKED: ("loeschwuensche", "mail.open.erasures"),
    NoticeKind.FEEDBACK_CAME: ("rueckmeldungen", "mail.open.feedback"),
    NoticeKind.FEEDBACK_DUE: ("rueckmeldungen", "mail.open.feedback"),
    NoticeKind.CONTRIBUTIONS_WAIT: ("beitraege", "mail.open.contributions"),
    NoticeKind.STAND_IN_ASKED: ("arbeit", "mail.open.work"),
    NoticeKind.STAND_IN_REFUSED: ("menschen", "mail.open.people"),
    NoticeKind.PERSON_PROPOSED: ("menschen", "mail.open.people"),
    NoticeKind.DRAFT_INCOMPLETE: ("ideen", "mail.open.ideas"),
}
"""Where it goes on with what is about no single idea, and what the button says."""


FOR_CALENDARS = frozenset(
    {NoticeKind.APPOINTMENT_PROPOSED, NoticeKind.APPOINTMENT_AGREED, NoticeKind.APPOINTMENT_CANCELLED}
)
"""After these, calendars have to know how an appointment stands: one that is offered anew was moved, and leaves until a
time is chosen."""

WAITS_FOR_READER = frozenset(
    {NoticeKind.APPOINTMENT_PROPOSED, NoticeKind.APPOINTMENT_DECLINED, NoticeKind.APPOINTMENT_OVER}
)


def subject_of(notice: NoticeRow) -> str:
    """What a notice is about; notices about the same stand in one block."""
    if notice.idea_id is None or notice.kind in ABOUT_OFFERS:
        return notice.id
    if find_plain(notice) is not None:
        return f"{notice.idea_id}/{read_case_key(notice.key)}"
    return f"{notice.idea_id}/crowdfunding" if is_about_campaign(notice) else notice.idea_id


def is_about_campaign(notice: NoticeRow) -> bool:
    return notice.kind.startswith("crowdfunding_")


def find_plain(notice: NoticeRow) -> PlainKind[Any, Any] | None:
    """The kind of the plain case that a notice is about; None where it is about none."""
    return next((kind for kind in PLAIN if notice.key.startswith(f"{kind.name}/")), None)


async def write_block(session: AsyncSession, reader: Reader, notices: Sequence[NoticeRow]) -> Block:
    """What there is to tell of one thing. Who may not see the idea any more learns no more than the news."""
    first = notices[0]
    person = await session.get_one(Account, first.account_id)
    idea = await session.get(Idea, first.idea_id) if first.idea_id else None
    row = await session.get(StandingRow, first.idea_id) if first.idea_id else None
    sees = row is None or may_view(row.standing(), person.id, [Role(role) for role in person.roles])
    numbered = (Fact(reader.texts("mail.fact.reference"), idea.reference),) if idea and idea.reference else ()
    block = Block(
        title=idea.title if idea else "",
        messages=tuple([await write_message(session, reader, notice, idea, row, sees=sees) for notice in notices]),
        facts=numbered,
        on_behalf_of=person.name if person.id != reader.account.id else None,
    )
    if row is None:
        return replace(block, link=link_without_idea(reader, first))
    if first.kind in ABOUT_OFFERS:
        turn = await turn_of_offer(session, reader, first)
    elif is_about_appointment(first):
        return await add_appointment(session, reader, block, notices[-1]) if sees else block
    elif (rules := find_plain(first)) is not None:
        return await add_case(session, reader, block, notices[-1], rules.name, sees=sees)
    elif not sees:
        return block
    elif is_about_campaign(first):
        turn = await turn_of_campaign(session, reader, row, first)
    else:
        turn = turn_of_idea(reader, row)
    return await add_turn(session, reader, block, turn, person)


async def add_case(
    session: AsyncSession, reader: Reader, block: Block, latest: NoticeRow, kind: str, *, sees: bool
) -> Block:
    """How a plain case stands and where it goes on. Who belongs to another idea reads here of that one alone: what
    others call theirs stands on the page."""
    row = await session.get(StandingRow, case_id(kind, str(latest.idea_id), read_case_key(latest.key)[1]))
    other_id = next(iter(row.read().other_ideas().values()), None) if row is not None and not sees else None
    if row is None or (not sees and other_id is None):
        return block
    if other_id is not None:
        other = await session.get(Idea, other_id)
        block = replace(block, title=other.title if other is not None else "", facts=())
    turn = Turn(
        key=row.turn_key,
        version=row.version,
        since=row.last_entry_at,
        path=page_of(kind, row.idea_id),
        label=f"case.{kind}.open",
        summary="mail.calendar.turn",
        role=row.holder_role if row.holder_id == latest.account_id else None,
        account_id=row.holder_id,
        until=row.holder_until,
    )
    state = Fact(reader.texts("mail.fact.state"), reader.texts(f"{kind}.state.{row.state}"))
    person = await session.get_one(Account, latest.account_id)
    return await add_turn(session, reader, replace(block, facts=(*block.facts, state)), turn, person)


async def add_appointment(session: AsyncSession, reader: Reader, block: Block, latest: NoticeRow) -> Block:
    """The page on which it goes on, and how it stands for the calendar of whoever is meant."""
    links, entry, standing = reader.letterhead.links, None, await find_appointment(session, latest)
    if standing is not None and latest.kind in FOR_CALENDARS and latest.account_id == reader.account.id:
        where = await read_words(session, standing.where_id, reader)
        entry = write_entry(standing, links.base_url, reader.texts, reader.letterhead.policy.zone, where)
    link = Link(links.way(reader.account.id, f"ideen/{latest.idea_id}"), reader.texts("mail.open.idea"))
    return replace(block, link=link, deadline=entry, on_turn=latest.kind in WAITS_FOR_READER)


async def add_turn(session: AsyncSession, reader: Reader, block: Block, turn: Turn, person: Account) -> Block:
    """Where it stands, who is on turn until when, and the page on which it goes on."""
    is_theirs = turn.is_of(person)
    links = reader.letterhead.links
    link = Link(links.way(reader.account.id, turn.path), reader.texts(turn.label))
    has_day = is_theirs and turn.until is not None and turn.until >= reader.today
    return replace(
        block,
        facts=(*block.facts, *await list_facts(session, reader, turn)),
        link=link,
        deadline=CalendarEntry(
            turn.key, turn.until, reader.texts(turn.summary), links.page(turn.path), turn.version, turn.since
        )
        if has_day and turn.until is not None
        else None,
        on_turn=is_theirs,
    )


async def write_message(
    session: AsyncSession,
    reader: Reader,
    notice: NoticeRow,
    idea: Idea | None,
    row: StandingRow | None,
    *,
    sees: bool = True,
) -> Message:
    texts = reader.texts
    until = row.holder_until if row else None
    values = {
        "name": reader.account.name,
        "title": idea.title if idea else "",
        "state": texts(f"state.{row.stage}.{row.state}") if row else "",
        "until": texts.day(until) if until else texts("mail.no_deadline"),
    }
    text = texts(f"notice.{notice.kind}.body", **values)
    if notice.kind == NoticeKind.COACH_FOUND and row is not None and sees:
        text = await introduce_coach(session, reader, row) or text
    if row is not None and sees and takes_over(notice, row):
        count = count_questions_to(row.standing(), notice.account_id)
        text = f"{text} {texts('mail.questions_wait', count=count)}" if count else text
    if notice.kind == NoticeKind.ENDED and row is not None and row.outcome is not None and sees:
        text = await tell_end(session, reader, notice, row.outcome)
    return Message(
        headline=texts(f"notice.{notice.kind}.subject"),
        text=text,
        section=await SECTIONS.get(notice.kind, quote_words)(session, notice, reader) if sees else None,
    )


def takes_over(notice: NoticeRow, row: StandingRow) -> bool:
    """Whether its reader has a case from somebody who was asked before them: as its coach, or for a while."""
    covers = notice.kind == NoticeKind.YOUR_TURN and notice.account_id == row.cover_id
    return notice.kind == NoticeKind.COACHING or covers


async def introduce_coach(session: AsyncSession, reader: Reader, row: StandingRow) -> str:
    """ "Ben Bauer begleitet Ihre Idee und meldet sich bis Freitag, 4. Dezember 2026." """
    coach = await session.get(Account, row.coach_id) if row.coach_id else None
    if coach is None or not coach.name:
        return ""
    if row.holder_id == coach.id and row.holder_until is not None and row.holder_until >= reader.today:
        return reader.texts("mail.coach_found.until", coach=coach.name, until=reader.texts.day(row.holder_until))
    return reader.texts("mail.coach_found", coach=coach.name)


async def tell_end(session: AsyncSession, reader: Reader, notice: NoticeRow, outcome: str) -> str:
    """What has become of the idea, and where else it may find help. The reason stands below, in the words of who ended
    it."""
    entry, texts = await find_entry(session, notice), reader.texts
    partner = entry.facts.get("partner") if entry is not None else None
    told = texts(f"mail.ended.{outcome}")
    if partner is None:
        return told
    place = RegionNames(reader.letterhead.policy.region, texts).partner(str(partner))
    return f"{told} {texts('mail.ended.elsewhere', place=place)}"


async def list_facts(session: AsyncSession, reader: Reader, turn: Turn) -> tuple[Fact, ...]:
    texts, facts = reader.texts, []
    if turn.state:
        facts.append(Fact(texts("mail.fact.state"), turn.state))
    if turn.paused_until is not None:
        facts.append(Fact(texts("mail.fact.paused"), texts.day(turn.paused_until)))
    if turn.role is not None and turn.state:
        facts.append(Fact(texts("mail.fact.turn"), await name_holder(session, reader, turn)))
    if turn.role is not None and turn.until is not None:
        late = turn.until < reader.today
        facts.append(Fact(texts(turn.late_label if late else turn.until_label), texts.day(turn.until), late))
    return tuple(facts)


async def name_holder(session: AsyncSession, reader: Reader, turn: Turn) -> str:
    texts = reader.texts
    if turn.account_id is None:
        return f"{texts('role.lead')} ({turn.office})" if turn.role == Role.LEAD else texts(f"role.{turn.role}")
    if turn.account_id == reader.account.id:
        return texts("page.you")
    holder = await session.get(Account, turn.account_id)
    return f"{holder.name} ({texts(f'role.{turn.role}')})" if holder and holder.name else texts(f"role.{turn.role}")


def link_without_idea(reader: Reader, notice: NoticeRow) -> Link | None:
    """A coach whose stand-in has said no names another where their own work is: the people are for leads."""
    kind = NoticeKind(notice.kind)
    if kind == NoticeKind.STAND_IN_REFUSED and Role.LEAD not in reader.account.roles:
        kind = NoticeKind.STAND_IN_ASKED
    path, label = WITHOUT_IDEA.get(kind, ("", ""))
    return Link(reader.letterhead.links.way(reader.account.id, path), reader.texts(label)) if path else None
