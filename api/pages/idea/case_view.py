"""What the page of an idea shows: where it stands, who is on turn, what can be done, what happened, what comes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from fastapi import Response
from sqlmodel.ext.asyncio.session import AsyncSession

from api.pages.crowdfunding.presenter import CrowdfundingPresenter
from api.pages.idea.appointments_card import APPOINTMENT_EVENTS, describe_appointments
from api.pages.idea.conversation import (
    Conversation,
    ConversationPresenter,
    find_subject,
    list_mentionable,
    write_reply_box,
)
from api.pages.idea.document_view import describe_document
from api.pages.idea.files_card import describe_files, sort_shown
from api.pages.idea.opening_card import describe_opening
from api.pages.idea.plan_card import describe_tasks
from api.pages.idea.session_view import describe_sessions
from api.pages.idea.story_card import describe_story
from api.pages.idea.team_card import Asked, SeenTeam, describe_team, see_team
from api.pages.idea.trail import read_trail
from api.pages.kit.coach_candidates import CHOOSES_COACH, NONE, Candidates, rank_candidates
from api.pages.kit.contacts import list_contacts
from api.pages.kit.fields import Entered
from api.pages.kit.flash import FlashMessage
from api.pages.kit.page import AnyPage, SignedInPage
from api.pages.kit.step_forms import Steps, StepWriter
from api.pages.kit.timeline_presenter import (
    Line,
    TimelinePresenter,
    describe_wake_up,
    find_undo,
    people_in,
    tell_done,
    titles_of,
)
from api.pages.kit.turn_presenter import Position, TurnPresenter, name_idea
from api.pages.kit.visitors import Member, Visitor
from api.use_cases.appointments import SeenAppointments
from api.use_cases.commands import allowed_for
from api.use_cases.idea_text import IdeaNotFound
from api.use_cases.read_marks import begin_reading, read_notices_of_idea
from api.use_cases.rules import find_carried
from models.case_names import PAGES, page_of
from models.cases.calendar import calendar_of
from models.lifecycles.events import EVENTS, MESSAGES, PLAN, START_CROWDFUNDING
from models.messages.idea import OpenTask, Standing
from models.messages.rulebook import Rulebook
from models.queries.account_names import Person, has_other_lead, read_names_and_leads
from models.queries.appointments_and_campaign import Beside, read_beside
from models.queries.attachments import FileLine
from models.queries.documents import Versions, read_all_versions
from models.queries.idea import IdeaView, TimelineLine, Twin, read_idea, read_question, read_timeline
from models.queries.idea_parts import FILES, INVITATIONS, OFFERS, SESSIONS, read_parts
from models.queries.offers import OfferLine
from models.queries.openings import read_opening
from models.queries.paging import Page
from models.queries.session_log import SessionLog
from models.queries.stories import StoryView, find_story_of, read_story
from models.rules.deadlines import upcoming
from models.rules.permissions import (
    is_own,
    may_change_words,
    may_read_internal,
    may_see_sessions,
    may_view,
    roles_toward,
)
from models.tables.opening import Opening
from models.vocabulary import DocumentKind, Role, Stage
from models.workflow_ids import APPOINTMENT, CONTRIBUTION, CROWDFUNDING, IDEA

ENTRIES_SHOWN = 30


RECENT = 8
"""So many of them are open at once; a click shows the others, so that the idea itself is not far below."""


MOST_ENTRIES = 1000


SESSIONS_SHOWN = 3


WORDS_FIRST = (Stage.IDENTIFY, Stage.DEVELOP, Stage.SUPPORT)
"""Where the idea in its owner's words is what people decide on."""


ASKING = frozenset(event for event, spec in EVENTS.items() if spec.asks)


SAID = frozenset(
    {
        *("words_saved", "team_asked", "team_withdrawn", "team_joined"),
        *(
            "files_kept",
            "file_removed",
            "note_redacted",
            "story_saved",
            "story_withdrawn",
            "story_shown",
            "reason_needed",
            "opening_shown",
            "opening_ended",
            "opening_allowed",
            "opening_refused",
        ),
        *(f"appointment_{event}" for event in APPOINTMENT_EVENTS),
        *("owner_asked", "owner_withdrawn", "owner_taken", "owner_declined"),
    }
)
"""What a page may be asked to say after a redirect, beside the names of events."""


