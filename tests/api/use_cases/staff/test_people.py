"""*Menschen*: inviting, changing, the second lead's yes, and what is kept of it."""

import asyncio
import re
from typing import Any

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import col, select

from models.tables import (
    Account,
    AuditEntry,
    Authenticator,
    CoachProfile,
    MailboxMessage,
    NoticeRow,
    Passkey,
    PersonChange,
    RecoveryCode,
    SessionRow,
)
from models.tables.columns import utc_now
from models.vocabulary import AuditEvent, NoticeKind, Role
from tests.api.conftest import Web, open_client, until
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.factories import ALMA, BEN, CARLA
from tests.html import mistakes_in
from tests.staff import write_person, write_proposal, write_staff_invitation

FRIEDA = {"email": "Frieda@Example.org", "name": "Frieda Falk", "role": "coach", "office": "leipzig"}
GREETING = "Liebe Frieda, wir würden uns sehr freuen."


async def send(client: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    return await client.post(path, data=fields, headers=OWN_SITE)


async def read(web: Web, account_id: str) -> Account:
    async with web.database.session() as session:
        return await session.get_one(Account, account_id)


async def second_lead(web: Web) -> str:
    clara = await write_person(web.database, Role.LEAD, name="Clara")
    await web.invite(clara)
    return clara


async def test_a_lead_invites_a_coach_who_goes_through_the_first_steps(web: Web) -> None:
    preview = await send(web.carla, "/menschen/einladen", **FRIEDA, greeting=GREETING)
    told = words_of(preview.text)
    assert "Diese Mail geht an frieda@example.org" in told
    assert "bei SINN Menschen mit einer Idee als Coach zu begleiten" in told
    sent = await send(web.carla, "/menschen/einladen", **FRIEDA, greeting=GREETING, absicht="senden")
    assert sent.headers["location"] == "/menschen?meldung=invited"
    assert "eingeladen" in words_of((await web.carla.get("/menschen?status=invited")).text)

    async def has_come() -> bool:
        return await find_mail(web, "frieda@example.org") is not None

    await until(has_come)
    mail = await find_mail(web, "frieda@example.org")
    assert mail is not None
    for word in ("Frieda", "Carla", GREETING[:12]):
        assert word not in mail.body, "an address that is not proved gets no word that anybody typed"
    link = re.search(r"http://\S+(/mitarbeit/\S+)", mail.body)
    assert link is not None
    page = await web.nobody.get(link[1])
    for word in ("Carla lädt Sie ein", GREETING, "Büro Leipzig"):
        assert word in words_of(page.text)
    assert mistakes_in(page.text) == []
    assert (await send(web.nobody, link[1], antwort="ja", name="")).status_code == 422
    assert (await send(web.nobody, link[1], antwort="ja", name="Frieda F.")).status_code == 303
    assert (await send(web.nobody, link[1], antwort="ja", name="Frieda F.")).status_code == 410
    async with web.database.session() as session:
        frieda = (await session.exec(select(Account).where(Account.email == "frieda@example.org"))).one()
    assert (frieda.name, frieda.roles, frieda.office, frieda.proved_at is not None) == (
        "Frieda F.",
        ["coach"],
        "leipzig",
        True,
    )
    history = words_of((await web.carla.get(f"/menschen/{frieda.id}")).text)
    assert "Eingeladen als Coach" in history
    assert "Angenommen als Coach, Büro Leipzig" in history
    await web.invite(frieda.id)
    await go_first_steps(web, frieda.id)


async def go_first_steps(web: Web, coach_id: str) -> None:
    """A profile, in three steps; nobody asks the coach before."""
    client = web.clients[coach_id]
    assert "drei kurze Schritte" in words_of((await client.get("/arbeit")).text)
    first = await client.get("/erste-schritte", follow_redirects=True)
    assert "Schritt 1 von 3" in words_of(first.text)
    assert mistakes_in(first.text) == []
    nothing = await send(client, "/erste-schritte/themen", themes="nichts", languages="de")
    assert nothing.status_code == 422
    chosen = {"themes": "care", "districts": "DED51", "languages": "de"}
    step = await client.post("/erste-schritte/themen", data=chosen, headers=OWN_SITE)
    assert step.headers["location"] == "/erste-schritte/plaetze"
    step = await send(client, "/erste-schritte/plaetze", absicht="spaeter", capacity="99")
    assert step.headers["location"] == "/erste-schritte/ueber-sie"
    done = await client.post("/erste-schritte/ueber-sie", data={"about": "Ich höre zu."}, headers=OWN_SITE)
    assert done.headers["location"] == "/arbeit?meldung=introduced"
    assert "Ihr Profil ist eingerichtet" in words_of((await client.get(done.headers["location"])).text)
    async with web.database.session() as session:
        profile = await session.get_one(CoachProfile, coach_id)
    assert (profile.themes, profile.capacity, profile.about) == (["care"], 5, "Ich höre zu.")
    assert profile.introduced_at is not None


async def find_mail(web: Web, email: str) -> MailboxMessage | None:
    async with web.database.session() as session:
        mails = select(MailboxMessage).where(MailboxMessage.recipient == email)
        return (await session.exec(mails)).first()


async def test_somebody_with_ideas_of_their_own_gets_the_role_as_well(still_web: Web) -> None:
    web = still_web
    _, secret = await write_staff_invitation(web.database, "alma@example.org")
    assert "gibt es hier schon ein Konto" in words_of((await web.nobody.get(f"/mitarbeit/{secret}")).text)
    assert (await send(web.nobody, f"/mitarbeit/{secret}", antwort="ja")).status_code == 303
    alma = await read(web, ALMA)
    assert (alma.roles, alma.name) == (["innovator", "coach"], "Alma")
    assert (await web.alma.get("/arbeit")).status_code == 401, "whoever has another role signs in anew"


async def test_an_invitation_is_declined_withdrawn_sent_again_or_over(still_web: Web) -> None:
    web = still_web
    _, declined = await write_staff_invitation(web.database)
    assert (await send(web.nobody, f"/mitarbeit/{declined}", antwort="nein")).status_code == 200
    assert (await send(web.nobody, f"/mitarbeit/{declined}", antwort="ja", name="F")).status_code == 410
    its_id, withdrawn = await write_staff_invitation(web.database)
    assert (await send(web.carla, f"/menschen/einladungen/{its_id}/zurueckziehen")).status_code == 303
    assert "zurückgezogen" in words_of((await web.nobody.get(f"/mitarbeit/{withdrawn}")).text)
    assert (await web.carla.get(f"/menschen/einladungen/{its_id}")).status_code == 404
    its_id, over = await write_staff_invitation(web.database, expires_at=utc_now())
    assert (await web.nobody.get(f"/mitarbeit/{over}")).status_code == 410
    assert "Einladung abgelaufen" in words_of((await web.carla.get("/menschen")).text)
    for number in range(4):
        again = await send(web.carla, f"/menschen/einladungen/{its_id}/erneut")
        assert again.status_code == (303 if number < 3 else 409)
    assert (await web.nobody.get(f"/mitarbeit/{over}")).status_code == 200
    _, blocked = await write_staff_invitation(web.database, "alma@example.org")
    async with web.database.transaction() as session:
        await session.exec(update(Account).where(col(Account.id) == ALMA).values(blocked_at=utc_now()))
    assert (await send(web.nobody, f"/mitarbeit/{blocked}", antwort="ja")).status_code == 410


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "frieda"), ("name", ""), ("role", "innovator"), ("office", ""), ("greeting", "x" * 1001)],
)
async def test_what_is_wrong_with_an_invitation_stands_beside_its_field(still_web: Web, field: str, value: str) -> None:
    answer = await send(still_web.carla, "/menschen/einladen", **(FRIEDA | {field: value}), absicht="senden")
    assert (answer.status_code, f'id="feld-{field}-fehler"' in answer.text) == (422, True)


