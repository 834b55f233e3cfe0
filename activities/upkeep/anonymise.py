"""Taking words, addresses and names out of the tables. Paths can still be counted, and nobody is found in them."""

import re
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, Delete, Update, and_, delete, or_, update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from activities.credentials import Moment, end_proofs
from activities.published_stories import close_addresses
from activities.upkeep.contributions import forget_address, forget_contributions
from activities.upkeep.redaction import PLACEHOLDER, find_places, replace, replace_in_handed, replace_name, seek
from activities.upkeep.stored_text import WORDS
from models.i18n import texts_in
from models.lifecycles.events import PLAN
from models.messages.upkeep import ErasureCounts, Place
from models.rules.plans import replace_titles
from models.tables import (
    AccessToken,
    Account,
    Attachment,
    BulkRun,
    CampaignAddressRow,
    CampaignImage,
    CampaignPackage,
    CoachProfile,
    Contribution,
    DefaultView,
    Document,
    Draft,
    Feedback,
    Idea,
    ImportRun,
    Invitation,
    MailboxMessage,
    MailRow,
    Note,
    NoticeRow,
    NoticeSettings,
    Opening,
    OwnerRequest,
    Picture,
    SavedView,
    SessionLogRow,
    StandingRow,
    Task,
    TimelineEntry,
    is_idea,
)
from models.tables.columns import utc_now
from models.vocabulary import MailState

TREATMENT: dict[str, str] = {
    "access_token": "deleted",
    "account": "emptied; stays as an id without a name",
    "address_change": "deleted",
    "attachment": "deleted where they sent it, or it belongs to their ideas",
    "audit_entry": "kept for its own time: ids, codes, counts; the id names nobody any more",
    "authenticator": "deleted",
    "bulk_item": "kept: ids, codes, dates; its words go when the run has ended",
    "bulk_run": "deleted where it is theirs and was not carried out; its words go when it has ended",
    "calendar_address": "deleted",
    "campaign_address": "deleted with the words of the idea",
    "campaign_image": "deleted with the words of the idea",
    "campaign_observation": "kept: the platform's own words, amounts, dates",
    "campaign_package": "deleted with the words of the idea",
    "challenge": "deleted",
    "coach_profile": "deleted; whoever is away has no cover by them any more",
    "command_try": "kept for a month: ids of commands, counts, dates",
    "contribution": "emptied where their address stands there, or with the words of the idea",
    "contribution_report": "emptied where their address stands there; deleted with its contribution",
    "default_view": "deleted",
    "document": "deleted with the words of the idea",
    "draft": "deleted where it is theirs, or names their address",
    "draft_link": "deleted with the draft",
    "drift": "kept: ids and versions",
    "drift_run": "kept: counts",
    "engine_trouble": "kept: ids and names of activities, for as long as it lasts",
    "erasure": "kept: it names nobody",
    "erasure_request": "kept: dates; the erasure is its end",
    "feedback": "deleted where it is theirs, or names their address",
    "gone_story": "kept: digests of addresses, and since when",
    "idea": "emptied; drafts are deleted",
    "import_run": "deleted where it is theirs",
    "invitation": "deleted where it is to them, or into the team of their ideas",
    "kept_form": "deleted where it is known to be theirs; nobody here can read it, and it goes within a day",
    "mail": "deleted where it is to them",
    "mailbox_message": "deleted where it is to them, or tells of their ideas",
    "note": "deleted where they wrote it, or it belongs to their ideas",
    "notice": "deleted where it is to them",
    "notice_settings": "deleted; whoever has them as a deputy has none",
    "offer": "kept: states, dates, ids",
    "opening": "deleted with the words of the idea, and with the end of its path",
    "owner_request": "deleted where it is to them, or about their ideas; who asked is nobody any more",
    "passkey": "deleted",
    "person_change": "kept: roles, offices, dates, ids",
    "picture": "deleted with the words of the idea; whoever sent one for the idea of others is nobody any more",
    "place": "given back when their cases end",
    "published_story": "deleted with the words of the idea",
    "rate_count": "kept for its window: counts under keyed digests",
    "recovery_code": "deleted",
    "reference_year": "kept: counts",
    "retention_run": "kept: counts",
    "rulebook": "kept: limits and days",
    "saved_view": "deleted where it is theirs",
    "session": "deleted",
    "session_log": "without words where they wrote it, or it belongs to their ideas; day, kind and minutes are kept",
    "set_up_link": "kept: dates",
    "sign_in": "deleted",
    "staff_invitation": "deleted where it is to them",
    "standing": "kept: states, dates, ids; they leave the teams of open ideas",
    "state_pace": "kept: counts",
    "task": "deleted where it belongs to their ideas; without words where they wrote it",
    "timeline_entry": "kept: states, dates, ids",
}
"""Every table, and what an erasure does with its rows. A test asks for each new table."""


