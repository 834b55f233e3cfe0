"""Leads who run the office amid the trouble: roles, offices, blocks, invitations, and the second lead's yes. And the
checker of what became of the people: who they are is what their history says, and somebody leads at every moment.

Those whom they manage hand in nothing and coach nothing, so that ideas keep the people whom they need.
"""

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import httpx

from activities.audit import DONE
from api.web.cookies import SESSION
from api.web.csrf import FIELD, digest_of, mask
from models.tables import Account, AuditEntry, PersonChange, SessionRow, StaffInvitation
from models.tables.columns import new_id
from models.vocabulary import PersonChangeKind, Role
from tests.chaos.people import LONGEST_WAIT, People
from tests.chaos.town import KEY, OFFICES, Person, Town

EXPECTED = frozenset({303, 401, 403, 404, 409, 410, 429, 503})
"""Done, refused for a reason, or asked to come again. 200 is a form that was not taken, which nobody expects here."""

PROPOSAL = re.compile(r"/menschen/vorschlaege/([0-9a-f-]{36})")
INVITED = re.compile(r"/mitarbeit/([\w-]{20,})")


class StaffFault(StrEnum):
    """What can be wrong with people."""

    BAD_ANSWER = "a page about people gave an answer that nobody can do anything with"
    FORGOTTEN = "a change was acknowledged, and nobody knows of it"
    UNWRITTEN = "a change is in the history and not in the audit log once"
    DIFFERS = "somebody is something else than their history says"
    NOBODY_LEADS = "there was a moment in which nobody led"
    ALONE = "a lead was made or unmade by one lead alone"
    STILL_IN = "a session goes on that ended with a change"
    TWICE = "an invitation made two accounts, or none"


@dataclass(frozen=True)
class StaffFinding:
    """One thing that is wrong, and with whom."""

    fault: StaffFault
    subject: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.fault}: {self.subject}" + (f" ({self.detail})" if self.detail else "")


@dataclass
class StaffEvidence:
    """What was asked and what is kept. `first` is who everybody was before the trouble began."""

    first: dict[str, frozenset[str]]
    accounts: Sequence[Account]
    changes: Sequence[PersonChange]
    audit: Sequence[AuditEntry]
    sessions: Sequence[SessionRow]
    invitations: Sequence[StaffInvitation]
    done: int = 0
    """How many changes were acknowledged."""
    strange: list[str] = field(default_factory=list)
    """Answers that were not expected."""


