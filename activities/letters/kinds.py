"""The kinds of letters there are."""

from collections.abc import Mapping

from activities.letters import confirm_draft, handed_in, new_address, own_drafts, resume_draft, sign_in, staff, team
from activities.letters.parts import LetterSpec
from models.vocabulary import LetterKind

KINDS: Mapping[str, LetterSpec] = {
    LetterKind.SIGN_IN: sign_in.SPEC,
    LetterKind.SIGN_IN_ELSEWHERE: sign_in.ELSEWHERE,
    LetterKind.RESUME_DRAFT: resume_draft.SPEC,
    LetterKind.DRAFT_ENDS: resume_draft.ENDS,
    LetterKind.OWN_DRAFTS_END: own_drafts.SPEC,
    LetterKind.CONFIRM_DRAFT: confirm_draft.SPEC,
    LetterKind.IMPORTED: resume_draft.IMPORTED,
    LetterKind.HANDED_IN: handed_in.SPEC,
    LetterKind.NEW_ADDRESS: new_address.SPEC,
    LetterKind.ADDRESS_CHANGED: new_address.CHANGED,
    LetterKind.TEAM_INVITATION: team.SPEC,
    LetterKind.TEAM_REMINDER: team.REMINDER,
    LetterKind.STAFF_INVITATION: staff.SPEC,
}
