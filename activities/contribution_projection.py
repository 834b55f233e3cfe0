"""What SQL shows of contributions: their standing, and no more."""

from activities.projection import Projection
from models.messages.contribution import ContributionStanding


class ContributionProjection(Projection[ContributionStanding]):
    """Contributions on PostgreSQL."""

    standing_type = ContributionStanding
