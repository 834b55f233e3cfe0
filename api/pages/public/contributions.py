"""Taking part in a story without an account: writing, proving the address, seeing what came of it, and reporting."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ValidationError

from api.pages.kit.forms import FormWriter, list_wrong, read_texts, write_choices
from api.pages.kit.honeypot import TRAP, check_trap
from api.pages.kit.page import AnyPage
from api.pages.kit.rendering import private, see_other
from api.use_cases.contributions import (
    NewContribution,
    NewReport,
    contribute,
    find_mine,
    find_place,
    find_public,
    prove,
    report,
    take_back,
)
from api.use_cases.errors import NotFound
from api.web.public_openings import open_opening
from api.web.public_stories import Slug, open_story
from api.web.rate_limits import Limited, limit_rate
from api.web.request_caller import digest_network
from api.web.routers import page_router
from models.queries.contributions import find_removal
from models.vocabulary import ContributionSort, Unfit

router = page_router()

TO_STORY = {"art": "sort", "text": "body", "name": "name", "mail": "email", "kontakt": "may_contact"}
OF_REPORT = {"grund": "reason", "text": "body", "mail": "email"}
"""Name on the page → name of the field."""


@dataclass(frozen=True)
class Subject:
    """What somebody writes to: a story, or an idea on its way."""

    idea_id: str
    title: str
    at: str
    """Its own page, below which the form is."""
    trail: str
    """The key of what its list is called."""


@router.get("/geschichten/{slug}/mitreden")
async def show_form(page: AnyPage, slug: Slug) -> Response:
    return ask_to_take_part(page, await read_story(page, slug), {"art": page.query.get("art", "")})


@router.post("/geschichten/{slug}/mitreden")
async def take_part(page: AnyPage, slug: Slug) -> Response:
    return await write_to(page, await read_story(page, slug))


@router.get("/unterwegs/{opening_id}/mitreden")
async def show_form_on_the_way(page: AnyPage, opening_id: UUID) -> Response:
    return ask_to_take_part(page, await read_opening(page, opening_id), {"art": page.query.get("art", "")})


@router.post("/unterwegs/{opening_id}/mitreden")
async def take_part_on_the_way(page: AnyPage, opening_id: UUID) -> Response:
    return await write_to(page, await read_opening(page, opening_id))


async def write_to(page: AnyPage, subject: Subject) -> Response:
    await limit_rate(page.request, page.services, Limited.CONTRIBUTE)
    new, entered, wrong = await read_form(page, NewContribution, TO_STORY)
    if new is None:
        return ask_to_take_part(page, subject, entered, wrong)
    network = digest_network(page.services, page.request)
    await contribute(page.services, subject.idea_id, new, page.t.language, network)
    return see_other(f"{subject.at}/mitreden", meldung="contributed")


@router.get("/mitreden/{secret}")
async def show_mine(page: AnyPage, secret: str) -> Response:
    """A look proves nothing, since mail scanners follow links."""
    async with page.services.database.reading() as session:
        try:
            words, view = await find_mine(session, secret)
        except NotFound:
            return private(page.render("contributions/over.html", 410))
        stands_at = await find_place(session, words.idea_id)
        removal = await find_removal(session, words.id)
    shown = page.render(
        "contributions/mine.html",
        words=words,
        view=view,
        secret=secret,
        told=said(page),
        stands_at=stands_at,
        removal=removal,
    )
    return private(shown)


@router.post("/mitreden/{secret}")
async def use_mine(page: AnyPage, secret: str) -> Response:
    is_given_up = (await page.form()).get("antwort") == "nein"
    try:
        await (take_back if is_given_up else prove)(page.services, secret)
    except NotFound:
        await limit_rate(page.request, page.services, Limited.WRONG_PROOF)
    return private(see_other(f"/mitreden/{secret}", meldung="proved"))


@router.get("/beitraege/{contribution_id}/melden")
async def show_report(page: AnyPage, contribution_id: UUID) -> Response:
    return await ask_to_report(page, str(contribution_id), {})


@router.post("/beitraege/{contribution_id}/melden")
async def send_report(page: AnyPage, contribution_id: UUID) -> Response:
    await limit_rate(page.request, page.services, Limited.CONTRIBUTE)
    new, entered, wrong = await read_form(page, NewReport, OF_REPORT)
    if new is None:
        return await ask_to_report(page, str(contribution_id), entered, wrong)
    await report(page.services, str(contribution_id), new, page.t.language)
    return see_other(f"/beitraege/{contribution_id}/melden", meldung="reported")


async def read_story(page: AnyPage, slug: str) -> Subject:
    async with page.services.database.reading() as session:
        story = await open_story(session, slug)
    return Subject(story.idea_id, story.title, f"/geschichten/{slug}", "page.story.all")


async def read_opening(page: AnyPage, opening_id: UUID) -> Subject:
    async with page.services.database.reading() as session:
        opening = await open_opening(session, str(opening_id))
    return Subject(opening.idea_id, opening.title, f"/unterwegs/{opening.id}", "page.openings")


async def read_form(page: AnyPage, form: type[BaseModel], names: Mapping[str, str]) -> Any:
    """What was sent, as it was entered, and what is wrong with it by its name on the page."""
    sent = await page.form()
    entered = read_texts(sent, names)
    check_trap(sent)
    given = {field: entered[name] for name, field in names.items() if entered[name]}
    try:
        return form.model_validate(given), entered, {}
    except ValidationError as error:
        wrong = list_wrong(error)
        return None, entered, {name: page.t(f"page.contribute.wrong.{f}") for name, f in names.items() if f in wrong}


def ask_to_take_part(page: AnyPage, subject: Subject, given: Any, wrong: Mapping[str, str] | None = None) -> Response:
    t, form = page.t, FormWriter(page.t, given, wrong or {})
    sorts = write_choices(t, ContributionSort, "contribution.sort")
    fields = [
        form.write("art", "radio", t("page.contribute.sort"), required=True, choices=sorts),
        form.write("text", "text", t("page.contribute.body"), t("page.contribute.body.help"), required=True),
        form.write("name", "line", t("page.contribute.name"), t("page.contribute.name.help"), longest=60),
        form.write("mail", "email", t("field.email"), t("page.contribute.email.help"), required=True, longest=254),
        form.write("kontakt", "check", t("page.contribute.contact"), t("page.contribute.contact.help")),
    ]
    return show_fields(page, "contributions/form.html", fields, wrong, subject=subject)


async def ask_to_report(
    page: AnyPage, contribution_id: str, given: Any, wrong: Mapping[str, str] | None = None
) -> Response:
    if page.said == "reported":
        return show_fields(page, "contributions/report.html", [], None, view=None)
    async with page.services.database.reading() as session:
        view = await find_public(session, contribution_id)
    t, form = page.t, FormWriter(page.t, given, wrong or {})
    fields = [
        form.write("grund", "radio", t("page.report.reason"), required=True, choices=write_choices(t, Unfit, "unfit")),
        form.write("text", "text", t("page.report.body"), t("page.report.body.help"), required=True),
        form.write("mail", "email", t("field.email"), t("page.report.email.help"), longest=254),
    ]
    return show_fields(page, "contributions/report.html", fields, wrong, view=view)


def show_fields(page: AnyPage, template: str, fields: Any, wrong: Any, **more: object) -> Response:
    status = 422 if wrong else 200
    return page.render(template, status, fields=fields, errors=wrong or {}, trap=TRAP, told=said(page), **more)


def said(page: AnyPage) -> str | None:
    return page.flash({"contributed", "proved", "reported"})
