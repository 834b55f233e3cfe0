"""Days as pages tell them."""

from datetime import date

from api.pages.kit.page import AnyPage
from models.cases.calendar import calendar_of
from models.vocabulary import Stage


def read_until(page: AnyPage, day: date | None = None) -> str:
    """The day by which an idea that is handed in on a day, or today, will have been read."""
    rulebook = page.services.rulebook()
    limit = rulebook.limit_of(Stage.IDENTIFY, "screening").limit
    return page.t.day(calendar_of(rulebook).add(day or page.services.today(), limit))
