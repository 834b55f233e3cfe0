"""Days as pages tell them."""

from datetime import date

from api.runtime.services import Services
from models.i18n import Texts
from models.rules.calendar import calendar_of
from models.vocabulary import Stage


def read_until(services: Services, t: Texts, day: date | None = None) -> str:
    """The day by which an idea that is handed in on a day, or today, will have been read."""
    rulebook = services.rulebook()
    limit = rulebook.limit_of(Stage.IDENTIFY, "screening").limit
    return t.day(calendar_of(rulebook).add(day or services.today(), limit))
