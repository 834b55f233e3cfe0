"""Asking somebody into a team, the mail, the page behind its link, and what each share sees and may do."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import httpx
import pytest
from sqlmodel import col, select

from activities.upkeep.invitation_reminder import remind_invited
from models.tables import Account, Invitation, MailboxMessage, MailRow, NoticeRow, SessionRow
from models.tables.columns import utc_now
from models.vocabulary import Role, SecretMailKind, Share, SignInMethod
from tests.api.conftest import KEY, Web, open_client, until
from tests.api.pages.conftest import OWN_SITE, events_on, form_with, forms_of, take, words_of
from tests.factories import ALMA, BEN, BRUNO, CARLA, DORA
from tests.teams import NORA, OTTO, find_invitation, gather_team, link_in, write_invitation

NEW = "nora.neu@example.org"


async def mails_to(web: Web, email: str, count: int) -> Sequence[MailboxMessage]:
    """What has arrived there, as soon as it is so many."""
    found: list[MailboxMessage] = []

    async def are_there() -> bool:
        async with web.database.session() as session:
            theirs = select(MailboxMessage).where(MailboxMessage.recipient == email)
            found[:] = (await session.exec(theirs.order_by(col(MailboxMessage.sent_at)))).all()
        return len(found) >= count

    await until(are_there)
    return found


async def ask(web: Web, idea: str, email: str, share: str = "collaborator", who: str = ALMA) -> httpx.Response:
    sent = {"email": email, "share": share}
    return await web.clients[who].post(f"/ideen/{idea}/team", data=sent, headers=OWN_SITE, follow_redirects=True)


async def answer(browser: httpx.AsyncClient, path: str, **fields: str) -> httpx.Response:
    return await browser.post(path, data={"antwort": "ja"} | fields, headers=OWN_SITE)


async def team_of(web: Web, idea: str, who: str = ALMA) -> dict[str, str]:
    found = await web.clients[who].get(f"/api/v1/ideas/{idea}/team")
    assert found.status_code == 200, found.text
    return {one["person"]["name"]: one["share"] for one in found.json()["members"]}


async def notices_of(web: Web, account: str) -> list[str]:
    async with web.database.session() as session:
        theirs = select(NoticeRow.kind).where(NoticeRow.account_id == account).order_by(col(NoticeRow.created_at))
        return list((await session.exec(theirs)).all())


@pytest.fixture
async def browser(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody whom nobody knows yet."""
    async with open_client(web.app) as opened:
        yield opened


