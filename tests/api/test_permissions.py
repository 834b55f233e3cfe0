"""api/PERMISSIONS.md says who may do what. Each cell is asked of the real application, and each route has a row."""

import itertools
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import delete
from sqlmodel import col
from temporalio.client import Client

import api
from activities.mails.links import Question, Refused
from api.app import create_app
from api.runtime.rate_limiter import Rate
from api.sign_in.bearer import issue_token
from api.use_cases.check_in_replies import links_of
from api.web.cookies import SESSION
from api.web.rate_limits import LIMITS, Limited
from models.database import Database
from models.lifecycles.events import EVENTS
from models.rules.crowdfunding_refusals import STARTER_ALONE
from models.secrets import hash_secret
from models.tables import (
    Account,
    AddressChange,
    Attachment,
    BulkItem,
    BulkRun,
    CalendarAddress,
    CoachProfile,
    Contribution,
    Draft,
    DraftLink,
    DriftRun,
    Idea,
    ImportRun,
    Opening,
    PublishedStory,
    SavedView,
    TimelineEntry,
)
from models.tables.columns import new_id, utc_now
from models.vocabulary import AttachedTo, MailState, NoticeGroup, Role, TokenScope
from tests.activities.attachments.samples import PDF, picture_with_place
from tests.api.campaigns import HandOff, picture
from tests.api.conftest import Web, in_days, make_services, open_client, open_web
from tests.api.pages.conftest import OWN_SITE, demo_web
from tests.api.route_table import pages_that_take_forms, routes_of
from tests.api.use_cases.test_mail_preferences import write_mail
from tests.api.web.test_request_checks import count_rows
from tests.breadth import is_tried
from tests.cast import PIPELINE
from tests.contributions import write_contribution, write_report
from tests.factories import (
    ALMA,
    BEN,
    BRUNO,
    CARLA,
    DORA,
    file_of,
    invite_cast,
    show_picture,
    write_feedback,
    write_idea,
    write_session,
    write_story,
)
from tests.staff import write_person, write_proposal, write_staff_invitation
from tests.teams import NORA, find_invitation, gather_team, write_invitation, write_question

__all__ = ["demo_web"]

TABLE = Path(api.__file__).parent / "PERMISSIONS.md"
TOKEN = "a token of the machines"
SYSTEM = "system"

COLUMNS = {
    "nobody": "",
    "stranger": DORA,
    "innovator": ALMA,
    "coach": BEN,
    "other coach": BRUNO,
    "lead": CARLA,
    "system": SYSTEM,
}
"""Column → who asks for it. The idea is Alma's and Ben is its coach; the profile and the offers are Ben's."""


