"""A town with something of everything that pages show, so that each of them can be opened and looked at."""

from datetime import timedelta
from typing import Any

from sqlalchemy import update
from sqlmodel import col

from activities.mails.links import Question, Refused
from api.use_cases.check_in_replies import links_of
from models.queries.documents import read_versions
from models.secrets import hash_secret, new_secret
from models.tables import (
    AddressChange,
    BulkItem,
    BulkRun,
    CalendarAddress,
    Draft,
    DraftLink,
    ErasureRequest,
    Idea,
    ImportRun,
    Invitation,
    Opening,
    PublishedStory,
    SavedView,
    StandingRow,
    TimelineEntry,
)
from models.tables.columns import new_id, utc_now
from models.vocabulary import DocumentKind, MailState, NoticeGroup, Share, ViewReach
from tests.activities.attachments.samples import PDF
from tests.api.campaigns import HandOff
from tests.api.conftest import Web, in_days, open_client, until
from tests.api.pages.conftest import OWN_SITE
from tests.api.sign_in_mails import ask
from tests.api.use_cases.test_mail_preferences import write_mail
from tests.contributions import write_contribution, write_report
from tests.factories import ALMA, BEN, CARLA, DORA, show_picture, write_feedback, write_session
from tests.staff import write_proposal, write_staff_invitation

STATES = ("screening", "clarification", "working", "piloting", "editing", "published")
"""An idea of Alma's waits in each of them; the last one has told its story."""

GUEST = "a secret in the browser of somebody without an account"


async def furnish(web: Web, **words: Any) -> dict[str, str]:
    """Something of everything, of the cast's, in demo mode.

    Returns what addresses name: the ideas by their state, and the rest.
    """
    ideas = {state: await web.bring_to(state, **words) for state in STATES}
    # Ben is asked whether he takes it on.
    ideas["matching"] = await web.bring_to("matching", **words)
    await web.open_offer(ideas["matching"], BEN)
    ideas["declined"] = await web.hand_in(**words)
    await web.ask(CARLA, ideas["declined"], "decline", reason="Das gibt es schon.")
    ideas["stuck"] = await web.bring_to("planning", **words)
    noted = await web.ask(CARLA, ideas["stuck"], "write_note", note="Wie geht es weiter?", internal=True)
    async with web.database.session() as session:
        said = await session.get_one(TimelineEntry, (ideas["stuck"], noted["version"]))
        ideas["note"] = said.note_id or ""
    ideas["file"] = await send_files(web, ideas)
    await web.ask(BEN, ideas["editing"], "write_note", note="Die Bilder folgen.")
    await web.ask(BEN, ideas["working"], "plan", tasks=[{"title": "Partner ansprechen"}])
    await offer_times(web, ideas["working"], words.get("title", "Rathaus"))
    await try_story(web, ideas["piloting"], ideas["published"], words.get("title", "Läuft gut."))
    funded = await HandOff.start(web, **words)
    image = (await funded.upload()).json()["package"]["images"][0]["id"]
    linked = await HandOff.at(web, "awaiting_entry", **words)
    await linked.ask(ALMA, "link", address="sandbox-4711")
    await linked.ask(BEN, "confirm_link")
    ideas |= {"funded": funded.idea, "linked": linked.idea}
    asked = await write_contribution(web.services, ideas["published"], "answering")
    await write_report(web.database, asked.id)
    await write_contribution(web.services, ideas["published"], number=2, sort="offer", name="Gustav")
    ideas["contribution"] = asked.id
    async with web.database.session() as session:
        ideas["slug"] = (await session.get_one(PublishedStory, ideas["published"])).slug
    ideas["opening"] = await open_to_everybody(web, ideas["working"], words.get("title", "Lotsen"))
    return ideas | {"image": image} | await furnish_rows(web, ideas) | await write_links(web, ideas)


async def open_to_everybody(web: Web, idea: str, said: str) -> str:
    """An idea on its way of which everybody may read; returns the address of its card."""
    opening = Opening(id=new_id(), idea_id=idea, title=said[:120], teaser=said, seeks=said, opened_by=ALMA)
    async with web.database.transaction() as session:
        session.add(opening)
    return opening.id


