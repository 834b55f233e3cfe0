"""The team as the page of an idea shows it: to each what is theirs to see and do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from api.pages.kit.address_typo import MEANT, ask_back
from api.pages.kit.fields import Choice, Field, new_key
from api.pages.kit.forms import FormWriter
from api.pages.kit.turn_presenter import Badge, TurnPresenter
from api.use_cases.invitations import Fate
from api.use_cases.team import fate_in_team
from models.addresses import show_address
from models.lifecycles.events import LEAVE_TEAM
from models.queries.account_names import Person
from models.queries.idea import IdeaView
from models.queries.team import TeamMember, members_of
from models.rules.permissions import may_hand_over
from models.tables import Invitation, OwnerRequest, StandingRow
from models.vocabulary import Share


@dataclass(frozen=True)
class Asked:
    """What was typed into the form, and what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SeenTeam:
    """Who is in a team. `invitations`: for the owner alone; the others learn how many wait."""

    members: Sequence[TeamMember]
    invitations: Sequence[Invitation] = ()
    waiting: int = 0
    question: OwnerRequest | None = None
    """Somebody in the team is asked whether they take the idea over."""


@dataclass(frozen=True)
class QuestionLine:
    """Somebody is asked whether they take the idea over. `is_you`: the visitor answers; `yours`: they may withdraw."""

    id: str
    sentence: str
    is_you: bool
    yours: bool


@dataclass(frozen=True)
class MemberLine:
    """Somebody in the team. With a key, the visitor may take them out."""

    id: str
    name: str
    share: str
    since: str
    is_you: bool = False
    key: str = ""


@dataclass(frozen=True)
class InvitationLine:
    """Somebody who was asked. `waits`: it may be sent again, or withdrawn."""

    id: str
    email: str
    share: str
    badge: Badge
    waits: bool
    link: str = ""
    """What the owner may send to them: it says who asks, and proves nothing."""


@dataclass(frozen=True)
class TeamCard:
    """The whole section."""

    owner: str
    members: tuple[MemberLine, ...]
    invitations: tuple[InvitationLine, ...]
    waiting: str
    fields: tuple[Field, ...]
    """Of the form by which somebody is asked; empty for everybody but the owner."""
    open: bool
    leave: MemberLine | None
    """The visitor's own line, where they may go by themselves."""
    question: QuestionLine | None
    heirs: tuple[Field, ...]
    """Of the form by which somebody in the team is asked to take the idea over."""
    heirs_open: bool
    as_lead: bool
    """A lead asks in the place of the owner."""


def see_team(
    view: IdeaView, people: Mapping[str, Person], account_id: str, invitations: Sequence[Invitation]
) -> SeenTeam:
    """`people` names at least those who are in the team."""
    members = members_of(view.row, people, view.joined)
    if view.row.owner_id == account_id:
        return SeenTeam(members, invitations, question=view.heir)
    return SeenTeam(members, waiting=view.invited, question=view.heir)


def describe_team(
    speaker: TurnPresenter,
    seen: SeenTeam,
    row: StandingRow,
    owner: str,
    allowed: Sequence[str],
    asked: Asked | None,
    base_url: str = "",
) -> TeamCard:
    t, visitor = speaker.t, speaker.visitor
    is_open = row.outcome is None
    is_owner = visitor.id == row.owner_id
    works_out = LEAVE_TEAM in allowed
    manages = works_out and (is_owner or visitor.id not in row.team)
    members = []
    for one in seen.members:
        is_you = one.person.id == visitor.id
        members.append(
            MemberLine(
                id=one.person.id,
                name=t("page.you") if is_you else speaker.name(one.person),
                share=t(f"share.{one.share}"),
                since=tell_day(speaker, one.since),
                is_you=is_you,
                key=new_key() if manages or (works_out and is_you) else "",
            )
        )
    asked = asked or Asked()
    hands_over = may_hand_over(row.standing(), visitor.id, visitor.roles)
    return TeamCard(
        owner=t("page.you") if is_owner else owner,
        members=tuple(members),
        invitations=tuple(tell_invitation(speaker, one, row, base_url) for one in seen.invitations),
        waiting=tell_waiting(speaker, seen.waiting),
        fields=write_fields(speaker, asked) if is_owner and is_open else (),
        open=bool({"email", "share"} & asked.errors.keys()),
        leave=next((one for one in members if one.is_you and one.key), None),
        question=tell_question(speaker, seen, owner, hands_over=hands_over),
        heirs=write_heirs(speaker, seen, asked) if hands_over and is_open else (),
        heirs_open="konto" in asked.errors,
        as_lead=not is_owner,
    )