async def test_who_is_here_already_or_was_asked_is_not_invited(still_web: Web) -> None:
    web = still_web
    await write_staff_invitation(web.database, "frieda@example.org")
    for email, why in (("ben@example.org", "arbeitet schon hier"), ("frieda@example.org", "schon eingeladen")):
        answer = await send(web.carla, "/menschen/einladen", **(FRIEDA | {"email": email}), absicht="senden")
        assert (answer.status_code, why in words_of(answer.text)) == (409, True)


async def test_two_leads_make_a_third_and_one_alone_does_not(still_web: Web) -> None:
    web = still_web
    clara = await second_lead(web)
    proposed = await send(web.carla, f"/menschen/{BEN}/rolle", rolle="lead", tun="geben")
    assert proposed.headers["location"] == f"/menschen/{BEN}?meldung=proposed"
    assert (await read(web, BEN)).roles == ["coach"]
    again = await send(web.carla, f"/menschen/{BEN}/rolle", rolle="lead", tun="geben")
    assert (again.status_code, "schon vorgeschlagen" in words_of(again.text)) == (409, True)
    async with web.database.session() as session:
        told = (await session.exec(select(NoticeRow).where(NoticeRow.kind == NoticeKind.PERSON_PROPOSED))).all()
        (change,) = (await session.exec(select(PersonChange))).all()
    assert [notice.account_id for notice in told] == [clara]
    path = f"/menschen/vorschlaege/{change.id}"
    assert path in (await web.clients[clara].get("/menschen")).text
    own = await send(web.carla, path, antwort="ja")
    assert (own.status_code, "eigener Vorschlag" in words_of(own.text)) == (409, True)
    agreed = await send(web.clients[clara], path, antwort="ja")
    assert agreed.headers["location"] == "/menschen?meldung=proposal_agreed"
    assert (await read(web, BEN)).roles == ["coach", "lead"]
    assert "Zugestimmt: Clara." in words_of((await web.carla.get(f"/menschen/{BEN}")).text)
    assert (await send(web.clients[clara], path, antwort="nein")).status_code in (404, 409)
    async with web.database.session() as session:
        kept = select(AuditEntry).order_by(col(AuditEntry.id))
        outcomes = [entry.outcome for entry in (await session.exec(kept)).all()]
    assert outcomes == ["proposed", "done"]