Subject = tuple[OpenTask, TimelineLine | None]
"""What a message is about: a task, and of a question the message that has asked it."""


@dataclass(frozen=True)
class Seen:
    """An idea that the visitor may see."""

    view: IdeaView
    standing: Standing
    timeline: Page[TimelineLine]
    people: dict[str, Person]
    """Those whom the timeline's facts name."""
    allowed: list[str]
    offers: Sequence[OfferLine]
    beside: Beside = field(default_factory=Beside)
    candidates: Candidates | None = NONE
    """None where nobody has asked for them yet."""
    log: SessionLog | None = None
    """For coaches and leads: the latest sessions, and what all of them come to."""
    team: SeenTeam | None = None
    story: StoryView | None = None
    """What was written for the public, where the idea has come so far."""
    files: Sequence[FileLine] = ()
    leads: Sequence[Person] = ()
    """Of its office, where the visitor may write to somebody."""
    concept: Versions | None = None
    """None until the idea is developed."""
    told: Versions | None = None
    """The versions of its story; None until it is to be made visible."""
    decides: str = ""
    """For a lead whose own idea it is: who decides on it, `others` or, as long as there is no other lead, `nobody`."""
    sees_internal: bool = False
    after: tuple[str, str] | None = None
    """Slug and title of the story that has given rise to it."""
    cases: Sequence[str] = ()
    """The kinds of which there is a page beside it for the visitor to see."""


async def render_idea(
    page: SignedInPage,
    idea_id: str,
    *,
    entered: Entered | None = None,
    asked: Asked | None = None,
    appointed: Entered | None = None,
    status: int = 200,
) -> Response:
    whole = page.query.get("verlauf") == "alles"
    opened = page.query.get("oeffne", "")
    chooses = bool(CHOOSES_COACH & {opened, entered.event if entered else ""})
    answers = page.query.get("antwort", "")
    if entered is not None and entered.event in MESSAGES:
        answers = entered.values.get("task_id", "")
    async with page.services.database.reading() as session:
        seen = await see_idea(page, session, idea_id, whole=whole, chooses=chooses)
        subject = await see_subject(session, seen, answers)
        trail = await read_trail(page, session, idea_id)
        opening = await read_opening(session, idea_id) if Opening.__tablename__ in seen.view.holds else None
    carried = await find_carried(page.services, seen.view.row)
    await begin_reading(page.services, seen.view, page.person)
    if page.visitor.waiting.notices:
        page = page.having_read(await read_notices_of_idea(page.services, page.person.id, idea_id))
    named = page.query.get("name") == "ja"
    context = describe(page, seen, entered, opened, asked, subject, named=named)
    context |= {"told": read_told(page, seen), "undo": find_undo(page.speaker, seen.view.row)}
    context |= describe_appointments(page, see_meetings(seen, page.visitor), appointed)
    context |= {"opening": describe_opening(page.speaker, seen.view.row, opening)}
    context |= {"upcoming": describe_upcoming(page, seen, carried)}
    context |= {"recent": RECENT, "whole": whole, "trail": trail, "along": trail.query if trail else ""}
    context |= {"own_keys": ("u",)}
    return page.render("ideas/idea.html", status, **context)