async def test_somebody_new_is_asked_comes_by_the_link_and_works_on_the_idea(
    web: Web, browser: httpx.AsyncClient
) -> None:
    idea = await web.bring_to("working")
    page = (await web.alma.get(f"/ideen/{idea}")).text
    assert "Noch sind Sie allein" in page
    assert "bekommen alle im Team" in page
    page = (await ask(web, idea, f" {NEW.title()} ")).text
    assert "Die Einladung ist unterwegs" in page
    assert NEW in words_of(page)

    await passes_on_a_link_that_opens_nothing(web, idea, page, browser)
    (mail, _) = await mails_to(web, NEW, 2)
    assert mail.subject == "Eine Einladung für Sie"
    for told in ("Pflegelotsen", "Alma", "Nora"):
        assert told not in mail.subject + mail.body + mail.html
    path = link_in(mail)
    for _ in range(2):
        looked = await browser.get(path)
        assert looked.status_code == 200
        assert looked.headers["referrer-policy"] == "no-referrer"
        words = words_of(looked.text)
        assert "Alma möchte Sie bei dieser Idee dabeihaben" in words
        assert "Pflegelotsen im Quartier" in words
        assert f"legen wir für {NEW} ein Konto an" in words
    assert await team_of(web, idea) == {}, "a look changes nothing"

    wrong = await answer(browser, path, name="  ")
    assert wrong.status_code == 422
    assert 'id="feld-name"' in wrong.text
    joined = await answer(browser, path, name="Nora <Neu>")
    assert (joined.status_code, joined.headers["location"]) == (303, f"/ideen/{idea}?meldung=team_joined")
    page = (await browser.get(joined.headers["location"])).text
    assert "Willkommen im Team!" in page
    assert "Nora &lt;Neu&gt;" in page
    assert "submit_work" in events_on(page)
    assert not {"withdraw", "consent"} & events_on(page)
    assert "Jemanden einladen" not in page
    assert NEW not in page
    assert await team_of(web, idea) == {"Nora <Neu>": "collaborator"}

    again = await answer(open_client(web.app), path)
    assert again.status_code == 410
    assert "schon angenommen" in again.text
    assert (await browser.get("/meine-daten/export.json")).status_code == 403, "the mail may be weeks old"
    assert "Im Team: Arbeitet mit" in words_of((await browser.get("/ideen")).text)
    step = await take(browser, idea, "submit_work")
    assert "Konzept wird gelesen" in step.text
    history = words_of((await web.alma.get(f"/ideen/{idea}")).text)
    assert "Ins Team aufgenommen (Nora <Neu>, Arbeitet mit)" in history
    assert "Nora <Neu> (Ideenteam): Konzept" in history
    assert "team_joined" in await notices_of(web, ALMA)
    async with web.database.session() as session:
        asked = await find_invitation(session, idea)
        account = (await session.exec(select(Account).where(Account.email == NEW))).one()
        methods = (await session.exec(select(SessionRow.method).where(SessionRow.account_id == account.id))).all()
    assert (asked.email, account.roles, methods) == ("", [Role.INNOVATOR], [SignInMethod.INVITED])
    assert await notices_of(web, account.id) == [], "follow-ups go to one person"


async def passes_on_a_link_that_opens_nothing(web: Web, idea: str, page: str, browser: httpx.AsyncClient) -> None:
    """Who gets it learns who asks, and has the mail sent again; they are let in by the mail alone."""
    (link,) = re.findall(r'value="http://[^"/]+(/eingeladen/[^"]+)"', page)
    shown = words_of((await browser.get(link)).text)
    assert "Alma lädt Sie ein" in shown
    assert "n…@example.org" in shown
    assert "Pflegelotsen" not in shown
    assert NEW not in shown
    assert "Gesendet." in (await browser.post(link, headers=OWN_SITE)).text
    assert (await browser.get(f"/ideen/{idea}")).status_code == 401
    assert (await browser.get("/eingeladen/00000000-0000-4000-8000-000000000000")).status_code == 410


async def test_a_known_address_and_an_unknown_one_get_the_same_answer(web: Web) -> None:
    idea = await web.bring_to("working")
    told = []
    for email in ("dora@example.org", NEW):
        found = await ask(web, idea, email)
        told.append((found.status_code, words_of(found.text).replace(email, "X").count("X")))
        (mail,) = await mails_to(web, email, 1)
        assert "Guten Tag" in mail.body
    assert told[0][0] == told[1][0] == 200
    page = words_of((await web.alma.get(f"/ideen/{idea}")).text)
    assert "Dora" not in page


HOSTILE = [
    "",
    "niemand",
    "a@b@c.example",
    "Nora <nora@example.org>",
    "nora@example.org\r\nBcc: alle@example.org",
    "nora@example.org, otto@example.org",
    '"><script>alert(1)</script>@example.org',
    "nora\x00@example.org",
    "n" * 250 + "@example.org",
    "\u202enora@example.org",
]