def tell_question(speaker: TurnPresenter, seen: SeenTeam, owner: str, *, hands_over: bool) -> QuestionLine | None:
    asked, t = seen.question, speaker.t
    if asked is None:
        return None
    until = t.short_day(asked.expires_at.astimezone(speaker.zone).date())
    if asked.account_id == speaker.visitor.id:
        return QuestionLine(asked.id, t("page.owner.you_are_asked", owner=owner, until=until), True, False)
    name = next((speaker.name(one.person) for one in seen.members if one.person.id == asked.account_id), "")
    return QuestionLine(asked.id, t("page.owner.is_asked", name=name, until=until), False, hands_over)


def write_heirs(speaker: TurnPresenter, seen: SeenTeam, asked: Asked) -> tuple[Field, ...]:
    """Nobody asks themselves."""
    t = speaker.t
    others = [one for one in seen.members if one.person.id != speaker.visitor.id]
    choices = tuple(Choice(one.person.id, speaker.name(one.person), t(f"share.{one.share}")) for one in others)
    if not choices:
        return ()
    value, error = asked.values.get("konto", ""), asked.errors.get("konto", "")
    return (Field("konto", "radio", t("page.owner.who"), required=True, choices=choices, value=value, error=error),)


def tell_invitation(speaker: TurnPresenter, asked: Invitation, row: StandingRow, base_url: str) -> InvitationLine:
    t, fate = speaker.t, fate_in_team(asked, row)
    until = t.short_day(asked.expires_at.astimezone(speaker.zone).date())
    badges = {
        Fate.OPEN: Badge(t("page.team.open", until=until), "clock", ""),
        Fate.EXPIRED: Badge(t("page.team.expired"), "alert", "soon"),
        Fate.DECLINED: Badge(t("page.team.declined"), "dot", "plain"),
    }
    over = Badge(t("page.team.over"), "dot", "plain")
    waits = fate in (Fate.OPEN, Fate.EXPIRED)
    link = f"{base_url}/eingeladen/{asked.id}" if fate is Fate.OPEN else ""
    share = t(f"share.{asked.share}")
    return InvitationLine(asked.id, show_address(asked.email), share, badges.get(fate, over), waits, link)


def tell_waiting(speaker: TurnPresenter, count: int) -> str:
    return speaker.t("page.team.waiting", count=count) if count else ""


def tell_day(speaker: TurnPresenter, at: datetime | None) -> str:
    return speaker.t("page.team.since", day=speaker.t.short_day(at.astimezone(speaker.zone).date())) if at else ""


def write_fields(speaker: TurnPresenter, asked: Asked) -> tuple[Field, ...]:
    t = speaker.t
    form = FormWriter(t, {"share": Share.COLLABORATOR, **asked.values}, asked.errors)
    shares = [Choice(share, t(f"share.{share}"), t(f"share.{share}.about")) for share in Share]
    label, help_ = t("page.team.email"), t("page.team.email.help")
    return (
        form.write("email", "email", label, help_, True, longest=254, autocomplete="off"),
        *([ask_back(t, asked.values.get("email", ""))] if MEANT in asked.errors else []),
        form.write("share", "radio", t("page.team.share"), required=True, choices=shares),
    )
