"""What everybody may read about the platform: how it works, who runs it, and what becomes of people's data."""

from dataclasses import dataclass
from datetime import timedelta

from fastapi import Response
from fastapi.responses import PlainTextResponse

from api.pages.kit.page import AnyPage
from api.web.dependencies import ServicesHere
from api.web.problems import ProblemError
from api.web.routers import page_router
from models.i18n import Texts
from models.lifecycles import LIFECYCLES
from models.messages.rulebook import Duration
from models.policy import Policy
from models.tables.columns import utc_now
from models.vocabulary import Stage

router = page_router()

TIMED = {
    Stage.IDENTIFY: ("screening",),
    Stage.DEVELOP: ("planning", "reviewing"),
    Stage.SUPPORT: ("assessing", "arranging"),
    Stage.ACCOMPANY: ("piloting", "helping"),
    Stage.MAKE_VISIBLE: ("editing", "consenting"),
}
"""Stage → the states whose limits a newcomer wants to know."""

SECURITY_CONTACT_LASTS = timedelta(days=180)

QUESTIONS = ("cost", "who", "unfinished", "owner", "money", "stop")


@dataclass(frozen=True)
class Promise:
    """How long something takes at most, and who does it."""

    state: str
    who: str
    limit: str


@router.get("/so-funktioniert-es")
async def show_how_it_works(page: AnyPage) -> Response:
    promises = {stage: list_promises(page.t, page.services.policy, stage) for stage in Stage}
    return page.render("public/how_it_works.html", promises=promises, questions=QUESTIONS)


@router.get("/leichte-sprache")
async def show_easy_language(page: AnyPage) -> Response:
    return page.render("public/easy_language.html")


@router.get("/.well-known/security.txt")
async def show_security_contact(services: ServicesHere) -> Response:
    """Whom to tell of a hole (RFC 9116). It ends in half a year from now: as long as it is served, it is kept."""
    contact = services.policy.operator.security_contact
    if not contact:
        raise ProblemError(404, "not_found")
    lines = {
        "Contact": contact,
        "Expires": f"{utc_now() + SECURITY_CONTACT_LASTS:%Y-%m-%dT00:00:00Z}",
        "Preferred-Languages": "de, en",
        "Canonical": f"{services.settings.base_url}/.well-known/security.txt",
    }
    return PlainTextResponse("".join(f"{name}: {value}\n" for name, value in lines.items()))


@router.get("/impressum")
async def show_imprint(page: AnyPage) -> Response:
    return page.render("public/imprint.html")


@router.get("/datenschutz")
async def show_privacy(page: AnyPage) -> Response:
    return page.render("public/privacy.html")


@router.get("/barrierefreiheit")
async def show_accessibility(page: AnyPage) -> Response:
    section = page.services.policy.accessibility
    gaps = section.gaps.get(page.t.language) or section.gaps.get(page.services.policy.region.default_language, ())
    answer_within = tell_duration(page.t, page.services.policy.feedback.answer_within)
    return page.render("public/accessibility.html", gaps=gaps, answer_within=answer_within)


def list_promises(t: Texts, policy: Policy, stage: Stage) -> list[Promise]:
    """The limits of a stage as they are configured."""
    holders = LIFECYCLES[stage].on_turn
    return [
        Promise(
            t(f"state.{stage}.{state}"),
            t(f"role.{holders[state]}"),
            tell_duration(t, policy.limits[stage][state].limit),
        )
        for state in TIMED[stage]
    ]


def tell_duration(t: Texts, duration: Duration) -> str:
    """ "10 Arbeitstage"."""
    return t(f"page.duration.{duration.unit}", count=duration.amount)
