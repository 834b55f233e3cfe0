"""`pipeline.toml`, typed and checked. Every error names its key."""

import hashlib
import tomllib
from datetime import date, time, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo, available_timezones

import holidays
from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator, model_validator

from models.lifecycles import LIFECYCLES
from models.messages.rulebook import Duration, Limit, Rulebook
from models.vocabulary import Stage

YEARS_AHEAD = 3
"""How many years of closed days a rulebook carries beyond the present one. Later years know weekends only."""


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
    no_activity_after: Duration = Duration(42, "d")


class SearchSection(_Section):
    """How coaches are asked."""

    offer: Duration = Duration(5, "wd")
    remind: tuple[Duration, ...] = ()
    grace: Duration = Duration(2, "wd")


class District(_Section):
    """A district of the region and the office in charge of it."""

    name: str
    ags: str = ""
    office: str


class RegionSection(_Section):
    """What ties an installation to its region."""

    name: str
    platform: str
    languages: tuple[str, ...] = ("de",)
    default_language: str = "de"
    default_office: str
    funding_note: str = ""
    offices: dict[str, str] = Field(min_length=1)
    districts: dict[str, District]
    themes: dict[str, str] = Field(min_length=1)
    partners: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _offices_exist(self) -> Self:
        if self.default_office not in self.offices:
            raise ValueError(f'default_office "{self.default_office}" is not among offices')
        for code, district in self.districts.items():
            if district.office not in self.offices:
                raise ValueError(f'districts.{code}.office "{district.office}" is not among offices')
        if self.default_language not in self.languages:
            raise ValueError(f'default_language "{self.default_language}" is not among languages')
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


class Policy(_Section):
    """The whole of `pipeline.toml`."""

    calendar: CalendarSection
    engine: EngineSection = EngineSection()
    coach_search: SearchSection = SearchSection()
    limits: dict[Stage, dict[str, Limit]]
    region: RegionSection

    @field_validator("limits")
    @classmethod
    def _every_state_has_a_limit(cls, limits: dict[Stage, dict[str, Limit]]) -> dict[Stage, dict[str, Limit]]:
        problems = []
        for stage, lifecycle in LIFECYCLES.items():
            states = {state for state in lifecycle.open_states() if state != "matching"}
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

    def rulebook(self, today: date) -> Rulebook:
        """The rules as they travel with an idea, with the closed days around `today`."""
        limits = {f"{stage}.{state}": limit for stage, states in self.limits.items() for state, limit in states.items()}
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
            renew_after_steps=self.engine.renew_after_steps,
            chased_for=self.engine.chased_for,
            longest_extension_days=self.engine.longest_extension_days,
            longest_pause_days=self.engine.longest_pause_days,
        )
        digest = hashlib.sha256(plain.model_dump_json().encode()).hexdigest()[:12]
        return plain.model_copy(update={"digest": digest})

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.calendar.timezone)


def load_policy(path: Path) -> Policy:
    """Read and check the configuration. Raises PolicyError with every problem found."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise PolicyError(path, ["the file does not exist; set IDEENWEG_PIPELINE to its path"]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
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
