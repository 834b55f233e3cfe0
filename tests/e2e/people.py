"""People in front of the pages: what they see, read and press is found by its words, never by its place in the code."""

import re
from collections.abc import Mapping
from functools import reduce
from typing import Any, Literal

from playwright.async_api import FilePayload, Locator, Page, expect
from sqlmodel import col, select

from models.tables import MailboxMessage
from tests.api.conftest import Web, until
from tests.e2e.browsing import Watcher

PATIENCE = 240_000
"""Milliseconds after which somebody gives up who waits for something on a page. A busy machine is not a broken one."""

expect.set_options(timeout=PATIENCE)

PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SMALL_PHONE: dict[str, Any] = {**PHONE, "viewport": {"width": 320, "height": 640}}
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}}
BARE: dict[str, Any] = {**DESK, "java_script_enabled": False}
"""A browser that runs no script."""


PARTS: tuple[Literal["region", "article", "navigation"], ...] = ("region", "article", "navigation")
TITLES: tuple[Literal["heading", "link"], ...] = ("heading", "link")


def named(words: str) -> re.Pattern[str]:
    """A name that may end with what it is about (for those who listen), that it is optional, or how many there are."""
    return re.compile(rf"^\s*{re.escape(words)}(\s*:\s.*|\s*\((freiwillig|\d+)\))?\s*$")


def beginning(words: str) -> re.Pattern[str]:
    """Words that a hint may follow."""
    return re.compile(rf"^\s*{re.escape(words)}(\s|:|$)")


class Part:
    """A page or a part of it, and what a person does there."""

    def __init__(self, root: Locator, *, touch: bool = False) -> None:
        self.root = root
        self._touch = touch

    def part(self, name: str) -> "Part":
        """What stands under a heading."""
        region, *others = (self.root.get_by_role(role, name=name, exact=True) for role in PARTS)
        return Part(reduce(Locator.or_, others, region), touch=self._touch)

    def row(self, title: str, words: str = "") -> "Part":
        """The one line of a list or of a table with this title, and these words where several have it."""
        page = self.root.page
        heading, link = (page.get_by_role(role, name=title, exact=True) for role in TITLES)
        item = self.root.get_by_role("listitem").filter(has=heading)
        line = self.root.get_by_role("row").filter(has=page.get_by_role("rowheader").filter(has=link))
        return Part(item.or_(line).filter(has_text=words), touch=self._touch)

    def row_with(self, words: str) -> "Part":
        """The one line of a table in which these words stand."""
        return Part(self.root.get_by_role("row").filter(has_text=words), touch=self._touch)

    def group(self, name: str) -> "Part":
        """Fields that belong together."""
        return Part(self.root.get_by_role("group", name=beginning(name)), touch=self._touch)

    async def presses(self, button: str) -> None:
        await self._hit(self.root.get_by_role("button", name=named(button)))

    async def follows(self, link: str) -> None:
        await self._hit(self.root.get_by_role("link", name=named(link)))

    async def unfolds(self, line: str) -> None:
        await self._hit(self.root.locator("summary").filter(has_text=named(line)))

    async def opens_account(self) -> None:
        """The menu behind the initials."""
        await self._hit(self.root.locator("details.account > summary"))

    async def writes(self, label: str, words: str) -> None:
        await self.field(label).fill(words)

    async def chooses(self, label: str, option: str) -> None:
        await self.field(label).select_option(label=option)

    async def attaches(self, label: str, file: FilePayload) -> None:
        await self.root.get_by_label(named(label)).set_input_files(file)

    async def ticks(self, *choices: str) -> None:
        for choice in choices:
            of_many = self.root.get_by_role("checkbox", name=beginning(choice))
            await of_many.or_(self.root.get_by_role("radio", name=beginning(choice))).check()

    async def fills_in(self, fields: Mapping[str, str]) -> None:
        for label, words in fields.items():
            await self.writes(label, words)

    async def sees(self, *words: str | re.Pattern[str]) -> None:
        for one in words:
            await expect(self.root).to_contain_text(one, use_inner_text=True)

    async def misses(self, *words: str) -> None:
        """Looks for something that is not there, on a page that is."""
        for one in words:
            await expect(self.root).not_to_contain_text(one, use_inner_text=True)

    def field(self, label: str) -> Locator:
        return self.root.get_by_label(named(label)).filter(visible=True)

    async def _hit(self, found: Locator) -> None:
        found = found.filter(visible=True)
        await (found.tap() if self._touch else found.click())


