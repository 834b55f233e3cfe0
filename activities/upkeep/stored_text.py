"""Free text, wherever it is kept: what is looked through for a name or an address, and what may be emptied.

Every text column is here as words, or as something else with its reason; a test asks for each new one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.tables import (
    AccessToken,
    Attachment,
    BulkItem,
    BulkRun,
    CampaignPackage,
    CoachProfile,
    Contribution,
    ContributionReport,
    Document,
    Draft,
    Feedback,
    Idea,
    MailboxMessage,
    Note,
    Opening,
    Passkey,
    PublishedStory,
    SavedView,
    SessionLogRow,
    StaffInvitation,
    Task,
)


@dataclass(frozen=True)
class Words:
    """A table with words of people. A place in it is told as `name:KEY`, with the idea that it belongs to."""

    name: str
    table: Any
    key: str
    texts: tuple[str, ...] = ()
    packed: tuple[str, ...] = ()
    """JSON with words in it."""
    idea: str | None = None
    """The column with the idea; None where the words belong to none."""
    emptied: bool = False
    """The whole text may go; elsewhere a name is taken out of it."""


WORDS: tuple[Words, ...] = (
    Words(
        "idea",
        Idea,
        "id",
        ("title", "summary", "problem", "solution", "target_group", "organisation"),
        idea="id",
    ),
    Words("story", PublishedStory, "idea_id", ("name", "reason"), idea="idea_id"),
    Words("note", Note, "id", ("body",), idea="idea_id", emptied=True),
    Words("file", Attachment, "id", ("name",), idea="idea_id"),
    Words("document", Document, "id", packed=("words", "parts"), idea="idea_id"),
    Words("opening", Opening, "idea_id", ("title", "teaser", "seeks", "reason"), idea="idea_id", emptied=True),
    Words("task", Task, "id", ("title",), idea="idea_id", emptied=True),
    Words("session", SessionLogRow, "id", ("note",), idea="idea_id", emptied=True),
    Words("package", CampaignPackage, "idea_id", packed=("content",), idea="idea_id"),
    Words("draft", Draft, "id", ("name",), ("words",)),
    Words("bulk", BulkRun, "id", ("reason",), emptied=True),
    Words("bulk-item", BulkItem, "run_id", ("note",), idea="idea_id"),
    Words("feedback", Feedback, "id", ("body",), emptied=True),
    Words("contribution", Contribution, "id", ("body", "name"), idea="idea_id", emptied=True),
    Words("report", ContributionReport, "id", ("body", "said"), emptied=True),
    Words("profile", CoachProfile, "account_id", ("about",), emptied=True),
    Words("invitation", StaffInvitation, "id", ("name", "greeting")),
    Words("view", SavedView, "id", ("name",)),
    Words("mail", MailboxMessage, "id", ("subject", "body", "html"), emptied=True),
    Words("token", AccessToken, "id", ("name",)),
    Words("passkey", Passkey, "id", ("name",)),
)

NO_WORDS: Mapping[str, Mapping[str, str]] = {
    "codes, states, keys of the configuration": {
        "access_token": "scopes",
        "account": "language roles office",
        "attachment": "of_kind media_type",
        "audit_entry": "event outcome",
        "bulk_item": "status event code field",
        "bulk_run": "action",
        "campaign_image": "media_type",
        "campaign_observation": "status provenance raw_status currency",
        "coach_profile": "districts themes languages",
        "contribution": "sort language told",
        "contribution_report": "reason language",
        "document": "kind",
        "draft": "language",
        "drift": "kind",
        "engine_trouble": "activity cause",
        "feedback": "kind language",
        "idea": "district themes language office reference",
        "invitation": "share language",
        "mail": "state cause channel secret_kind language",
        "note": "event",
        "notice": "kind",
        "notice_settings": "turn news talk lead digest",
        "offer": "status reasons decline_reason",
        "opening": "district",
        "passkey": "transports",
        "person_change": "kind status",
        "picture": "media_type",
        "published_story": "district licence themes effort taken_down_by",
        "rulebook": "kind content",
        "saved_view": "reach office filters",
        "session": "method second",
        "session_log": "kind",
        "staff_invitation": "role office language",
        "standing": "kind stage state outcome office partner holder_role holder_why",
        "state_pace": "stage state",
        "task": "assignee",
        "timeline_entry": "kind event actor_role from_stage from_state stage state holder_role",
    },
    "ids, counts and codes": {
        "audit_entry": "facts",
        "bulk_run": "fields",
        "command_try": "command_id workflow_id",
        "document": "written_by",
        "draft": "alike taken_in written_by",
        "drift": "subject",
        "drift_run": "found",
        "engine_trouble": "workflow_id",
        "erasure": "counts places",
        "idea": "changes taken_in",
        "notice": "key",
        "person_change": "facts",
        "retention_run": "counts places",
        "standing": "team snapshot rulebook_digest",
        "timeline_entry": "facts snapshot command_id fingerprint",
    },
    "digests and secrets": {
        "access_token": "hash",
        "account": "oidc_issuer oidc_subject",
        "address_change": "hash",
        "attachment": "digest",
        "audit_entry": "network_hash",
        "authenticator": "secret offered",
        "calendar_address": "hash",
        "campaign_package": "digest",
        "challenge": "browser_hash",
        "contribution": "hash",
        "document": "digest",
        "kept_form": "hash",
        "draft": "browsers",
        "draft_link": "hash",
        "erasure": "fingerprint",
        "gone_story": "digest",
        "invitation": "hashes",
        "mail": "address_hash network_hash",
        "rate_count": "key",
        "recovery_code": "hash",
        "published_story": "digest",
        "rulebook": "digest",
        "session": "hash",
        "set_up_link": "hash",
        "sign_in": "browser_hash link_hash code_hash",
        "staff_invitation": "hashes",
    },
    "an address or a name that is its own, and goes with its person": {
        "account": "email name phone reach post",
        "address_change": "email",
        "contribution": "email",
        "contribution_report": "email",
        "draft": "email",
        "draft_link": "email",
        "feedback": "email",
        "invitation": "email",
        "mail": "email",
        "mailbox_message": "recipient",
        "staff_invitation": "email",
    },
    "an address of a page or a platform": {
        "campaign_address": "platform campaign_key url",
        "feedback": "page",
        "published_story": "slug",
        "sign_in": "next_path",
    },
    "where an import comes from": {
        "draft": "source source_ref",
        "idea": "source source_ref",
        "import_run": "file_name source choices counts",
    },
    "computed by the database from the words beside it, whenever they change": {
        "account": "folded_name folded_email",
        "document": "folded",
        "idea": "folded_title folded",
        "note": "folded",
        "opening": "folded",
        "saved_view": "folded_name",
        "staff_invitation": "folded_name",
    },
    "files made from the words, which go when a name stands in those": {"mailbox_message": "attachments"},
}
"""What else stands in text columns: reason → table → columns."""