async def see_idea(page: SignedInPage, session: AsyncSession, idea_id: str, *, whole: bool, chooses: bool) -> Seen:
    """`chooses`: a form is open in which a lead chooses a coach. Raises IdeaNotFound for a stranger as for an idea that
    does not exist."""
    view = await read_idea(session, idea_id)
    if view is None:
        raise IdeaNotFound
    row, standing = view.row, view.row.standing()
    if not may_view(standing, page.person.id, page.visitor.roles):
        raise IdeaNotFound(hidden=True)
    is_lead = Role.LEAD in roles_toward(standing, page.person.id, page.visitor.roles)
    with_internal = may_read_internal(standing, page.person.id, page.visitor.roles)
    limit = MOST_ENTRIES if whole else ENTRIES_SHOWN
    timeline = await read_timeline(session, idea_id, with_internal=with_internal, newest_first=True, limit=limit)
    wrote = {change["by"] for change in (*view.idea.changes, *filter(None, [view.idea.taken_in]))}
    named = people_in(timeline.items) | set(row.team) | wrote
    people, leads = await read_names_and_leads(session, named, row.office)
    allowed = allowed_for(row, view.idea, page.person)
    has = view.holds
    beside = Beside()
    if {CROWDFUNDING, APPOINTMENT} & has and acts_on(standing, page.visitor):
        beside = await read_beside(session, idea_id)
    logs = may_see_sessions(standing, page.person.id, page.visitor.roles)
    may = {OFFERS: is_lead, SESSIONS: logs, FILES: True, INVITATIONS: standing.owner_id == page.person.id}
    parts = await read_parts(
        session,
        view.idea,
        [name for name in may if may[name] and name in has],
        with_internal=with_internal,
        sessions=SESSIONS_SHOWN,
    )
    candidates: Candidates | None = NONE
    if is_lead and CHOOSES_COACH & set(allowed):
        candidates = await rank_candidates(page, session, row) if chooses else None
    decides = await find_out_who_decides(session, standing, page.visitor)
    story = concept = told = None
    read = await read_all_versions(session, idea_id) if "document" in has else {}
    if standing.stage is not Stage.IDENTIFY:
        concept = read.get(DocumentKind.CONCEPT, Versions())
    if standing.stage is Stage.MAKE_VISIBLE:
        told = read.get(DocumentKind.STORY, Versions())
    if (versions := read.get(DocumentKind.STORY)) is not None and versions.documents:
        story = await read_story(session, view.idea, versions, view.owner.name if view.owner else "")
        if told is None and (story is None or story.published is None):
            # It was told before the idea went back, and nobody has read it.
            story = None
    team = see_team(view, people, page.person.id, parts.invitations)
    rest = (parts.log if logs else None, team, story, parts.files, leads, concept, told, decides, with_internal)
    after = await find_story_of(session, view.idea.after_id)
    cases = [kind for kind in PAGES if kind in has and kind != CROWDFUNDING] if acts_on(standing, page.visitor) else []
    return Seen(view, standing, timeline, people, allowed, parts.offers, beside, candidates, *rest, after, cases)


def see_meetings(seen: Seen, member: Member) -> SeenAppointments | None:
    """None for whoever only observes, and for a draft."""
    roles = roles_toward(seen.standing, member.person.id, member.roles)
    if not roles or seen.view.row.version == 0:
        return None
    return SeenAppointments(seen.view, roles, member.person.id, list(seen.beside.appointments))


async def see_subject(session: AsyncSession, seen: Seen, task_id: str) -> Subject | None:
    """The open task that is about to be commented, or the question that is about to be answered, with its words."""
    task = find_subject(seen.standing, task_id, sees_internal=seen.sees_internal)
    if task is None or not task.asks:
        return None if task is None else (task, None)
    line = await read_question(session, seen.standing.idea_id, task.id)
    return None if line is None else (task, line)


async def find_out_who_decides(session: AsyncSession, standing: Standing, member: Member) -> str:
    """Nothing where the visitor is no lead, or a lead as toward any idea."""
    if not (member.has(Role.LEAD) and is_own(standing, member.id)) or standing.outcome:
        return ""
    return "others" if await has_other_lead(session, {standing.owner_id, *standing.team}) else "nobody"


def acts_on(standing: Standing, member: Member) -> bool:
    """Whoever only observes an idea has no part in its crowdfunding."""
    return bool(roles_toward(standing, member.person.id, member.roles))


