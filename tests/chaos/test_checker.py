"""The checker finds nothing in a sound town, and each single thing that is wrong."""

from collections.abc import Callable
from datetime import UTC, date, timedelta

import pytest

from activities.campaign_projection import CampaignProjection
from models.messages.cases import Entry
from models.messages.crowdfunding import CampaignStanding
from models.messages.idea import CampaignNews, Standing
from models.tables import (
    CoachProfile,
    MailRow,
    NoticeRow,
    Offer,
    Place,
    StandingRow,
    TimelineEntry,
)
from models.vocabulary import MailState, OfferStatus, Outcome, Role, SearchNews, Stage
from models.workflow_ids import CROWDFUNDING, case
from tests.campaigns import CampaignStory
from tests.cast import ALMA, BEN, BRUNO, CARLA, IDEA, Story, alma, ben, carla
from tests.chaos.checker import CHECKS, Beside, Call, Evidence, Fault, Finding, Reply, Try, judge

SOON = timedelta(minutes=1)
HAND_OFF = case(CROWDFUNDING, IDEA, 1)
ACCEPTED, TIMED_OUT = "offer-1", "command-lost-on-its-way"


def taken(version: int | None, at: float = 1.0) -> Try:
    return Try(at, at + 0.1, 200, version=version)


def refused(code: str = "not_allowed", version: int | None = None) -> Try:
    return Try(1.0, 1.1, 409, code=code, version=version)


def away() -> Try:
    return Try(1.0, 6.0, 503, code="unavailable", says_when=True)


def silence() -> Try:
    return Try(1.0, 6.0, None, why="ReadTimeout")


def sound_town() -> Evidence:
    """Alma's idea on its way to a pilot, with a reminder, notes, an offer that Ben took, and a mail for each notice.

    Her crowdfunding waits for her address of the campaign.
    """
    story = Story()
    story.do(carla, "shortlist")
    story.news(SearchNews.OFFERED, until=story.today + timedelta(days=5), seq=1)
    story.news(SearchNews.FOUND, coach_id=BEN, seq=1)
    story.do(ben, "agree_plan")
    story.do(alma, "write_note", note_id="note-1")
    (reminder,) = story.let_time_pass(story.upcoming[0].at)
    story.do(alma, "submit_work")
    story.do(ben, "approve_concept", note_id="note-2", expected_version=story.standing.version)
    entries = list(story.idea.outbox)
    story.idea.outbox.clear()
    story.standing.crowdfunding = 1
    assert reminder.event == "remind"
    notices = [notice for entry in entries for notice in write_notices(entry)]
    return Evidence(
        at=story.now.astimezone(UTC) + SOON,
        calls=[*(ask_for(entry) for entry in entries if entry.actor.account_id), *asked_in_vain()],
        replies=[Reply(BEN, ACCEPTED, True, (silence(), taken(None)))],
        reads=[taken(None), away()],
        timeline=[show_line(entry) for entry in entries],
        shown=[show_standing(story.standing)],
        known={IDEA: story.idea},
        running={f"idea/{IDEA}", HAND_OFF},
        notices=notices,
        mails=[MailRow(id=f"mail-{n.id}", account_id=n.account_id, recipient_id=n.account_id, state=MailState.SENT)
               for n in notices],
        arrived=[f"mail-{notice.id}" for notice in notices],
        places=[Place(idea_id=IDEA, coach_id=BEN)],
        crowds=[(BEN, 1), (BEN, 0)],
        offers=[show_offer(ACCEPTED, BEN, OfferStatus.ACCEPTED)],
        coaches=[CoachProfile(account_id=BEN, capacity=1), CoachProfile(account_id=BRUNO, capacity=0)],
        leads={"dresden": [CARLA]},
        notes={"note-1": "words of note-1", "note-2": "words of note-2"},
        beside=sound_hand_offs(),
    )  # fmt: skip


