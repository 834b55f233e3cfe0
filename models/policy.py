"""`pipeline.toml`, typed and checked. Every error names its key."""

import hashlib
import re
import tomllib
from collections.abc import Collection, Sequence
from datetime import date, time, timedelta
from functools import cached_property
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, ClassVar, Generic, Literal, Self, TypeVar
from zoneinfo import ZoneInfo, available_timezones

import holidays
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    RootModel,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from models.addresses import is_address
from models.licences import ADDRESSES
from models.lifecycles import BESIDE, LIFECYCLES
from models.lifecycles.events import EVENTS
from models.messages.idea import LONGEST_TASK, MOST_OPEN_TASKS
from models.messages.package import PlatformPlan, Source
from models.messages.rulebook import QUESTION, Duration, Limit, Rulebook
from models.single_line import read_line
from models.vocabulary import Licence, Stage
from models.workflow_ids import CROWDFUNDING, IDEA

YEARS_AHEAD = 3
"""How many years of closed days a rulebook carries beyond the present one. Later years know weekends only."""

LONGEST_PLAN_DAYS = 730
"""A task that begins so late belongs into the next plan."""


class PolicyError(Exception):
    """The configuration cannot be used. `problems` has one line for each wrong key."""

    def __init__(self, path: Path, problems: list[str]) -> None:
        self.path = path
        self.problems = problems
        super().__init__(f"{path} cannot be used:\n" + "\n".join(f"  {problem}" for problem in problems))


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CalendarSection(_Section):
    """Which days are working days, and when reminders go out."""

    timezone: str
    country: str
    subdivision: str | None = None
    closed: tuple[date, ...] = ()
    send_at: time = time(8)

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError(f'"{value}" is no known time zone, e.g. "Europe/Berlin"')
        return value

    @field_validator("country")
    @classmethod
    def _known_country(cls, value: str) -> str:
        if value not in holidays.list_supported_countries():
            raise ValueError(f'no holidays are known for "{value}"; write a country code such as "DE"')
        return value

    @field_validator("subdivision")
    @classmethod
    def _known_subdivision(cls, value: str | None, info: ValidationInfo) -> str | None:
        country = info.data.get("country")
        known = holidays.list_supported_countries().get(country, []) if country else []
        if value is not None and country is not None and value not in known:
            raise ValueError(f'"{value}" is no subdivision of {country}; known are {", ".join(known)}')
        return value

    def closed_days(self, first_year: int, last_year: int) -> tuple[date, ...]:
        """Holidays on weekdays and the site's own closed days, sorted. Source: the `holidays` library."""
        years = range(first_year, last_year + 1)
        known = holidays.country_holidays(self.country, subdiv=self.subdivision, years=years)
        return tuple(sorted({day for day in (*known, *self.closed) if day.weekday() < 5 and day.year in years}))


class EngineSection(_Section):
    """Numbers of the engine itself."""

    renew_after_steps: int = Field(default=400, ge=1, le=1500)
    chased_for: Duration = Duration(7, "d")
    longest_extension_days: int = Field(default=180, ge=1, le=3650)
    longest_pause_days: int = Field(default=365, ge=1, le=3650)
    undo_seconds: int = Field(default=60, ge=0, le=3600)
    no_activity_after: Duration = Duration(42, "d")
    letter_waits_for: Duration = Duration(3, "wd")
    crowdfunding_expires_after: Duration = Duration(180, "d")


class SearchSection(_Section):
    """How coaches are asked."""

    offer: Duration = Duration(5, "wd")
    remind: tuple[Duration, ...] = ()
    grace: Duration = Duration(2, "wd")


Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class NoticesSection(_Section):
    """When mails go out, and how long they are tried."""

    gather_seconds: int = Field(default=60, ge=0, le=3600)
    digest_at: time = time(7, 30)
    digest_weekday: Weekday = "monday"
    give_up_after: Duration = Duration(2, "d")
    words: Literal["full", "first_line", "none"] = "full"
    """How much of what people write stands in mails, which lie on servers of others."""