def describe(
    page: AnyPage,
    seen: Seen,
    entered: Entered | None,
    opened: str,
    asked: Asked | None = None,
    subject: Subject | None = None,
    *,
    named: bool = False,
) -> dict[str, Any]:
    """Everything the template of an idea shows."""
    idea, row = seen.view.idea, seen.view.row
    position = Position.of(row, seen.view.holder, seen.view.owner)
    is_theirs = page.speaker.visitor.id == row.owner_id or page.speaker.visitor.id in row.team
    may_redact = page.speaker.visitor.has(Role.LEAD) and not is_theirs
    files = sort_shown(page.speaker, row, idea, seen.files)
    teller = TimelinePresenter(page.speaker, seen.people, titles_of(seen.view.tasks), seen.view.twin, may_redact, files)
    writer = StepWriter(
        page.speaker,
        position,
        seen.standing,
        page.services.rulebook(),
        seen.candidates,
        entered,
        opened,
        seen.story,
        idea,
        find_asked(teller, seen),
        idea.updated_at > row.entered_at,
        named,
        owner=page.speaker.name(seen.view.owner),
    )
    steps = writer.write(seen.allowed)
    refused = entered.list_wrong(page.t) if entered else {}
    anchors = entered.list_anchors() if entered and steps.has(entered.event) else {}
    talk = tell_conversation(teller, writer, seen, subject)
    if talk.reply and talk.reply.anchors:
        anchors = {name: talk.reply.anchors[name] for name in refused if name in talk.reply.anchors}
    team = None
    if seen.team is not None:
        owner, base_url = page.speaker.name(seen.view.owner), page.services.settings.base_url
        team = describe_team(page.speaker, seen.team, row, owner, seen.allowed, asked, base_url)
    if asked is not None:
        has_form = team is not None and bool(team.fields or team.heirs)
        refused, anchors = dict(asked.errors), {name: f"team-{name}" for name in asked.errors if has_form}
    return {
        "idea": idea,
        "at": f"/{page_of(IDEA, idea.id)}",
        "inspired": seen.after,
        "cases": [(kind, page_of(kind, idea.id)) for kind in seen.cases if kind != CONTRIBUTION],
        "contributions": f"/{page_of(CONTRIBUTION, idea.id)}" if CONTRIBUTION in seen.cases else "",
        "awaited": find_awaited(page.speaker.visitor, seen),
        "row": row,
        "ended": row.outcome is not None,
        "turn": page.speaker.turn(position),
        "quiet": tell_quiet(page.speaker, seen),
        "decides": seen.decides,
        "today": page.speaker.today,
        "may_edit": may_change_words(row, row.state, page.speaker.visitor.id, is_read=idea.read_at is not None),
        "team": team,
        "story": describe_story(
            page.speaker, seen.story, seen.told or Versions(), row, named=named, is_aside=seen.told is None
        )
        if seen.story and (row.state != "drafting" or seen.story.published)
        else None,
        "concept": describe_document(page.speaker, row, DocumentKind.CONCEPT, seen.concept, seen.files)
        if seen.concept
        else None,
        "writing": describe_document(page.speaker, row, DocumentKind.STORY, seen.told, seen.files)
        if seen.told is not None and row.state == "drafting"
        else None,
        "files": describe_files(page.speaker, row, idea, seen.files, entered),
        "contacts": list_contacts(page.speaker, seen.view),
        "coach": page.speaker.name(seen.view.coach) if row.coach_id else None,
        "cover": page.speaker.name(seen.view.cover) if row.cover_id else None,
        "partner": page.speaker.names.partner(row.partner) if row.partner else None,
        "steps": steps,
        "position": position,
        "cause": tell_cause(teller, seen, steps),
        "words_first": not has_later_words(seen) and Stage(row.stage) in WORDS_FIRST,
        "twin": tell_twin(page.speaker, seen),
        "doubles": [] if is_theirs else [tell_double(page.speaker, double) for double in seen.view.doubles],
        "looks_for_twins": "close" in seen.allowed and row.stage == Stage.IDENTIFY,
        "refused": refused,
        "anchors": anchors,
        "tasks": describe_tasks(
            page.speaker, seen.view.tasks, seen.timeline.items, seen.allowed, with_internal=seen.sees_internal
        ),
        "may_plan": PLAN in seen.allowed,
        "talk": talk,
        "may_write": talk.reply is not None,
        "sessions": describe_sessions(page.speaker, seen.log) if seen.log else None,
        "history": tell_history(teller, seen),
        "older": seen.timeline.next_cursor is not None,
        "offers": [describe_offer(page.speaker, offer) for offer in seen.offers],
        "campaign": describe_campaign(page.speaker, seen),
        "words": [(name, getattr(idea, name)) for name in ("summary", "problem", "solution", "target_group")],
        "facts": list_facts(page.speaker, seen),
    }


def find_awaited(visitor: Visitor, seen: Seen) -> str:
    """As whom the visitor is asked to say something to what others have written: as its team, or as a lead."""
    roles = roles_toward(seen.standing, visitor.id or "", visitor.roles)
    return next((str(role) for role in roles if f"{CONTRIBUTION}.{role}" in seen.view.holds), "")


def has_later_words(seen: Seen) -> bool:
    """Whether people decide on a concept or a story now, and not on what the idea said at first."""
    return (seen.story is not None and seen.told is not None) or bool(seen.concept and seen.concept.handed_in)


