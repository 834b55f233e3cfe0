"""The kinds of secret mails there are."""

from collections.abc import Mapping

from activities.secret_mails import (
    confirm_draft,
    contribution,
    handed_in,
    new_address,
    own_drafts,
    resume_draft,
    sign_in,
    staff,
    team,
)
from activities.secret_mails.spec import SecretMailSpec
from models.vocabulary import SecretMailKind

KINDS: Mapping[str, SecretMailSpec] = {
    SecretMailKind.SIGN_IN: sign_in.SPEC,
    SecretMailKind.SIGN_IN_ELSEWHERE: sign_in.ELSEWHERE,
    SecretMailKind.RESUME_DRAFT: resume_draft.SPEC,
    SecretMailKind.DRAFT_ENDS: resume_draft.ENDS,
    SecretMailKind.OWN_DRAFTS_END: own_drafts.SPEC,
    SecretMailKind.CONFIRM_DRAFT: confirm_draft.SPEC,
    SecretMailKind.IMPORTED: resume_draft.IMPORTED,
    SecretMailKind.HANDED_IN: handed_in.SPEC,
    SecretMailKind.NEW_ADDRESS: new_address.SPEC,
    SecretMailKind.ADDRESS_CHANGED: new_address.CHANGED,
    SecretMailKind.TEAM_INVITATION: team.SPEC,
    SecretMailKind.TEAM_REMINDER: team.REMINDER,
    SecretMailKind.STAFF_INVITATION: staff.SPEC,
    SecretMailKind.CONFIRM_CONTRIBUTION: contribution.CONFIRM,
    SecretMailKind.CONTRIBUTION_NEWS: contribution.NEWS,
    SecretMailKind.CONTRIBUTION_CONTACT: contribution.CONTACT,
    SecretMailKind.REPORT_DECIDED: contribution.DECISION,
}
