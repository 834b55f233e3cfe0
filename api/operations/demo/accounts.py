"""The people of the demo. Every name is made up, and every address ends where no mail arrives."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID, uuid5

from models.tables import Account, CoachProfile
from models.tables.columns import utc_now
from models.vocabulary import Role

DEMO = UUID("6f1d7a52-0c5b-4a53-9d3a-6d1f6a4f6c11")
"""The namespace of all ids of the demo, so that loading it again finds what is there."""


def demo_id(*parts: str | int) -> str:
    """The id of something in the demo: the same words give the same id."""
    return str(uuid5(DEMO, "/".join(map(str, parts))))


@dataclass(frozen=True)
class Coaching:
    """What a coach offers. `away` counts days from today: first and last day of an absence."""

    districts: tuple[str, ...]
    themes: tuple[str, ...]
    languages: tuple[str, ...] = ("de",)
    capacity: int = 4
    away: tuple[int, int] | None = None
    cover: str | None = None


@dataclass(frozen=True)
class Person:
    """A demo account; `key` is how the stories speak of it."""

    key: str
    role: Role
    name: str
    email: str
    office: str | None = None
    language: str = "de"
    coaching: Coaching | None = None

    @property
    def id(self) -> str:
        return demo_id("account", self.key)


IVANA_IS_BACK_IN = 12
"""Days from today until Ivana's last day away."""


def _lead(key: str, name: str, email: str, office: str) -> Person:
    return Person(key, Role.LEAD, name, f"{email}@example.org", office)


def _coach(key: str, name: str, email: str, office: str, coaching: Coaching) -> Person:
    return Person(key, Role.COACH, name, f"{email}@example.org", office, coaching=coaching)


def _innovator(key: str, name: str, email: str, language: str = "de") -> Person:
    return Person(key, Role.INNOVATOR, name, f"{email}@example.org", language=language)


PEOPLE: tuple[Person, ...] = (
    _lead("carla", "Carla Leitner", "carla.leitner", "dresden"),
    _lead("yusuf", "Yusuf Demir", "yusuf.demir", "leipzig"),
    _lead("henriette", "Henriette Vogel", "henriette.vogel", "chemnitz"),
    _coach(
        "ben",
        "Ben Bauer",
        "ben.bauer",
        "dresden",
        Coaching(("DED21", "DED2E", "DED2F"), ("care", "ageing", "neighbourhood", "housing"), ("de", "en"), 6),
    ),
    _coach(
        "ivana",
        "Ivana Kovačević",
        "ivana.kovacevic",
        "dresden",
        Coaching(("DED2C", "DED2D"), ("counselling", "mobility", "culture"), away=(-5, IVANA_IS_BACK_IN), cover="ben"),
    ),
    _coach(
        "jonas",
        "Jonas Richter",
        "jonas.richter",
        "leipzig",
        Coaching(("DED51", "DED52"), ("youth", "education", "digital"), ("de", "en"), 5),
    ),
    _coach(
        "mai",
        "Mai Nguyen",
        "mai.nguyen",
        "leipzig",
        Coaching(("DED51", "DED53"), ("migration", "neighbourhood", "work"), ("de", "en"), 3),
    ),
    _coach(
        "marlene",
        "Marlene Uhlig",
        "marlene.uhlig",
        "chemnitz",
        Coaching(("DED41", "DED42"), ("inclusion", "environment", "digital", "housing")),
    ),
    _coach(
        "oskar",
        "Oskar Seidel",
        "oskar.seidel",
        "chemnitz",
        Coaching(("DED43", "DED44", "DED45"), ("mobility", "work", "culture", "youth"), capacity=3),
    ),
    _innovator("alma", "Alma Hoffmann", "alma.hoffmann"),
    _innovator("pawel", "Paweł Zieliński", "pawel.zielinski"),
    _innovator("franziska", "Franziska Böhme", "franziska.boehme"),
    _innovator("gudrun", "Gudrun Thieme", "gudrun.thieme"),
    _innovator("olena", "Olena Marchenko", "olena.marchenko", language="en"),
    _innovator("mehmet", "Mehmet Yıldız", "mehmet.yildiz"),
    _innovator("nadia", "Nadia Haddad", "nadia.haddad"),
    _innovator("tom", "Tom Albrecht", "tom.albrecht"),
    _innovator("reinhard", "Reinhard Krause", "reinhard.krause"),
    _innovator("lena", "Lena Schuster", "lena.schuster"),
    _innovator("karla", "Karla Neumann", "karla.neumann"),
)

BY_KEY = {person.key: person for person in PEOPLE}


def list_accounts() -> list[dict[str, str]]:
    """What `ideenweg up` and the sign-in page show: role, name and address of everybody."""
    return [{"role": str(person.role), "name": person.name, "email": person.email} for person in PEOPLE]


def account_row(person: Person) -> Account:
    return Account(
        id=person.id,
        email=person.email,
        name=person.name,
        language=person.language,
        roles=[str(person.role)],
        office=person.office,
        demo=True,
        proved_at=utc_now(),
    )


def profile_row(person: Person, today: date) -> CoachProfile | None:
    """The profile of a coach, with an absence counted from today; None for everybody else."""
    coaching = person.coaching
    if coaching is None:
        return None
    first, last = coaching.away or (0, 0)
    away = coaching.away is not None
    return CoachProfile(
        account_id=person.id,
        districts=list(coaching.districts),
        themes=list(coaching.themes),
        languages=list(coaching.languages),
        capacity=coaching.capacity,
        absent_from=today + timedelta(days=first) if away else None,
        absent_until=today + timedelta(days=last) if away else None,
        cover_id=BY_KEY[coaching.cover].id if coaching.cover else None,
        leaves=1 if away else 0,
    )
