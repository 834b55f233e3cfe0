"""Whether a campaign package can go to the platform: everything that is missing or wrong, each with what to do.

The limits are configuration (`[crowdfunding]` in pipeline.toml), the words are in the catalogues (`readiness.<code>`).
A finding never quotes the package, so it may be shown to anybody who may know of the hand-off.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import date
from urllib.parse import urlsplit

import rfc8785
from babel import Locale
from babel.lists import format_list

from models.i18n import Texts, languages, texts_in
from models.messages.package import (
    ANSWERS,
    FIELDS,
    Finding,
    FundingMode,
    Package,
    PackageFacts,
    PlatformPlan,
    Section,
    Severity,
    Source,
)
from models.policy import CrowdfundingRules
from models.rules.money import Money, fee_of, write_euros
from models.rules.sentences import count_sentences

_OWN_REQUIREMENTS = frozenset({"subtitle", "output", "outcome", "impact", "communication_plan", "risks"})
"""Texts that we ask for; the others are asked for by the platform."""


def check(package: Package, rules: CrowdfundingRules, today: date) -> list[Finding]:
    """What is to be done before the package is packed, in the order of the sections.

    The rules are those in force on the day the campaign starts, or today where no later day is given.
    """
    on = max(today, package.start_on or today)
    found = [
        *_check_eligibility(package, rules, on),
        *_check_story(package, rules, on),
        *_check_money(package, rules, on),
        *_check_time(package, rules, on, today),
        *_check_rewards(package, rules, on),
        *_check_media(package, rules, on),
        *_check_team(package),
        *_check_impact(package),
        *_check_texts(package, Section.PLAN),
    ]
    order = list(Section)
    return sorted(found, key=lambda finding: order.index(finding.section))


def is_ready(findings: list[Finding]) -> bool:
    """Hints may stay."""
    return all(finding.severity is not Severity.BLOCKER for finding in findings)


def digest(package: Package) -> str:
    """SHA-256 of the package's canonical JSON (RFC 8785), in hex: equal packages have equal ones, on every machine."""
    return hashlib.sha256(canonical_json(package)).hexdigest()


def canonical_json(package: Package) -> bytes:
    """The package in the one form that RFC 8785 knows for it, in UTF-8."""
    return rfc8785.dumps(package.model_dump(mode="json"))


def facts(package: Package, revision: int, rules: CrowdfundingRules, today: date) -> PackageFacts:
    """All that a workflow gets to know of the package."""
    return PackageFacts(revision=revision, digest=digest(package), ready=is_ready(check(package, rules, today)))


def fee_on_level(package: Package, rules: CrowdfundingRules, today: date) -> int:
    """The platform's fee in cents when exactly the start level is reached; 0 where there is no level yet."""
    on = max(today, package.start_on or today)
    return fee_of(package.start_level_cents or 0, rules.fees[package.plan].on(on).value)


def section_of(field: str) -> Section:
    """The section that asks for a field, given its path: `rewards.2.title` belongs to the rewards."""
    name = field.partition(".")[0]
    return next(section for section, fields in FIELDS.items() if name in fields)


def seat_name(code: str, texts: Texts) -> str:
    """ "Deutschland", "Südtirol". A part of a country has its name in the catalogues, or else is called by its code."""
    key = f"readiness.seat.{code}"
    if texts.has(key):
        return texts(key)
    territories: Mapping[str, str] = Locale.parse(texts.language).territories
    return territories.get(code, code)


# -- the sections ------------------------------------------------------------------------------------------------


def _check_eligibility(package: Package, rules: CrowdfundingRules, on: date) -> Iterator[Finding]:
    given = package.eligibility
    seats = rules.seats.on(on)
    if not given.country:
        yield _blocker("country_unsaid", "eligibility.country", seats.source)
    elif given.country not in seats.value:
        yield _blocker("country_not_served", "eligibility.country", seats.source, seats=Seats(seats.value))
    for name in ANSWERS:
        answer = getattr(given, name)
        if answer is None:
            yield _blocker(f"{name}_unsaid", f"eligibility.{name}")
        elif not answer and name == "acts_as_entrepreneur":
            rule = rules.entrepreneurs_only.on(on)
            severity = Severity.BLOCKER if rule.value else Severity.HINT
            yield _finding(f"{name}_denied", f"eligibility.{name}", severity, rule.source)
        elif not answer:
            yield _blocker(f"{name}_denied", f"eligibility.{name}")