class Managers:
    """Leads at the pages of people. `clerks` are those whom they change."""

    def __init__(self, people: People, seed: int) -> None:
        self.people = people
        self.done = 0
        self.strange: list[str] = []
        self._dice = random.Random(f"{seed}-managers")
        self._clients: list[httpx.AsyncClient] = []

    @property
    def town(self) -> Town:
        return self.people.town

    async def live(self) -> None:
        limits = httpx.Limits(max_connections=10)
        self._clients = [
            httpx.AsyncClient(base_url=door, timeout=LONGEST_WAIT, limits=limits, trust_env=False)
            for door in self.town.doors
        ]
        scenes = (self.change_role, self.block, self.move, self.answer_proposals, self.invite, self.come)
        try:
            while not self.people.are_home():
                (scene,) = self._dice.choices(scenes, (4, 3, 1, 6, 1, 2))
                await scene()
                await self.people.pause(self._dice.expovariate(2))
        finally:
            for client in self._clients:
                await client.aclose()

    # -- what they do ----------------------------------------------------------------------------------------

    async def change_role(self) -> None:
        """Two leads may do it at the same moment, to each other's clerks or to the same one."""
        role, what = self._dice.choice((Role.COACH, Role.LEAD)), self._dice.choice(("geben", "nehmen"))
        await self.post(self._lead, f"/menschen/{self._clerk.id}/rolle", rolle=role, tun=what, sicher="1")

    async def block(self) -> None:
        what = self._dice.choice(("sperren", "entsperren", "entsperren", "abmelden"))
        await self.post(self._lead, f"/menschen/{self._clerk.id}/sperre", tun=what, sicher="1")

    async def move(self) -> None:
        await self.post(self._lead, f"/menschen/{self._clerk.id}/buero", buero=self._dice.choice(OFFICES))

    async def answer_proposals(self) -> None:
        """Somebody agrees or refuses: the one who proposed, the one whom it is about, or a second lead."""
        page = await self.get(self._lead, "/menschen")
        for change_id in sorted(set(PROPOSAL.findall(page))):
            answer = "ja" if self._dice.random() < 0.75 else "nein"
            await self.post(self._lead, f"/menschen/vorschlaege/{change_id}", antwort=answer)

    async def invite(self) -> None:
        words = {
            "email": f"neu-{new_id()[:8]}@example.org",
            "name": "Neue Kraft",
            "role": self._dice.choice((Role.COACH, Role.COACH, Role.LEAD)),
            "office": self._dice.choice(OFFICES),
            "absicht": "senden",
        }
        await self.post(self._lead, "/menschen/einladen", **words)

    async def come(self) -> None:
        """Whoever was invited says yes, often twice."""
        texts = [str(mail.get_body(("plain",))) for mail in self.town.sink.mails]
        links = [secret for text in texts for secret in INVITED.findall(text)]
        if links:
            secret = self._dice.choice(links)
            for _ in range(self._dice.choice((1, 2))):
                await self.post(None, f"/mitarbeit/{secret}", antwort="ja", name="Neue Kraft")

    # -- how -------------------------------------------------------------------------------------------------

    @property
    def _lead(self) -> Person:
        return self._dice.choice(self.town.those_who_are(Role.LEAD))

    @property
    def _clerk(self) -> Person:
        return self._dice.choice(self.town.clerks)

    async def get(self, lead: Person, path: str) -> str:
        answer = await self._request("GET", lead, path)
        return answer.text if answer is not None and answer.status_code == 200 else ""

    async def post(self, lead: Person | None, path: str, **form: str) -> None:
        answer = await self._request("POST", lead, path, form)
        if answer is None:
            return
        if answer.status_code not in EXPECTED:
            self.strange.append(f"{answer.status_code} POST {path.rpartition('/')[0]}")
        changed = {"changed", "proposed", "proposal_agreed", "proposal_refused", "proposal_withdrawn", "invited"}
        said = httpx.URL(answer.headers.get("location", "")).params.get("meldung", "")
        self.done += answer.status_code == 303 and said in changed

    async def _request(
        self, method: str, lead: Person | None, path: str, form: dict[str, str] | None = None
    ) -> httpx.Response | None:
        """None where nothing came back: what has become of it, the history tells."""
        secret = lead.session if lead is not None else "a browser of somebody who was invited"
        cookie = f"{SESSION if lead is not None else 'ideenweg_browser'}={secret}"
        sent = None if form is None else form | {FIELD: mask(digest_of(KEY, secret))}
        try:
            return await self._dice.choice(self._clients).request(method, path, data=sent, headers={"Cookie": cookie})
        except httpx.HTTPError:
            return None


# -- the checker -------------------------------------------------------------------------------------------------


def judge_staff(evidence: StaffEvidence) -> list[StaffFinding]:
    """Everything that is wrong with people."""
    checks = (check_answers, check_audit, check_histories, check_sessions, check_invitations)
    return [finding for check in checks for finding in check(evidence)]


def check_answers(evidence: StaffEvidence) -> Iterator[StaffFinding]:
    for answer in evidence.strange:
        yield StaffFinding(StaffFault.BAD_ANSWER, answer)
    known = sum(1 + (change.decided_at is not None) for change in evidence.changes)
    if known < evidence.done:
        yield StaffFinding(StaffFault.FORGOTTEN, f"{evidence.done} acknowledged", f"{known} known")