def sound_hand_offs() -> Beside:
    campaign = CampaignStory.at("awaiting_entry").campaign
    entries = list(campaign.outbox)
    campaign.outbox.clear()
    campaign.news.clear()
    asked = [entry for entry in entries if entry.actor.account_id and entry.event in ("pack", "confirm")]
    return Beside(
        calls=[
            Call(str(entry.actor.account_id), HAND_OFF, entry.command_id, entry.event, (away(), taken(entry.version)))
            for entry in asked
        ],
        timeline=[show_campaign_line(entry) for entry in entries],
        shown=[show_campaign(campaign.standing)],
        known={HAND_OFF: campaign},
    )


def ask_for(entry: Entry) -> Call:
    assert entry.actor.account_id is not None
    return Call(
        account_id=entry.actor.account_id,
        idea_id=IDEA,
        command_id=entry.command_id,
        event=entry.event,
        tries=(away(), taken(entry.version)),
        expected_version=entry.version - 1 if entry.event == "approve_concept" else None,
        text=f"words of {entry.note_id}" if entry.note_id else None,
    )


def asked_in_vain() -> list[Call]:
    """A refused command, and one of which nobody knows what became of it."""
    return [
        Call(ALMA, IDEA, "command-refused", "agree_plan", (away(), refused("forbidden"))),
        Call(ALMA, IDEA, TIMED_OUT, "write_note", (silence(), away()), text="words of nothing"),
    ]


def show_line(entry: Entry) -> TimelineEntry:
    holder = entry.holder
    return TimelineEntry(
        case_id=IDEA,
        idea_id=IDEA,
        **entry.model_dump(include={"version", "at", "event", "command_id", "note_id", "facts"}),
        **entry.model_dump(include={"from_stage", "from_state", "stage", "state"}, mode="json"),
        actor_role=entry.actor.role,
        actor_id=entry.actor.account_id,
        holder_role=holder.role if holder else None,
        holder_id=holder.account_id if holder else None,
    )


def show_standing(standing: Standing) -> StandingRow:
    told = standing.model_dump(mode="json")
    names = ("version", "stage", "state", "outcome", "owner_id", "office", "coach_id", "team", "partner", "search")
    holder = standing.holder
    return StandingRow(
        case_id=standing.idea_id,
        idea_id=standing.idea_id,
        **{name: told[name] for name in names},
        entered_at=standing.entered_at,
        last_entry_at=standing.entered_at,
        holder_role=holder.role if holder else None,
        holder_id=holder.account_id if holder else None,
        snapshot=told,
    )


def show_campaign_line(entry: Entry) -> TimelineEntry:
    told = entry.model_dump(
        include={"version", "at", "event", "command_id", "from_stage", "from_state", "stage", "state"}
    )
    case_id = CampaignStanding.id_of(IDEA, 1)
    return TimelineEntry(
        case_id=case_id, kind=CROWDFUNDING, idea_id=IDEA, number=1, actor_role=entry.actor.role, **told
    )


def show_campaign(standing: CampaignStanding) -> StandingRow:
    return StandingRow(**CampaignProjection().row_values(standing, []))


def show_offer(offer_id: str, coach_id: str, status: OfferStatus) -> Offer:
    return Offer(id=offer_id, idea_id=IDEA, search=1, rank=1, coach_id=coach_id, status=status, expires_on=date.max)


def write_notices(entry: Entry) -> list[NoticeRow]:
    written = []
    for notice in entry.notices:
        account_id = notice.account_id or CARLA
        if account_id == entry.actor.account_id:
            continue
        key = f"v{entry.version}"
        row = NoticeRow(id=f"{key}-{account_id}", idea_id=IDEA, key=key, account_id=account_id, kind=notice.kind)
        row.handed_over_at = row.settled_at = entry.at
        written.append(row)
    return written


Plant = Callable[[Evidence], None]
PLANTS: dict[Plant, set[Fault]] = {}


def plant(*faults: Fault) -> Callable[[Plant], Plant]:
    """What a fault looks like. The checker must find these faults, and no other."""

    def keep(planting: Plant) -> Plant:
        PLANTS[planting] = set(faults)
        return planting

    return keep


