"""Conflicts of interest: which ties between somebody of a jury and an application forbid to judge it.

They are computed from what is known, before anybody is asked, since whoever has to read an application to find a tie
has read it. One tie is enough.
"""

import re
from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from models.text_folding import fold, shorten_umlauts
from models.vocabulary import Interest

MONTHS_AFTER_COACHING = 24
"""Calendar months for which somebody who has coached an idea does not judge it. The house's own choice: whoever
has helped an idea into one yearly call has nothing to say of it in the next."""

LEGAL_FORM = re.compile(
    " (?:e v|g?gmbh|g gmbh|mbh|gemeinnutzig(?:e|er|es)?|eingetragene[rs]? verein|eingetragene genossenschaft"
    "|gesellschaft mit beschrankter haftung|gesellschaft mbh|haftungsbeschrankt|und)(?= )"
)
"""Words that say of an organisation in what form it was founded; "und", since others write "&". In folded words."""

LEGAL_FORM_AT_THE_END = re.compile(
    " (?:ev|e g|eg|e gen|egen|ag|gag|ug|gug|kg|co kg|kgaa|ohg|gbr|se|e k|i g|i gr)(?= $)"
)
"""The same, where the words mean something else elsewhere: an "AG Stadtgrün" is no company."""


def organisation_key(name: str) -> str:
    """One spelling for an organisation as people write it; empty where no name is left.

    >>> organisation_key("Bürger-Haus Gorbitz gGmbH") == organisation_key("  Buergerhaus GORBITZ gemeinnützige GmbH")
    True
    """
    words = LEGAL_FORM.sub("", f" {shorten_umlauts(fold(name))} ")
    while (shorter := LEGAL_FORM_AT_THE_END.sub("", words)) != words:
        words = shorter
    return words.replace(" ", "")


@dataclass(frozen=True)
class JurorFacts:
    """What is known of somebody in a jury. `partner` is a key of `pipeline.toml`."""

    account_id: str
    organisation: str = ""
    partner: str | None = None

    @cached_property
    def organisation_key(self) -> str:
        return organisation_key(self.organisation)


@dataclass(frozen=True)
class ApplicationFacts:
    """What is known of the idea that applies, and of whoever is behind it."""

    idea_id: str
    owner_id: str
    team: frozenset[str] = frozenset()
    """Everybody in it, whatever their share: an observer looks on because it is theirs, too."""
    coach_ids: frozenset[str] = frozenset()
    """Who coaches it now: the coach and who stands in."""
    coached: Mapping[str, date] = field(default_factory=dict)
    """Account → the last day on which they coached it."""
    organisation: str = ""
    partner: str | None = None
    declared: frozenset[str] = frozenset()
    """Who has declared a conflict."""

    @cached_property
    def organisation_key(self) -> str:
        return organisation_key(self.organisation)


def interests_of(juror: JurorFacts, application: ApplicationFacts, today: date) -> frozenset[Interest]:
    """All ties between the two on a day; empty: may judge."""
    who = juror.account_id
    last_day = application.coached.get(who)
    ties = {
        Interest.OWN: who == application.owner_id,
        Interest.TEAM: who in application.team,
        Interest.COACH: who in application.coach_ids,
        Interest.COACHED: last_day is not None and today <= bound_until(last_day),
        Interest.ORGANISATION: _same(juror.organisation_key, application.organisation_key),
        Interest.PARTNER: _same(juror.partner, application.partner),
        Interest.DECLARED: who in application.declared,
    }
    return frozenset(interest for interest, holds in ties.items() if holds)


def is_excluded(juror: JurorFacts, application: ApplicationFacts, today: date) -> bool:
    """Whether somebody must not judge it, and reads no word of it as a juror."""
    return bool(interests_of(juror, application, today))


def forbidden_pairs(
    jurors: Collection[JurorFacts], applications: Iterable[ApplicationFacts], today: date
) -> frozenset[tuple[str, str]]:
    """(idea, juror) for everybody who must not judge it: what the assignment is told."""
    return frozenset(
        (application.idea_id, juror.account_id)
        for application in applications
        for juror in jurors
        if is_excluded(juror, application, today)
    )


def bound_until(last_day: date) -> date:
    """The last day on which somebody who has coached until `last_day` must not judge.

    As §§ 187 (1), 188 (2) and (3) BGB count months: the day of the same number still belongs to them, and where the
    month has no such day, its last one does.
    """
    months = last_day.month - 1 + MONTHS_AFTER_COACHING
    year, month = last_day.year + months // 12, months % 12 + 1
    return date(year, month, min(last_day.day, monthrange(year, month)[1]))


def _same(one: str | None, other: str | None) -> bool:
    """What nobody has named is the same as nothing."""
    return bool(one) and one == other
