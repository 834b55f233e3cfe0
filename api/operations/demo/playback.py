"""Tells a story: every step goes through the same pure rules as a real one, at the time when it would have happened.

The engine's own steps (reminders, overdue notices, escalations) come in between by themselves.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from activities.coaching import offer_id_of
from api.operations.demo import script
from api.operations.demo.accounts import BY_KEY, demo_id
from api.operations.demo.campaigns import CampaignRefused, CampaignTeller, CampaignTold, begin_campaign
from api.operations.demo.days import Days
from api.operations.demo.pictures import tell_pictures
from api.operations.demo.plain_cases import CaseRefused, CaseTold, tell_contributions, tell_copy
from api.operations.demo.script import ENGINE, Step, Story
from api.use_cases.documents import FIRST_FROM_IDEA
from models.cases.calendar import calendar_of
from models.lifecycles.events import ASK, CONSENT, PLAN, SUBMIT
from models.messages import commands
from models.messages.cases import Entry
from models.messages.commands import Actor, Command, News, PlannedTask
from models.messages.idea import CampaignChore, Chore, IdeaState, Standing
from models.messages.story import StoryParts, digest_of
from models.policy import Policy
from models.rules import crowdfunding, steps
from models.rules.crowdfunding import HAND_OFFS
from models.rules.deadlines import upcoming
from models.rules.permissions import acting_role
from models.rules.plans import write_plan
from models.rules.ranking import CoachFacts, IdeaFacts, rank_coaches
from models.rules.steps import IDEAS
from models.tables import Document, Note, Offer, Task
from models.vocabulary import Answer, ConceptField, DocumentKind, OfferStatus, Role, SearchNews, Shown, StoryField

NEWS_DAYS = 3
"""Notices older than this are no news: nobody gets a mail about what was long ago."""


class StoryRefused(Exception):
    """A step of a story is not possible: the story is wrong, or the rules have changed."""


@dataclass
class PlayedStory:
    """An idea as its story left it, with everything that belongs into SQL."""

    story: Story
    idea: IdeaState
    entries: list[Entry]
    documents: list[Document] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    offers: list[Offer] = field(default_factory=list)
    campaigns: list[CampaignTold] = field(default_factory=list)
    beside: list[CaseTold] = field(default_factory=list)

    @property
    def standing(self) -> Standing:
        return self.idea.standing


def idea_id_of(story: Story) -> str:
    return demo_id("idea", story.key)


def tell(story: Story, policy: Policy, now: datetime, original: Story | None = None) -> PlayedStory:
    """Walk through a story up to `now`. Raises StoryRefused. The same `now` gives the same result. `original`: the
    story that it was begun after."""
    telling = _Telling(story, policy, now)
    told = telling.tell()
    try:
        if original is not None:
            told.beside.append(tell_copy(story, original, told.standing, told.entries[0].at, telling.days, now))
        told.beside += tell_contributions(story, told.standing, telling.days, now)
    except CaseRefused as refused:
        raise StoryRefused(str(refused)) from refused
    return told


class _Telling:
    """One story on its way."""

    def __init__(self, story: Story, policy: Policy, now: datetime) -> None:
        self.story = story
        self.policy = policy
        self.now = now
        self.today = now.astimezone(policy.zone).date()
        self.idea_id = idea_id_of(story)
        self.days = Days(policy, self.today, story.key)
        self.last = self.days.moment_of(story.steps[0].ago, 0)
        standing = Standing(
            idea_id=self.idea_id,
            owner_id=BY_KEY[story.owner].id,
            office=policy.region.office_of(story.district),
            entered_at=self.last,
        )
        self.idea = IdeaState(standing=standing, rulebook=self.days.rulebook(self.last))
        self.told = PlayedStory(story, self.idea, self.idea.outbox)

    def tell(self) -> PlayedStory:
        for number, step in enumerate(self.story.steps, start=1):
            self.last = self._time_for(step, number)
            self._let_time_pass(self.last)
            self._carry_out(step, number)
        self._let_time_pass(self.now)
        self.told.entries = list(self.idea.outbox)
        self.idea.outbox = []
        for campaign in self.told.campaigns:
            ended = self.idea.standing.outcome is not None
            self._teller(campaign).forget_old_news(self.now - timedelta(days=NEWS_DAYS), ended=ended)
        self._forget_old_news()
        self._forget_old_chores()
        return self.told

    # -- time ------------------------------------------------------------------------------------------------

    def _time_for(self, step: Step, number: int) -> datetime:
        """Its own time, but never before the step before it; an offer runs out at the end of its last day."""
        soonest = self.last + timedelta(minutes=11)
        if step.event == script.OFFER_EXPIRED and self.told.offers:
            return max(soonest, calendar_of(self.idea.rulebook).end_of(self.told.offers[-1].expires_on))
        return max(soonest, self.days.moment_of(step.ago, number))

    def _let_time_pass(self, until: datetime) -> None:
        """Do what the engine would have done by itself before `until`."""
        while (at := self._next_wake_up()) is not None and at <= until:
            campaign = self._running()
            rung = IDEAS.ring(self.idea, at)
            if campaign is not None:
                rung |= HAND_OFFS.ring(campaign.campaign, at)
            if not rung:
                return
            self._pass_on_news(at)

    def _next_wake_up(self) -> datetime | None:
        """Of the idea, or of its crowdfunding."""
        coming = [wake_up.at for wake_up in upcoming(self.idea.standing, calendar_of(self.idea.rulebook))[:1]]
        campaign = self._running()
        if campaign is not None:
            coming += filter(None, [self._teller(campaign).next_wake_up()])
        return min(coming, default=None)

    # -- steps -----------------------------------------------------------------------------------------------

    def _carry_out(self, step: Step, number: int) -> None:
        match step.event:
            case script.OFFER_MADE:
                self._offer(step)
            case script.OFFER_ACCEPTED:
                self._close_offer(step, OfferStatus.ACCEPTED)
                self._hear(SearchNews.FOUND, coach_id=BY_KEY[step.who].id)
            case script.OFFER_DECLINED:
                self._close_offer(step, OfferStatus.DECLINED)
            case script.OFFER_EXPIRED:
                self._close_offer(step, OfferStatus.EXPIRED)
            case script.NO_COACH:
                self._hear(SearchNews.EXHAUSTED)
            case event if event.startswith(script.CAMPAIGN):
                self._carry_out_campaign(step, number)
            case _:
                self._command(step, number)
        self._pass_on_news(self.last)

    def _command(self, step: Step, number: int) -> None:
        command = self._command_of(step, number)
        refused = IDEAS.refusal(self.idea, command, self.last)
        if refused is not None:
            raise StoryRefused(f"{self.story.key}, step {number}, {step.event}: {refused.code} {refused.detail}")
        searched = self.idea.standing.search
        IDEAS.take(self.idea, command, self.last)
        if searched is not None and self.idea.standing.search is None:
            self._cancel_open_offer()
        if step.event == ASK:
            self._write_task(command.task_id, "", asks=True)
        elif command.tasks is not None:
            self._write_task(command.tasks[-1].id, step.text)
        elif command.task_id is not None and self._is_done(command):
            self._task(command.task_id).done_at = self.last
        if command.note_id is not None:
            titles = [self._task(task.id).title for task in command.tasks or ()]
            self._write_note(command.note_id, step, write_plan(titles, "") if titles else step.text)

    def _command_of(self, step: Step, number: int) -> Command:
        fields = step.fields
        rulebook = self.days.rulebook(self.last)
        plan = self._plan_with(step) if step.event == PLAN else None
        answer, coach, task, until = (fields.get(name) for name in ("answer", "coach", "task", "until"))
        member = fields.get("member")
        return Command(
            id=demo_id(self.idea_id, number),
            event=step.event,
            actor=self._actor(step),
            note_id=demo_id(self.idea_id, number, "note") if step.text else None,
            until=None if until is None else self.today + timedelta(days=until),
            days=fields.get("days"),
            answer=Answer(answer) if answer else None,
            coach_id=BY_KEY[coach].id if coach else None,
            task_id=demo_id(self.idea_id, "task", task) if task and plan is None else None,
            assignee=fields.get("assignee"),
            tasks=plan,
            member_id=BY_KEY[member].id if member else None,
            document_id=self._write_document(step),
            shows=fields.get("shows", (Shown.DISTRICT,)) if step.event == CONSENT else (),
            licence=fields.get("licence"),
            share=fields.get("share"),
            rulebook=rulebook if rulebook.digest != self.idea.rulebook.digest else None,
        )

    def _write_document(self, step: Step) -> str | None:
        """What is handed in; and what was handed in last, where it is approved or agreed to."""
        match step.event:
            case "submit_work":
                return self._hand_in(step, DocumentKind.CONCEPT, self._concept(step), {})
            case "submit_story":
                parts = StoryParts.model_validate(self._parts(step)).plain()
                return self._hand_in(step, DocumentKind.STORY, dict(self._words(step)), parts)
            case "approve_story" | "consent":
                return self.told.documents[-1].id
        return None

    def _concept(self, step: Step) -> dict[str, str]:
        """What the idea says, and what was said as it was handed in."""
        words = {str(name): str(getattr(self.story, name)) for name in FIRST_FROM_IDEA}
        return words | {str(ConceptField.NEXT_STEPS): step.text}

    def _words(self, step: Step) -> dict[str, str]:
        """Of a story: what the idea says, and what is told now."""
        story = self.story
        known = {StoryField.TITLE: story.title, StoryField.TEASER: story.summary, StoryField.PROBLEM: story.problem}
        return {str(name): text for name, text in known.items()} | dict(step.fields.get("words", {}))

    def _parts(self, step: Step) -> dict[str, Any]:
        """An outcome is counted as of the day on which the story was told."""
        outcomes = [{"as_of": self.last.date(), **one} for one in step.fields.get("outcomes", ())]
        pictures = tell_pictures(self.story.key, self.idea_id)
        return {"outcomes": outcomes, "pictures": pictures, "effort": step.fields.get("effort")}

    def _hand_in(self, step: Step, kind: DocumentKind, words: dict[str, str], parts: dict[str, Any]) -> str:
        version = sum(one.kind == kind for one in self.told.documents) + 1
        document = Document(
            id=demo_id(self.idea_id, str(kind), version),
            idea_id=self.idea_id,
            kind=kind,
            version=version,
            words=words,
            parts=parts,
            digest=digest_of(words, parts if kind == DocumentKind.STORY else None),
            author_id=BY_KEY[step.who].id,
            created_at=self.last,
            updated_at=self.last,
            handed_in_at=self.last,
        )
        self.told.documents.append(document)
        return document.id

    def _actor(self, step: Step) -> Actor:
        if step.who == ENGINE:
            return commands.ENGINE
        person = BY_KEY[step.who]
        role: Role | None = Role.INNOVATOR
        if step.event != SUBMIT:
            role = acting_role(self.idea.standing, person.id, [person.role], step.event)
        if role is None:
            raise StoryRefused(f"{self.story.key}: {person.key} has no role toward the idea")
        return Actor(role=role, account_id=person.id)

    def _write_note(self, note_id: str, step: Step, words: str) -> None:
        self.told.notes.append(
            Note(
                id=note_id,
                idea_id=self.idea_id,
                author_id=None if step.who == ENGINE else BY_KEY[step.who].id,
                event=step.event,
                internal=bool(step.fields.get("internal")),
                body=words,
                created_at=self.last,
            )
        )

    def _write_task(self, task_id: str | None, words: str, *, asks: bool = False) -> None:
        number, task = next(at for at in enumerate(self.idea.standing.tasks) if at[1].id == task_id)
        self.told.tasks.append(
            Task(
                id=task.id,
                idea_id=self.idea_id,
                title=words,
                asks=asks,
                assignee=task.assignee,
                due=task.due,
                number=number,
                created_at=self.last,
            )
        )

    def _plan_with(self, step: Step) -> list[PlannedTask]:
        """The plan as it is, and one task more."""
        fields, until = step.fields, step.fields.get("until")
        task_id = demo_id(self.idea_id, "task", fields["task"])
        due = None if until is None else self.today + timedelta(days=until)
        new = PlannedTask(id=task_id, assignee=fields.get("assignee", Role.INNOVATOR), due=due, is_new=True)
        kept = [task for task in self.idea.standing.tasks if not task.asks]
        return [*(PlannedTask(id=task.id, assignee=task.assignee, due=task.due) for task in kept), new]

    def _is_done(self, command: Command) -> bool:
        """A message finishes what it answers, and not what it only speaks of."""
        return command.event == "finish_task" or self._task(command.task_id).asks

    def _task(self, task_id: str | None) -> Task:
        return next(task for task in self.told.tasks if task.id == task_id)

    # -- crowdfunding ----------------------------------------------------------------------------------------

    def _carry_out_campaign(self, step: Step, number: int) -> None:
        campaign = self._running()
        if campaign is None:
            raise StoryRefused(f"{self.story.key}, step {number}: no crowdfunding is running")
        try:
            self._teller(campaign).carry_out(step, number, self.idea.standing, self.last)
        except CampaignRefused as refused:
            raise StoryRefused(str(refused)) from refused

    def _pass_on_news(self, at: datetime) -> None:
        """Between an idea and its crowdfunding, until neither has anything to tell any more."""
        while chores := [chore for chore in self.idea.chores if isinstance(chore, CampaignChore)]:
            self.idea.chores = [chore for chore in self.idea.chores if isinstance(chore, Chore)]
            for chore in chores:
                self._do_campaign_chore(chore, at)
        for campaign in self.told.campaigns:
            while campaign.campaign.news:
                steps.hear_campaign(self.idea, campaign.campaign.news.pop(0), at)

    def _do_campaign_chore(self, chore: CampaignChore, at: datetime) -> None:
        last = self.told.campaigns[-1] if self.told.campaigns else None
        if chore.news is None:
            begun = begin_campaign(self.story, self.policy, self.idea.standing, chore, last, at)
            self.told.campaigns.append(begun)
        elif last is not None:
            crowdfunding.hear_idea(last.campaign, chore.news, at)

    def _running(self) -> CampaignTold | None:
        open_ones = [one for one in self.told.campaigns if one.campaign.standing.holder is not None]
        return open_ones[-1] if open_ones else None

    def _teller(self, campaign: CampaignTold) -> CampaignTeller:
        return CampaignTeller(self.policy, campaign, self.today)

    # -- the search for a coach ------------------------------------------------------------------------------

    def _hear(self, kind: SearchNews, coach_id: str | None = None, until: date | None = None) -> None:
        number = self.idea.standing.search
        news = News(n=number or 0, kind=kind, seq=self._rank(), coach_id=coach_id, until=until)
        if number is None or not steps.hear(self.idea, news, self.last):
            raise StoryRefused(f"{self.story.key}: no search is running that could say {kind}")

    def _rank(self) -> int:
        """How many coaches the running search has asked."""
        return sum(offer.search == self.idea.standing.search for offer in self.told.offers)

    def _offer(self, step: Step) -> None:
        search = self.idea.standing.search or 0
        rank = self._rank() + 1
        calendar = calendar_of(self.idea.rulebook)
        expires_on = calendar.deadline(calendar.today(self.last), self.idea.rulebook.offer.limit)
        coach = BY_KEY[step.who]
        self.told.offers.append(
            Offer(
                id=offer_id_of(self.idea_id, search, rank),
                idea_id=self.idea_id,
                search=search,
                rank=rank,
                coach_id=coach.id,
                reasons=self._reasons(step.who),
                expires_on=expires_on,
                offered_at=self.last,
            )
        )
        self._hear(SearchNews.OFFERED, until=expires_on)

    def _reasons(self, coach: str) -> list[str]:
        person = BY_KEY[coach]
        assert person.coaching is not None
        facts = CoachFacts(
            coach_id=person.id,
            office=person.office or "",
            districts=person.coaching.districts,
            themes=person.coaching.themes,
            languages=person.coaching.languages,
            capacity=person.coaching.capacity,
            taken=0,
            absent=False,
            left=False,
        )
        story, standing = self.story, self.idea.standing
        idea = IdeaFacts(standing.owner_id, standing.office, story.district, story.themes, "de")
        return [str(reason) for reason in rank_coaches(idea, [facts])[0].reasons]

    def _close_offer(self, step: Step, status: OfferStatus) -> None:
        offer = self.told.offers[-1]
        if offer.status != OfferStatus.OPEN or offer.coach_id != BY_KEY[step.who].id:
            raise StoryRefused(f"{self.story.key}: {step.who} has no open offer")
        offer.status = status
        offer.answered_at = self.last
        offer.decline_reason = step.fields.get("reason")
        if step.text:
            offer.note_id = demo_id(offer.id, "note")
            self._write_note(
                offer.note_id, Step(step.ago, step.who, "decline_offer", "", {"internal": True}), step.text
            )

    def _cancel_open_offer(self) -> None:
        for offer in self.told.offers:
            if offer.status == OfferStatus.OPEN:
                offer.status = OfferStatus.CANCELLED
                offer.answered_at = self.last

    # -- the end ---------------------------------------------------------------------------------------------

    def _forget_old_news(self) -> None:
        """An ended idea has no workflow that could deliver anything, so it keeps no notices at all."""
        ended = self.idea.standing.outcome is not None
        for entry in self.told.entries:
            if ended or entry.at < self.now - timedelta(days=NEWS_DAYS):
                entry.notices = []

    def _forget_old_chores(self) -> None:
        """Of all searches only the one that still runs is to be started."""
        running = self.idea.standing.search
        searches = [chore for chore in self.idea.chores if isinstance(chore, Chore)]
        self.idea.chores = [chore for chore in searches if chore.start and chore.search == running]


def tell_all(stories: Iterable[Story], policy: Policy, now: datetime) -> list[PlayedStory]:
    """All stories but the drafts, which have not begun."""
    by_key = {story.key: story for story in stories}
    return [tell(story, policy, now, by_key.get(story.after or "")) for story in by_key.values() if story.steps]