def _check_story(package: Package, rules: CrowdfundingRules, on: date) -> Iterator[Finding]:
    yield from _check_texts(package, Section.STORY)
    for name, versions in (("title", rules.title_length), ("subtitle", rules.subtitle_length)):
        rule, length = versions.on(on), len(getattr(package, name))
        if length > rule.value:
            yield _blocker(f"{name}_too_long", name, rule.source, most=rule.value, count=length)
    sentences = rules.summary_sentences.on(on)
    least, most = sentences.value
    if package.summary and not least <= count_sentences(package.summary) <= most:
        yield _hint("summary_sentences", "summary", sentences.source, least=least, count=most)


def _check_money(package: Package, rules: CrowdfundingRules, on: date) -> Iterator[Finding]:
    level = package.start_level_cents
    least, flexible = rules.least_level_cents.on(on), rules.flexible_level_cents.on(on)
    if not level:
        yield _blocker("level_missing", "start_level_cents", least.source)
    elif level < least.value:
        yield _blocker("level_too_low", "start_level_cents", least.source, least=Money(least.value))
    elif package.mode is FundingMode.FLEXIBLE and level != flexible.value:
        yield _hint("level_of_flexible", "start_level_cents", flexible.source, level=Money(flexible.value))
    if not package.budget:
        yield _blocker("budget_missing", "budget", Source.HOUSE)
    for at, line in enumerate(package.budget):
        if not line.label:
            yield _blocker("budget_label_missing", f"budget.{at}.label", Source.HOUSE, number=at + 1)
        if not line.cents:
            yield _blocker("budget_sum_missing", f"budget.{at}.cents", Source.HOUSE, number=at + 1)
    if level and package.budget:
        yield from _compare_budget(package, level, rules, on)


def _compare_budget(package: Package, level: int, rules: CrowdfundingRules, on: date) -> Iterator[Finding]:
    """Whoever supports the campaign wants to see what every euro is for; whoever runs it must be able to pay for it."""
    fee = fee_on_level(package, rules, on)
    needed = sum(line.cents for line in package.budget) + fee
    if needed < level:
        sums = {"needed": Money(needed), "level": Money(level), "fee": Money(fee), "gap": Money(level - needed)}
        yield _blocker("budget_below_level", "budget", Source.HOUSE, **sums)
    elif needed > level:
        sums = {"needed": Money(needed), "level": Money(level), "fee": Money(fee), "gap": Money(needed - level)}
        yield _hint("budget_above_level", "budget", Source.HOUSE, **sums)


def _check_time(package: Package, rules: CrowdfundingRules, on: date, today: date) -> Iterator[Finding]:
    longest, usual = rules.longest_days.on(on), rules.usual_days.on(on)
    if package.duration_days is None:
        yield _blocker("duration_missing", "duration_days", longest.source, count=usual.value)
    elif package.duration_days > longest.value:
        yield _blocker("duration_too_long", "duration_days", longest.source, count=longest.value)
    elif package.duration_days > usual.value and package.plan is PlatformPlan.BASIC:
        yield _hint("duration_of_plan", "duration_days", usual.source, count=usual.value)
    if package.start_on is None:
        yield _blocker("start_missing", "start_on", Source.HOUSE)
    elif package.start_on <= today:
        yield _blocker("start_not_ahead", "start_on", Source.HOUSE)