async def offer_times(web: Web, idea: str, where: str) -> None:
    """Two appointments of Ben's: one to be chosen, and one that is agreed."""
    path, slots = f"/api/v1/ideas/{idea}/appointments", [f"{in_days(9)}T10:00", f"{in_days(10)}T14:30"]
    for number in (1, 2):
        body = {"slots": slots, "minutes": 60, "place": "in_person", "note": where}
        answer = await web.ben.post(path, json=body)
        assert (answer.status_code, answer.json()["number"]) == (201, number), answer.text
    chosen = await web.alma.post(f"{path}/1/commands", json={"event": "choose", "start": slots[0]})
    assert chosen.status_code == 200, chosen.text


async def try_story(web: Web, idea: str, original: str, said: str) -> None:
    """An idea that came after a story, and how it goes there."""
    async with web.database.transaction() as session:
        (await session.get_one(Idea, idea)).after_id = original
    await web.begin_replication(idea)
    told = {"event": "check_in", "answer": "on_track", "note": said}
    answer = await web.alma.post(f"/api/v1/ideas/{idea}/replication/commands", json=told)
    assert answer.status_code == 200, answer.text


async def send_files(web: Web, ideas: dict[str, str]) -> str:
    """One with the idea, and one with an answer; returns the id of the first."""
    sent = {"file": ("Plan.pdf", PDF, "application/pdf")}
    answer = await web.alma.post(f"/api/v1/ideas/{ideas['screening']}/attachments", files=sent)
    said = {"event": "write_note", "note": "Unser Angebot.", "schluessel": new_id()}
    files = {"dateien": ("Angebot.pdf", PDF, "application/pdf")}
    step = await web.alma.post(f"/ideen/{ideas['working']}/schritte", data=said, files=files, headers=OWN_SITE)
    assert (answer.status_code, step.status_code) == (201, 303), answer.text + step.text
    return str(answer.json()[0]["id"])


async def show_pictures(web: Web, ideas: dict[str, str]) -> None:
    """In a story that everybody reads, and in one that is edited, of which something is still to be said."""
    async with web.database.transaction() as session:
        for state, said in (("published", {}), ("editing", {"alt": "", "licence": None})):
            latest = (await read_versions(session, ideas[state], DocumentKind.STORY)).documents[0]
            await show_picture(session, latest, **said)


async def furnish_rows(web: Web, ideas: dict[str, str]) -> dict[str, str]:
    """What needs no workflow: it is written as rows."""
    database, now = web.database, utc_now()
    later = now + timedelta(days=20)
    await write_feedback(database)
    await write_mail(database, MailState.FAILED, idea=ideas["working"])
    for state in ("working", "piloting", "editing", "stuck", "linked"):
        await write_session(database, ideas[state], BEN, note="Wir haben den Antrag besprochen.")
    await show_pictures(web, ideas)
    typed: dict[str, Any] = {"title": "Ein Fahrrad für alle", "summary": "Leihen statt kaufen.", "language": "de"}
    drafts = {
        "alma_draft": Draft(expires_at=later, account_id=ALMA, words=typed),
        "alma_sent": Draft(expires_at=later, account_id=ALMA, idea_id=ideas["screening"], sent_at=now),
        "alma_waits": Draft(expires_at=later, account_id=ALMA, words=typed),
        "guest_draft": Draft(expires_at=later, words=typed, name="Gustav", email="gustav@example.org"),
        "guest_waits": Draft(expires_at=later, words=typed, name="Gustav", email="gustav@example.org", waits_since=now),
        "guest_sent": Draft(expires_at=later, idea_id=ideas["clarification"], sent_at=now, email="gustav@example.org"),
    }
    runs = {
        "run_new": BulkRun(created_by=CARLA, action="extend"),
        "run_checked": BulkRun(created_by=CARLA, action="extend", fields={"days": 3}, reason="So.", checked_at=now),
        "run_done": BulkRun(created_by=CARLA, action="extend", fields={"days": 3}, reason="So.", checked_at=now),
    }
    table: dict[str, Any] = {"file_name": "ideen.csv", "source": "ideen", "content": b"Titel;Text\nLesebank;Am Bach\n"}
    known: dict[str, Any] = {"choices": {"columns": {"title": 0, "summary": 1}}, "counts": {"read": 1, "complete": 1}}
    imports = {
        "import_new": ImportRun(created_by=CARLA, **table, choices=known["choices"]),
        "import_checked": ImportRun(created_by=CARLA, **table, **known, report=b"line", checked_at=now),
        "import_done": ImportRun(created_by=CARLA, **table, **known, checked_at=now, started_at=now, finished_at=now),
    }
    view = SavedView(owner_id=CARLA, name="Was liegt", filters={"phase": "develop"}, reach=ViewReach.ALL)
    link, confirmation = new_secret(), new_secret()
    async with database.transaction() as session:
        for draft in drafts.values():
            draft.id = new_id()
            draft.idea_id = draft.idea_id or (draft.id if draft is drafts["alma_waits"] else None)
            draft.browsers = [] if draft.account_id else [hash_secret(GUEST)]
        for run in (*runs.values(), *imports.values()):
            run.id = new_id()
        on_its_way = Idea(id=drafts["alma_waits"].id, owner_id=ALMA, office="dresden", **typed)
        session.add(on_its_way)
        await session.flush()
        session.add_all([*drafts.values(), *runs.values(), *imports.values(), view])
        session.add(ErasureRequest(account_id=DORA, due_on=now.date() + timedelta(days=20)))
        session.add(CalendarAddress(account_id=BEN, hash=hash_secret(new_secret())))
        late = update(StandingRow).where(col(StandingRow.case_id) == ideas["stuck"])
        await session.exec(late.values(holder_until=now.date() - timedelta(days=12)))
        await session.flush()
        begun = drafts["guest_draft"]
        session.add(DraftLink(draft_id=begun.id, hash=hash_secret(link), expires_at=begun.expires_at))
        proof, waits = hash_secret(confirmation), drafts["guest_waits"]
        session.add(DraftLink(draft_id=waits.id, hash=proof, email=waits.email or "", expires_at=later))
        for run in runs.values():
            session.add(BulkItem(run_id=run.id, case_id=ideas["working"], idea_id=ideas["working"], position=0))
            session.add(BulkItem(run_id=run.id, case_id=ideas["declined"], idea_id=ideas["declined"], position=1))
    await carry_out(web, runs["run_done"].id)
    staff, staff_link = await write_staff_invitation(database, "frieda.falk@example.org")
    proposal = await write_proposal(database, BEN, CARLA)
    more = {"staff_invitation": staff, "staff_link": staff_link, "proposal": proposal}
    links = {"draft_link": link, "confirmation": confirmation}
    return more | links | {name: row.id for name, row in (drafts | runs | imports | {"view": view}).items()}


