"""A story for those who read it elsewhere: search engines, those who share it, the press."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import escape

from api.pages.kit.page import PageContext
from api.pages.public.press_contact import PressContact
from models.i18n import Texts
from models.licences import ADDRESSES
from models.messages.story import StoryPicture
from models.queries.stories import PublicStory, StoryText
from models.region_names import RegionNames
from models.rules.sentences import first_sentence

LONGEST_DESCRIPTION = 300


@dataclass(frozen=True)
class StoryFacts:
    """What stands in the head of its page, and in the box for the press."""

    address: str
    card: str
    """The picture that goes with a link to it."""
    card_alt: str
    description: str
    linked_data: Mapping[str, Any]
    sentences: tuple[str, ...]
    for_press: StoryPicture | None
    """The first that others may show; what is permitted for this story alone is not passed on."""
    contact: PressContact
    snippet: str
    """HTML for somebody else's page."""


def tell_facts(page: PageContext, story: PublicStory, told: StoryText) -> StoryFacts:
    address = f"{page.services.settings.base_url}/geschichten/{story.slug}"
    names = RegionNames(page.services.policy.region, page.t)
    card = f"{address}/karte.png"
    described = [one.alt_in(told.language)[0] for one in story.pictures[:1]]
    return StoryFacts(
        address=address,
        card=card,
        card_alt=" ".join([page.t("page.card.alt", title=told.title), *described]),
        description=" ".join(told.teaser.split())[:LONGEST_DESCRIPTION],
        linked_data=as_how_to(story, told, address, pictured(page, story) or card, names),
        sentences=three_sentences(page.t, story, told, names),
        for_press=next((one for one in story.pictures if one.licence in ADDRESSES), None),
        contact=PressContact.of(page.services.policy, story, names),
        snippet=f'<iframe src="{address}/einbetten" title="{escape(told.title)}" width="480" height="300"></iframe>',
    )


def pictured(page: PageContext, story: PublicStory) -> str:
    """Where its first picture is; empty where it has none."""
    base = page.services.settings.base_url
    return f"{base}/geschichten/bilder/{story.pictures[0].id}-1600.webp" if story.pictures else ""


def as_how_to(story: PublicStory, told: StoryText, address: str, image: str, names: RegionNames) -> dict[str, Any]:
    """https://schema.org/HowTo where it tells its steps, and a CreativeWork where it does not."""
    region = names.region
    places = [names.district(story.district)] if story.district in region.districts else []
    steps = [{"@type": "HowToStep", "position": n, "text": step} for n, step in enumerate(told.steps, 1)]
    known: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "HowTo" if steps else "CreativeWork",
        "@id": address,
        "url": address,
        "name": told.title,
        "description": told.teaser,
        "inLanguage": told.language,
        "image": image,
        "datePublished": story.published_at.isoformat(),
        "dateModified": (story.revised_at or story.published_at).isoformat(),
        "publisher": {"@type": "Organization", "name": region.platform},
        "creditText": story.name or region.platform,
        "keywords": [names.theme(theme) for theme in story.themes if theme in region.themes],
    }
    author = {"author": {"@type": "Person", "name": story.name}} if story.name else {}
    where = {"contentLocation": {"@type": "Place", "name": places[0]}} if places else {}
    licence = {"license": ADDRESSES[story.licence]} if story.licence is not None else {}
    return known | licence | author | where | ({"step": steps} if steps else {})


def three_sentences(t: Texts, story: PublicStory, told: StoryText, names: RegionNames) -> tuple[str, ...]:
    """What it is, what it has changed or what it is against, and whom to thank."""
    second = told.words.get("changed") or told.words.get("problem") or ""
    outcome = story.outcomes[0] if story.outcomes else None
    figure = ""
    if outcome is not None:
        amount = f"{t.number(outcome.value)} {outcome.unit}".strip()
        figure = t("page.press.figure", what=outcome.what, amount=amount, day=t.day(outcome.as_of))
    region = names.region
    thanks = t("page.press.platform", title=told.title, platform=region.platform, region=names.own)
    said = (first_sentence(told.teaser), figure or first_sentence(second), thanks)
    return tuple(sentence for sentence in said if sentence)
