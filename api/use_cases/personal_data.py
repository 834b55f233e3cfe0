"""One's own data: everything that is kept of a person, taken out, corrected, and the wish to be erased."""

from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import SQLModel, and_, col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.notice_courier import dispatch_notices
from activities.projection import find_recipients, notice_values
from api.runtime.services import Services
from models.messages.cases import Notice
from models.queries.attachments import FileLine, list_sent_files
from models.queries.idea import is_for_all
from models.tables import (
    AccessToken,
    Account,
    AddressChange,
    AuditEntry,
    Authenticator,
    BulkRun,
    CalendarAddress,
    CampaignPackage,
    CoachProfile,
    Contribution,
    ContributionReport,
    Document,
    Draft,
    ErasureRequest,
    Feedback,
    Idea,
    ImportRun,
    Invitation,
    MailRow,
    Note,
    NoticeRow,
    NoticeSettings,
    Offer,
    Opening,
    OwnerRequest,
    Passkey,
    PersonChange,
    Picture,
    PublishedStory,
    RecoveryCode,
    SavedView,
    SessionLogRow,
    SessionRow,
    StaffInvitation,
    StandingRow,
    Task,
    TimelineEntry,
    is_idea,
    is_in_team,
)
from models.tables.columns import utc_now
from models.vocabulary import NoticeKind, Role
from workflows.client import EngineAway

ANSWERED_WITHIN_DAYS = 30
"""GDPR Art. 12(3): within one month."""

NOT_TOLD: dict[str, str] = {
    "attachment": "told as `files`, without what is in them",
    "campaign_address": "public; who entered it stands in the timeline of the idea",
    "campaign_observation": "what the platform has told, entered for the idea and not about anybody",
    "challenge": "random, for a few minutes",
    "default_view": "which of the saved views is shown first",
    "draft_link": "digests that open a draft, which is told",
    "erasure": "remembers who was erased, and they have no account",
    "kept_form": "sealed: only the browser that sent it has the key, for two hours",
    "mailbox_message": "a copy of what they have in their own mailbox",
    "place": "which ideas of others a coach has now: what is theirs to read is in those",
    "sign_in": "digests, for ten minutes",
}
"""Tables that refer to people and are in no file of their data, and why. A test asks for each new table."""

OF_SECRET_MAILS = (
    *("secret_kind", "email", "address_hash", "network_hash"),
    *("to_unproved", "subject_id", "language", "expires_at"),
)
"""Columns that are empty in any other mail."""

IN_A_CHANGE = (PersonChange.account_id, PersonChange.by_id, PersonChange.decided_by_id)
"""Whom it is about, who did it, and who agreed to it."""

Row = TypeVar("Row", bound=SQLModel)


@dataclass(frozen=True)
class OwnIdea:
    """An idea with what belongs to it, but for what coaches and leads have noted for themselves."""

    idea: Idea
    standing: StandingRow
    timeline: Sequence[TimelineEntry]
    notes: Sequence[Note]
    tasks: Sequence[Task]
    packages: Sequence[CampaignPackage]
    documents: Sequence[Document]
    story: PublishedStory | None
    opening: Opening | None

    @property
    def slug(self) -> str:
        """Where everybody reads its story; empty where nobody does."""
        return self.story.slug if self.story is not None and self.story.taken_down_at is None else ""


