"""The services that `ideenweg up` brings along: PostgreSQL, Temporal, and the supervisor that keeps them running.

Imports `models.settings` only, so that starting up stays fast; the application runs in processes of its own.
"""

from api.operations.embedded.postgres import EmbeddedPostgres
from api.operations.embedded.process import PartFailed
from api.operations.embedded.temporal import EmbeddedTemporal

__all__ = ["EmbeddedPostgres", "EmbeddedTemporal", "PartFailed"]