class AnswersSection(_Section):
    """Answering a question from within a mail, without signing in."""

    link_lasts: Duration = Duration(30, "d")
    later: Duration = Duration(7, "d")


class RetentionSection(_Section):
    """How long words and names are kept. Steps, dates and counts stay."""

    draft_days: int = Field(default=90, ge=7, le=3650)
    ended_months: int = Field(default=12, ge=1, le=240)
    completed_years: int = Field(default=10, ge=1, le=50)
    evidence_until: date | None = None
    """Until then cases that were coached are evidence and stay as they are."""
    contribution_days: int = Field(default=180, ge=7, le=3650)
    mail_days: int = Field(default=180, ge=7, le=3650)
    report_days: int = Field(default=365, ge=30, le=3650)
    audit_days: int = Field(default=90, ge=7, le=3650)


class UpkeepSection(_Section):
    """When the platform looks after itself, in local time."""

    lead_digest_at: time = time(6)
    """On the weekday of the digests, before they go out."""
    reconcile_at: time = time(2, 30)
    reconcile_repairs: bool = False
    retention_at: time = time(3, 30)
    nudge_at: time = time(4, 30)
    pace_at: time = time(5)
    jitter_minutes: int = Field(default=10, ge=0, le=60)


class OperatorSection(_Section):
    """Who runs the platform and answers for it. What is empty is shown as not yet filled in."""

    name: str = ""
    address: tuple[str, ...] = ()
    represented_by: str = ""
    email: str = ""
    phone: str = ""
    register_entry: str = ""
    vat_id: str = ""
    editor: str = ""
    """Who answers for the contents."""
    security: str = ""
    """Where holes in the platform's safety are told: a mail address, or an https:// address."""

    @field_validator("security")
    @classmethod
    def _is_a_contact(cls, value: str) -> str:
        if value and not value.startswith("https://") and not is_address(value):
            raise ValueError("must be a mail address or begin with https://")
        return value

    @property
    def security_contact(self) -> str:
        """As RFC 9116 wants it: a URI. Empty where there is none."""
        return f"mailto:{self.security}" if "@" in self.security and "//" not in self.security else self.security


class PrivacySection(_Section):
    """Whom people turn to about their data."""

    officer: tuple[str, ...] = ()
    authority: tuple[str, ...] = ()
    hosting: tuple[str, ...] = ()


class AccessibilitySection(_Section):
    """What is known of the pages' accessibility, as the operator has had it checked."""

    status: Literal["", "full", "partial", "none"] = ""
    method: Literal["", "self", "external"] = ""
    checked_on: date | None = None
    gaps: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Language → what is not accessible yet, each with its reason."""
    enforcement: tuple[str, ...] = ()
    """The body that people turn to when an answer does not come or does not help."""


class FeedbackSection(_Section):
    """How long an answer to feedback may take, and how long it is kept."""

    answer_within: Duration = Duration(10, "wd")
    keep_days: int = Field(default=365, ge=30, le=3650)
    """After the answer."""


class District(_Section):
    """A district of the region and the office in charge of it."""

    name: str
    ags: str = ""
    office: str
    short: Annotated[str, Field(max_length=4)] = ""
    """Stands on its tile of the map, such as the sign of its cars."""
    tile: tuple[Annotated[int, Field(ge=1, le=20)], Annotated[int, Field(ge=1, le=20)]] | None = None
    """Column and row on the map of tiles, counted from 1 at the top left; None: it stands in the table alone."""


class OfficeContact(_Section):
    """How the press and others who ask about a story of its districts reach an office."""

    email: str = ""
    phone: str = ""

    @field_validator("email")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if value and not is_address(value):
            raise ValueError("must be a mail address")
        return value


class Translations(_Section):
    """Names in another language. A key that is left out keeps its own name."""

    region: str = ""
    """How the region itself is called."""
    offices: dict[str, str] = Field(default_factory=dict)
    districts: dict[str, str] = Field(default_factory=dict)
    themes: dict[str, str] = Field(default_factory=dict)


class ReplyTemplate(_Section):
    """Words that leads and coaches send often, for one kind of step; what stands in braces is filled in."""

    event: str
    title: Annotated[str, Field(min_length=1, max_length=80)]
    text: Annotated[str, Field(min_length=1, max_length=4000)]

    @field_validator("event")
    @classmethod
    def _event_has_words(cls, event: str) -> str:
        if event not in EVENTS:
            raise ValueError(f'"{event}" is no event')
        return event

    @field_validator("text")
    @classmethod
    def _knows_its_gaps(cls, text: str) -> str:
        try:
            gaps = {gap for _, gap, _, _ in Formatter().parse(text) if gap is not None}
        except ValueError as wrong:
            raise ValueError(f"a brace is not closed: {wrong}") from None
        if unknown := sorted(gaps - set(cls.gaps)):
            raise ValueError(f"{{{unknown[0]}}} is unknown; known are {', '.join(f'{{{gap}}}' for gap in cls.gaps)}")
        return text

    gaps: ClassVar[tuple[str, ...]] = ("name", "title", "office", "me")
    """Who has handed in, the idea's title, its office, and who writes."""

    def fill(self, **values: str) -> str:
        """`values`: one for each gap."""
        return self.text.format_map(values).strip()

    @property
    def with_gaps(self) -> str:
        """As it is shown where it is for many ideas at once."""
        return self.fill(**{gap: f"{{{gap}}}" for gap in self.gaps})