@dataclass(frozen=True)
class OwnData:
    """Everything that is kept of one person."""

    account: Account
    ideas: Sequence[OwnIdea]
    drafts: Sequence[Draft]
    written: Sequence[Note]
    """What they have written on ideas of others."""
    files: Sequence[FileLine]
    """Those that they have sent. What is in them is on the pages of the ideas, to be saved."""
    pictures: Sequence[Picture]
    """Of stories, those that they have sent."""
    logged: Sequence[SessionLogRow]
    """The sessions that they have noted as a coach."""
    calendar: CalendarAddress | None
    profile: CoachProfile | None
    offers: Sequence[Offer]
    settings: NoticeSettings | None
    notices: Sequence[NoticeRow]
    mails: Sequence[MailRow]
    """But for secret mails: what became of one would tell who else is known at its address, or was written to."""
    sessions: Sequence[SessionRow]
    tokens: Sequence[AccessToken]
    passkeys: Sequence[Passkey]
    app: Authenticator | None
    codes: Sequence[RecoveryCode]
    feedback: Sequence[Feedback]
    contributions: Sequence[Contribution]
    """To stories, from their address."""
    reports: Sequence[ContributionReport]
    addresses: Sequence[AddressChange]
    teams: Sequence[StandingRow]
    """The ideas of others in whose team they are."""
    invitations: Sequence[Invitation]
    """Those that they have written, and those to their address."""
    asked_over: Sequence[OwnerRequest]
    """Whom they asked to take an idea over, and where they were asked."""
    changes: Sequence[PersonChange]
    """What was changed of them among the staff, and what they changed of others or agreed to."""
    asked_to_work: Sequence[StaffInvitation]
    """Whom they asked to work here, and where they were asked."""
    views: Sequence[SavedView]
    runs: Sequence[BulkRun]
    """Steps for many ideas that they have prepared."""
    imports: Sequence[ImportRun]
    """Files that they have sent: when, and what became of the rows. Files go after a day."""
    audit: Sequence[AuditEntry]
    """What they did, as the audit log keeps it."""
    erasure: ErasureRequest | None
    """Their wish to be erased, as long as it is open."""


async def gather_own_data(session: AsyncSession, account: Account) -> OwnData:
    """All of it, read now."""

    async def read(table: type[Row], *which: Any) -> Sequence[Row]:
        return (await session.exec(select(table).where(*which))).all()

    mine = account.id
    standings = {row.idea_id: row for row in await read(StandingRow, StandingRow.owner_id == mine, is_idea())}
    ids = col(Idea.id).in_(standings)
    ideas = sorted(await read(Idea, ids), key=lambda idea: (idea.created_at, idea.id))
    # What others wrote for a step that was never taken has told nobody anything.
    was_said = col(Note.id).in_(select(TimelineEntry.note_id).where(col(TimelineEntry.idea_id).in_(standings)))
    shown = or_(and_(col(Note.internal).is_(False), was_said), col(Note.author_id) == mine)
    notes = await read(Note, col(Note.idea_id).in_(standings), shown)
    tasks = await read(Task, col(Task.idea_id).in_(standings), col(Task.internal).is_(False))
    told = select(TimelineEntry).outerjoin(Note, col(Note.id) == col(TimelineEntry.note_id))
    told = told.where(col(TimelineEntry.case_id).in_(standings), is_for_all())
    timeline = (await session.exec(told)).all()
    packages = await read(CampaignPackage, col(CampaignPackage.idea_id).in_(standings))
    documents = await read(Document, col(Document.idea_id).in_(standings))
    stories = {one.idea_id: one for one in await read(PublishedStory, col(PublishedStory.idea_id).in_(standings))}
    openings = {one.idea_id: one for one in await read(Opening, col(Opening.idea_id).in_(standings))}
    return OwnData(
        account=account,
        ideas=[
            OwnIdea(
                idea,
                standings[idea.id],
                sorted(_of(timeline, idea), key=lambda entry: entry.version),
                sorted(_of(notes, idea), key=lambda note: (note.created_at, note.id)),
                sorted(_of(tasks, idea), key=lambda task: (task.created_at, task.id)),
                sorted(_of(packages, idea), key=lambda package: package.attempt),
                sorted(_of(documents, idea), key=lambda document: (document.kind, document.version)),
                stories.get(idea.id),
                openings.get(idea.id),
            )
            for idea in ideas
        ],
        drafts=await read(Draft, or_(col(Draft.account_id) == mine, col(Draft.email) == account.email)),
        written=await read(Note, Note.author_id == mine, ~col(Note.idea_id).in_(standings)),
        files=await list_sent_files(session, mine),
        pictures=await read(Picture, Picture.uploaded_by == mine),
        logged=await read(SessionLogRow, SessionLogRow.coach_id == mine),
        calendar=await session.get(CalendarAddress, mine),
        profile=await session.get(CoachProfile, mine),
        offers=await read(Offer, Offer.coach_id == mine),
        settings=await session.get(NoticeSettings, mine),
        notices=await read(NoticeRow, NoticeRow.account_id == mine),
        mails=await read(
            MailRow,
            col(MailRow.secret_kind).is_(None),
            or_(col(MailRow.account_id) == mine, col(MailRow.recipient_id) == mine),
        ),
        sessions=await read(SessionRow, SessionRow.account_id == mine),
        passkeys=await read(Passkey, Passkey.account_id == mine),
        app=await session.get(Authenticator, mine),
        codes=await read(RecoveryCode, RecoveryCode.account_id == mine),
        tokens=await read(AccessToken, AccessToken.account_id == mine),
        feedback=await read(Feedback, or_(col(Feedback.author_id) == mine, col(Feedback.email) == account.email)),
        contributions=await read(Contribution, Contribution.email == account.email),
        reports=await read(ContributionReport, ContributionReport.email == account.email),
        addresses=await read(AddressChange, AddressChange.account_id == mine),
        teams=await read(StandingRow, is_in_team(mine)),
        invitations=await read(
            Invitation, or_(col(Invitation.inviter_id) == mine, col(Invitation.email) == account.email)
        ),
        asked_over=await read(
            OwnerRequest, or_(col(OwnerRequest.account_id) == mine, col(OwnerRequest.asked_by) == mine)
        ),
        changes=await read(PersonChange, or_(*(col(who) == mine for who in IN_A_CHANGE))),
        asked_to_work=await read(
            StaffInvitation, or_(col(StaffInvitation.inviter_id) == mine, col(StaffInvitation.email) == account.email)
        ),
        views=await read(SavedView, SavedView.owner_id == mine),
        runs=await read(BulkRun, BulkRun.created_by == mine),
        imports=await read(ImportRun, ImportRun.created_by == mine),
        audit=await read(AuditEntry, AuditEntry.account_id == mine),
        erasure=await find_erasure_request(session, mine),
    )