def tell_twin(speaker: TurnPresenter, seen: Seen) -> tuple[str, str] | None:
    """With which idea this one goes on, and its path where the visitor may read of it."""
    twin, account = seen.view.twin, speaker.visitor.account
    if twin is None or account is None:
        return None
    path = twin.path_for(account.id, speaker.visitor.roles)
    which = name_idea(twin.reference, twin.title)
    return (speaker.t("page.twin.of", which=which) if path else speaker.t("page.twin.of.unseen")), path


def tell_double(speaker: TurnPresenter, double: Twin) -> tuple[str, str]:
    """An idea that was a duplicate of this one, and its path where the visitor may read of it. That somebody else had
    the same idea is good to know for a coach; whose it was and what it says is not theirs."""
    visitor = speaker.visitor
    path = double.path_for(visitor.id or "", visitor.roles)
    which = name_idea(double.reference, double.title)
    return speaker.t("page.twin.double", which=which) if path else speaker.t("page.twin.double.unseen"), path


def tell_quiet(speaker: TurnPresenter, seen: Seen) -> str:
    """Until when whoever is on turn has asked not to be reminded: the lead goes on without that."""
    standing = seen.view.row.standing()
    clock = standing.clock if standing.outcome is None and standing.pause is None else None
    until = clock.quiet_until if clock is not None and standing.chased_until is None else None
    return speaker.t("page.turn.quiet", until=speaker.t.short_day(until)) if until and until > speaker.today else ""


def tell_history(teller: TimelinePresenter, seen: Seen) -> list[Line]:
    """What happened, and between it who has changed the words; the newest first."""
    steps = [(line.at, teller.tell(line)) for line in seen.timeline.items]
    since = seen.timeline.items[-1].at if seen.timeline.next_cursor else None
    words = [(datetime.fromisoformat(change["at"]), teller.tell_change(change)) for change in seen.view.idea.changes]
    shown = [line for line in words if since is None or line[0] >= since]
    return [line for _, line in sorted([*steps, *shown], key=lambda told: told[0], reverse=True)]


def tell_conversation(
    teller: TimelinePresenter, writer: StepWriter, seen: Seen, subject: Subject | None
) -> Conversation:
    """What people have said to each other, with the box in which the visitor does."""
    view = seen.view
    people = {person.id: person for person in (view.owner, view.coach, view.cover) if person is not None}
    task, line = subject if subject is not None else (None, None)
    quoted = (teller.who(line), line.note or "") if line is not None else None
    if task is not None and not task.asks:
        quoted = ("", teller.tasks.get(task.id, ""))
    choices = list_mentionable(teller.speaker, seen.standing, {**seen.people, **people}, seen.leads)
    reply = write_reply_box(replace(writer, question=task, asked=quoted, people=choices), seen.allowed)
    presenter = ConversationPresenter(teller, seen.standing, people, seen.sees_internal, reply is not None)
    return presenter.tell(seen.timeline.items, reply)


def find_asked(teller: TimelinePresenter, seen: Seen) -> tuple[str, str] | None:
    """Who asked what, as long as nobody has answered: the words of the step that has led to this state."""
    line = find_what_led_here(seen)
    return (teller.tell(line).who, line.note) if line and line.note and line.event in ASKING else None


def find_what_led_here(seen: Seen) -> TimelineLine | None:
    """The step with which the idea has come to where it stands."""
    row = seen.view.row
    for line in seen.timeline.items:
        if (line.from_stage, line.from_state) != (line.stage, line.state):
            return line if (line.stage, line.state) == (row.stage, row.state) else None
    return None


def tell_cause(teller: TimelinePresenter, seen: Seen, steps: Steps) -> list[Line]:
    """What was said as the idea came to where it stands, after the question that it answers; nothing where it is quoted
    in the step that answers it."""
    line = find_what_led_here(seen)
    if line is None or not line.note or line.internal or any(form.asked for form in steps.next):
        return []
    asked = find_question_to(line, seen) if EVENTS[line.event].answers else None
    return [teller.tell(said) for said in (asked, line) if said is not None]


def find_question_to(answer: TimelineLine, seen: Seen) -> TimelineLine | None:
    asked = (line for line in seen.timeline.items if line.event in ASKING and line.version < answer.version)
    return next((line for line in asked if line.note), None)