def fill_gaps(words: str, **values: str) -> str:
    """Words that somebody may have changed meanwhile: what is no gap of ours stays as it stands.

    >>> fill_gaps("Guten Tag {name}, {so weiter}", name="Alma")
    'Guten Tag Alma, {so weiter}'
    """
    return re.sub(rf"\{{({'|'.join(values)})\}}", lambda gap: values[gap[1]], words)


def _one_line(words: str) -> str:
    if words != read_line(words):
        raise ValueError("is one line, without blanks around it")
    return words


TaskWords = Annotated[str, Field(min_length=1, max_length=LONGEST_TASK), AfterValidator(_one_line)]


class TaskTemplate(_Section):
    """A task of a prepared plan: what, who, and how long after the plan is made."""

    what: TaskWords
    who: Literal["innovator", "coach", "lead"] = "innovator"
    after: Duration | None = None
    """None: without a day."""

    @field_validator("after")
    @classmethod
    def _is_soon_enough(cls, after: Duration | None) -> Duration | None:
        if after is not None and after.amount > LONGEST_PLAN_DAYS:
            raise ValueError(f"is {LONGEST_PLAN_DAYS} days at most")
        return after


class TranslatedPlan(_Section):
    """A prepared plan in another language: its title, and what is to be done in the same order."""

    title: Annotated[str, Field(min_length=1, max_length=80)]
    tasks: tuple[TaskWords, ...]


class PlanTemplate(_Section):
    """Tasks that many ideas begin with: whoever plans chooses them and changes what is different."""

    title: Annotated[str, Field(min_length=1, max_length=80)]
    tasks: Annotated[tuple[TaskTemplate, ...], Field(min_length=1, max_length=MOST_OPEN_TASKS)]
    translated: dict[str, TranslatedPlan] = Field(default_factory=dict)
    """By language; what is left out is said as it stands here."""

    @field_validator("translated")
    @classmethod
    def _says_each_task(cls, translated: dict[str, TranslatedPlan], info: ValidationInfo) -> dict[str, TranslatedPlan]:
        count = len(info.data.get("tasks", ()))
        for language, plan in translated.items():
            if count and len(plan.tasks) != count:
                raise ValueError(f"{language}.tasks says {len(plan.tasks)} tasks, and the plan has {count}")
        return translated

    def title_in(self, language: str) -> str:
        return self.translated[language].title if language in self.translated else self.title

    def tasks_in(self, language: str) -> Sequence[TaskTemplate]:
        if language not in self.translated:
            return self.tasks
        words = self.translated[language].tasks
        return [task.model_copy(update={"what": what}) for task, what in zip(self.tasks, words, strict=True)]


