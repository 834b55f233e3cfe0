"""The words everything else is built from. Imports nothing of the project."""

from enum import StrEnum


class Stage(StrEnum):
    """The five phases of the path, in their order."""

    IDENTIFY = "identify"
    DEVELOP = "develop"
    SUPPORT = "support"
    ACCOMPANY = "accompany"
    MAKE_VISIBLE = "make_visible"

    @property
    def position(self) -> int:
        """0 for the first phase, 4 for the last."""
        return POSITIONS[self]


POSITIONS = {stage: position for position, stage in enumerate(Stage)}
"""Kept, since lists ask for it many times a row."""


class Role(StrEnum):
    """Who acts, or who is on turn."""

    INNOVATOR = "innovator"
    COACH = "coach"
    LEAD = "lead"
    ORIGINAL = "original"
    """The team of a story that somebody else tries out."""
    COACH_SEARCH = "coach_search"
    ENGINE = "engine"


STAFF = frozenset({Role.COACH, Role.LEAD})
"""Who has rights over the ideas of others."""


class Share(StrEnum):
    """What somebody in the team of an idea has to do with it. The owner has handed it in and is none of these."""

    COLLABORATOR = "collaborator"
    OBSERVER = "observer"


class Outcome(StrEnum):
    """How a path ends. Good endings are told apart from the others."""

    COMPLETED = "completed"
    DECLINED = "declined"
    REFERRED = "referred"
    WITHDRAWN = "withdrawn"
    CLOSED = "closed"


class Answer(StrEnum):
    """What an innovator says at a check-in."""

    ON_TRACK = "on_track"
    NEEDS_HELP = "needs_help"
    DONE = "done"


class Help(StrEnum):
    """What the team of a story does for somebody who tries it elsewhere."""

    NOT_ASKED = "not_asked"
    ASKED = "asked"
    AGREED = "agreed"
    GIVEN = "given"
    DECLINED = "declined"
    LAPSED = "lapsed"
    """Nobody has answered, or gone on with it, in time."""


class Ingredient(StrEnum):
    """What a recipe takes; each is a field of the story."""

    STEPS = "steps"
    PEOPLE = "people"
    MONEY = "money"
    ROOM = "room"
    PERMISSION = "permission"
    PARTNERS = "partners"


class CarryOver(StrEnum):
    """What became of an ingredient elsewhere."""

    TAKEN = "taken"
    ADAPTED = "adapted"
    LEFT_OUT = "left_out"
    FAILED = "failed"


class Why(StrEnum):
    """Why somebody is on turn, where the state alone does not say it."""

    STATE = "state"
    PAUSED = "paused"
    NO_COACH = "no_coach"
    SEARCHING = "searching"
    COACH_ABSENT = "coach_absent"
    ENDED = "ended"


class WakeUpKind(StrEnum):
    """What the engine does by itself when its time has come."""

    REMINDER = "reminder"
    OVERDUE = "overdue"
    ESCALATION = "escalation"
    PAUSE_END = "pause_end"
    COVER_END = "cover_end"
    EXPIRY = "expiry"
    """A hand-off that nobody goes on with ends by itself."""