def line_of(evidence: Evidence, event: str) -> TimelineEntry:
    return next(line for line in evidence.timeline if line.event == event)


def call_of(evidence: Evidence, event: str) -> Call:
    return next(call for call in evidence.calls if call.event == event)


def change_call(evidence: Evidence, event: str, *tries: Try) -> None:
    call = call_of(evidence, event)
    evidence.calls.remove(call)
    known = {name: getattr(call, name) for name in ("account_id", "idea_id", "command_id", "expected_version", "text")}
    evidence.calls.append(Call(event=event, tries=tries, **known))


def standing_in(evidence: Evidence) -> Standing:
    return evidence.known[IDEA].standing


def show_again(evidence: Evidence) -> None:
    evidence.shown = [show_standing(standing_in(evidence))]


# -- commands ----------------------------------------------------------------------------------------------------


@plant(Fault.LOST)
def acknowledged_and_never_written(evidence: Evidence) -> None:
    evidence.calls.append(Call(ALMA, IDEA, "command-99", "write_note", (taken(99),)))


@plant(Fault.LOST, Fault.STALE)
def last_step_lost(evidence: Evidence) -> None:
    """The engine and SQL have both forgotten it."""
    evidence.timeline.pop()
    evidence.notices = [notice for notice in evidence.notices if notice.key != "v9"]
    evidence.mails = [mail for mail in evidence.mails if "-v9-" not in mail.id]
    evidence.arrived = [mail_id for mail_id in evidence.arrived if "-v9-" not in mail_id]


@plant(Fault.DOUBLED, Fault.STALE)
def same_command_twice(evidence: Evidence) -> None:
    repeat(evidence, line_of(evidence, "write_note"))


@plant(Fault.MISTOLD)
def receipt_with_another_version(evidence: Evidence) -> None:
    change_call(evidence, "write_note", taken(3), taken(6))


@plant(Fault.OVERTAKEN)
def step_on_an_idea_that_had_moved_on(evidence: Evidence) -> None:
    call = call_of(evidence, "agree_plan")
    evidence.calls.remove(call)
    evidence.calls.append(Call(call.account_id, IDEA, call.command_id, call.event, call.tries, expected_version=1))


@plant(Fault.REFUSED_YET_TAKEN)
def refused_and_taken(evidence: Evidence) -> None:
    change_call(evidence, "submit_work", refused())


@plant(Fault.REFUSED_YET_TAKEN)
def refused_at_the_second_try(evidence: Evidence) -> None:
    change_call(evidence, "submit_work", silence(), refused())


@plant(Fault.REFUSED_YET_TAKEN)
def refused_where_it_had_been_taken(evidence: Evidence) -> None:
    change_call(evidence, "submit_work", silence(), refused(version=line_of(evidence, "submit_work").version))


@plant(Fault.UNASKED)
def step_that_nobody_asked_for(evidence: Evidence) -> None:
    evidence.calls.remove(call_of(evidence, "agree_plan"))


@plant(Fault.WORDS_LOST)
def words_gone(evidence: Evidence) -> None:
    del evidence.notes["note-1"]


@plant(Fault.WORDS_LOST)
def words_of_somebody_else(evidence: Evidence) -> None:
    evidence.notes["note-2"] = evidence.notes["note-1"]


# -- the path ----------------------------------------------------------------------------------------------------


@plant(Fault.GAP)
def version_missing(evidence: Evidence) -> None:
    evidence.timeline.remove(line_of(evidence, "offer_made"))


@plant(Fault.TORN)
def step_from_nowhere(evidence: Evidence) -> None:
    line_of(evidence, "submit_work").from_state = "reviewing"


@plant(Fault.STALE)
def row_behind_its_workflow(evidence: Evidence) -> None:
    standing_in(evidence).version += 1


@plant(Fault.STALE)
def row_ahead_of_its_workflow(evidence: Evidence) -> None:
    """A step was recorded that the engine then forgot."""
    evidence.shown[0].version += 1


