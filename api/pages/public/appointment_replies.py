"""The page behind the link in a mail with times for an appointment: one is chosen with one button."""

from datetime import datetime

from fastapi import Response

from activities.mails.appointment import tell_start
from activities.ports.ideas import CommandRefused
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import private, see_other
from api.use_cases.appointment_replies import Offered, choose_time
from api.use_cases.errors import NotFound
from api.use_cases.idea_text import IdeaNotFound
from models.i18n import texts_in
from workflows.client import EngineAway


async def take_choice(page: AnyPage, offered: Offered, start: str, *, expired: bool) -> Response:
    """The time is chosen, or the page says why not."""
    if expired or not offered.is_open:
        return offer_page(page, offered, expired=expired)
    try:
        done = await choose_time(page.services, offered, datetime.fromisoformat(start))
    except EngineAway:
        return offer_page(page, offered, wrong="refusal.engine_away", status=503)
    except (ValueError, CommandRefused):
        # No time at all, one that has passed, or the appointment has moved on since the look.
        return offer_page(page, offered, wrong="refusal.field.appointment_start", status=422)
    except (IdeaNotFound, NotFound):
        return private(see_other(page.request.url.path))
    return private(see_other(page.request.url.path)) if done.shown else offer_page(page, offered, saved=True)


def offer_page(
    page: AnyPage, offered: Offered, *, expired: bool = False, saved: bool = False, wrong: str = "", status: int = 200
) -> Response:
    """One page for everything that can become of a link, in the language of whom it was sent to. The time whose button
    was pressed in the mail is chosen already."""
    t, zone, standing = texts_in(offered.account.language), page.services.policy.zone, offered.view.standing
    state = "open"
    if offered.is_agreed or saved:
        state = "agreed"
    elif expired:
        state, status = "expired", 410
    elif not offered.is_open:
        state, status = "outdated", 410
    slots = [(slot.isoformat(), tell_start(t, slot, zone)) for slot in standing.slots]
    answer = page.render(
        "answers/appointment.html",
        status,
        t=t,
        state=state,
        offered=offered,
        slots=slots,
        chosen=page.query.get("wahl", ""),
        when=tell_start(t, standing.start, zone) if standing.is_agreed and standing.start is not None else "",
        place=t("page.appointment.place", place=t(f"session.kind.{standing.place}"), minutes=standing.minutes),
        wrong=t(wrong) if wrong else "",
    )
    return private(answer)
