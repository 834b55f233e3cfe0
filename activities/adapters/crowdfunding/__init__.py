"""Adapters of the crowdfunding port: Startnext by people alone, Startnext with reading, and a sandbox for trials."""

from collections.abc import Callable
from datetime import datetime

from activities.adapters.crowdfunding.sandbox import Sandbox
from activities.adapters.crowdfunding.startnext_api import StartnextApi
from activities.adapters.crowdfunding.startnext_manual import StartnextManual
from activities.ports.crowdfunding import CrowdfundingPlatform
from models.settings import Settings
from models.tables.columns import utc_now


def build_platform(settings: Settings, now: Callable[[], datetime] = utc_now) -> CrowdfundingPlatform:
    """The platform that the operator has chosen. Nothing is connected to and no key is read before it is needed."""
    match settings.crowdfunding_platform:
        case "sandbox":
            return Sandbox(now)
        case "startnext_api":
            return StartnextApi(settings, now)
        case "startnext_manual":
            return StartnextManual()