@plant(Fault.STALE)
def idea_without_a_row(evidence: Evidence) -> None:
    stranger = evidence.known[IDEA].model_copy(deep=True)
    stranger.standing.idea_id = "idea-2"
    stranger.standing.coach_id = None
    evidence.known["idea-2"] = stranger


@plant(Fault.DIFFERS)
def column_that_differs(evidence: Evidence) -> None:
    evidence.shown[0].holder_id = BRUNO


@plant(Fault.DIFFERS)
def snapshot_that_differs(evidence: Evidence) -> None:
    evidence.shown[0].snapshot = {**(evidence.shown[0].snapshot or {}), "chased_until": "2026-01-01"}


@plant(Fault.UNWRITTEN)
def step_in_the_outbox(evidence: Evidence) -> None:
    story = Story()
    evidence.known[IDEA].outbox.append(story.last.model_copy(update={"version": 99}))


@plant(Fault.NO_WORKFLOW)
def workflow_gone(evidence: Evidence) -> None:
    evidence.running.clear()


@plant(Fault.NO_WORKFLOW)
def workflow_that_never_was(evidence: Evidence) -> None:
    evidence.known.clear()
    evidence.places.clear()


@plant(Fault.NOT_CLOSED)
def workflow_that_does_not_end(evidence: Evidence) -> None:
    standing = standing_in(evidence)
    standing.outcome, standing.holder, standing.clock = Outcome.WITHDRAWN, None, None
    evidence.places.clear()
    show_again(evidence)


# -- messages ----------------------------------------------------------------------------------------------------


@plant(Fault.UNRUNG)
def reminder_that_never_came(evidence: Evidence) -> None:
    standing = standing_in(evidence)
    assert standing.clock is not None
    standing.clock.due = evidence.at.date()
    show_again(evidence)


@plant(Fault.RUNG_TWICE, Fault.STALE)
def reminder_again_and_again(evidence: Evidence) -> None:
    for n in range(2):
        repeat(evidence, line_of(evidence, "remind"), command_id=f"again-{n}", holder_id=None)


@plant(Fault.UNTOLD)
def reminder_without_a_notice(evidence: Evidence) -> None:
    drop_notice(evidence, line_of(evidence, "remind"), ALMA)


@plant(Fault.UNTOLD)
def new_stage_without_a_notice(evidence: Evidence) -> None:
    drop_notice(evidence, line_of(evidence, "approve_concept"), ALMA)


@plant(Fault.TOLD_TWICE, Fault.MAIL_LOST)
def notice_written_twice(evidence: Evidence) -> None:
    first = evidence.notices[0]
    evidence.notices.append(first.model_copy(update={"id": "again"}))
    mail = evidence.mails[0].model_copy(update={"id": "mail-again"})
    evidence.mails.append(mail)


@plant(Fault.UNSENT)
def notice_that_nobody_cares_for(evidence: Evidence) -> None:
    evidence.notices[0].settled_at = None


@plant(Fault.UNSENT)
def mail_that_nobody_cares_for(evidence: Evidence) -> None:
    evidence.arrived.remove(evidence.mails[0].id)
    evidence.mails[0].state = MailState.WAITING


@plant(Fault.MAIL_LOST)
def mail_lost(evidence: Evidence) -> None:
    evidence.arrived.pop()


@plant(Fault.MAIL_TWICE)
def mail_sent_twice(evidence: Evidence) -> None:
    evidence.arrived.append(evidence.arrived[0])


@plant(Fault.MAIL_TWICE)
def uncertain_mail_sent_twice(evidence: Evidence) -> None:
    evidence.mails[0].state = MailState.UNCERTAIN
    evidence.arrived.append(evidence.mails[0].id)


@plant(Fault.MAIL_UNKNOWN)
def failed_mail_that_arrived(evidence: Evidence) -> None:
    evidence.mails[0].state = MailState.FAILED