async def test_what_is_no_address_and_who_belongs_to_an_idea_already_is_not_asked(web: Web) -> None:
    idea = await web.bring_to("working")
    for email in HOSTILE:
        found = await ask(web, idea, email)
        assert found.status_code == 422, email
        assert '<a href="#team-email">' in found.text
        assert "<script>alert" not in found.text
    assert (await ask(web, idea, NEW, share="owner")).status_code == 422
    async with web.database.session() as session:
        assert (await session.exec(select(Invitation))).all() == []
        assert (await session.exec(select(MailRow))).all() == []
    await gather_team(web.database, web.services.engine, idea)
    await web.until_shown(idea, (await web.services.engine.state(idea)).standing.version)
    for email, why in (
        ("alma@example.org", "Ihre eigene Adresse"),
        ("ben@example.org", "kann nicht zugleich in ihrem Team sein"),
        ("nora@example.org", "schon im Team"),
    ):
        found = await ask(web, idea, email)
        assert (found.status_code, why in found.text) == (422, True), email
    assert (await ask(web, idea, "nora@example.org", "observer")).status_code == 200, "another share"
    draft = (await web.alma.post("/api/v1/drafts", json={"title": "Ein Entwurf"})).json()["id"]
    assert (await ask(web, draft, NEW)).status_code == 404
    await web.ask(CARLA, idea, "close", outcome="closed", reason="Es passt nicht.")
    assert (await ask(web, idea, NEW)).status_code == 409


async def test_mails_and_open_invitations_have_an_end(web: Web) -> None:
    idea, other = await web.bring_to("working"), await web.bring_to("working")
    for _ in range(3):
        assert (await ask(web, idea, NEW)).status_code == 200
    found = await ask(web, idea, NEW)
    assert (found.status_code, "heute schon mehrmals" in found.text) == (429, True)
    assert (await ask(web, other, NEW)).status_code == 200, "who asks elsewhere does not learn of it"
    assert len(await mails_to(web, NEW, 3)) == 3
    for number in range(9):
        await write_invitation(web.database, idea, f"{number}@example.org")
    found = await ask(web, idea, "noch.eine@example.org")
    assert (found.status_code, "Mehr geht gerade nicht" in found.text) == (422, True)


async def test_an_invitation_is_sent_again_and_withdrawn(web: Web, browser: httpx.AsyncClient) -> None:
    idea = await web.bring_to("working")
    secret = await write_invitation(web.database, idea, NEW, asked_at=utc_now() - timedelta(days=40))
    async with web.database.transaction() as session:
        asked = await find_invitation(session, idea)
        asked.expires_at = utc_now() - timedelta(days=1)
        session.add(asked)
    late = await browser.get(f"/einladung/{secret}")
    assert (late.status_code, "ist abgelaufen" in late.text) == (410, True)
    page = (await web.alma.get(f"/ideen/{idea}")).text
    assert "Einladung abgelaufen" in page
    again = form_with(page, f"/ideen/{idea}/team/{asked.id}/erneut")
    assert (await web.alma.post(again.action, data=again.values, headers=OWN_SITE)).status_code == 303
    (mail,) = await mails_to(web, NEW, 1)
    assert (await browser.get(link_in(mail))).status_code == 200
    assert (await browser.get(f"/einladung/{secret}")).status_code == 200, "the first mail counts as well"
    for who in (BEN, CARLA, DORA):
        for doing in ("erneut", "zurueckziehen"):
            found = await web.clients[who].post(f"/ideen/{idea}/team/{asked.id}/{doing}", headers=OWN_SITE)
            assert found.status_code == (404 if who == DORA else 403)
    back = f"/ideen/{idea}/team/{asked.id}/zurueckziehen"
    assert (await web.alma.post(back, headers=OWN_SITE)).status_code == 303
    assert (await web.alma.post(back, headers=OWN_SITE)).status_code == 404
    gone = await answer(browser, link_in(mail), name="Nora")
    assert (gone.status_code, "zurückgezogen" in gone.text) == (410, True)
    assert NEW not in (await web.alma.get(f"/ideen/{idea}")).text
    assert await team_of(web, idea) == {}