class RegionSection(_Section):
    """What ties an installation to its region."""

    name: str
    platform: str
    languages: tuple[str, ...] = ("de",)
    default_language: str = "de"
    default_office: str
    funding_note: str = ""
    funding_emblem: str = ""
    """A file in templates/static/ that is shown with the note."""
    story_licence: Licence | None = Licence.CC_BY
    """Under which owners may let others pass the texts of their stories on; None: they are not asked."""
    offices: dict[str, str] = Field(min_length=1)
    contacts: dict[str, OfficeContact] = Field(default_factory=dict)
    """Office → how it is reached; without one, the operator is named."""
    districts: dict[str, District]
    themes: dict[str, str] = Field(min_length=1)
    partners: dict[str, str] = Field(default_factory=dict)
    translated: dict[str, Translations] = Field(default_factory=dict)
    """Language → names of offices, districts and themes in it."""

    @field_validator("story_licence", mode="before")
    @classmethod
    def _can_be_granted(cls, value: Any) -> Any:
        if value and value not in list(ADDRESSES):
            raise ValueError(f'"{value}" is no licence for texts; known are {", ".join(ADDRESSES)}')
        return value or None

    @model_validator(mode="after")
    def _offices_exist(self) -> Self:
        if self.default_office not in self.offices:
            raise ValueError(f'default_office "{self.default_office}" is not among offices')
        for office in self.contacts:
            if office not in self.offices:
                raise ValueError(f'contacts.{office}: "{office}" is not among offices')
        for code, district in self.districts.items():
            if district.office not in self.offices:
                raise ValueError(f'districts.{code}.office "{district.office}" is not among offices')
        if self.default_language not in self.languages:
            raise ValueError(f'default_language "{self.default_language}" is not among languages')
        return self

    @model_validator(mode="after")
    def _tiles_lie_side_by_side(self) -> Self:
        taken: dict[tuple[int, int], str] = {}
        for code, tile in self.tiles.items():
            if tile in taken:
                raise ValueError(f"districts.{code}.tile is that of {taken[tile]}")
            taken[tile] = code
        return self

    @property
    def tiles(self) -> dict[str, tuple[int, int]]:
        """District → column and row on the map, row by row; empty where the region has no map."""
        laid = {code: district.tile for code, district in self.districts.items() if district.tile is not None}
        return dict(sorted(laid.items(), key=lambda placed: placed[1][::-1]))

    @model_validator(mode="after")
    def _translations_fit(self) -> Self:
        for language, names in self.translated.items():
            if language not in self.languages:
                raise ValueError(f'translated.{language}: "{language}" is not among languages')
            for kind in ("offices", "districts", "themes"):
                unknown = sorted(set(getattr(names, kind)) - set(getattr(self, kind)))
                if unknown:
                    raise ValueError(f"translated.{language}.{kind}: {', '.join(unknown)} is not among {kind}")
        return self

    def find_district(self, text: str) -> str | None:
        """The code of a district given by code, official key or name in any case; None where there is none."""
        wanted = text.strip().casefold()
        if not wanted:
            return None
        for code, district in self.districts.items():
            if wanted in (code.casefold(), district.ags.casefold(), district.name.casefold()):
                return code
        return None

    def find_theme(self, text: str) -> str | None:
        """The key of a theme given by key or name in any case; None where there is none."""
        wanted = text.strip().casefold()
        for key, name in self.themes.items():
            if wanted in (key.casefold(), name.casefold()):
                return key
        return None

    def office_of(self, district: str | None) -> str:
        if district is None or district not in self.districts:
            return self.default_office
        return self.districts[district].office


Value = TypeVar("Value")


class Version(_Section, Generic[Value]):
    """A rule as it is since a day, and whose rule it is."""

    value: Value
    source: Source
    since: date