@plant(Fault.MAIL_UNKNOWN)
def mail_without_a_row(evidence: Evidence) -> None:
    evidence.arrived.append("mail-of-nobody")


# -- people ------------------------------------------------------------------------------------------------------


@plant(Fault.OVER_CAPACITY)
def coach_with_too_many_ideas(evidence: Evidence) -> None:
    evidence.places.append(Place(idea_id="idea-2", coach_id=BEN, reserved_until=evidence.at + SOON))


@plant(Fault.OVER_CAPACITY)
def coach_who_had_too_many_for_a_moment(evidence: Evidence) -> None:
    evidence.crowds.append((BEN, 2))


@plant(Fault.NO_PLACE)
def coach_without_a_place(evidence: Evidence) -> None:
    evidence.places.clear()


@plant(Fault.NO_PLACE)
def place_that_was_never_confirmed(evidence: Evidence) -> None:
    evidence.places[0].reserved_until = evidence.at + SOON


@plant(Fault.STRAY_PLACE, Fault.OVER_CAPACITY)
def place_with_another_coach(evidence: Evidence) -> None:
    evidence.places.append(Place(idea_id=IDEA, coach_id=BRUNO))


@plant(Fault.NOBODY)
def coach_who_has_left(evidence: Evidence) -> None:
    evidence.coaches[0].left_on = evidence.at.date()


@plant(Fault.NOBODY)
def idea_without_a_holder(evidence: Evidence) -> None:
    standing_in(evidence).holder = None
    show_again(evidence)


@plant(Fault.NOBODY)
def search_that_does_not_run(evidence: Evidence) -> None:
    search(evidence)
    evidence.running.discard(f"coach-search/{IDEA}/2")


@plant(Fault.TWO_OFFERS)
def two_open_offers(evidence: Evidence) -> None:
    evidence.offers += [show_offer("offer-2", BEN, OfferStatus.OPEN), show_offer("offer-3", BRUNO, OfferStatus.OPEN)]


@plant(Fault.PROMISE_BROKEN)
def acceptance_forgotten(evidence: Evidence) -> None:
    evidence.offers[0].status = OfferStatus.EXPIRED


@plant(Fault.PROMISE_BROKEN)
def accepted_and_still_searching(evidence: Evidence) -> None:
    search(evidence)
    evidence.offers[0].search = 2


@plant(Fault.PROMISE_BROKEN)
def refusal_of_a_coach_forgotten(evidence: Evidence) -> None:
    evidence.offers.append(show_offer("offer-2", BRUNO, OfferStatus.EXPIRED))
    evidence.replies.append(Reply(BRUNO, "offer-2", False, (taken(None),)))


# -- crowdfunding ------------------------------------------------------------------------------------------------


@plant(Fault.LOST)
def command_to_a_hand_off_lost(evidence: Evidence) -> None:
    evidence.beside.calls.append(Call(ALMA, HAND_OFF, "command-99", "withdraw", (taken(99),)))


@plant(Fault.MISTOLD)
def hand_off_receipt_with_another_version(evidence: Evidence) -> None:
    call = evidence.beside.calls.pop()
    evidence.beside.calls.append(Call(ALMA, HAND_OFF, call.command_id, call.event, (taken(99),)))


@plant(Fault.REFUSED_YET_TAKEN)
def hand_off_refused_and_taken(evidence: Evidence) -> None:
    call = evidence.beside.calls.pop()
    evidence.beside.calls.append(Call(ALMA, HAND_OFF, call.command_id, call.event, (refused(),)))


@plant(Fault.DOUBLED, Fault.GAP)
def same_command_to_a_hand_off_twice(evidence: Evidence) -> None:
    last = evidence.beside.timeline[-1]
    again = {"command_id": evidence.beside.calls[0].command_id, "version": last.version + 1}
    evidence.beside.timeline.append(last.model_copy(update=again | {"from_state": last.state}))