def write_json(data: OwnData) -> dict[str, Any]:
    """All of it for a machine, instants in UTC. Digests of secrets are nobody's data and stay out."""
    return {
        "account": plain(data.account),
        "ideas": [
            {
                **plain(own.idea),
                "standing": plain(own.standing, "idea_id", "snapshot"),
                "timeline": [
                    plain(entry, "idea_id", "snapshot", "fingerprint", "command_id") for entry in own.timeline
                ],
                "notes": [plain(note, "idea_id") for note in own.notes],
                "tasks": [plain(task, "idea_id") for task in own.tasks],
                "crowdfunding": [plain(package, "idea_id", "digest") for package in own.packages],
                "documents": [plain(document, "idea_id", "written_by", "digest") for document in own.documents],
                "story": plain(own.story, "idea_id", "digest") if own.story else None,
                "opening": plain(own.opening, "idea_id") if own.opening else None,
            }
            for own in data.ideas
        ],
        "drafts": [plain(draft, "browsers") for draft in data.drafts],
        "notes_on_other_ideas": [plain(note) for note in data.written],
        "files": [file.model_dump(mode="json") for file in data.files],
        "pictures": [_plain_picture(row) for row in data.pictures],
        "session_log": [plain(row) for row in data.logged],
        "calendar_address": plain(data.calendar, "hash") if data.calendar else None,
        "coach_profile": plain(data.profile) if data.profile else None,
        "offers": [plain(offer) for offer in data.offers],
        "notice_settings": plain(data.settings) if data.settings else None,
        "notices": [plain(notice) for notice in data.notices],
        "mails": [plain(mail, *OF_SECRET_MAILS) for mail in data.mails],
        "sessions": [plain(row, "hash") for row in data.sessions],
        "passkeys": [plain(one, "credential_id", "public_key") for one in data.passkeys],
        "authenticator": plain(data.app, "secret", "offered", "last_step") if data.app else None,
        "recovery_codes": [plain(code, "hash") for code in data.codes],
        "access_tokens": [plain(token, "hash") for token in data.tokens],
        "feedback": [plain(message) for message in data.feedback],
        "contributions": [plain(one, "hash") for one in data.contributions],
        "reports": [plain(one, "decided_by") for one in data.reports],
        "address_changes": [plain(wanted, "hash") for wanted in data.addresses],
        "teams": [{"idea_id": row.idea_id, "share": row.team[data.account.id]} for row in data.teams],
        "invitations": [plain(asked, "hashes") for asked in data.invitations],
        "owner_requests": [plain(asked) for asked in data.asked_over],
        "staff_changes": [plain(change) for change in data.changes],
        "staff_invitations": [plain(asked, "hashes") for asked in data.asked_to_work],
        "saved_views": [plain(view) for view in data.views],
        "bulk_runs": [plain(run) for run in data.runs],
        "imports": [plain(run, "content", "report") for run in data.imports],
        "audit_log": [plain(entry, "network_hash") for entry in data.audit],
        "erasure_request": plain(data.erasure) if data.erasure else None,
    }