def check_audit(evidence: StaffEvidence) -> Iterator[StaffFinding]:
    """One entry when it was done or proposed, another when it was answered by somebody."""
    entries: dict[str, int] = {}
    for entry in evidence.audit:
        change_id = str(entry.facts.get("change"))
        entries[change_id] = entries.get(change_id, 0) + 1
    for change in evidence.changes:
        answered = change.decided_by_id is not None
        if entries.get(change.id, 0) != 1 + answered:
            yield StaffFinding(StaffFault.UNWRITTEN, change.id, f"{entries.get(change.id, 0)} entries, {change.status}")


def check_histories(evidence: StaffEvidence) -> Iterator[StaffFinding]:
    """Everything once more, in the order in which it took effect."""
    roles = {account: set(first) for account, first in evidence.first.items()}
    blocked: dict[str, bool] = {}
    for change in sorted(filter(took_effect, evidence.changes), key=when):
        if change.account_id is None:
            continue
        leads_before = _leads(roles, blocked)
        theirs = roles.setdefault(change.account_id, set())
        _apply(change, theirs, blocked)
        leads = _leads(roles, blocked)
        if not leads:
            yield StaffFinding(StaffFault.NOBODY_LEADS, change.id, change.kind)
        unmade = leads != leads_before and change.kind != PersonChangeKind.CAME
        if unmade and len(leads_before) > 1 and change.status == "done" and change.by_id is not None:
            yield StaffFinding(StaffFault.ALONE, change.id, change.kind)
        if change.status == "agreed" and change.decided_by_id in (change.by_id, change.account_id):
            yield StaffFinding(StaffFault.ALONE, change.id, "agreed to their own")
    for account in evidence.accounts:
        said = roles.get(account.id, set())
        if set(account.roles) - {Role.INNOVATOR} != said - {Role.INNOVATOR}:
            yield StaffFinding(StaffFault.DIFFERS, account.id, f"{account.roles}, history says {sorted(said)}")
        if (account.blocked_at is not None) != blocked.get(account.id, False):
            yield StaffFinding(StaffFault.DIFFERS, account.id, "blocked" if account.blocked_at else "not blocked")


def check_sessions(evidence: StaffEvidence) -> Iterator[StaffFinding]:
    """Whoever was blocked, signed out, or got or lost a role has no session from before."""
    ends = {
        PersonChangeKind.BLOCKED,
        PersonChangeKind.SIGNED_OUT,
        PersonChangeKind.ROLE_GIVEN,
        PersonChangeKind.ROLE_TAKEN,
    }
    for change in filter(took_effect, evidence.changes):
        for session in evidence.sessions:
            if change.kind in ends and session.account_id == change.account_id and session.created_at < when(change):
                yield StaffFinding(StaffFault.STILL_IN, session.account_id, change.kind)


def check_invitations(evidence: StaffEvidence) -> Iterator[StaffFinding]:
    came: dict[str, int] = {}
    for change in evidence.changes:
        if change.kind == PersonChangeKind.CAME and (invitation := change.facts.get("invitation")):
            came[invitation] = came.get(invitation, 0) + 1
    for asked in evidence.invitations:
        if came.get(asked.id, 0) != (asked.accepted_at is not None):
            yield StaffFinding(StaffFault.TWICE, asked.id, f"came {came.get(asked.id, 0)} times")


def took_effect(change: PersonChange) -> bool:
    return change.status in (DONE, "agreed")


def when(change: PersonChange) -> datetime:
    return change.decided_at or change.at


def _apply(change: PersonChange, roles: set[str], blocked: dict[str, bool]) -> None:
    assert change.account_id is not None
    facts: dict[str, Any] = change.facts
    match change.kind:
        case PersonChangeKind.ROLE_GIVEN | PersonChangeKind.CAME:
            roles.add(str(facts["role"]))
        case PersonChangeKind.ROLE_TAKEN:
            roles.discard(str(facts["role"]))
        case PersonChangeKind.BLOCKED | PersonChangeKind.UNBLOCKED:
            blocked[change.account_id] = change.kind == PersonChangeKind.BLOCKED


def _leads(roles: dict[str, set[str]], blocked: dict[str, bool]) -> set[str]:
    return {account for account, theirs in roles.items() if Role.LEAD in theirs and not blocked.get(account)}