def read_table() -> dict[str, dict[str, str]]:
    """Route → column → cell."""
    rows = re.findall(r"^\| `([A-Z]+ /[^`]*)` \|(.*)\|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE)
    cells = {route: [cell.strip() for cell in line.split("|")] for route, line in rows}
    assert len(cells) == len(rows), "a route has two rows"
    return {route: dict(zip(COLUMNS, found, strict=True)) for route, found in cells.items()}


MEETING: dict[str, Any] = {"slots": [f"{in_days(9)}T10:00"], "minutes": 30, "place": "phone"}
MEETING_FORM = {"day1": in_days(9), "time1": "10:00", "minutes": "30", "place": "phone"}


NUMBERED = ("/termine/", "/appointments/", "/beitraege/", "/contributions/")
"""Routes that name one of several cases of an idea."""


TAKEN_BACK = ("/zuruecknehmen", "/zeigen", "/take-down", "/show-again")
"""Ends of routes about a story that is public."""


@dataclass(frozen=True)
class Place:
    """What the addresses name."""

    idea: str
    unread: str
    story: str
    slug: str
    """Of the story."""
    editing: str
    asked: str
    declined: str
    working: str
    leaving: str
    other_lead: str
    images: list[str]
    picture: str
    """Of the published story; `material` is a file of it."""
    drawn: str
    """Of the story that is edited."""
    material: str
    question: Question
    contribution: str
    opening: str
    """Of the story that is edited."""

    async def path(self, web: Web, route: str, who: str) -> str:
        """The address of a route for somebody: of their own idea, where there is a choice."""
        template = route.partition(" ")[2]
        # Words are corrected as long as nobody has read them.
        corrects = who == ALMA and (template.endswith("/bearbeiten") or route.startswith("PATCH"))
        # Who has left is not absent any more: the lead says goodbye to somebody whom nothing else is about.
        leaves = template.endswith(("/departure", "/abschied")) and who == CARLA
        resends = who == CARLA and "{mail_id}" in template
        answers = who == CARLA and "{feedback_id}" in template
        leads = who == CARLA and template.startswith("/leitung/")
        asks = "{invitation_id}" in template
        manages = who == CARLA and template.startswith("/menschen/")
        if manages and asks:
            return template.format(invitation_id=(await write_staff_invitation(web.database))[0])
        if manages and "{change_id}" in template:
            proposal = await write_proposal(web.database, await write_person(web.database, Role.COACH), self.other_lead)
            return template.format(change_id=proposal)
        hands_over = who in (ALMA, CARLA) and "/weitergabe/" in template
        logs = who in (BEN, CARLA) and "/gespraeche/" in template
        idea = await web.hand_in() if leads and "/tafel/" in template else self.idea
        slugs = {"einreichen": "anlass", "geschichten": self.slug, "api": self.slug}
        values = {
            "idea_id": self.idea_for(template) or (self.unread if corrects else idea),
            "case_id": idea,
            "offer_id": self.declined if template.endswith(("/decline", "/absagen")) else self.asked,
            "account_id": await write_person(web.database, Role.COACH) if manages else BEN,
            "change_id": new_id(),
            "step": "plaetze",
            "token_id": new_id(),
            "coach_id": self.leaving if leaves else BEN,
            "passkey_id": new_id(),
            "image_id": self.images[route.startswith("DELETE")],
            "contribution_id": self.contribution,
            "opening_id": self.opening,
            "report_id": await write_report(web.database, self.contribution) if who == CARLA else new_id(),
            "feedback_id": await write_feedback(web.database) if answers else new_id(),
            "invitation_id": await write_asked(web.database, self.idea) if who == ALMA and asks else new_id(),
            "attachment_id": await self.file_for(web, template),
            "picture_id": self.picture if template.startswith("/geschichten") else self.drawn,
            "width": "640",
            "note_id": await say_something(web, self.idea) if who == CARLA and "/notizen/" in template else new_id(),
            "request_id": await write_question(web.database, self.idea) if hands_over else new_id(),
            "kept_id": new_id(),
            "session_id": await write_session(web.database, self.idea, who) if logs else new_id(),
            "mail_id": await write_mail(web.database, MailState.FAILED) if resends else new_id(),
            "number": "1" if any(part in template for part in NUMBERED) else "0",
            "slug": slugs.get(template.split("/")[1], "geld"),
            "draft_id": await begin_draft(web.database, template) if "{draft_id}" in template else "",
            "secret": await write_secret(web.database, template) if "{secret}" in template else "",
            "name": "weg" if template.startswith("/ueberblick") else "app.css",
            "view_id": await write_view(web.database) if leads and "{view_id}" in template else new_id(),
            "run_id": await write_run(web.database, self.idea) if leads and "{run_id}" in template else new_id(),
            "import_id": await write_import(web.database) if leads and "{import_id}" in template else new_id(),
            "version": "1" if "/konzept/" in template or "/geschichte/" in template else "any",
            "token": self.token(web, template),
        }
        return template.format(**values)

    async def file_for(self, web: Web, template: str) -> str:
        if template.startswith("/geschichten"):
            return self.material
        return await send_file(web.database, self.idea) if "{attachment_id}" in template else new_id()

    def idea_for(self, template: str) -> str:
        """Where a route needs an idea that has come so far; empty where any will do."""
        if template.startswith("/geschichten") or template.endswith(TAKEN_BACK):
            return self.story
        if "/geschichte" in template or "/story" in template or "/bilder/" in template:
            return self.editing
        if "/konzept" in template or template.endswith(("/concept", "/documents")):
            return self.working
        return ""

    def token(self, web: Web, template: str) -> str:
        """What a mail carries that was written just now: one from before somebody signs out everywhere is void."""
        links = links_of(web.services)
        urls = {
            "antwort": links.answer(self.question),
            "aus-der-mail": links.way(ALMA, "ideen"),
            "abbestellen": links.unsubscribe(Refused(ALMA, NoticeGroup.NEWS)),
        }
        return urls.get(template.split("/")[1], "x").rpartition("/")[2]

    def content(self, route: str) -> dict[str, Any]:
        """What is sent along, so that whoever may do it succeeds."""
        far = {"from": in_days(30), "until": in_days(40)}
        images = [{"id": image} for image in self.images]
        told = {"way": "phone", "whose": "own", "name": "Gerda", "email": "gerda@example.org", "agreed": "true"}
        told |= {"title": "Eine Bank", "summary": "Kurz.", "language": "de", "heard_on": in_days(0)}
        absence = {"von": in_days(30), "bis": in_days(40)}
        asked = {"email": f"{new_id()}@example.org", "share": "observer"}
        said = {"art": "hint", "text": "Gut.", "mail": "wer@example.org"}
        talk = {"day": in_days(0), "minutes": "30", "kind": "phone"}
        contents: dict[str, dict[str, Any]] = {
            "POST /api/v1/ideas": {"json": {"title": "Eine Idee", "summary": "Kurz."}},
            "POST /api/v1/drafts": {"json": {"title": "Eine Idee"}},
            "PATCH /api/v1/drafts/{draft_id}": {"json": {"summary": "Neu."}},
            "PATCH /api/v1/ideas/{idea_id}": {"json": {"summary": "Neu."}},
            "POST /api/v1/ideas/{idea_id}/commands": {"json": {"event": "write_note", "note": "Gut."}},
            "POST /api/v1/ideas/{idea_id}/team/invitations": {"json": asked},
            "POST /ideen/{idea_id}/team": {"data": asked},
            "POST /ideen/{idea_id}/team/weitergabe": {"data": {"konto": NORA}},
            "POST /ideen/{idea_id}/team/weitergabe/{request_id}/antwort": {"data": {"antwort": "nein"}},
            "POST /einladung/{secret}": {"data": {"antwort": "nein"}},
            "PUT /api/v1/ideas/{idea_id}/crowdfunding/package": {"json": {"title": "Lotsen", "images": images}},
            "POST /api/v1/ideas/{idea_id}/crowdfunding/images": {"files": {"file": ("a.jpg", picture(), "image/jpeg")}},
            "POST /api/v1/ideas/{idea_id}/attachments": {"files": {"file": ("a.pdf", PDF, "application/pdf")}},
            "PUT /api/v1/ideas/{idea_id}/concept": {"json": {"costs": "400 Euro"}},
            "POST /ideen/{idea_id}/konzept": {"data": {"costs": "500 Euro"}},
            "POST /ideen/{idea_id}/konzept/dateien": {"files": {"dateien": ("a.pdf", PDF, "application/pdf")}},
            "POST /ideen/{idea_id}/plan": {"data": {"tun": "mehr"}},
            "POST /ideen/{idea_id}/dateien": {"files": {"dateien": ("a.pdf", PDF, "application/pdf")}},
            "POST /api/v1/ideas/{idea_id}/crowdfunding/commands": {"json": {"event": "edit"}},
            "POST /api/v1/ideas/{idea_id}/appointments": {"json": MEETING},
            "POST /api/v1/ideas/{idea_id}/appointments/{number}/commands": {"json": MEETING | {"event": "move"}},
            "POST /api/v1/ideas/{idea_id}/replication/commands": {"json": {"event": "check_in", "answer": "on_track"}},
            "POST /ideen/{idea_id}/nachmachen/schritte": {"data": {"event": "check_in", "answer": "on_track"}},
            "POST /ideen/{idea_id}/termine": {"data": MEETING_FORM},
            "POST /ideen/{idea_id}/termine/{number}": {"data": MEETING_FORM | {"event": "move"}},
            "POST /api/v1/offers/{offer_id}/decline": {"json": {"reason": "other"}},
            "GET /api/v1/coaches/candidates": {"params": {"idea": self.idea}},
            "PUT /api/v1/coaches/{coach_id}/profile": {
                "json": {"districts": ["DED21"], "themes": ["care"], "languages": ["de"], "capacity": 9}
            },
            "POST /api/v1/coaches/{coach_id}/absence": {"json": far},
            "POST /api/v1/coaches/{coach_id}/departure": {"json": {"on": in_days(300)}},
            "PUT /api/v1/me/notice-settings": {"json": {}},
            "POST /einreichen/weiter": {"data": {"email": "wer@example.org"}},
            "POST /einreichen/{draft_id}/bestaetigung": {"data": {"email": "wer@example.org"}},
            "POST /einreichen/{draft_id}/spaeter": {"data": {"email": "wer@example.org"}},
            "POST /meine-daten": {"data": {"name": "Jemand", "language": "de"}},
            "POST /meine-daten/adresse": {"data": {"email": f"{new_id()}@example.org"}},
            "POST /ideen/{idea_id}/bearbeiten": {"data": {"title": "Eine Idee", "summary": "Kurz.", "language": "de"}},
            "POST /ideen/{idea_id}/schritte": {"data": {"event": "write_note", "note": "Gut."}},
            "POST /ideen/{idea_id}/crowdfunding/schritte": {"data": {"event": "edit"}},
            "POST /api/v1/ideas/{idea_id}/story/take-down": {"json": {"reason": "So."}},
            "PUT /api/v1/ideas/{idea_id}/story": {"json": {"changed": "Viel."}},
            "POST /ideen/{idea_id}/geschichte": {"data": {"changed": "Lang."}},
            "POST /ideen/{idea_id}/geschichte/dateien": {"files": {"dateien": ("a.pdf", PDF, "application/pdf")}},
            "POST /ideen/{idea_id}/geschichte/bilder": {
                "files": {"bild": ("a.jpg", picture_with_place(), "image/jpeg")}
            },
            "POST /ideen/{idea_id}/geschichte/bilder/{picture_id}": {"data": {"absicht": "vor"}},
            "POST /arbeit/abwesenheit": {"data": absence},
            "POST /aufnehmen": {"data": told},
            "POST /aufnehmen/{draft_id}/adresse": {"data": {"email": "wer@example.org"}},
            "POST /ideen/{idea_id}/gespraeche": {"data": talk},
            "POST /ideen/{idea_id}/gespraeche/{session_id}": {"data": talk | {"fassung": "1"}},
            "POST /profil": {"data": {"languages": "de", "capacity": "9"}},
            "POST /neu/{idea_id}": {"data": {"event": "write_note", "note": "Gut."}},
            "POST /leitung/tafel/{idea_id}": {"data": {"event": "shortlist"}},
            "POST /leitung/ansichten": {"data": {"name": "Meine"}},
            "POST /leitung/ansichten/{view_id}": {"data": {"name": "Unsere", "reichweite": "all"}},
            "POST /leitung/sammel": {"data": {"handlung": "extend", "fall": self.idea}},
            "POST /leitung/import": {"files": {"datei": ("ideen.csv", b"Titel\nLesebank\n", "text/csv")}},
            "POST /leitung/import/{import_id}/spalten": {"data": {"title": "0"}},
            "POST /leitung/regeln": {"data": {"text": PIPELINE.read_text(encoding="utf-8")}},
            "POST /leitung/tabelle": {"data": {"form": "csv"}},
            "POST /leitung/sammel/{run_id}/angaben": {"data": {"days": "3", "reason": "Mehr Zeit."}},
            "POST /haengt-fest/{idea_id}": {"data": {"event": "mark_chased"}},
            "POST /menschen/einladen": {
                "data": asked | {"absicht": "aendern", "name": "Frieda", "role": "coach", "office": "dresden"}
            },
            "POST /menschen/vorschlaege/{change_id}": {"data": {"antwort": "nein"}},
            "POST /menschen/{account_id}/rolle": {"data": {"rolle": "coach", "tun": "nehmen"}},
            "POST /menschen/{account_id}/buero": {"data": {"buero": "leipzig"}},
            "POST /menschen/{account_id}/sperre": {"data": {"tun": "abmelden"}},
            "POST /menschen/{account_id}/abwesenheit": {"data": absence},
            "POST /erste-schritte/{step}": {"data": {"capacity": "4"}},
            "POST /mitarbeit/{secret}": {"data": {"antwort": "nein"}},
            "POST /menschen/{coach_id}/uebergabe": {"data": {"reason": "Danke für alles."}},
            "POST /menschen/{coach_id}/abschied": {"data": {"am": in_days(300)}},
            "POST /angebote/{offer_id}/absagen": {"data": {"grund": "other"}},
            "POST /einstellungen": {"data": {"turn": "at_once"}},
            "POST /einstellungen/zugriff/neu": {"data": {"name": "Bericht", "umfang": "read", "tage": "90"}},
            "POST /api/v1/ideas/{idea_id}/contributions/{number}/commands": {
                "json": {"event": "extend_deadline", "days": 1}
            },
            "POST /ideen/{idea_id}/beitraege/{number}": {"data": {"event": "show"}},
            "POST /geschichten/{slug}/mitreden": {"data": said},
            "POST /unterwegs/{opening_id}/mitreden": {"data": said},
            "POST /ideen/{idea_id}/unterwegs": {"data": {"titel": "Lotsen", "kurz": "Kurz.", "gesucht": "Räume"}},
            "POST /beitraege/{contribution_id}/melden": {"data": {"grund": "insult", "text": "Nein."}},
            "POST /beitraege/meldungen/{report_id}": {"data": {"entscheidung": "bleibt", "text": "Es ist erlaubt."}},
            "POST /rueckmeldung": {"data": {"art": "praise", "nachricht": "Danke."}},
            "POST /anmelden": {"data": {"email": f"{new_id()}@example.org"}},
            "POST /demo/anmelden": {"data": {"konto": ALMA}},
            "POST /antwort/{token}": {"data": {"antwort": "later"}},
        }
        return contents.get(route, {})


@pytest.fixture
async def web(database: Database, database_url: str, client: Client, tmp_path: Path) -> AsyncIterator[Web]:
    """Everything works, and machines have a token for the figures."""
    await invite_cast(database, ben_has_places=20)
    services = make_services(database, database_url, client, tmp_path)
    settings = services.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    async with open_web(replace(services, settings=settings), with_inboxes=False) as web:
        web.clients[SYSTEM] = open_client(web.app, headers={"Authorization": f"Bearer {TOKEN}"})
        yield web


async def set_scene(web: Web) -> Place:
    """Something of each kind, so that whoever may see or do something can."""
    idea = await web.bring_to("piloting")
    await gather_team(web.database, web.services.engine, idea)
    hand_off = HandOff(web, idea)
    await hand_off.begin()
    await hand_off.upload()
    images = [image["id"] for image in (await hand_off.upload()).json()["package"]["images"]]
    version = (await web.ask(BEN, idea, "write_note", note="Ich frage bald nach."))["version"]
    meetings = f"/api/v1/ideas/{idea}/appointments"
    assert (await web.ben.post(meetings, json=MEETING)).status_code == 201
    agreed = {"event": "choose", "start": MEETING["slots"][0]}
    assert (await web.alma.post(f"{meetings}/1/commands", json=agreed)).status_code == 200
    await write_contribution(web.services, idea)
    offers = [(await web.open_offer(await web.bring_to("matching"), BEN))["id"] for _ in range(2)]
    story, editing = await write_idea(web.database), await write_idea(web.database)
    async with web.database.transaction() as session:
        document = await write_story(session, story, state="published")
        material = file_of(story, AttachedTo.DOCUMENT, document.id)
        session.add(material)
        document.parts = {"materials": [{"attachment_id": material.id, "title": "Plan"}]}
        picture = (await show_picture(session, document)).id
        drawn = (await show_picture(session, await write_story(session, editing))).id
        opening = Opening(id=new_id(), idea_id=editing, title="Lotsen", teaser="Kurz.", seeks="Räume", opened_by=ALMA)
        session.add(opening)
        session.add(DriftRun(id=new_id(), started_at=utc_now(), finished_at=utc_now()))
        emil = new_id()
        session.add(Account(id=emil, email="emil@example.org", name="Emil", roles=[str(Role.COACH)]))
        await session.flush()
        session.add(CoachProfile(account_id=emil))
        slug = (await session.get_one(PublishedStory, story)).slug
        (await session.get_one(Idea, idea)).after_id = story
    await web.begin_replication(idea)
    return Place(
        idea=idea,
        unread=await write_idea(web.database),
        story=story,
        slug=slug,
        editing=editing,
        asked=offers[0],
        declined=offers[1],
        working=await web.bring_to("working"),
        leaving=emil,
        other_lead=await write_person(web.database, Role.LEAD),
        images=images,
        picture=picture,
        drawn=drawn,
        material=material.id,
        question=Question(new_id(), ALMA, idea, version),
        contribution=(await write_contribution(web.services, story, "answering")).id,
        opening=opening.id,
    )


async def begin_draft(database: Database, template: str) -> str:
    """What Alma has begun to hand in, complete; where its address is to be confirmed, it waits for that;
    or what Ben has taken in for somebody."""
    is_taken_in = template.startswith("/aufnehmen/")
    waits = template.endswith(("/bestaetigung", "/zurueck")) or "/bestaetigen/" in template or is_taken_in
    words = {"title": "Eine Idee", "summary": "Kurz.", "language": "de"}
    async with database.transaction() as session:
        draft = Draft(id=new_id(), account_id=ALMA, words=words, expires_at=utc_now() + timedelta(days=1))
        if waits:
            draft.email, draft.waits_since, draft.name = "wer@example.org", utc_now(), "Wer"
        if is_taken_in:
            draft.account_id, draft.taken_in = None, {"by": BEN}
        session.add(draft)
    return draft.id


async def say_something(web: Web, idea: str) -> str:
    """A note of Ben's that stands in the timeline."""
    version = (await web.ask(BEN, idea, "write_note", note="Das geht gut voran."))["version"]
    async with web.database.session() as session:
        return str((await session.get_one(TimelineEntry, (idea, version))).note_id)


async def send_file(database: Database, idea: str) -> str:
    """A file of Alma's that belongs to the idea; the only one, so that there is always room for another."""
    file = file_of(idea)
    async with database.transaction() as session:
        await session.exec(delete(Attachment).where(col(Attachment.idea_id) == idea))
        session.add(file)
    return file.id


async def write_secret(database: Database, template: str) -> str:
    """What a mail carries that nobody has used yet."""
    secret, tomorrow = new_id(), utc_now() + timedelta(days=1)
    known: dict[str, Any] = {"hash": hash_secret(secret), "expires_at": tomorrow}
    if template.startswith("/mitarbeit"):
        return (await write_staff_invitation(database))[1]
    if template.startswith("/einladung"):
        return await write_invitation(database, await write_idea(database), f"{secret}@example.org")
    draft_id = await begin_draft(database, template)
    if template.startswith("/mitreden"):
        words: dict[str, Any] = {"sort": "hint", "body": "Gut.", "email": "wer@example.org", "language": "de"}
        async with database.transaction() as session:
            session.add(Contribution(id=new_id(), idea_id=await write_idea(database), **words, **known))
        return secret
    async with database.transaction() as session:
        if template.startswith("/einreichen"):
            email = "wer@example.org" if "/bestaetigen/" in template else ""
            session.add(DraftLink(draft_id=draft_id, email=email, **known))
        elif template.startswith("/kalender"):
            await session.merge(CalendarAddress(account_id=DORA, hash=hash_secret(secret)))
        else:
            session.add(AddressChange(account_id=DORA, email=f"{secret}@example.org", **known))
    return secret


async def write_asked(database: Database, idea: str) -> str:
    """Somebody whom Alma has asked into the team."""
    await write_invitation(database, idea, f"{new_id()}@example.org")
    async with database.session() as session:
        return (await find_invitation(session, idea)).id


async def write_view(database: Database) -> str:
    """A view of Carla's."""
    async with database.transaction() as session:
        view = SavedView(id=new_id(), owner_id=CARLA, name="Was liegt")
        session.add(view)
    return view.id


async def write_run(database: Database, idea: str) -> str:
    """One step in bulk that Carla has prepared and looked at."""
    fields = {"days": 3}
    async with database.transaction() as session:
        run = BulkRun(id=new_id(), created_by=CARLA, action="extend", fields=fields, reason="So.", checked_at=utc_now())
        session.add(run)
        await session.flush()
        session.add(BulkItem(run_id=run.id, case_id=idea, idea_id=idea, position=0))
    return run.id


async def write_import(database: Database) -> str:
    """A table that Carla has sent and looked at."""
    async with database.transaction() as session:
        run = ImportRun(id=new_id(), created_by=CARLA, file_name="ideen.csv", source=f"ideen {new_id()}")
        run.content, run.report, run.checked_at = b"Titel\nLesebank\n", b"line", utc_now()
        run.choices, run.counts = {"columns": {"title": 0}}, {"read": 1, "drafts": 1}
        session.add(run)
    return run.id


def tell(answer: httpx.Response) -> str:
    """An answer as the table writes it."""
    return "yes" if answer.status_code < 400 else str(answer.status_code)


def test_every_route_has_a_row_and_every_row_a_route() -> None:
    assert sorted(read_table()) == sorted(routes_of(create_app()))


def test_the_table_explains_its_columns_and_words() -> None:
    text = TABLE.read_text(encoding="utf-8")
    assert text.count("| route | " + " | ".join(COLUMNS) + " |") == text.count("\n| --- |") > 3
    assert {cell for row in read_table().values() for cell in row.values()} == {"yes", "401", "403", "404", "410"}


def test_the_table_of_shares_names_what_is_left_to_the_owner() -> None:
    rows = re.findall(
        r"^\| (.*) \| (yes|no) \| (yes|no) \| (yes|no) \|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE
    )
    alone = {what: set(re.findall(r"`(\w+)`", what)) for what, *cells in rows if cells == ["yes", "no", "no"]}
    hand_off = next(events for what, events in alone.items() if "hand-off" in what)
    ideas = set[str]().union(*(events for what, events in alone.items() if "hand-off" not in what))
    assert ideas - {"leave_team"} == {event for event, spec in EVENTS.items() if spec.owner_alone}
    assert hand_off == set(STARTER_ALONE)


@pytest.mark.slow
async def test_the_application_does_what_the_table_says(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    # All seven ask from one network.
    monkeypatch.setitem(LIMITS, Limited.CONTRIBUTE, Rate(1_000, 3600))
    place, table = await set_scene(web), read_table()
    found: dict[str, dict[str, str]] = {}
    for route in table:
        found[route] = {}
        method = route.partition(" ")[0]
        for column, who in COLUMNS.items():
            # What is shown again must have been taken away before.
            if column != "nobody" and not (route.endswith(TAKEN_BACK) or is_tried(f"{route} {column}", 6)):
                continue
            path = await place.path(web, route, who)
            answer = await web.clients[who].request(method, path, **place.content(route))
            found[route][column] = tell(answer)
            # It may have signed them out, or somebody in who was nobody; a refusal does neither.
            if who in ("", SYSTEM):
                web.clients[who].cookies.pop(SESSION, None)
            elif method != "GET" and answer.status_code < 400:
                await web.invite(who)
    assert found == {route: {column: table[route][column] for column in asked} for route, asked in found.items()}
    assert sum(map(len, found.values())) > len(table) * len(COLUMNS) // 6


@pytest.mark.slow
async def test_a_token_opens_what_its_scopes_name(web: Web) -> None:
    """All routes of the API with each scope alone: one opens it, for the others the answer names what is missing."""
    place, schema = await set_scene(web), web.app.openapi()
    tokens = {}
    async with web.database.transaction() as session:
        for scope in TokenScope:
            tokens[scope] = await issue_token(session, await session.get_one(Account, CARLA), [scope])
    described = {
        f"{method.upper()} {path}": one for path, found in schema["paths"].items() for method, one in found.items()
    }
    routes = [route for route in read_table() if " /api/" in route and "security" in described.get(route, {})]
    assert len(routes) > 30
    for route in routes:
        method = route.partition(" ")[0]
        [needed] = described[route]["security"][0]["HTTPBearer"]
        for scope, token in tokens.items():
            if scope != needed and not is_tried(f"{route} {scope}", 6):
                continue
            path = await place.path(web, route, CARLA)
            async with open_client(web.app, headers={"Authorization": f"Bearer {token}"}) as program:
                answer = await program.request(method, path, **place.content(route))
            lacks = answer.status_code == 403 and answer.json()["code"] == "insufficient_scope"
            assert lacks == (scope != needed), (route, scope)
            if lacks:
                assert f'error="insufficient_scope", scope="{needed}"' in answer.headers["www-authenticate"]
                assert needed in answer.json()["detail"]


async def test_no_page_takes_a_token(still_web: Web) -> None:
    """Neither what is read nor a form: a token is for programs, and none of them looks at pages."""
    token = still_web.carla.headers["authorization"]
    async with open_client(still_web.app, headers={"Authorization": token}, careless=True) as program:
        idea = await write_idea(still_web.database)
        for route, cells in read_table().items():
            method, _, template = route.partition(" ")
            if template.startswith("/api/") or "yes" in (cells["nobody"], cells["system"]) or cells["lead"] == "404":
                continue
            path = re.sub(r"\{slug\}", "geld", re.sub(r"\{\w+_id\}", idea, template))
            answer = await program.request(method, path)
            assert answer.status_code in ({403} if method == "POST" else {401, 404, 410}), route


async def test_no_page_takes_a_form_from_another_site(demo_web: Web) -> None:
    """Each page is asked by one of three, who follow each other as the ways do in which a browser tells of the site."""
    sites = itertools.cycle([{"Origin": "https://boese.example"}, {"Sec-Fetch-Site": "cross-site"}])
    pages = [path for path in pages_that_take_forms(demo_web.app) if "{token}" not in path]
    assert len(pages) > 15
    idea = await write_idea(demo_web.database)
    for turn, who in enumerate((ALMA, BEN, CARLA)):
        browser = open_client(demo_web.app)
        await browser.post("/demo/anmelden", data={"konto": who}, headers=OWN_SITE)
        before = await count_rows(demo_web.database)
        for page in pages[turn::3]:
            path = re.sub(r"\{slug\}", "geld", re.sub(r"\{\w+_id\}", idea, page))
            answer = await browser.post(path, data={"event": "submit", "title": "Eine Idee"}, headers=next(sites))
            assert answer.status_code == 403, page
            assert "von einer anderen Seite" in answer.text
        assert (await browser.get("/einstellungen")).status_code == 200
        await browser.aclose()
        assert await count_rows(demo_web.database) == before