async def test_who_has_declined_by_mistake_says_yes_after_all(web: Web, browser: httpx.AsyncClient) -> None:
    idea = await web.bring_to("working")
    secret = await write_invitation(web.database, idea, NEW)
    declined = await answer(browser, f"/einladung/{secret}", antwort="nein")
    assert f'href="/einladung/{secret}"' in declined.text
    looked_at = await browser.get(f"/einladung/{secret}")
    assert (looked_at.status_code, 'value="nein"' in looked_at.text) == (200, False)
    assert (await answer(browser, f"/einladung/{secret}", name="Nora Neu")).status_code == 303
    assert list((await team_of(web, idea)).values()) == ["collaborator"]
    late = await write_invitation(web.database, idea, "spaet@example.org")
    await answer(browser, f"/einladung/{late}", antwort="nein")
    async with web.database.transaction() as session:
        asked = (await session.exec(select(Invitation).where(Invitation.email == "spaet@example.org"))).one()
        asked.expires_at = utc_now()
    assert (await browser.get(f"/einladung/{late}")).status_code == 410, "for as long as they could have said yes"


async def test_whoever_declines_is_left_alone_and_dead_links_lead_nowhere_kindly(
    web: Web, browser: httpx.AsyncClient
) -> None:
    idea = await web.bring_to("working")
    secret = await write_invitation(web.database, idea, NEW)
    found = await answer(browser, f"/einladung/{secret}", antwort="nein")
    assert (found.status_code, "Danke für Ihre Antwort" in found.text) == (200, True)
    assert (await answer(browser, f"/einladung/{secret}", antwort="nein")).status_code == 410
    assert "Hat abgesagt" in (await web.alma.get(f"/ideen/{idea}")).text
    assert "team_declined" in await notices_of(web, ALMA)
    again = await ask(web, idea, NEW)
    assert (again.status_code, "Diese Person hat abgesagt" in again.text) == (422, True)
    async with web.database.session() as session:
        assert (await session.exec(select(Account).where(Account.email == NEW))).all() == []
    for secret in ("x", "%00", "a" * 3000, "..%2f..", "<script>"):
        found = await browser.get(f"/einladung/{secret}")
        assert found.status_code in (404, 410), secret
        assert "<script>" not in found.text.replace("<script src", "")
    ended = await web.bring_to("working")
    secret = await write_invitation(web.database, ended, NEW)
    await web.ask(CARLA, ended, "close", outcome="closed", reason="Es passt nicht.")
    found = await answer(browser, f"/einladung/{secret}", name="Nora")
    assert (found.status_code, "Weg dieser Idee ist zu Ende" in found.text) == (410, True)


async def test_whoever_is_signed_in_elsewhere_is_asked_which_account_joins(web: Web) -> None:
    idea = await web.bring_to("working")
    secret = await write_invitation(web.database, idea, NEW)
    path = f"/einladung/{secret}"
    page = await web.dora.get(path)
    assert "Mit dem angemeldeten Konto: Dora" in page.text
    assert "Mit einem neuen Konto" in page.text
    found = await answer(web.dora, path)
    assert (found.status_code, 'href="#feld-konto"' in found.text) == (422, True)
    found = await answer(web.dora, path, konto="adresse")
    assert (found.status_code, 'href="#feld-name"' in found.text) == (422, True)
    answers = await asyncio.gather(*(answer(web.dora, path, konto="hier") for _ in range(3)))
    assert sorted(one.status_code for one in answers) == [303, 410, 410], "at the same moment, it is one"
    assert await team_of(web, idea) == {"Dora": "collaborator"}
    assert [line["event"] for line in await web.timeline(idea)].count("join_team") == 1
    for who, konto in ((ALMA, "hier"), (BEN, "hier")):
        secret = await write_invitation(web.database, idea, f"{who}@example.org")
        found = await answer(web.clients[who], f"/einladung/{secret}", konto=konto)
        assert (found.status_code, "gehören schon zu dieser Idee" in found.text) == (410, True)