def _check_rewards(package: Package, rules: CrowdfundingRules, on: date) -> Iterator[Finding]:
    least = rules.least_rewards.on(on)
    if len(package.rewards) < least.value:
        yield _blocker("rewards_missing", "rewards", least.source, count=least.value)
    for at, reward in enumerate(package.rewards):
        if not reward.title:
            yield _blocker("reward_title_missing", f"rewards.{at}.title", number=at + 1)
        if not reward.text:
            yield _blocker("reward_text_missing", f"rewards.{at}.text", number=at + 1)
        if not reward.price_cents:
            yield _blocker("reward_price_missing", f"rewards.{at}.price_cents", number=at + 1)


def _check_media(package: Package, rules: CrowdfundingRules, on: date) -> Iterator[Finding]:
    hosts, minutes = rules.video_hosts.on(on), rules.video_minutes.on(on)
    if not package.video_url:
        yield _hint("video_missing", "video_url", Source.HOUSE, count=minutes.value)
    elif not is_video_address(package.video_url, hosts.value):
        yield _blocker("video_not_embeddable", "video_url", hosts.source)
    else:
        yield _hint("video_unseen", "video_url", minutes.source, count=minutes.value)
    least = rules.least_images.on(on)
    if len(package.images) < least.value:
        yield _blocker("images_missing", "images", least.source, count=least.value)
    for at, image in enumerate(package.images):
        if not image.alt:
            yield _blocker("image_alt_missing", f"images.{at}.alt", Source.HOUSE, number=at + 1)
        if not image.credit:
            yield _blocker("image_credit_missing", f"images.{at}.credit", Source.HOUSE, number=at + 1)
        if not image.rights_confirmed:
            yield _blocker("image_rights_missing", f"images.{at}.rights_confirmed", Source.HOUSE, number=at + 1)


def _check_team(package: Package) -> Iterator[Finding]:
    if not package.team:
        yield _blocker("team_missing", "team")
    for at, member in enumerate(package.team):
        if not member.name:
            yield _blocker("member_name_missing", f"team.{at}.name", number=at + 1)
        elif len(member.name.split()) < 2:
            yield _hint("member_name_short", f"team.{at}.name", number=at + 1)
    yield from _check_texts(package, Section.TEAM)


def _check_impact(package: Package) -> Iterator[Finding]:
    if not package.sdgs:
        yield _blocker("sdgs_missing", "sdgs", Source.HOUSE)
    yield from _check_texts(package, Section.IMPACT)


def _check_texts(package: Package, section: Section) -> Iterator[Finding]:
    """No text of a section may be left out."""
    for name in FIELDS[section]:
        if getattr(package, name) == "":
            yield _blocker(f"{name}_missing", name, Source.HOUSE if name in _OWN_REQUIREMENTS else Source.STARTNEXT)


def is_video_address(url: str, hosts: tuple[str, ...]) -> bool:
    """Whether it is an https address of something on one of the hosts."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return False
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    plain = parts.scheme == "https" and port is None and "@" not in parts.netloc
    return plain and parts.hostname in hosts and parts.path.strip("/") != ""


# -- findings ----------------------------------------------------------------------------------------------------


class Seats(tuple[str, ...]):
    """Countries and regions that a text lists by name."""


def _blocker(code: str, field: str, source: Source = Source.STARTNEXT, **values: object) -> Finding:
    return _finding(code, field, Severity.BLOCKER, source, **values)


def _hint(code: str, field: str, source: Source = Source.STARTNEXT, **values: object) -> Finding:
    return _finding(code, field, Severity.HINT, source, **values)


def _finding(code: str, field: str, severity: Severity, source: Source, **values: object) -> Finding:
    return Finding(
        code=code,
        section=section_of(field),
        field=field,
        severity=severity,
        source=source,
        texts={language: _write(texts_in(language), code, values) for language in languages()},
    )


def _write(texts: Texts, code: str, values: dict[str, object]) -> str:
    return texts(f"readiness.{code}", **{name: _show(value, texts) for name, value in values.items()})


def _show(value: object, texts: Texts) -> object:
    match value:
        case Money():
            return write_euros(value, texts.language)
        case Seats():
            return format_list([seat_name(code, texts) for code in value], "or", locale=texts.language)
        case _:
            return value