async def carry_out(web: Web, run_id: str) -> None:
    answer = await web.carla.post(f"/leitung/sammel/{run_id}/ausfuehren")
    assert answer.status_code == 303, answer.text

    async def is_over() -> bool:
        async with web.database.session() as session:
            return (await session.get_one(BulkRun, run_id)).finished_at is not None

    await until(is_over)


async def write_links(web: Web, ideas: dict[str, str]) -> dict[str, str]:
    """What mails carry, as the last part of an address."""
    links = links_of(web.services)
    asked = (await web.read(ideas["piloting"]))["version"]
    secret, merging, invitation, tomorrow = new_secret(), new_secret(), new_secret(), utc_now() + timedelta(days=1)
    written = new_secret()
    waits: dict[str, Any] = {"number": None, "hash": hash_secret(written), "expires_at": tomorrow}
    await write_contribution(web.services, ideas["published"], **waits)
    async with web.database.transaction() as session:
        asks = Invitation(
            idea_id=ideas["working"], email="ida@example.org", share=Share.COLLABORATOR, expires_at=tomorrow
        )
        asks.inviter_id, asks.hashes = ALMA, [hash_secret(invitation)]
        session.add(asks)
        wanted = AddressChange(account_id=DORA, email="dora.dorn@example.org", expires_at=tomorrow)
        wanted.hash = hash_secret(secret)
        both = AddressChange(account_id=ALMA, email="dora@example.org", expires_at=tomorrow)
        both.hash = hash_secret(merging)
        session.add_all([wanted, both])
    async with open_client(web.app) as browser:
        mail = await ask(web, browser, DORA)
    addresses = {
        "answer": links.answer(Question(new_id(), ALMA, ideas["piloting"], asked)),
        "outdated": links.answer(Question(new_id(), ALMA, ideas["working"], 1)),
        "way": links.way(ALMA, "ideen"),
        "unsubscribe": links.unsubscribe(Refused(ALMA, NoticeGroup.NEWS)),
        "sign_in": mail.link,
    }
    tokens = {name: address.rpartition("/")[2] for name, address in addresses.items()}
    return tokens | {"address": secret, "merging": merging, "invitation": invitation, "written": written}