class NoticeKind(StrEnum):
    """What a person is told."""

    YOUR_TURN = "your_turn"
    REMINDER = "reminder"
    CHECK_IN = "check_in"
    OVERDUE = "overdue"
    ESCALATION = "escalation"
    STAGE_REACHED = "stage_reached"
    ENDED = "ended"
    REOPENED = "reopened"
    PAUSED = "paused"
    RESUMED = "resumed"
    DEADLINE_MOVED = "deadline_moved"
    COACH_FOUND = "coach_found"
    COACHING = "coaching"
    """You coach this idea from now on."""
    COACH_LEFT = "coach_left"
    STAND_IN_ASKED = "stand_in_asked"
    """You stand in for somebody who is away, if you can."""
    STAND_IN_REFUSED = "stand_in_refused"
    """Whoever was asked to stand in cannot: the leads decide."""
    NO_COACH = "no_coach"
    TASK_ADDED = "task_added"
    MESSAGE = "message"
    """Somebody has written to all who work on the idea."""
    MENTIONED = "mentioned"
    """Somebody wants you to read a message."""
    ASKED = "asked"
    """Somebody asks you something, and says until when."""
    ASKED_AGAIN = "asked_again"
    UNANSWERED = "unanswered"
    """Somebody has not answered: the leads hear of it."""
    TEAM_TURN = "team_turn"
    """The team is on turn, and you work on the idea with its owner."""
    HANDED_OVER = "handed_over"
    TEAM_JOINED = "team_joined"
    TEAM_LEFT = "team_left"
    TEAM_DECLINED = "team_declined"
    OWNER_ASKED = "owner_asked"
    """Would you take this idea over?"""
    OWNER_PROPOSED = "owner_proposed"
    """A lead has asked somebody to take your idea over."""
    OWNER_DECLINED = "owner_declined"
    OWNER_BECOME = "owner_become"
    OWNER_CHANGED = "owner_changed"
    OFFER = "offer"
    OFFER_REMINDER = "offer_reminder"
    OFFER_CLOSED = "offer_closed"
    DRAFT_INCOMPLETE = "draft_incomplete"
    CROWDFUNDING_TURN = "crowdfunding_turn"
    CROWDFUNDING_REMINDER = "crowdfunding_reminder"
    CROWDFUNDING_QUESTION = "crowdfunding_question"
    """How does the campaign stand: is it live, how did it end, was the money paid out?"""
    CROWDFUNDING_OVERDUE = "crowdfunding_overdue"
    CROWDFUNDING_ESCALATION = "crowdfunding_escalation"
    CROWDFUNDING_TROUBLE = "crowdfunding_trouble"
    CROWDFUNDING_RESULT = "crowdfunding_result"
    APPOINTMENT_PROPOSED = "appointment_proposed"
    """Which of these times suits you?"""
    APPOINTMENT_DECLINED = "appointment_declined"
    """None of them does: others are wanted."""
    APPOINTMENT_AGREED = "appointment_agreed"
    APPOINTMENT_CANCELLED = "appointment_cancelled"
    APPOINTMENT_SOON = "appointment_soon"
    APPOINTMENT_OVER = "appointment_over"
    """Has it taken place, and how long was it?"""
    APPOINTMENT_WAITS = "appointment_waits"
    APPOINTMENT_ESCALATION = "appointment_escalation"
    REPLICATION_ASKED = "replication_asked"
    """Somebody tries elsewhere what your story tells of: would you help?"""
    REPLICATION_NEWS = "replication_news"
    REPLICATION_WAITS = "replication_waits"
    REPLICATION_ESCALATION = "replication_escalation"
    CONTRIBUTION_ASKED = "contribution_asked"
    """Somebody has written to your story, and waits for an answer."""
    CONTRIBUTION_PASSED_ON = "contribution_passed_on"
    """The same, and nobody but you reads it."""
    CONTRIBUTIONS_WAIT = "contributions_wait"
    """All that leads have to decide on, once a day."""
    MAIL_FAILED = "mail_failed"
    STORY_WITHDRAWN = "story_withdrawn"
    STORY_TAKEN_DOWN = "story_taken_down"
    OPENING_TAKEN_DOWN = "opening_taken_down"
    """Its owner does not want the story of an idea to be public any more."""
    ERASURE_ASKED = "erasure_asked"
    FEEDBACK_CAME = "feedback_came"
    FEEDBACK_DUE = "feedback_due"
    PERSON_PROPOSED = "person_proposed"
    """A second lead is asked whether somebody may lead, or lead no more."""
    LEAD_DIGEST = "lead_digest"


class OfferStatus(StrEnum):
    """The life of an offer to a coach."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class DeclineReason(StrEnum):
    """Why a coach does not take an idea."""

    NO_TIME = "no_time"
    WRONG_EXPERTISE = "wrong_expertise"
    BETTER_MATCH = "better_match"
    BIASED = "biased"
    OTHER = "other"


class RankReason(StrEnum):
    """Why a coach stands where they stand in a search."""

    SAME_OFFICE = "same_office"
    SAME_DISTRICT = "same_district"
    SHARED_THEMES = "shared_themes"
    SAME_LANGUAGE = "same_language"
    FREE_CAPACITY = "free_capacity"
    OTHER_OFFICE = "other_office"
    OTHER_LANGUAGE = "other_language"
    NO_CAPACITY = "no_capacity"
    ABSENT = "absent"
    LEFT = "left"
    ALREADY_ASKED = "already_asked"
    OWN_IDEA = "own_idea"
    IN_TEAM = "in_team"


class SearchNews(StrEnum):
    """What a coach search tells the idea it searches for."""

    OFFERED = "offered"
    FOUND = "found"
    EXHAUSTED = "exhausted"


class StuckCause(StrEnum):
    """Why a case stands on the lead's list of stuck cases."""

    OVER_LIMIT = "over_limit"
    SLOW = "slow"
    """Longer in its state than 85 of 100 ideas were in the past year."""
    NO_COACH = "no_coach"
    COACH_ABSENT = "coach_absent"
    NO_ACTIVITY = "no_activity"
    WAITING_FOR_US = "waiting_for_us"
    LETTER_WAITING = "letter_waiting"
    """A mail to somebody without an address of their own has arrived at the office, and nobody has passed it on."""
    UNANSWERED = "unanswered"
    """A question has no answer, and its day has passed."""
    ENGINE_TROUBLE = "engine_trouble"
    """The engine cannot go on, or SQL and the workflow tell different things."""
    NOT_STARTED = "not_started"


