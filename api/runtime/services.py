"""What a web process or a command works with: settings, policy, database and the way to the workflows."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property

from activities.adapters.crowdfunding import build_platform
from activities.adapters.scanner import build_scanner
from activities.attachments.reading import FileReader
from activities.notice_courier import NoticeCourier
from activities.packaging.decoding import ImageReader
from activities.ports.crowdfunding import CrowdfundingPlatform
from activities.story_leaflet import LeafletPrinter
from api.runtime.first_lead_check import LeadPresence
from api.runtime.rate_limiter import RateLimiter
from api.runtime.read_model_waiter import ReadModelWaiter
from api.runtime.record_writer import RecordWriter
from api.runtime.ttl_cache import TtlCache
from models.database import Database
from models.messages.rulebook import Rulebook
from models.policy import Policy, load_policy
from models.queries.overview import Numbers
from models.queries.region_keys import MissingKey
from models.queries.story_lists import PublicFigures
from models.rules.forecast import Forecast
from models.settings import Settings
from models.workflow_ids import IDEA
from workflows.client import EngineClient, connect

NUMBERS_KEPT_SECONDS = 600

FORECASTS_KEPT_SECONDS = 3600


OVERVIEW_KEPT_SECONDS = 60


@dataclass(frozen=True)
class Services:
    """Built once at the start by `api.app` or a command."""

    settings: Settings
    policy: Policy
    database: Database
    engine: EngineClient
    _rulebooks: dict[tuple[str, int], Rulebook] = field(default_factory=dict)

    @cached_property
    def platform(self) -> CrowdfundingPlatform:
        """Where campaigns are run."""
        return build_platform(self.settings)

    @cached_property
    def read_model(self) -> ReadModelWaiter:
        """Who waits until the read model shows a step."""
        return ReadModelWaiter(self.database)

    @cached_property
    def courier(self) -> NoticeCourier:
        """Tells inboxes of what commands have led to."""
        return NoticeCourier(self.database, self.engine)

    @cached_property
    def records(self) -> RecordWriter:
        """Writes what cases have answered."""
        return RecordWriter(self.database, self.courier)

    @cached_property
    def signing_key(self) -> str:
        """The key of this installation; it may stand in a file."""
        return self.settings.signing_key

    @cached_property
    def numbers(self) -> TtlCache[Numbers]:
        """What the overview counts."""
        return TtlCache(NUMBERS_KEPT_SECONDS)

    @cached_property
    def forecasts(self) -> TtlCache[Forecast | None]:
        """What was foretold, by what was asked."""
        return TtlCache(FORECASTS_KEPT_SECONDS)

    @cached_property
    def leading(self) -> LeadPresence:
        """Whether somebody leads, so that ideas may come."""
        return LeadPresence()

    @cached_property
    def unconfirmed(self) -> TtlCache[int]:
        """How many ideas wait for their address to be confirmed, for the lead's list."""
        return TtlCache(OVERVIEW_KEPT_SECONDS)

    @cached_property
    def rules_carried(self) -> TtlCache[Mapping[str, Rulebook]]:
        """The rules that cases may carry, by their digest."""
        return TtlCache(OVERVIEW_KEPT_SECONDS)

    @cached_property
    def lost_keys(self) -> TtlCache[list[MissingKey]]:
        """Keys that the configuration has lost, for filters and the lead's pages."""
        return TtlCache(OVERVIEW_KEPT_SECONDS)

    @cached_property
    def public_figures(self) -> TtlCache[PublicFigures]:
        """What the start page counts."""
        return TtlCache(OVERVIEW_KEPT_SECONDS)

    @cached_property
    def imports_begun(self) -> asyncio.Event:
        """Set where somebody has begun to carry out the import of a table."""
        return asyncio.Event()

    @cached_property
    def rate_limiter(self) -> RateLimiter:
        """Counts who asks how often, together with all other processes."""
        return RateLimiter(self.database, self.signing_key)

    @cached_property
    def images(self) -> ImageReader:
        """Where uploads are decoded."""
        return ImageReader()

    @cached_property
    def leaflets(self) -> LeafletPrinter:
        """Where stories become leaflets."""
        return LeafletPrinter()

    @cached_property
    def files(self) -> FileReader:
        """Where files that people attach are looked through."""
        return FileReader(self.images, build_scanner(self.settings))

    def today(self) -> date:
        """The local date of the region."""
        return datetime.now(self.policy.zone).date()

    def rulebook(self, kind: str = IDEA) -> Rulebook:
        """The rules of a kind of case as they stand today; built anew once a year, since the closed days move on."""
        today = self.today()
        if (kind, today.year) not in self._rulebooks:
            self._rulebooks[kind, today.year] = self.policy.rulebook(today, kind)
        return self._rulebooks[kind, today.year]

    async def close(self) -> None:
        await self.records.finish()
        await self.courier.finish()
        await self.database.dispose()


async def open_services(settings: Settings, *, pool_size: int = 10) -> Services:
    """Raises PolicyError where the configuration is wrong. Temporal is connected to when it is first needed."""
    if settings.database_url is None:
        raise RuntimeError("DATABASE_URL is not set and nothing embedded runs: set it, or start `ideenweg up`.")
    policy = load_policy(settings.pipeline)
    client = await connect(settings, lazy=True)
    return Services(
        settings=settings,
        policy=policy,
        database=Database(settings.database_url.get_secret_value(), pool_size=pool_size),
        engine=EngineClient(client, settings.task_queue),
    )