async def test_a_mail_signs_nobody_in_who_works_here(web: Web, browser: httpx.AsyncClient) -> None:
    idea = await web.bring_to("working")
    secret = await write_invitation(web.database, idea, "bruno@example.org", share=Share.OBSERVER)
    page = await browser.get(f"/einladung/{secret}")
    assert "Bitte melden Sie sich zuerst an" in page.text
    await answer(browser, f"/einladung/{secret}")
    assert await team_of(web, idea) == {}
    assert (await answer(web.bruno, f"/einladung/{secret}")).status_code == 303
    assert await team_of(web, idea) == {"Bruno": "observer"}
    assert 'href="/ideen"' in (await web.bruno.get("/angebote")).text, "what they are in stands in their menu"
    assert 'href="/ideen"' not in (await web.ben.get("/angebote")).text
    ranked = await web.carla.get(f"/api/v1/coaches/candidates?idea={idea}")
    reasons = {one["coach"]["name"]: one["reasons"] for one in ranked.json()["items"]}
    assert "in_team" in reasons["Bruno"]
    refused = await web.try_to(CARLA, idea, "change_coach", coach_id=BRUNO, reason="Er kennt sich aus.")
    assert (refused.status_code, refused.json()["field"]) == (422, "coach_id")


async def test_each_share_sees_and_does_what_is_theirs(web: Web) -> None:
    idea = await web.bring_to("piloting")
    await gather_team(web.database, web.services.engine, idea)
    await web.until_shown(idea, (await web.services.engine.state(idea)).standing.version)
    await web.invite(NORA, OTTO)
    await write_invitation(web.database, idea, NEW)
    pages = {who: (await web.clients[who].get(f"/ideen/{idea}")).text for who in (ALMA, NORA, OTTO, BEN, CARLA)}
    for who, page in pages.items():
        words = words_of(page)
        assert "Nora" in words or who == NORA
        assert "Otto" in words or who == OTTO
        assert (NEW in words) is (who == ALMA), "an address is the owner's to see"
        assert ("Eine Einladung ist noch offen" in words) is (who != ALMA)
        assert ("Jemanden einladen" in words) is (who == ALMA)
        assert ("Team verlassen" in words) is (who in (NORA, OTTO))
        assert ("Herausnehmen" in words) is (who in (ALMA, CARLA))
    assert events_on(pages[NORA]) == events_on(pages[ALMA]) - {"withdraw", "snooze"}, "reminders go to Alma alone"
    assert events_on(pages[OTTO]) == {"leave_team"}
    assert "/crowdfunding" in pages[NORA]
    assert "/crowdfunding" not in pages[OTTO]
    assert (await web.clients[OTTO].get(f"/ideen/{idea}/crowdfunding")).status_code == 404
    assert (await web.clients[NORA].get(f"/ideen/{idea}/crowdfunding")).status_code == 200
    assert (await web.clients[NORA].get(f"/ideen/{idea}/gespraeche")).status_code == 404
    for who in (NORA, OTTO, BEN, CARLA):
        assert (await ask(web, idea, "wer@example.org", who=who)).status_code == 403
    assert (await ask(web, idea, "wer@example.org", who=DORA)).status_code == 404

    kept = {who: (await web.clients[who].get("/meine-daten/export.json")).json() for who in (ALMA, NORA)}
    assert kept[NORA]["teams"] == [{"idea_id": idea, "share": "collaborator"}]
    assert [(one["email"], "hashes" in one) for one in kept[ALMA]["invitations"]] == [(NEW, False)]
    assert "Arbeitet mit" in (await web.clients[NORA].get("/meine-daten")).text

    note = await web.clients[OTTO].post(
        f"/ideen/{idea}/schritte", data={"event": "write_note", "note": "Ich schaue nur."}, headers=OWN_SITE
    )
    assert note.status_code == 403
    form = next(one for one in forms_of(pages[ALMA]) if one.values.get("member_id") == OTTO)
    out = await web.alma.post(form.action, data=form.values, headers=OWN_SITE, follow_redirects=True)
    assert "Aus dem Team genommen" in out.text
    assert (await web.clients[OTTO].get(f"/ideen/{idea}")).status_code == 404
    leave = next(one for one in forms_of(pages[NORA]) if one.values.get("event") == "leave_team")
    left = await web.clients[NORA].post(leave.action, data=leave.values, headers=OWN_SITE, follow_redirects=True)
    assert "Sie haben das Team verlassen" in left.text
    assert "Pflegelotsen" not in left.text
    assert "Nora (Ideenteam): Team verlassen" in words_of((await web.alma.get(f"/ideen/{idea}")).text)