def describe_upcoming(page: AnyPage, seen: Seen, carried: Rulebook) -> list[dict[str, str]]:
    """What the engine will send by itself, by the rules that the idea carries."""
    view = seen.view
    calendar, people = calendar_of(carried), (view.owner, view.coach, view.cover, view.holder)
    names = {person.id: person for person in people if person is not None}
    coming = upcoming(seen.standing, calendar, with_internal=seen.sees_internal)
    return [describe_wake_up(page.speaker, wake_up, names) for wake_up in coming]


def describe_offer(speaker: TurnPresenter, offer: OfferLine) -> dict[str, str]:
    t = speaker.t
    parts = [t(f"offer.{offer.status}"), t("page.offer.until", day=t.short_day(offer.expires_on))]
    if offer.decline_reason:
        parts.append(t(f"decline.{offer.decline_reason}"))
    parts += [t(f"rank.{reason}") for reason in offer.reasons]
    return {"coach": speaker.name(offer.coach), "line": " · ".join(parts)}


def describe_campaign(speaker: TurnPresenter, seen: Seen) -> dict[str, Any] | None:
    """The crowdfunding in two lines, or that it is possible; None where there is nothing to say of it."""
    if seen.beside.campaign is None:
        return {"turn": None} if START_CROWDFUNDING in seen.allowed else None
    teller = CrowdfundingPresenter(speaker, seen.view, seen.beside.campaign, datetime.now(UTC))
    latest = next((sight for sight in teller.sights() if sight.sums), None)
    return {
        "turn": teller.turn(),
        "state": speaker.t(f"crowdfunding.state.{seen.beside.campaign.standing.state}"),
        "sums": latest.sums if latest else "",
        "percent": latest.percent if latest else None,
    }


def tell_intake(speaker: TurnPresenter, taken_in: Mapping[str, Any], taker: Person | None) -> str:
    """How an idea came that somebody has written down for its owner, and who heard the consent, when."""
    t, heard_on = speaker.t, speaker.t.short_day(date.fromisoformat(taken_in["heard_on"]))
    told = t("page.intake.told", way=t(f"intake.way.{taken_in['way']}"), name=speaker.name(taker), day=heard_on)
    return f"{told} {t('page.intake.held')}" if taken_in["held"] else told


def list_facts(speaker: TurnPresenter, seen: Seen) -> list[tuple[str, str]]:
    t, idea, row, names = speaker.t, seen.view.idea, seen.view.row, speaker.names
    facts = [("page.facts.owner", speaker.name(seen.view.owner))]
    if row.coach_id:
        facts.append(("page.facts.coach", speaker.name(seen.view.coach)))
    if seen.view.about_coach:
        facts.append(("page.facts.about_coach", seen.view.about_coach))
    if idea.district:
        facts.append(("field.district", names.district(idea.district)))
    if idea.themes:
        facts.append(("field.themes", names.themes(idea.themes)))
    if idea.organisation:
        facts.append(("field.organisation", idea.organisation))
    facts.append(("field.office", names.office(row.office)))
    if idea.written_on is not None:
        facts.append(("page.facts.written", t.short_day(idea.written_on)))
    if idea.taken_in is not None:
        facts.append(("page.facts.taken_in", tell_intake(speaker, idea.taken_in, seen.people.get(idea.taken_in["by"]))))
    if row.submitted_at is not None:
        facts.append(("page.facts.submitted", t.short_day(row.submitted_at.astimezone(speaker.zone).date())))
    return facts


def read_told(page: AnyPage, seen: Seen) -> FlashMessage | None:
    """The message after a redirect. Only known words are said, so that a link cannot make the page say others."""
    t, said, row = page.speaker.t, page.said, seen.view.row
    if said == "coach_found" and page.speaker.visitor.id == row.coach_id:
        return FlashMessage(t("page.said.coaching", name=page.speaker.name(seen.view.owner)))
    if said in SAID:
        return FlashMessage(t(f"page.said.{said}"), *(("wait", "clock") if said == "draft_kept" else ()))
    if not t.has(f"done.{said}"):
        return None
    if page.is_ahead_of(row.version):
        return FlashMessage(t("page.said.soon"), "wait", "clock")
    return FlashMessage(t("page.said.done", what=tell_done(page.speaker, row.stage, said)))


async def render_team(
    page: SignedInPage, idea_id: UUID, values: Mapping[str, str], errors: Mapping[str, str], status: int
) -> Response:
    """The idea once more, with what is wrong beside the form."""
    asked = Asked(values, errors)
    return await render_idea(page, str(idea_id), asked=asked, status=status)