class CrowdfundingState(StrEnum):
    """Where a crowdfunding hand-off stands, from the first word to the campaign's end."""

    NOT_READY = "not_ready"
    READY = "ready"
    PACKAGED = "packaged"
    CONFIRMED = "confirmed"
    AWAITING_ENTRY = "awaiting_entry"
    LINKED = "linked"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class CampaignStatus(StrEnum):
    """What is known of a campaign on its platform. What cannot be mapped is unknown, never a guess."""

    UNKNOWN = "unknown"
    DRAFT = "draft"
    START = "start"
    VERIFICATION = "verification"
    FUNDING = "funding"
    ENDED_SUCCESSFUL = "ended_successful"
    ENDED_FAILED = "ended_failed"
    PAID_OUT = "paid_out"
    REALISING = "realising"
    CANCELLED = "cancelled"


class Provenance(StrEnum):
    """How we know what we know of a campaign."""

    API = "api"
    SELF_REPORTED = "self_reported"
    COACH_ATTESTED = "coach_attested"
    SIMULATED = "simulated"


class CrowdfundingResult(StrEnum):
    """What a hand-off brings back to its idea."""

    FUNDED = "funded"
    FAILED = "failed"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class IdeaNewsKind(StrEnum):
    """What an idea tells its hand-off."""

    PAUSED = "paused"
    RESUMED = "resumed"
    ENDED = "ended"
    REOPENED = "reopened"
    OWNER = "owner"
    """Somebody else has the idea: from now on the starter is they."""


class NoticeGroup(StrEnum):
    """Kinds of notices that people set together."""

    TURN = "turn"
    """You are on turn, reminders, questions, offers: may be gathered, never off."""
    NEWS = "news"
    """What happened to an idea."""
    TALK = "talk"
    """What somebody has written to you."""
    LEAD = "lead"
    """What leads have to look at: may be gathered, never off."""
    DIGEST = "digest"
    """The weekly overview for leads."""