async def test_a_lead_is_invited_by_two(web: Web) -> None:
    clara = await second_lead(web)
    asks = FRIEDA | {"role": "lead"}
    preview = await send(web.carla, "/menschen/einladen", **asks)
    assert "sobald eine zweite Leitung zugestimmt hat" in words_of(preview.text)
    sent = await send(web.carla, "/menschen/einladen", **asks, absicht="senden")
    assert sent.headers["location"] == "/menschen?meldung=proposed"
    async with web.database.session() as session:
        (change,) = (await session.exec(select(PersonChange))).all()
    assert await find_mail(web, "frieda@example.org") is None
    agreed = await send(web.clients[clara], f"/menschen/vorschlaege/{change.id}", antwort="ja")
    assert agreed.status_code == 303

    async def has_come() -> bool:
        return await find_mail(web, "frieda@example.org") is not None

    await until(has_come)


async def test_a_proposal_is_refused_taken_back_or_not_about_oneself(still_web: Web) -> None:
    web = still_web
    clara = await second_lead(web)
    ben, other = await write_proposal(web.database, BEN, CARLA), await write_proposal(web.database, clara, CARLA)
    assert (await send(web.clients[clara], f"/menschen/vorschlaege/{ben}", antwort="nein")).status_code == 303
    about = await send(web.clients[clara], f"/menschen/vorschlaege/{other}", antwort="nein")
    assert (about.status_code, "um Sie selbst" in words_of(about.text)) == (409, True)
    assert (await send(web.carla, f"/menschen/vorschlaege/{other}", antwort="nein")).status_code == 303
    async with web.database.session() as session:
        rows = {row.id: row.status for row in (await session.exec(select(PersonChange))).all()}
    assert rows == {ben: "refused", other: "withdrawn"}
    late = await write_proposal(web.database, BEN, CARLA)
    async with web.database.transaction() as session:
        await session.exec(update(PersonChange).where(col(PersonChange.id) == late).values(proposed_until=utc_now()))
    assert (await web.clients[clara].get(f"/menschen/vorschlaege/{late}")).status_code == 404
    assert "Verfallen" in words_of((await web.carla.get(f"/menschen/{BEN}")).text)


async def test_two_leads_who_step_down_at_once_leave_one(still_web: Web) -> None:
    web = still_web
    clara = await second_lead(web)
    for who in (CARLA, clara):
        alone = await send(web.clients[who], f"/menschen/{who}/rolle", rolle="lead", tun="nehmen")
        assert (alone.status_code, "Bitte bestätigen" in words_of(alone.text)) == (409, True)
        asked = await send(web.clients[who], f"/menschen/{who}/rolle", rolle="lead", tun="nehmen", sicher="1")
        assert asked.headers["location"].endswith("meldung=proposed")
    async with web.database.session() as session:
        about = {row.account_id: row.id for row in (await session.exec(select(PersonChange))).all()}
    answers = await asyncio.gather(
        send(web.carla, f"/menschen/vorschlaege/{about[clara]}", antwort="ja"),
        send(web.clients[clara], f"/menschen/vorschlaege/{about[CARLA]}", antwort="ja"),
    )
    assert sorted(answer.status_code for answer in answers)[0] == 303
    roles = [(await read(web, who)).roles for who in (CARLA, clara)]
    assert sorted(roles) == [["innovator"], ["lead"]]