async def test_collaborators_correct_the_words_while_somebody_asks_back(web: Web) -> None:
    idea = await web.bring_to("clarification")
    await gather_team(web.database, web.services.engine, idea)
    await web.until_shown(idea, (await web.services.engine.state(idea)).standing.version)
    await web.invite(NORA, OTTO)
    words = {"title": "Pflegelotsen", "summary": "Neu geschrieben.", "language": "de"}
    found = {}
    for who in (NORA, OTTO, BEN):
        found[who] = (
            await web.clients[who].post(f"/ideen/{idea}/bearbeiten", data=words, headers=OWN_SITE)
        ).status_code
    assert found == {NORA: 303, OTTO: 404, BEN: 404}
    patched = await web.clients[OTTO].patch(f"/api/v1/ideas/{idea}", json={"summary": "Nein."})
    assert patched.status_code == 403
    assert (await web.read(idea))["summary"] == "Neu geschrieben."


async def test_one_reminder_after_half_a_month_and_no_other_mail(web: Web, browser: httpx.AsyncClient) -> None:
    idea, ended = await web.bring_to("working"), await web.bring_to("working")
    await web.ask(CARLA, ended, "close", outcome="closed", reason="Es passt nicht.")
    now = utc_now()
    asked = {"asked_at": now - timedelta(days=15, hours=1), "expires_at": now + timedelta(days=14)}
    await write_invitation(web.database, idea, NEW, **asked)
    await write_invitation(web.database, idea, "eben@example.org")
    await write_invitation(web.database, idea, "nein@example.org", declined_at=now, **asked)
    await write_invitation(web.database, ended, "zu.ende@example.org", **asked)
    for reminded in (1, 0):
        assert await remind_invited(web.database, web.services.engine, KEY, now) == reminded
    (mail,) = await mails_to(web, NEW, 1)
    assert mail.subject == "Ihre Einladung ist noch offen"
    assert "Pflegelotsen" not in mail.body
    assert (await browser.get(link_in(mail))).status_code == 200
    async with web.database.session() as session:
        kinds = (await session.exec(select(MailRow.secret_kind))).all()
    assert list(kinds) == [SecretMailKind.TEAM_REMINDER]


async def test_the_api_lists_asks_sends_again_and_withdraws(web: Web) -> None:
    idea = await web.bring_to("working")
    base = f"/api/v1/ideas/{idea}/team"
    asked = await web.alma.post(f"{base}/invitations", json={"email": NEW, "share": "observer"})
    assert asked.status_code == 201
    told = asked.json()
    assert (told["email"], told["share"], told["state"]) == (NEW, "observer", "open")
    listed = (await web.alma.get(base)).json()
    assert [one["id"] for one in listed["invitations"]] == [told["id"]]
    assert listed["owner"]["name"] == "Alma"
    for who, invitations in ((BEN, None), (CARLA, None)):
        assert (await web.clients[who].get(base)).json()["invitations"] is invitations
        refused = await web.clients[who].post(f"{base}/invitations", json={"email": NEW, "share": "observer"})
        assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")
    assert (await web.dora.get(base)).status_code == 404
    assert (await web.alma.post(f"{base}/invitations/{told['id']}/resend")).status_code == 204
    assert (await web.alma.delete(f"{base}/invitations/{told['id']}")).status_code == 204
    assert (await web.alma.delete(f"{base}/invitations/{told['id']}")).status_code == 404
    for body, field in (({"email": "x", "share": "observer"}, "email"), ({"email": NEW, "share": "owner"}, "share")):
        wrong = await web.alma.post(f"{base}/invitations", json=body)
        assert (wrong.status_code, wrong.json()["field"]) == (422, field)
    assert (await web.try_to(ALMA, idea, "join_team", member_id=DORA)).status_code == 403