def plain(row: SQLModel, *without: str) -> dict[str, Any]:
    content = row.model_dump(mode="json", exclude=set(without))
    return {name: content[name] for name in type(row).model_fields if name in content}


def _plain_picture(row: Picture) -> dict[str, Any]:
    """With the large one, as a browser shows it once it is pasted into its line."""
    return plain(row, "small", "large") | {"content": f"data:{row.media_type};base64,{b64encode(row.large).decode()}"}


def _of(rows: Sequence[Any], idea: Idea) -> list[Any]:
    return [row for row in rows if row.idea_id == idea.id]


# -- correct -----------------------------------------------------------------------------------------------------


async def correct_account(services: Services, account_id: str, name: str, language: str) -> None:
    """Both are checked by the caller."""
    async with services.database.transaction() as session:
        account = await session.get_one(Account, account_id, with_for_update=True)
        account.name, account.language = name, language


# -- be erased ---------------------------------------------------------------------------------------------------


async def find_erasure_request(session: AsyncSession, account_id: str) -> ErasureRequest | None:
    wish = select(ErasureRequest).where(
        ErasureRequest.account_id == account_id, col(ErasureRequest.withdrawn_at).is_(None)
    )
    return (await session.exec(wish)).one_or_none()


async def ask_for_erasure(services: Services, account: Account) -> date:
    """Note the wish and tell the leads; returns the day by which it is done. Asked twice, it is one."""
    row = ErasureRequest(account_id=account.id, due_on=services.today() + timedelta(days=ANSWERED_WITHIN_DAYS))
    async with services.database.transaction() as session:
        kept = insert(ErasureRequest).values(row.model_dump()).on_conflict_do_nothing()
        if (await session.exec(kept.returning(col(ErasureRequest.id)))).first() is None:
            open_one = await find_erasure_request(session, account.id)
            return open_one.due_on if open_one is not None else row.due_on
        kind, key = NoticeKind.ERASURE_ASKED, f"erasure-{row.id}"
        leads = await find_recipients(session, Notice(kind=kind, to=Role.LEAD), account.office or "")
        rows = [notice_values(None, key, lead, kind) for lead in leads]
        if rows:
            await session.exec(insert(NoticeRow).values(rows).on_conflict_do_nothing())
    with suppress(EngineAway):
        await dispatch_notices(services.database, services.engine, None)
    return row.due_on


async def withdraw_erasure(services: Services, account_id: str) -> None:
    async with services.database.transaction() as session:
        wish = await find_erasure_request(session, account_id)
        if wish is not None:
            wish.withdrawn_at = utc_now()
            session.add(wish)
