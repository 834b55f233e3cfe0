"""Taking an idea in for somebody who calls, writes a letter or comes by: the same fields, and who they are. Until the
address is confirmed, whoever wrote it down can correct it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from fastapi import Response

from api.pages.kit.address_typo import Given, ask_back, read_address
from api.pages.kit.fields import Choice, Field, new_key, tell_wrong
from api.pages.kit.forms import FormWriter
from api.pages.kit.idea_fields import Typed, anchor_of, read_fields, write_fields
from api.pages.kit.page import SignedInPage, StaffPage
from api.pages.kit.rendering import see_other
from api.use_cases.drafts import DraftNotFound, TypedWords, typed_words
from api.use_cases.intake import Intake, list_waiting, take_in, write_there_again
from api.web.rate_limits import Limited, limit_rate
from api.web.request_caller import digest_network
from api.web.routers import page_router
from models.addresses import is_address
from models.rules.days import read_day
from models.tables import Draft
from models.vocabulary import IntakeWay

router = page_router()

ABOUT_IDEA = ("title", "summary", "problem", "solution", "target_group", "district", "themes", "language")
ABOUT_PERSON = ("name", "email", "post", "phone", "reach", "organisation")
NAMES = (*ABOUT_PERSON, *ABOUT_IDEA)
OWN, HELD = "own", "held"
LONGEST_AGO = timedelta(days=366)
"""Whoever agreed longer ago is asked anew."""


@dataclass(frozen=True)
class Waiting:
    """An idea that was taken in, and waits for its address. `question`: which of two addresses is meant."""

    id: str
    title: str
    name: str
    email: str
    until: str
    field: Field
    question: Field | None = None

    @property
    def wrong(self) -> dict[str, str]:
        """Anchor → what is wrong."""
        fields = [(f"adresse-{self.id}", self.field), (f"gemeint-{self.id}", self.question)]
        return {anchor: field.error for anchor, field in fields if field is not None and field.error}


@router.get("/aufnehmen")
async def show_intake(page: StaffPage) -> Response:
    return await render_intake(page, list_first_values(page), {})


def list_first_values(page: SignedInPage) -> dict[str, Any]:
    return {"heard_on": page.services.today().isoformat(), "language": page.t.language, "whose": OWN}


@router.post("/aufnehmen/{draft_id}/adresse")
async def correct_address(page: StaffPage, draft_id: UUID) -> Response:
    """The mail once more, to the same address or to a corrected one, as long as it is not confirmed."""
    given = read_address(await page.form())
    if given.is_open or not is_address(given.email):
        return await render_intake(page, list_first_values(page), {}, slip=(str(draft_id), given), status=422)
    await limit_rate(page.request, page.services, Limited.HAND_IN, page.visitor.id)
    network = digest_network(page.services, page.request)
    is_written = await write_there_again(page.services, page.person, str(draft_id), given.email, network)
    return see_other("/aufnehmen", meldung="mail_again" if is_written else "no_longer_waiting")


@router.post("/aufnehmen")
async def keep_intake(page: StaffPage) -> Response:
    sent = await page.form()
    typed = read_fields(sent, NAMES, page.t, page.services.policy)
    extra = {name: str(sent.get(name) or "") for name in ("way", "whose", "heard_on", "agreed", "schluessel")}
    heard_on, wrong = check_extra(page, extra)
    errors = typed.errors | wrong
    if errors or heard_on is None:
        return await render_intake(page, typed.values | extra, errors, typed, status=422)
    await limit_rate(page.request, page.services, Limited.HAND_IN, page.visitor.id)
    intake = Intake(
        TypedWords.model_validate(typed.values), IntakeWay(extra["way"]), heard_on, is_held=extra["whose"] == HELD
    )
    network = digest_network(page.services, page.request)
    await take_in(page.services, page.person, intake, extra["schluessel"] or new_key(), network)
    return see_other("/aufnehmen", meldung="taken_in")


def check_extra(page: SignedInPage, extra: Mapping[str, str]) -> tuple[date | None, dict[str, str]]:
    """The day of the consent, and what is wrong with what an office adds."""
    t, today, day = page.t, page.services.today(), read_day(extra["heard_on"])
    wrong = {}
    if extra["way"] not in set(IntakeWay):
        wrong["way"] = t("page.intake.wrong.way")
    if extra["whose"] not in (OWN, HELD):
        wrong["whose"] = t("page.intake.wrong.whose")
    if extra["agreed"] != "true":
        wrong["agreed"] = t("page.intake.wrong.agreed")
    if day is None or not today - LONGEST_AGO <= day <= today:
        wrong["heard_on"] = t("page.intake.wrong.heard_on")
    return day, wrong


async def render_intake(
    page: SignedInPage,
    values: Mapping[str, Any],
    errors: Mapping[str, str],
    typed: Typed | None = None,
    *,
    slip: tuple[str, Given] | None = None,
    status: int = 200,
) -> Response:
    """`slip`: an address that was to be corrected, and of which draft."""
    t, policy = page.t, page.services.policy
    async with page.services.database.reading() as session:
        taken_in = await list_waiting(session, page.person.id)
    if slip is not None and slip[0] not in {draft.id for draft in taken_in}:
        raise DraftNotFound
    waiting = [describe_waiting(page, one, slip[1] if slip and slip[0] == one.id else None) for one in taken_in]
    full = dict.fromkeys(NAMES, "") | {"themes": []} | dict(values)
    # A browser would fill in who sits before it.
    person = [replace(one, autocomplete="off") for one in write_fields(t, policy, ABOUT_PERSON, full, errors)]
    idea = write_fields(t, policy, ABOUT_IDEA, full, {name: errors[name] for name in ABOUT_IDEA if name in errors})
    how, consent = write_extra(page, full, errors)
    return page.render(
        "lead/intake.html",
        status,
        groups=[("how", how), ("person", person), ("idea", idea), ("consent", consent)],
        wrong=errors,
        anchors={one.name: anchor_of(one) for one in (*how, *person, *idea, *consent)},
        key=new_key() if typed is None else str(values["schluessel"]),
        told=page.flash({"taken_in", "mail_again", "no_longer_waiting"}),
        waiting=waiting,
        slips=(slips := {anchor: error for one in waiting for anchor, error in one.wrong.items()}),
        slip_anchors={anchor: anchor for anchor in slips},
    )


def describe_waiting(page: SignedInPage, draft: Draft, slip: Given | None) -> Waiting:
    t, email = page.t, draft.email or ""
    errors = {"email": tell_wrong(t, "email")} if slip and not slip.is_open else {}
    form = FormWriter(t, {"email": slip.email if slip else email}, errors)
    field = form.write("email", "email", t("field.email"), required=True)
    return Waiting(
        id=draft.id,
        title=typed_words(draft).title,
        name=draft.name,
        email=email,
        until=t.short_day(draft.expires_at.astimezone(page.services.policy.zone).date()),
        field=replace(field, autocomplete="off"),
        question=ask_back(t, slip.email) if slip and slip.is_open else None,
    )


def write_extra(
    page: SignedInPage, values: Mapping[str, Any], errors: Mapping[str, str]
) -> tuple[list[Field], list[Field]]:
    """How it came and whose address it is; and the consent."""
    t, form = page.t, FormWriter(page.t, values, errors)
    ways = [Choice(way, t(f"intake.way.{way}")) for way in IntakeWay]
    whose = [Choice(one, t(f"page.intake.whose.{one}"), t(f"page.intake.whose.{one}.help")) for one in (OWN, HELD)]
    how = [
        form.write("way", "radio", t("page.intake.way"), required=True, choices=ways),
        form.write("whose", "radio", t("page.intake.whose"), required=True, choices=whose),
    ]
    consent = [
        form.write("agreed", "check", t("page.intake.agreed"), t("page.intake.agreed.help"), required=True),
        form.write(
            "heard_on", "date", t("page.intake.heard_on"), required=True, most=page.services.today().isoformat()
        ),
    ]
    return how, consent
