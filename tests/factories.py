"""The cast and their ideas as rows in a real database."""

import io
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from PIL import Image
from sqlalchemy import update
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession
from temporalio.client import Client
from temporalio.service import RPCError

from activities.published_stories import project_story
from models import workflow_ids
from models.database import Database
from models.lifecycles.event_spec import FILLED_IN
from models.lifecycles.events import EVENTS
from models.messages.cases import Holder
from models.messages.commands import Actor, Command
from models.messages.crowdfunding import CampaignStanding
from models.messages.idea import IdeaState, Standing
from models.messages.package import Package
from models.messages.rulebook import Rulebook
from models.tables import (
    Account,
    Attachment,
    CoachProfile,
    Document,
    Feedback,
    Idea,
    MailRow,
    Picture,
    SessionLogRow,
    StandingRow,
    TimelineEntry,
)
from models.tables.columns import new_id, utc_now
from models.vocabulary import AttachedTo, FeedbackKind, Role, SecretMailKind, SessionKind, Stage, Why
from models.workflow_ids import CROWDFUNDING
from tests.cast import POLICY

RULES = POLICY.rulebook(date(2026, 1, 1))


def account_id(name: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"tests/{name}"))


ALMA, BEN, BRUNO, CARLA, DORA = (account_id(name) for name in ("alma", "ben", "bruno", "carla", "dora"))
alma = Actor(role=Role.INNOVATOR, account_id=ALMA)
ben = Actor(role=Role.COACH, account_id=BEN)
bruno = Actor(role=Role.COACH, account_id=BRUNO)
carla = Actor(role=Role.LEAD, account_id=CARLA)


async def invite_cast(database: Database, *, ben_has_places: int = 3, bruno_has_places: int = 3) -> None:
    """Alma hands in ideas, Ben coaches in Dresden, Bruno in Leipzig, Carla leads, Dora is a stranger."""
    people: list[tuple[str, str, list[Role], str | None]] = [
        (ALMA, "alma", [Role.INNOVATOR], None),
        (BEN, "ben", [Role.COACH], "dresden"),
        (BRUNO, "bruno", [Role.COACH], "leipzig"),
        (CARLA, "carla", [Role.LEAD], "dresden"),
        (DORA, "dora", [Role.INNOVATOR], None),
    ]
    async with database.transaction() as session:
        for its_id, name, roles, office in people:
            session.add(
                Account(
                    id=its_id,
                    email=f"{name}@example.org",
                    name=name.title(),
                    roles=list(map(str, roles)),
                    office=office,
                    proved_at=utc_now(),
                )
            )
        await session.flush()
        session.add(_profile(BEN, ["DED21"], ["care", "housing"], ben_has_places))
        session.add(_profile(BRUNO, ["DED51"], ["youth"], bruno_has_places))


def _profile(coach: str, districts: list[str], themes: list[str], capacity: int) -> CoachProfile:
    return CoachProfile(account_id=coach, districts=districts, themes=themes, languages=["de"], capacity=capacity)


async def write_idea(database: Database, **fields: Any) -> str:
    """An idea of Alma's at the beginning of its path; returns its id. Whatever is recorded is newer than that."""
    idea_id = str(fields.pop("id", new_id()))
    values: dict[str, Any] = {
        "owner_id": ALMA,
        "title": "Pflegelotsen im Quartier",
        "summary": "Nachbarn begleiten Angehörige durch die Pflege.",
        "district": "DED21",
        "themes": ["care"],
        "office": "dresden",
    } | fields
    now = datetime.now(UTC)
    async with database.transaction() as session:
        session.add(Idea(id=idea_id, **values))
        await session.flush()
        session.add(
            StandingRow(
                case_id=idea_id,
                idea_id=idea_id,
                version=0,
                stage=Stage.IDENTIFY,
                state="screening",
                owner_id=values["owner_id"],
                office=values["office"],
                entered_at=now,
                last_entry_at=now,
            )
        )
    return idea_id


async def write_open_idea(database: Database, words: dict[str, str] | None = None, **values: Any) -> str:
    """An idea of Alma's with Ben as its coach, as SQL shows it; no workflow runs for it."""
    idea = await write_idea(database, **(words or {}))
    told = {"version": 1, "state": "screening", "coach_id": BEN} | values
    async with database.transaction() as session:
        standing = (await session.get_one(StandingRow, idea)).standing()
        told["snapshot"] = standing.model_copy(update=told).model_dump(mode="json")
        await session.exec(update(StandingRow).where(col(StandingRow.case_id) == idea).values(**told))
    return idea


