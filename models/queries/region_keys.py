"""Keys of the configuration that data use: what an edited pipeline.toml has lost is found, and how much hangs on it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, literal, union_all
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from models.policy import RegionSection
from models.tables import Account, CoachProfile, Idea, StandingRow, has_role, is_open_idea
from models.vocabulary import Role

KINDS = ("office", "district", "theme", "partner", "language")

OPEN = (is_open_idea(),)


@dataclass(frozen=True)
class MissingKey:
    """A key that the configuration does not have. `counts`: what uses it → how often."""

    kind: str
    key: str
    counts: Mapping[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        """ "office chemnitz: 6 open ideas, 1 leads, 2 coaches" """
        return f"{self.kind} {self.key}: " + ", ".join(
            f"{count} {what.replace('_', ' ')}" for what, count in self.counts.items()
        )


def known_keys(region: RegionSection) -> dict[str, Collection[str]]:
    return {
        "office": region.offices,
        "district": region.districts,
        "theme": region.themes,
        "partner": region.partners,
        "language": region.languages,
    }


async def find_missing_keys(session: AsyncSession, region: RegionSection) -> list[MissingKey]:
    """Every key in use that the configuration lacks, by kind and key, in one statement."""
    found: dict[tuple[str, str], dict[str, int]] = {}
    known = known_keys(region)
    uses = (statement.add_columns(literal(kind), literal(what)) for kind, what, statement in _uses())
    counted: Any = union_all(*uses)
    for key, count, kind, what in (await session.exec(counted)).all():
        if key and key not in known[kind]:
            found.setdefault((kind, key), {})[what] = int(count)
    order = sorted(found, key=lambda one: (KINDS.index(one[0]), one[1]))
    return [MissingKey(kind, key, found[kind, key]) for kind, key in order]


async def list_lost_offices(session: AsyncSession, offices: Collection[str]) -> list[str]:
    """Offices of open ideas that the configuration does not have: all leads look after these ideas."""
    theirs = select(StandingRow.office).where(*OPEN, col(StandingRow.office).not_in(offices)).distinct()
    return sorted((await session.exec(theirs)).all())


def _uses() -> Iterator[tuple[str, str, Any]]:
    """Kind, what uses it, and the statement that counts how often each key is used."""
    yield "office", "open_ideas", _count_ideas(col(StandingRow.office))
    for role, what in ((Role.LEAD, "leads"), (Role.COACH, "coaches")):
        yield "office", what, _count(col(Account.office)).where(has_role(role)).group_by(col(Account.office))
    yield "district", "open_ideas", _count_ideas(col(Idea.district))
    yield "theme", "open_ideas", _count_ideas(func.unnest(col(Idea.themes)))
    yield "partner", "open_ideas", _count_ideas(col(StandingRow.partner))
    yield "language", "open_ideas", _count_ideas(col(Idea.language))
    yield "language", "people", _count(col(Account.language)).where(col(Account.erased_at).is_(None)).group_by("key")
    for kind, keys in (
        ("district", CoachProfile.districts),
        ("theme", CoachProfile.themes),
        ("language", CoachProfile.languages),
    ):
        yield kind, "coaches", _count(func.unnest(col(keys))).select_from(CoachProfile).group_by("key")


def _count(key: Any) -> Any:
    return select(key.label("key"), func.count())


def _count_ideas(key: Any) -> Any:
    joined = _count(key).select_from(StandingRow).join(Idea, col(Idea.id) == col(StandingRow.case_id))
    return joined.where(*OPEN).group_by("key")
