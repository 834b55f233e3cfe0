"""The pages people see: plain HTML from the server, no script. One noun a file, each with its own router.

May import everything below `api`; nothing imports pages but `api.app`.
"""

from fastapi import APIRouter

from api.web.dependencies import SameOrigin
from api.pages import (
    address_change,
    answers,
    assets,
    audit,
    bulk,
    calendar,
    confirming,
    contact,
    crowdfunding,
    deliveries,
    demo,
    departures,
    devices,
    engine,
    exporting,
    feedback,
    first_steps,
    from_mail,
    hand_in,
    home,
    idea,
    ideas,
    importing,
    information,
    invitations,
    joining,
    kept_forms,
    lead,
    mailbox,
    my_data,
    notices,
    offers,
    overview,
    ownership,
    packages,
    passkeys,
    people,
    person,
    profile,
    proposals,
    redaction,
    search,
    second_factor,
    session_log,
    sessions,
    set_up,
    settings,
    sign_in,
    staff_invitations,
    step_up,
    stories,
    story_editing,
    stuck,
    team,
    tokens,
    twins,
    unsubscribe,
    views,
    words,
    work,
)

router = APIRouter(dependencies=[SameOrigin])
for part in (
    *(assets, home, information, feedback, confirming, hand_in, words, ideas, idea, story_editing, team, ownership),
    *(redaction, twins, crowdfunding, packages, kept_forms),
    *(work, offers, lead, stuck, search, stories, notices, settings, contact, deliveries, mailbox, my_data, demo),
    *(address_change, sign_in, second_factor, step_up, passkeys, devices, sessions, tokens, from_mail, set_up),
    *(views, audit, bulk, importing, exporting, overview, engine, session_log, profile, calendar, invitations),
    # What has a name of its own comes before a person's id.
    *(people, staff_invitations, proposals, departures, person, joining, first_steps),
):
    router.include_router(part.router)

signed_links = APIRouter()
"""What is opened from a mail. The proof is in the address, so it does not matter which site the form comes from."""
for part in (answers, unsubscribe):
    signed_links.include_router(part.router)

__all__ = ["router", "signed_links"]