async def test_the_last_lead_and_a_coach_with_ideas_stay_what_they_are(still_web: Web) -> None:
    web = still_web
    for path, fields in (
        (f"/menschen/{CARLA}/rolle", {"rolle": "lead", "tun": "nehmen", "sicher": "1"}),
        (f"/menschen/{CARLA}/sperre", {"tun": "sperren", "sicher": "1"}),
    ):
        refused = await send(web.carla, path, **fields)
        assert (refused.status_code, "einzige Leitung" in words_of(refused.text)) == (409, True)
    await web.plant("working")
    busy = await send(web.carla, f"/menschen/{BEN}/rolle", rolle="coach", tun="nehmen")
    assert (busy.status_code, "Übergeben Sie diese zuerst" in words_of(busy.text)) == (409, True)
    assert f"/menschen/{BEN}/abschied" in busy.text
    clara = await second_lead(web)
    alone = await send(web.carla, f"/menschen/{clara}/rolle", rolle="lead", tun="nehmen")
    assert (alone.status_code, "keine dritte" in words_of(alone.text)) == (409, True)
    for wrong in ({"rolle": "engine", "tun": "geben"}, {"rolle": "lead", "tun": "viel"}):
        assert (await send(web.carla, f"/menschen/{BEN}/rolle", **wrong)).status_code == 422


async def test_a_blocked_coach_is_out_at_once_and_asked_no_more(web: Web) -> None:
    idea = await web.bring_to("matching")
    assert (await web.open_offer(idea))["coach"]["id"] == BEN
    planted = await web.plant("working")
    assert (await send(web.carla, f"/menschen/{BEN}/sperre", tun="sperren")).status_code == 303
    assert (await web.ben.get("/arbeit")).status_code == 401
    await web.open_offer(idea)
    async with web.database.session() as session:
        assert (await session.exec(select(SessionRow).where(SessionRow.account_id == BEN))).all() == []
    ranked = (await web.carla.get("/api/v1/coaches/candidates", params={"idea": planted})).json()["items"]
    assert BEN not in [one["coach"]["id"] for one in ranked]
    page = words_of((await web.carla.get(f"/menschen/{BEN}")).text)
    assert "es sind noch offene Ideen da" in page
    assert (await web.carla.get(f"/menschen/{BEN}/abschied")).status_code == 200
    assert (await send(web.carla, f"/menschen/{BEN}/sperre", tun="entsperren")).status_code == 303
    assert "Entsperrt" in words_of((await web.carla.get(f"/menschen/{BEN}")).text)


async def test_a_lost_second_factor_is_reset_by_a_lead_and_that_of_a_lead_by_two(still_web: Web) -> None:
    web = still_web
    clara, cora = await second_lead(web), await write_person(web.database, Role.LEAD, name="Cora")
    for who in (BEN, cora):
        await write_proofs(web, who)
    unsure = await send(web.carla, f"/menschen/{BEN}/sperre", tun="zuruecksetzen")
    assert (unsure.status_code, "Bitte bestätigen" in words_of(unsure.text)) == (409, True)
    assert await count_proofs(web, BEN) == 3
    assert (await send(web.carla, f"/menschen/{BEN}/sperre", tun="zuruecksetzen", sicher="1")).status_code == 303
    assert await count_proofs(web, BEN) == 0
    assert (await web.ben.get("/arbeit")).status_code == 401, "whoever took the phone is out, too"
    assert "Zweiten Nachweis zurückgesetzt" in words_of((await web.carla.get(f"/menschen/{BEN}")).text)
    proposed = await send(web.carla, f"/menschen/{cora}/sperre", tun="zuruecksetzen", sicher="1")
    assert proposed.headers["location"] == f"/menschen/{cora}?meldung=proposed"
    assert await count_proofs(web, cora) == 3
    async with web.database.session() as session:
        waits = (await session.exec(select(PersonChange).where(PersonChange.account_id == cora))).one()
    path = f"/menschen/vorschlaege/{waits.id}"
    assert "den zweiten Nachweis von Cora zurücksetzen" in words_of((await web.clients[clara].get(path)).text)
    assert (await send(web.clients[clara], path, antwort="ja")).status_code == 303
    assert await count_proofs(web, cora) == 0
    async with web.database.session() as session:
        kept = select(AuditEntry).where(AuditEntry.event == AuditEvent.PERSON_CHANGED).order_by(col(AuditEntry.id))
        told = [(entry.outcome, entry.subject_id) for entry in (await session.exec(kept)).all()]
    assert told == [("done", BEN), ("proposed", cora), ("done", cora)]


