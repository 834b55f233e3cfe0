"""Startnext with people doing everything: the package is entered by hand, and what becomes of it is told by hand.

Startnext has no interface for writing, so account, draft, verification, contract, plan, phases and payout stay with the
starter whatever is configured.
"""

import re

from activities.ports.crowdfunding import (
    CampaignAddress,
    Capabilities,
    Cause,
    DraftSubmission,
    PersonalStep,
    PlatformError,
    PlatformReading,
    WrongAddress,
)
from models.messages.package import Package

SITE = "https://www.startnext.com"
HOSTS = frozenset({"startnext.com", "www.startnext.com"})

STEPS = (
    PersonalStep(key="account", url=SITE),
    PersonalStep(key="draft"),
    PersonalStep(key="texts"),
    PersonalStep(key="contract"),
    PersonalStep(key="verification"),
    PersonalStep(key="address"),
    PersonalStep(key="phases"),
    PersonalStep(key="payout"),
)
"""In the order in which they are taken. Only the front page has an address that is certain to stay."""

LINK_CAPTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}", re.ASCII)
"""Startnext's key of a campaign. Capitals occur and are kept, since nothing says that they do not matter."""

PREFIXES = frozenset({"project", "projects", "projekt", "projekte", "de", "en"})
"""May stand before a campaign's key."""

PAGES_OF_STARTNEXT = frozenset(
    {
        "about",
        "academy",
        "blog",
        "campaigns",
        "faq",
        "help",
        "hilfe",
        "info",
        "login",
        "logout",
        "media",
        "myty",
        "page",
    }
    | {"pages", "partner", "profil", "profile", "register", "search", "static", "suche", "templates", "user", "users"}
)
"""First parts of a path that lead to Startnext's own pages."""

WRAPPING = " \t\r\n\u00a0\u200b\ufeff<>\"'„“”»«‚‘’.,;"
"""What mails and sentences put around an address."""

ADDRESS = re.compile(r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://)?(?P<host>[^/?#]*)(?P<path>[^?#]*)", re.ASCII)


class StartnextManual:
    """Fulfils `CrowdfundingPlatform`."""

    name = "startnext"

    def capabilities(self) -> Capabilities:
        return Capabilities()

    def read_address(self, text: str) -> CampaignAddress:
        """Text as people paste it: with or without scheme, www, slash, query, fragment and the page's own tabs."""
        link_caption = _find_campaign(_read_path(text.strip(WRAPPING)))
        return CampaignAddress(platform=self.name, reference=link_caption, url=f"{SITE}/{link_caption}")

    async def submit_draft(self, package: Package, key: str) -> DraftSubmission:
        return DraftSubmission(done=False, steps=STEPS)

    async def read_status(self, reference: str) -> PlatformReading:
        raise PlatformError(Cause.NOT_SUPPORTED)


def _read_path(text: str) -> str:
    """The path of an address on startnext.com. The host must be exactly that: no user, port or look-alike letter."""
    if not text:
        raise WrongAddress("crowdfunding.address.empty")
    match = ADDRESS.match(text)
    assert match is not None, "every part of the pattern may be empty"
    if (match["scheme"] or "https").lower() not in ("https", "http"):
        raise WrongAddress("crowdfunding.address.no_address")
    if match["host"].lower() not in HOSTS:
        raise WrongAddress("crowdfunding.address.other_site")
    return match["path"]


def _find_campaign(path: str) -> str:
    parts = [part for part in path.split("/") if part]
    while len(parts) > 1 and parts[0].lower() in PREFIXES:
        del parts[0]
    if not parts or parts[0].lower() in PAGES_OF_STARTNEXT | PREFIXES or not LINK_CAPTION.fullmatch(parts[0]):
        raise WrongAddress("crowdfunding.address.no_campaign")
    return parts[0]