async def write_beside(database: Database, idea: str, kind: str = "crowdfunding", **fields: Any) -> str:
    """Something of an idea of Alma's that waits for its coach and has time enough; returns its key."""
    now = utc_now()
    values: dict[str, Any] = {
        "owner_id": ALMA,
        "office": "dresden",
        "number": 1,
        "version": 2,
        "stage": "unknown",
        "state": "packaged",
        "holder_role": "coach",
        "holder_since": now,
        "holder_until": now.date() + timedelta(days=10),
        "holder_why": "state",
        "entered_at": now,
        "last_entry_at": now,
    } | fields
    row = StandingRow(**{"case_id": new_id()} | values, kind=kind, idea_id=idea)
    if kind == CROWDFUNDING and "snapshot" not in fields:
        known = {name: values[name] for name in ("owner_id", "office", "version", "state", "entered_at")}
        holder = Holder(role=Role(row.holder_role or Role.COACH), since=now, until=row.holder_until, why=Why.STATE)
        campaign = CampaignStanding(idea_id=idea, attempt=row.number, holder=holder, **known)
        row.snapshot = campaign.model_dump(mode="json")
    key = row.case_id
    async with database.transaction() as session:
        session.add(row)
    return key


async def write_story(
    session: AsyncSession,
    idea_id: str,
    text: str = "So war es.",
    state: str = "editing",
    *,
    edited: dict[str, str] | None = None,
) -> Document:
    """An idea's story as it was handed in, and where it lies now. `edited`: what a lead has changed of it. Published,
    everybody reads it. Returns what would appear."""
    now, stage, idea = utc_now(), "make_visible", await session.get_one(Idea, idea_id)
    said = {"title": idea.title, "teaser": idea.summary, "changed": text}
    told = new_state(idea_id, version=9, stage=stage, state=state, coach_id=BEN).standing
    outcome = "completed" if state == "published" else None
    row = await session.get_one(StandingRow, idea_id)
    row.version, row.stage, row.state, row.coach_id, row.outcome = 9, stage, state, BEN, outcome
    row.snapshot = told.model_dump(mode="json") | {"outcome": outcome}
    documents = [story_of(idea_id, words=said, handed_in_at=now)]
    if edited is not None:
        documents.append(story_of(idea_id, version=2, words=said | edited, handed_in_at=now))
    session.add_all([*documents, row])
    await session.flush()
    places: dict[str, Any] = {"from_stage": stage, "from_state": "drafting", "stage": stage, "state": "editing"}
    fired = ["submit_story", *(["consent"] if state == "published" else [])]
    for document, version, event in zip((documents[0], documents[-1]), (8, 9), fired, strict=False):
        entry = TimelineEntry(
            case_id=idea_id, idea_id=idea_id, version=version, at=now, event=event, command_id=new_id(), **places
        )
        entry.actor_role, entry.actor_id = "innovator", ALMA
        entry.facts = {"document": document.id} | ({"shows": "district"} if event == "consent" else {})
        session.add(entry)
    await session.flush()
    await project_story(session, told)
    return documents[-1]


def story_of(idea_id: str, **fields: Any) -> Document:
    """The first draft of a story, that says something."""
    words = {"title": "Lotsen", "teaser": "Nachbarn begleiten.", "changed": "So war es bei uns."}
    known: dict[str, Any] = {"id": new_id(), "idea_id": idea_id, "kind": "story", "version": 1, "words": words}
    return Document(**(known | fields))


async def show_picture(session: AsyncSession, document: Document, **said: Any) -> Picture:
    """A picture with everything that is to be said of it, in a version of a story."""
    target = io.BytesIO()
    Image.new("RGB", (1200, 800), "teal").save(target, "WEBP")
    sizes: dict[str, Any] = {"width": 1200, "height": 800}
    row = Picture(idea_id=document.idea_id, media_type="image/webp", size=9, small=target.getvalue(), **sizes)
    row.large, row.uploaded_by = target.getvalue(), ALMA
    session.add(row)
    told = {"id": row.id, "alt": "Schilder an der Haustür", "credit": "Alma Beispiel", "licence": "cc_by", **sizes}
    pictures = [*document.parts.get("pictures", ()), told | {"people": "nobody"} | said]
    document.parts = document.parts | {"pictures": pictures}
    session.add(document)
    await session.flush()
    return row


def concept_of(idea_id: str, **fields: Any) -> Document:
    """The first draft of a concept, that says something."""
    words = {"problem": "Angehörige sind allein.", "solution": "Lotsen gehen mit.", "costs": "400 Euro im Jahr"}
    known: dict[str, Any] = {"id": new_id(), "idea_id": idea_id, "version": 1, "words": words, "author_id": ALMA}
    return Document(**(known | fields))


def file_of(idea_id: str, kind: AttachedTo = AttachedTo.IDEA, of_id: str = "", **fields: Any) -> Attachment:
    """A file that belongs to an idea, or to something else of it; of Alma's."""
    held: dict[str, Any] = {
        "name": "Plan.pdf",
        "media_type": "application/pdf",
        "size": 1,
        "digest": "",
        "content": b"a",
    }
    whose = {"id": new_id(), "idea_id": idea_id, "of_kind": kind, "of_id": of_id or idea_id, "uploaded_by": ALMA}
    return Attachment(**(held | whose | fields))