class Versions(RootModel[tuple[Version[Value], ...]], Generic[Value]):
    """One table, or a list of them where a rule changes on a day."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _one_is_enough(cls, given: Any) -> Any:
        return [given] if isinstance(given, dict) else given

    @field_validator("root")
    @classmethod
    def _one_a_day(cls, versions: tuple[Version[Value], ...]) -> tuple[Version[Value], ...]:
        if not versions:
            raise ValueError("a rule needs at least one version")
        if len({version.since for version in versions}) < len(versions):
            raise ValueError("two versions begin on the same day")
        return tuple(sorted(versions, key=lambda version: version.since))

    def on(self, day: date) -> Version[Value]:
        """The version in force on a day. Of days before the first one we know nothing else, so it counts then too."""
        begun = [version for version in self.root if version.since <= day]
        return begun[-1] if begun else self.root[0]


Length = Annotated[int, Field(ge=1)]
BasisPoints = Annotated[int, Field(ge=0, le=10_000)]


class CrowdfundingRules(_Section):
    """What a campaign must fulfil before it goes to the platform: see `models.rules.readiness`."""

    seats: Versions[Annotated[tuple[str, ...], Field(min_length=1)]]
    """ISO 3166 codes of countries or parts of them, e.g. "DE", "IT-BZ"."""
    entrepreneurs_only: Versions[bool]
    title_length: Versions[Length]
    subtitle_length: Versions[Length]
    summary_sentences: Versions[tuple[Length, Length]]
    least_level_cents: Versions[Length]
    flexible_level_cents: Versions[Length]
    longest_days: Versions[Length]
    usual_days: Versions[Length]
    video_hosts: Versions[tuple[str, ...]]
    video_minutes: Versions[Length]
    least_rewards: Versions[Annotated[int, Field(ge=0)]]
    least_images: Versions[Annotated[int, Field(ge=0)]]
    fees: dict[PlatformPlan, Versions[BasisPoints]]
    """Of what is collected, by plan; 800 are 8 %."""

    @field_validator("fees")
    @classmethod
    def _every_plan_has_a_fee(
        cls, fees: dict[PlatformPlan, Versions[BasisPoints]]
    ) -> dict[PlatformPlan, Versions[BasisPoints]]:
        if missing := [plan for plan in PlatformPlan if plan not in fees]:
            raise ValueError(f"{', '.join(missing)} is missing")
        return fees


def _is_stage_or_kind(name: str) -> str:
    if name not in {*Stage, *BESIDE}:
        raise ValueError(f"there is no stage and no kind of case {name!r}")
    return name


StageOrKind = Annotated[str, AfterValidator(_is_stage_or_kind)]


class Policy(_Section):
    """The whole of `pipeline.toml`."""

    calendar: CalendarSection
    engine: EngineSection = EngineSection()
    coach_search: SearchSection = SearchSection()
    notices: NoticesSection = NoticesSection()
    answers: AnswersSection = AnswersSection()
    questions: Limit = QUESTION
    """What somebody asks of another in the conversation of an idea."""
    retention: RetentionSection = RetentionSection()
    upkeep: UpkeepSection = UpkeepSection()
    feedback: FeedbackSection = FeedbackSection()
    operator: OperatorSection = OperatorSection()
    privacy: PrivacySection = PrivacySection()
    accessibility: AccessibilitySection = AccessibilitySection()
    limits: dict[StageOrKind, dict[str, Limit]]
    crowdfunding: CrowdfundingRules
    region: RegionSection
    templates: tuple[ReplyTemplate, ...] = ()
    plans: tuple[PlanTemplate, ...] = ()

    @field_validator("plans")
    @classmethod
    def _speak_known_languages(cls, plans: tuple[PlanTemplate, ...], info: ValidationInfo) -> tuple[PlanTemplate, ...]:
        region = info.data.get("region")
        for number, plan in enumerate(plans):
            for language in plan.translated:
                if region is not None and language not in region.languages:
                    raise ValueError(f'{number}.translated.{language}: "{language}" is not among languages')
        return plans

    @field_validator("limits")
    @classmethod
    def _every_state_has_a_limit(cls, limits: dict[str, dict[str, Limit]]) -> dict[str, dict[str, Limit]]:
        problems = []
        known = {str(stage): set(lifecycle.open_states()) - {"matching"} for stage, lifecycle in LIFECYCLES.items()}
        beside = {kind: set(machine.phases()) for kind, machine in BESIDE.items()}
        for stage, states in {**known, **beside}.items():
            given = set(limits.get(stage, {}))
            problems += [f"{stage}.{state} is missing" for state in sorted(states - given)]
            problems += [f"{stage}.{state} is no state of this stage" for state in sorted(given - states)]
        for stage, states_of in limits.items():
            for state, limit in states_of.items():
                if limit.limit.amount < 1:
                    problems.append(f"{stage}.{state}.limit must be at least one day")
        if problems:
            raise ValueError("; ".join(problems))
        return limits

    def rulebook(self, today: date, kind: str = IDEA) -> Rulebook:
        """The rules as they travel with a case of this kind: its own limits, and the closed days from the first day of
        this year on."""
        tables: Collection[str] = list(Stage) if kind == IDEA else [kind]
        limits = {
            f"{table}.{state}": limit
            for table, states in self.limits.items()
            if table in tables
            for state, limit in states.items()
        }
        plain = Rulebook(
            digest="",
            timezone=self.calendar.timezone,
            closed=self.calendar.closed_days(today.year, today.year + YEARS_AHEAD),
            send_at=self.calendar.send_at,
            limits=limits,
            offer=Limit(
                limit=self.coach_search.offer,
                remind=self.coach_search.remind,
                escalate=(self.coach_search.grace,),
            ),
            question=self.questions,
            renew_after_steps=self.engine.renew_after_steps,
            chased_for=self.engine.chased_for,
            longest_extension_days=self.engine.longest_extension_days,
            longest_pause_days=self.engine.longest_pause_days,
            undo_seconds=self.engine.undo_seconds,
            expire_after=self.engine.crowdfunding_expires_after if kind == CROWDFUNDING else None,
        )
        digest = hashlib.sha256(plain.model_dump_json().encode()).hexdigest()[:12]
        return plain.model_copy(update={"digest": digest})

    def not_filled_in(self) -> list[str]:
        """What the law wants to be told to the public and the operator has not written yet, as keys."""
        wanted = {
            "operator": ("name", "address", "represented_by", "email", "phone", "editor"),
            "privacy": ("officer", "authority", "hosting"),
            "accessibility": ("status", "method", "checked_on", "enforcement"),
        }
        return [
            f"{part}.{key}" for part, keys in wanted.items() for key in keys if not getattr(getattr(self, part), key)
        ]

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.calendar.timezone)


def load_policy(path: Path) -> Policy:
    """Read and check the configuration. Raises PolicyError with every problem found."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise PolicyError(path, ["the file does not exist; set IDEENWEG_PIPELINE to its path"]) from None
    return read_policy(content, path)


def read_policy(content: bytes, path: Path = Path("pipeline.toml")) -> Policy:
    """Check what stands in such a file. Raises PolicyError with every problem found; of TOML that is none, its line."""
    try:
        raw = tomllib.loads(content.decode("utf-8-sig"))
    except RecursionError:
        raise PolicyError(path, ["not valid TOML: nested too deeply"]) from None
    except ValueError as error:  # of UTF-8, of TOML, and of numbers that are too long
        raise PolicyError(path, [f"not valid TOML: {error}"]) from None
    return parse_policy(raw, path)


def parse_policy(raw: dict[str, Any], path: Path = Path("pipeline.toml")) -> Policy:
    """Check what was read. Raises PolicyError with every problem found."""
    try:
        return Policy.model_validate(raw)
    except ValidationError as error:
        problems = []
        for line in error.errors():
            key = ".".join(str(part) for part in line["loc"]) or "(file)"
            problems.append(f"{key}: {line['msg'].removeprefix('Value error, ')}")
        raise PolicyError(path, problems) from None


def days_of(duration: Duration) -> timedelta:
    """A duration as plain days, for thresholds where the calendar does not matter."""
    return timedelta(days=duration.amount)