async def forget_words(session: AsyncSession, idea_ids: Collection[str], counts: ErasureCounts) -> None:
    """Empty ideas of everything that anybody wrote for them. Steps, dates, district and themes stay."""
    counts.mails += await change(session, delete(MailboxMessage).where(col(MailboxMessage.id).in_(_mails_of(idea_ids))))
    for table, name in (
        (Note, "notes"),
        (Task, "tasks"),
        (CampaignPackage, "packages"),
        (CampaignImage, "images"),
        (Picture, "images"),
        (Attachment, "files"),
        (CampaignAddressRow, "addresses"),
    ):
        belongs: Any = col(table.idea_id).in_(idea_ids)
        setattr(counts, name, getattr(counts, name) + await change(session, delete(table).where(belongs)))
    for asked in (Invitation, OwnerRequest, Opening):
        await session.exec(delete(asked).where(col(asked.idea_id).in_(idea_ids)))
    await close_addresses(session, idea_ids)
    await session.exec(delete(Document).where(col(Document.idea_id).in_(idea_ids)))
    counts.notes += await forget_contributions(session, col(Contribution.idea_id).in_(idea_ids))
    logged = (col(SessionLogRow.idea_id).in_(idea_ids), col(SessionLogRow.note) != "")
    counts.notes += await change(session, update(SessionLogRow).where(*logged).values(note=""))
    languages = (await session.exec(select(Idea.language).where(col(Idea.id).in_(idea_ids)).distinct())).all()
    for language in languages:
        emptied = dict.fromkeys(("summary", "problem", "solution", "target_group", "organisation"), "")
        words = {"title": texts_in(language)("erased.title"), **emptied, "source": None, "source_ref": None}
        those = update(Idea).where(col(Idea.id).in_(idea_ids), col(Idea.language) == language)
        counts.ideas += await change(session, those.values(**words, changes=[], erased_at=utc_now()))


async def delete_unbegun(session: AsyncSession, which: ColumnElement[bool]) -> None:
    """Delete ideas whose path has never begun, and with them what is left of their drafts."""
    shown = select(StandingRow.case_id).where(col(StandingRow.case_id) == col(Idea.id))
    await session.exec(delete(Idea).where(which, ~shown.exists()))


async def lock_subject(session: AsyncSession, account_id: str) -> Account:
    """Take an account and its ideas in hand: until the end, nobody writes a mail from them."""
    account = await session.get_one(Account, account_id, with_for_update={"key_share": True})
    theirs = select(Idea.id).where(Idea.owner_id == account_id).order_by(col(Idea.id))
    await session.exec(theirs.with_for_update(key_share=True))
    return account


async def hold_mails(session: AsyncSession, account_id: str) -> bool:
    """Keep back what is to be sent to somebody, or tells of their ideas, so that no mail is written from words that go.

    It is written anew afterwards. False where a mail is with a server at this moment: its copy is still to come.
    """
    theirs = select(Idea.id).where(Idea.owner_id == account_id)
    own = or_(col(MailRow.account_id) == account_id, col(MailRow.recipient_id) == account_id)
    told = col(MailRow.id).in_(_mails_of(theirs))
    under_way = col(MailRow.state).in_((MailState.WAITING, MailState.HANDING_OVER))
    mails = (await session.exec(select(MailRow).where(under_way, or_(own, told)).with_for_update())).all()
    for mail in mails:
        if mail.state == MailState.WAITING:
            # Whoever is writing it finds that another attempt has taken it up.
            mail.attempts += 1
    return all(mail.state == MailState.WAITING for mail in mails)


