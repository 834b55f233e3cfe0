"""Who may show an idea on its way to everybody."""

from models.messages.idea import Standing
from models.vocabulary import Stage


def may_open(standing: Standing, account_id: str | None) -> bool:
    """Its owner alone, once a lead has taken it on and as long as its path is open."""
    is_on_its_way = standing.outcome is None and standing.stage is not Stage.IDENTIFY
    return is_on_its_way and account_id is not None and standing.owner_id == account_id