class Person(Part):
    """Somebody at a device of their own."""

    def __init__(self, page: Page, watcher: Watcher, *, touch: bool = False) -> None:
        super().__init__(page.locator("body"), touch=touch)
        self.page = page
        self.watcher = watcher

    @property
    def main(self) -> Part:
        """The page without its frame."""
        return Part(self.page.get_by_role("main"), touch=self._touch)

    def line(self, number: int) -> Part:
        """The fields in one line of a form that is a table."""
        return Part(self.page.locator(f"#zeile-{number}"), touch=self._touch)

    async def opens(self, address: str) -> None:
        await self.page.goto(address)

    async def begins_to_count(self) -> None:
        """From the next page on, each press of the mouse counts. What a test chooses or types without one does not."""
        await self.page.add_init_script(COUNT_CLICKS)

    async def clicks(self) -> int:
        return int(await self.page.evaluate("Number(sessionStorage.getItem('clicks'))"))

    async def opens_it_twice(self) -> "Person":
        """The same page in a second window."""
        twin = Person(await self.page.context.new_page(), self.watcher, touch=self._touch)
        await twin.opens(self.page.url)
        return twin

    async def arrives_at(self, title: str) -> None:
        await expect(self.page.get_by_role("heading", level=1, name=title, exact=True)).to_be_visible()

    async def is_told_the_turn(self, *words: str) -> None:
        """Reads the sentence that says who is on turn, until when and why."""
        await self.part("Wer ist am Zug?").sees(*words)

    async def has_no_sideways_scroll(self) -> None:
        assert await self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), self.page.url

    async def has_in_view(self, found: Locator) -> None:
        """All of it, as the page opens."""
        box = await found.bounding_box()
        assert box is not None
        assert await self.page.evaluate("scrollY") == 0
        height = await self.page.evaluate("innerHeight")
        assert 0 <= box["y"] <= height - box["height"], f"{box} on {self.page.url}"

    async def stops_at(self) -> str:
        """Where the keyboard is: what a screen reader would call it. Empty where the focus was lost."""
        return str(await self.page.evaluate(NAME_OF_FOCUS))

    async def comes_to(self, words: str) -> None:
        """The keyboard is led to what begins so, as soon as the page has it."""
        await self.page.wait_for_function(f"words => ({NAME_OF_FOCUS})().startsWith(words)", arg=words)

    async def sees_the_focus(self) -> None:
        is_seen = await self.page.evaluate(FOCUS_IS_SEEN)
        assert is_seen, f"nobody sees that the keyboard is at “{await self.stops_at()}” on {self.page.url}"

    async def tabs_to(self, name: str, *, most: int = 200) -> None:
        """Goes on with the tab key up to something, and sees at each stop where it is."""
        for _ in range(most):
            await self.page.keyboard.press("Tab")
            await self.sees_the_focus()
            if named(name).match(await self.stops_at()):
                return
        raise AssertionError(f"the keyboard does not get to “{name}” on {self.page.url}")

    async def is_led_from_the_error_to(self, label: str) -> None:
        """What is wrong has the focus; its first line leads to the field."""
        summary = self.page.get_by_role("alert")
        await expect(summary).to_be_focused()
        await expect(summary).to_contain_text("Bitte schauen Sie noch einmal")
        await self.sees_the_focus()
        await self.hits("Tab")
        await self.hits("Enter")
        await expect(self.field(label)).to_be_focused()
        await self.sees_the_focus()

    async def leaps(self) -> list[str]:
        """Goes through the whole page with the tab key; returns the places reached against the order of reading."""
        leaps: list[str] = []
        while True:
            await self.page.keyboard.press("Tab")
            await self.sees_the_focus()
            leap = await self.page.evaluate(NEXT_STOP)
            if leap is None:
                return leaps
            leaps += [leap] if leap else []

    async def types(self, words: str) -> None:
        """Writes in place of what stands where the keyboard is."""
        await self.page.keyboard.press("ControlOrMeta+A")
        await self.page.keyboard.insert_text(words)

    async def hits(self, key: str) -> None:
        await self.page.keyboard.press(key)


COUNT_CLICKS = """addEventListener("pointerdown", () =>
  sessionStorage.setItem("clicks", Number(sessionStorage.getItem("clicks")) + 1), true)"""

NAME_OF_FOCUS = """() => {
  const at = document.activeElement
  if (!at || at === document.body) return ""
  const words = at.getAttribute("aria-label") ?? at.labels?.[0]?.innerText ?? at.innerText
  return words.replace(/\\s+/g, " ").trim()
}"""

FOCUS_IS_SEEN = """async () => {
  const at = document.activeElement
  if (!at || at === document.body) return true
  const isSeen = () => {
    const box = at.getBoundingClientRect(), look = getComputedStyle(at)
    const marked = (look.outlineStyle !== "none" && parseFloat(look.outlineWidth) > 0) || look.boxShadow !== "none"
    return marked && box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight
  }
  const nextFrame = () => new Promise(requestAnimationFrame)
  return isSeen() || (await nextFrame(), await nextFrame(), isSeen())
}"""
"""Whether the place is marked and in view, at the latest when the page was drawn again. Between the last place and the
first, the keyboard is at none."""

NEXT_STOP = """() => {
  const at = document.activeElement, before = window.stopBefore
  if (!at || at === document.body || at === window.firstStop) return null
  window.stopBefore = at
  window.firstStop ??= at
  const goesOn = !before || before.compareDocumentPosition(at) & Node.DOCUMENT_POSITION_FOLLOWING
  const isAbove = before && at.getBoundingClientRect().bottom <= before.getBoundingClientRect().top
  return goesOn && !isAbove ? "" : (at.labels?.[0] ?? at).innerText || at.outerHTML
}"""
"""Null behind the last place; else what is read before the place at which the keyboard was, or stands above it."""


async def read_mail(web: Web, address: str, subject: str, after: MailboxMessage | None = None) -> MailboxMessage:
    """The newest mail to an address with this subject, as soon as it is there; newer than `after`."""
    found: list[MailboxMessage] = []

    async def has_come() -> bool:
        theirs = select(MailboxMessage).where(MailboxMessage.recipient == address, MailboxMessage.subject == subject)
        async with web.database.session() as session:
            found[:] = (await session.exec(theirs.order_by(col(MailboxMessage.sent_at).desc()))).all()
        return bool(found) and (after is None or found[0].id != after.id)

    await until(has_come)
    return found[0]


def link_in(mail: MailboxMessage, path: str) -> str:
    """The address in a mail that begins with a path of ours."""
    return _find(rf"https?://[^/\s]+({re.escape(path)}\S*)", mail)


def code_in(mail: MailboxMessage) -> str:
    return _find(r"\b([2-9A-Z]{4}-[2-9A-Z]{4})\b", mail)


def _find(pattern: str, mail: MailboxMessage) -> str:
    found = re.search(pattern, mail.body)
    assert found is not None, mail.body
    return found[1]
