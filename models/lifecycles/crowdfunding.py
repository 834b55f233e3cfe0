"""Crowdfunding: a package gets ready, two people stand by it, a person enters it, a campaign lives and ends."""

from statemachine import State

from models.lifecycles.base import COACH, ENGINE, INNOVATOR, LEAD, Machine
from models.vocabulary import CampaignStatus, Role

PERSONS = INNOVATOR | COACH

UNDECIDED = frozenset({CampaignStatus.UNKNOWN, CampaignStatus.DRAFT, CampaignStatus.START, CampaignStatus.VERIFICATION})
"""Before the money is collected. These come in any order: a platform verifies when it likes."""

ENDED_WELL = frozenset({CampaignStatus.ENDED_SUCCESSFUL, CampaignStatus.REALISING})
"""Funded, and not paid out as far as we know."""

OVER = frozenset({CampaignStatus.PAID_OUT, CampaignStatus.ENDED_FAILED, CampaignStatus.CANCELLED})
"""Nothing is to be seen any more: the hand-off is closed."""

_ENDS = frozenset({CampaignStatus.ENDED_SUCCESSFUL, CampaignStatus.ENDED_FAILED, CampaignStatus.CANCELLED})

STATUS_MOVES: dict[CampaignStatus, frozenset[CampaignStatus]] = {
    **{status: (UNDECIDED - {CampaignStatus.UNKNOWN}) | {CampaignStatus.FUNDING} | _ENDS for status in UNDECIDED},
    CampaignStatus.FUNDING: _ENDS | {CampaignStatus.FUNDING},
    CampaignStatus.ENDED_SUCCESSFUL: ENDED_WELL | {CampaignStatus.PAID_OUT},
    CampaignStatus.REALISING: frozenset({CampaignStatus.REALISING, CampaignStatus.PAID_OUT}),
    **{status: frozenset[CampaignStatus]() for status in OVER},
}
"""What may be said of a campaign next. Nothing comes back from an end, and "unknown" overwrites nothing."""


class CrowdfundingLifecycle(Machine):
    """From the first word of a package to the end of its campaign."""

    not_ready = State(initial=True)
    ready = State()
    packaged = State()
    confirmed = State()
    awaiting_entry = State()
    linked = State()
    closed = State(final=True)
    withdrawn = State(final=True)
    expired = State(final=True)

    edit = ready.from_(not_ready, ready, packaged, confirmed, awaiting_entry, cond="is_ready") | not_ready.from_(
        not_ready, ready, packaged, confirmed, awaiting_entry, unless="is_ready"
    )
    pack = ready.to(packaged)
    confirm = packaged.to(confirmed, cond="both_agree") | packaged.to(packaged, unless="both_agree")
    await_entry = confirmed.to(awaiting_entry)
    link = awaiting_entry.to(awaiting_entry)
    confirm_link = awaiting_entry.to(linked)
    reject_link = awaiting_entry.to(awaiting_entry)
    observe = linked.to(closed, cond="is_over") | linked.to(linked, unless="is_over")
    withdraw = withdrawn.from_(not_ready, ready, packaged, confirmed, awaiting_entry) | linked.to(
        withdrawn, unless="has_result"
    )
    expire = (
        expired.from_(not_ready, ready, packaged, confirmed, awaiting_entry)
        | linked.to(expired, unless="has_result")
        | linked.to(closed, cond="has_result")
    )

    on_turn = {
        "not_ready": Role.INNOVATOR,
        "ready": Role.INNOVATOR,
        "packaged": Role.INNOVATOR,
        "confirmed": Role.ENGINE,
        "awaiting_entry": Role.INNOVATOR,
        "linked": Role.INNOVATOR,
    }
    """The rule; `models.rules.crowdfunding_times` knows when it is the coach or the engine instead."""
    actors = {
        "edit": PERSONS | ENGINE,
        "pack": PERSONS,
        "confirm": PERSONS,
        "await_entry": ENGINE,
        "link": PERSONS,
        "confirm_link": PERSONS,
        "reject_link": PERSONS,
        "observe": PERSONS | ENGINE,
        "withdraw": INNOVATOR | LEAD | ENGINE,
        "expire": ENGINE,
    }

    def is_ready(self, ready: bool = False) -> bool:
        return ready

    def both_agree(self, agreed: bool = False) -> bool:
        return agreed

    def is_over(self, status: CampaignStatus = CampaignStatus.UNKNOWN) -> bool:
        return status in OVER

    def has_result(self, result: str | None = None) -> bool:
        return result is not None

    @classmethod
    def phases(cls) -> dict[str, Role]:
        """An address that was pasted is checked; a linked campaign is asked about in three ways: is it live, how did it
        end, was the money paid out."""
        packed, live = ("not_ready", "ready", "packaged", "awaiting_entry"), ("linked", "funding", "paying")
        checked = {"checking_link": Role.COACH}
        return dict.fromkeys(packed, Role.INNOVATOR) | checked | dict.fromkeys(live, Role.INNOVATOR)


ENGINE_NOTES = ("start", "remind", "overdue", "escalate", "trouble", "pause", "resume", "change_owner")
"""What stands in a hand-off's timeline beside the machine's events and those of its clock."""