async def delete_mails_to(session: AsyncSession, account_id: str) -> int:
    """What was sent to somebody, or to their deputy on their behalf."""
    own = select(MailRow.id).where(or_(col(MailRow.account_id) == account_id, col(MailRow.recipient_id) == account_id))
    boxed = or_(col(MailboxMessage.account_id) == account_id, col(MailboxMessage.id).in_(own))
    count = await change(session, delete(MailboxMessage).where(boxed))
    await session.exec(delete(MailRow).where(col(MailRow.id).in_(own)))
    return count


async def erase_rows(session: AsyncSession, account: Account) -> ErasureCounts:
    """Take one person out of every table. Their open cases have ended before. The caller commits, or rolls back."""
    counts = ErasureCounts()
    owned = select(StandingRow.case_id).where(StandingRow.owner_id == account.id, is_idea())
    counts.mails += await delete_mails_to(session, account.id)
    await forget_words(session, (await session.exec(owned)).all(), counts)
    told = or_(col(Feedback.author_id) == account.id, col(Feedback.email) == account.email)
    counts.notes += await change(session, delete(Feedback).where(told))
    counts.notes += await forget_address(session, account.email)
    quoting = delete(MailboxMessage).where(col(MailboxMessage.id).in_(_quoting(account.id)))
    counts.mails += await change(session, quoting)
    begun = or_(col(Draft.account_id) == account.id, col(Draft.email) == account.email)
    counts.drafts += await change(session, delete(Draft).where(begun))
    await delete_unbegun(session, col(Idea.owner_id) == account.id)
    counts.notes += await change(session, delete(Note).where(col(Note.author_id) == account.id))
    counts.files += await change(session, delete(Attachment).where(col(Attachment.uploaded_by) == account.id))
    await session.exec(update(Picture).where(col(Picture.uploaded_by) == account.id).values(uploaded_by=None))
    logged = (col(SessionLogRow.coach_id) == account.id, col(SessionLogRow.note) != "")
    counts.notes += await change(session, update(SessionLogRow).where(*logged).values(note=""))
    counts.tasks += await _empty_tasks_of(session, account.id)
    counts.mentions += await _take_out_address(session, account.email)
    counts.notices += await change(session, delete(NoticeRow).where(col(NoticeRow.account_id) == account.id))
    counts.tokens += await _lock_out(session, account)
    await session.exec(update(Invitation).where(col(Invitation.inviter_id) == account.id).values(inviter_id=None))
    await session.exec(delete(OwnerRequest).where(col(OwnerRequest.account_id) == account.id))
    await session.exec(update(OwnerRequest).where(col(OwnerRequest.asked_by) == account.id).values(asked_by=None))
    await _leave_settings(session, account.id)
    await empty_account(session, account)
    return counts


async def empty_account(session: AsyncSession, account: Account) -> None:
    """From now on the row names nobody, and its address is free."""
    account.email = f"{account.id}@erased.invalid"
    account.name = account.phone = account.reach = account.post = ""
    account.roles = []
    account.office = None
    account.demo = False
    account.erased_at = utc_now()
    session.add(account)
    await session.flush()


async def erase_person(
    session: AsyncSession, account: Account, *, replace_names: bool = False
) -> tuple[ErasureCounts, list[Place]]:
    """The same, and where others still name them. `replace_names`: their full name becomes "…" there, too."""
    sought = await seek(session, account)
    counts = await erase_rows(session, account)
    counts.mentions += await replace_in_handed(session, sought)
    if replace_names:
        counts.mentions += await replace_name(session, sought)
    return counts, await find_places(session, sought)


async def change(session: AsyncSession, statement: Delete | Update) -> int:
    """Carry out a change of rows; returns how many there were."""
    done: Any = await session.exec(statement)
    return int(done.rowcount)


