"""Tokens on pages: made with a fresh proof, shown once, listed, revoked."""

import re
from datetime import timedelta

from sqlmodel import select

from models.tables import AccessToken, AuditEntry
from models.tables.columns import utc_now
from models.vocabulary import AuditEvent
from tests.api.conftest import Web, open_client
from tests.api.pages.conftest import OWN_SITE, words_of
from tests.factories import ALMA, BEN, DORA

TOKENS = "/einstellungen/zugriff"
WANTED = {"name": "Jahresbericht", "umfang": "read", "tage": "30"}


async def make(web: Web) -> str:
    page = await web.alma.post(f"{TOKENS}/neu", data=WANTED, headers=OWN_SITE)
    found = re.search(r'value="(iw_[^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


async def test_a_token_is_shown_once_and_listed_until_it_is_revoked(still_web: Web) -> None:
    web, token = still_web, await make(still_web)
    async with open_client(web.app, headers={"Authorization": f"Bearer {token}"}) as program:
        assert (await program.get("/api/v1/me")).status_code == 200
        assert (await program.post("/api/v1/ideas", json={"title": "x"})).status_code == 403
        assert (await program.get("/ideen")).status_code == 401
        page = (await web.alma.get(TOKENS)).text
        assert token not in page
        assert "Jahresbericht" in page
        assert "Zuletzt benutzt" in words_of(page)
        async with web.database.session() as session:
            row = (await session.exec(select(AccessToken).where(AccessToken.name == "Jahresbericht"))).one()
        assert (row.account_id, row.scopes) == (ALMA, ["read"])
        assert timedelta(days=29) < row.expires_at - utc_now() <= timedelta(days=30)
        # Nobody else ends it, or learns that it is there.
        assert (await web.dora.post(f"{TOKENS}/{row.id}/widerrufen", headers=OWN_SITE)).status_code == 404
        ended = await web.alma.post(f"{TOKENS}/{row.id}/widerrufen", headers=OWN_SITE, follow_redirects=True)
        assert "gilt nicht mehr" in words_of(ended.text)
        assert "Jahresbericht" not in ended.text
        assert (await program.get("/api/v1/me")).status_code == 401
    async with web.database.session() as session:
        found = (await session.exec(select(AuditEntry).where(AuditEntry.account_id == ALMA))).all()
    events = [entry for entry in found if entry.event in (AuditEvent.TOKEN_ISSUED, AuditEvent.TOKEN_REVOKED)]
    assert [entry.event for entry in events] == [AuditEvent.TOKEN_ISSUED, AuditEvent.TOKEN_REVOKED]
    assert all(entry.session_id and entry.network_hash for entry in events)
    assert "Jahresbericht" not in str([entry.facts for entry in events])


async def test_a_token_wants_a_fresh_proof_and_what_it_is_for(still_web: Web) -> None:
    web = still_web
    for changed in ({"name": ""}, {"name": "x" * 81}, {"umfang": "alles"}, {"umfang": ""}, {"tage": "3650"}):
        refused = await web.ben.post(f"{TOKENS}/neu", data=WANTED | changed, headers=OWN_SITE)
        assert refused.status_code == 422, changed
        assert "iw_" not in refused.text
    web.clients[DORA] = await web.sign_in(DORA, proved_at=utc_now() - timedelta(hours=1))
    for answer in (
        await web.dora.get(f"{TOKENS}/neu"),
        await web.dora.post(f"{TOKENS}/neu", data=WANTED, headers=OWN_SITE),
    ):
        assert answer.status_code == 403
        assert "Bitte bestätigen Sie" in words_of(answer.text)
    async with web.database.session() as session:
        names = (await session.exec(select(AccessToken.name).where(AccessToken.account_id.in_([BEN, DORA])))).all()  # type: ignore[attr-defined]
    assert set(names) == {""}