class Rhythm(StrEnum):
    """When somebody wants their mail."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"
    OFF = "off"


class SecretMailKind(StrEnum):
    """Mails that carry a secret. Each has its file in `activities/secret_mails/`."""

    SIGN_IN = "sign_in"
    SIGN_IN_ELSEWHERE = "at_provider"
    RESUME_DRAFT = "resume_draft"
    DRAFT_ENDS = "draft_ends"
    OWN_DRAFTS_END = "own_drafts_end"
    CONFIRM_DRAFT = "confirm_draft"
    IMPORTED = "imported"
    HANDED_IN = "handed_in"
    NEW_ADDRESS = "new_address"
    ADDRESS_CHANGED = "address_changed"
    TEAM_INVITATION = "team_invitation"
    TEAM_REMINDER = "team_reminder"
    STAFF_INVITATION = "staff_invitation"
    CONFIRM_CONTRIBUTION = "confirm_contribution"
    CONTRIBUTION_NEWS = "contribution_news"
    CONTRIBUTION_CONTACT = "contribution_contact"
    REPORT_DECIDED = "report_decided"


class SignInMethod(StrEnum):
    """How somebody has proved who they are."""

    LINK = "link"
    CODE = "code"
    OIDC = "oidc"
    DEMO = "demo"
    INVITED = "invited"
    """With the link in an invitation, which may be weeks old: no proof for what wants a fresh one."""
    CONFIRMED = "confirm"
    """With the link that hands an idea in, which may be weeks old as well."""
    PASSKEY = "passkey"
    SET_UP = "set_up"
    """With the link that makes the first lead."""


class SecondFactor(StrEnum):
    """What somebody has shown beside the mail."""

    TOTP = "totp"
    """A one-time password of an authenticator app."""
    RECOVERY = "recovery"
    PASSKEY = "passkey"


class TokenScope(StrEnum):
    """What a bearer token may be used for."""

    READ = "read"
    ACT = "act"
    """Steps, notes, everything that changes something."""
    EXPORT = "export"


class PersonChangeKind(StrEnum):
    """What was changed of somebody among the staff."""

    INVITED = "invited"
    CAME = "came"
    ROLE_GIVEN = "role_given"
    ROLE_TAKEN = "role_taken"
    OFFICE = "office"
    BLOCKED = "blocked"
    UNBLOCKED = "unblocked"
    SIGNED_OUT = "signed_out"
    PROOFS_RESET = "proofs_reset"
    """Passkeys, app and recovery codes count no more: whoever has lost them sets up others."""
    ABSENCE = "absence"
    DEPARTURE = "departure"
    RETURN = "return"


class AttachedTo(StrEnum):
    """What a file belongs to."""

    IDEA = "idea"
    MESSAGE = "message"
    DOCUMENT = "document"


class ConceptField(StrEnum):
    """What a concept is asked for, in this order."""

    PROBLEM = "problem"
    SOLUTION = "solution"
    TARGET_GROUP = "target_group"
    COSTS = "costs"
    PARTNERS = "partners"
    NEXT_STEPS = "next_steps"


class DocumentKind(StrEnum):
    """What is written version by version."""

    CONCEPT = "concept"
    STORY = "story"


class StoryField(StrEnum):
    """What a story is asked for, in this order; what follows is the same in English, where somebody writes it."""

    TITLE = "title"
    TEASER = "teaser"
    PROBLEM = "problem"
    STEPS = "steps"
    """One a line."""
    PEOPLE = "people"
    MONEY = "money"
    ROOM = "room"
    PERMISSION = "permission"
    PARTNERS = "partners"
    WENT_WRONG = "went_wrong"
    CHANGED = "changed"
    EASY_LANGUAGE = "easy_language"
    TITLE_EN = "title_en"
    TEASER_EN = "teaser_en"
    PROBLEM_EN = "problem_en"
    STEPS_EN = "steps_en"
    PEOPLE_EN = "people_en"
    MONEY_EN = "money_en"
    ROOM_EN = "room_en"
    PERMISSION_EN = "permission_en"
    PARTNERS_EN = "partners_en"
    WENT_WRONG_EN = "went_wrong_en"
    CHANGED_EN = "changed_en"


class Effort(StrEnum):
    """How much somebody takes on who does the same."""

    EVENINGS = "evenings"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"


class Evidence(StrEnum):
    """How an outcome is known."""

    SELF_REPORTED = "self_reported"
    COUNTED = "counted"
    DOCUMENTED = "documented"


class Licence(StrEnum):
    """Under what a picture, or the texts of a story, may be shown and passed on."""

    CC_BY = "cc_by"
    CC_BY_SA = "cc_by_sa"
    CC0 = "cc0"
    PERMISSION = "permission"
    """A picture for this story alone."""


class PeopleShown(StrEnum):
    """Who can be recognised in a picture."""

    NOBODY = "nobody"
    AGREED = "agreed"
    NOT_RECOGNISABLE = "not_recognisable"


class Shown(StrEnum):
    """What an owner lets stand under their story, beside its words."""

    NAME = "name"
    CONTACT = "contact"
    DISTRICT = "district"


class AuditEvent(StrEnum):
    """What the audit log keeps."""

    SIGN_IN_ASKED = "sign_in_asked"
    SIGN_IN = "sign_in"
    SIGN_OUT = "sign_out"
    STEP_UP = "step_up"
    SECOND_FACTOR = "second_factor"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    AUTHENTICATOR_CHANGED = "authenticator_changed"
    TOKEN_ISSUED = "token_issued"  # noqa: S105
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    ADDRESS_CHANGED = "address_changed"
    ACCOUNTS_MERGED = "accounts_merged"
    PERSON_CHANGED = "person_changed"
    EXPORT = "export"
    BULK = "bulk"
    IMPORT = "import"
    ERASURE = "erasure"
    REDACTION = "redaction"
    RESTORE = "restore"
    REFUSED = "refused"
    """An access that was not allowed: 401, 403, 404 of something that exists."""
    SLOWED = "slowed"
    """Somebody came too often."""


class MailChannel(StrEnum):
    """How a mail reaches its reader."""

    MAIL = "mail"
    LETTER = "letter"
    """The office reads the address for somebody, and passes on what arrives there."""


class MailState(StrEnum):
    """What became of a mail."""

    WAITING = "waiting"
    """Written down; the next attempt is to come."""
    HANDING_OVER = "handing_over"
    """The server has been given the text; whether it took it is not known yet."""
    SENT = "sent"
    FAILED = "failed"
    """Given up, with a cause. A lead may have it sent again."""
    UNCERTAIN = "uncertain"
    """We ended between giving and noting. Not sent again by itself, since nobody gets a notice twice."""
    HELD_BACK = "held_back"
    """A secret mail that was not let through: too many go to its address, or from where it was asked."""
    NEEDLESS = "needless"
    """There was nothing to tell any more, or nobody to tell it."""


class DriftKind(StrEnum):
    """How SQL and the workflows can disagree."""

    NO_WORKFLOW = "no_workflow"
    """Open in SQL, and no workflow runs."""
    BEHIND = "behind"
    """SQL shows an older version than the workflow has."""
    AHEAD = "ahead"
    """SQL shows a newer version: the engine has lost steps that were told as taken."""
    DIFFERS = "differs"
    """The same version, told differently."""
    ORPHAN = "orphan"
    """A workflow runs that SQL does not know, or knows as ended."""
    GAP = "gap"
    """A version is missing in the timeline."""
    SILENT = "silent"
    """The workflow runs and does not answer."""


class BulkAction(StrEnum):
    """What a lead can do with many ideas at once."""

    REASSIGN = "reassign"
    EXTEND = "extend"
    PAUSE = "pause"
    CLOSE = "close"
    SHORTLIST = "shortlist"
    REFER = "refer"
    DECLINE = "decline"


class BulkStatus(StrEnum):
    """What became of one of many ideas."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"