async def write_session(database: Database, idea_id: str, coach_id: str, **fields: Any) -> str:
    """A session of somebody for an idea; returns its id."""
    values: dict[str, Any] = {"day": date(2026, 6, 1), "minutes": 45, "kind": SessionKind.VIDEO} | fields
    row = SessionLogRow(idea_id=idea_id, coach_id=coach_id, **values)
    async with database.transaction() as session:
        session.add(row)
    return row.id


async def write_feedback(database: Database, **fields: Any) -> str:
    """A message that waits for an answer; returns its id."""
    values: dict[str, Any] = {
        "kind": FeedbackKind.BARRIER,
        "body": "Die Schrift ist mir zu klein.",
        "email": "leser@example.org",
        "language": "de",
        "due_on": date(2026, 12, 4),
    } | fields
    row = Feedback(**values)
    async with database.transaction() as session:
        session.add(row)
    return row.id


def new_state(idea_id: str, rulebook: Rulebook = RULES, **standing: Any) -> IdeaState:
    """The state with which an idea of Alma's is handed in."""
    values = {"owner_id": ALMA, "office": "dresden", "entered_at": datetime.now(UTC)} | standing
    return IdeaState(standing=Standing(idea_id=idea_id, **values), rulebook=rulebook)


async def clear_inboxes(client: Client) -> None:
    """The cast is the same in all tests and so is Temporal: an inbox of an earlier test has no worker any more."""
    for account in (ALMA, BEN, BRUNO, CARLA, DORA):
        with suppress(RPCError):
            await client.get_workflow_handle(workflow_ids.inbox(account)).terminate()


def command(event: str, actor: Actor, **fields: Any) -> Command:
    spec = EVENTS.get(event)
    words = {"note_id": new_id()} if spec is not None and spec.needs_words else {}
    words |= {name: new_id() for name in FILLED_IN if spec is not None and name in spec.required}
    return Command(**({"id": new_id(), "event": event, "actor": actor} | words | fields))


IMAGE = "1a6e0000-0000-4000-8000-000000000001"


def good_package(**fields: Any) -> Package:
    """A package of Alma's, ready until it starts on 1 October 2026. Its one image has the id IMAGE."""
    content: dict[str, Any] = {
        "title": "Pflegelotsen für Dresden",
        "subtitle": "Nachbarn begleiten Angehörige durch die ersten Wochen der Pflege.",
        "summary": "Wer plötzlich pflegt, steht oft allein da. Unsere Lotsinnen kennen den Weg und gehen mit.",
        "about": "Wir bilden Nachbarn zu Lotsinnen und Lotsen aus.\n\nSie kommen nach Hause und hören zu.",
        "goals": "Im ersten Jahr begleiten wir hundert Familien in Dresden.",
        "why": "Weil gute Pflege mit einem guten Anfang beginnt.",
        "use_of_money": "Das Geld ist für die Ausbildung und für das Telefon.",
        "people": "Ein kleiner Verein mit viel Erfahrung.",
        "start_level_cents": 500_000,
        "plan": "basic",
        "duration_days": 33,
        "start_on": "2026-10-01",
        "video_url": "https://vimeo.com/123456",
        "rewards": [
            {"title": "Postkarte", "text": "Ein Gruß aus dem Quartier.", "price_cents": 1_000, "needs_address": True},
            {"title": "Kaffee", "text": "Wir kochen Ihnen einen.", "price_cents": 2_550, "limit": 20},
        ],
        "budget": [{"label": "Ausbildung", "cents": 400_000}, {"label": "Telefon", "cents": 60_000}],
        "images": [{"id": IMAGE, "alt": "Zwei am Tisch", "credit": "Alma Arnold", "rights_confirmed": True}],
        "team": [{"name": "Alma Arnold", "part": "Leitung"}],
        "legal_form": "eingetragener Verein",
        "sdgs": [3, 11],
        "output": "Zwölf Lotsinnen sind ausgebildet.",
        "outcome": "Angehörige finden früher Hilfe.",
        "impact": "Pflege zu Hause gelingt länger.",
        "communication_plan": "Aushänge in Arztpraxen, ein Abend im Stadtteilhaus.",
        "risks": "Finden sich zu wenige Lotsinnen, beginnen wir in einem Stadtteil.",
        "eligibility": {
            "is_of_age": True,
            "country": "DE",
            "has_matching_account": True,
            "acts_as_entrepreneur": True,
            "content_is_allowed": True,
            "accepts_contract": True,
            "understands_fees": True,
        },
    }
    return Package.model_validate(content | fields)


def secret_mail(kind: SecretMailKind, account_id: str | None = None, **fields: Any) -> MailRow:
    """One that waits to be sent within the hour."""
    values: dict[str, Any] = {
        "address_hash": "h",
        "language": "de",
        "expires_at": datetime.now(UTC) + timedelta(hours=1),
    } | fields
    return MailRow(secret_kind=kind, account_id=account_id, recipient_id=account_id, **values)