@plant(Fault.GAP)
def hand_off_version_missing(evidence: Evidence) -> None:
    timeline = evidence.beside.timeline
    timeline.remove(next(line for line in timeline if line.event == "edit"))


@plant(Fault.TORN)
def hand_off_step_from_nowhere(evidence: Evidence) -> None:
    evidence.beside.timeline[-1].from_state = "linked"


@plant(Fault.STALE)
def hand_off_ahead_of_its_row(evidence: Evidence) -> None:
    evidence.beside.known[HAND_OFF].standing.version += 1


@plant(Fault.DIFFERS)
def hand_off_that_differs(evidence: Evidence) -> None:
    evidence.beside.shown[0].snapshot = {**(evidence.beside.shown[0].snapshot or {}), "ends_on": "2026-01-01"}


@plant(Fault.UNWRITTEN)
def news_of_a_hand_off_not_told(evidence: Evidence) -> None:
    campaign = evidence.beside.known[HAND_OFF]
    campaign.news.append(CampaignNews(attempt=1, over=True))


@plant(Fault.NO_WORKFLOW)
def hand_off_without_a_workflow(evidence: Evidence) -> None:
    evidence.running.discard(HAND_OFF)


@plant(Fault.NO_WORKFLOW)
def hand_off_that_nobody_answers_for(evidence: Evidence) -> None:
    evidence.beside.known.clear()


@plant(Fault.NOT_CLOSED, Fault.LOOSE)
def hand_off_that_does_not_end(evidence: Evidence) -> None:
    standing = evidence.beside.known[HAND_OFF].standing
    standing.holder = None
    evidence.beside.shown = [show_campaign(standing)]


@plant(Fault.LOOSE)
def idea_that_has_forgotten_its_hand_off(evidence: Evidence) -> None:
    standing_in(evidence).crowdfunding = None
    show_again(evidence)


# -- the outside -------------------------------------------------------------------------------------------------


@plant(Fault.BAD_ANSWER)
def internal_error(evidence: Evidence) -> None:
    evidence.reads.append(Try(1.0, 1.1, 500, code="internal", says_when=True))


@plant(Fault.BAD_ANSWER)
def away_without_saying_when(evidence: Evidence) -> None:
    change_call(evidence, "write_note", Try(1.0, 1.1, 503, code="unavailable"), taken(6))


@plant(Fault.NO_ANSWER)
def request_that_hangs(evidence: Evidence) -> None:
    evidence.reads.append(Try(1.0, 41.0, None, why="ReadTimeout"))


@plant(Fault.DIED)
def process_that_ended(evidence: Evidence) -> None:
    evidence.deaths["worker-1 died with 1"] = "its last words"


@plant(Fault.UNREPLAYABLE)
def history_that_does_not_replay(evidence: Evidence) -> None:
    evidence.unreplayable["Develop/run-1"] = "NondeterminismError"


@plant(Fault.LEAK)
def words_in_a_history(evidence: Evidence) -> None:
    evidence.leaks.append("history of idea/1")


# -- tools -------------------------------------------------------------------------------------------------------


def drop_notice(evidence: Evidence, line: TimelineEntry, account_id: str) -> None:
    (notice,) = (n for n in evidence.notices if (n.key, n.account_id) == (f"v{line.version}", account_id))
    evidence.notices.remove(notice)
    evidence.mails = [mail for mail in evidence.mails if mail.id != f"mail-{notice.id}"]
    evidence.arrived.remove(f"mail-{notice.id}")


def repeat(evidence: Evidence, line: TimelineEntry, **changes: str | None) -> None:
    """The same step once more, at the end."""
    last = evidence.timeline[-1]
    place = {"from_stage": last.stage, "from_state": last.state, "stage": last.stage, "state": last.state}
    evidence.timeline.append(line.model_copy(update={"version": last.version + 1, **place, **changes}))