class IntakeWay(StrEnum):
    """How somebody has told an idea that another writes down for them."""

    PHONE = "phone"
    LETTER = "letter"
    IN_PERSON = "in_person"


class SessionKind(StrEnum):
    """How a coach and the people behind an idea have spoken."""

    IN_PERSON = "in_person"
    PHONE = "phone"
    VIDEO = "video"
    MAIL = "mail"


class ViewReach(StrEnum):
    """Who sees a saved view."""

    OWN = "own"
    OFFICE = "office"
    ALL = "all"


class RuleCounts(StrEnum):
    """From when a change of `pipeline.toml` counts for a case that is under way."""

    AT_ONCE = "at_once"
    """From the restart on."""
    NEXT_STEP = "next_step"
    """With the next step that somebody takes in it."""
    NEXT_STATE = "next_state"
    """For the states and questions that begin after that step; clocks that run stay as they are."""
    NEXT_SEARCH = "next_search"


class ContributionSort(StrEnum):
    """What a citizen adds to a story."""

    SUPPORT = "support"
    QUESTION = "question"
    HINT = "hint"
    OFFER = "offer"


class Unfit(StrEnum):
    """Why a contribution is not shown; what is reported of one that is."""

    OFF_TOPIC = "off_topic"
    ADVERTISING = "advertising"
    PERSONAL = "personal"
    """It tells of somebody what everybody must not read."""
    INSULT = "insult"
    UNLAWFUL = "unlawful"
    OTHER = "other"


class FeedbackKind(StrEnum):
    """What somebody writes to us about. A barrier is told first, since the answer to it is owed by law."""

    BARRIER = "barrier"
    PROBLEM = "problem"
    QUESTION = "question"
    IDEA = "idea"
    PRAISE = "praise"


class Interest(StrEnum):
    """Why somebody of a jury must not judge an application: a conflict of interest."""

    OWN = "own"
    TEAM = "team"
    COACH = "coach"
    """Coaches the idea, or stands in for its coach."""
    COACHED = "coached"
    """Has coached it not long ago."""
    ORGANISATION = "organisation"
    PARTNER = "partner"
    DECLARED = "declared"
    """Has said so; of what it is nobody asks."""


class GapReason(StrEnum):
    """Why an application has fewer reviews than wanted."""

    CONFLICTED = "conflicted"
    """Whoever is left must not judge it, or has said no already."""
    FULL = "full"
    """Somebody might, and has as many reviews as they take."""
    NO_JUROR = "no_juror"
    """All of the jury have it: the jury is too small."""
