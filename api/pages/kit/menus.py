"""The menus: where a visitor can go, and what waits for them there."""

from api.pages.kit.visitors import Visitor
from models.vocabulary import Role


def menu_of(visitor: Visitor) -> list[tuple[str, str, int]]:
    """What a visitor can go to: address, key of its name, number of things that wait there."""
    menu: list[tuple[str, str, int]] = []
    if visitor.has(Role.INNOVATOR):
        menu.append(("/ideen", "page.menu.my_ideas", 0))
    if visitor.has(Role.COACH):
        menu += [("/arbeit", "page.menu.work", 0), ("/angebote", "page.menu.offers", visitor.waiting.offers)]
    if visitor.has(Role.LEAD):
        menu += [("/heute", "page.today", 0), ("/neu", "page.triage", 0)]
        menu += [("/leitung", "page.menu.lead", 0), ("/haengt-fest", "page.menu.stuck", 0)]
        menu += [("/menschen", "page.menu.people", 0), ("/ueberblick", "page.menu.overview", 0)]
        waiting = visitor.waiting
        if waiting.undelivered:
            menu.append(("/zustellung", "page.menu.undelivered", waiting.undelivered))
        if waiting.wishes:
            menu.append(("/loeschwuensche", "page.menu.wishes", waiting.wishes))
        if waiting.contributions:
            menu.append(("/beitraege", "page.contributions", waiting.contributions))
        menu.append(("/rueckmeldungen", "page.menu.feedback", waiting.feedback))
    if visitor.waiting.letters:
        menu.append(("/briefe", "page.letters", visitor.waiting.letters))
    if visitor.waiting.has_ideas and not visitor.has(Role.INNOVATOR):
        menu.append(("/ideen", "page.menu.my_ideas", 0))
    menu.append(("/einreichen", "page.menu.hand_in", 0))
    if visitor.account is None:
        menu.append(("/so-funktioniert-es", "page.menu.how", 0))
    return [*menu, ("/geschichten", "page.menu.stories", 0)]


def account_menu_of(visitor: Visitor) -> list[tuple[str, str]]:
    """What is about the person: address and key of its name."""
    if visitor.account is None:
        return []
    profile = [("/profil", "page.profile")] if visitor.has(Role.COACH) else []
    return [
        *profile,
        ("/kontakt", "page.contact.mine"),
        ("/einstellungen", "page.settings"),
        ("/meine-daten", "page.my_data"),
        ("/einstellungen/geraete", "page.devices"),
    ]


def initials_of(name: str) -> str:
    """The first letters of the first and the last name; nothing for a name without letters.

    >>> initials_of("Carla von Leitner"), initials_of("Émile"), initials_of("- 1")
    ('CL', 'É', '')
    """
    letters = [letter for word in name.split() if (letter := next(filter(str.isalpha, word), ""))]
    return "".join([*letters[:1], *letters[1:][-1:]]).upper()


def home_of(visitor: Visitor) -> str:
    """Where a signed-in person begins their day."""
    return menu_of(visitor)[0][0]