def search(evidence: Evidence) -> None:
    """Ben has gone elsewhere, and a second search runs."""
    story = Story.at((Stage.SUPPORT, "assessing"))
    story.do(carla, "change_coach", note_id="note-1")
    searching, standing = story.standing, standing_in(evidence)
    assert searching.search == 2
    assert searching.holder is not None
    assert searching.holder.role is Role.COACH_SEARCH
    standing.coach_id, standing.search, standing.holder, standing.clock = None, 2, searching.holder, None
    evidence.places.clear()
    evidence.running.add(f"coach-search/{IDEA}/2")
    show_again(evidence)


# -- the tests ---------------------------------------------------------------------------------------------------


def test_a_sound_town_has_no_fault() -> None:
    assert judge(sound_town()) == []


def test_a_search_that_runs_is_somebody() -> None:
    evidence = sound_town()
    search(evidence)
    assert judge(evidence) == []


def test_a_coach_who_is_just_leaving_is_looked_after() -> None:
    evidence = sound_town()
    coach_who_has_left(evidence)
    evidence.running.add(f"coach-leave/{BEN}/{evidence.coaches[0].leaves}")
    assert judge(evidence) == []


def test_a_refusal_from_before_the_step_is_no_fault_where_another_request_was_on_its_way() -> None:
    evidence = sound_town()
    before = line_of(evidence, "submit_work").version - 1
    change_call(evidence, "submit_work", silence(), refused(version=before))
    assert judge(evidence) == []


def test_what_is_under_way_is_no_fault() -> None:
    evidence = sound_town()
    evidence.notices[0].settled_at = None
    evidence.mails[-1].state = MailState.WAITING
    evidence.arrived.pop()
    evidence.running |= {f"inbox/{evidence.notices[0].account_id}", f"inbox/{evidence.mails[-1].account_id}"}
    assert judge(evidence) == []


def test_a_draft_whose_handing_in_was_lost_is_no_fault() -> None:
    evidence = sound_town()
    evidence.calls.append(Call(ALMA, "idea-2", "submit-2", "submit", (silence(), away())))
    assert judge(evidence) == []


def test_a_draft_that_was_submitted_later_is_handed_in() -> None:
    evidence = sound_town()
    evidence.calls.append(Call(ALMA, IDEA, "submit-before", "submit", (away(), taken(None))))
    assert judge(evidence) == []


def test_a_shut_door_excuses_a_long_wait() -> None:
    evidence = sound_town()
    evidence.reads.append(Try(10.0, 50.0, None, why="ReadTimeout"))
    evidence.doors_shut = [(0.0, 9.0), (49.0, 51.0)]
    assert judge(evidence) == []


def test_a_step_that_was_undone_need_not_be_told() -> None:
    """Its notices were taken back with it."""
    evidence = sound_town()
    undone = line_of(evidence, "approve_concept")
    drop_notice(evidence, undone, ALMA)
    facts = {"undone": "approve_concept", "undone_version": undone.version}
    repeat(evidence, undone, event="undo", command_id="undo", note_id=None)
    evidence.timeline[-1].facts = facts
    evidence.calls.append(Call(BEN, IDEA, "undo", "undo", (taken(undone.version + 1),)))
    standing_in(evidence).version += 1
    show_again(evidence)
    assert judge(evidence) == []


@pytest.mark.parametrize("planting", PLANTS, ids=lambda planting: planting.__name__)
def test_a_planted_fault_is_found_and_nothing_else(planting: Plant) -> None:
    evidence = sound_town()
    planting(evidence)
    assert {finding.fault for finding in judge(evidence)} == PLANTS[planting]


def test_every_fault_is_planted_and_every_check_finds_one() -> None:
    assert set().union(*PLANTS.values()) == set(Fault)
    useful = set()
    for planting in PLANTS:
        evidence = sound_town()
        planting(evidence)
        useful |= {check for check in CHECKS if list(check(evidence))}
    assert useful == set(CHECKS)


def test_a_finding_says_what_is_wrong_and_with_what() -> None:
    assert str(Finding(Fault.LOST, "idea 1", "version 3")) == (
        "an acknowledged command is not in the timeline: idea 1 (version 3)"
    )
