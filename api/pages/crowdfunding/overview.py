"""The crowdfunding of one idea: how far it is, who is on turn, what the package still needs, what the campaign does."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from fastapi import Response
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import FormData

from activities.polling import wait_until
from api.pages.crowdfunding.package_forms import Rows, SectionWriter
from api.pages.crowdfunding.presenter import (
    OBSERVATIONS_SHOWN,
    STEPS,
    CrowdfundingPresenter,
    SectionLine,
    list_missing,
    list_sections,
)
from api.pages.crowdfunding.steps import CrowdfundingStepWriter, explain, read_action
from api.pages.idea.trail import Trail, carry_trail, read_trail
from api.pages.kit.contacts import list_contacts
from api.pages.kit.fields import Entered, Field, new_key
from api.pages.kit.flash import FlashMessage
from api.pages.kit.page import AnyPage, SignedInPage
from api.pages.kit.rendering import see_other
from api.pages.kit.step_forms import Steps
from api.pages.kit.step_taking import NotTaken, own_fields, try_step
from api.pages.kit.timeline_presenter import describe_wake_up
from api.pages.kit.turn_presenter import TurnPresenter
from api.pages.kit.visitors import Member
from api.use_cases.command_sender import SHOWN_WITHIN_SECONDS, Done
from api.use_cases.commands import allowed_for
from api.use_cases.crowdfunding import (
    CampaignForm,
    CrowdfundingNotFound,
    HandOffSeen,
    see_hand_off,
    send_campaign_command,
)
from api.use_cases.idea_text import IdeaNotFound
from api.use_cases.package_archive import list_personal_steps, pack_package
from api.use_cases.packages import find_image, headers_of
from api.use_cases.read_marks import read_notices_of_idea
from api.use_cases.rules import find_carried
from api.web.parameters import AttemptOfPage
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.case_names import page_of
from models.i18n import Texts
from models.lifecycles.events import START_CROWDFUNDING
from models.messages.cases import WakeUp
from models.messages.crowdfunding import CampaignStanding
from models.queries.account_names import Person
from models.queries.crowdfunding import CampaignView, read_campaign
from models.queries.idea import IdeaView, read_idea
from models.rules.permissions import FUNDED_STAGES, roles_toward
from models.tables import StandingRow
from models.typed_text import clean
from models.vocabulary import CrowdfundingState, Role, WakeUpKind
from models.workflow_ids import CROWDFUNDING

router = page_router()

BEGUN = "start"
"""What the page is asked to say right after somebody has begun."""

ENTRY = (CrowdfundingState.CONFIRMED, CrowdfundingState.AWAITING_ENTRY)
"""While these last, what only a person can do is not folded away."""

READ = (CrowdfundingState.READY, CrowdfundingState.PACKAGED, CrowdfundingState.CONFIRMED)
"""While these last, the package is what people decide on, and stands there as it will be handed over."""

RECENT = 8
"""So many lines of the timeline are open at once."""


@router.get("/ideen/{idea_id}/crowdfunding")
async def show_crowdfunding(page: SignedInPage, idea_id: UUID, attempt: AttemptOfPage = None) -> Response:
    return await render_hand_off(page, str(idea_id), attempt=attempt)


@router.post("/ideen/{idea_id}/crowdfunding/schritte")
async def take_campaign_step(page: SignedInPage, idea_id: UUID) -> Response:
    """Any event of the hand-off: take it and show where it stands, or say why not beside the form."""
    sent = await page.form()
    t, values = page.t, read_values(own_fields(sent))
    event, key = values.pop("event", ""), str(sent.get("schluessel") or new_key())[:80]

    async def ask() -> Done:
        form = read_action(event, values, t)
        return await send_campaign_command(page.services, page.person, str(idea_id), form, key)

    done = await try_step(t, event, values, key, ask, lambda refused: explain(refused, event, values, t))
    if isinstance(done, NotTaken):
        return await render_hand_off(page, str(idea_id), entered=done.entered, status=done.status)
    return see_other(f"/ideen/{idea_id}/crowdfunding", meldung=event, v=done.version, **carry_trail(page))


@router.get("/ideen/{idea_id}/crowdfunding/paket.zip")
async def download_package(page: SignedInPage, idea_id: UUID, attempt: AttemptOfPage = None) -> Response:
    async with page.services.database.reading() as session:
        try:
            seen = await see_hand_off(session, page.services, page.person, str(idea_id), attempt)
        except CrowdfundingNotFound as error:
            raise ProblemError(404, "not_found") from error
        packed = await pack_package(page.services, session, str(idea_id), seen.attempt, seen.kept)
    return Response(packed.content, media_type=packed.media_type, headers=packed.headers)


@router.get("/ideen/{idea_id}/crowdfunding/bild/{image_id}")
async def show_image(page: SignedInPage, idea_id: UUID, image_id: UUID) -> Response:
    async with page.services.database.reading() as session:
        await see_idea(session, page.visitor, str(idea_id))
        image = await find_image(session, str(idea_id), str(image_id))
    if image is None:
        raise ProblemError(404, "not_found")
    # An image is encoded anew on its way in and never changes; whoever may see it keeps it until the tab is closed.
    headers = {**headers_of(image), "Cache-Control": "private, max-age=3600"}
    return Response(image.content, media_type=image.media_type, headers=headers)


async def render_hand_off(
    page: SignedInPage, idea_id: str, *, attempt: int | None = None, entered: Entered | None = None, status: int = 200
) -> Response:
    just_asked = page.request.method == "GET" and page.said == BEGUN
    prepared = await _wait_for_beginning(page, idea_id, just_asked=just_asked)
    async with page.services.database.reading() as session:
        try:
            seen = await see_hand_off(session, page.services, page.person, idea_id, attempt)
        except CrowdfundingNotFound:
            if attempt is not None:
                raise ProblemError(404, "not_found") from None
            return await _answer_with_start(page, session, idea_id, preparing=not prepared)
        view = await read_campaign(session, idea_id, seen.attempt)
        trail = await read_trail(page, session, idea_id, CROWDFUNDING)
    assert view is not None
    if page.visitor.waiting.notices:
        page = page.having_read(await read_notices_of_idea(page.services, page.person.id, idea_id))
    context = await describe_hand_off(page, seen, view, trail, entered)
    preparing = FlashMessage(page.t("page.crowdfunding.start.preparing"), "wait", "clock")
    context["told"] = read_told(page, view) if prepared else preparing
    return page.render("crowdfunding/overview.html", status, **context)


async def _answer_with_start(page: SignedInPage, session: AsyncSession, idea_id: str, *, preparing: bool) -> Response:
    """Crowdfunding was never begun: what it is, and the button where it is possible."""
    view = await see_idea(session, page.visitor, idea_id)
    trail = await read_trail(page, session, idea_id, CROWDFUNDING)
    return page.render(
        "crowdfunding/start.html",
        idea=view.idea,
        along=trail.query if trail else "",
        may_start=not preparing and START_CROWDFUNDING in allowed_for(view.row, view.idea, page.person),
        preparing=preparing,
        later=view.row.outcome is None and view.row.stage not in FUNDED_STAGES,
        key=new_key(),
    )


async def describe_hand_off(
    page: SignedInPage, seen: HandOffSeen, view: CampaignView, trail: Trail | None, entered: Entered | None
) -> dict[str, Any]:
    """Everything the template of a hand-off shows."""
    teller = CrowdfundingPresenter(page.speaker, seen.idea, view, datetime.now(UTC))
    turn, latest, state = teller.turn(), seen.attempt == view.attempts[-1], view.standing.state
    steps = (
        CrowdfundingStepWriter(page.t, seen.allowed, entered, seen=seen).write(mine=turn.mine) if latest else Steps()
    )
    may_edit = latest and "edit" in seen.allowed
    of_idea = allowed_for(seen.idea.row, seen.idea.idea, page.person)
    sections, sights = list_sections(seen.kept.findings, page.t, open_=may_edit), list(teller.sights())
    people = {one.id: one for one in (seen.idea.owner, seen.idea.coach, seen.idea.cover) if one is not None}
    coming = teller.upcoming(await find_carried(page.services, view.row))
    personal = await list_personal_steps(page.services.platform, seen.kept.package)
    unfinished = next((section.slug for section in sections if not section.done), "")
    return {
        "idea": seen.idea.idea,
        "at": f"/{page_of(CROWDFUNDING, seen.row.idea_id)}",
        "trail": trail,
        "along": trail.query if trail else "",
        "attempt": seen.attempt,
        "attempts": view.attempts,
        "latest": latest,
        "own": seen.idea.idea.owner_id == page.visitor.id,
        "query": "" if latest else f"?versuch={seen.attempt}",
        "steps_on_way": len(STEPS),
        "place": teller.place,
        "place_told": teller.tell_place(),
        "is_done": state is CrowdfundingState.CLOSED,
        "turn": turn,
        "ended": teller.is_over,
        "steps": steps,
        "undo": None,
        "own_keys": (),
        "refused": entered.list_wrong(page.t) if entered else {},
        "anchors": entered.list_anchors() if entered and steps.has(entered.event) else {},
        "cause": teller.cause(),
        "may_edit": may_edit,
        "writes_on": unfinished if state is CrowdfundingState.NOT_READY and may_edit and turn.mine else "",
        "may_start": latest and START_CROWDFUNDING in of_idea,
        "contacts": list_contacts(page.speaker, seen.idea),
        "may_write": "write_note" in of_idea,
        "key": new_key(),
        "sections": sections,
        "package": list(write_out(page, seen, sections)) if state in READ else [],
        "missing": list_missing(seen.kept.findings, page.t) if state is CrowdfundingState.NOT_READY else [],
        "done": sum(section.done for section in sections),
        "begun_with": begun_with(seen, page.t),
        "confirmations": teller.confirmations() if state not in STATES_BEFORE else [],
        "address": view.address,
        "link": view.standing.link,
        "known": teller.status_badge(),
        "seen": teller.seen(),
        "stale": teller.is_stale(),
        "result": view.standing.result,
        "sight": sights[0] if sights else None,
        "money": next((sight for sight in sights if sight.sums), None),
        "sights": sights[1 : OBSERVATIONS_SHOWN + 1],
        "ends_on": view.standing.ends_on,
        "trouble": teller.trouble(),
        "personal": [(page.t(f"crowdfunding.step.{step.key}"), step.url) for step in personal],
        "entering": state in ENTRY,
        "upcoming": [tell_coming(page.speaker, wake_up, people) for wake_up in coming],
        "history": teller.history(),
        "recent": RECENT,
    }


def write_out(
    page: SignedInPage, seen: HandOffSeen, sections: Sequence[SectionLine]
) -> Iterator[tuple[SectionLine, list[Field | Rows]]]:
    """All sections with their words."""
    rules, today = page.services.policy.crowdfunding, page.services.today()
    writer = SectionWriter(page.t, rules, today, seen.kept.package)
    return ((section, writer.write(section.name)) for section in sections)


def tell_coming(speaker: TurnPresenter, wake_up: WakeUp, people: Mapping[str, Person]) -> dict[str, str]:
    """What the platform will do by itself. Nobody is reminded of what the engine waits for."""
    told = describe_wake_up(speaker, wake_up, people)
    if wake_up.to is Role.ENGINE and wake_up.kind is not WakeUpKind.EXPIRY:
        return told | {"icon": "clock", "what": speaker.t("page.crowdfunding.asks"), "to": ""}
    return told


def begun_with(seen: HandOffSeen, t: Texts) -> str:
    """Where the words come from, as long as nobody has changed any."""
    if seen.kept.revision > 1 or "edit" not in seen.allowed:
        return ""
    return t("page.crowdfunding.prefilled" if seen.attempt == 1 else "page.crowdfunding.copied")


STATES_BEFORE = frozenset({CrowdfundingState.NOT_READY, CrowdfundingState.READY})
"""Nobody can confirm anything yet."""


async def see_idea(session: AsyncSession, member: Member, idea_id: str) -> IdeaView:
    """Raises IdeaNotFound for a stranger, and for whoever only observes, as for an idea that does not exist."""
    view = await read_idea(session, idea_id)
    if view is None or not roles_toward(view.row.standing(), member.person.id, member.roles):
        raise IdeaNotFound(hidden=view is not None)
    return view


async def _wait_for_beginning(page: SignedInPage, idea_id: str, *, just_asked: bool) -> bool:
    """The idea has begun its crowdfunding a moment ago, and the package is being laid out. False if it takes longer."""

    async def is_there() -> bool:
        async with page.services.database.reading() as session:
            view = await see_idea(session, page.visitor, idea_id)
            running = (view.row.snapshot or {}).get("crowdfunding")
            if running is None:
                return not just_asked
            return await session.get(StandingRow, CampaignStanding.id_of(idea_id, running)) is not None

    return await wait_until(is_there, SHOWN_WITHIN_SECONDS)


def read_values(sent: FormData) -> dict[str, str]:
    """The step's own fields, as far as they were filled in."""
    known = {*CampaignForm.model_fields}
    values = {name: value for name, value in sent.items() if name in known and isinstance(value, str)}
    return {name: kept for name, value in values.items() if (kept := clean(value))}


def read_told(page: AnyPage, view: CampaignView) -> FlashMessage | None:
    """The message after a redirect. Only known words are said, so that a link cannot make the page say others."""
    if page.said == "saved":
        return FlashMessage(page.t("page.crowdfunding.saved"))
    if not page.t.has(f"crowdfunding.done.{page.said}"):
        return None
    if page.is_ahead_of(view.row.version):
        return FlashMessage(page.t("page.said.soon"), "wait", "clock")
    return FlashMessage(page.t("page.said.done", what=page.t(f"crowdfunding.done.{page.said}")))