async def write_proofs(web: Web, account_id: str) -> None:
    async with web.database.transaction() as session:
        session.add(Passkey(account_id=account_id, credential_id=account_id.encode(), public_key=b"key"))
        session.add(Authenticator(account_id=account_id, secret="sealed", confirmed_at=utc_now()))
        session.add(RecoveryCode(account_id=account_id, hash="x"))


async def count_proofs(web: Web, account_id: str) -> int:
    async with web.database.session() as session:
        tables: tuple[Any, ...] = (Passkey, Authenticator, RecoveryCode)
        theirs = [await session.exec(select(table).where(table.account_id == account_id)) for table in tables]
    return sum(len(found.all()) for found in theirs)


async def test_changes_want_a_fresh_proof_before_the_form_is_shown(still_web: Web) -> None:
    web = still_web
    async with web.database.transaction() as session:
        long_ago = utc_now().replace(year=2020)
        await session.exec(update(SessionRow).where(col(SessionRow.account_id) == CARLA).values(proved_at=long_ago))
    assert (await web.carla.get(f"/menschen/{BEN}")).status_code == 200
    for path in (f"/menschen/{BEN}/aendern", "/menschen/einladen", f"/menschen/{BEN}/abschied"):
        assert "/anmelden/bestaetigen" in (await web.carla.get(path)).text, path
    refused = await send(web.carla, f"/menschen/{BEN}/buero", buero="leipzig")
    assert (refused.status_code, (await read(web, BEN)).office) == (403, "dresden")


async def test_the_table_is_sorted_filtered_and_names_what_is_missing(still_web: Web) -> None:
    web = still_web
    await write_person(web.database, Role.COACH, name="Anton", office="chemnitz")
    await write_staff_invitation(web.database)

    async def names(query: str) -> list[str]:
        page = (await web.carla.get(f"/menschen{query}")).text
        assert mistakes_in(page) == []
        return re.findall(r'<th scope="row"><a href="[^"]+">([^<]+)</a>', page)

    assert await names("") == ["Anton", "Ben", "Bruno", "Carla", "Frieda Falk"]
    assert (await names("?sortierung=-name"))[0] == "Frieda Falk"
    assert (await names("?sortierung=buero"))[0] == "Anton"
    assert await names("?rolle=lead") == ["Carla"]
    assert await names("?buero=leipzig&rolle=coach") == ["Bruno"]
    assert await names("?status=invited") == ["Frieda Falk"]
    assert await names("?status=left") == []
    assert await names("?sortierung=unsinn&seite=-3") == await names("?seite=99")
    page = words_of((await web.carla.get("/menschen")).text)
    assert "Büro Leipzig: keine Leitung." in page
    assert "Eine Einladung ist unterwegs" not in page, "a coach for Dresden, which has one, fills no gap"
    over = {"role": "lead", "office": "leipzig"}
    await write_staff_invitation(web.database, **over, expires_at=utc_now())
    assert "Eine Einladung ist unterwegs" not in words_of((await web.carla.get("/menschen")).text)
    await write_staff_invitation(web.database, **over)
    page = words_of((await web.carla.get("/menschen")).text)
    told = "Büro Leipzig: keine Leitung. Ideen von dort gehen an alle Leitungen. Eine Einladung ist unterwegs."
    assert told in page
    assert page.count("Eine Einladung ist unterwegs.") == 1
    for page in (f"/menschen/{BEN}", f"/menschen/{BEN}/aendern", f"/menschen/{BEN}/abschied", "/menschen/einladen"):
        assert mistakes_in((await web.carla.get(page)).text) == [], page
    assert (await web.carla.get(f"/menschen/{ALMA}")).status_code == 200, "anybody could come to work here"
    nobody = open_client(web.app)
    assert (await nobody.get("/menschen")).status_code == 401
    await nobody.aclose()