def _mails_of(idea_ids: Any) -> Any:
    """Mails that tell of ideas: they carry the title."""
    return select(NoticeRow.mail_id).where(col(NoticeRow.idea_id).in_(idea_ids), col(NoticeRow.mail_id).is_not(None))


def _quoting(account_id: str) -> Any:
    """Mails that tell of a step with which somebody wrote something: they may quote it."""
    of_step = and_(
        col(TimelineEntry.case_id) == col(NoticeRow.idea_id), col(TimelineEntry.version) == col(NoticeRow.version)
    )
    told = select(NoticeRow.mail_id).join(TimelineEntry, of_step).where(col(NoticeRow.mail_id).is_not(None))
    return told.where(TimelineEntry.actor_id == account_id, col(TimelineEntry.note_id).is_not(None))


async def _leave_settings(session: AsyncSession, account_id: str) -> None:
    nobody = {"deputy_id": None, "deputy_from": None, "deputy_until": None}
    await session.exec(delete(NoticeSettings).where(col(NoticeSettings.account_id) == account_id))
    await session.exec(delete(DefaultView).where(col(DefaultView.account_id) == account_id))
    await session.exec(delete(SavedView).where(col(SavedView.owner_id) == account_id))
    never = (col(BulkRun.created_by) == account_id, col(BulkRun.started_at).is_(None))
    await session.exec(delete(BulkRun).where(*never))
    await session.exec(delete(ImportRun).where(col(ImportRun.created_by) == account_id))
    await session.exec(update(NoticeSettings).where(col(NoticeSettings.deputy_id) == account_id).values(**nobody))
    for asked in (CoachProfile.cover_id, CoachProfile.successor_id):
        await session.exec(update(CoachProfile).where(col(asked) == account_id).values({col(asked): None}))
    await session.exec(delete(CoachProfile).where(col(CoachProfile.account_id) == account_id))
    await session.exec(update(Document).where(col(Document.author_id) == account_id).values(author_id=None))
    mine = col(CampaignPackage.updated_by) == account_id
    await session.exec(update(CampaignPackage).where(mine).values(updated_by=None))
    await session.exec(
        update(CampaignAddressRow).where(col(CampaignAddressRow.created_by) == account_id).values(created_by=None)
    )


async def _lock_out(session: AsyncSession, account: Account) -> int:
    """Nothing proves them any more, and no mail that would is sent; returns how many tokens they had."""
    await session.exec(delete(MailRow).where(col(MailRow.email) == account.email))
    await session.exec(delete(MailboxMessage).where(col(MailboxMessage.recipient) == account.email))
    ended = await end_proofs(session, Moment.ERASED, account.id)
    return ended[str(AccessToken.__tablename__)]


async def _empty_tasks_of(session: AsyncSession, account_id: str) -> int:
    """Tasks that they wrote for others lose their words and stay as tasks, also in the plans of those who kept them."""
    plans = select(TimelineEntry.facts["added"].astext, TimelineEntry.idea_id).where(TimelineEntry.event == PLAN)
    found = (await session.exec(plans.where(TimelineEntry.actor_id == account_id))).all()
    ids = {one for added, _ in found for one in (added or "").split()}
    if not ids:
        return 0
    kept = select(Note, TimelineEntry.facts["tasks"].astext).join(TimelineEntry, col(TimelineEntry.note_id) == Note.id)
    kept = kept.where(TimelineEntry.event == PLAN, col(Note.idea_id).in_({idea_id for _, idea_id in found}))
    for note, tasks in (await session.exec(kept)).all():
        note.body = replace_titles(note.body, dict.fromkeys(ids, PLACEHOLDER), tasks.split())
    return await change(session, update(Task).where(col(Task.id).in_(ids)).values(title=PLACEHOLDER))


async def _take_out_address(session: AsyncSession, address: str) -> int:
    """Take an address out of what others wrote; returns in how many texts it stood."""
    return sum([await replace(session, words, re.escape(address)) for words in WORDS])
